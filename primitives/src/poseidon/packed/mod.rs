//! Several permutations at once, one in each lane of a vector.

use super::constants::WIDTH;
use super::scalar;

/// States that [`permute_lanes`] works on at once.
pub const LANES: usize = 16;

/// The permutation on `LANES` states: `state[i][j]` is element i of state j. Any words are taken modulo p; results are canonical.
pub fn permute_lanes(state: &mut [[u64; LANES]; WIDTH]) {
    for lane in 0..LANES {
        let mut words = std::array::from_fn(|i| state[i][lane]);
        scalar::permute_words(&mut words);
        for (row, word) in state.iter_mut().zip(words) {
            row[lane] = if word >= crate::MODULUS { word - crate::MODULUS } else { word };
        }
    }
}
/// Plonky3's packed type has its own lanes and its own trait; for portable builds it is the field itself.
#[cfg(any(
    all(target_arch = "x86_64", any(target_feature = "avx2", target_feature = "avx512f")),
    all(target_arch = "aarch64", target_feature = "neon"),
    all(target_arch = "wasm32", target_feature = "simd128")
))]
mod plonky3 {
    use super::super::{Poseidon12, permute};
    use super::WIDTH;
    use p3_field::PackedValue;
    use p3_symmetric::{CryptographicPermutation, Permutation};

    #[cfg(all(target_arch = "x86_64", target_feature = "avx512f"))]
    type Packed = p3_goldilocks::PackedGoldilocksAVX512;
    #[cfg(all(target_arch = "x86_64", target_feature = "avx2", not(target_feature = "avx512f")))]
    type Packed = p3_goldilocks::PackedGoldilocksAVX2;
    #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
    type Packed = p3_goldilocks::PackedGoldilocksNeon;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    type Packed = p3_goldilocks::PackedGoldilocksWasmSimd128;

    impl Permutation<[Packed; WIDTH]> for Poseidon12 {
        #[inline]
        fn permute_mut(&self, state: &mut [Packed; WIDTH]) {
            for lane in 0..Packed::WIDTH {
                let mut words = state.map(|packed| packed.as_slice()[lane]);
                permute(&mut words);
                for (packed, word) in state.iter_mut().zip(words) {
                    packed.as_slice_mut()[lane] = word;
                }
            }
        }
    }

    impl CryptographicPermutation<[Packed; WIDTH]> for Poseidon12 {}
}
