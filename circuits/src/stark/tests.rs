use p3_field::PrimeCharacteristicRing;

use super::security::{Report, Round, Security};
use super::setup::{Setup, SetupError};
use super::soundness::{LeafProfile, TableProfile};
use super::toy::{self, HEIGHTS, TABLES};
use super::{Val, VerifyError};

#[test]
fn an_honest_execution_verifies_and_survives_serialization() {
    let setup = toy::setup(toy::parameters());
    let (traces, publics) = toy::execution();
    let proof = setup.prove(&traces, &publics).unwrap();
    setup.verify(&proof, &publics).unwrap();
    let bytes = postcard::to_allocvec(&proof).unwrap();
    let again: super::Proof = postcard::from_bytes(&bytes).unwrap();
    setup.verify(&again, &publics).unwrap();
}

#[test]
fn wrong_public_values_rows_and_heights_are_rejected() {
    let setup = toy::setup(toy::parameters());
    let (mut traces, mut publics) = toy::execution();
    let mut proof = setup.prove(&traces, &publics).unwrap();
    for (instance, at) in [(0, 0), (0, 1), (3, 0)] {
        publics[instance][at] += Val::ONE;
        assert!(matches!(setup.verify(&proof, &publics), Err(VerifyError::Invalid(_))));
        publics[instance][at] -= Val::ONE;
    }
    proof.degree_bits[1] -= 1;
    assert!(matches!(setup.verify(&proof, &publics), Err(VerifyError::Height { instance: 1, .. })));
    proof.degree_bits.pop();
    assert!(matches!(setup.verify(&proof, &publics), Err(VerifyError::Counts { .. })));
    traces[1].values[2] += Val::ONE;
    let forged = setup.prove(&traces, &publics);
    assert!(forged.is_err() || setup.verify(&forged.unwrap(), &publics).is_err());
}

/// Attack 38: where nothing is ground the transcript does not read the witness, so that only zero may stand there.
#[test]
fn witnesses_of_work_that_is_not_asked_for_are_zero() {
    let setup = toy::setup(toy::without_grinding());
    let (traces, publics) = toy::execution();
    let honest = setup.prove(&traces, &publics).unwrap();
    setup.verify(&honest, &publics).unwrap();
    let refused = |change: fn(&mut super::Proof), reason: &str| {
        let mut proof = postcard::from_bytes(&postcard::to_allocvec(&honest).unwrap()).unwrap();
        change(&mut proof);
        match setup.verify(&proof, &publics) {
            Err(VerifyError::Invalid(error)) => assert!(error.contains(reason), "{reason}: {error}"),
            other => panic!("{reason}: {other:?}"),
        }
    };
    refused(|proof| proof.lookup_pow_witness = Some(Val::ONE), "NonCanonicalLookupPowWitness");
    refused(|proof| proof.lookup_pow_witness = None, "MissingLookupPowWitness");
    refused(|proof| proof.ood_pow_witness = Val::ONE, "NonCanonicalOodPowWitness");
    let phase = |phase: &str| format!("NonCanonicalPowWitness {{ phase: {phase} }}");
    refused(|proof| proof.opening_proof.batch_pow_witness = Val::ONE, &phase("Batch"));
    refused(|proof| proof.opening_proof.query_pow_witness = Val::ONE, &phase("Query"));
    refused(|proof| proof.opening_proof.commit_pow_witnesses[0] = Val::ONE, &phase("CommitPhase"));
    refused(
        |proof| *proof.opening_proof.commit_pow_witnesses.last_mut().unwrap() = Val::NEG_ONE,
        &phase("CommitPhase"),
    );
}

#[test]
fn shapes_that_the_library_would_not_check_are_refused() {
    let mut parameters = toy::parameters();
    parameters.cap_height = 5;
    let short = Setup::new(parameters, TABLES.to_vec(), HEIGHTS.to_vec());
    assert!(matches!(short, Err(SetupError::BelowCap { instance: 3, log_height: 4, cap_height: 5 })));
    for (log_final_len, shortest) in [(3, 3), (4, 1)] {
        let parameters = super::config::LeafParameters { log_final_len, ..toy::parameters() };
        let short = Setup::new(parameters, TABLES.to_vec(), HEIGHTS.to_vec());
        assert!(matches!(short, Err(SetupError::BelowFinal { instance, .. }) if instance == shortest));
    }
    let counts = Setup::new(toy::parameters(), TABLES.to_vec(), vec![5]);
    assert!(matches!(counts, Err(SetupError::Counts { .. })));
    let wrong = Setup::new(toy::parameters(), TABLES.to_vec(), vec![5, 4, 7, 3]);
    assert!(matches!(wrong, Err(SetupError::Library(_))));
    let tall = Setup::new(toy::parameters(), TABLES.to_vec(), vec![32, 4, 6, 3]);
    assert!(matches!(tall, Err(SetupError::TooTall { instance: 0, .. })));
}

