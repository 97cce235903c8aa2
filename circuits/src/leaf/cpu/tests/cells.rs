//! Every single altered cell, and every altered public value.

use super::*;

/// Columns that a row does not use, by name, with the reason.
fn is_free(matrix: &RowMajorMatrix<F>, row: usize, column: usize) -> bool {
    let numbers = Columns::<usize>::read(&core::array::from_fn::<_, { Columns::<usize>::WIDTH }, _>(|i| i));
    let columns = get(matrix, row);
    let flags = Flags::read(&columns.flags);
    if flags.operations().iter().all(|flag| *flag == F::ZERO) {
        // On padding no instruction is looked up, so its fields stand for nothing. With the output, its lowest limb and the
        // shift, one altered cell breaks an equation unless the others are zero.
        let idle =
            [numbers.prog, numbers.ref_a, numbers.ref_b, numbers.ref_c, numbers.k, numbers.inverse, numbers.shift];
        idle.contains(&column)
    } else {
        // The inverse is a witness of `is_equal` alone, and only where the two sides differ.
        column == numbers.inverse && (flags.is_equal == F::ZERO || columns.out == F::ONE)
    }
}

#[test]
fn every_altered_cell_is_found() {
    let bench = sample::bench();
    let matrix = bench.rows(64);
    for row in 0..64 {
        for column in 0..Columns::<F>::WIDTH {
            for delta in [F::ONE, -F::ONE] {
                let mut altered = matrix.clone();
                altered.values[row * altered.width + column] += delta;
                let findings = bench.audit(&altered);
                assert_eq!(findings.is_honest(), is_free(&matrix, row, column), "row {row} column {column}");
            }
        }
    }
}

#[test]
fn every_altered_public_value_is_found() {
    let bench = sample::bench();
    let matrix = bench.rows(64);
    let values = bench.public().to_vec();
    for index in 0..PUBLIC_VALUES {
        let mut altered = values.clone();
        altered[index] += F::ONE;
        let findings = bench.audit_with(&matrix, &PublicValues::read(&altered));
        assert_eq!(findings.buses.contains("link"), index < 26, "public value {index}: {findings:?}");
        assert_eq!(findings.constraints.is_empty(), index < 24, "public value {index}: {findings:?}");
    }
}

#[test]
fn every_multiplicity_on_padding_is_found() {
    let bench = sample::bench();
    for row in [46, 63] {
        for flag in 0..Flags::<F>::WIDTH {
            let mut matrix = bench.rows(64);
            edit(&mut matrix, row, |columns| columns.flags[flag] = F::ONE);
            let findings = bench.audit(&matrix);
            // An operation makes the row a real one behind padding; every other flag is refused as such.
            let expected = if flag < 10 { constraint::NO_RESTART } else { constraint::PADDING_FLAGS };
            let is_first_after = flag < 10 && row == 46;
            assert!(is_first_after || findings.constraints.contains(&expected), "row {row} flag {flag}: {findings:?}");
            assert!(!findings.is_honest());
        }
        let mut matrix = bench.rows(64);
        edit(&mut matrix, row, |columns| columns.uses = F::ONE);
        let findings = bench.audit(&matrix);
        assert!(findings.constraints.contains(&constraint::PADDING_USES) && findings.buses.contains("local"));
    }
}
