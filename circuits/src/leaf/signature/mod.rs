//! Signatures: all rows together prove that s·G - e·Q = R for the key Q, the nonce point R, the challenge e and the response s
//! of each signature, by one random combination: the sum of all r·s·G - r·R - r·e·Q is the neutral.
//!
//! The rows of signatures come first, then 27 rows with the limbs of the sum of all r·s, then padding.
//!
//! # Soundness (SOUNDNESS 2.6)
//!
//! *Which signature.* A real row receives the key from the page chip and digest, challenge and randomizer from the sponge chip,
//! all four under its (tx, message). Those are sent once per message of a transaction, so real rows and messages are in
//! bijection, and keys of two signers cannot be swapped. The row provides w_R, w_Q, the digest and the response as locals; the
//! signature's schedule in the sponge chip reads each once, so that challenge and seed are the hashes of these very columns.
//!
//! *Random combination.* The randomizer is a hash of the seed of the chunk and of the place that the signature has in it, and
//! the seed binds R, Q, digest, e and s of all signatures, their order and their number (see [`super::sponge`]). Every number
//! of a row has one form: the limbs of s add up to words below 2^48, those of e and the digits of r to halves below p, which the
//! inverses prove (the high word is 2^32 - 1 only if the low word is 0). So when r is drawn, nothing is left to choose. If
//! one signature does not hold, the sum is the neutral for one value of its r modulo the prime order of the group, which is larger than
//! all values of r: with probability 2^-127 at most for each seed that is tried.
//!
//! *Points.* u·w = 1 refuses w = 0, the encoding of the neutral and the key of empty pages, under which everyone could
//! sign. x solves the equation of w, and x = 7·root² picks the solution in the group: needed for Q and for R, since the
//! law of the buckets is complete only there. R is used as a point, not by x, which R and -R share.
//!
//! *Terms.* A row sends (`Point`, window, digit, -R) for the 16 bytes of r and (`Point`, window, digit, -Q) for the 32 bytes of
//! r·e: digit · 256^window times the point. The bucket chip has rows for digits 0 to 255 of windows 0 to 58 and no others, so
//! these messages are also the range checks of the digits.
//!
//! *Product.* r·e in integers, compared 32 bits at a time. A column of the product is below 2^35, the carry low + 32·high, both
//! of 16 bits, is below 2^22; so both sides of each equation are below 2^55, no equation holds modulo p alone, and each
//! carry is the one there must be. The last one is 0.
//!
//! *Sum of the responses.* Limb k of the sums grows by the column k of r·s, below 2^35, from 0 in the first row, on rows of
//! signatures only; with less than 2^28 rows it does not wrap. The first limb row follows the last signature, where the
//! sums are complete. Limb rows are numbered 0 to 26, all of them: a signature is followed by a signature or limb 0, limb k
//! by limb k + 1, limb 26 by padding, padding by padding, and the table ends in padding or after limb 26. Each shifts the
//! sums down, so that row k has limb k in `sums[0]`: the sum of seven bytes, in integers, since 2^56 is below p. It sends each
//! byte with G, its R being -G by its encoding, to window 2k + j. The sum is never reduced modulo the order, and s may be
//! any number of 320 bits: s and s + n are the same signature.
//!
//! *What s is for.* That some s exists says nothing, since G generates the group. But the proof is one of knowledge:
//! who makes it knows the committed rows, hence s with s·G - e·Q = R, hence a Schnorr signature.
//!
//! A padding row is all zero or any row with `real` = `flush` = 0: every count has one of them as a factor, and the sums stay.

mod air;
mod columns;
mod rows;
mod scalars;
pub mod seed;

pub use air::Signature;
pub use columns::Columns;
pub use rows::{Signing, Term, Terms, rows, signings};

/// Limbs of 16 bits of the sum of all r·s.
pub const LIMBS: usize = 27;
/// Bytes of such a limb, before carries.
pub const DIGITS: usize = 7;
/// Carries of the product r·e.
const PRODUCT_CARRIES: usize = 7;
/// Bits between the two parts of a carry.
const CARRY_STEP: u32 = 5;
/// The encoding of the generator.
const ENCODED_G: u8 = 4;

#[cfg(test)]
pub(super) mod stage;
#[cfg(test)]
mod tests;
