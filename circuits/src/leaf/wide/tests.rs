//! Honest and hostile divisions.

use braid_primitives::F;
use p3_field::{Field, PrimeCharacteristicRing, PrimeField64};
use p3_matrix::dense::RowMajorMatrix;
use proptest::prelude::*;

use super::*;
use crate::leaf::audit::Ledger;
use crate::leaf::bus::{RANGE, Tag};
use crate::leaf::range;
use crate::leaf::tally::Tally;

const MAX: u64 = (1 << 62) - 1;

/// What is wrong with a table next to a range table and to users of `statements` (up, a, b, c, q).
#[derive(Debug, PartialEq, Eq)]
struct Findings {
    /// Violated constraints by number.
    constraints: Vec<usize>,
    /// Whether a value out of range is looked up.
    range: bool,
    /// Whether a statement is used that no row makes, or the reverse.
    link: bool,
}

const HONEST: Findings = Findings { constraints: Vec::new(), range: false, link: false };

fn audit(matrix: &RowMajorMatrix<F>, statements: &[[u64; 5]]) -> Findings {
    let mut ledger = Ledger::default();
    let mut constraints: Vec<usize> = ledger.record(&Wide, matrix, &[]).iter().map(|v| v.constraint).collect();
    constraints.sort_unstable();
    constraints.dedup();
    // The most generous range table: it counts whatever in range is looked up.
    for found in ledger.imbalances(Some("range")) {
        if found.tuple[0] < RANGE as u64 {
            ledger.post("range", &found.tuple, -F::from_u64(found.excess));
        }
    }
    for statement in statements {
        let mut tuple = vec![Tag::Wide as u64];
        tuple.extend(statement);
        tuple.resize(12, 0);
        ledger.post("link", &tuple, -F::ONE);
    }
    Findings {
        constraints,
        range: !ledger.imbalances(Some("range")).is_empty(),
        link: !ledger.imbalances(Some("link")).is_empty(),
    }
}

fn tally() -> Tally {
    Tally::new(0, 0, 0)
}

fn one(up: bool, a: u64, b: u64, c: u64) -> (RowMajorMatrix<F>, [u64; 5]) {
    let operation = Operation::new(up, a, b, c).unwrap();
    (rows(&[operation], 1, &tally()).unwrap(), [up.into(), a, b, c, operation.quotient()])
}

#[test]
fn quotients_are_exact() {
    let quotient = |up, a, b, c| Operation::new(up, a, b, c).map(|operation| operation.quotient());
    assert_eq!(quotient(false, 7, 3, 2), Some(10));
    assert_eq!(quotient(true, 7, 3, 2), Some(11));
    assert_eq!(quotient(true, 0, 3, 2), Some(0));
    assert_eq!(quotient(true, 6, 3, 2), Some(9));
    assert_eq!(quotient(false, MAX, MAX, MAX), Some(MAX));
    assert_eq!(quotient(true, MAX, MAX, MAX), Some(MAX));
    assert_eq!(quotient(false, 1, 1, 0), None);
    assert_eq!(quotient(false, MAX, 2, 1), None);
    assert_eq!(quotient(true, MAX, 2, 1), None);
    assert_eq!(quotient(false, MAX + 1, 1, 2), None);
}

#[test]
fn honest_rows_balance_with_the_range_table() {
    let cases = [
        (false, 0, 0, 1),
        (true, 0, 0, 1),
        (false, MAX, MAX, MAX),
        (true, MAX, MAX, MAX),
        (false, MAX, MAX - 1, MAX),
        (true, MAX, 1, 2),
        (false, 1, 1, MAX),
        (true, 1, 1, MAX),
        (false, 0xffff_ffff, 0xffff_ffff, 0xffff),
    ];
    let operations: Vec<Operation> = cases.iter().map(|&(up, a, b, c)| Operation::new(up, a, b, c).unwrap()).collect();
    let tally = tally();
    let matrix = rows(&operations, 32, &tally).unwrap();
    let mut ledger = Ledger::default();
    assert!(ledger.record(&Wide, &matrix, &[]).is_empty());
    assert!(ledger.record(&range::Range, &range::rows(&tally.range), &[]).is_empty());
    assert!(ledger.imbalances(Some("range")).is_empty());
    let statements: Vec<[u64; 5]> =
        cases.iter().zip(&operations).map(|(&(up, a, b, c), o)| [up.into(), a, b, c, o.quotient()]).collect();
    assert_eq!(audit(&matrix, &statements), HONEST);
}

