//! Files made to hurt: nothing panics, nothing is accepted, nothing costs memory that the file does not pay for.

use braid_verifier::statement::{STATEMENT_LENGTH, offset};
use braid_verifier::{Acceptable, CircuitSetKey, ProofFile, SecurityLevel, Statement, VerifyError, verify};
use damage::{SplitMix64, damaged};

mod damage;

fn bytes(random: &mut SplitMix64, length: usize) -> Vec<u8> {
    (0..length).map(|_| random.next() as u8).collect()
}

fn all_levels() -> Acceptable {
    Acceptable::new().levels(&SecurityLevel::ALL)
}

/// A file whose header is right in every respect, around these bytes.
fn around(key: &CircuitSetKey, member: u32, proof: &[u8]) -> Vec<u8> {
    let mut elements = [7; STATEMENT_LENGTH];
    elements[offset::SET_ROOT..offset::PARAMETERS].copy_from_slice(&key.set_root());
    elements[offset::PROGRAMS_ROOT..offset::SECURITY].copy_from_slice(&key.programs_root());
    elements[offset::SECURITY] = key.level().tag();
    let statement = Statement::from_elements(&elements).expect("canonical");
    let (level, set_root) = (key.level(), key.set_root());
    ProofFile { level, member, set_root, statement, proof, notes: b"notes" }.to_bytes()
}

fn keys() -> impl Iterator<Item = &'static CircuitSetKey> {
    SecurityLevel::ALL.into_iter().filter_map(CircuitSetKey::built_in)
}

#[test]
fn random_bytes_are_no_proof() {
    let mut random = SplitMix64(1);
    for _ in 0..5000 {
        let length = random.index(1500);
        let mut file = bytes(&mut random, length);
        assert!(verify(&file, &all_levels()).is_err());
        // The same behind a right beginning.
        let begin = b"BRAIDPRF\x01\0\0\0";
        let begin = &begin[..begin.len().min(length)];
        file[..begin.len()].copy_from_slice(begin);
        assert!(verify(&file, &all_levels()).is_err());
    }
}

#[test]
fn a_right_header_does_not_make_a_proof() {
    let mut random = SplitMix64(2);
    for key in keys() {
        let length = key.shape().proof_length();
        for wrong in [0, 1, length - 1, length + 1, 2 * length] {
            let file = around(key, 0, &bytes(&mut random, wrong));
            assert_eq!(verify(&file, &all_levels()), Err(VerifyError::ProofLength));
        }
        for _ in 0..20 {
            // Small numbers are canonical, so that reading goes on for as long as it can.
            let proof: Vec<u8> = (0..length).map(|i| if i % 8 < 6 { random.next() as u8 } else { 0 }).collect();
            let refused = verify(&around(key, 0, &proof), &all_levels());
            assert!(matches!(refused, Err(VerifyError::ProofShape | VerifyError::NotCanonical)), "{refused:?}");
        }
        let member = key.members().len() as u32;
        let file = around(key, member, &vec![0; length]);
        assert_eq!(verify(&file, &all_levels()), Err(VerifyError::Member { member }));
        let file = around(key, u32::MAX, &vec![0; length]);
        assert_eq!(verify(&file, &all_levels()), Err(VerifyError::Member { member: u32::MAX }));
    }
}

#[test]
fn damaged_files_are_refused() {
    let mut random = SplitMix64(3);
    for key in keys() {
        let proof = vec![0; key.shape().proof_length()];
        let (file, other) = (around(key, 0, &proof), around(key, 1, &proof));
        for case in 0..3000 {
            let (kind, bytes) = damaged(&file, &other, &mut random);
            assert!(verify(&bytes, &all_levels()).is_err(), "case {case} of kind {kind}");
        }
    }
}

#[test]
fn lengths_that_no_file_has_are_refused_before_memory_is_spent() {
    for key in keys() {
        let proof = vec![0; key.shape().proof_length()];
        let mut file = around(key, 0, &proof);
        let at = file.len() - proof.len() - 8 - b"notes".len() - 8;
        for length in [u64::MAX, u64::MAX - 7, 1 << 40, proof.len() as u64 + 14] {
            file[at..at + 8].copy_from_slice(&length.to_le_bytes());
            assert_eq!(verify(&file, &all_levels()), Err(VerifyError::Truncated));
        }
    }
}

#[test]
fn weaker_levels_are_accepted_by_name_only() {
    for key in keys() {
        let file = around(key, 0, &vec![0; key.shape().proof_length()]);
        let level = key.level();
        if level != SecurityLevel::Provable100 {
            assert_eq!(verify(&file, &Acceptable::new()), Err(VerifyError::LevelNotAccepted { level }));
        }
        let others: Vec<_> = SecurityLevel::ALL.into_iter().filter(|&other| other != level).collect();
        let acceptable = Acceptable::new().levels(&others);
        assert_eq!(verify(&file, &acceptable), Err(VerifyError::LevelNotAccepted { level }));
    }
}
