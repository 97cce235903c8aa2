//! Signatures: all rows together prove that s·G - e·Q = R for the key Q, the nonce point R, the challenge e and the response s
//! of each signature, by one random combination: the sum of all r·s·G - r·R - r·e·Q is the neutral.
//!
//! A signature is three rows, each with one point and 16 digits that it counts by: `low` has -Q and the lower half of r·e,
//! `nonce` -R and r, `high` -Q and the upper half of r·e. The signatures come first, then 18 rows with the sum of all r·s in
//! groups of 24 bits, then padding. That a signature is three rows and not one keeps the table narrow: every column of every
//! table is hashed and combined in each query of a wrap.
//!
//! # Soundness (SOUNDNESS 2.6)
//!
//! *Phase.* A row is of one kind at most. The first one is `low`, a group or padding; a row is `nonce` exactly if the one before is
//! `low`, and `high` exactly if the one before is `nonce`; `low` stands in the first row or after `high`; and the last row is of no
//! signature. So rows of signatures come in threes, low, nonce, high, and each begins the table or follows another.
//!
//! *What a signature's rows share.* tx and message of a row are those of the row before, within the three. The encoding of the
//! key in `high` is that in `low`: the row between carries it in `extra`. Everything else is between neighbours: r, e and the
//! limbs of s are read from their own row or the next.
//!
//! *Which signature.* A signature receives the key from the page chip and digest, challenge and randomizer from the sponge chip,
//! all four under its (tx, message). Those are sent once per message of a transaction, so signatures and messages are in
//! bijection, and keys of two signers cannot be swapped. Its rows provide w_R, w_Q, the digest and the response as locals, each in
//! one of the three rows; the signature's schedule in the sponge chip reads each once, so that challenge and seed are the hashes
//! of these very cells.
//!
//! *Random combination.* The randomizer is a hash of the seed of the chunk and of the place that the signature has in it, and
//! the seed binds R, Q, digest, e and s of all signatures, their order and their number (see [`super::sponge`]). Every number
//! has one form: the limbs of s add up to words below 2^48, those of e and the digits of r to halves below p, since the low word
//! of a half is a multiple of 2^32 - 1 less its high word, hence 0 if that is 0. So when r is drawn, nothing is left to choose. If
//! one signature does not hold, the sum is the neutral for one value of its r modulo the prime order of the group, which is larger than
//! all values of r: with probability 2^-127 at most for each seed that is tried.
//!
//! *Points.* u·w = 1 refuses w = 0, the encoding of the neutral and the key of empty pages, under which everyone could
//! sign. x solves the equation of w, and x = 7·root² picks the solution in the group: needed for Q and for R, since the
//! law of the buckets is complete only there. R is used as a point, not by x, which R and -R share. The three checks hold in every row
//! that sends a point, so that `high` has the point of `low` since it has its encoding.
//!
//! *Terms.* A signature sends (`Point`, window, digit, -R) for the 16 bytes of r and (`Point`, window, digit, -Q) for the 32 bytes of
//! r·e, those of `high` from window 16 on: digit · 256^window times the point. The bucket chip has rows for digits 0 to 255 of
//! windows 0 to 58 and no others, so these messages are also the range checks of the digits.
//!
//! *Product.* r·e in integers, compared 32 bits at a time: r and e stand in `nonce`, each half of the digits and of the carries in
//! a neighbour, and the carry between the halves, checked in `low`, once more in `nonce`. A column of the product is below 2^35, the
//! carry low + 32·high, both of 16 bits, is below 2^22; so both sides of each equation are below 2^55, no equation holds modulo p
//! alone, and each carry is the one there must be. The last one is 0.
//!
//! *Sum of the responses.* Group g of the sums counts 2^(24g). It grows by the columns 3g to 3g + 2 of r·s, r in bytes: after `low` by
//! the part with the limbs of s that stand there, after `nonce` by the rest, from 0 in the first row, and after no other row. A signature
//! adds less than 2^44; with less than 2^20 of them no group wraps. The first group's row follows the last signature, where the
//! sums are complete. These rows are numbered 0 to 17, all of them: a signature is followed by a signature or group 0, group g
//! by group g + 1, group 17 by padding, padding by padding, and the table ends in padding or after group 17. Each shifts the
//! sums down, so that row g has group g in `sums[0]`: the sum of eight bytes, of which the highest is below 64 by a range check. So
//! both are below 2^62 and equal in integers. It sends each byte with G, its point being -G by its encoding, to window 3g + j, 58 at most.
//! The sum is never reduced modulo the order, and s may be any number of 320 bits: s and s + n are the same signature.
//!
//! *What s is for.* That some s exists says nothing, since G generates the group. But the proof is one of knowledge:
//! who makes it knows the committed rows, hence s with s·G - e·Q = R, hence a Schnorr signature.
//!
//! A padding row is all zero or any row without a kind: every count has a kind as a factor, and the sums stay.

mod air;
mod columns;
mod rows;
mod scalars;
pub mod seed;

pub use air::Signature;
pub use columns::Columns;
pub use rows::{Signing, Term, Terms, rows, signings};

/// Rows of a signature.
pub const LINES: usize = 3;
/// Groups of 24 bits of the sum of all r·s.
pub const GROUPS: usize = 18;
/// Bytes of such a group, before carries.
pub const DIGITS: usize = 8;
/// Windows between one group and the next.
pub const GROUP_BYTES: usize = 3;
/// What moves the bits that the highest byte of a group must not have out of 16 bits.
const TOP_SHIFT: u32 = 10;
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
