//! Hostile digits, carries and sums; the parent lists the constraints by number.

use core::ops::Range;

use braid_primitives::{F, MODULUS};
use p3_field::PrimeCharacteristicRing;

use super::super::stage::{Findings, HEIGHT, Stage, buses, honest};
use super::super::{Columns, GROUPS, LINES, scalars};
use super::{WIDTH, alter};
use crate::leaf::bus::CurveTag;

/// Constraints of the sums from row to row.
const SUMS: Range<usize> = 81..99;
/// The constraint on the bytes of a group.
const BYTES: usize = 99;
/// The constraint on its highest byte.
const TOP: usize = 100;
/// Rows of two signatures.
const TWO: usize = 2 * LINES;

fn point_bus() -> Vec<(String, u64)> {
    buses(&[("curve", CurveTag::Point as u64)])
}

#[test]
fn every_response_has_one_form() {
    // A limb of 2^16 more, and one less above: the words are the same, the sum of r·s too.
    let mut stage = Stage::of(&[honest(0)]);
    alter(&mut stage, 0, |row| {
        row.checked[11] += F::from_u32(1 << 16);
        row.checked[12] -= F::ONE;
    });
    let found = stage.examine();
    assert!(found.signature.iter().all(|constraint| SUMS.contains(constraint)), "{found:?}");
    assert!(found.buses.contains(&("range".to_owned(), 0)));
}

#[test]
fn digits_of_the_product_are_bytes_of_their_window() {
    // 256 less in a digit and one more in the next is the same product.
    let mut stage = Stage::of(&[honest(0)]);
    alter(&mut stage, 0, |row| {
        row.digits[9] += F::from_u32(256);
        row.digits[10] -= F::ONE;
    });
    assert_eq!(stage.examine(), Findings { buses: point_bus(), ..Findings::default() });
    // A digit of the neighbour's window is another product.
    let mut stage = Stage::of(&[honest(0)]);
    alter(&mut stage, 0, |row| row.digits.swap(9, 10));
    stage.settle();
    let found = stage.examine();
    assert_eq!(found.signature, [57]);
    assert!(found.buses.is_empty() && found.bucket.is_empty());
}

#[test]
fn a_carry_cannot_be_shifted_by_the_modulus() {
    // One more in a digit and (p - 1) / 2^32 more in the carry is the same modulo p; the next step takes the carry in.
    let mut stage = Stage::of(&[honest(1)]);
    alter(&mut stage, 0, |row| {
        assert!(row.digits[0] != F::from_u8(255) && row.digits[4] != F::ZERO);
        row.digits[0] += F::ONE;
        row.digits[4] -= F::ONE;
        // 2^32 - 1 = 31 + 32 · (2^27 - 1)
        row.checked[0] += F::from_u32(31);
        row.checked[1] += F::from_u32((1 << 27) - 1);
        row.checked[2] += F::ONE;
        row.digits[8] += F::ONE;
    });
    stage.settle();
    let found = stage.examine();
    // The digits then are those of r·e + p.
    assert!(found.signature.is_empty() || found.signature == [57], "{found:?}");
    assert!(found.buses.contains(&("range".to_owned(), 0)), "{found:?}");
}

