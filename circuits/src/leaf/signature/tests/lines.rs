//! Hostile orders of the rows of a signature, and rows that do not share what they must; the parent lists the constraints by number.

use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;

use super::super::stage::{HEIGHT, Stage, buses, honest};
use super::super::{Columns, GROUPS, LINES};
use super::{COSET, EQUATION, INVERSE, WIDTH, alter};
use crate::leaf::bus::{CurveTag, Tag};

/// Rows of two signatures.
const TWO: usize = 2 * LINES;

/// Violated constraints of two honest signatures whose table has its rows in this order; `HEIGHT - 1` is padding.
fn ordered(order: &[usize]) -> Vec<usize> {
    let mut stage = Stage::of(&[honest(0), honest(1)]);
    let rows: Vec<F> =
        order.iter().flat_map(|row| stage.signature.values[row * WIDTH..(row + 1) * WIDTH].to_vec()).collect();
    stage.signature.values = rows;
    stage.signature.values.resize(HEIGHT * WIDTH, F::ZERO);
    stage.examine().signature
}

#[test]
fn rows_of_a_signature_follow_each_other() {
    let groups: Vec<usize> = (TWO..TWO + GROUPS).collect();
    let with = |rows: &[usize]| ordered(&[rows, &groups].concat());
    assert_eq!(with(&[0, 1, 2, 3, 4, 5]), [0_usize; 0]);
    // The table begins in the middle of a signature.
    assert!(with(&[1, 2, 3, 4, 5]).contains(&6));
    assert!(with(&[2, 3, 4, 5]).contains(&6));
    // A second row is missing, or stands alone, or twice.
    assert!(with(&[0, 2, 3, 4, 5]).contains(&8));
    assert!(with(&[0, 1, 2, 4, 5]).contains(&8));
    assert!(with(&[0, 1, 1, 2, 3, 4, 5]).contains(&8));
    // A third row is missing, or stands alone, or twice.
    assert!(with(&[0, 1, 3, 4, 5]).contains(&9));
    assert!(with(&[0, 1, 2, 5]).contains(&9));
    assert!(with(&[0, 1, 2, 2, 3, 4, 5]).contains(&9));
    // A first row is missing, or stands alone, or twice.
    assert!(with(&[0, 1, 2, 3, 3, 4, 5]).contains(&10));
    assert!(with(&[0, 1, 3, 4, 5]).contains(&10));
    assert!(with(&[0, 3, 4, 5]).contains(&10));
    // A signature is broken off.
    assert!(with(&[0, 1, 2, 3]).contains(&8));
    assert!(with(&[0, 1, 2, 3, 4]).contains(&9));
    assert!(with(&[0, 1, 2, 3, 4]).contains(&12));
}

#[test]
fn signatures_come_before_the_groups() {
    let padding = HEIGHT - 1;
    let groups: Vec<usize> = (TWO..TWO + GROUPS).collect();
    let with = |before: &[usize], after: &[usize]| ordered(&[before, &groups, after].concat());
    // A signature after padding, and after the groups.
    assert!(with(&[0, 1, 2, padding, 3, 4, 5], &[]).contains(&10));
    assert!(with(&[0, 1, 2], &[3, 4, 5]).contains(&10));
    // Rows of one after padding.
    assert!(with(&[0, 1, 2], &[padding, 4]).contains(&8));
    assert!(with(&[0, 1, 2], &[padding, 5]).contains(&9));
    // Padding between the last signature and the groups; groups after padding.
    let found = with(&[0, 1, 2, 3, 4, 5, padding], &[]);
    assert!(found.contains(&11) && found.contains(&12), "{found:?}");
    assert!(with(&[0, 1, 2, 3, 4, 5], &[padding, TWO]).contains(&12));
}

#[test]
fn a_row_is_of_one_kind() {
    let flags: [fn(&mut Columns<F>) -> &mut F; 4] =
        [|row| &mut row.low, |row| &mut row.nonce, |row| &mut row.high, |row| &mut row.flush];
    for row in [0, 1, 2, TWO, TWO + 3, HEIGHT - 1] {
        for (kind, flag) in flags.iter().enumerate() {
            let mut stage = Stage::of(&[honest(0), honest(1)]);
            let mut before = F::ZERO;
            alter(&mut stage, row, |row| {
                before = *flag(row);
                *flag(row) = F::ONE - before;
            });
            let found = stage.examine().signature;
            // Two kinds at once; or none, or one after padding, where another row misses or follows it.
            let padding = row == HEIGHT - 1;
            let expected = if before == F::ZERO && !padding { 4..5 } else { 6..18 };
            assert!(found.iter().any(|constraint| expected.contains(constraint)), "row {row}, {kind}: {found:?}");
            alter(&mut stage, row, |row| *flag(row) = F::TWO);
            assert!(stage.examine().signature.contains(&kind), "row {row}, {kind}");
        }
    }
    // A row of a signature has the number 0.
    for row in 0..LINES {
        let mut stage = Stage::of(&[honest(0), honest(1)]);
        alter(&mut stage, row, |row| row.group = F::ONE);
        assert!(stage.examine().signature.contains(&5));
    }
}

