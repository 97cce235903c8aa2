//! Permutations and nothing else.

use std::hint::black_box;

use braid_primitives::F;
use p3_field::{Field, PackedValue, PrimeCharacteristicRing};
use p3_goldilocks::{Poseidon2Goldilocks, default_goldilocks_poseidon2_8};
use p3_symmetric::Permutation;
use rayon::prelude::*;

type Packed = <F as Field>::Packing;

/// Packed permutations that a thread makes at a time.
const PIECE: usize = 32;

/// The state tree's permutation, as the library has it.
pub struct Floor(Poseidon2Goldilocks<8>);

impl Floor {
    pub fn new() -> Self {
        Self(default_goldilocks_poseidon2_8())
    }

    /// At least so many permutations, packed, in the current pool.
    pub fn run(&self, permutations: usize) {
        let calls = permutations.div_ceil(Packed::WIDTH);
        (0..calls.div_ceil(PIECE)).into_par_iter().for_each(|piece| {
            let mut state = black_box([Packed::from(F::from_usize(piece)); 8]);
            for _ in 0..PIECE.min(calls - piece * PIECE) {
                self.0.permute_mut(&mut state);
            }
            let _ = black_box(state);
        });
    }
}
