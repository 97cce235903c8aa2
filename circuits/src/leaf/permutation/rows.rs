//! Fills the columns of permutations, as many rows at a time as the packed field has lanes.

use braid_primitives::F;
use p3_field::{Field, PackedValue, PrimeCharacteristicRing};
use p3_poseidon2::GenericPoseidon2LinearLayers;

use super::{LinearLayers, constants};

type Packed = <F as Field>::Packing;

/// Writes one column of up to `LANES` rows.
fn scatter(values: &mut [F], stride: usize, column: &mut usize, lanes: Packed) {
    for (row, &value) in values.chunks_mut(stride).zip(lanes.as_slice()) {
        row[*column] = value;
    }
    *column += 1;
}

fn full_round(state: &mut [Packed; 8], round: &[F; 8], values: &mut [F], stride: usize, column: &mut usize) {
    for (x, &constant) in state.iter_mut().zip(round) {
        *x += Packed::from(constant);
        let cube = x.cube();
        scatter(values, stride, column, cube);
        *x *= cube.square();
    }
    LinearLayers::external_linear_layer(state);
    for &x in state.iter() {
        scatter(values, stride, column, x);
    }
}

/// Fills the permutation columns of all rows of `values`, whose first eight columns hold the inputs.
///
/// `values` is row-major, `stride` cells a row, at least [`super::WIDTH`]; a last incomplete row is left alone.
pub fn fill(values: &mut [F], stride: usize) {
    let constants = constants();
    let whole = values.len() / stride * stride;
    for rows in values[..whole].chunks_mut(stride * Packed::WIDTH) {
        let inputs: Vec<&[F]> = rows.chunks(stride).collect();
        let mut state: [Packed; 8] =
            core::array::from_fn(|i| Packed::from_fn(|lane| inputs.get(lane).map_or(F::ZERO, |row| row[i])));
        let mut column = 8;
        LinearLayers::external_linear_layer(&mut state);
        for round in constants.beginning_full_round_constants() {
            full_round(&mut state, round, rows, stride, &mut column);
        }
        for &constant in constants.partial_round_constants() {
            state[0] += Packed::from(constant);
            let cube = state[0].cube();
            scatter(rows, stride, &mut column, cube);
            state[0] *= cube.square();
            scatter(rows, stride, &mut column, state[0]);
            LinearLayers::internal_linear_layer(&mut state);
        }
        for round in constants.ending_full_round_constants() {
            full_round(&mut state, round, rows, stride, &mut column);
        }
    }
}
