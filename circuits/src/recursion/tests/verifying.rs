//! The verifier crate against plonky2: both accept the same proofs, and damage to a proof is damage to both.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::time::Instant;

use braid_verifier::{Acceptable, CircuitSetKey, ProofFile, SecurityLevel, VerifyError, verify, verify_with};

use super::standalone::{Standalone, standalone};
use super::toy::{fixture, statement};
use crate::recursion::{Circuit, Proof};
use crate::stark::Security;

/// SplitMix64: positions of damage, the same in every run.
struct Positions(u64);

impl Positions {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

fn all_levels() -> Acceptable {
    Acceptable::new().levels(&SecurityLevel::ALL)
}

fn insecure() -> &'static Standalone {
    static INSECURE: LazyLock<Standalone> = LazyLock::new(|| standalone(Security::Insecure));
    &INSECURE
}

/// plonky2's verdict on proof bytes. It panics on some malformed proofs.
fn plonky2_accepts(circuit: &Circuit, bytes: &[u8]) -> bool {
    let verdict = catch_unwind(AssertUnwindSafe(|| {
        Proof::from_bytes(bytes.to_vec(), &circuit.common).is_ok_and(|proof| circuit.verify(proof).is_ok())
    }));
    verdict.unwrap_or(false)
}

#[test]
fn accepts_every_member_of_a_set_and_returns_what_it_states() {
    let fixture = fixture();
    let key = fixture.set.verifier_key(statement(0, 1).programs_root).expect("only known gates");
    assert_eq!(key.set_root(), fixture.set.root());
    assert_eq!(CircuitSetKey::from_bytes(&key.to_bytes()).as_ref(), Ok(&key));
    for range in fixture.parts.iter().chain([&fixture.whole]) {
        let file = range.to_file(b"notes");
        assert_eq!(range.proof().to_bytes().len(), key.shape().proof_length());
        assert_eq!(verify_with(&file, &key, &all_levels()), Ok(*range.statement()));
    }
}

#[test]
fn accepts_what_plonky2_accepts_at_every_level_and_with_every_gate() {
    for security in Security::ALL {
        let standalone = standalone(security);
        let bytes = standalone.proof.to_bytes();
        assert_eq!(bytes.len(), standalone.key.shape().proof_length());
        let file = standalone.file(&bytes);
        let start = Instant::now();
        let verdict = verify_with(&file, &standalone.key, &all_levels());
        println!("{} {} bytes, verified in {:?}", security.name(), file.len(), start.elapsed());
        assert_eq!(verdict, Ok(standalone.statement));
        if security == Security::Insecure && std::env::var_os("BRAID_PIN").is_some() {
            let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../verifier/tests/data/every-gate");
            std::fs::write(format!("{data}.proof"), &file).expect("the repository can be written");
            std::fs::write(format!("{data}.key"), standalone.key.to_bytes()).expect("the repository can be written");
        }
    }
}

#[test]
fn flipped_bits_are_refused_and_plonky2_agrees() {
    let insecure = insecure();
    let honest = insecure.proof.to_bytes();
    let mut positions = Positions(1);
    for round in 0..1500 {
        let mut bytes = honest.clone();
        let bit = positions.below(8 * bytes.len());
        bytes[bit / 8] ^= 1 << (bit % 8);
        let verdict = verify_with(&insecure.file(&bytes), &insecure.key, &all_levels());
        assert!(verdict.is_err(), "bit {bit}");
        if round % 5 == 0 {
            assert!(!plonky2_accepts(&insecure.circuit, &bytes), "bit {bit} of no consequence to plonky2");
        }
    }
}

#[test]
fn files_of_every_other_length_and_random_bytes_are_refused() {
    let insecure = insecure();
    let file = insecure.file(&insecure.proof.to_bytes());
    for length in (0..file.len()).step_by(7) {
        assert!(verify_with(&file[..length], &insecure.key, &all_levels()).is_err());
    }
    let proof = insecure.proof.to_bytes();
    for length in (0..proof.len()).step_by(31).chain([proof.len() - 1]) {
        let verdict = verify_with(&insecure.file(&proof[..length]), &insecure.key, &all_levels());
        assert_eq!(verdict, Err(VerifyError::ProofLength));
    }
    let longer = [&proof[..], &[0; 8]].concat();
    assert_eq!(verify_with(&insecure.file(&longer), &insecure.key, &all_levels()), Err(VerifyError::ProofLength));
    let mut positions = Positions(2);
    for _ in 0..2000 {
        let length = positions.below(2000);
        let bytes: Vec<u8> = (0..length).map(|_| positions.below(256) as u8).collect();
        assert!(verify_with(&bytes, &insecure.key, &all_levels()).is_err());
        let mut damaged = proof.clone();
        for byte in damaged.iter_mut().skip(positions.below(proof.len())) {
            *byte = positions.below(256) as u8;
        }
        assert!(verify_with(&insecure.file(&damaged), &insecure.key, &all_levels()).is_err());
    }
}

