//! A batch says of each signature what a single check says.

use super::hashes::{challenges, randomizers, seed};
use super::*;
use crate::schnorr::{SecretKey, challenge, challenge_scalar, sign};
use p3_field::PrimeCharacteristicRing;
use proptest::prelude::*;
use std::sync::LazyLock;

const CHAIN: F = F::new(77);

/// Honest signatures of a few keys: many share one.
static HONEST: LazyLock<Vec<Signed>> = LazyLock::new(|| {
    let keys: Vec<SecretKey> = (0..40).map(|index| SecretKey::for_development(2, index)).collect();
    (0..GROUP as u64 + 300).map(|index| signed(&keys[(index * index % 43) as usize % 40], index)).collect()
});

fn signed(key: &SecretKey, index: u64) -> Signed {
    let digest = [index, 1, u64::MAX, 0].map(F::new);
    Signed { key: key.public_key(), digest, signature: sign(key, CHAIN, digest) }
}

fn one_by_one(signed: &[Signed]) -> Vec<Result<(), SignatureError>> {
    signed.iter().map(|signed| signed.verify(CHAIN)).collect()
}

/// What an attacker, or a bad line, does to a signature.
fn damage(batch: &mut [Signed], place: usize, kind: u8, by: u64) {
    let (at, other) = (by as usize % 5, (place + 1 + by as usize) % batch.len());
    let one = F::new(by | 1);
    let moved = batch[other];
    let signed = &mut batch[place];
    match kind {
        0 => signed.signature.w_r[at] += one,
        1 => signed.signature.s = signed.signature.s + Scalar::from(u128::from(by | 1)),
        2 => signed.signature.s = -signed.signature.s,
        3 => signed.key.0[at] += one,
        4 => signed.digest[at % 4] += one,
        5 => signed.key.0 = [F::ZERO; 5],
        6 => signed.signature.w_r = [F::ZERO; 5],
        7 => signed.signature = moved.signature,
        8 => signed.key = moved.key,
        9 => *signed = moved,
        10 => signed.signature.w_r = signed.key.0,
        11 => signed.signature.w_r = signed.signature.w_r.map(|element| -element),
        12 => signed.signature.s = Scalar::ZERO,
        // Another word for the same element: still the same signature.
        _ => signed.digest[3] = F::new(crate::MODULUS),
    }
}

#[test]
fn honest_batches_hold() {
    for count in [0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 100, 1000] {
        assert_eq!(verify_batch(CHAIN, &HONEST[..count]), vec![Ok(()); count]);
    }
    assert_eq!(verify_batch(CHAIN, &HONEST), vec![Ok(()); HONEST.len()]);
    assert_eq!(verify_batch(CHAIN, &[HONEST[0]; 50]), vec![Ok(()); 50]);
    let bad = vec![Err(SignatureError::Mismatch); 20];
    assert_eq!(verify_batch(CHAIN + F::ONE, &HONEST[..20]), bad);
}

#[test]
fn bad_signatures_of_several_groups_are_found() {
    let mut batch = HONEST.clone();
    for (number, place) in [0, 5, 2000, 2001, GROUP - 1, GROUP, GROUP + 299].into_iter().enumerate() {
        damage(&mut batch, place, number as u8, 3);
    }
    let mut expected = vec![Ok(()); batch.len()];
    for place in [0, 5, 2000, 2001, GROUP - 1, GROUP, GROUP + 299] {
        expected[place] = batch[place].verify(CHAIN);
        assert!(expected[place].is_err());
    }
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        assert_eq!(pool.install(|| verify_batch(CHAIN, &batch)), expected);
    }
}

#[test]
fn errors_that_cancel_are_found() {
    let mut batch = HONEST[..32].to_vec();
    let error = Scalar::from(123_456_789);
    batch[3].signature.s = batch[3].signature.s + error;
    batch[20].signature.s = batch[20].signature.s - error;
    let mut expected = vec![Ok(()); 32];
    expected[3] = Err(SignatureError::Mismatch);
    expected[20] = Err(SignatureError::Mismatch);
    assert_eq!(verify_batch(CHAIN, &batch), expected);
}

