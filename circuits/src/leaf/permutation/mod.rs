//! One Poseidon2 permutation of width 8 in a row of [`WIDTH`] columns: shared by the tree and the sponge chip.
//!
//! The constraints are those of `p3-poseidon2-air` (one register per S-box, degree 3), with the constants of
//! `p3-goldilocks`: input and output of a row are bound to each other by the permutation, nothing else is claimed here.
//! Columns: 8 inputs; four full rounds of (register x³, state after the round) × 8, interleaved as 8 registers then 8
//! states; 22 partial rounds of (register, S-box output); four full rounds. The last 8 columns are the output.

mod rows;
#[cfg(test)]
mod tests;

use braid_primitives::F;
use p3_air::{Air, AirBuilder};
use p3_goldilocks::{
    GOLDILOCKS_POSEIDON2_RC_8_EXTERNAL_FINAL, GOLDILOCKS_POSEIDON2_RC_8_EXTERNAL_INITIAL,
    GOLDILOCKS_POSEIDON2_RC_8_INTERNAL, GenericPoseidon2LinearLayersGoldilocks,
};
use p3_poseidon2_air::{Poseidon2Air, RoundConstants, num_cols};
use p3_uni_stark::SubAirBuilder;

pub use rows::fill;

type LinearLayers = GenericPoseidon2LinearLayersGoldilocks;
type PermutationAir = Poseidon2Air<F, LinearLayers, 8, 7, 1, 4, 22>;

/// Columns of a permutation.
pub const WIDTH: usize = num_cols::<8, 7, 1, 4, 22>();

fn constants() -> RoundConstants<F, 8, 4, 22> {
    RoundConstants::new(
        GOLDILOCKS_POSEIDON2_RC_8_EXTERNAL_INITIAL,
        GOLDILOCKS_POSEIDON2_RC_8_INTERNAL,
        GOLDILOCKS_POSEIDON2_RC_8_EXTERNAL_FINAL,
    )
}

/// Constrains the first [`WIDTH`] columns of every row to be a permutation.
pub fn eval<AB: AirBuilder<F = F>>(builder: &mut AB) {
    let air = PermutationAir::new(constants());
    air.eval(&mut SubAirBuilder::<AB, PermutationAir, AB::Var>::new(builder, 0..WIDTH));
}

/// Input columns of a row.
pub fn input<T: Copy>(row: &[T]) -> [T; 8] {
    core::array::from_fn(|i| row[i])
}

/// Output columns of a row.
pub fn output<T: Copy>(row: &[T]) -> [T; 8] {
    core::array::from_fn(|i| row[WIDTH - 8 + i])
}
