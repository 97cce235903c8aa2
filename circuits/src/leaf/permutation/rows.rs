//! Fills the columns of permutations, as many rows at a time as the packed field has lanes.

use braid_primitives::F;
use p3_field::{Field, PackedValue, PrimeCharacteristicRing};
use p3_poseidon2::GenericPoseidon2LinearLayers;

use super::{LinearLayers, WIDTH, constants};

type Packed = <F as Field>::Packing;

/// Columns of as many rows as there are lanes. Kept beside the trace, so that its rows are written from left to right, once.
struct Columns {
    cells: [Packed; WIDTH],
    next: usize,
}

impl Columns {
    fn push(&mut self, lanes: Packed) {
        if let Some(column) = self.cells.get_mut(self.next) {
            *column = lanes;
        }
        self.next += 1;
    }
}

fn full_round(state: &mut [Packed; 8], round: &[F; 8], columns: &mut Columns) {
    for (x, &constant) in state.iter_mut().zip(round) {
        *x += Packed::from(constant);
        let cube = x.cube();
        columns.push(cube);
        *x *= cube.square();
    }
    LinearLayers::external_linear_layer(state);
    state.iter().for_each(|&x| columns.push(x));
}

/// Fills the permutation columns of all rows of `values`, whose first eight columns hold the inputs.
///
/// `values` is row-major, `stride` cells a row, at least [`super::WIDTH`]; a last incomplete row is left alone.
pub fn fill(values: &mut [F], stride: usize) {
    let constants = constants();
    let whole = values.len() / stride * stride;
    let mut columns = Columns { cells: [Packed::ZERO; WIDTH], next: 0 };
    for rows in values[..whole].chunks_mut(stride * Packed::WIDTH) {
        let mut state = [Packed::ZERO; 8];
        for (lane, row) in rows.chunks(stride).enumerate() {
            for (x, &input) in state.iter_mut().zip(row) {
                x.as_slice_mut()[lane] = input; // there are as many rows as lanes at most
            }
        }
        columns.next = 8;
        LinearLayers::external_linear_layer(&mut state);
        for round in constants.beginning_full_round_constants() {
            full_round(&mut state, round, &mut columns);
        }
        for &constant in constants.partial_round_constants() {
            state[0] += Packed::from(constant);
            let cube = state[0].cube();
            columns.push(cube);
            state[0] *= cube.square();
            columns.push(state[0]);
            LinearLayers::internal_linear_layer(&mut state);
        }
        for round in constants.ending_full_round_constants() {
            full_round(&mut state, round, &mut columns);
        }
        for (lane, row) in rows.chunks_mut(stride).enumerate() {
            for (cell, column) in row.iter_mut().zip(&columns.cells).skip(8) {
                *cell = column.as_slice()[lane]; // as above
            }
        }
    }
}
