//! Rows of the combine chip: one sequence of additions, whose points are then reduced and multiplied in the lanes of packed elements.

use braid_primitives::F;
use p3_field::{Field, PackedValue, PrimeCharacteristicRing};
use p3_matrix::dense::RowMajorMatrix;
use p3_maybe_rayon::prelude::*;

use super::schedule::addend;
use super::{Columns, HEIGHT};
use crate::leaf::bucket::RADIX;
use crate::leaf::curve::{Addition, Fraction, Point};

type Packed = <F as Field>::Packing;

/// Rows between two inversions: as many as the caches hold.
const BLOCK: usize = 1 << 10;

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
    let mut values = F::zero_vec(HEIGHT * WIDTH);
    let blocks = values.par_chunks_mut(BLOCK * WIDTH).zip(fractions.par_chunks(BLOCK));
    blocks.enumerate().for_each(|(block, (cells, fractions))| {
        let packed: Vec<Fraction<Packed>> = fractions.chunks_exact(Packed::WIDTH).map(Fraction::from_lanes).collect();
        let accumulators = Fraction::reduce_all(&packed);
        let rows = cells.chunks_exact_mut(WIDTH * Packed::WIDTH).zip((block * BLOCK..).step_by(Packed::WIDTH));
        for (acc, (cells, first)) in accumulators.iter().zip(rows) {
            let addends: Vec<Option<Point<F>>> = (first..first + Packed::WIDTH).map(sum).collect();
            let addend = |lane: usize| addends[lane].unwrap_or_else(|| acc.lane(lane));
            let addition = Addition::of(acc, &Point::from_lanes(addend));
            for (lane, cells) in cells.chunks_exact_mut(WIDTH).enumerate() {
                addition.lane(lane).write(cells);
            }
        }
    });
    RowMajorMatrix::new(values, WIDTH)
}
