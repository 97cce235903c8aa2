//! Honest and altered range tables.

use super::*;
use crate::leaf::audit::Ledger;

fn uses() -> Uses {
    let uses = Uses::new(RANGE);
    [0, 1, 1, 700, 65535].into_iter().for_each(|value| uses.add(value));
    uses
}

/// The ledger after the table and the lookups that [`uses`] counts.
fn audit(matrix: &RowMajorMatrix<F>) -> (usize, usize) {
    let mut ledger = Ledger::default();
    let violations = ledger.record(&Range, matrix, &[]);
    for value in [0, 1, 1, 700, 65535] {
        ledger.post("range", &[value], -F::ONE);
    }
    (violations.len(), ledger.imbalances(Some("range")).len())
}

#[test]
fn honest_table_passes() {
    assert_eq!(audit(&rows(&uses())), (0, 0));
}

#[test]
fn a_value_outside_sixteen_bits_has_no_row() {
    let mut ledger = Ledger::default();
    assert!(ledger.record(&Range, &rows(&uses()), &[]).is_empty());
    ledger.post("range", &[65536], -F::ONE);
    assert!(ledger.imbalances(Some("range")).iter().any(|found| found.tuple == [65536]));
}

#[test]
fn an_altered_value_breaks_the_count() {
    for row in [0, 1, 700, RANGE - 1] {
        let mut matrix = rows(&uses());
        matrix.values[row * Columns::<F>::WIDTH] += F::ONE;
        assert!(audit(&matrix).0 > 0, "row {row}");
    }
}

#[test]
fn a_shifted_table_is_refused() {
    // All values one higher: every step is right, the ends are not.
    let mut matrix = rows(&uses());
    matrix.values.iter_mut().step_by(Columns::<F>::WIDTH).for_each(|value| *value += F::ONE);
    assert_eq!(audit(&matrix).0, 2);
}

#[test]
fn a_short_table_is_refused() {
    let mut matrix = rows(&uses());
    matrix.values.truncate(RANGE / 2 * Columns::<F>::WIDTH);
    assert_eq!(audit(&matrix).0, 1);
}

#[test]
fn an_altered_use_count_unbalances_the_bus() {
    let mut matrix = rows(&uses());
    matrix.values[700 * Columns::<F>::WIDTH + 1] += F::ONE;
    assert_eq!(audit(&matrix), (0, 1));
}