#[test]
fn names_what_does_not_hold() {
    let insecure = insecure();
    let honest = &insecure.proof;
    let verdict = |change: &dyn Fn(&mut Proof)| {
        let mut proof = honest.clone();
        change(&mut proof);
        verify_with(&insecure.file(&proof.to_bytes()), &insecure.key, &all_levels()).expect_err("damaged")
    };
    let one = honest.proof.openings.plonk_zs[0];
    assert_eq!(verdict(&|p| p.proof.openings.wires[7] += one), VerifyError::Constraints);
    assert_eq!(verdict(&|p| p.proof.openings.plonk_zs_next[0] += one), VerifyError::Constraints);
    assert_eq!(verdict(&|p| p.proof.openings.quotient_polys[3] += one), VerifyError::Constraints);
    assert_eq!(verdict(&|p| p.proof.wires_cap.0.swap(0, 1)), VerifyError::Constraints);
    let rows = |p: &mut Proof, query: usize, tree: usize| {
        let opened = &mut p.proof.opening_proof.query_round_proofs[query].initial_trees_proof.evals_proofs[tree];
        let first = opened.0[0];
        opened.0[0] = first + first;
        opened.0[1] += first;
    };
    for tree in 0..4 {
        assert_eq!(verdict(&|p| rows(p, 1, tree)), VerifyError::Commitment);
    }
    let step = |p: &mut Proof, layer: usize| {
        let step = &mut p.proof.opening_proof.query_round_proofs[0].steps[layer];
        for value in &mut step.evals {
            *value += one;
        }
    };
    assert_eq!(verdict(&|p| step(p, 0)), VerifyError::Folding);
    let path = |p: &mut Proof| p.proof.opening_proof.query_round_proofs[0].steps[1].merkle_proof.siblings.swap(0, 1);
    assert_eq!(verdict(&path), VerifyError::Commitment);
    assert_eq!(verdict(&|p| p.public_inputs.swap(20, 21)), VerifyError::StatementMismatch);
}

#[test]
fn the_caller_decides_what_is_acceptable() {
    let insecure = insecure();
    let file = insecure.file(&insecure.proof.to_bytes());
    let check = |acceptable: &Acceptable| verify_with(&file, &insecure.key, acceptable);
    let statement = insecure.statement;

    let refused = Err(VerifyError::LevelNotAccepted { level: SecurityLevel::Insecure });
    assert_eq!(check(&Acceptable::new()), refused);
    assert_eq!(verify(&file, &Acceptable::new()), refused);
    assert_eq!(
        check(&all_levels().programs_roots(&[[0; 4]])),
        Err(VerifyError::ProgramsRoot { found: statement.programs_root })
    );
    assert_eq!(check(&all_levels().programs_roots(&[[0; 4], statement.programs_root])), Ok(statement));
    let parameters = Err(VerifyError::Parameters { found: statement.parameters });
    assert_eq!(check(&all_levels().parameters([0; 4])), parameters);
    assert_eq!(check(&all_levels().parameters(statement.parameters)), Ok(statement));
    let before = Err(VerifyError::RootBefore { found: statement.before.root });
    assert_eq!(check(&all_levels().root_before(statement.after.root)), before);
    let after = Err(VerifyError::RootAfter { found: statement.after.root });
    assert_eq!(check(&all_levels().root_after(statement.before.root)), after);
}

#[test]
fn a_valid_proof_of_other_circuits_is_refused() {
    let insecure = insecure();
    let fixture = fixture();
    let key = fixture.set.verifier_key(insecure.statement.programs_root).expect("only known gates");
    let bytes = insecure.proof.to_bytes();
    let file = insecure.file(&bytes);
    let foreign = VerifyError::CircuitSet { found: insecure.key.set_root(), expected: key.set_root() };
    assert_eq!(verify_with(&file, &key, &all_levels()), Err(foreign));

    // The same with a header that claims the right set: the statement does not.
    let mut header = ProofFile::from_bytes(&file).expect("whole");
    header.set_root = key.set_root();
    assert_eq!(verify_with(&header.to_bytes(), &key, &all_levels()), Err(VerifyError::HeaderMismatch));

    // A member's proof under another member's key, and under none.
    let mut file = fixture.whole.to_file(&[]);
    file[16] = 0;
    assert!(verify_with(&file, &key, &all_levels()).is_err());
    file[16] = 3;
    assert_eq!(verify_with(&file, &key, &all_levels()), Err(VerifyError::Member { member: 3 }));
    file[16] = 2;
    assert_eq!(verify_with(&file, &key, &all_levels()), Ok(*fixture.whole.statement()));
    // The statement in front of the proof, changed.
    file[52 + 8 * 20] ^= 1;
    assert_eq!(verify_with(&file, &key, &all_levels()), Err(VerifyError::StatementMismatch));
}
