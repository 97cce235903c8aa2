//! Barycentric interpolation over a coset shift·H, evaluated over H at point/shift.
//!
//! With z = point/shift, p₀ = 1, e₀ = 0 and wᵢ the weights of H, the recurrence
//! pᵢ₊₁ = pᵢ·(z − xᵢ), eᵢ₊₁ = eᵢ·(z − xᵢ) + wᵢ·vᵢ·pᵢ ends in the value. To bound the degree it is cut every `degree − 1`
//! steps, and e and p at the cuts are on wires.
//!
//! Wires: shift; values, point, result (two each); e at the cuts; p at the cuts; z.

use super::{Row, push};
use crate::extension::{Algebra, Quadratic};
use crate::field::Goldilocks;

const VALUES: usize = 1;

fn points(subgroup_bits: usize) -> usize {
    1 << subgroup_bits.min(8)
}

/// Cuts of the recurrence.
pub(super) fn intermediates(subgroup_bits: usize, degree: usize) -> usize {
    points(subgroup_bits).saturating_sub(2) / degree.saturating_sub(1).max(1)
}

/// Wires in use.
pub(super) fn wires(subgroup_bits: usize, degree: usize) -> usize {
    VALUES + 2 * (points(subgroup_bits) + 2) + 2 * (2 * intermediates(subgroup_bits, degree) + 1)
}

pub(super) fn evaluate(row: Row<'_>, subgroup_bits: usize, degree: usize, out: &mut Vec<Quadratic>) {
    let size = points(subgroup_bits);
    let cuts = intermediates(subgroup_bits, degree);
    let point = VALUES + 2 * size;
    let result = point + 2;
    let cut_wires = result + 2;
    let z = row.algebra(cut_wires + 4 * cuts);
    push(out, row.algebra(point) - z.scale(row.wires[0]));

    // The weight of x in a subgroup of this size is x/size: X^size − 1 has derivative size/x at x.
    let generator = Goldilocks::two_adic_generator(subgroup_bits);
    let inverse_size = Goldilocks::new(size as u64).inverse();
    let mut x = Goldilocks::ONE;
    let (mut e, mut p) = (Algebra::default(), Algebra::ONE);
    for i in 0..size {
        if i > 1 && (i - 1) % (degree - 1) == 0 {
            let cut = (i - 1) / (degree - 1) - 1;
            let at = cut_wires + 2 * cut;
            let (cut_e, cut_p) = (row.algebra(at), row.algebra(at + 2 * cuts));
            push(out, cut_e - e);
            push(out, cut_p - p);
            (e, p) = (cut_e, cut_p);
        }
        let factor = z - Algebra::from(Quadratic::from(x));
        let value = row.algebra(VALUES + 2 * i).scale((x * inverse_size).into());
        e = e * factor + value * p;
        p = p * factor;
        x *= generator;
    }
    push(out, row.algebra(result) - e);
}
