//! The schedule as a preprocessed table: row i is step i, row 0 and those after the last step are the idle step.

use braid_primitives::F;
use p3_air::{Air, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::schedule::{ROWS, Step};
use crate::leaf::bus::{LADDER, LadderTag, LeafBuilder, ladder};
use crate::leaf::tally::Uses;

/// Rows of the table, padding included.
pub const HEIGHT: usize = 1 << 8;

const _: () = assert!(ROWS < HEIGHT, "every step has its row");

/// The chip of the ladder's schedule. One main column: the use counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct LadderRom;

impl LadderRom {
    /// The main trace.
    pub fn rows(&self, uses: &Uses) -> RowMajorMatrix<F> {
        RowMajorMatrix::new_col(uses.column().chain(core::iter::repeat(F::ZERO)).take(HEIGHT).collect())
    }
}

impl BaseAir<F> for LadderRom {
    fn width(&self) -> usize {
        1
    }

    fn main_next_row_columns(&self) -> Vec<usize> {
        Vec::new()
    }

    fn preprocessed_width(&self) -> usize {
        Step::<F>::WIDTH
    }

    fn preprocessed_next_row_columns(&self) -> Vec<usize> {
        Vec::new()
    }

    fn preprocessed_trace(&self) -> Option<RowMajorMatrix<F>> {
        let mut values = F::zero_vec(HEIGHT * Step::<F>::WIDTH);
        for (row, cells) in values.chunks_exact_mut(Step::<F>::WIDTH).skip(1).enumerate() {
            Step::of(row).write(cells);
        }
        Some(RowMajorMatrix::new(values, Step::<F>::WIDTH))
    }
}

impl<AB: LeafBuilder> Air<AB> for LadderRom {
    fn eval(&self, builder: &mut AB) {
        let step: Vec<AB::Expr> = builder.preprocessed().current_slice().iter().map(|cell| (*cell).into()).collect();
        let uses = builder.main().current_slice()[0].into();
        LADDER.provide(builder, ladder::<AB>(LadderTag::Step, step), uses);
    }
}
