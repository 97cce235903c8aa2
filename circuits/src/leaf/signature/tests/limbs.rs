//! Hostile digits, carries and sums; the parent lists the constraints by number.

use core::ops::Range;

use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;

use super::super::stage::{Findings, HEIGHT, Stage, buses, honest};
use super::super::{Columns, LIMBS, scalars};
use super::{WIDTH, alter};
use crate::leaf::bus::CurveTag;

/// Constraints of the sums from row to row.
const SUMS: Range<usize> = 87..114;
/// The constraint on the bytes of a limb.
const BYTES: usize = 114;

fn point_bus() -> Vec<(String, u64)> {
    buses(&[("curve", CurveTag::Point as u64)])
}

#[test]
fn every_response_has_one_form() {
    // A limb of 2^16 more, and one less above: the words are the same, the sum of r·s too.
    let mut stage = Stage::of(&[honest(0)]);
    alter(&mut stage, 0, |row| {
        row.s[3] += F::from_u32(1 << 16);
        row.s[4] -= F::ONE;
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
        row.product[9] += F::from_u32(256);
        row.product[10] -= F::ONE;
    });
    assert_eq!(stage.examine(), Findings { buses: point_bus(), ..Findings::default() });
    // A digit of the neighbour's window is another product.
    let mut stage = Stage::of(&[honest(0)]);
    alter(&mut stage, 0, |row| row.product.swap(9, 10));
    stage.settle();
    let found = stage.examine();
    assert_eq!(found.signature, [54]);
    assert!(found.buses.is_empty() && found.bucket.is_empty());
}

#[test]
fn a_carry_cannot_be_shifted_by_the_modulus() {
    // One more in a digit and (p - 1) / 2^32 more in the carry is the same modulo p; the next step takes the carry in.
    let mut stage = Stage::of(&[honest(1)]);
    alter(&mut stage, 0, |row| {
        assert!(row.product[0] != F::from_u8(255) && row.product[4] != F::ZERO);
        row.product[0] += F::ONE;
        row.product[4] -= F::ONE;
        // 2^32 - 1 = 31 + 32 · (2^27 - 1)
        row.carries[0] += F::from_u32(31);
        row.carries[1] += F::from_u32((1 << 27) - 1);
        row.carries[2] += F::ONE;
        row.product[8] += F::ONE;
    });
    stage.settle();
    let found = stage.examine();
    // The digits then are those of r·e + p.
    assert!(found.signature.is_empty() || found.signature == [54], "{found:?}");
    assert!(found.buses.contains(&("range".to_owned(), 0)), "{found:?}");
}

#[test]
fn limbs_of_the_responses_are_all_counted_and_once() {
    let signatures = 2;
    let stage = Stage::of(&[honest(0), honest(1)]);
    // Another byte: not the limb.
    let mut hostile = stage.clone();
    alter(&mut hostile, signatures + 4, |row| row.r[2] += F::ONE);
    hostile.settle();
    assert!(hostile.examine().signature.contains(&BYTES));
    // 256 more in a byte and one less in the next: the limb, but there is no such digit.
    let mut hostile = stage.clone();
    alter(&mut hostile, signatures + 4, |row| {
        row.r[2] += F::from_u32(256);
        row.r[3] -= F::ONE;
    });
    let found = hostile.examine();
    assert_eq!((found.signature, found.buses), (vec![], point_bus()));
    // No limbs, the first left out, one left out, the last left out, one twice, one more after the last.
    let cut = |from: usize, to: usize| {
        let mut hostile = stage.clone();
        hostile.signature.values.drain(from * WIDTH..to * WIDTH);
        hostile.signature.values.resize(HEIGHT * WIDTH, F::ZERO);
        hostile.settle();
        hostile.examine().signature
    };
    assert!(cut(2, 2 + LIMBS).contains(&7));
    assert!(cut(2, 3).contains(&8));
    assert!(cut(7, 8).contains(&9));
    assert!(cut(1 + LIMBS, 2 + LIMBS).contains(&10));
    let doubled = |from: usize, to: usize, limb: usize| {
        let mut hostile = stage.clone();
        let end = (HEIGHT - 1) * WIDTH;
        hostile.signature.values.copy_within(from * WIDTH..end, to * WIDTH);
        alter(&mut hostile, to, |row| row.limb = F::from_usize(limb));
        hostile.examine().signature
    };
    assert!(doubled(7, 8, 5).contains(&9));
    assert!(doubled(1 + LIMBS, 2 + LIMBS, LIMBS).contains(&10), "a limb more does not end");
    // The point of a limb is G.
    let mut hostile = stage.clone();
    let other = Columns::<F>::read(&stage.signature.values);
    alter(&mut hostile, signatures, |row| {
        (row.w_r, row.u_r, row.x_r, row.root_r) = (other.w_r, other.u_r, other.x_r, other.root_r);
    });
    assert!(hostile.examine().signature.iter().all(|constraint| (43..48).contains(constraint)));
    // A limb in the first row is the first one.
    let mut hostile = Stage::of(&[]);
    alter(&mut hostile, 0, |row| row.limb = F::ONE);
    assert!(hostile.examine().signature.contains(&4));
    // A table that ends within the limbs, or with a signature.
    let mut hostile = stage.clone();
    hostile.signature.values.truncate(16 * WIDTH);
    assert!(hostile.examine().signature.contains(&12));
    hostile.signature.values.truncate(2 * WIDTH);
    assert!(hostile.examine().signature.contains(&11));
}

#[test]
fn signatures_come_before_the_limbs_and_count_from_zero() {
    let stage = Stage::of(&[honest(0), honest(1)]);
    // A signature after padding, and after the limbs.
    for (at, constraint) in [(40, 5), (2 + LIMBS, 6)] {
        let mut hostile = stage.clone();
        hostile.signature.values.copy_within(WIDTH..2 * WIDTH, at * WIDTH);
        assert!(hostile.examine().signature.contains(&constraint));
    }
    // A limb after padding.
    let mut hostile = stage.clone();
    hostile.signature.values.copy_within(2 * WIDTH..3 * WIDTH, 40 * WIDTH);
    assert!(hostile.examine().signature.contains(&5));
    // A sum that begins with something; a signature that is not summed up.
    let mut hostile = stage.clone();
    alter(&mut hostile, 0, |row| row.sums[26] = F::ONE);
    assert!(hostile.examine().signature.contains(&86));
    let mut hostile = stage;
    let first = Columns::<F>::read(&hostile.signature.values).sums;
    alter(&mut hostile, 1, |row| row.sums = first);
    assert!(hostile.examine().signature.iter().all(|constraint| SUMS.contains(constraint)));
    // A signature is no limb, and has the number 0.
    alter(&mut hostile, 0, |row| row.flush = F::ONE);
    assert!(hostile.examine().signature.contains(&2));
    alter(&mut hostile, 0, |row| (row.flush, row.limb) = (F::ZERO, F::ONE));
    assert!(hostile.examine().signature.contains(&3));
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