#[test]
fn rows_of_a_signature_are_about_one_message() {
    // Second or third row under the other signature's name: what they provide and receive changes hands.
    for (rows, constraint) in [(1..2, 19), (2..3, 19), (1..3, 19)] {
        let mut stage = Stage::of(&[honest(0), honest(1)]);
        for row in rows {
            for (row, message) in [(row, F::TWO), (row + LINES, F::ONE)] {
                alter(&mut stage, row, |row| row.message = message);
            }
        }
        assert_eq!(stage.examine().signature, [constraint]);
    }
    for row in [1, 2] {
        let mut stage = Stage::of(&[honest(0), honest(1)]);
        alter(&mut stage, row, |row| row.tx += F::ONE);
        let found = stage.examine();
        assert_eq!(found.signature, [18]);
        assert!(found.buses.contains(&("local".to_owned(), 0)), "{found:?}");
    }
}

#[test]
fn both_halves_of_the_product_count_the_same_key() {
    // The third row has the point of another signer, which is in the group.
    let honest_stage = Stage::of(&[honest(0), honest(1)]);
    let other = Columns::<F>::read(&honest_stage.signature.values[LINES * WIDTH..]);
    let mut stage = honest_stage.clone();
    alter(&mut stage, 2, |row| (row.w, row.u, row.x, row.root) = (other.w, other.u, other.x, other.root));
    let found = stage.examine();
    assert_eq!(found.signature, [21, 23, 25, 27, 29]);
    assert_eq!(found.buses, buses(&[("curve", CurveTag::Point as u64)]));
    // The row between carries it too, so that the first row's key is another one.
    alter(&mut stage, 1, |row| row.extra[..5].copy_from_slice(&other.w));
    assert_eq!(stage.examine().signature, [20, 22, 24, 26, 28]);
    // All three have it: the page chip does not.
    alter(&mut stage, 0, |row| (row.w, row.u, row.x, row.root) = (other.w, other.u, other.x, other.root));
    let found = stage.examine();
    assert_eq!(found.signature, [0_usize; 0]);
    assert!(found.buses.contains(&("link".to_owned(), Tag::Key as u64)), "{found:?}");
    // The negated point: another encoding.
    let mut stage = honest_stage;
    alter(&mut stage, 2, |row| {
        row.w = row.w.map(|cell| -cell);
        row.u = row.u.map(|cell| -cell);
    });
    assert_eq!(stage.examine().signature, [21, 23, 25, 27, 29]);
}

#[test]
fn every_row_proves_its_point() {
    let honest_stage = Stage::of(&[honest(0), honest(1)]);
    for row in [0, 1, 2, TWO] {
        let mut stage = honest_stage.clone();
        alter(&mut stage, row, |row| row.u[2] += F::ONE);
        assert!(stage.examine().signature.iter().all(|at| INVERSE.contains(at)));
        let mut stage = honest_stage.clone();
        alter(&mut stage, row, |row| row.x[2] += F::ONE);
        let found = stage.examine().signature;
        assert!(found.iter().any(|at| EQUATION.contains(at)) && found.iter().any(|at| COSET.contains(at)));
        let mut stage = honest_stage.clone();
        alter(&mut stage, row, |row| row.root[2] += F::ONE);
        assert!(stage.examine().signature.iter().all(|at| COSET.contains(at)));
    }
}

#[test]
fn the_carry_between_the_halves_is_the_checked_one() {
    // Another carry in the second row: not that of the first, and not that of the upper half.
    let mut stage = Stage::of(&[honest(0)]);
    alter(&mut stage, 1, |row| row.extra[5] += F::ONE);
    assert_eq!(stage.examine().signature, [30, 59]);
    // In both rows: the lower half is another number.
    alter(&mut stage, 0, |row| row.checked[6] += F::ONE);
    assert_eq!(stage.examine().signature, [58, 59]);
    // The upper half follows.
    alter(&mut stage, 2, |row| row.digits[0] += F::ONE);
    assert_eq!(stage.examine().signature, [58]);
}