/// Also a response alone: were it left out, it could be chosen last, so that the sum is the neutral.
#[test]
fn everything_is_under_the_randomizers() {
    let draw = |chain, batch: &[Signed]| {
        let challenges: Vec<Digest> = challenges(chain, batch).collect();
        randomizers(chain, &seed(chain, batch, &challenges), batch.len())
    };
    let batch = &HONEST[..11];
    let drawn = draw(CHAIN, batch);
    let mut all = vec![drawn.clone(), draw(CHAIN + F::ONE, batch), draw(CHAIN, &batch[..10])];
    for kind in 0..13 {
        for place in [0, 4, 10] {
            let mut batch = batch.to_vec();
            damage(&mut batch, place, kind, 2);
            all.push(draw(CHAIN, &batch));
        }
    }
    // A word of the response that is p or more, and the same word less p.
    for words in [[0, crate::MODULUS, 0, 0, 0], [0; 5]] {
        let mut batch = batch.to_vec();
        batch[7].signature.s = Scalar::from_words(words).expect("below the order");
        all.push(draw(CHAIN, &batch));
    }
    let mut randomizers: Vec<u128> = all.concat();
    let count = randomizers.len();
    randomizers.sort_unstable();
    randomizers.dedup();
    assert_eq!(randomizers.len(), count);
}

#[test]
fn challenges_are_those_of_single_checks() {
    for (signed, elements) in HONEST[..19].iter().zip(challenges(CHAIN, &HONEST[..19])) {
        let single = challenge(CHAIN, &signed.signature.w_r, &signed.key.0, signed.digest);
        assert_eq!(elements, single);
        assert_eq!(Scalar::from(halves(&elements)), challenge_scalar(&single));
    }
}

#[test]
fn products_are_those_of_scalars() {
    for (a, b) in [(0, 5), (u128::MAX, u128::MAX), (1 << 64, u128::MAX), (u128::MAX - 7, 1 << 127)] {
        let [p, q, r, s] = product(a, b);
        assert_eq!(Scalar::from_words([p, q, r, s, 0]), Some(Scalar::from(a) * Scalar::from(b)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn damaged_batches_as_one_by_one(
        start in 0..4000usize,
        count in 1..60usize,
        damages in prop::collection::vec((any::<prop::sample::Index>(), 0..14u8, any::<u64>()), 0..12),
    ) {
        let mut batch = HONEST[start..start + count].to_vec();
        for (place, kind, by) in damages {
            damage(&mut batch, place.index(count), kind, by);
        }
        prop_assert_eq!(verify_batch(CHAIN, &batch), one_by_one(&batch));
    }

    /// An attacker's points: keys and nonces that are small multiples of each other, where chords are tangents or sums the neutral.
    #[test]
    fn related_points_as_one_by_one(factors in prop::collection::vec((-3..4i64, -3..4i64, any::<bool>()), 1..40)) {
        let key = SecretKey::for_development(2, 2);
        let scalar = |factor: i64| {
            let size = *key.scalar() * Scalar::from(u128::from(factor.unsigned_abs()));
            if factor < 0 { -size } else { size }
        };
        let batch: Vec<Signed> = factors.iter().map(|(key, nonce, valid)| {
            let w = |factor| crate::ecgfp5::Point::mul_generator(&scalar(factor)).encode().0;
            let (w_q, w_r, digest) = (w(*key), w(*nonce), [F::ONE; 4]);
            let e = challenge_scalar(&challenge(CHAIN, &w_r, &w_q, digest));
            let s = scalar(*nonce) + e * scalar(*key) + if *valid { Scalar::ZERO } else { Scalar::ONE };
            Signed { key: PublicKey(w_q), digest, signature: Signature { w_r, s } }
        }).collect();
        prop_assert_eq!(verify_batch(CHAIN, &batch), one_by_one(&batch));
    }
}
