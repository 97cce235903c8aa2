//! Honest and hostile signatures. Constraints of this chip by number: 0 real; for Q then R, 5 each: inverse of the
//! encoding, equation of the abscissa, coset; 31 and 32 canonical halves of the challenge.

use braid_primitives::F;
use braid_primitives::schnorr::PublicKey;
use p3_air::Air;
use p3_air::symbolic::AirLayout;
use p3_batch_stark::symbolic::get_max_constraint_degree;
use p3_field::PrimeCharacteristicRing;
use p3_field::extension::BinomialExtensionField;
use p3_lookup::{InteractionSymbolicBuilder, LogUpGadget, Lookups};
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;
use proptest::prelude::*;

use super::rows::row;
use super::stage::{CHAIN, Findings, Stage, chosen, honest, tally};
use super::{Columns, Signature, Signing, challenge, rows};
use crate::leaf::bus::{LadderTag, Tag};
use crate::leaf::curve::{Point, Quintic};
use crate::leaf::fixed_base::FixedBase;
use crate::leaf::ladder::{self, Ladder, LadderRom, Task};

/// Constraints that hold the encodings of Q and of R.
const INVERSE: [core::ops::Range<usize>; 2] = [1..6, 16..21];
/// Constraints of their abscissas.
const EQUATION: [core::ops::Range<usize>; 2] = [6..11, 21..26];
/// Constraints of their cosets.
const COSET: [core::ops::Range<usize>; 2] = [11..16, 26..31];

/// A stage whose signature rows and ladders are made by hand.
fn stage(signings: &[Signing], rows: &[(Columns<F>, Task)], hash: impl Fn(usize) -> u128) -> Stage {
    let tally = tally();
    let tasks: Vec<Task> = rows.iter().map(|(_, task)| *task).collect();
    let mut values = F::zero_vec(4 * Columns::<F>::WIDTH);
    for ((columns, _), cells) in rows.iter().zip(values.chunks_exact_mut(Columns::<F>::WIDTH)) {
        columns.write(cells);
    }
    let height = (tasks.len() * ladder::schedule::ROWS + 1).next_power_of_two();
    let mut stage = Stage {
        signature: RowMajorMatrix::new(values, Columns::<F>::WIDTH),
        ladder: ladder::rows(&tasks, height, &tally).expect("the tables fit"),
        outside: Default::default(),
    };
    stage.fixed(&tally);
    signings.iter().enumerate().for_each(|(at, signing)| stage.post(signing, hash(at)));
    stage
}

fn buses(found: &[(&str, u64)]) -> Vec<(String, u64)> {
    found.iter().map(|(bus, tag)| ((*bus).to_owned(), *tag)).collect()
}

fn ladder_buses(tags: &[LadderTag]) -> Vec<(String, u64)> {
    tags.iter().map(|tag| ("ladder".to_owned(), *tag as u64)).collect()
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
    assert_eq!(cost(&Signature), [53, 3, 12]);
    assert_eq!(cost(&Ladder), [43, 3, 2]);
    assert_eq!(cost(&LadderRom), [1, 2, 1]);
    assert_eq!(cost(&FixedBase), [1, 2, 1]);
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
    let too_tall = |heights| rows(&signings, CHAIN, heights, &tally()).err().map(|error| (error.chip, error.rows));
    assert_eq!(too_tall([2, 1024]), Some(("signature", 3)));
    assert_eq!(too_tall([4, 512]), Some(("ladder", 3 * ladder::schedule::ROWS)));
}

#[test]
fn the_empty_key_verifies_nothing() {
    // With Q neutral, R = s·G holds for whoever chooses s.
    let e = 0xfedc_ba98_7654_3210_u128;
    let signing = chosen(0, [0, 23], e);
    assert_eq!(signing.key, [F::ZERO; 5]);
    let found = stage(&[signing], &[row(&signing, e)], |_| e).examine();
    assert!(found.buses.is_empty() && found.ladder.is_empty(), "everything else holds: {found:?}");
    assert_eq!(found.signature, [INVERSE[0].start, EQUATION[0].start + 1]);
}

