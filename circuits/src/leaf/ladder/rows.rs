//! Rows of the ladder: as many signatures at once as a packed element has lanes, one inversion a lane.

use braid_primitives::F;
use p3_field::{Field, PackedValue, PrimeCharacteristicRing};
use p3_matrix::dense::RowMajorMatrix;
use p3_maybe_rayon::prelude::*;

use super::columns::Columns;
use super::schedule::{Addend, DIGITS, FIRST_BASE, MULTIPLES, ROWS, Step, WORD_ROWS, addend};
use crate::leaf::curve::{Fraction, Point, Quintic};
use crate::leaf::fixed_base;
use crate::leaf::tables::TooTall;
use crate::leaf::tally::Tally;

/// Eight signatures with AVX-512, fewer without.
type Packed = <F as Field>::Packing;
/// Columns of the chip.
const WIDTH: usize = Columns::<F>::WIDTH;

/// A scalar multiplication: s·G + e·P.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// Number of the signature, which no other task has.
    pub signature: u64,
    /// The point P, a group element.
    pub point: Point<F>,
    /// The scalar e, below 2^128.
    pub scalar: u128,
    /// The scalar s, lowest word first.
    pub base_scalar: [u64; 5],
}

impl Task {
    /// A digit of e, the highest being number 0.
    fn digit(&self, number: usize) -> usize {
        (self.scalar >> (4 * (DIGITS - 1 - number))) as usize & (MULTIPLES - 1)
    }
}

/// The main trace of `height` rows; counts the uses of the schedule and of the generator's multiples.
pub fn rows(tasks: &[Task], height: usize, tally: &Tally) -> Result<RowMajorMatrix<F>, TooTall> {
    let needed = tasks.len() * ROWS;
    if needed > height {
        return Err(TooTall { chip: "ladder", rows: needed, height });
    }
    let mut values = F::zero_vec(height * WIDTH);
    values[..needed * WIDTH]
        .par_chunks_mut(Packed::WIDTH * ROWS * WIDTH)
        .zip(tasks.par_chunks(Packed::WIDTH))
        .for_each(|(rows, tasks)| fill(tasks, rows, tally));
    tally.ladder.add_many(0, (height - needed) as u32);
    (0..ROWS).for_each(|row| tally.ladder.add_many(row + 1, tasks.len() as u32));
    Ok(RowMajorMatrix::new(values, WIDTH))
}

/// The rows of up to `Packed::WIDTH` tasks, one task after the other.
fn fill(tasks: &[Task], rows: &mut [F], tally: &Tally) {
    let steps = additions(tasks);
    for (task, rows) in tasks.iter().zip(rows.chunks_exact_mut(ROWS * WIDTH)) {
        (0..fixed_base::WINDOWS).for_each(|window| tally.fixed_base.add(base_row(task, window)));
        write(task, rows);
    }
    for (row, (acc, addend)) in steps.iter().enumerate() {
        let (t1, t3) = (acc.x.mul(&addend.x), acc.u.mul(&addend.u));
        let parts = [acc.x, acc.u, addend.x, addend.u, t1, t3];
        for (lane, rows) in rows.chunks_exact_mut(ROWS * WIDTH).enumerate() {
            let cells = &mut rows[row * WIDTH..(row + 1) * WIDTH];
            for (part, cells) in parts.iter().zip(cells[WIDTH - 30..].chunks_exact_mut(5)) {
                cells.copy_from_slice(&part.lane(lane).0);
            }
        }
    }
}

/// Accumulator and addend of every row, a task in each lane; lanes without a task repeat the last one.
fn additions(tasks: &[Task]) -> Vec<(Point<Packed>, Point<Packed>)> {
    let gather = |get: &dyn Fn(usize, &Task) -> Point<F>| {
        let lanes: Vec<Point<F>> =
            (0..Packed::WIDTH).map(|lane| lane.min(tasks.len() - 1)).map(|lane| get(lane, &tasks[lane])).collect();
        Point { x: Quintic::from_lanes(|lane| lanes[lane].x), u: Quintic::from_lanes(|lane| lanes[lane].u) }
    };
    let point = gather(&|_, task| task.point);
    let mut fractions = vec![Fraction::from(Point::neutral())];
    for k in 1..MULTIPLES {
        fractions.push(fractions[k - 1].add(&point));
    }
    let mut accumulators = Fraction::reduce_all(&fractions);

    // The row of the first digit starts again from the neutral.
    let mut acc = Fraction::from(Point::neutral());
    fractions.clear();
    let mut found = Vec::with_capacity(ROWS);
    for row in MULTIPLES..ROWS {
        fractions.push(acc);
        let lookup = match addend(row) {
            Addend::Digit(number) => Some(gather(&|lane, task| {
                let multiple = &accumulators[task.digit(number)];
                Point { x: multiple.x.lane(lane), u: multiple.u.lane(lane) }
            })),
            Addend::Base(window) => {
                Some(gather(&|_, task| fixed_base::multiple(window, fixed_base::digit(&task.base_scalar, window))))
            }
            Addend::Point | Addend::Cancel | Addend::Double => None,
        };
        acc = lookup.map_or_else(|| acc.double(), |addend| acc.add(&addend));
        found.push(lookup);
    }
    accumulators.append(&mut Fraction::reduce_all(&fractions));
    let found = core::iter::repeat_n(None, MULTIPLES).chain(found);
    let addends = accumulators.iter().zip(found).enumerate().map(|(row, (acc, found))| match addend(row) {
        Addend::Point => point,
        Addend::Cancel => acc.negate(),
        Addend::Double | Addend::Digit(_) | Addend::Base(_) => found.unwrap_or(*acc),
    });
    let addends: Vec<_> = addends.collect();
    accumulators.into_iter().zip(addends).collect()
}

/// Row of the generator's table that a task uses for a window.
fn base_row(task: &Task, window: usize) -> usize {
    fixed_base::row(window, fixed_base::digit(&task.base_scalar, window))
}

/// The columns of a task's rows that are not coordinates.
fn write(task: &Task, rows: &mut [F]) {
    let signature = F::from_u64(task.signature);
    let mut uses = [0_u32; MULTIPLES];
    (0..DIGITS).for_each(|number| uses[task.digit(number)] += 1);
    let mut value = 0_u64;
    for (row, cells) in rows.chunks_exact_mut(WIDTH).enumerate() {
        let Step { step, real, first, build, window, word, base, cancel } = Step::of(row);
        let digit = match addend(row) {
            Addend::Digit(number) => task.digit(number),
            Addend::Base(window) => fixed_base::digit(&task.base_scalar, window),
            Addend::Point | Addend::Cancel | Addend::Double => 0,
        };
        let id = if base == F::ONE { F::from_usize(row - FIRST_BASE) } else { signature };
        let columns = Columns {
            step,
            real,
            first,
            build,
            window,
            word,
            base,
            cancel,
            signature,
            id,
            digit: F::from_usize(digit),
            value: F::from_u64(value),
            uses: uses.get(row).copied().map_or(F::ZERO, F::from_u32),
            acc_x: [F::ZERO; 5],
            acc_u: [F::ZERO; 5],
            addend_x: [F::ZERO; 5],
            addend_u: [F::ZERO; 5],
            t1: [F::ZERO; 5],
            t3: [F::ZERO; 5],
        };
        columns.write(cells);
        if window == F::ONE {
            value = if WORD_ROWS.contains(&row) { 0 } else { 16 * value + digit as u64 };
        }
    }
}
