//! AVX-512 with 52-bit multiply-and-add: eight states at once, one in each lane.
//!
//! Two vectors in step were measured to be slower: one state's sums already fill both ports.
//!
//! Full rounds are S-boxes on limbs and a matrix by additions ([`limbs`], [`super::super::matrix`]). The constants of a round are added where the
//! S-boxes of the round before start their last sum, taken through the inverse of the matrix. Partial rounds multiply by the same
//! matrix, split into its invariant parts ([`partial`]), beside the S-box of the current round.
//!
//! 288 ns a permutation where plonky2's own takes 1,267 (one of 2 cores of an AMD EPYC (Zen 4) with AVX-512, 24 GiB, busy with other
//! work, 2026-11-27, `cargo run --release -p braid-benches --bin poseidon`).

pub(crate) mod limbs;
mod partial;

use super::super::constants::{HALF_FULL_ROUNDS, PARTIAL_ROUNDS, ROUND_CONSTANTS, WIDTH};
use super::super::matrix;
use super::super::tables::{TABLES, entry};
use crate::F;
use limbs::{LOW_BITS, Limbs, V, all, and, load, load_packed, seed, seventh_powers, store, store_packed};
use p3_field::{Field, PrimeCharacteristicRing, PrimeField64};
use p3_goldilocks::PackedGoldilocksAVX512;
use std::sync::LazyLock;

/// Everything that the permutation reads besides its input.
struct Constants {
    /// Constants of the first round.
    first: [[u64; 2]; WIDTH],
    /// What the S-boxes of full round r start their last sum from.
    full: [[[u64; 2]; WIDTH]; 2 * HALF_FULL_ROUNDS],
    partial: partial::Constants,
}

static CONSTANTS: LazyLock<Constants> = LazyLock::new(derive);

fn derive() -> Constants {
    let matrix: [[F; WIDTH]; WIDTH] = std::array::from_fn(|i| std::array::from_fn(|j| F::new(entry(i, j))));
    let inverse = invert(matrix);
    Constants {
        first: ROUND_CONSTANTS[0].map(|constant| [constant & LOW_BITS, constant >> 52]),
        full: std::array::from_fn(|r| {
            let next = match r {
                // Before the partial rounds only lane 0 has a constant; theirs were pushed behind them.
                3 => std::array::from_fn(|i| if i == 0 { TABLES.lane[0] } else { 0 }),
                7 => [0; WIDTH],
                0..3 => ROUND_CONSTANTS[r + 1],
                _ => ROUND_CONSTANTS[r + PARTIAL_ROUNDS + 1],
            };
            inverse.map(|row| {
                let value: F = row.iter().zip(next).map(|(entry, constant)| *entry * F::new(constant)).sum();
                seed(value.as_canonical_u64())
            })
        }),
        partial: partial::derive(),
    }
}

/// The inverse of an invertible matrix (Gauss and Jordan).
fn invert(mut matrix: [[F; WIDTH]; WIDTH]) -> [[F; WIDTH]; WIDTH] {
    let mut inverse: [[F; WIDTH]; WIDTH] = std::array::from_fn(|i| std::array::from_fn(|j| F::from_bool(i == j)));
    for column in 0..WIDTH {
        // Some row has a pivot, or the matrix would not be invertible; it is a constant.
        let pivot = (column..WIDTH).find(|&row| matrix[row][column] != F::ZERO).unwrap_or(column);
        matrix.swap(column, pivot);
        inverse.swap(column, pivot);
        let scale = matrix[column][column].try_inverse().unwrap_or(F::ZERO);
        matrix[column] = matrix[column].map(|value| value * scale);
        inverse[column] = inverse[column].map(|value| value * scale);
        let (pivot_row, pivot_inverse) = (matrix[column], inverse[column]);
        for row in (0..WIDTH).filter(|&row| row != column) {
            let factor = matrix[row][column];
            for j in 0..WIDTH {
                matrix[row][j] -= factor * pivot_row[j];
                inverse[row][j] -= factor * pivot_inverse[j];
            }
        }
    }
    inverse
}

/// The permutation on eight states, element i of each in `state[i]`. Any words go in; words below p come out.
#[inline(always)]
fn permute(state: &mut [V; WIDTH], constants: &Constants) {
    let mut limbs: [Limbs; WIDTH] =
        std::array::from_fn(|i| Limbs::from_words(state[i]).plus(Limbs::all(constants.first[i])).carry());
    for seeds in &constants.full[..HALF_FULL_ROUNDS] {
        full_round(&mut limbs, seeds);
    }
    partial::rounds(&mut limbs, &constants.partial);
    for seeds in &constants.full[HALF_FULL_ROUNDS..] {
        full_round(&mut limbs, seeds);
    }
    for (word, lane) in state.iter_mut().zip(&limbs) {
        *word = Limbs { low: and(lane.low, all(LOW_BITS)), high: lane.high }.canonical();
    }
}

/// S-boxes computed in step with one another.
const TOGETHER: usize = 4;

/// S-boxes and matrix; small limbs out.
#[inline(always)]
fn full_round(state: &mut [Limbs; WIDTH], seeds: &[[u64; 2]; WIDTH]) {
    for (lanes, seeds) in state.as_chunks_mut::<TOGETHER>().0.iter_mut().zip(seeds.as_chunks::<TOGETHER>().0) {
        *lanes = seventh_powers(*lanes, *seeds);
    }
    // Limbs below 2^54 and 2^21.8 become limbs below 2^62.1 and 2^30.
    let low = matrix::multiply(std::array::from_fn(|i| state[i].low));
    let high = matrix::multiply(std::array::from_fn(|i| state[i].high));
    for i in 0..WIDTH {
        state[i] = Limbs { low: low[i], high: high[i] }.settle();
    }
}

/// The permutation on the eight states that Plonky3 packs into one value; words below p come out.
#[inline(never)]
pub(super) fn permute_packed(state: &mut [PackedGoldilocksAVX512; WIDTH]) {
    let mut vectors = std::array::from_fn(|i| load_packed(&state[i]));
    permute(&mut vectors, &CONSTANTS);
    for (packed, vector) in state.iter_mut().zip(vectors) {
        store_packed(vector, packed);
    }
}

/// The permutation on sixteen states; any words go in, words below p come out.
#[inline(never)]
pub(super) fn permute_16(state: &mut [[u64; 16]; WIDTH]) {
    let constants = &*CONSTANTS;
    for n in 0..2 {
        let mut vectors = std::array::from_fn(|i| load(&state[i].as_chunks::<8>().0[n]));
        permute(&mut vectors, constants);
        for (row, lanes) in state.iter_mut().zip(vectors) {
            store(lanes, &mut row.as_chunks_mut::<8>().0[n]);
        }
    }
}
