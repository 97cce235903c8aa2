//! Honest and hostile signatures; [`lines`] is about the rows of a signature and what they share, [`groups`] about digits, carries
//! and sums. Constraints of this chip by number: 0 to 5 what a row is, 6 and 7 the first row, 8 to 15 what follows what, 16 and 17
//! how the table ends; 18 and 19 message, 20 to 29 key, and 30 carry within a signature; 31 to 45, 5 each: inverse of the
//! encoding, equation of the abscissa, coset; 46 to 50 -G where a group is; 51 and 52 canonical halves of the challenge, 53 and 54
//! of the randomizer; 55 to 58 the lower half of the product, 59 to 62 the upper; 63 to 80 sums at first, 81 to 98 sums, 99 and
//! 100 bytes of a group.

mod groups;
mod lines;

use core::ops::Range;

use braid_primitives::ecgfp5::Scalar;
use braid_primitives::schnorr::PublicKey;
use braid_primitives::{F, MODULUS};
use p3_air::Air;
use p3_air::symbolic::AirLayout;
use p3_batch_stark::symbolic::get_max_constraint_degree;
use p3_field::PrimeCharacteristicRing;
use p3_field::extension::BinomialExtensionField;
use p3_lookup::{InteractionSymbolicBuilder, LogUpGadget, Lookups};
use proptest::prelude::*;

use super::seed::{Scalars, draw, randomizer, seed};
use super::stage::{CHAIN, Findings, HEIGHT, Stage, buses, chosen, honest, unread};
use super::{Columns, GROUPS, LINES, Signature, Signing, rows};
use crate::leaf::bucket::Bucket;
use crate::leaf::bus::Tag;
use crate::leaf::combine::Combine;
use crate::leaf::curve::Quintic;
use crate::leaf::tally::Tally;

const WIDTH: usize = Columns::<F>::WIDTH;
/// Constraints that hold the encoding of a point.
const INVERSE: Range<usize> = 31..36;
/// Constraints of its abscissa.
const EQUATION: Range<usize> = 36..41;
/// Constraints of its coset.
const COSET: Range<usize> = 41..46;
/// Constraints of the combine chip on its last accumulator.
const NEUTRAL: Range<usize> = 10..20;

fn alter(stage: &mut Stage, row: usize, change: impl FnOnce(&mut Columns<F>)) {
    let mut columns = Columns::read(&stage.signature.values[row * WIDTH..]);
    change(&mut columns);
    columns.write(&mut stage.signature.values[row * WIDTH..]);
}

/// Nothing but the sum of all signatures is wrong.
#[track_caller]
fn only_the_sum(found: &Findings) {
    assert!(!found.combine.is_empty() && found.combine.iter().all(|at| NEUTRAL.contains(at)), "{found:?}");
    assert_eq!((&found.signature, &found.bucket, &found.buses), (&vec![], &vec![], &vec![]), "{found:?}");
}

/// Columns, degree of the constraints with lookups, and lookup columns beside the accumulator.
fn cost<A: Air<InteractionSymbolicBuilder<F, BinomialExtensionField<F, 2>>>>(air: &A) -> [usize; 3] {
    let layout = AirLayout::from_air(air);
    let lookups = Lookups::from_air::<BinomialExtensionField<F, 2>, A>(air).pack_same_bus(&LogUpGadget, 3);
    let degree =
        get_max_constraint_degree::<F, BinomialExtensionField<F, 2>, A, _>(air, layout, 256, &lookups, &LogUpGadget);
    [air.width(), degree, lookups.len()]
}

#[test]
fn tables_cost_what_was_planned() {
    assert_eq!(cost(&Signature), [81, 3, 23]);
    assert_eq!(cost(&Bucket), [35, 3, 1]);
    assert_eq!(cost(&Combine), [30, 3, 1]);
}

