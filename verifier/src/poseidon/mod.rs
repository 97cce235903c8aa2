//! plonky2's Poseidon: width 12, rate 8, 8 full and 22 partial rounds, x^7. Portable scalar code.

mod constants;

use crate::field::{Goldilocks, MODULUS, reduce_wide};
use constants::ROUND_CONSTANTS;

/// State size.
pub(crate) const WIDTH: usize = 12;
/// Elements absorbed by one permutation.
pub(crate) const RATE: usize = 8;
/// Full rounds before, and as many after, the partial ones.
pub(crate) const HALF_FULL_ROUNDS: usize = 4;
/// Rounds with one S-box.
pub(crate) const PARTIAL_ROUNDS: usize = 22;

/// First row of the circulant part of the matrix; to its first entry [`MDS_CORNER`] is added in row 0.
pub(crate) const MDS_CIRCULANT: [u64; WIDTH] = [17, 15, 41, 16, 2, 28, 13, 13, 39, 18, 34, 20];
/// The only entry of the diagonal part that is not 0.
pub(crate) const MDS_CORNER: u64 = 8;

/// The constants added before round `round` of 30.
pub(crate) fn round_constants(round: usize) -> &'static [u64; WIDTH] {
    &ROUND_CONSTANTS[round]
}

/// Four field elements: a node of a Merkle tree.
pub(crate) type Hash = [Goldilocks; 4];

/// Residues below 2^64, not necessarily below p.
type State = [u64; WIDTH];

const EPSILON: u64 = 0xffff_ffff;

#[inline(always)]
fn add(x: u64, constant: u64) -> u64 {
    let (sum, carry) = x.overflowing_add(constant);
    // Constants are canonical, so a wrapped sum is at most p − 2: adding 2^64 mod p does not wrap again.
    if carry { sum.wrapping_add(EPSILON) } else { sum }
}

#[inline(always)]
fn multiply(x: u64, y: u64) -> u64 {
    reduce_wide(u128::from(x) * u128::from(y))
}

#[inline(always)]
fn seventh_power(x: u64) -> u64 {
    let square = multiply(x, x);
    let cube = multiply(square, x);
    multiply(multiply(square, square), cube)
}

/// The circulant matrix times a vector of 32-bit numbers, over the integers.
///
/// A product modulo x^12 − 1 is taken apart into products modulo x^3 − 1, x^3 + 1 and x^6 + 1. The matrix was chosen
/// so that its image in each is made of powers of two: [64, 128, 64], [−4, −32, 8] and [4, −8, 32, 2, −2, −2]. Putting
/// the parts together divides by 4, 4 and 2, which is done to these constants beforehand. Results are below 2^41.
#[inline(always)]
fn circulant(v: &[i64; WIDTH]) -> [i64; WIDTH] {
    let mut sums = [0; 6];
    let mut t = [0; 6];
    for j in 0..6 {
        sums[j] = v[j] + v[j + 6];
        t[j] = v[j] - v[j + 6];
    }
    let p: [i64; 3] = core::array::from_fn(|j| sums[j] + sums[j + 3]);
    let q: [i64; 3] = core::array::from_fn(|j| sums[j] - sums[j + 3]);

    // p · (16 + 32x + 16x²) modulo x³ − 1.
    let total = 16 * (p[0] + p[1] + p[2]);
    let cyclic = [total + 16 * p[2], total + 16 * p[0], total + 16 * p[1]];
    // q · (−1 − 8x + 2x²) modulo x³ + 1.
    let negacyclic = [-q[0] - 2 * q[1] + 8 * q[2], -8 * q[0] - q[1] - 2 * q[2], 2 * q[0] - 8 * q[1] - q[2]];
    // t · (2 − 4x + 16x² + x³ − x⁴ − x⁵) modulo x⁶ + 1.
    let odd = [
        2 * t[0] + t[1] + t[2] - t[3] - 16 * t[4] + 4 * t[5],
        -4 * t[0] + 2 * t[1] + t[2] + t[3] - t[4] - 16 * t[5],
        16 * t[0] - 4 * t[1] + 2 * t[2] + t[3] + t[4] - t[5],
        t[0] + 16 * t[1] - 4 * t[2] + 2 * t[3] + t[4] + t[5],
        -t[0] + t[1] + 16 * t[2] - 4 * t[3] + 2 * t[4] + t[5],
        -t[0] - t[1] + t[2] + 16 * t[3] - 4 * t[4] + 2 * t[5],
    ];

    let mut out = [0; WIDTH];
    for j in 0..3 {
        let (even, opposite) = (cyclic[j] + negacyclic[j], cyclic[j] - negacyclic[j]);
        out[j] = even + odd[j];
        out[j + 3] = opposite + odd[j + 3];
        out[j + 6] = even - odd[j];
        out[j + 9] = opposite - odd[j + 3];
    }
    out
}

