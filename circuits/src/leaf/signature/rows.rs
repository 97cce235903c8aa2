//! Rows of the signature chip, and the terms that they add to the sum of all signatures.

use braid_primitives::ecgfp5::{self, Fp5};
use braid_primitives::schnorr::Signature;
use braid_primitives::{Digest, F};
use p3_field::{Field, PrimeCharacteristicRing};
use p3_matrix::dense::RowMajorMatrix;
use p3_maybe_rayon::prelude::*;

use super::columns::Columns;
use super::scalars::{limbs, product, response_limbs, weighted};
use super::seed::Scalars;
use super::{CARRY_STEP, DIGITS, ENCODED_G, LIMBS};
use crate::leaf::curve::{NON_SQUARE, Point, Quintic};
use crate::leaf::execution::Execution;
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

/// The points of a signature and how often each counts in the sum of all signatures.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// -R.
    pub nonce: Point<F>,
    /// r in bytes.
    pub nonce_digits: [u8; 16],
    /// -Q.
    pub key: Point<F>,
    /// r·e in bytes.
    pub key_digits: [u8; 32],
}

/// The sum of all signatures, term by term.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Those of each signature.
    pub signatures: Vec<Term>,
    /// The limbs of the sum of all r·s in bytes: byte j of limb k counts 256^(2k + j) times the generator.
    pub response: [[u8; DIGITS]; LIMBS],
}

/// The main trace of `height` rows, and what it asks of the bucket chip. Counts the range checks.
///
/// An encoding that is no point leaves its columns zero: the constraints do not hold then, as they must not.
///
/// # Errors
/// If the table has fewer rows than the signatures and the limbs need.
pub fn rows(
    signings: &[Signing],
    scalars: &[Scalars],
    height: usize,
    tally: &Tally,
) -> Result<(RowMajorMatrix<F>, Terms), TooTall> {
    let needed = signings.len() + LIMBS;
    if needed > height {
        return Err(TooTall { chip: "signature", rows: needed, height });
    }
    let mut values = F::zero_vec(height * WIDTH);
    let (signatures, limbs): (Vec<Term>, Vec<[u64; LIMBS]>) = values
        .par_chunks_exact_mut(WIDTH)
        .zip(signings.par_iter().zip(scalars))
        .map(|(cells, (signing, scalars))| {
            let (columns, term) = row(signing, *scalars);
            columns.e.iter().chain(&columns.s).chain(&columns.carries).for_each(|limb| tally.check(*limb));
            columns.write(cells);
            (term, weighted(scalars.randomizer, &signing.signature.s))
        })
        .unzip();
    let mut rows = values.chunks_exact_mut(WIDTH);
    let mut sums = [0_u64; LIMBS];
    for (added, cells) in limbs.into_iter().zip(rows.by_ref()) {
        cells[WIDTH - LIMBS..].copy_from_slice(&sums.map(F::from_u64));
        sums.iter_mut().zip(added).for_each(|(sum, added)| *sum += added);
    }
    let response = sums.map(|limb| core::array::from_fn(|j| limb.to_le_bytes()[j]));
    for (limb, cells) in rows.take(LIMBS).enumerate() {
        self::limb(limb, &sums).write(cells);
    }
    Ok((RowMajorMatrix::new(values, WIDTH), Terms { signatures, response }))
}

/// The row of a signature, without the sums, and its terms.
pub(super) fn row(signing: &Signing, scalars: Scalars) -> (Columns<F>, Term) {
    let Signing { tx, message, key, digest, signature } = signing;
    let Scalars { challenge, randomizer } = scalars;
    let (q, root_q) = decode(key);
    let (r, root_r) = decode(&signature.w_r);
    let (key_digits, carries) = product(randomizer, challenge);
    let nonce_digits = randomizer.to_le_bytes();
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
        digest: *digest,
        e: limbs(challenge).map(F::from_u64),
        e_inverses: gaps(challenge),
        s: response_limbs(&signature.s).map(F::from_u64),
        r: nonce_digits.map(F::from_u8),
        r_inverses: gaps(randomizer),
        product: key_digits.map(F::from_u8),
        carries: core::array::from_fn(|i| {
            let carry = carries[i / 2];
            F::from_u64(if i % 2 == 0 { carry & ((1 << CARRY_STEP) - 1) } else { carry >> CARRY_STEP })
        }),
        ..Columns::read(&[F::ZERO; WIDTH])
    };
    (columns, Term { nonce: r.negate(), nonce_digits, key: q.negate(), key_digits })
}

/// The row of a limb of the sum of all responses.
fn limb(limb: usize, sums: &[u64; LIMBS]) -> Columns<F> {
    let w_r = Quintic::base(-F::from_u8(ENCODED_G)).0;
    let (point, root_r) = decode(&w_r);
    let bytes = u128::from(sums[limb]);
    Columns {
        flush: F::ONE,
        limb: F::from_usize(limb),
        w_r,
        u_r: point.u.0,
        x_r: point.x.0,
        root_r,
        r: core::array::from_fn(|i| F::from_u8(bytes.to_le_bytes()[i])),
        r_inverses: gaps(bytes),
        sums: core::array::from_fn(|k| sums.get(limb + k).copied().map_or(F::ZERO, F::from_u64)),
        ..Columns::read(&[F::ZERO; WIDTH])
    }
}

/// The inverses that show both halves of a number to be canonical.
fn gaps(value: u128) -> [F; 2] {
    [32, 96].map(|shift| F::from_u32(u32::MAX - (value >> shift) as u32).try_inverse().unwrap_or_default())
}

/// The point of an encoding, and a root of its abscissa over 7; zeros if there is none.
fn decode(w: &[F; 5]) -> (Point<F>, [F; 5]) {
    let point = ecgfp5::Point::decode(Fp5(*w)).unwrap_or(ecgfp5::Point::NEUTRAL);
    let seventh = F::from_u8(NON_SQUARE).inverse();
    let root = Fp5(point.x.0.map(|coordinate| coordinate * seventh)).sqrt().unwrap_or(Fp5::ZERO);
    (Point { x: Quintic(point.x.0), u: Quintic(point.u.0) }, root.0)
}
