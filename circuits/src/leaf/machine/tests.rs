use std::sync::LazyLock;

use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;

use super::{Chip, Traces, chips, traces};
use crate::leaf::audit::{Imbalance, Ledger};
use crate::leaf::fixture;
use crate::leaf::shape::{Shape, TABLES};
use crate::stark::{Security, Setup};

static CHIPS: LazyLock<Vec<Chip>> = LazyLock::new(|| chips(fixture::registry()).unwrap());

static HONEST: LazyLock<Traces> = LazyLock::new(|| {
    let registry = fixture::registry();
    fixture::with_execution(registry, &fixture::mixed(registry), |execution| traces(execution, Shape::Tiny).unwrap())
});

/// Tables with a violated constraint, and unbalanced tuples.
fn audit(traces: &Traces) -> (Vec<&'static str>, Vec<Imbalance>) {
    let mut ledger = Ledger::default();
    let tables = CHIPS.iter().zip(&traces.main).zip(&traces.public_values).zip(TABLES);
    let violated = tables
        .filter(|(((chip, main), public), _)| !ledger.record(*chip, main, public).is_empty())
        .map(|(_, table)| table)
        .collect();
    (violated, ledger.imbalances(None))
}

#[test]
fn an_honest_chunk_satisfies_every_chip_and_balances_every_bus() {
    assert_eq!(audit(&HONEST), (vec![], vec![]));
}

#[test]
fn heights_and_widths_are_those_of_the_shape() {
    for ((main, chip), bits) in HONEST.main.iter().zip(&*CHIPS).zip(Shape::Tiny.degree_bits()) {
        assert_eq!(p3_matrix::Matrix::height(main), 1 << bits);
        assert_eq!(main.width, p3_air::BaseAir::<F>::width(chip));
    }
}

#[test]
fn an_empty_chunk_is_legal() {
    let registry = fixture::registry();
    let chunk = fixture::chunk(vec![], &[]);
    let traces = fixture::with_execution(registry, &chunk, |execution| traces(execution, Shape::Tiny).unwrap());
    assert_eq!(audit(&traces), (vec![], vec![]));
}

#[test]
fn every_public_value_is_bound() {
    // Block number, earlier fees and scale: no program of this chunk reads them, so any value is true of it.
    let unread = [(0, 29), (0, 30), (0, 31)];
    for (table, values) in HONEST.public_values.iter().enumerate().filter(|(_, values)| !values.is_empty()) {
        let others = |other: &usize| *other != table;
        let mut balance = Ledger::default();
        for other in (0..TABLES.len()).filter(others) {
            balance.record(&CHIPS[other], &HONEST.main[other], &HONEST.public_values[other]);
        }
        for value in 0..values.len() {
            let mut public = values.clone();
            public[value] += F::ONE;
            let mut ledger = balance.clone();
            let violations = ledger.record(&CHIPS[table], &HONEST.main[table], &public);
            let bound = !violations.is_empty() || !ledger.imbalances(None).is_empty();
            assert_eq!(bound, !unread.contains(&(table, value)), "{} {value}", TABLES[table]);
        }
    }
}

#[test]
fn proofs_of_chunks_verify_and_altered_ones_do_not() {
    let setup = Setup::new(Security::Insecure.leaf(), CHIPS.clone(), Shape::Tiny.degree_bits().to_vec()).unwrap();
    let proof = setup.prove(&HONEST.main, &HONEST.public_values).unwrap();
    setup.verify(&proof, &HONEST.public_values).unwrap();

    let mut public_values = HONEST.public_values.clone();
    public_values[2][4] += F::ONE;
    assert!(setup.verify(&proof, &public_values).is_err(), "another root after");

    let mut main = HONEST.main.clone();
    let amount = main[1].width + 40;
    main[1].values[amount] += F::ONE;
    let forged = setup.prove(&main, &HONEST.public_values);
    assert!(forged.is_err() || setup.verify(&forged.unwrap(), &HONEST.public_values).is_err(), "another page cell");
}
