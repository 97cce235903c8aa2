//! Sixteen-bit values: the table that all range checks look up.
//!
//! The table has no preprocessed column. Its rows count: the first value is 0, each next one is one more, the last is
//! 2^16 − 1. Counting in a field of characteristic above the height, this fixes both the values and the height, which is
//! pinned by the shape besides. So the table is exactly the set 0..2^16, each value once, and free use counts say no
//! more than which of these values are looked up how often.

mod air;
mod columns;
#[cfg(test)]
mod tests;

pub use air::Range;
pub use columns::Columns;

use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::bus::RANGE;
use super::tally::Uses;

/// The table: 2^16 rows of the value and its use count.
pub fn rows(uses: &Uses) -> RowMajorMatrix<F> {
    let mut values = F::zero_vec(RANGE * Columns::<F>::WIDTH);
    for (index, (row, uses)) in values.chunks_exact_mut(Columns::<F>::WIDTH).zip(uses.column()).enumerate() {
        Columns { value: F::from_usize(index), uses }.write(row);
    }
    RowMajorMatrix::new(values, Columns::<F>::WIDTH)
}