#[test]
fn too_many_operations_are_refused() {
    let operation = Operation::new(false, 1, 1, 1).unwrap();
    let error = rows(&[operation; 5], 4, &tally()).unwrap_err();
    assert_eq!((error.rows, error.height), (5, 4));
}

#[test]
fn a_table_of_padding_says_nothing() {
    let mut matrix = rows(&[], 8, &tally()).unwrap();
    assert_eq!(audit(&matrix, &[]), HONEST);
    // A padding row that is used states that 0 · 0 / 1 = 0, which is true and needs someone to hear it.
    matrix.values[0] = F::ONE;
    assert!(audit(&matrix, &[]).link);
    assert_eq!(audit(&matrix, &[[0, 0, 0, 1, 0]]), HONEST);
}

#[test]
fn every_altered_cell_is_found() {
    for (up, a, b, c) in [(false, 123_456_789_012_345, MAX - 5, 987_654_321_012_345_678), (true, MAX, 77, 1 << 50)] {
        let (matrix, statement) = one(up, a, b, c);
        for column in 0..Columns::<F>::WIDTH {
            for delta in [F::ONE, -F::ONE, F::from_u64(1 << 16)] {
                let mut altered = matrix.clone();
                altered.values[column] += delta;
                let findings = audit(&altered, &[statement]);
                // The use count is in no constraint: it is the bus that finds it.
                assert!(if column == 0 { findings.link } else { !findings.constraints.is_empty() }, "{column}");
            }
        }
    }
}

/// A row of chosen numbers with the carries that fit them best.
fn forged(up: bool, [a, b, c, q, r, gap]: [u64; 6]) -> RowMajorMatrix<F> {
    let split = |x: u64| core::array::from_fn::<_, LIMBS, _>(|i| F::from_u64(x >> (16 * i) & 0xffff));
    let limb = |x: u64, i: usize| i128::from(x >> (16 * i) & 0xffff);
    let at = |k: usize| {
        let sum: i128 = (0..=k).map(|i| limb(a, i) * limb(b, k - i) - limb(q, i) * limb(c, k - i)).sum();
        if up { sum + limb(r, k) } else { sum - limb(r, k) }
    };
    let first = (at(0) + (at(1) << 16)) >> 32;
    let second = (first + at(2) + (at(3) << 16)) >> 32;
    let carry = |carry: i128| {
        let offset = (carry + i128::from(CARRY_OFFSET)) as u64;
        [F::from_u64(offset & 0xffff), F::from_u64(offset >> 16)]
    };
    let columns = Columns {
        uses: F::ONE,
        up: F::from_bool(up),
        a: split(a),
        b: split(b),
        c: split(c),
        q: split(q),
        r: split(r),
        gap: split(gap),
        carry_0: carry(first),
        carry_1: carry(second),
    };
    let mut values = F::zero_vec(Columns::<F>::WIDTH);
    columns.write(&mut values);
    RowMajorMatrix::new(values, Columns::<F>::WIDTH)
}

/// Numbers of the constraints, in the order of the chip.
const UP: usize = 0;
const GAP: usize = 1;
const PRODUCT: usize = 2;
const LOW_WORD: usize = 3;
const HIGH_WORD: usize = 4;

#[test]
fn forging_an_honest_row_gives_the_honest_row() {
    let (matrix, statement) = one(false, 100, 7, 30);
    assert_eq!(forged(false, [100, 7, 30, 23, 10, 19]).values, matrix.values);
    assert_eq!(audit(&matrix, &[statement]), HONEST);
}

#[test]
fn attack_16_remainder_not_below_divisor() {
    // 100 · 7 = 22 · 30 + 40: a quotient one too small. The gap is −11, which no four limbs below 2^62 are.
    let minus_eleven = (-F::from_u8(11)).as_canonical_u64();
    let findings = audit(&forged(false, [100, 7, 30, 22, 40, minus_eleven]), &[[0, 100, 7, 30, 22]]);
    assert_eq!(findings, Findings { range: true, ..HONEST });
    // With a gap in range, the gap is not what it should be.
    let findings = audit(&forged(false, [100, 7, 30, 22, 40, 5]), &[[0, 100, 7, 30, 22]]);
    assert_eq!(findings, Findings { constraints: vec![GAP], ..HONEST });
    // A remainder equal to the divisor, the closest lie.
    let findings = audit(&forged(false, [60, 1, 30, 1, 30, (-F::ONE).as_canonical_u64()]), &[[0, 60, 1, 30, 1]]);
    assert_eq!(findings, Findings { range: true, ..HONEST });
}

