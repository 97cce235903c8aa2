//! Signatures: one row proves s·G - e·Q = R for a key Q, a nonce point R and a challenge e, for some known s.
//!
//! # Soundness
//!
//! *Which signature.* A real row receives the key from the page chip and the digest and the challenge from the sponge chip, all
//! three under its (tx, message). Those are sent once per message of a transaction, so real rows and messages are in
//! bijection, keys of two signers cannot be swapped, and 8·tx + message is a number that no other row has (messages
//! of a program are numbered 1 to 7). The row provides w_R, w_Q and the digest as locals; the signature's schedule in
//! the sponge chip reads each once, so that the challenge is the hash of these very columns.
//!
//! *Points.* u·w = 1 refuses w = 0, the encoding of the neutral and the key of empty pages, under which everyone could
//! sign. x solves the equation of w, and x = 7·root² picks the solution in the group: needed for Q and for R, since the
//! ladder's law is complete only there. R is compared as a point, not by x, which R and -R share.
//!
//! *Challenge.* The ladder sends the four words that it multiplied by, each below 2^32. Their halves e0, e1 equal the
//! hash modulo p; the canonical form is enforced (high word 2^32 - 1 only with low word 0), so that the circuit
//! accepts exactly what the native verifier accepts, apart from the size of s.
//!
//! *Ladder.* `Start` says -Q and `End` -R under the number of the signature; see [`super::ladder`] for what runs between.
//!
//! A padding row is all zero or any row with `real` = 0: every count has the factor `real`.

mod air;
mod columns;
mod rows;

pub use air::Signature;
pub use columns::Columns;
pub use rows::{Signing, challenge, rows, signings};

/// Messages of a transaction are numbered below this, from 1.
pub const MESSAGES: u64 = 8;

/// Number of a signature: no two messages of a chunk share it.
pub fn number(tx: u32, message: u32) -> u64 {
    MESSAGES * u64::from(tx) + u64::from(message)
}

#[cfg(test)]
pub(super) mod stage;
#[cfg(test)]
mod tests;
