//! Hostile ladders next to honest signature rows.
//!
//! Constraints by number: 0 begins idle or first, 1 does not end in between, 2 next step, 3 same signature, 4 then
//! idle or first, 5 no digits at first, 6 digits, 7 address, 8 and 13 the products, 18 and 23 the sum, 28 the neutral at
//! first, 38 and 43 the same addend, 48 and 53 the accumulator or its opposite as the addend.

use braid_primitives::F;
use p3_field::{PrimeCharacteristicRing, PrimeField64};

use super::schedule::{Addend, FIRST_BASE, ROWS, Step, WORD_ROWS, addend};
use super::{Columns, Task, rows};
use crate::leaf::bus::LadderTag;
use crate::leaf::curve::{Fraction, Point, Quintic};
use crate::leaf::fixed_base;
use crate::leaf::signature::stage::{Findings, Stage, honest, tally};

const WIDTH: usize = Columns::<F>::WIDTH;

fn read(stage: &Stage, row: usize) -> Columns<F> {
    Columns::read(&stage.ladder.values[row * WIDTH..])
}

fn write(stage: &mut Stage, row: usize, columns: Columns<F>) {
    columns.write(&mut stage.ladder.values[row * WIDTH..]);
}

/// Alters one row.
fn alter(stage: &mut Stage, row: usize, change: impl FnOnce(&mut Columns<F>)) {
    let mut columns = read(stage, row);
    change(&mut columns);
    write(stage, row, columns);
}

fn set_acc(columns: &mut Columns<F>, point: Point<F>) {
    (columns.acc_x, columns.acc_u) = (point.x.0, point.u.0);
}

fn set_addend(columns: &mut Columns<F>, point: Point<F>) {
    (columns.addend_x, columns.addend_u) = (point.x.0, point.u.0);
}

/// Makes products and accumulators after `row` follow from the addends, up to the end of its ladder.
fn replay(stage: &mut Stage, row: usize) {
    for at in row..ROWS {
        let mut columns = read(stage, at);
        let acc = columns.acc::<F>();
        match addend(at) {
            Addend::Double => set_addend(&mut columns, acc),
            Addend::Cancel => set_addend(&mut columns, acc.negate()),
            Addend::Point | Addend::Digit(_) | Addend::Base(_) => {}
        }
        let addend = columns.addend::<F>();
        (columns.t1, columns.t3) = (acc.x.mul(&addend.x).0, acc.u.mul(&addend.u).0);
        write(stage, at, columns);
        let sum = Fraction::reduce_all(&[Fraction::from(acc).add(&addend)])[0];
        if at + 1 < ROWS {
            alter(stage, at + 1, |next| set_acc(next, sum));
        }
    }
}

fn ladder_buses(tags: &[LadderTag]) -> Vec<(String, u64)> {
    tags.iter().map(|tag| ("ladder".to_owned(), *tag as u64)).collect()
}

/// A scalar multiplication of some point by some scalars.
fn task(index: u32) -> Task {
    let at = index as usize + 1;
    let scalar = u128::from(index).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    Task { signature: at as u64, point: fixed_base::multiple(at, at), scalar, base_scalar: [scalar as u64; 5] }
}

fn one() -> Stage {
    Stage::of(&[honest(0)])
}

fn two() -> Stage {
    Stage::of(&[honest(0), honest(1)])
}

#[test]
fn the_schedule_counts_every_digit_and_window_once() {
    let count = |wanted: &dyn Fn(&Addend) -> bool| (0..ROWS).filter(|row| wanted(&addend(*row))).count();
    assert_eq!(ROWS, 210);
    assert_eq!(WORD_ROWS, [51, 91, 131, 171]);
    assert_eq!(count(&|addend| *addend == Addend::Double), 124);
    assert_eq!(count(&|addend| *addend == Addend::Point), 15);
    assert_eq!(count(&|addend| *addend == Addend::Cancel), 2);
    for number in 0..32 {
        assert_eq!(count(&|addend| *addend == Addend::Digit(number)), 1);
    }
    for window in 0..fixed_base::WINDOWS {
        assert_eq!(count(&|addend| *addend == Addend::Base(window)), 1);
    }
    let mut cells = [F::ONE; Step::<F>::WIDTH];
    Step::of(ROWS).write(&mut cells);
    assert_eq!(cells, [F::ZERO; Step::<F>::WIDTH], "idle after the last row");
}

#[test]
fn ladders_balance_in_any_number() {
    for count in [1, 2, 7, 8, 9] {
        let tasks: Vec<Task> = (0..count).map(task).collect();
        let table = rows(&tasks, 2048, &tally()).expect("the table is tall enough");
        // Every ladder is the same whatever its lane.
        for (at, task) in tasks.iter().enumerate() {
            let alone = rows(&[*task], 256, &tally()).expect("the table is tall enough");
            assert_eq!(table.values[at * ROWS * WIDTH..][..ROWS * WIDTH], alone.values[..ROWS * WIDTH]);
        }
    }
}

