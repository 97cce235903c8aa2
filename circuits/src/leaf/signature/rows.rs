//! Rows of the signature chip, and the terms that they add to the sum of all signatures.

use braid_primitives::ecgfp5::{self, Fp5, decode_many, sqrt_many};
use braid_primitives::schnorr::Signature;
use braid_primitives::{Digest, F};
use p3_field::{Field, PrimeCharacteristicRing};
use p3_matrix::dense::RowMajorMatrix;
use p3_maybe_rayon::prelude::*;

use super::columns::{Columns, response};
use super::scalars::{limbs, product, response_limbs, weighted};
use super::seed::Scalars;
use super::{CARRY_STEP, DIGITS, ENCODED_G, GROUPS, LINES, TOP_SHIFT};
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
    /// The groups of the sum of all r·s in bytes: byte j of group g counts 256^(3g + j) times the generator.
    pub response: [[u8; DIGITS]; GROUPS],
}

/// The main trace of `height` rows, and what it asks of the bucket chip. Counts the range checks.
///
/// An encoding that is no point leaves its columns zero: the constraints do not hold then, as they must not.
///
/// # Errors
/// If the table has fewer rows than the signatures and the groups need.
pub fn rows(
    signings: &[Signing],
    scalars: &[Scalars],
    height: usize,
    tally: &Tally,
) -> Result<(RowMajorMatrix<F>, Terms), TooTall> {
    let needed = LINES * signings.len() + GROUPS;
    if needed > height {
        return Err(TooTall { chip: "signature", rows: needed, height });
    }
    let decoded: Vec<[Decoded; 2]> = signings.par_chunks(TOGETHER).flat_map_iter(decode_parts).collect();
    let mut values = F::zero_vec(height * WIDTH);
    let (signatures, added): (Vec<Term>, Vec<[[u64; GROUPS]; 2]>) = values
        .par_chunks_exact_mut(LINES * WIDTH)
        .zip(signings.par_iter().zip(&decoded).zip(scalars))
        .map(|(cells, ((signing, decoded), scalars))| {
            let (lines, term) = lines(signing, decoded, *scalars);
            for (line, cells) in lines.iter().zip(cells.chunks_exact_mut(WIDTH)) {
                line.checked.iter().for_each(|value| tally.check(*value));
                line.write(cells);
            }
            (term, weighted(scalars.randomizer, &signing.signature.s))
        })
        .unzip();
    let mut rows = values.chunks_exact_mut(WIDTH);
    let mut sums = [0_u64; GROUPS];
    for added in added.into_iter().flat_map(|[low, nonce]| [low, nonce, [0; GROUPS]]) {
        let Some(cells) = rows.next() else { break };
        cells[WIDTH - GROUPS..].copy_from_slice(&sums.map(F::from_u64));
        sums.iter_mut().zip(added).for_each(|(sum, added)| *sum += added);
    }
    let base = decode(&[Quintic::base(-F::from_u8(ENCODED_G)).0]);
    for ((number, cells), base) in rows.take(GROUPS).enumerate().zip(base.iter().cycle()) {
        let columns = group(number, base, &sums);
        tally.check(columns.checked[0]);
        columns.write(cells);
    }
    Ok((RowMajorMatrix::new(values, WIDTH), Terms { signatures, response: sums.map(u64::to_le_bytes) }))
}

