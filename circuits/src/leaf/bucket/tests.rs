//! Hostile buckets next to honest signatures.
//!
//! Constraints by number: 0 to 5 what a row is, 6 to 8 the first key, 9 to 15 the next key (9 to 11 within a window, 12 to 14 after
//! one, 15 padding), 16 and 17 the end, 18 to 27 the first accumulator, 28 to 37 addends of markers, 38 and 43 the products,
//! 48 to 57 the sum.

use braid_primitives::F;
use p3_field::{PrimeCharacteristicRing, PrimeField64};

use super::{Bucket, Columns, RADIX, WINDOWS};
use crate::leaf::bus::CurveTag;
use crate::leaf::curve::{Fraction, Point, generator};
use crate::leaf::signature::stage::{BUCKET_HEIGHT, Findings, Stage, buses, honest, unread};

const WIDTH: usize = Columns::<F>::WIDTH;

fn stage() -> Stage {
    Stage::of(&[honest(0), honest(1)])
}

fn read(stage: &Stage, row: usize) -> Columns<F> {
    Columns::read(&stage.bucket.values[row * WIDTH..])
}

fn alter(stage: &mut Stage, row: usize, change: impl FnOnce(&mut Columns<F>)) {
    let mut columns = read(stage, row);
    change(&mut columns);
    columns.write(&mut stage.bucket.values[row * WIDTH..]);
}

/// The first row that satisfies a condition.
fn find(stage: &Stage, condition: impl Fn(&Columns<F>) -> bool) -> usize {
    (0..BUCKET_HEIGHT).find(|row| condition(&read(stage, *row))).expect("there is such a row")
}

fn is_point(row: &Columns<F>) -> bool {
    row.point == F::ONE && row.window == F::TWO
}

/// Puts a row in before another one.
fn insert(stage: &mut Stage, row: usize, columns: Columns<F>) {
    let end = (BUCKET_HEIGHT - 1) * WIDTH;
    stage.bucket.values.copy_within(row * WIDTH..end, (row + 1) * WIDTH);
    columns.write(&mut stage.bucket.values[row * WIDTH..]);
}

fn remove(stage: &mut Stage, row: usize) {
    stage.bucket.values.drain(row * WIDTH..(row + 1) * WIDTH);
    stage.bucket.values.resize(BUCKET_HEIGHT * WIDTH, F::ZERO);
}

/// Makes accumulators and products follow from the addends, from `row` to the end of its window.
fn replay(stage: &mut Stage, row: usize) {
    for at in row.. {
        let mut columns = read(stage, at);
        let acc = Point::<F>::of(&columns.sum.acc_x, &columns.sum.acc_u);
        if columns.last == F::ONE {
            (columns.sum.addend_x, columns.sum.addend_u) = (acc.x.0, acc.negate().u.0);
        }
        let addend = Point::<F>::of(&columns.sum.addend_x, &columns.sum.addend_u);
        (columns.sum.t1, columns.sum.t3) = (acc.x.mul(&addend.x).0, acc.u.mul(&addend.u).0);
        columns.write(&mut stage.bucket.values[at * WIDTH..]);
        if columns.last == F::ONE {
            return;
        }
        let sum = Fraction::reduce_all(&[Fraction::from(acc).add(&addend)])[0];
        alter(stage, at + 1, |next| (next.sum.acc_x, next.sum.acc_u) = (sum.x.0, sum.u.0));
    }
}

fn curve_buses(tags: &[CurveTag]) -> Vec<(String, u64)> {
    buses(&tags.iter().map(|tag| ("curve", *tag as u64)).collect::<Vec<_>>())
}

#[test]
fn rows_are_counted_as_planned() {
    use crate::leaf::signature::{DIGITS, GROUP_BYTES, GROUPS, LINES};
    use braid_witness::capacity::{BUCKET_BASE, BUCKET_ROWS, SIGNATURE_BASE, SIGNATURE_ROWS};
    let stage = stage();
    let used = find(&stage, |row| row.point + row.marker == F::ZERO) as u64;
    assert_eq!(used, BUCKET_BASE + 2 * BUCKET_ROWS);
    assert_eq!(BUCKET_BASE, (WINDOWS * RADIX + GROUPS * DIGITS) as u64);
    assert_eq!((SIGNATURE_BASE, SIGNATURE_ROWS), (GROUPS as u64, LINES as u64));
    assert_eq!(WINDOWS, GROUP_BYTES * (GROUPS - 1) + DIGITS);
    // The order within a bucket is the one of the signatures.
    assert_eq!(Stage::of(&[honest(0), honest(1)]).bucket, stage.bucket);
}

#[test]
fn a_foreign_point_is_not_received() {
    let mut stage = stage();
    let at = find(&stage, is_point);
    let point = generator();
    let mut foreign = read(&stage, at);
    (foreign.sum.addend_x, foreign.sum.addend_u) = (point.x.0, point.u.0);
    insert(&mut stage, at, foreign);
    replay(&mut stage, at);
    let found = stage.examine();
    assert!(found.bucket.is_empty(), "{found:?}");
    assert_eq!(found.buses, curve_buses(&[CurveTag::Point, CurveTag::Running]));
}

