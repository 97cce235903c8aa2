//! Hostile orders, paddings and counters by the numbers of SOUNDNESS 6, each with the kind of failure it must have.

use super::constraint::*;
use super::*;

/// Takes a row out; the rows after it move up and padding fills the end.
fn remove(matrix: &mut RowMajorMatrix<F>, row: usize) {
    let width = matrix.width;
    let padding = matrix.values[63 * width..].to_vec();
    matrix.values.drain(row * width..(row + 1) * width);
    matrix.values.extend(padding);
}

#[test]
fn attack_1_skip_an_assert_zero() {
    let bench = sample::bench();
    let mut matrix = bench.rows(64);
    remove(&mut matrix, sample::pc::ZERO);
    // Nobody misses the values that it read: their use counts are the prover's to lower.
    for row in [sample::pc::IS_EQUAL_TRUE, sample::pc::LESS_TRUE] {
        edit(&mut matrix, row, |columns| columns.uses -= F::ONE);
    }
    bench.audit(&matrix).are_constraints(&[NEXT_PC]);
    // Renumbered, the instructions after it are no longer the program's.
    for row in sample::pc::ZERO..sample::pc::LAST {
        edit(&mut matrix, row, |columns| columns.pc -= F::ONE);
    }
    bench.audit(&matrix).are_buses(&["instruction"]);
}

#[test]
fn attack_2_start_at_pc_1() {
    let bench = sample::bench();
    // The first transaction, and one in the middle.
    let mut matrix = bench.rows(64);
    remove(&mut matrix, 0);
    edit(&mut matrix, 0, |columns| columns.first = F::ONE);
    let findings = bench.audit(&matrix);
    assert!(findings.constraints.contains(&FIRST_PC), "{findings:?}");
    let mut matrix = bench.rows(64);
    remove(&mut matrix, sample::STARTS[3]);
    let findings = bench.audit(&matrix);
    // Nor does anyone call the hash and page chips.
    assert_eq!(findings.constraints, [NEXT_PC].into());
    assert!(findings.buses.contains("link"));
}

#[test]
fn attack_3_stop_before_the_last_instruction() {
    let bench = sample::bench();
    // Followed by the next transaction, with its number kept.
    let mut matrix = bench.rows(64);
    remove(&mut matrix, sample::pc::LAST);
    let findings = bench.audit(&matrix);
    assert!(findings.constraints.is_superset(&[NEXT_PC, NEXT_TX, ONE_PROGRAM].into()), "{findings:?}");
    // Followed by padding.
    let mut matrix = bench.rows(64);
    remove(&mut matrix, 45);
    let findings = bench.audit(&matrix);
    assert!(findings.constraints.contains(&GOES_ON), "{findings:?}");
    // At the end of the table: the last row has a `last` flag that its instruction does not have, or none.
    let bench = sample::chunk(&[(2, &[3, 1]), (1, &[3]), (1, &[9]), (2, &[3, 1])]);
    let full = bench.rows(8);
    let cut = RowMajorMatrix::new(full.values[..7 * full.width].to_vec(), full.width);
    let findings = bench.audit(&cut);
    assert!(findings.constraints.contains(&ENDS_WHOLE), "{findings:?}");
}

#[test]
fn attack_4_mix_two_programs() {
    let bench = sample::bench();
    let mut matrix = bench.rows(64);
    // The last transaction ends with instruction 2 of program 0 instead of its own.
    let foreign = bench.rom.instructions[2];
    edit(&mut matrix, 45, |columns| columns.prog = foreign[1]);
    let findings = bench.audit(&matrix);
    assert!(findings.constraints.contains(&ONE_PROGRAM), "{findings:?}");
}

#[test]
fn attack_5_the_same_transaction_twice() {
    let bench = sample::bench();
    let mut matrix = bench.rows(64);
    for row in sample::STARTS[1]..sample::STARTS[2] {
        edit(&mut matrix, row, |columns| columns.tx = F::ZERO);
    }
    let findings = bench.audit(&matrix);
    assert_eq!(findings.constraints, [NEXT_TX].into());
    assert!(findings.buses.is_superset(&["link", "local"].into()), "{findings:?}");
}

#[test]
fn attack_6_a_gap_between_transactions() {
    let bench = sample::bench();
    let mut matrix = bench.rows(64);
    for row in sample::STARTS[5]..64 {
        edit(&mut matrix, row, |columns| columns.tx += F::ONE);
    }
    let findings = bench.audit(&matrix);
    assert_eq!(findings.constraints, [NEXT_TX, COUNT].into());
    assert!(findings.buses.contains("link"));
}

