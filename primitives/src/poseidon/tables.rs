//! What the fast form of the partial rounds needs, derived from the matrix and the round constants.
//!
//! Between two S-boxes of lane 0 a partial round is linear. Write the matrix as `[[m, w], [u, N]]` with `m` the entry
//! (0, 0), `s` for lanes 1 to 11 and `y_r` for the output of the S-box in partial round r:
//!
//! ```text
//! x_{r+1} = m·y_r + w·s_r        s_{r+1} = u·y_r + N·s_r
//! ```
//!
//! Unrolled, with `R = 22` rounds, `k_0 = m` and `k_i = w·N^{i-1}·u`:
//!
//! ```text
//! x_{r+1} = w·N^r·s_0 + Σ_{j ≤ r} k_{r-j}·y_j        s_R = N^R·s_0 + Σ_j N^{R-1-j}·u·y_j
//! ```
//!
//! so that every value is one dot product with constants, reduced once. The constants added to lanes 1 to 11 inside the
//! partial rounds are linear too: they are pushed to the end, and what they do to lane 0 on the way is in [`Tables::lane`].

use super::constants::{CIRCULANT, DIAGONAL_ZERO, HALF_FULL_ROUNDS, PARTIAL_ROUNDS, ROUND_CONSTANTS, WIDTH};
use crate::{F, MODULUS};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use std::sync::LazyLock;

/// Lanes without an S-box in partial rounds.
pub(super) const REST: usize = WIDTH - 1;

type Vector = [F; REST];
type Matrix = [Vector; REST];

/// Constants of the unrolled partial rounds; canonical words.
pub(super) struct Tables {
    /// Added to lane 0 before the S-box of partial round r.
    pub lane: [u64; PARTIAL_ROUNDS],
    /// Row r is `w·N^r`: what `s_0` gives to `x_{r+1}`.
    pub from_rest: [[u64; REST]; PARTIAL_ROUNDS],
    /// `k_i`: what `y_{r-i}` gives to `x_{r+1}`.
    pub kernel: [u64; PARTIAL_ROUNDS],
    /// `N^22`, by rows: what `s_0` gives to `s_22`.
    pub rest_from_rest: [[u64; REST]; REST],
    /// Entry (i, j): what `y_j` gives to lane i of `s_22`.
    pub rest_from_lane: [[u64; PARTIAL_ROUNDS]; REST],
    /// Added to the state before the S-boxes of the first full round after the partial ones.
    pub after: [u64; WIDTH],
}

/// The tables, derived on first use (a few milliseconds at most).
pub(super) static TABLES: LazyLock<Tables> = LazyLock::new(derive);

/// Entry (row, column) of the matrix of the linear layer.
pub(super) const fn entry(row: usize, column: usize) -> u64 {
    CIRCULANT[(column + WIDTH - row) % WIDTH] + if row + column == 0 { DIAGONAL_ZERO } else { 0 }
}

/// The matrix without row and column 0.
fn inner() -> Matrix {
    std::array::from_fn(|i| std::array::from_fn(|j| F::new(entry(i + 1, j + 1))))
}

fn dot(a: &Vector, b: &Vector) -> F {
    a.iter().zip(b).map(|(x, y)| *x * *y).sum()
}

fn times_vector(matrix: &Matrix, vector: &Vector) -> Vector {
    std::array::from_fn(|i| dot(&matrix[i], vector))
}

fn times_matrix(row: &Vector, matrix: &Matrix) -> Vector {
    std::array::from_fn(|j| (0..REST).map(|i| row[i] * matrix[i][j]).sum())
}

fn words<const N: usize>(elements: [F; N]) -> [u64; N] {
    elements.map(|element| element.as_canonical_u64())
}

/// Pushes the constants of lanes 1 to 11 through the partial rounds: those of lane 0, and what remains behind the rounds.
fn push_constants() -> ([u64; PARTIAL_ROUNDS], [u64; WIDTH]) {
    let mut pending = [F::ZERO; WIDTH];
    let mut lane = [F::ZERO; PARTIAL_ROUNDS];
    for (r, constant) in lane.iter_mut().enumerate() {
        let here = ROUND_CONSTANTS[HALF_FULL_ROUNDS + r];
        *constant = pending[0] + F::new(here[0]);
        let linear: [F; WIDTH] = std::array::from_fn(|i| if i == 0 { F::ZERO } else { pending[i] + F::new(here[i]) });
        pending = std::array::from_fn(|i| (0..WIDTH).map(|j| F::new(entry(i, j)) * linear[j]).sum());
    }
    let next = ROUND_CONSTANTS[HALF_FULL_ROUNDS + PARTIAL_ROUNDS];
    (words(lane), words(std::array::from_fn(|i| pending[i] + F::new(next[i]))))
}

fn derive() -> Tables {
    let matrix = inner();
    let first_row: Vector = std::array::from_fn(|j| F::new(entry(0, j + 1)));
    let first_column: Vector = std::array::from_fn(|i| F::new(entry(i + 1, 0)));
    let mut rows = [first_row; PARTIAL_ROUNDS];
    let mut columns = [first_column; PARTIAL_ROUNDS];
    let mut power = matrix;
    for r in 1..PARTIAL_ROUNDS {
        rows[r] = times_matrix(&rows[r - 1], &matrix);
        columns[r] = times_vector(&matrix, &columns[r - 1]);
        power = power.map(|row| times_matrix(&row, &matrix));
    }
    let (lane, after) = push_constants();
    Tables {
        lane,
        from_rest: rows.map(words),
        kernel: std::array::from_fn(|i| {
            let value = if i == 0 { F::new(entry(0, 0)) } else { dot(&first_row, &columns[i - 1]) };
            value.as_canonical_u64()
        }),
        rest_from_rest: power.map(words),
        rest_from_lane: std::array::from_fn(|i| {
            std::array::from_fn(|j| columns[PARTIAL_ROUNDS - 1 - j][i].as_canonical_u64())
        }),
        after,
    }
}

const _: () = {
    // Full rounds add up to 264 words below 2^32 in a lane without overflow.
    let mut sum = DIAGONAL_ZERO;
    let mut i = 0;
    while i < WIDTH {
        sum += CIRCULANT[i];
        i += 1;
    }
    assert!(sum < 1 << 31);
    let mut r = 0;
    while r < ROUND_CONSTANTS.len() {
        let mut i = 0;
        while i < WIDTH {
            assert!(ROUND_CONSTANTS[r][i] < MODULUS);
            i += 1;
        }
        r += 1;
    }
};