#[test]
fn a_point_cannot_be_left_out_or_counted_twice() {
    let honest = stage();
    let at = find(&honest, is_point);
    let both = curve_buses(&[CurveTag::Point, CurveTag::Running]);
    let mut stage = honest.clone();
    remove(&mut stage, at);
    alter(&mut stage, at, |row| {
        (row.sum.acc_x, row.sum.acc_u) = (read(&honest, at).sum.acc_x, read(&honest, at).sum.acc_u)
    });
    replay(&mut stage, at);
    let found = stage.examine();
    assert_eq!((found.bucket, found.buses), (vec![], both.clone()));

    let mut stage = honest.clone();
    insert(&mut stage, at, read(&honest, at));
    replay(&mut stage, at);
    let found = stage.examine();
    assert_eq!((found.bucket, found.buses), (vec![], both));

    // A count of two, which is as good as two rows if nobody adds the point twice.
    let mut stage = honest;
    alter(&mut stage, at, |row| row.point = F::TWO);
    assert!([0, 2].iter().all(|constraint| stage.examine().bucket.contains(constraint)));
}

#[test]
fn a_point_stays_in_its_window_and_at_its_digit() {
    let honest = stage();
    for (window, digit) in [(3, 0), (2, 1)] {
        // The row moves to another key, between the rows of that key.
        let from = find(&honest, is_point);
        let row = read(&honest, from);
        let key = (F::from_u32(window), if digit == 0 { row.digit } else { row.digit - F::ONE });
        let to = find(&honest, |row| (row.window, row.digit) == key && row.marker == F::ONE);
        let mut stage = honest.clone();
        insert(&mut stage, to, Columns { window: key.0, digit: key.1, ..row });
        alter(&mut stage, to, |moved| {
            (moved.sum.acc_x, moved.sum.acc_u) = (read(&honest, to).sum.acc_x, read(&honest, to).sum.acc_u)
        });
        replay(&mut stage, to);
        remove(&mut stage, from);
        alter(&mut stage, from, |next| (next.sum.acc_x, next.sum.acc_u) = (row.sum.acc_x, row.sum.acc_u));
        replay(&mut stage, from);
        let found = stage.examine();
        assert!(found.bucket.is_empty(), "{found:?}");
        assert_eq!(found.buses, curve_buses(&[CurveTag::Point, CurveTag::Running]));
    }
}

#[test]
fn markers_are_neither_skipped_nor_doubled() {
    let honest = stage();
    let at = find(&honest, |row| row.marker == F::ONE && row.window == F::TWO && row.digit == F::from_u8(99));
    let mut stage = honest.clone();
    remove(&mut stage, at);
    let found = stage.examine();
    assert!(found.bucket.contains(&11) && found.buses == curve_buses(&[CurveTag::Running]), "{found:?}");
    let mut stage = honest.clone();
    insert(&mut stage, at, read(&honest, at));
    let found = stage.examine();
    assert!(found.bucket.contains(&11) && found.buses == curve_buses(&[CurveTag::Running]), "{found:?}");
    // A marker that is none.
    let mut stage = honest.clone();
    alter(&mut stage, at, |row| row.marker = F::ZERO);
    let found = stage.examine();
    assert!(found.bucket.contains(&15) && found.buses == curve_buses(&[CurveTag::Running]), "{found:?}");
    // A marker that adds something.
    let mut stage = honest.clone();
    alter(&mut stage, at, |row| (row.sum.addend_x, row.sum.addend_u) = (generator().x.0, generator().u.0));
    replay(&mut stage, at);
    assert!(stage.examine().bucket.iter().all(|constraint| (28..38).contains(constraint)));
    // A marker that also is a point.
    let mut stage = honest;
    alter(&mut stage, at, |row| row.point = F::ONE);
    assert!(stage.examine().bucket.contains(&2));
}

#[test]
fn windows_end_at_digit_zero_and_begin_with_the_neutral() {
    let honest = stage();
    let last = find(&honest, |row| row.last == F::ONE);
    // Not at digit 0: what follows goes on downwards.
    let mut stage = honest.clone();
    alter(&mut stage, last, |row| row.last = F::ZERO);
    assert!([10, 11].iter().all(|constraint| stage.examine().bucket.contains(constraint)));
    // A window that ends early, at a row that is a marker, and at one that is a point.
    let marker = find(&honest, |row| row.marker == F::ONE && row.digit == F::from_u8(7));
    let point = find(&honest, |row| row.point == F::ONE);
    for (row, constraint) in [(marker, 5), (point, 4)] {
        let mut stage = honest.clone();
        alter(&mut stage, row, |row| row.last = F::ONE);
        assert!(stage.examine().bucket.contains(&constraint));
    }
    // The sum of a window is carried to the next one.
    let mut stage = honest.clone();
    alter(&mut stage, last, |row| (row.sum.addend_x, row.sum.addend_u) = ([F::ZERO; 5], [F::ZERO; 5]));
    let acc = read(&stage, last);
    alter(&mut stage, last + 1, |row| (row.sum.acc_x, row.sum.acc_u) = (acc.sum.acc_x, acc.sum.acc_u));
    replay(&mut stage, last + 1);
    alter(&mut stage, last, |row| (row.sum.t1, row.sum.t3) = ([F::ZERO; 5], [F::ZERO; 5]));
    let found = stage.examine();
    assert!(
        !found.bucket.is_empty() && found.bucket.iter().all(|constraint| (28..38).contains(constraint)),
        "{found:?}"
    );
    // The table begins with something.
    let mut stage = honest.clone();
    alter(&mut stage, 0, |row| (row.sum.acc_x, row.sum.acc_u) = (generator().x.0, generator().u.0));
    replay(&mut stage, 0);
    let found = stage.examine();
    assert!(
        !found.bucket.is_empty() && found.bucket.iter().all(|constraint| (18..28).contains(constraint)),
        "{found:?}"
    );
}