#[test]
fn attack_9_a_flag_on_padding() {
    let bench = sample::bench();
    for flag in 10..Flags::<F>::WIDTH {
        let mut matrix = bench.rows(64);
        edit(&mut matrix, 50, |columns| columns.flags[flag] = F::ONE);
        assert!(bench.audit(&matrix).constraints.contains(&PADDING_FLAGS));
    }
    // Two flags that cancel in the sum are not boolean.
    let mut matrix = bench.rows(64);
    edit(&mut matrix, 50, |columns| {
        columns.flags[11] = F::TWO;
        columns.flags[12] = -F::ONE;
    });
    let findings = bench.audit(&matrix);
    assert!(findings.constraints.iter().any(|number| BOOLEAN_FLAGS.contains(number)), "{findings:?}");
    // So are two operations at once, and records without a transaction.
    let mut matrix = bench.rows(64);
    edit(&mut matrix, 45, |columns| columns.flags[0] = F::ONE);
    assert!(bench.audit(&matrix).constraints.contains(&ONE_OPERATION));
    let mut matrix = bench.rows(64);
    edit(&mut matrix, 63, |columns| columns.emits = F::ONE);
    assert!(bench.audit(&matrix).constraints.contains(&PADDING_EMITS));
}

#[test]
fn fees_are_neither_lost_nor_invented() {
    let bench = sample::bench();
    // A fee that is not the amount in slot a.
    let mut matrix = bench.rows(64);
    edit(&mut matrix, sample::pc::FEE, |columns| {
        columns.out += F::ONE;
        refit(columns);
    });
    bench.audit(&matrix).are_constraints(&[FEE]);
    // The running sum restarts, jumps, or ends elsewhere.
    let mut matrix = bench.rows(64);
    (0..64).for_each(|row| edit(&mut matrix, row, |columns| columns.fees += F::ONE));
    bench.audit(&matrix).are_constraints(&[FIRST_FEES, LAST_FEES]);
    let mut matrix = bench.rows(64);
    (40..64).for_each(|row| edit(&mut matrix, row, |columns| columns.fees += F::ONE));
    bench.audit(&matrix).are_constraints(&[NEXT_FEES, LAST_FEES]);
    // A fee in the very last row of a full table counts.
    let bench = sample::chunk(&[(2, &[3, 1]), (1, &[3]), (1, &[9]), (2, &[3, 1])]);
    let mut public = bench.public();
    public.fees_after -= F::from_u8(3);
    let findings = bench.audit_with(&bench.rows(8), &public);
    findings.are_constraints(&[LAST_FEES]);
}

#[test]
fn counters_of_entries_and_records_cannot_be_chosen() {
    let bench = sample::bench();
    type Counter = fn(&mut Columns<F>) -> &mut F;
    for (counter, first, next) in
        [((|c| &mut c.n_in) as Counter, FIRST_IN, NEXT_IN), (|c| &mut c.n_out, FIRST_OUT, NEXT_OUT)]
    {
        let mut matrix = bench.rows(64);
        (0..64).for_each(|row| edit(&mut matrix, row, |columns| *counter(columns) += F::ONE));
        let findings = bench.audit(&matrix);
        assert_eq!((&findings.constraints, &findings.buses), (&[first].into(), &["link"].into()));
        // From the third transaction on: a record number is skipped (attack 49).
        let mut matrix = bench.rows(64);
        (sample::STARTS[3]..64).for_each(|row| edit(&mut matrix, row, |columns| *counter(columns) += F::ONE));
        let findings = bench.audit(&matrix);
        assert_eq!((&findings.constraints, &findings.buses), (&[next].into(), &["link"].into()));
    }
}

#[test]
fn a_transaction_behind_padding_is_refused() {
    // A whole copy of the last transaction, two rows further down.
    let bench = sample::bench();
    let mut matrix = bench.rows(64);
    for row in 0..3 {
        let copy = get(&matrix, sample::STARTS[5] + row);
        edit(&mut matrix, 48 + row, |columns| *columns = copy);
    }
    assert!(bench.audit(&matrix).constraints.contains(&NO_RESTART));
}

#[test]
fn a_dropped_transaction_is_missed_by_everyone() {
    // An honest table of the first five transactions under the public values of six.
    let bench = sample::bench();
    let mut short = sample::bench();
    short.record.transactions.pop();
    let findings = bench.audit(&short.rows(64));
    assert_eq!(findings.constraints, [COUNT, LAST_FEES].into());
    assert!(findings.buses.contains("link"));
}

#[test]
fn only_row_0_is_the_first() {
    let bench = sample::bench();
    // A second first row would send the chains again; no first row would send nothing.
    let mut matrix = bench.rows(64);
    edit(&mut matrix, 30, |columns| columns.first = F::ONE);
    let findings = bench.audit(&matrix);
    assert_eq!((&findings.constraints, &findings.buses), (&[OTHERS_UNMARKED].into(), &["link"].into()));
    let mut matrix = bench.rows(64);
    edit(&mut matrix, 0, |columns| columns.first = F::ZERO);
    let findings = bench.audit(&matrix);
    assert_eq!((&findings.constraints, &findings.buses), (&[FIRST_MARKED].into(), &["link"].into()));
    // A table whose first transaction has another number than 0.
    let mut matrix = bench.rows(64);
    (0..64).for_each(|row| edit(&mut matrix, row, |columns| columns.tx += F::ONE));
    let findings = bench.audit(&matrix);
    assert_eq!(findings.constraints, [FIRST_TX, COUNT].into());
}
