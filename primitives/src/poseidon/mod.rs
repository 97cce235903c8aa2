//! plonky2's Poseidon of width 12, bit for bit: the hash inside proofs.
//!
//! Both proof systems hash with it (Merkle trees and transcripts), so that the recursion circuits get by with plonky2's
//! own gates. [`scalar`] computes one permutation at a time, [`packed`] several in the lanes of a vector register; which
//! instructions the latter uses is chosen when the crate is compiled. All give the same words.

mod constants;
mod grind;
mod matrix;
pub mod packed;
mod scalar;
mod tables;

use crate::{Digest, F};
use p3_field::PrimeCharacteristicRing;
use p3_symmetric::{CryptographicPermutation, Permutation};

pub use constants::{CIRCULANT, DIAGONAL_ZERO, HALF_FULL_ROUNDS, PARTIAL_ROUNDS, RATE, ROUND_CONSTANTS, ROUNDS, WIDTH};
pub use grind::grind;
pub use scalar::permute;

/// The permutation as Plonky3's trees and challengers take it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Poseidon12;

impl Permutation<[F; WIDTH]> for Poseidon12 {
    #[inline]
    fn permute_mut(&self, state: &mut [F; WIDTH]) {
        permute(state);
    }
}

impl CryptographicPermutation<[F; WIDTH]> for Poseidon12 {}

/// The digest of any number of elements as plonky2's `hash_no_pad`: rate 8, the rate overwritten, nothing filled in.
///
/// Inputs of different lengths can collide: use it where the length is fixed. Nothing hashes to four zeros.
pub fn hash_no_pad(input: &[F]) -> Digest {
    let mut state = [F::ZERO; WIDTH];
    for block in input.chunks(RATE) {
        state[..block.len()].copy_from_slice(block);
        permute(&mut state);
    }
    [state[0], state[1], state[2], state[3]]
}

/// Two digests to one, as plonky2's Merkle trees do: the start of P(left ‖ right ‖ 0).
pub fn two_to_one(left: Digest, right: Digest) -> Digest {
    let mut state = [F::ZERO; WIDTH];
    state[..4].copy_from_slice(&left);
    state[4..8].copy_from_slice(&right);
    permute(&mut state);
    [state[0], state[1], state[2], state[3]]
}

#[cfg(test)]
mod tests;