#[test]
fn a_multiple_cannot_be_replaced() {
    // By another point of the group: the law does not lead there.
    let mut stage = one();
    let other = read(&stage, 7).acc::<F>();
    alter(&mut stage, 5, |row| set_acc(row, other));
    let found = stage.examine();
    assert!([8, 13, 18, 23].iter().all(|first| found.ladder.contains(first)), "{found:?}");
    assert_eq!(found.buses, ladder_buses(&[LadderTag::Multiple]));
    // Only where it is used: nobody provides it.
    let mut stage = one();
    let row = (16..172).find(|row| addend(*row) == Addend::Digit(3)).expect("there are 32 digits");
    let digit = read(&stage, row).digit.as_canonical_u64() as usize;
    let other = read(&stage, (digit + 1) % 16).acc::<F>();
    alter(&mut stage, row, |row| set_addend(row, other));
    replay(&mut stage, row);
    let found = stage.examine();
    assert!(found.ladder.is_empty(), "{found:?}");
    assert!(found.buses.contains(&ladder_buses(&[LadderTag::Multiple])[0]));
}

#[test]
fn multiples_are_of_the_point_of_the_signature() {
    // A ladder that begins with another point, consistently: Start is not what the signature chip says.
    let mut stage = one();
    let other = fixed_base::multiple(3, 4);
    (0..15).for_each(|row| alter(&mut stage, row, |row| set_addend(row, other)));
    replay(&mut stage, 0);
    for row in (16..172).filter(|row| matches!(addend(*row), Addend::Digit(_))) {
        let digit = read(&stage, row).digit.as_canonical_u64() as usize;
        let multiple = read(&stage, digit).acc::<F>();
        alter(&mut stage, row, |row| set_addend(row, multiple));
    }
    replay(&mut stage, 16);
    let found = stage.examine();
    assert_eq!(found, Findings { buses: ladder_buses(&[LadderTag::Start, LadderTag::End]), ..Findings::default() });
    // One that changes the point on the way.
    let mut stage = one();
    (4..15).for_each(|row| alter(&mut stage, row, |row| set_addend(row, other)));
    replay(&mut stage, 0);
    assert_eq!(stage.examine().ladder, [38, 39, 40, 41, 42, 43, 44, 45, 46, 47]);
}

#[test]
fn every_window_of_the_generator_is_used_once() {
    // Window 7 where window 8 belongs, with everything that follows recomputed.
    let row = FIRST_BASE + 8;
    let mut stage = one();
    let other = read(&stage, row - 1);
    alter(&mut stage, row, |row| {
        (row.id, row.digit) = (other.id, other.digit);
        set_addend(row, other.addend());
    });
    replay(&mut stage, row);
    let found = stage.examine();
    assert_eq!(found.ladder, [7]);
    // Without the address: the digit's multiple belongs to another window.
    let mut stage = one();
    alter(&mut stage, row, |row| {
        row.digit = other.digit;
        set_addend(row, other.addend());
    });
    replay(&mut stage, row);
    let found = stage.examine();
    assert!(found.ladder.is_empty(), "{found:?}");
    assert_eq!(found.buses, ladder_buses(&[LadderTag::Generator, LadderTag::End]));
}

#[test]
fn digits_are_those_of_the_challenge() {
    let row = (16..172).find(|row| addend(*row) == Addend::Digit(9)).expect("there are 32 digits");
    let mut stage = one();
    let honest_row = read(&stage, row);
    let digit = (honest_row.digit.as_canonical_u64() as usize + 1) % 16;
    // The multiple exists, and its use is counted; the word is then another.
    let multiple = read(&stage, digit).acc::<F>();
    alter(&mut stage, row, |row| {
        row.digit = F::from_usize(digit);
        set_addend(row, multiple);
    });
    alter(&mut stage, digit, |row| row.uses += F::ONE);
    alter(&mut stage, honest_row.digit.as_canonical_u64() as usize, |row| row.uses -= F::ONE);
    replay(&mut stage, row);
    assert_eq!(stage.examine().ladder, [6]);
    let mut value = read(&stage, row).value;
    for at in row..=WORD_ROWS[1] {
        alter(&mut stage, at, |row| row.value = value);
        let columns = read(&stage, at);
        if columns.window == F::ONE {
            value = columns.value * F::from_u8(16) + columns.digit;
        }
    }
    let found = stage.examine();
    assert_eq!(found, Findings { buses: ladder_buses(&[LadderTag::End, LadderTag::Word]), ..Findings::default() });
}

#[test]
fn a_ladder_begins_with_its_first_step() {
    // At the top of the table, and after another ladder.
    for (from, constraint) in [(0, 0), (ROWS, 4)] {
        let mut stage = two();
        stage.ladder.values.drain(from * WIDTH..(from + 1) * WIDTH);
        stage.ladder.values.extend([F::ZERO; WIDTH]);
        let found = stage.examine();
        assert!(found.ladder.contains(&constraint), "{found:?}");
        assert!(found.buses.contains(&ladder_buses(&[LadderTag::Start])[0]));
    }
    // After an idle row.
    let mut stage = one();
    stage.ladder.values[..WIDTH].fill(F::ZERO);
    assert!(stage.examine().ladder.contains(&4));
}

