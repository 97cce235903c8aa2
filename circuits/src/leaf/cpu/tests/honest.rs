//! Honest tables of every kind of filling.

use p3_air::symbolic::AirLayout;
use p3_lookup::InteractionSymbolicBuilder;

use super::*;
use crate::leaf::range;
use crate::leaf::rom::RomChip;

#[test]
fn an_honest_chunk_passes() {
    let bench = sample::bench();
    assert_eq!(height(&bench.execution()), 46);
    assert_eq!(bench.audit(&bench.rows(64)), Findings::default());
}

#[test]
fn an_empty_chunk_passes() {
    let bench = sample::chunk(&[]);
    assert_eq!(bench.audit(&bench.rows(8)), Findings::default());
}

#[test]
fn a_full_table_passes() {
    // Eight transactions of one row; the last row is an instruction.
    let bench = sample::chunk(&[(1, &[3][..]); 8]);
    assert_eq!(bench.audit(&bench.rows(8)), Findings::default());
    let bench = sample::chunk(&[(2, &[3, 1]), (1, &[3]), (1, &[9]), (2, &[3, 1])]);
    assert_eq!(bench.audit(&bench.rows(8)), Findings::default());
}

#[test]
fn a_chunk_that_does_not_fit_is_refused() {
    let bench = sample::bench();
    let error = rows(&bench.execution(), 32, &tally()).unwrap_err();
    assert_eq!((error.chip, error.rows, error.height), ("cpu", 46, 32));
}

#[test]
fn counted_lookups_balance_with_the_tables() {
    let bench = sample::bench();
    let (tally, execution) = (tally(), bench.execution());
    let matrix = rows(&execution, 64, &tally).unwrap();
    let divisions = divisions(&execution);
    assert_eq!(divisions.len(), 4);
    let mut ledger = Ledger::default();
    assert!(ledger.record(&Cpu, &matrix, &bench.public().to_vec()).is_empty());
    let instructions = RomChip::instructions(&bench.rom).unwrap();
    assert!(ledger.record(&instructions, &instructions.rows(&tally.instructions), &[]).is_empty());
    assert!(ledger.record(&wide::Wide, &wide::rows(&divisions, 8, &tally).unwrap(), &[]).is_empty());
    assert!(ledger.record(&range::Range, &range::rows(&tally.range), &[]).is_empty());
    for bus in ["instruction", "range"] {
        assert_eq!(ledger.imbalances(Some(bus)), []);
    }
    let divisions = ledger.imbalances(Some("link")).into_iter().filter(|found| found.tuple[0] == Tag::Wide as u64);
    assert_eq!(divisions.count(), 0);
}

#[test]
fn rows_do_not_depend_on_threads() {
    let bench = sample::bench();
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    assert_eq!(pool(1).install(|| bench.rows(64)).values, pool(4).install(|| bench.rows(64)).values);
}

#[test]
fn constraints_have_degree_three() {
    let builder = InteractionSymbolicBuilder::<F>::from_air(&Cpu, AirLayout::from_air(&Cpu));
    let degrees = builder.base_constraints().iter().map(|constraint| constraint.degree_multiple()).max();
    assert_eq!(degrees, Some(3));
}

#[test]
fn constraints_are_numbered_as_named() {
    let bench = sample::bench();
    // Row 0 alone, with everything wrong that can be wrong in a first row.
    let mut matrix = bench.rows(64);
    matrix.values.iter_mut().for_each(|cell| *cell += F::from_u64(0x1234_5678_9abc));
    let findings = bench.audit(&matrix);
    assert_eq!(findings.constraints.last(), Some(&(constraint::ALL - 1)));
    assert_eq!(findings.constraints.len(), constraint::ALL);
}
