//! The permutation on one state, in ordinary 64-bit arithmetic.

use super::constants::{HALF_FULL_ROUNDS, PARTIAL_ROUNDS, ROUND_CONSTANTS, WIDTH};
use super::matrix;
use super::tables::{REST, TABLES, Tables};
use crate::F;
use crate::accumulator::{Accumulator, EPSILON, add, multiply};
use p3_field::PrimeField64;

/// The permutation, in place.
pub fn permute(state: &mut [F; WIDTH]) {
    let mut words = state.map(|element| element.as_canonical_u64());
    permute_words(&mut words);
    *state = words.map(F::new);
}

/// The permutation on any words, taken modulo p; the results may be p or more.
pub(super) fn permute_words(state: &mut [u64; WIDTH]) {
    let tables = &*TABLES;
    for constants in &ROUND_CONSTANTS[..HALF_FULL_ROUNDS] {
        full_round(state, constants);
    }
    partial_rounds(state, tables);
    full_round(state, &tables.after);
    for constants in &ROUND_CONSTANTS[HALF_FULL_ROUNDS + PARTIAL_ROUNDS + 1..] {
        full_round(state, constants);
    }
}

/// x^7 modulo p.
#[inline(always)]
fn s_box(x: u64) -> u64 {
    let square = multiply(x, x);
    multiply(multiply(x, square), multiply(square, square))
}

#[inline(always)]
fn full_round(state: &mut [u64; WIDTH], constants: &[u64; WIDTH]) {
    let boxed: [u64; WIDTH] = std::array::from_fn(|i| s_box(add(state[i], constants[i])));
    *state = linear_layer(&boxed);
}

/// The matrix on halves of words: sums of at most 264 halves fit a word, and are reduced once.
#[inline(always)]
fn linear_layer(state: &[u64; WIDTH]) -> [u64; WIDTH] {
    let low = state.map(|word| word & EPSILON);
    let high = state.map(|word| word >> 32);
    let (low, high) = (matrix::multiply(low), matrix::multiply(high));
    std::array::from_fn(|i| {
        // low + 2^32·high, where 2^64 = 2^32 - 1 and both are below 2^41.
        let wide = low[i] as u128 + ((high[i] as u128) << 32);
        add(wide as u64, (wide >> 64) as u64 * EPSILON)
    })
}

/// All partial rounds, unrolled as [`super::tables`] explains.
#[inline(always)]
pub(super) fn partial_rounds(state: &mut [u64; WIDTH], tables: &Tables) {
    let mut rest = [0; REST];
    rest.copy_from_slice(&state[1..]);
    let mut lane = [0; PARTIAL_ROUNDS];
    let mut x = state[0];
    for r in 0..PARTIAL_ROUNDS {
        lane[r] = s_box(add(x, tables.lane[r]));
        let mut sum = Accumulator::default();
        for (word, constant) in rest.iter().zip(&tables.from_rest[r]) {
            sum.add_product(*word, *constant);
        }
        for (word, constant) in lane[..=r].iter().zip(tables.kernel[..=r].iter().rev()) {
            sum.add_product(*word, *constant);
        }
        x = sum.reduce();
    }
    state[0] = x;
    for i in 0..REST {
        let mut sum = Accumulator::default();
        for (word, constant) in rest.iter().zip(&tables.rest_from_rest[i]) {
            sum.add_product(*word, *constant);
        }
        for (word, constant) in lane.iter().zip(&tables.rest_from_lane[i]) {
            sum.add_product(*word, *constant);
        }
        state[i + 1] = sum.reduce();
    }
}