#[inline(always)]
fn linear_layer(state: &mut State) {
    let low = circulant(&state.map(|x| (x & EPSILON) as i64));
    let high = circulant(&state.map(|x| (x >> 32) as i64));
    // Below 2^35, so that all halves stay below 2^42.
    let corner = [MDS_CORNER * (state[0] & EPSILON), MDS_CORNER * (state[0] >> 32)];
    for (i, x) in state.iter_mut().enumerate() {
        // Rows of a non-negative matrix: both sums are non-negative.
        let (low, high) = (low[i] as u64, high[i] as u64);
        *x = if i == 0 { reduce_halves(low + corner[0], high + corner[1]) } else { reduce_halves(low, high) };
    }
}

/// The residue of `low` + 2^32·`high`, for numbers below 2^42.
#[inline(always)]
fn reduce_halves(low: u64, high: u64) -> u64 {
    // What of `high` lies above 2^64 counts 2^32 − 1 each; with `low` that is below 2^43.
    let (sum, carry) = (high << 32).overflowing_add(low + (high >> 32) * EPSILON);
    if carry { sum.wrapping_add(EPSILON) } else { sum }
}

/// The constants of the partial rounds in an equivalent form: one for the element that goes through the S-box, and
/// what all others amount to at the beginning of the first full round after them.
///
/// A constant on an element without S-box can be added after the linear layer instead, multiplied by the matrix.
struct PartialConstants {
    singles: [u64; PARTIAL_ROUNDS],
    after: [u64; WIDTH],
}

const PARTIAL: PartialConstants = partial_constants();

const fn partial_constants() -> PartialConstants {
    const P: u128 = MODULUS as u128;
    let mut singles = [0; PARTIAL_ROUNDS];
    let mut delayed = [0_u128; WIDTH];
    let mut round = 0;
    while round <= PARTIAL_ROUNDS {
        let mut i = 0;
        while i < WIDTH {
            delayed[i] = (delayed[i] + ROUND_CONSTANTS[HALF_FULL_ROUNDS + round][i] as u128) % P;
            i += 1;
        }
        if round < PARTIAL_ROUNDS {
            singles[round] = delayed[0] as u64;
            delayed[0] = 0;
            delayed = multiply_by_matrix(&delayed);
        }
        round += 1;
    }
    let mut after = [0; WIDTH];
    let mut i = 0;
    while i < WIDTH {
        after[i] = delayed[i] as u64;
        i += 1;
    }
    PartialConstants { singles, after }
}

const fn multiply_by_matrix(v: &[u128; WIDTH]) -> [u128; WIDTH] {
    let mut out = [0; WIDTH];
    let mut row = 0;
    while row < WIDTH {
        let mut i = 0;
        while i < WIDTH {
            out[row] += v[(i + row) % WIDTH] * MDS_CIRCULANT[i] as u128;
            i += 1;
        }
        if row == 0 {
            out[row] += v[0] * MDS_CORNER as u128;
        }
        out[row] %= MODULUS as u128;
        row += 1;
    }
    out
}

#[inline(always)]
fn full_round(state: &mut State, constants: &[u64; WIDTH]) {
    for (x, &constant) in state.iter_mut().zip(constants) {
        *x = seventh_power(add(*x, constant));
    }
    linear_layer(state);
}

/// The permutation.
pub(crate) fn permute(elements: &mut [Goldilocks; WIDTH]) {
    let mut state = elements.map(Goldilocks::value);
    let (first, rest) = ROUND_CONSTANTS.split_at(HALF_FULL_ROUNDS);
    first.iter().for_each(|constants| full_round(&mut state, constants));
    for &constant in &PARTIAL.singles {
        state[0] = seventh_power(add(state[0], constant));
        linear_layer(&mut state);
    }
    full_round(&mut state, &PARTIAL.after);
    rest.iter().skip(PARTIAL_ROUNDS + 1).for_each(|constants| full_round(&mut state, constants));
    *elements = state.map(Goldilocks::new);
}

/// Hash of any number of elements, without padding: lengths are fixed wherever this is used.
pub(crate) fn hash(elements: &[Goldilocks]) -> Hash {
    let mut state = [Goldilocks::ZERO; WIDTH];
    for block in elements.chunks(RATE) {
        state[..block.len()].copy_from_slice(block);
        permute(&mut state);
    }
    [state[0], state[1], state[2], state[3]]
}

/// A leaf of one of plonky2's Merkle trees: up to four elements stand for themselves.
pub(crate) fn hash_leaf(elements: &[Goldilocks]) -> Hash {
    if elements.len() > 4 {
        return hash(elements);
    }
    core::array::from_fn(|i| elements.get(i).copied().unwrap_or_default())
}

/// Parent of two nodes.
pub(crate) fn two_to_one(left: &Hash, right: &Hash) -> Hash {
    let mut state = [Goldilocks::ZERO; WIDTH];
    state[..4].copy_from_slice(left);
    state[4..8].copy_from_slice(right);
    permute(&mut state);
    [state[0], state[1], state[2], state[3]]
}

#[cfg(test)]
mod tests;
