//! Rows of the wide chip.

use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;
use rayon::prelude::*;

use super::{CARRY_OFFSET, Columns, LIMBS};
use crate::leaf::tables::TooTall;
use crate::leaf::tally::Tally;

/// One exact multiplication and division that has a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    up: bool,
    a: u64,
    b: u64,
    c: u64,
    quotient: u64,
    remainder: u64,
}

/// All numbers of the chip are below this.
const BOUND: u64 = 1 << 62;

impl Operation {
    /// `a · b / c`, rounded up or down; `None` unless all three and the result are below 2^62 and `c` is not 0.
    pub fn new(up: bool, a: u64, b: u64, c: u64) -> Option<Self> {
        if c == 0 || a.max(b).max(c) >= BOUND {
            return None;
        }
        let product = u128::from(a) * u128::from(b);
        let divisor = u128::from(c);
        let quotient = if up { product.div_ceil(divisor) } else { product / divisor };
        let quotient = u64::try_from(quotient).ok().filter(|quotient| *quotient < BOUND)?;
        // Both products are below 2^124 and differ by less than `c`.
        let remainder = product.abs_diff(u128::from(quotient) * divisor) as u64;
        Some(Self { up, a, b, c, quotient, remainder })
    }

    /// The rounded quotient.
    pub fn quotient(&self) -> u64 {
        self.quotient
    }

    fn columns(&self, uses: u32) -> Columns<F> {
        let [a, b, c, q, r] = [self.a, self.b, self.c, self.quotient, self.remainder].map(limbs);
        let [carry_0, carry_1] = self.carries();
        Columns {
            uses: F::from_u32(uses),
            up: F::from_bool(self.up),
            a: a.map(F::from_u16),
            b: b.map(F::from_u16),
            c: c.map(F::from_u16),
            q: q.map(F::from_u16),
            r: r.map(F::from_u16),
            gap: limbs(self.c - self.remainder - 1).map(F::from_u16),
            carry_0: carry_0.map(F::from_u16),
            carry_1: carry_1.map(F::from_u16),
        }
    }

    /// The two carries of the equation modulo 2^64, offset and split.
    fn carries(&self) -> [[u16; 2]; 2] {
        let [a, b, c, q, r] = [self.a, self.b, self.c, self.quotient, self.remainder].map(|x| limbs(x).map(i64::from));
        let at = |position: usize| {
            let products: i64 = (0..=position).map(|i| a[i] * b[position - i] - q[i] * c[position - i]).sum();
            if self.up { products + r[position] } else { products - r[position] }
        };
        let first = (at(0) + (at(1) << 16)) >> 32;
        let second = (first + at(2) + (at(3) << 16)) >> 32;
        [first, second].map(|carry| {
            let offset = carry + CARRY_OFFSET as i64;
            [offset as u16, (offset >> 16) as u16]
        })
    }
}

/// 16-bit limbs, lowest first.
fn limbs(x: u64) -> [u16; LIMBS] {
    core::array::from_fn(|i| (x >> (16 * i)) as u16)
}

/// The table of `height` rows: one an operation, each used once, then rows of 0 · 0 / 1 that nobody uses.
pub fn rows(operations: &[Operation], height: usize, tally: &Tally) -> Result<RowMajorMatrix<F>, TooTall> {
    if operations.len() > height {
        return Err(TooTall { chip: "wide", rows: operations.len(), height });
    }
    let padding = Operation { up: false, a: 0, b: 0, c: 1, quotient: 0, remainder: 0 };
    let width = Columns::<F>::WIDTH;
    let mut values = F::zero_vec(height * width);
    values.par_chunks_exact_mut(width).enumerate().for_each(|(index, row)| {
        let (columns, times) = match operations.get(index) {
            Some(operation) => (operation.columns(1), 1),
            // Padding rows are all alike: the first one counts for all of them.
            None if index == operations.len() => (padding.columns(0), height - operations.len()),
            None => (padding.columns(0), 0),
        };
        if times > 0 {
            count(&columns, times as u32, tally);
        }
        columns.write(row);
    });
    Ok(RowMajorMatrix::new(values, width))
}

/// Counts the range checks of `times` equal rows.
fn count(columns: &Columns<F>, times: u32, tally: &Tally) {
    for number in [columns.a, columns.b, columns.c, columns.q, columns.r, columns.gap] {
        number.iter().for_each(|limb| tally.check_many(*limb, times));
        tally.check_many(number[LIMBS - 1] * F::from_u8(4), times);
    }
    columns.carry_0.iter().chain(&columns.carry_1).for_each(|limb| tally.check_many(*limb, times));
}
