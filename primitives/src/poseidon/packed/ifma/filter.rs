//! The partial rounds as a recursive filter with small integer coefficients.
//!
//! With the matrix `[[m, w], [u, N]]` (lane 0 and the eleven others) the partial rounds are a linear system with one input, the output
//! `y_r` of the S-box, and one output, lane 0:
//!
//! ```text
//! x_{r+1} = m·y_r + w·s_r        s_{r+1} = u·y_r + N·s_r
//! ```
//!
//! Let `a` be the characteristic polynomial of N, and `B_r = N^r + a_1·N^{r-1} + … + a_r` (Faddeev and Le Verrier). Then
//!
//! ```text
//! Σ_{i=0}^{11} a_i·x_{r+1-i} = Σ_{i=0}^{11} b_i·y_{r-i} + d_r,      b_i = a_i·m + w·B_{i-1}·u
//! ```
//!
//! where terms before the first round are left out and `d_r = w·B_r·s_0` makes up for them; B_11 = 0 (Cayley and Hamilton). The other
//! lanes need not be followed: the same sums, cut at the end, are `e_i = w·B_i·s_22`, an invertible map of `s_22`. As the matrix
//! has small entries, so have a, b and the first of the maps `D = (w·B_i)_i`: most products need half the instructions of a general one.

use super::super::super::constants::{PARTIAL_ROUNDS, WIDTH};
use super::super::super::tables::{REST, TABLES, entry};
use super::limbs::{LOW_BITS, P_HIGH, P_LOW};
use crate::F;
use p3_field::{Field, PrimeCharacteristicRing, PrimeField64};

/// Signs of -a_1 … -a_11, and of b_0 … b_11 with b_11 taken modulo p. Products are summed by sign.
pub(super) const A_POSITIVE: [usize; 6] = [1, 2, 3, 6, 7, 10];
pub(super) const A_NEGATIVE: [usize; 5] = [4, 5, 8, 9, 11];
pub(super) const B_POSITIVE: [usize; 7] = [1, 2, 4, 5, 6, 9, 11];
pub(super) const B_NEGATIVE: [usize; 4] = [3, 7, 8, 10];

/// Coefficients below this index fit 39 bits, those below [`MEDIUM`] 52 bits, the others 64.
pub(super) const SMALL: [usize; 2] = [8, 7];
pub(super) const MEDIUM: [usize; 2] = [11, 9];
/// The same for the rows of D.
pub(super) const SMALL_ROWS: usize = 6;
pub(super) const MEDIUM_ROWS: usize = 9;

/// Where the sums of round r start: a multiple of p (2^52·2^56 = -2^12) larger than the products that are subtracted.
///
/// At most nine products are subtracted in a round, six with a coefficient of more than 39 bits: below 2^56 in either limb.
const BIAS: [u64; 2] = [(1 << 12) + 32 * P_LOW, (1 << 56) + 32 * P_HIGH];

/// A coefficient below 2^64 in limbs of 52 bits.
pub(super) type Coefficient = [u64; 2];

/// A constant w for a factor split at bit 36: limbs of w, and of 2^36·w modulo p.
pub(super) type Split = [u64; 4];

pub(super) struct Filter {
    /// |a_i|; entry 0 is not used.
    pub a: [Coefficient; 12],
    /// |b_i|, b_11 modulo p.
    pub b: [Coefficient; 12],
    /// Row r: what makes the entries of D not negative, a factor of minus the sum of all lanes; then the entries of D plus that number.
    pub rows: [[Coefficient; WIDTH]; REST],
    /// Start of the sum of round r: the bias, the constant of the next S-box, and what the constants in the history add.
    pub seeds: [[u64; 2]; PARTIAL_ROUNDS],
    /// The inverse of D, by rows.
    pub inverse: [[Split; REST]; REST],
    /// Start of lane i + 1 after the partial rounds: constants of the next full round, less what the history adds.
    pub after: [[u64; 2]; REST],
    /// The bias alone.
    pub bias: [u64; 2],
}

type Integers = [[i128; REST]; REST];

fn element(value: i128) -> F {
    F::new(value.rem_euclid(crate::MODULUS as i128) as u64)
}

fn coefficient(value: u64) -> Coefficient {
    [value & LOW_BITS, value >> 52]
}

fn plus_bias(value: F) -> [u64; 2] {
    let limbs = coefficient(value.as_canonical_u64());
    [BIAS[0] + limbs[0], BIAS[1] + limbs[1]]
}

/// a_0 … a_11 and the rows w·B_0 … w·B_10, in integers.
fn characteristic() -> ([i128; 12], Integers) {
    let matrix: Integers = std::array::from_fn(|i| std::array::from_fn(|j| entry(i + 1, j + 1) as i128));
    let first_row: [i128; REST] = std::array::from_fn(|j| entry(0, j + 1) as i128);
    let mut power: Integers = std::array::from_fn(|i| std::array::from_fn(|j| i128::from(i == j)));
    let mut a = [1; 12];
    let mut rows = [[0; REST]; REST];
    for k in 0..REST {
        rows[k] = std::array::from_fn(|j| (0..REST).map(|i| first_row[i] * power[i][j]).sum());
        power = std::array::from_fn(|i| std::array::from_fn(|j| (0..REST).map(|l| matrix[i][l] * power[l][j]).sum()));
        let trace: i128 = (0..REST).map(|i| power[i][i]).sum();
        a[k + 1] = -trace / (k as i128 + 1);
        for (i, row) in power.iter_mut().enumerate() {
            row[i] += a[k + 1];
        }
    }
    (a, rows)
}