#[test]
fn honest_signatures_hold() {
    let signings: Vec<Signing> = (0..3).map(honest).collect();
    assert_eq!(Stage::of(&signings).examine(), Findings::default());
    assert_eq!(Stage::of(&[]).examine(), Findings::default());
}

#[test]
fn more_signatures_than_rows_are_refused() {
    let signings: Vec<Signing> = (0..3).map(honest).collect();
    let scalars = draw(&signings, CHAIN).scalars;
    let too_tall = rows(&signings, &scalars, 26, &Tally::new(0, 0, 0)).err().map(|error| (error.chip, error.rows));
    assert_eq!(too_tall, Some(("signature", 3 * LINES + GROUPS)));
    assert!(rows(&signings, &scalars, 27, &Tally::new(0, 0, 0)).is_ok());
}

#[test]
fn randomizers_differ_by_place_and_by_anything_in_the_seed() {
    let signings: Vec<Signing> = (0..3).map(honest).collect();
    let honest = draw(&signings, CHAIN);
    let all: std::collections::HashSet<u128> = honest.scalars.iter().map(|scalars| scalars.randomizer).collect();
    assert_eq!(all.len(), 3);
    // Attack 37: a response that the seed does not bind could be chosen last.
    let changes: [fn(&mut Vec<Signing>); 6] = [
        |signings| signings[1].signature.s = signings[1].signature.s + Scalar::from(1),
        |signings| signings[2].signature.w_r[0] += F::ONE,
        |signings| signings[0].key[4] += F::ONE,
        |signings| signings[2].digest[1] += F::ONE,
        |signings| signings.swap(0, 2),
        |signings| _ = signings.pop(),
    ];
    for change in changes {
        let mut signings = signings.clone();
        change(&mut signings);
        let other = draw(&signings, CHAIN);
        assert_eq!(other.seed, seed(&signings, CHAIN));
        assert_ne!(other.seed, honest.seed);
        assert!(other.scalars.iter().all(|scalars| !all.contains(&scalars.randomizer)));
    }
    assert_ne!(randomizer(&honest.seed, CHAIN + F::ONE, F::ZERO), honest.scalars[0].randomizer);
}

#[test]
fn the_empty_key_verifies_nothing() {
    // With Q neutral, R = s·G holds for whoever chooses s.
    let signing = chosen(0, [0, 23], 0xfedc_ba98_7654_3210);
    assert_eq!(signing.key, [F::ZERO; 5]);
    let found = Stage::with(&[signing], &[Scalars { challenge: 0xfedc_ba98_7654_3210, randomizer: 99 }]).examine();
    assert_eq!(found, Findings { signature: vec![INVERSE.start, EQUATION.start + 1], ..Findings::default() });
}

#[test]
fn the_other_abscissa_of_an_encoding_is_refused() {
    for row in 0..LINES {
        let mut stage = Stage::of(&[honest(0)]);
        alter(&mut stage, row, |row| row.x = Quintic::curve(&F::ONE).mul(&Quintic(row.x).invert()).0);
        let found = stage.examine();
        assert!(!found.signature.is_empty());
        assert!(found.signature.iter().all(|constraint| COSET.contains(constraint)), "{found:?}");
    }
}

#[test]
fn an_encoding_that_is_no_point_fails_without_a_panic() {
    let mut signing = honest(0);
    // Half of all elements encode no point.
    signing.key = (1..)
        .map(|i| core::array::from_fn(|j| F::from_usize(i + j)))
        .find(|key| PublicKey(*key).point().is_none())
        .expect("there is one among the first few");
    let found = Stage::of(&[signing]).examine();
    assert_eq!(found.signature, [INVERSE.start, EQUATION.start + 1]);
}