#[test]
fn the_table_holds_all_windows_from_the_first_to_the_last() {
    let honest = stage();
    let ends: Vec<usize> = (0..BUCKET_HEIGHT).filter(|row| read(&honest, *row).last == F::ONE).collect();
    assert_eq!(ends.len(), WINDOWS);
    // The first window is missing; one in the middle; the last.
    let without = |from: usize, to: usize| {
        let mut stage = honest.clone();
        stage.bucket.values.drain(from * WIDTH..to * WIDTH);
        stage.bucket.values.resize(BUCKET_HEIGHT * WIDTH, F::ZERO);
        stage.examine().bucket
    };
    assert_eq!(without(0, ends[0] + 1), [7]);
    assert_eq!(without(ends[4] + 1, ends[5] + 1), [13]);
    assert_eq!(without(ends[57] + 1, ends[58] + 1), [12]);
    assert!(without(ends[57] + 1, ends[58]).contains(&14), "only the end of the last window");
    // The table begins at another digit, or with padding.
    assert_eq!(without(0, 1).first(), Some(&8));
    let mut stage = honest.clone();
    insert(&mut stage, 0, Columns::read(&[F::ZERO; WIDTH]));
    let found = stage.examine().bucket;
    assert!(found.contains(&6) && found.contains(&15), "{found:?}");
    // It ends within a window, or after another one.
    let mut stage = honest.clone();
    stage.bucket.values.truncate((1 << 12) * WIDTH);
    assert!(stage.examine().bucket.contains(&16));
    let mut stage = honest.clone();
    stage.bucket.values.truncate((ends[20] + 1) * WIDTH);
    assert_eq!(stage.examine().bucket, [17]);
    // A window more: nobody receives its sums.
    let mut stage = honest.clone();
    for step in 0..RADIX {
        let digit = F::from_usize(RADIX - 1 - step);
        let mut columns = Columns::read(&[F::ZERO; WIDTH]);
        (columns.window, columns.digit) = (F::from_usize(WINDOWS), digit);
        (columns.marker, columns.last) = (F::ONE, F::from_bool(digit == F::ZERO));
        columns.write(&mut stage.bucket.values[(ends[58] + 1 + step) * WIDTH..]);
    }
    let found = stage.examine();
    assert_eq!((found.bucket, found.buses), (vec![12], curve_buses(&[CurveTag::Running])));
}

#[test]
fn every_column_of_every_kind_of_row_matters() {
    let stage = stage();
    let columns = Columns::read(&core::array::from_fn::<usize, WIDTH, _>(|column| column));
    let marker = find(&stage, |row| row.marker == F::ONE && row.window == F::TWO);
    let last = find(&stage, |row| row.last == F::ONE);
    for row in [0, 1, find(&stage, is_point), marker, marker + 1, last, last + 1] {
        assert_eq!(unread(&Bucket, &stage.bucket, row), [0_usize; 0], "row {row}");
    }
    let padding = unread(&Bucket, &stage.bucket, BUCKET_HEIGHT - 1);
    assert!([columns.point, columns.marker, columns.last].iter().all(|column| !padding.contains(column)));
}

#[test]
fn lanes_do_not_show() {
    // Every accumulator is the sum of what stands above it in its window.
    let stage = stage();
    let mut acc = Fraction::from(Point::neutral());
    for row in 0..BUCKET_HEIGHT {
        let columns = read(&stage, row);
        if row % 97 == 0 {
            let expected = Fraction::reduce_all(&[acc])[0];
            assert_eq!((expected.x.0, expected.u.0), (columns.sum.acc_x, columns.sum.acc_u), "row {row}");
        }
        acc = acc.add(&Point::of(&columns.sum.addend_x, &columns.sum.addend_u));
    }
    let total: u64 = (0..BUCKET_HEIGHT).map(|row| read(&stage, row).point.as_canonical_u64()).sum();
    assert_eq!(total, 2 * 48 + 144);
    assert_eq!(stage.examine(), Findings::default());
}
