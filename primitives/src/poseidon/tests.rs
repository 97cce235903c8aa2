//! Against known answers, plonky2's own crate, and the definition without shortcuts.

use super::*;
use crate::vectors;
use p3_field::{Field, PackedValue, PrimeField64};
use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::field::types::{Field as _, PrimeField64 as _};
use plonky2::hash::poseidon::Poseidon;
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// Words where carries and reductions change.
const EDGES: [u64; 12] = [
    0,
    1,
    0xffff_ffff,
    1 << 32,
    1 << 52,
    (1 << 52) - 1,
    1 << 63,
    crate::MODULUS - 1,
    crate::MODULUS,
    crate::MODULUS + 1,
    u64::MAX - 1,
    u64::MAX,
];

/// Any word, often one of [`EDGES`].
fn word(rng: &mut StdRng) -> u64 {
    if rng.random_bool(0.3) { EDGES[rng.random_range(0..EDGES.len())] } else { rng.random() }
}

fn theirs(state: [u64; WIDTH]) -> [u64; WIDTH] {
    GoldilocksField::poseidon(state.map(GoldilocksField::from_noncanonical_u64)).map(|x| x.to_canonical_u64())
}

#[test]
fn known_answers() {
    let file = vectors::load("poseidon_goldilocks_w12.json");
    for case in file.list("permutation") {
        let mut state = case.elements("input");
        permute(&mut state);
        assert_eq!(state, case.elements::<12>("output"));
    }
    for case in file.list("hash_no_pad") {
        assert_eq!(hash_no_pad(&case.vector("input")), case.elements::<4>("output"));
    }
    for case in file.list("two_to_one") {
        assert_eq!(two_to_one(case.elements("left"), case.elements("right")), case.elements::<4>("output"));
    }
}

#[test]
fn equals_plonky2_on_any_words() {
    let mut rng = StdRng::seed_from_u64(10);
    for _ in 0..20_000 {
        let words: [u64; WIDTH] = std::array::from_fn(|_| word(&mut rng));
        let mut state = words.map(F::new);
        permute(&mut state);
        assert_eq!(state.map(|x| x.as_canonical_u64()), theirs(words));
    }
}

#[test]
fn plonky3_packing_equals_scalar() {
    type Packing = <F as Field>::Packing;
    let mut rng = StdRng::seed_from_u64(11);
    for _ in 0..2_000 {
        let before: [Packing; WIDTH] = std::array::from_fn(|_| Packing::from_fn(|_| F::new(word(&mut rng))));
        let after = Poseidon12.permute(before);
        for lane in 0..Packing::WIDTH {
            let mut state = before.map(|packed| packed.as_slice()[lane]);
            permute(&mut state);
            assert_eq!(after.map(|packed| packed.as_slice()[lane]), state);
        }
    }
}

#[test]
fn raw_lanes_equal_scalar() {
    let mut rng = StdRng::seed_from_u64(12);
    for _ in 0..2_000 {
        let before: [[u64; packed::LANES]; WIDTH] = std::array::from_fn(|_| std::array::from_fn(|_| word(&mut rng)));
        let mut after = before;
        packed::permute_lanes(&mut after);
        for lane in 0..packed::LANES {
            assert_eq!(after.map(|row| row[lane]), theirs(before.map(|row| row[lane])));
        }
    }
}

#[test]
fn one_changed_word_changes_the_result() {
    let mut rng = StdRng::seed_from_u64(13);
    let state: [F; WIDTH] = std::array::from_fn(|_| F::new(word(&mut rng)));
    for i in 0..WIDTH {
        let mut other = state;
        other[i] += F::ONE;
        assert_ne!(Poseidon12.permute(state), Poseidon12.permute(other));
    }
}