#[test]
fn attack_16_equal_only_modulo_p() {
    // 2^40 · 2^40 − q · 3 − r is a multiple of p, not 0.
    let (a, b, c) = (1u64 << 40, 1u64 << 40, 3u64);
    let residue = (F::from_u64(a) * F::from_u64(b)).as_canonical_u64();
    let (q, r) = (residue / c, residue % c);
    let findings = audit(&forged(false, [a, b, c, q, r, c - r - 1]), &[[0, a, b, c, q]]);
    assert!(!findings.constraints.contains(&PRODUCT));
    assert!(findings.constraints.iter().any(|found| [LOW_WORD, HIGH_WORD].contains(found)), "{findings:?}");
}

#[test]
fn attack_16_equal_only_modulo_two_to_the_64() {
    // 2^40 · 2^40 = 0 modulo 2^64.
    let (a, b, c) = (1u64 << 40, 1u64 << 40, 3u64);
    let findings = audit(&forged(false, [a, b, c, 0, 0, 2]), &[[0, a, b, c, 0]]);
    assert_eq!(findings, Findings { constraints: vec![PRODUCT], ..HONEST });
}

#[test]
fn attack_16_a_carry_shifted_by_p_is_out_of_range() {
    // 7 · 3 − 10 · 2 − 0 = 1: the low equation holds in the field with the carry 2^−32.
    let mut matrix = forged(false, [7, 3, 2, 10, 0, 1]);
    let carry = F::from_u64(1 << 32).inverse() + F::from_u64(CARRY_OFFSET);
    let at = Columns::<F>::WIDTH - 4;
    matrix.values[at] = carry;
    matrix.values[at + 1] = F::ZERO;
    let findings = audit(&matrix, &[[0, 7, 3, 2, 10]]);
    assert!(findings.range && !findings.constraints.contains(&LOW_WORD), "{findings:?}");
}

#[test]
fn attack_17_division_by_zero() {
    // 0 · 5 = q · 0 + 0 for any q, but c − r − 1 = −1.
    let minus_one = (-F::ONE).as_canonical_u64();
    let findings = audit(&forged(false, [0, 5, 0, 1234, 0, minus_one]), &[[0, 0, 5, 0, 1234]]);
    assert_eq!(findings, Findings { range: true, ..HONEST });
    let findings = audit(&forged(true, [0, 5, 0, 1234, 0, 0]), &[[1, 0, 5, 0, 1234]]);
    assert_eq!(findings, Findings { constraints: vec![GAP], ..HONEST });
}

#[test]
fn rounding_the_other_way_is_refused() {
    // 21 / 2: 10 up and 11 down.
    let findings = audit(&forged(true, [7, 3, 2, 10, 1, 0]), &[[1, 7, 3, 2, 10]]);
    assert!(findings.constraints.contains(&PRODUCT));
    let findings = audit(&forged(false, [7, 3, 2, 11, 1, 0]), &[[0, 7, 3, 2, 11]]);
    assert!(findings.constraints.contains(&PRODUCT));
}

#[test]
fn numbers_of_62_bits_and_more_are_out_of_range() {
    // (2^62) · 1 / 1, true as it is.
    let x = 1 << 62;
    let findings = audit(&forged(false, [x, 1, 1, x, 0, 0]), &[[0, x, 1, 1, x]]);
    assert_eq!(findings, Findings { range: true, ..HONEST });
}

#[test]
fn a_rounding_flag_that_is_no_flag() {
    // 24 = 12 · 2 + 0 holds for any factor of the remainder.
    let (mut matrix, statement) = one(false, 8, 3, 2);
    matrix.values[1] = F::TWO;
    let findings = audit(&matrix, &[statement]);
    assert_eq!(findings, Findings { constraints: vec![UP], link: true, ..HONEST });
}

proptest! {
    #[test]
    fn honest_rows_pass(up: bool, a in 0..=MAX, b in 0..=MAX, c in 1..=MAX, shift in 0u32..62) {
        // One factor shrunk, so that most cases have a quotient.
        let a = a >> shift;
        if let Some(operation) = Operation::new(up, a, b, c) {
            let exact = u128::from(a) * u128::from(b);
            let (q, divisor) = (u128::from(operation.quotient()), u128::from(c));
            if up {
                prop_assert!(q * divisor >= exact && (q == 0 || (q - 1) * divisor < exact));
            } else {
                prop_assert!(q * divisor <= exact && (q + 1) * divisor > exact);
            }
            let matrix = rows(&[operation], 1, &tally()).unwrap();
            let statement = [up.into(), a, b, c, operation.quotient()];
            prop_assert_eq!(audit(&matrix, &[statement]), HONEST);
        }
    }
}
