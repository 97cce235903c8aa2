//! Signatures that hold, and all ways they must not.

use super::*;
use p3_field::Field;
use proptest::prelude::*;

const CHAIN: F = F::new(77);

fn digest(seed: u64) -> Digest {
    [seed, seed + 1, u64::MAX, 0].map(F::new)
}

fn signed(index: u64) -> (SecretKey, Digest, Signature) {
    let key = SecretKey::for_development(1, index);
    let digest = digest(index);
    let signature = sign(&key, CHAIN, digest);
    (key, digest, signature)
}

#[test]
fn honest_signatures_hold() {
    for index in 0..50 {
        let (key, digest, signature) = signed(index);
        assert_eq!(verify(&key.public_key(), CHAIN, digest, &signature), Ok(()));
        assert_eq!(sign(&key, CHAIN, digest), signature);
    }
}

#[test]
fn every_part_is_bound() {
    let (key, digest, signature) = signed(1);
    let public = key.public_key();
    let refused = |public: &PublicKey, chain, digest, signature: &Signature| {
        assert_eq!(verify(public, chain, digest, signature), Err(SignatureError::Mismatch));
    };
    refused(&public, CHAIN + F::ONE, digest, &signature);
    refused(&signed(2).0.public_key(), CHAIN, digest, &signature);
    for i in 0..4 {
        let mut other = digest;
        other[i] += F::ONE;
        refused(&public, CHAIN, other, &signature);
    }
    for i in 0..5 {
        let mut other = signature;
        other.w_r[i] += F::ONE;
        refused(&public, CHAIN, digest, &other);
    }
    refused(&public, CHAIN, digest, &Signature { s: signature.s + Scalar::ONE, ..signature });
    refused(&public, CHAIN, digest, &Signature { s: -signature.s, ..signature });
    let opposite = signature.w_r.map(|element| -element);
    refused(&public, CHAIN, digest, &Signature { w_r: opposite, ..signature });
    refused(&public, CHAIN, digest, &Signature { w_r: signed(2).2.w_r, ..signature });
}

#[test]
fn keys_that_are_no_points() {
    let (_, digest, signature) = signed(1);
    let none = PublicKey([F::ZERO; 5]);
    assert_eq!(verify(&none, CHAIN, digest, &signature), Err(SignatureError::Key));
    let mut refused = 0;
    for i in 1..40 {
        let key = PublicKey([F::new(i), F::ONE, F::ZERO, F::ZERO, F::ZERO]);
        refused += u32::from(verify(&key, CHAIN, digest, &signature) == Err(SignatureError::Key));
    }
    assert!((5..35).contains(&refused));
}

#[test]
fn neutral_nonce_is_refused() {
    // With R neutral, s = e·x passes the equation; the check must still refuse it.
    let (key, digest, _) = signed(3);
    let w_r = [F::ZERO; 5];
    let e = challenge_scalar(&challenge(CHAIN, &w_r, &key.public_key().0, digest));
    let forged = Signature { w_r, s: e * *key.scalar() };
    assert_eq!(verify(&key.public_key(), CHAIN, digest, &forged), Err(SignatureError::Mismatch));
}

#[test]
fn nonces_differ() {
    let key = SecretKey::for_development(1, 1);
    let base = nonce(&key, CHAIN, digest(1));
    assert_ne!(base, nonce(&key, CHAIN + F::ONE, digest(1)));
    assert_ne!(base, nonce(&key, CHAIN, digest(2)));
    assert_ne!(base, nonce(&SecretKey::for_development(1, 2), CHAIN, digest(1)));
}

#[test]
fn challenge_is_the_sponge_of_its_parts() {
    let w_r = [1, 2, 3, 4, 5].map(F::new);
    let w_q = [6, 7, 8, 9, 10].map(F::new);
    let digest = [11, 12, 13, 14].map(F::new);
    let input: Vec<F> = (1..15).map(F::new).collect();
    let state = sponge([F::new(4 + (14 << 16)), CHAIN, F::ZERO, F::ZERO], &input);
    let elements = challenge(CHAIN, &w_r, &w_q, digest);
    assert_eq!(elements[..], state[..4]);
    let words = challenge_scalar(&elements).words();
    assert_eq!(words, [state[0].as_canonical_u64(), state[1].as_canonical_u64(), 0, 0, 0]);
}

#[test]
fn secret_keys_in_hex() {
    let key = SecretKey::for_development(5, 6);
    let again = SecretKey::from_hex(&key.to_hex()).expect("just written");
    assert_eq!(again.public_key(), key.public_key());
    assert_eq!(again.scalar(), key.scalar());
    let refused = |text: &str, why| assert_eq!(SecretKey::from_hex(text).err(), Some(why));
    refused("", KeyError::Hex);
    refused(&"0".repeat(78), KeyError::Hex);
    refused(&"0".repeat(82), KeyError::Hex);
    refused(&"g".repeat(80), KeyError::Hex);
    refused(&"0".repeat(80), KeyError::Range);
    refused(&"f".repeat(80), KeyError::Range);
    let order: Vec<u8> = Scalar::ORDER.iter().flat_map(|word| word.to_le_bytes()).collect();
    refused(&hex::encode(order), KeyError::Range);
}

#[test]
fn secrets_are_not_printed() {
    let key = SecretKey::for_development(5, 6);
    let printed = format!("{key:?}");
    for word in key.scalar().words() {
        assert!(!printed.contains(&word.to_string()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_digest(words in any::<[u64; 4]>(), chain in any::<u64>(), entropy in prop::collection::vec(any::<u8>(), 64)) {
        let key = SecretKey::from_entropy(&entropy.try_into().expect("64 bytes")).expect("not 0");
        let (chain, digest) = (F::new(chain), words.map(F::new));
        let signature = sign(&key, chain, digest);
        prop_assert_eq!(verify(&key.public_key(), chain, digest, &signature), Ok(()));
        prop_assert!(Scalar::from_words(signature.s.words()).is_some());
        prop_assert!(signature.w_r.iter().any(|element| !element.is_zero()));
    }
}