/// Tables of other heights share what does not depend on them, and are what they would be if made anew.
#[test]
fn heights_change_where_rows_are_not_fixed() {
    let setup = toy::setup(toy::parameters());
    let taller: Vec<usize> =
        HEIGHTS.iter().enumerate().map(|(i, bits)| bits + usize::from(setup.preprocessed_width(i) == 0)).collect();
    let (resized, anew) =
        (setup.resized(taller.clone()).unwrap(), Setup::new(toy::parameters(), TABLES.to_vec(), taller.clone()));
    let anew = anew.unwrap();
    assert_eq!(resized.preprocessed_cap(), anew.preprocessed_cap());
    assert_eq!(resized.log_quotient_chunks(), anew.log_quotient_chunks());
    assert_eq!(format!("{:?}", resized.common().lookups), format!("{:?}", anew.common().lookups));
    assert_eq!(resized.degree_bits(), taller);
    let fixed = (0..HEIGHTS.len()).find(|&i| setup.preprocessed_width(i) > 0).unwrap();
    let mut heights = taller;
    heights[fixed] += 1;
    assert!(matches!(setup.resized(heights), Err(SetupError::Fixed { instance, .. }) if instance == fixed));
    assert!(matches!(setup.resized(vec![5]), Err(SetupError::Counts { .. })));
    // What is refused at first is refused later.
    let free = (0..HEIGHTS.len()).find(|&i| setup.preprocessed_width(i) == 0).unwrap();
    let resized = |bits: usize| {
        let mut heights = HEIGHTS.to_vec();
        heights[free] = bits;
        setup.resized(heights)
    };
    assert!(matches!(resized(usize::MAX), Err(SetupError::TooTall { instance, .. }) if instance == free));
    assert!(
        matches!(resized(0), Err(SetupError::BelowCap { instance, .. } | SetupError::BelowFinal { instance, .. }) if instance == free)
    );
}

/// Sizes like those of a standard chunk: 12 tables, about 600 columns, 160 lookup columns.
fn standard_profile(log_rows: usize) -> LeafProfile {
    let table =
        TableProfile { degree_bits: log_rows, constraints: 100, degree: 3, chunks: 2, interactions: 24, openings: 200 };
    LeafProfile { tables: vec![table; 12], widest_tuple: 17 }
}

#[test]
fn both_secure_leaf_presets_reach_their_bits() {
    for security in [Security::Conjectured100, Security::Provable100] {
        for log_rows in [16, 18, 20] {
            let report = security.leaf_report(&security.leaf(), &standard_profile(log_rows));
            assert!(report.bits() >= 100.0, "{}:\n{report}", security.name());
            security.check(&report).unwrap();
        }
    }
}

#[test]
fn fewer_queries_and_missing_grinding_are_refused() {
    for security in [Security::Conjectured100, Security::Provable100] {
        let profile = standard_profile(20);
        let mut parameters = security.leaf();
        parameters.queries -= 2;
        let refused = security.check(&security.leaf_report(&parameters, &profile)).unwrap_err();
        assert_eq!(refused.round.round, "queries");
        let mut parameters = security.leaf();
        parameters.lookup_pow = 0;
        let refused = security.check(&security.leaf_report(&parameters, &profile)).unwrap_err();
        assert_eq!(refused.round.round, "lookup challenges");
        let mut parameters = security.leaf();
        parameters.batch_pow = 0;
        let refused = security.check(&security.leaf_report(&parameters, &profile)).unwrap_err();
        assert_eq!(refused.round.round, "opening combination");
        assert!(security.check(&Report { rounds: vec![] }).is_err());
    }
    let weak = Report { rounds: vec![Round::new("any", 1.0, "none")] };
    Security::Insecure.check(&weak).unwrap();
}

#[test]
fn the_conjectured_preset_is_not_provable() {
    let report = Security::Provable100.leaf_report(&Security::Conjectured100.leaf(), &standard_profile(20));
    assert!(report.bits() < 60.0);
}

#[test]
fn profiles_count_what_the_toy_has() {
    let profile = toy::setup(toy::parameters()).profile();
    assert_eq!(profile.widest_tuple, 2);
    let interactions: Vec<usize> = profile.tables.iter().map(|t| t.interactions).collect();
    assert_eq!(interactions, [4, 2, 1, 0]);
    assert_eq!(profile.denominators(), 4 * 32 + 2 * 16 + 64);
    // Main at two points, chunks of two limbs, lookup columns (accumulator, one for each fraction) at two points.
    assert_eq!(profile.tables[3].openings, 2 + 2 * profile.tables[3].chunks + 4);
}
