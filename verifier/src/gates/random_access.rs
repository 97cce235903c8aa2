//! The element of a list at an index that is given as a number and, on wires of their own, in bits.
//!
//! Wires of each copy: index, element, the list. After all copies: extra constants, then the bits of each copy.

use super::Row;
use crate::extension::Quadratic;

fn copy_wires(bits: usize) -> usize {
    2 + (1 << bits)
}

/// Wires in use.
pub(super) fn wires(bits: usize, copies: usize, extra_constants: usize) -> usize {
    copy_wires(bits.min(8)) * copies + extra_constants + copies * bits
}

pub(super) fn evaluate(row: Row<'_>, bits: usize, copies: usize, extra_constants: usize, out: &mut Vec<Quadratic>) {
    let extra = copy_wires(bits) * copies;
    for copy in 0..copies {
        let wires = &row.wires[copy_wires(bits) * copy..copy_wires(bits) * (copy + 1)];
        let index_bits = &row.wires[extra + extra_constants + bits * copy..][..bits];
        out.extend(index_bits.iter().map(|&bit| bit * (bit - Quadratic::ONE)));
        let index = index_bits.iter().rev().fold(Quadratic::ZERO, |sum, &bit| sum + sum + bit);
        out.push(index - wires[0]);
        // Each bit, lowest first, halves the list.
        let mut list = wires[2..].to_vec();
        for &bit in index_bits {
            list = list.chunks_exact(2).map(|pair| pair[0] + bit * (pair[1] - pair[0])).collect();
        }
        out.push(list[0] - wires[1]);
    }
    out.extend((0..extra_constants).map(|i| row.constants[i] - row.wires[extra + i]));
}