/// The rows of a signature, without the sums, and its terms.
fn lines(
    signing: &Signing,
    [(q, root_q), (r, root_r)]: &[Decoded; 2],
    scalars: Scalars,
) -> ([Columns<F>; LINES], Term) {
    let Signing { tx, message, key, digest, signature } = signing;
    let Scalars { challenge, randomizer } = scalars;
    let (key_digits, carries) = product(randomizer, challenge);
    let nonce_digits = randomizer.to_le_bytes();
    let line = |w: &[F; 5], point: &Point<F>, root: &[F; 5], digits: &[u8]| Columns {
        tx: F::from_u32(*tx),
        message: F::from_u32(*message),
        w: *w,
        u: point.u.0,
        x: point.x.0,
        root: *root,
        digits: core::array::from_fn(|i| F::from_u8(digits[i])),
        ..Columns::read(&[F::ZERO; WIDTH])
    };
    let (below, above) = key_digits.split_at(nonce_digits.len());
    let mut lines = [
        Columns { low: F::ONE, ..line(key, q, root_q, below) },
        Columns { nonce: F::ONE, ..line(&signature.w_r, r, root_r, &nonce_digits) },
        Columns { high: F::ONE, ..line(key, q, root_q, above) },
    ];
    for (i, carry) in carries.into_iter().enumerate() {
        let checked = &mut lines[i / 4 * 2].checked[i % 4 * 2..];
        checked[0] = F::from_u64(carry & ((1 << CARRY_STEP) - 1));
        checked[1] = F::from_u64(carry >> CARRY_STEP);
    }
    for (i, limb) in limbs(challenge).into_iter().enumerate() {
        lines[1].checked[i] = F::from_u64(limb);
    }
    for (i, limb) in response_limbs(&signature.s).into_iter().enumerate() {
        let (line, at) = response(i);
        lines[line].checked[at] = F::from_u64(limb);
    }
    let [first, second] = quotients(challenge);
    lines[0].extra = [digest[0], digest[1], digest[2], digest[3], first, second];
    lines[1].extra = [key[0], key[1], key[2], key[3], key[4], F::from_u64(carries[3])];
    lines[2].extra[4..].copy_from_slice(&quotients(randomizer));
    (lines, Term { nonce: r.negate(), nonce_digits, key: q.negate(), key_digits })
}

/// The row of a group of the sum of all responses, which counts the opposite of the generator.
fn group(number: usize, (point, root): &Decoded, sums: &[u64; GROUPS]) -> Columns<F> {
    let w = Quintic::base(-F::from_u8(ENCODED_G)).0;
    let bytes = sums[number].to_le_bytes();
    let mut columns = Columns {
        flush: F::ONE,
        group: F::from_usize(number),
        w,
        u: point.u.0,
        x: point.x.0,
        root: *root,
        sums: core::array::from_fn(|k| sums.get(number + k).copied().map_or(F::ZERO, F::from_u64)),
        ..Columns::read(&[F::ZERO; WIDTH])
    };
    columns.digits.iter_mut().zip(bytes).for_each(|(digit, byte)| *digit = F::from_u8(byte));
    columns.checked[0] = F::from_u64(u64::from(bytes[DIGITS - 1]) << TOP_SHIFT);
    columns
}

/// The quotients that show both halves of a number to be canonical: of its low word and 2^32 - 1 less its high word.
fn quotients(value: u128) -> [F; 2] {
    [0, 64].map(|shift| {
        let (low, high) = ((value >> shift) as u32, (value >> (shift + 32)) as u32);
        F::from_u32(u32::MAX - high).try_inverse().unwrap_or_default() * F::from_u32(low)
    })
}

/// A point, and a root of its abscissa over 7.
type Decoded = (Point<F>, [F; 5]);

/// Signatures that are decoded together.
const TOGETHER: usize = 64;

/// Key and nonce of each signature.
fn decode_parts(signings: &[Signing]) -> impl Iterator<Item = [Decoded; 2]> {
    let encodings: Vec<[F; 5]> = signings.iter().flat_map(|signing| [signing.key, signing.signature.w_r]).collect();
    let decoded = decode(&encodings);
    (0..signings.len()).map(move |i| [decoded[2 * i], decoded[2 * i + 1]])
}

/// The point of each encoding, and a root of its abscissa over 7; zeros if there is none.
fn decode(encodings: &[[F; 5]]) -> Vec<Decoded> {
    let seventh = F::from_u8(NON_SQUARE).inverse();
    let points = decode_many(&encodings.iter().copied().map(Fp5).collect::<Vec<_>>());
    let points: Vec<ecgfp5::Point> = points.into_iter().map(Option::unwrap_or_default).collect();
    let sevenths: Vec<Fp5> = points.iter().map(|point| Fp5(point.x.0.map(|cell| cell * seventh))).collect();
    let roots = sqrt_many(&sevenths).into_iter().map(Option::unwrap_or_default);
    let point = |point: &ecgfp5::Point| Point { x: Quintic(point.x.0), u: Quintic(point.u.0) };
    points.iter().map(point).zip(roots.map(|root| root.0)).collect()
}
