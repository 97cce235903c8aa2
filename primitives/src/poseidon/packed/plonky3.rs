//! Plonky3's packed types as states; in a build without vector instructions their type is the field itself, and has its own implementation.

#![cfg(any(
    all(target_arch = "x86_64", any(target_feature = "avx2", target_feature = "avx512f")),
    all(target_arch = "aarch64", target_feature = "neon"),
    all(target_arch = "wasm32", target_feature = "simd128")
))]

use super::super::Poseidon12;
use super::{WIDTH, backend};
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
        backend::permute_packed(state);
    }
}

impl CryptographicPermutation<[Packed; WIDTH]> for Poseidon12 {}
