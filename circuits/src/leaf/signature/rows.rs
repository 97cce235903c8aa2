//! Rows of the signature chip, and the scalar multiplications that they ask for.

use braid_primitives::ecgfp5::{self, Fp5};
use braid_primitives::schnorr::{self, Signature};
use braid_primitives::{Digest, F};
use p3_field::{Field, PrimeCharacteristicRing, PrimeField64};
use p3_matrix::dense::RowMajorMatrix;
use p3_maybe_rayon::prelude::*;

use super::columns::Columns;
use super::number;
use crate::leaf::curve::{NON_SQUARE, Point, Quintic};
use crate::leaf::execution::Execution;
use crate::leaf::ladder::{self, Task};
use crate::leaf::tables::TooTall;
use crate::leaf::tally::Tally;

/// Columns of the chip.
const WIDTH: usize = Columns::<F>::WIDTH;

/// A signature under a message of a transaction.
#[derive(Clone, Copy, Debug)]
pub struct Signing {
    /// Index of the transaction in the chunk.
    pub tx: u32,
    /// Number of the message, from 1.
    pub message: u32,
    /// Encoding of the public key.
    pub key: [F; 5],
    /// Digest of the message.
    pub digest: Digest,
    /// The signature.
    pub signature: Signature,
}

/// The signatures of a chunk, in the order of its transactions and their messages.
pub fn signings(execution: &Execution<'_>) -> Vec<Signing> {
    let transactions = (0..).zip(&execution.record.transactions);
    transactions
        .flat_map(|(tx, transaction)| {
            let parts = transaction.keys.iter().zip(&transaction.digests).zip(&transaction.signatures);
            (1..).zip(parts).map(move |(message, ((key, digest), signature))| Signing {
                tx,
                message,
                key: *key,
                digest: *digest,
                signature: *signature,
            })
        })
        .collect()
}

/// The main traces of this chip and of the ladder, of the given heights.
///
/// An encoding that is no point leaves its columns zero: the constraints do not hold then, as they must not.
pub fn rows(
    signings: &[Signing],
    chain_id: F,
    heights: [usize; 2],
    tally: &Tally,
) -> Result<[RowMajorMatrix<F>; 2], TooTall> {
    let mut values = F::zero_vec(heights[0] * WIDTH);
    let rows = values.get_mut(..signings.len() * WIDTH);
    let Some(rows) = rows else {
        return Err(TooTall { chip: "signature", rows: signings.len(), height: heights[0] });
    };
    let tasks: Vec<Task> = rows
        .par_chunks_exact_mut(WIDTH)
        .zip(signings.par_iter())
        .map(|(cells, signing)| {
            let (columns, task) = row(signing, challenge(signing, chain_id));
            columns.write(cells);
            task
        })
        .collect();
    let ladder = ladder::rows(&tasks, heights[1], tally)?;
    Ok([RowMajorMatrix::new(values, WIDTH), ladder])
}

/// The challenge e of a signature.
pub fn challenge(signing: &Signing, chain_id: F) -> u128 {
    let elements = schnorr::challenge(chain_id, &signing.signature.w_r, &signing.key, signing.digest);
    u128::from(elements[0].as_canonical_u64()) | u128::from(elements[1].as_canonical_u64()) << 64
}

/// The row of a signature under a challenge, and its scalar multiplication.
pub(super) fn row(signing: &Signing, challenge: u128) -> (Columns<F>, Task) {
    let Signing { tx, message, key, digest, signature } = signing;
    let words: [u64; 4] = core::array::from_fn(|i| (challenge >> (32 * i)) as u64 & u64::from(u32::MAX));
    let gap = |half: usize| F::from_u32(u32::MAX) - F::from_u64(words[2 * half + 1]);
    let (q, root_q) = decode(key);
    let (r, root_r) = decode(&signature.w_r);
    let columns = Columns {
        real: F::ONE,
        tx: F::from_u32(*tx),
        message: F::from_u32(*message),
        w_q: *key,
        u_q: q.u.0,
        x_q: q.x.0,
        root_q,
        w_r: signature.w_r,
        u_r: r.u.0,
        x_r: r.x.0,
        root_r,
        words: words.map(F::from_u64),
        inverses: [0, 1].map(|half| gap(half).try_inverse().unwrap_or_default()),
        digest: *digest,
    };
    let task = Task {
        signature: number(*tx, *message),
        point: q.negate(),
        scalar: challenge,
        base_scalar: signature.s.words(),
    };
    (columns, task)
}

/// The point of an encoding, and a root of its abscissa over 7; zeros if there is none.
fn decode(w: &[F; 5]) -> (Point<F>, [F; 5]) {
    let point = ecgfp5::Point::decode(Fp5(*w)).unwrap_or(ecgfp5::Point::NEUTRAL);
    let seventh = F::from_u8(NON_SQUARE).inverse();
    let root = Fp5(point.x.0.map(|coordinate| coordinate * seventh)).sqrt().unwrap_or(Fp5::ZERO);
    (Point { x: Quintic(point.x.0), u: Quintic(point.u.0) }, root.0)
}
