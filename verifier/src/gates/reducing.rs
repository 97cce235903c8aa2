//! Horner's rule: accumulators a₀ = old·α + k₀, a₁ = a₀·α + k₁, …
//!
//! Wires: result, α, old accumulator (two each), coefficients, then all accumulators but the last, which is the result.

use super::{Row, push};
use crate::extension::{Algebra, Quadratic};

const COEFFICIENTS: usize = 6;

/// Wires in use if a coefficient takes `size` of them.
pub(super) fn wires(coefficients: usize, size: usize) -> usize {
    COEFFICIENTS + size * coefficients + 2 * coefficients.saturating_sub(1)
}

pub(super) fn base(row: Row<'_>, coefficients: usize, out: &mut Vec<Quadratic>) {
    reduce(row, coefficients, 1, out);
}

pub(super) fn extension(row: Row<'_>, coefficients: usize, out: &mut Vec<Quadratic>) {
    reduce(row, coefficients, 2, out);
}

fn reduce(row: Row<'_>, coefficients: usize, size: usize, out: &mut Vec<Quadratic>) {
    let alpha = row.algebra(2);
    let mut last = row.algebra(4);
    for i in 0..coefficients {
        let at = COEFFICIENTS + size * i;
        let coefficient = if size == 1 { Algebra::from(row.wires[at]) } else { row.algebra(at) };
        let accumulator = if i + 1 == coefficients { 0 } else { COEFFICIENTS + size * coefficients + 2 * i };
        let accumulator = row.algebra(accumulator);
        push(out, last * alpha + coefficient - accumulator);
        last = accumulator;
    }
}
