//! A proof that plonky2 made, of a circuit with every gate that this crate knows, and its damage.
//!
//! `data/` is written by the test of `braid-circuits` that compares this crate with plonky2, when `BRAID_PIN` is set.

use braid_verifier::{Acceptable, CircuitSetKey, ProofFile, SecurityLevel, VerifyError, verify_with};

const PROOF: &[u8] = include_bytes!("data/every-gate.proof");
const KEY: &[u8] = include_bytes!("data/every-gate.key");

fn key() -> CircuitSetKey {
    CircuitSetKey::from_bytes(KEY).expect("a whole key")
}

fn insecure() -> Acceptable {
    Acceptable::new().levels(&[SecurityLevel::Insecure])
}

#[test]
fn the_proof_holds() {
    let claimed = ProofFile::from_bytes(PROOF).expect("whole").statement;
    assert_eq!(verify_with(PROOF, &key(), &insecure()), Ok(claimed));
}

#[test]
fn no_byte_of_it_can_be_changed() {
    let key = key();
    let mut file = PROOF.to_vec();
    for byte in (0..file.len()).step_by(5) {
        file[byte] ^= 1 << (byte % 8);
        assert!(verify_with(&file, &key, &insecure()).is_err(), "byte {byte}");
        file[byte] ^= 1 << (byte % 8);
    }
}

#[test]
fn it_is_no_proof_under_any_other_key() {
    let original = key();
    let proof = ProofFile::from_bytes(PROOF).expect("whole");
    let members = |change: fn(&mut braid_verifier::key::MemberKey)| {
        let mut members = original.members().to_vec();
        change(&mut members[0]);
        let shape = original.shape().clone();
        CircuitSetKey::new(original.level(), shape, members, original.programs_root()).expect("consistent")
    };
    for other in [members(|member| member.digest[0] ^= 1), members(|member| member.cap[3][1] ^= 1)] {
        let found = proof.set_root;
        let refused = verify_with(PROOF, &other, &insecure());
        assert_eq!(refused, Err(VerifyError::CircuitSet { found, expected: other.set_root() }));
        // A header that claims the other set does not help: the proven statement names the first one.
        let forged = ProofFile { set_root: other.set_root(), ..proof.clone() }.to_bytes();
        assert_eq!(verify_with(&forged, &other, &insecure()), Err(VerifyError::HeaderMismatch));
    }
}
