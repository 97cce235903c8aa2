//! A whole permutation in a row, and its linear layer over the extension.
//!
//! The inputs of all S-boxes but those of the first round are wires, so that no constraint has a higher degree than
//! the S-box. plonky2 evaluates the partial rounds with a sparse factorisation of the matrix; the inputs of the S-boxes
//! are the same affine functions in both forms, so the plain one is used here.
//!
//! Wires: input, output, swap switch, four differences, S-box inputs of rounds 1 to 3, of the partial rounds, and of
//! the last four.

use super::{Row, push};
use crate::extension::{Algebra, Quadratic};
use crate::field::Goldilocks;
use crate::poseidon::{HALF_FULL_ROUNDS, MDS_CIRCULANT, MDS_CORNER, PARTIAL_ROUNDS, WIDTH, round_constants};

const OUTPUT: usize = WIDTH;
const SWAP: usize = 2 * WIDTH;
const DIFFERENCES: usize = SWAP + 1;
const FIRST_ROUNDS: usize = DIFFERENCES + 4;
const PARTIAL: usize = FIRST_ROUNDS + WIDTH * (HALF_FULL_ROUNDS - 1);
const LAST_ROUNDS: usize = PARTIAL + PARTIAL_ROUNDS;

/// Wires in use.
pub(super) const WIRES: usize = LAST_ROUNDS + WIDTH * HALF_FULL_ROUNDS;

fn seventh_power(x: Quadratic) -> Quadratic {
    let square = x * x;
    square * square * square * x
}

fn linear_layer(state: &[Quadratic; WIDTH]) -> [Quadratic; WIDTH] {
    core::array::from_fn(|row| {
        let mut sum = Quadratic::ZERO;
        for (i, &entry) in MDS_CIRCULANT.iter().enumerate() {
            sum += state[(i + row) % WIDTH] * Goldilocks::new(entry);
        }
        if row == 0 { sum + state[0] * Goldilocks::new(MDS_CORNER) } else { sum }
    })
}

fn add_constants(state: &mut [Quadratic; WIDTH], round: usize) {
    for (x, &constant) in state.iter_mut().zip(round_constants(round)) {
        *x = *x + Goldilocks::new(constant);
    }
}

/// Constrains the S-box inputs of a full round to the wires from `wire` on, then applies the round to those.
fn full_round(state: &mut [Quadratic; WIDTH], wires: &[Quadratic], out: &mut Vec<Quadratic>) {
    for (x, &wire) in state.iter_mut().zip(wires) {
        out.push(*x - wire);
        *x = seventh_power(wire);
    }
    *state = linear_layer(state);
}

pub(super) fn permutation(row: Row<'_>, out: &mut Vec<Quadratic>) {
    let wires = row.wires;
    let swap = wires[SWAP];
    out.push(swap * (swap - Quadratic::ONE));
    let mut state: [Quadratic; WIDTH] = core::array::from_fn(|i| wires[i]);
    for i in 0..4 {
        let difference = wires[DIFFERENCES + i];
        out.push(swap * (wires[i + 4] - wires[i]) - difference);
        state[i] += difference;
        state[i + 4] -= difference;
    }

    add_constants(&mut state, 0);
    state = linear_layer(&state.map(seventh_power));
    for round in 1..HALF_FULL_ROUNDS {
        add_constants(&mut state, round);
        full_round(&mut state, &wires[FIRST_ROUNDS + WIDTH * (round - 1)..], out);
    }
    for round in 0..PARTIAL_ROUNDS {
        add_constants(&mut state, HALF_FULL_ROUNDS + round);
        let wire = wires[PARTIAL + round];
        out.push(state[0] - wire);
        state[0] = seventh_power(wire);
        state = linear_layer(&state);
    }
    for round in 0..HALF_FULL_ROUNDS {
        add_constants(&mut state, HALF_FULL_ROUNDS + PARTIAL_ROUNDS + round);
        full_round(&mut state, &wires[LAST_ROUNDS + WIDTH * round..], out);
    }
    out.extend((0..WIDTH).map(|i| state[i] - wires[OUTPUT + i]));
}

/// Wires: twelve inputs, twelve outputs, two each.
pub(super) fn linear(row: Row<'_>, out: &mut Vec<Quadratic>) {
    let constants: [Quadratic; WIDTH] = core::array::from_fn(|i| row.wires[2 * i]);
    let slopes: [Quadratic; WIDTH] = core::array::from_fn(|i| row.wires[2 * i + 1]);
    let (constants, slopes) = (linear_layer(&constants), linear_layer(&slopes));
    for i in 0..WIDTH {
        push(out, row.algebra(2 * (WIDTH + i)) - Algebra(constants[i], slopes[i]));
    }
}