#[test]
fn a_forged_signature_among_others_spoils_the_sum() {
    let mut signings: Vec<Signing> = (0..5).map(honest).collect();
    signings[2].signature.s = honest(7).signature.s;
    only_the_sum(&Stage::of(&signings).examine());
    // Two errors that cancel without randomizers do not with them.
    let mut signings: Vec<Signing> = (0..5).map(honest).collect();
    let delta = Scalar::from(12345);
    signings[1].signature.s = signings[1].signature.s + delta;
    signings[3].signature.s = signings[3].signature.s - delta;
    only_the_sum(&Stage::of(&signings).examine());
    // The digest of another message.
    let mut signings: Vec<Signing> = (0..5).map(honest).collect();
    signings[4].digest[3] += F::ONE;
    only_the_sum(&Stage::of(&signings).examine());
}

#[test]
fn attack_37_a_response_outside_the_seed() {
    // Whoever knows the randomizers can make one response correct the error of another.
    let scalars = [3, 5].map(|e| Scalars { challenge: e, randomizer: 1_000_003 * e });
    let [first, second] = [chosen(0, [11, 13], 3), chosen(1, [17, 19], 5)];
    let [r1, r2] = scalars.map(|scalars| Scalar::from(scalars.randomizer));
    let (mut repaired, mut forged) = (first, second);
    forged.signature.s = second.signature.s + r1;
    repaired.signature.s = first.signature.s - r2;
    let mut stage = Stage::alone(&[repaired, forged], &scalars);
    // The sponge chip absorbed the response that was there when the randomizers were drawn.
    stage.post(&first, &scalars[0]);
    stage.post(&forged, &scalars[1]);
    assert_eq!(stage.examine(), Findings { buses: buses(&[("local", 0)]), ..Findings::default() });
}

#[test]
fn challenge_and_randomizer_are_those_of_the_sponge() {
    // Everything holds for another challenge, which the key's owner could have used, or for another randomizer.
    for bit in [0, 33, 64, 127] {
        let scalars = Scalars { challenge: 0x0123_4567_89ab_cdef_0011_2233_4455_6677, randomizer: 77 << 60 };
        let other = Scalars { challenge: scalars.challenge ^ 1 << bit, ..scalars };
        let signing = chosen(1, [11, 13], other.challenge);
        let mut stage = Stage::alone(&[signing], &[other]);
        stage.post(&signing, &scalars);
        assert_eq!(
            stage.examine(),
            Findings { buses: buses(&[("link", Tag::Challenge as u64)]), ..Findings::default() }
        );

        let other = Scalars { randomizer: scalars.randomizer ^ 1 << bit, ..scalars };
        let signing = chosen(1, [11, 13], scalars.challenge);
        let mut stage = Stage::alone(&[signing], &[other]);
        stage.post(&signing, &scalars);
        let found = stage.examine();
        assert_eq!(found, Findings { buses: buses(&[("link", Tag::Randomizer as u64)]), ..Findings::default() });
    }
}

#[test]
fn the_randomizer_of_another_signature_is_refused() {
    let signings = [honest(0), honest(1)];
    let honest = draw(&signings, CHAIN).scalars;
    let mut swapped = honest.clone();
    (swapped[0].randomizer, swapped[1].randomizer) = (honest[1].randomizer, honest[0].randomizer);
    let mut stage = Stage::alone(&signings, &swapped);
    signings.iter().zip(&honest).for_each(|(signing, scalars)| stage.post(signing, scalars));
    let found = stage.examine();
    assert_eq!(found, Findings { buses: buses(&[("link", Tag::Randomizer as u64)]), ..Findings::default() });
}

#[test]
fn halves_of_challenge_and_randomizer_are_canonical() {
    let modulus = u128::from(MODULUS);
    for (half, shift) in [(0, 0), (1, 64)] {
        let (value, shifted, largest) = (5 << shift, (5 + modulus) << shift, (modulus - 1) << shift);
        let found = |challenge: u128, randomizer: u128| {
            let signing = chosen(1, [17, 19], challenge);
            Stage::with(&[signing], &[Scalars { challenge, randomizer }]).examine()
        };
        assert_eq!(found(shifted, value), Findings { signature: vec![51 + half], ..Findings::default() });
        assert_eq!(found(value, shifted), Findings { signature: vec![53 + half], ..Findings::default() });
        // The largest element of the field has a high word of ones, and is canonical.
        assert_eq!(found(largest, largest), Findings::default());
    }
}