#[test]
fn groups_of_the_responses_are_all_counted_and_once() {
    let stage = Stage::of(&[honest(0), honest(1)]);
    // Another byte: not the sum.
    let mut hostile = stage.clone();
    alter(&mut hostile, TWO + 4, |row| row.digits[2] += F::ONE);
    hostile.settle();
    assert!(hostile.examine().signature.contains(&BYTES));
    // 256 more in a byte and one less in the next: the sum, but there is no such digit.
    let mut hostile = stage.clone();
    alter(&mut hostile, TWO + 4, |row| {
        row.digits[2] += F::from_u32(256);
        row.digits[3] -= F::ONE;
    });
    let found = hostile.examine();
    assert_eq!((found.signature, found.buses), (vec![], point_bus()));
    // No groups, the first left out, one left out, the last left out, one twice, one more after the last.
    let cut = |from: usize, to: usize| {
        let mut hostile = stage.clone();
        hostile.signature.values.drain(from * WIDTH..to * WIDTH);
        hostile.signature.values.resize(HEIGHT * WIDTH, F::ZERO);
        hostile.settle();
        hostile.examine().signature
    };
    assert!(cut(TWO, TWO + GROUPS).contains(&11));
    assert!(cut(TWO, TWO + 1).contains(&13));
    assert!(cut(TWO + 5, TWO + 6).contains(&14));
    assert!(cut(TWO + GROUPS - 1, TWO + GROUPS).contains(&15));
    let doubled = |group: usize, number: usize| {
        let mut hostile = stage.clone();
        let (from, end) = (TWO + group, (HEIGHT - 1) * WIDTH);
        hostile.signature.values.copy_within(from * WIDTH..end, (from + 1) * WIDTH);
        alter(&mut hostile, from + 1, |row| row.group = F::from_usize(number));
        hostile.examine().signature
    };
    assert!(doubled(5, 5).contains(&14));
    assert!(doubled(GROUPS - 1, GROUPS).contains(&15), "a group more does not end");
    // The point of a group is G.
    let mut hostile = stage.clone();
    let other = Columns::<F>::read(&stage.signature.values);
    alter(&mut hostile, TWO, |row| (row.w, row.u, row.x, row.root) = (other.w, other.u, other.x, other.root));
    let found = hostile.examine().signature;
    assert!(!found.is_empty() && found.iter().all(|constraint| (46..51).contains(constraint)));
    // A group in the first row is the first one.
    let mut hostile = Stage::of(&[]);
    alter(&mut hostile, 0, |row| row.group = F::ONE);
    assert!(hostile.examine().signature.contains(&7));
    // A table that ends within the groups, or with a row of a signature.
    let mut hostile = stage.clone();
    hostile.signature.values.truncate(16 * WIDTH);
    assert!(hostile.examine().signature.contains(&17));
    for rows in 1..=LINES {
        let mut hostile = stage.clone();
        hostile.signature.values.truncate(rows * WIDTH);
        assert!(hostile.examine().signature.contains(&16), "{rows} rows");
    }
}

#[test]
fn a_group_has_one_form() {
    // Eight bytes hold the sum and the sum plus p, if that is below 2^32; then the highest byte is too large.
    let mut stage = Stage::of(&[]);
    let shifted = MODULUS.to_le_bytes();
    alter(&mut stage, 3, |row| {
        row.digits.iter_mut().zip(shifted).for_each(|(digit, byte)| *digit = F::from_u8(byte));
        row.checked[0] = row.digits[7] * F::from_u32(1 << 10);
    });
    stage.settle();
    let found = stage.examine();
    assert!(found.signature.is_empty() && found.buses == buses(&[("range", 0)]), "{found:?}");
    // The range check is of another byte.
    alter(&mut stage, 3, |row| row.checked[0] = F::ZERO);
    let found = stage.examine();
    assert_eq!((found.signature, found.buses), (vec![TOP], vec![]));
}

#[test]
fn sums_begin_at_zero_and_take_in_every_signature() {
    let stage = Stage::of(&[honest(0), honest(1)]);
    // A sum that begins with something.
    let mut hostile = stage.clone();
    alter(&mut hostile, 0, |row| row.sums[GROUPS - 1] = F::ONE);
    assert!(hostile.examine().signature.contains(&80));
    // A signature of which one part is not added, or another part once more.
    for row in 1..TWO {
        let mut hostile = stage.clone();
        let before = Columns::<F>::read(&hostile.signature.values[(row - 1) * WIDTH..]).sums;
        let other = if row % LINES == 0 { [F::ONE; GROUPS] } else { before };
        alter(&mut hostile, row, |row| row.sums = other);
        let found = hostile.examine().signature;
        assert!(!found.is_empty() && found.iter().all(|constraint| SUMS.contains(constraint)), "{row}: {found:?}");
    }
}

#[test]
fn products_are_those_of_integers() {
    let values = [0, 1, 2, u128::from(u64::MAX), 1 << 64, u128::MAX, 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210];
    for (r, e) in values.into_iter().flat_map(|r| values.map(|e| (r, e))) {
        // Schoolbook with bytes.
        let mut expected = [0_u32; 33];
        for (i, a) in r.to_le_bytes().into_iter().enumerate() {
            let mut carry = 0;
            for (j, b) in e.to_le_bytes().into_iter().enumerate() {
                let sum = expected[i + j] + u32::from(a) * u32::from(b) + carry;
                (expected[i + j], carry) = (sum & 255, sum >> 8);
            }
            expected[i + 16] += carry;
        }
        let (digits, carries) = scalars::product(r, e);
        assert!(digits.iter().zip(expected).all(|(digit, expected)| u32::from(*digit) == expected));
        assert!(carries.iter().all(|carry| *carry < 1 << 21));
    }
}
