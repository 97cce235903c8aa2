//! Keys survive a round trip; damaged ones are refused.

use super::*;

/// A small but complete shape.
pub(crate) fn shape() -> Shape {
    Shape {
        degree_bits: 5,
        rate_bits: 3,
        cap_height: 1,
        grinding_bits: 0,
        queries: 2,
        folding_strategy: vec![1, 3, 5],
        folds: vec![3],
        challenges: 1,
        wires: 135,
        routed_wires: 80,
        constants: 4,
        quotient_pieces: 8,
        gates: vec![Gate::Noop, Gate::PublicInput, Gate::Arithmetic { operations: 20 }, Gate::Poseidon],
        groups: vec![3, 1],
    }
}

fn key() -> CircuitSetKey {
    let member = |seed| MemberKey { digest: [seed; 4], cap: vec![[seed + 1; 4], [seed + 2; 4]] };
    CircuitSetKey::new(SecurityLevel::Insecure, shape(), vec![member(1), member(10)], [9; 4]).expect("consistent")
}

#[test]
fn a_key_reads_back() {
    let key = key();
    assert_eq!(CircuitSetKey::from_bytes(&key.to_bytes()), Ok(key));
}

#[test]
fn keys_built_in_are_whole_or_absent() {
    let files: [(&[u8], _); 3] = [
        (include_bytes!("../../keys/insecure.key"), SecurityLevel::Insecure),
        (include_bytes!("../../keys/conjectured-100.key"), SecurityLevel::Conjectured100),
        (include_bytes!("../../keys/provable-100.key"), SecurityLevel::Provable100),
    ];
    for (bytes, level) in files {
        match CircuitSetKey::built_in(level) {
            Some(key) => assert_eq!(key.to_bytes(), bytes),
            None => assert!(bytes.is_empty(), "the key of {level} is damaged"),
        }
    }
}

#[test]
fn the_root_depends_on_digest_cap_and_order() {
    let key = key();
    let rebuilt = |members| CircuitSetKey::new(key.level, key.shape.clone(), members, [9; 4]).map(|key| key.set_root);
    let [first, second] = [key.members[0].clone(), key.members[1].clone()];
    assert_eq!(rebuilt(vec![first.clone(), second.clone(), second.clone()]), Ok(key.set_root));
    assert_ne!(rebuilt(vec![second.clone(), first.clone()]), Ok(key.set_root));
    let mixed = MemberKey { digest: first.digest, cap: second.cap.clone() };
    assert_ne!(rebuilt(vec![mixed, second]), Ok(key.set_root));
}

#[test]
fn damaged_keys_are_refused_or_differ() {
    let key = key();
    let bytes = key.to_bytes();
    for length in 0..bytes.len() {
        assert!(CircuitSetKey::from_bytes(&bytes[..length]).is_err());
    }
    assert_eq!(CircuitSetKey::from_bytes(&[&bytes[..], &[0]].concat()), Err(KeyError::Format));
    for bit in 0..8 * bytes.len() {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(CircuitSetKey::from_bytes(&bytes).as_ref(), Ok(&key));
    }
}

#[test]
fn shapes_that_would_lead_out_of_bounds_are_refused() {
    let refused = |change: fn(&mut Shape)| {
        let mut shape = shape();
        change(&mut shape);
        assert!(!shape.is_consistent(), "{shape:?}");
    };
    assert!(shape().is_consistent());
    refused(|s| s.degree_bits = 64);
    refused(|s| s.folds = vec![3, 3]);
    refused(|s| s.folds = vec![0]);
    refused(|s| s.cap_height = 6);
    refused(|s| s.groups = vec![4, 1]);
    refused(|s| s.groups = vec![usize::MAX, 5]);
    refused(|s| s.constants = 1);
    refused(|s| s.routed_wires = 136);
    refused(|s| s.routed_wires = 0);
    refused(|s| s.wires = 100);
    refused(|s| s.quotient_pieces = 0);
    refused(|s| s.queries = usize::MAX);
    refused(|s| s.challenges = 0);
}
