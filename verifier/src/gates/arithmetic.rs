//! Gates of sums and products: constants, public inputs, linear combinations of products, bits, powers.

use super::{Row, push};
use crate::extension::Quadratic;

pub(super) fn constant(row: Row<'_>, count: usize, out: &mut Vec<Quadratic>) {
    out.extend((0..count).map(|i| row.constants[i] - row.wires[i]));
}

pub(super) fn public_input(row: Row<'_>, out: &mut Vec<Quadratic>) {
    out.extend(row.public_inputs_hash.iter().zip(row.wires).map(|(&hash, &wire)| wire - hash.into()));
}

/// Wires: x, y, z, output; output = c₀·x·y + c₁·z.
pub(super) fn arithmetic(row: Row<'_>, operations: usize, out: &mut Vec<Quadratic>) {
    let (c0, c1) = (row.constants[0], row.constants[1]);
    for wires in row.wires.chunks_exact(4).take(operations) {
        out.push(wires[3] - (wires[0] * wires[1] * c0 + wires[2] * c1));
    }
}

/// As [`arithmetic`], each value on two wires.
pub(super) fn extension(row: Row<'_>, operations: usize, out: &mut Vec<Quadratic>) {
    let (c0, c1) = (row.constants[0], row.constants[1]);
    for at in (0..operations).map(|i| 8 * i) {
        let product = row.algebra(at) * row.algebra(at + 2);
        push(out, row.algebra(at + 6) - (product.scale(c0) + row.algebra(at + 4).scale(c1)));
    }
}

/// Wires: x, y, output, two each; output = c₀·x·y.
pub(super) fn multiplication(row: Row<'_>, operations: usize, out: &mut Vec<Quadratic>) {
    for at in (0..operations).map(|i| 6 * i) {
        let product = row.algebra(at) * row.algebra(at + 2);
        push(out, row.algebra(at + 4) - product.scale(row.constants[0]));
    }
}

/// Wires: sum, then its bits from the lowest.
pub(super) fn base_sum(row: Row<'_>, limbs: usize, out: &mut Vec<Quadratic>) {
    let bits = &row.wires[1..1 + limbs];
    let sum = bits.iter().rev().fold(Quadratic::ZERO, |sum, &bit| sum + sum + bit);
    out.push(sum - row.wires[0]);
    out.extend(bits.iter().map(|&bit| bit * (bit - Quadratic::ONE)));
}

/// Wires: base, bits of the exponent from the lowest, result, then the power by the leading 1, 2, … bits.
pub(super) fn exponentiation(row: Row<'_>, bits: usize, out: &mut Vec<Quadratic>) {
    let base = row.wires[0];
    let powers = &row.wires[2 + bits..2 + 2 * bits];
    let mut squared = Quadratic::ONE;
    for (i, &power) in powers.iter().enumerate() {
        let bit = row.wires[bits - i];
        out.push(squared * (bit * base + (Quadratic::ONE - bit)) - power);
        squared = power * power;
    }
    out.push(row.wires[1 + bits] - powers[bits - 1]);
}