#[test]
fn the_other_abscissa_of_an_encoding_is_refused() {
    for (which, coset) in COSET.iter().enumerate() {
        let signing = honest(0);
        let e = challenge(&signing, CHAIN);
        let (mut columns, mut task) = row(&signing, e);
        let x = if which == 0 { &mut columns.x_q } else { &mut columns.x_r };
        *x = Quintic::curve(&F::ONE).mul(&Quintic(*x).invert()).0;
        if which == 0 {
            task.point = Point { x: Quintic(columns.x_q), u: Quintic(columns.u_q).negate() };
        }
        let found = stage(&[signing], &[(columns, task)], |_| e).examine();
        assert!(!found.signature.is_empty());
        assert!(found.signature.iter().all(|constraint| coset.contains(constraint)), "{found:?}");
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
    assert_eq!(found.signature, [INVERSE[0].start, EQUATION[0].start + 1]);
}

#[test]
fn a_forged_response_misses_r() {
    let mut signing = honest(0);
    signing.signature.s = honest(1).signature.s;
    let found = Stage::of(&[signing]).examine();
    assert_eq!(found, Findings { buses: ladder_buses(&[LadderTag::End]), ..Findings::default() });
}

#[test]
fn a_signature_of_another_digest_does_not_hold() {
    let mut signing = honest(0);
    signing.digest[3] += F::ONE;
    let found = Stage::of(&[signing]).examine();
    assert_eq!(found, Findings { buses: ladder_buses(&[LadderTag::End]), ..Findings::default() });
}

#[test]
fn the_ladder_multiplies_by_the_challenge() {
    // s = k + e'·x for another e': R is right and all points are, but a word is not the one of the hash.
    for bit in [0, 33, 64, 127] {
        let e = 0x0123_4567_89ab_cdef_0011_2233_4455_6677_u128;
        let (signing, other) = (chosen(1, [11, 13], e), chosen(1, [11, 13], e ^ 1 << bit));
        let (columns, task) = (row(&signing, e).0, row(&other, e ^ 1 << bit).1);
        let found = stage(&[signing], &[(columns, task)], |_| e).examine();
        assert_eq!(found, Findings { buses: ladder_buses(&[LadderTag::Word]), ..Findings::default() });
    }
    // A row that admits the ladder's words has another hash.
    let e = 5 << 64;
    let signing = chosen(1, [11, 13], e);
    let found = stage(&[signing], &[row(&signing, e)], |_| e + 1).examine();
    assert_eq!(found, Findings { buses: buses(&[("link", Tag::Challenge as u64)]), ..Findings::default() });
}

#[test]
fn both_halves_of_the_challenge_are_canonical() {
    let modulus = u128::from(braid_primitives::MODULUS);
    for (shift, constraint) in [(0, 31), (64, 32)] {
        let (e, shifted) = (5 << shift, (5 + modulus) << shift);
        let signing = chosen(1, [17, 19], shifted);
        let found = stage(&[signing], &[row(&signing, shifted)], |_| e).examine();
        assert_eq!(found, Findings { signature: vec![constraint], ..Findings::default() });
        // The largest element of the field has a high word of ones, and is canonical.
        let e = (modulus - 1) << shift;
        let signing = chosen(1, [17, 19], e);
        let found = stage(&[signing], &[row(&signing, e)], |_| e).examine();
        assert_eq!(found, Findings::default());
    }
}

#[test]
fn keys_of_two_signers_cannot_be_swapped() {
    let [first, second] = [honest(0), honest(1)];
    assert_eq!(first.tx, second.tx);
    let mut stage = Stage::of(&[first, second]);
    let mut swapped = [first, second];
    swapped[0].key = second.key;
    swapped[1].key = first.key;
    // The page chip names the signers the other way round; the hashes still are of the keys that signed.
    for (signing, sign) in swapped.iter().zip([first, second]) {
        for (key, count) in [(signing.key, F::ONE), (sign.key, -F::ONE)] {
            let mut tuple = vec![Tag::Key as u64, u64::from(sign.tx), u64::from(sign.message)];
            tuple.extend(key.iter().map(p3_field::PrimeField64::as_canonical_u64));
            tuple.resize(12, 0);
            stage.outside.post("link", &tuple, count);
        }
    }
    let found = stage.examine();
    assert_eq!(found, Findings { buses: buses(&[("link", Tag::Key as u64)]), ..Findings::default() });
}

#[test]
fn a_message_is_signed_once_and_by_a_row() {
    let signing = honest(0);
    // The page and sponge chips ask for a signature that nobody proves.
    let mut missing = Stage::of(&[]);
    missing.post(&signing, challenge(&signing, CHAIN));
    let tags = [Tag::Digest, Tag::Challenge, Tag::Key].map(|tag| ("link", tag as u64));
    let found = missing.examine();
    assert_eq!(found.buses[..3], buses(&tags));
    assert!(found.buses[3..].iter().all(|(bus, _)| bus == "local"));
    // Two rows for one message.
    let e = challenge(&signing, CHAIN);
    let twice = stage(&[signing], &[row(&signing, e), row(&signing, e)], |_| e).examine();
    assert_eq!(twice.buses[..3], buses(&tags));
}

#[test]
fn padding_says_nothing() {
    let stage = Stage::of(&[honest(0)]);
    // A padding row that claims to be real needs points.
    let mut hostile = stage.signature.clone();
    hostile.values[Columns::<F>::WIDTH] = F::ONE;
    let found = Stage { signature: hostile, ..stage }.examine();
    assert_eq!(found.signature, [INVERSE[0].start, EQUATION[0].start + 1, INVERSE[1].start, EQUATION[1].start + 1]);
}

#[test]
fn every_column_of_a_real_row_matters() {
    let signings = [honest(0), honest(1)];
    let mut stage = Stage::of(&signings);
    for column in 0..stage.signature.width() {
        let cell = Columns::<F>::WIDTH + column;
        let kept = stage.signature.values[cell];
        stage.signature.values[cell] += F::ONE;
        let found = stage.examine();
        assert!(found != Findings::default(), "column {column}");
        assert!(found.ladder.is_empty());
        stage.signature.values[cell] = kept;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn any_challenge_and_keys(x in 1_u64.., k in 1_u64.., e in any::<[u32; 4]>()) {
        // Both halves canonical.
        let half = |low: u32, high: u32| u128::from((u64::from(high) << 32 | u64::from(low)) % braid_primitives::MODULUS);
        let e = half(e[0], e[1]) | half(e[2], e[3]) << 64;
        let signing = chosen(1, [x, k], e);
        let found = stage(&[signing], &[row(&signing, e)], |_| e).examine();
        prop_assert_eq!(found, Findings::default());
    }
}
