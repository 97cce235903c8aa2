//! Hostile sums next to honest buckets. Constraints by number: 0 to 9 the first accumulator, 10 to 19 the last, 20 to 29 doublings,
//! 30 and 35 the products, 40 to 49 the sum.

use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;

use super::schedule::addend;
use super::{Columns, Combine, HEIGHT};
use crate::leaf::bucket::{RADIX, WINDOWS};
use crate::leaf::bus::CurveTag;
use crate::leaf::curve::{Fraction, Point, generator};
use crate::leaf::signature::stage::{Stage, buses, honest, unread};

const WIDTH: usize = Columns::<F>::WIDTH;
/// Constraints on the last accumulator.
const NEUTRAL: core::ops::Range<usize> = 10..20;

fn stage() -> Stage {
    Stage::of(&[honest(0), honest(1)])
}

fn read(stage: &Stage, row: usize) -> Columns<F> {
    Columns::read(&stage.combine.values[row * WIDTH..])
}

/// Replaces what a row adds, and makes everything after it follow.
fn replace(stage: &mut Stage, row: usize, point: Point<F>) {
    let mut acc = Point::<F>::of(&read(stage, row).acc_x, &read(stage, row).acc_u);
    for at in row..HEIGHT {
        let mut columns = read(stage, at);
        (columns.acc_x, columns.acc_u) = (acc.x.0, acc.u.0);
        if addend(at).is_none() {
            (columns.addend_x, columns.addend_u) = (acc.x.0, acc.u.0);
        }
        if at == row {
            (columns.addend_x, columns.addend_u) = (point.x.0, point.u.0);
        }
        let addend = Point::<F>::of(&columns.addend_x, &columns.addend_u);
        (columns.t1, columns.t3) = (acc.x.mul(&addend.x).0, acc.u.mul(&addend.u).0);
        columns.write(&mut stage.combine.values[at * WIDTH..]);
        acc = Fraction::reduce_all(&[Fraction::from(acc).add(&addend)])[0];
    }
}

#[test]
fn every_running_sum_is_added_once_and_weighed_by_its_window() {
    let mut seen = vec![0; WINDOWS * RADIX];
    let mut weights = [0; WINDOWS];
    for row in 0..HEIGHT {
        match addend(row) {
            Some((window, digit)) => {
                assert!((1..RADIX).contains(&digit));
                seen[window * RADIX + digit] += 1;
                weights[window] = 1;
            }
            None => weights.iter_mut().filter(|weight| **weight > 0).for_each(|weight| *weight += 1),
        }
    }
    for (key, times) in seen.into_iter().enumerate() {
        assert_eq!(times, usize::from(key % RADIX > 0));
    }
    // The row of the result doubles too, but nothing comes of it.
    for (window, weight) in weights.into_iter().enumerate() {
        assert_eq!(weight, 1 + 8 * window + 1, "doublings after window {window}");
    }
}

#[test]
fn a_sum_that_is_not_the_neutral_is_refused() {
    let mut stage = stage();
    let row = HEIGHT - 300;
    replace(&mut stage, row, generator());
    let found = stage.examine();
    assert!(!found.combine.is_empty() && found.combine.iter().all(|at| NEUTRAL.contains(at)), "{found:?}");
    assert_eq!(found.buses, buses(&[("curve", CurveTag::Running as u64)]));
    // The last accumulator alone: the law does not lead there.
    let mut stage = self::stage();
    stage.combine.values[(HEIGHT - 1) * WIDTH] += F::ONE;
    let found = stage.examine().combine;
    assert!(found.contains(&NEUTRAL.start) && found.iter().any(|at| (40..50).contains(at)), "{found:?}");
}

#[test]
fn a_sum_cannot_be_repaired_by_another_addend() {
    // What is missing is put in where the schedule doubles, and where it adds.
    let honest = stage();
    let doubling = (HEIGHT / 2..HEIGHT).find(|row| addend(*row).is_none()).expect("windows are doubled");
    let mut stage = honest.clone();
    let point = Point::of(&read(&honest, doubling).addend_x, &read(&honest, doubling).addend_u);
    let other = Fraction::reduce_all(&[Fraction::from(point).add(&generator())])[0];
    replace(&mut stage, doubling, other);
    let found = stage.examine();
    assert!(found.combine.iter().any(|at| (20..30).contains(at)) && found.buses.is_empty(), "{found:?}");
    // The table begins with something.
    let mut stage = honest;
    for (cell, value) in stage.combine.values.iter_mut().zip(generator().cells()) {
        *cell = value;
    }
    replace(&mut stage, 0, generator());
    let found = stage.examine();
    assert!(found.combine.iter().any(|at| (0..10).contains(at)) && found.buses.is_empty(), "{found:?}");
}

#[test]
fn every_column_of_every_kind_of_row_matters() {
    let stage = stage();
    let double = (HEIGHT / 2..HEIGHT).find(|row| addend(*row).is_none()).expect("windows are doubled");
    for row in [0, 1, double - 1, double, double + 8, HEIGHT - 2, HEIGHT - 1] {
        assert_eq!(unread(&Combine, &stage.combine, row), [0_usize; 0], "row {row}");
    }
}