/// The inverse of an invertible matrix (Gauss and Jordan).
pub(super) fn invert<const N: usize>(mut matrix: [[F; N]; N]) -> [[F; N]; N] {
    let mut inverse: [[F; N]; N] = std::array::from_fn(|i| std::array::from_fn(|j| F::from_bool(i == j)));
    for column in 0..N {
        // Some row has a pivot, or the matrix would not be invertible; both matrices here are constants.
        let pivot = (column..N).find(|&row| matrix[row][column] != F::ZERO).unwrap_or(column);
        matrix.swap(column, pivot);
        inverse.swap(column, pivot);
        let scale = matrix[column][column].try_inverse().unwrap_or(F::ZERO);
        matrix[column] = matrix[column].map(|value| value * scale);
        inverse[column] = inverse[column].map(|value| value * scale);
        let (pivot_row, pivot_inverse) = (matrix[column], inverse[column]);
        for row in (0..N).filter(|&row| row != column) {
            let factor = matrix[row][column];
            for j in 0..N {
                matrix[row][j] -= factor * pivot_row[j];
                inverse[row][j] -= factor * pivot_inverse[j];
            }
        }
    }
    inverse
}

fn split(value: F) -> Split {
    let low = coefficient(value.as_canonical_u64());
    let high = coefficient((value * F::new(1 << 36)).as_canonical_u64());
    [low[0], low[1], high[0], high[1]]
}

/// Derives all coefficients from the matrix.
pub(super) fn derive() -> Filter {
    let (a, rows) = characteristic();
    let m = entry(0, 0) as i128;
    let b: [i128; 12] = std::array::from_fn(|i| {
        let through: i128 = if i == 0 { 0 } else { (0..REST).map(|j| rows[i - 1][j] * entry(j + 1, 0) as i128).sum() };
        a[i] * m + through
    });
    // Constant r is added to x_r before its S-box; the last one belongs to the full round that follows.
    let constant = |r: usize| F::new(if r < PARTIAL_ROUNDS { TABLES.lane[r] } else { TABLES.after[0] });
    let history = |from: usize, next: usize| -> F { (from..12).map(|i| element(a[i]) * constant(next - i)).sum() };
    let inverse = invert(rows.map(|row| row.map(element)));
    let ends: [F; REST] = std::array::from_fn(|i| history(i + 1, PARTIAL_ROUNDS + 1 + i));
    let shifts = rows.map(|row| row.into_iter().fold(0, |shift, value| shift.max(-value)));
    Filter {
        a: a.map(|value| coefficient(value.unsigned_abs() as u64)),
        b: std::array::from_fn(|i| {
            coefficient(if i == 11 { element(b[i]).as_canonical_u64() } else { b[i].unsigned_abs() as u64 })
        }),
        rows: std::array::from_fn(|r| {
            std::array::from_fn(|i| {
                let value = if i == 0 { 0 } else { rows[r][i - 1] };
                coefficient((value + shifts[r]) as u64)
            })
        }),
        seeds: std::array::from_fn(|r| {
            let terms: F = (1..12.min(r + 1)).map(|i| element(a[i]) * constant(r + 1 - i)).sum();
            plus_bias(constant(r + 1) + terms)
        }),
        inverse: inverse.map(|row| row.map(split)),
        after: std::array::from_fn(|i| {
            let through: F = inverse[i].iter().zip(ends).map(|(value, end)| *value * end).sum();
            coefficient((F::new(TABLES.after[i + 1]) + through).as_canonical_u64())
        }),
        bias: BIAS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_sizes_are_as_the_sums_assume() {
        let (a, rows) = characteristic();
        for (i, value) in a.into_iter().enumerate().skip(1) {
            assert_eq!(-value > 0, A_POSITIVE.contains(&i));
            assert_eq!(-value < 0, A_NEGATIVE.contains(&i));
        }
        let filter = derive();
        for i in 1..12 {
            assert!(B_POSITIVE.contains(&i) != B_NEGATIVE.contains(&i));
        }
        for (list, coefficients) in [(0, filter.a), (1, filter.b)] {
            for (i, value) in coefficients.into_iter().enumerate() {
                assert!(i >= SMALL[list] || value[0] < 1 << 39);
                assert!(i >= MEDIUM[list] || value[1] == 0);
            }
        }
        for (r, row) in filter.rows.iter().enumerate() {
            let shift = row[0][0] as i128 + ((row[0][1] as i128) << 52);
            for (value, exact) in row.iter().zip([0].into_iter().chain(rows[r])) {
                assert_eq!(value[0] as i128 + ((value[1] as i128) << 52), exact + shift);
                assert!(r >= SMALL_ROWS || value[0] < 1 << 39);
                assert!(r >= MEDIUM_ROWS || value[1] == 0);
                assert!(value[1] < 1 << 10);
            }
        }
    }

    #[test]
    fn bias_is_a_multiple_of_p() {
        let value = BIAS[0] as u128 + ((BIAS[1] as u128) << 52);
        assert_eq!(value % crate::MODULUS as u128, 0);
    }

    #[test]
    fn inverse_times_matrix_is_one() {
        let (_, rows) = characteristic();
        let matrix = rows.map(|row| row.map(element));
        let inverse = invert(matrix);
        for (i, row) in matrix.iter().enumerate() {
            for j in 0..REST {
                let value: F = row.iter().zip(&inverse).map(|(entry, other)| *entry * other[j]).sum();
                assert_eq!(value, F::from_bool(i == j));
            }
        }
    }
}
