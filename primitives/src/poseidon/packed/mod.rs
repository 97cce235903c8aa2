//! Several permutations at once, one in each lane of a vector.
//!
//! Which instructions are used is decided when the crate is compiled, by the features of the target processor: AVX-512 with 52-bit
//! multiply-and-add, AVX2, or none in particular. Plonky3's packed field and plonky2's prover both come here.

#[cfg(all(target_arch = "x86_64", target_feature = "avx2", any(test, not(target_feature = "avx512ifma"))))]
mod avx2;
#[cfg(all(target_arch = "x86_64", target_feature = "avx512f", target_feature = "avx512ifma"))]
pub(crate) mod ifma;
mod plonky3;
mod portable;

use super::constants::WIDTH;

#[cfg(all(target_arch = "x86_64", target_feature = "avx2", not(target_feature = "avx512ifma")))]
use avx2 as backend;
#[cfg(all(target_arch = "x86_64", target_feature = "avx512f", target_feature = "avx512ifma"))]
use ifma as backend;
#[cfg(not(all(target_arch = "x86_64", any(target_feature = "avx2", target_feature = "avx512ifma"))))]
use portable as backend;

/// States that [`permute_lanes`] works on at once.
pub const LANES: usize = 16;

/// The permutation on `LANES` states: `state[i][j]` is element i of state j. Any words are taken modulo p; results are canonical.
#[inline]
pub fn permute_lanes(state: &mut [[u64; LANES]; WIDTH]) {
    backend::permute_16(state);
}

#[cfg(test)]
mod tests;
