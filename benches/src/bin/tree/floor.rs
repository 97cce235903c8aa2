//! Permutations and nothing else.

use std::hint::black_box;

use braid_primitives::F;
use p3_field::{Field, PackedValue, PrimeCharacteristicRing};
use p3_goldilocks::{Poseidon2Goldilocks, default_goldilocks_poseidon2_8};
use p3_symmetric::Permutation;
use rayon::prelude::*;

type Packed = <F as Field>::Packing;

/// Packed permutations that a thread makes at a time, each on a state of its own, so that one need not wait for another. All
/// of them are in the first cache.
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
            let mut states = [[Packed::from(F::from_usize(piece)); 8]; PIECE];
            let calls = PIECE.min(calls - piece * PIECE);
            for state in black_box(&mut states).iter_mut().take(calls) {
                self.0.permute_mut(state);
            }
            black_box(&states);
        });
    }
}
