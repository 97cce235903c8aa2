//! Multiples of the generator: the rows that a ladder adds to compute s·G.
//!
//! The 320 bits of s are cut into 37 windows, the lowest first; window w of position p has the rows
//! (`Generator`, w, digit, digit·2^p·G) for every digit. Twenty-four windows have nine bits and thirteen eight: the
//! fewest windows whose rows fit 2^14.
//!
//! Soundness. The table is preprocessed, and its first column is the tag of the lookup: the padding rows have tag 0,
//! which nobody asks for. It is a function of (window, digit), so that its use counts are free.

mod points;

use braid_primitives::F;
use p3_air::{Air, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::bus::{LADDER, LadderTag, LeafBuilder};
use super::tally::Uses;
pub use points::{WINDOWS, digit, multiple, row};

/// Rows of the table, padding included.
pub const HEIGHT: usize = 1 << 14;
/// Preprocessed columns: tag, window, digit, x, u.
const WIDTH: usize = 13;

/// The chip of the generator's multiples. One main column: the use counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct FixedBase;

impl FixedBase {
    /// The main trace.
    pub fn rows(&self, uses: &Uses) -> RowMajorMatrix<F> {
        RowMajorMatrix::new_col(uses.column().chain(core::iter::repeat(F::ZERO)).take(HEIGHT).collect())
    }
}

impl BaseAir<F> for FixedBase {
    fn width(&self) -> usize {
        1
    }

    fn main_next_row_columns(&self) -> Vec<usize> {
        Vec::new()
    }

    fn preprocessed_width(&self) -> usize {
        WIDTH
    }

    fn preprocessed_next_row_columns(&self) -> Vec<usize> {
        Vec::new()
    }

    fn preprocessed_trace(&self) -> Option<RowMajorMatrix<F>> {
        let mut values = F::zero_vec(HEIGHT * WIDTH);
        let mut rows = values.chunks_exact_mut(WIDTH);
        for window in 0..WINDOWS {
            for digit in 0..points::digits(window) {
                let Some(row) = rows.next() else { break };
                row[..3].copy_from_slice(&[LadderTag::Generator as u64, window as u64, digit as u64].map(F::from_u64));
                row[3..].copy_from_slice(&multiple(window, digit).cells());
            }
        }
        Some(RowMajorMatrix::new(values, WIDTH))
    }
}

impl<AB: LeafBuilder> Air<AB> for FixedBase {
    fn eval(&self, builder: &mut AB) {
        let tuple: Vec<AB::Expr> = builder.preprocessed().current_slice().iter().map(|cell| (*cell).into()).collect();
        let count = builder.main().current_slice()[0].into();
        LADDER.provide(builder, tuple, count);
    }
}

#[cfg(test)]
mod tests;