#[test]
fn a_ladder_ends_with_its_last_step() {
    // Idle rows in place of the last row, of the last but one, of all from the middle on.
    for from in [ROWS - 1, ROWS - 2, 100] {
        let mut stage = one();
        stage.ladder.values[from * WIDTH..].fill(F::ZERO);
        let found = stage.examine();
        assert!(found.ladder.contains(&2), "{found:?}");
        assert!(found.buses.contains(&ladder_buses(&[LadderTag::End])[0]));
    }
    // The table ends first.
    let mut stage = one();
    stage.ladder.values.truncate(128 * WIDTH);
    assert!(stage.examine().ladder.contains(&1));
    // Another ladder begins first.
    let mut stage = two();
    stage.ladder.values.drain(172 * WIDTH..ROWS * WIDTH);
    stage.ladder.values.resize(512 * WIDTH, F::ZERO);
    let found = stage.examine();
    assert!([2, 3].iter().all(|constraint| found.ladder.contains(constraint)));
}

#[test]
fn one_ladder_for_a_signature() {
    // Two ladders under the number of the first signature.
    let mut stage = two();
    let number = read(&stage, 0).signature;
    for row in ROWS..2 * ROWS {
        alter(&mut stage, row, |row| {
            row.signature = number;
            if row.base == F::ZERO {
                row.id = number;
            }
        });
    }
    let found = stage.examine();
    let tags = [LadderTag::Multiple, LadderTag::Start, LadderTag::End, LadderTag::Word];
    assert!(found.ladder.is_empty(), "{found:?}");
    assert!(found.buses.iter().all(|bus| ladder_buses(&tags).contains(bus)));
    assert!(ladder_buses(&tags[1..]).iter().all(|bus| found.buses.contains(bus)));
    // The number changes on the way.
    let mut stage = two();
    for row in 172..ROWS {
        alter(&mut stage, row, |row| row.signature += F::ONE);
    }
    assert_eq!(stage.examine().ladder, [3, 7]);
}

#[test]
fn a_ladder_begins_with_the_neutral_and_without_digits() {
    let mut stage = one();
    let other = fixed_base::multiple(0, 1);
    alter(&mut stage, 0, |row| set_acc(row, other));
    replay(&mut stage, 0);
    let found = stage.examine();
    assert!((28..38).contains(&found.ladder[0]), "{found:?}");
    let mut stage = one();
    (0..16).for_each(|row| alter(&mut stage, row, |row| row.value = F::ONE));
    let found = stage.examine();
    assert_eq!(found.ladder, [5, 6]);
}

#[test]
fn idle_rows_ask_for_nothing() {
    let stage = one();
    for flag in 1..8 {
        let mut hostile =
            Stage { ladder: stage.ladder.clone(), signature: stage.signature.clone(), outside: stage.outside.clone() };
        hostile.ladder.values[ROWS * WIDTH + flag] = F::ONE;
        let found = hostile.examine();
        assert!(found.buses.contains(&ladder_buses(&[LadderTag::Step])[0]), "flag {flag}: {found:?}");
    }
}

#[test]
fn every_column_of_every_kind_of_row_matters() {
    let mut stage = two();
    for row in [0, 1, 14, 15, 16, 17, 20, 21, 51, 171, 172, 173, 208, 209, 210] {
        for column in 0..WIDTH {
            let kept = stage.ladder.values[row * WIDTH + column];
            stage.ladder.values[row * WIDTH + column] += F::ONE;
            let found = stage.examine();
            stage.ladder.values[row * WIDTH + column] = kept;
            if unused(row % ROWS, column) {
                assert_eq!(found, Findings::default(), "row {row} column {column}");
            } else {
                assert_ne!(found, Findings::default(), "row {row} column {column}");
            }
        }
    }
}

/// Cells that nothing reads: use counts where nothing is provided, digits where nothing is looked up.
fn unused(row: usize, column: usize) -> bool {
    let looks_up = row == 0 || row + 1 == ROWS || matches!(addend(row), Addend::Digit(_) | Addend::Base(_));
    match column {
        10 => !looks_up,
        12 => row >= 16,
        _ => false,
    }
}

#[test]
fn a_point_outside_the_group_would_break_the_law() {
    // Why the signature chip must check the coset: P and its twin of the same encoding have no sum.
    let point = fixed_base::multiple(0, 1);
    let twin = Point { x: Quintic::curve(&F::ONE).mul(&point.x.invert()), u: point.u };
    let (t1, t3) = (point.x.mul(&twin.x), point.u.mul(&twin.u));
    let residues = |result: &Point<F>| point.sum_residues(&twin, &t1, &t3, result);
    let [.., x, u] = residues(&point);
    let free = residues(&Point { x: point.x.add(&Quintic::one()), u: point.u });
    let other = residues(&Point { x: point.x, u: point.u.add(&Quintic::one()) });
    assert!(free[2] == x || other[3] == u, "one coordinate of the result is not determined");
}
