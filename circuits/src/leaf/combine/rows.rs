//! Rows of the combine chip.

use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;
use p3_maybe_rayon::prelude::*;

use super::schedule::addend;
use super::{Columns, HEIGHT};
use crate::leaf::bucket::RADIX;
use crate::leaf::curve::{Fraction, Point};

/// The main trace, from the running sums by window and digit, `RADIX` a window.
pub fn rows(running: &[Point<F>]) -> RowMajorMatrix<F> {
    const WIDTH: usize = Columns::<F>::WIDTH;
    let sum = |row: usize| {
        addend(row).map(|(window, digit)| running.get(window * RADIX + digit).copied().unwrap_or_else(Point::neutral))
    };
    let mut acc = Fraction::from(Point::neutral());
    let mut fractions = Vec::with_capacity(HEIGHT);
    for row in 0..HEIGHT {
        fractions.push(acc);
        acc = sum(row).map_or_else(|| acc.double(), |sum| acc.add(&sum));
    }
    let accumulators = Fraction::reduce_all(&fractions);
    let mut values = F::zero_vec(HEIGHT * WIDTH);
    values.par_chunks_exact_mut(WIDTH).zip(&accumulators).enumerate().for_each(|(row, (cells, acc))| {
        Columns::of(acc, &sum(row).unwrap_or(*acc)).write(cells);
    });
    RowMajorMatrix::new(values, WIDTH)
}