#[test]
fn keys_of_two_signers_cannot_be_swapped() {
    let [first, second] = [honest(0), honest(1)];
    assert_eq!(first.tx, second.tx);
    let mut stage = Stage::of(&[first, second]);
    // The page chip names the signers the other way round; the hashes still are of the keys that signed.
    for (sign, swapped) in [(first, second), (second, first)] {
        for (key, count) in [(swapped.key, F::ONE), (sign.key, -F::ONE)] {
            let mut tuple = vec![Tag::Key as u64, u64::from(sign.tx), u64::from(sign.message)];
            tuple.extend(key.iter().map(p3_field::PrimeField64::as_canonical_u64));
            tuple.resize(12, 0);
            stage.outside.post("link", &tuple, count);
        }
    }
    assert_eq!(stage.examine(), Findings { buses: buses(&[("link", Tag::Key as u64)]), ..Findings::default() });
}

#[test]
fn a_message_is_signed_once() {
    let signing = honest(0);
    let scalars = draw(&[signing], CHAIN).scalars[0];
    // The page and sponge chips ask for a signature that nobody proves.
    let mut missing = Stage::of(&[]);
    missing.post(&signing, &scalars);
    let tags = [Tag::Digest, Tag::Challenge, Tag::Key, Tag::Randomizer].map(|tag| ("link", tag as u64));
    let expected = [buses(&tags), buses(&[("local", 0)])].concat();
    assert_eq!(missing.examine(), Findings { buses: expected.clone(), ..Findings::default() });
    // Two rows for one message.
    let mut twice = Stage::alone(&[signing; 2], &[scalars; 2]);
    twice.post(&signing, &scalars);
    assert_eq!(twice.examine(), Findings { buses: expected, ..Findings::default() });
}

#[test]
fn every_column_of_every_kind_of_row_matters() {
    let stage = Stage::of(&[honest(0), honest(1)]);
    let columns = Columns::read(&core::array::from_fn::<usize, WIDTH, _>(|column| column));
    for row in 0..2 * LINES {
        // The third row has no digest and no key to carry.
        let none = if row % LINES == 2 { &columns.extra[..4] } else { &[] };
        assert_eq!(unread(&Signature, &stage.signature, row), none, "row {row}");
    }
    // A group has no message, no extra cells, and half as many digits.
    let kinds = [columns.low, columns.nonce, columns.high, columns.flush];
    let point = [columns.w, columns.u, columns.x, columns.root].concat();
    let own = [&kinds[..], &[columns.group, columns.checked[0]], &point, &columns.digits[..8], &columns.sums].concat();
    for row in [0, 1, GROUPS - 1].map(|group| 2 * LINES + group) {
        let unread = unread(&Signature, &stage.signature, row);
        assert!(own.iter().all(|column| !unread.contains(column)), "row {row}: {unread:?}");
    }
    for row in [2 * LINES + GROUPS, HEIGHT - 1] {
        let unread = unread(&Signature, &stage.signature, row);
        assert!(kinds.iter().all(|column| !unread.contains(column)), "row {row}: {unread:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn any_scalars_and_keys(x in 1_u64.., k in 1_u64.., e in any::<[u32; 4]>(), r in any::<[u32; 4]>()) {
        // Both halves canonical.
        let half = |low: u32, high: u32| u128::from((u64::from(high) << 32 | u64::from(low)) % MODULUS);
        let number = |words: [u32; 4]| half(words[0], words[1]) | half(words[2], words[3]) << 64;
        let scalars = Scalars { challenge: number(e), randomizer: number(r) };
        let signing = chosen(1, [x, k], scalars.challenge);
        let found = Stage::with(&[signing], &[scalars]).examine();
        prop_assert_eq!(found, Findings::default());
    }
}
