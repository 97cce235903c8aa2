//! Poseidon2 of width 8: the hash of state, messages and data.
//!
//! The permutation is `default_goldilocks_poseidon2_8` of the crate p3-goldilocks. Two constructions stand on it:
//! * [`compress`], two digests to one, adds the input to the output (feed-forward). A permutation cut to half of its width
//!   without it can be inverted given the rest, and so has collisions.
//! * [`sponge`], rate 4 and capacity 4, whose capacity starts from a value of [`crate::domain::iv`].

use crate::sums::{PACKED_LANES, Packed};
use crate::{Digest, F, Page};
use p3_field::{PackedValue, PrimeCharacteristicRing};
use p3_goldilocks::{Poseidon2Goldilocks, default_goldilocks_poseidon2_8};
use p3_symmetric::Permutation;
use std::sync::LazyLock;

static PERMUTATION: LazyLock<Poseidon2Goldilocks<8>> = LazyLock::new(default_goldilocks_poseidon2_8);

/// Levels of empty subtrees that are kept; the deepest tree has 32.
const LEVELS: usize = 65;

static EMPTY: LazyLock<[Digest; LEVELS]> = LazyLock::new(|| {
    let mut digest = compress_page(&[F::ZERO; 8]);
    std::array::from_fn(|_| {
        let here = digest;
        digest = compress(here, here);
        here
    })
});

/// The permutation, in place.
#[inline]
pub fn permute(state: &mut [F; 8]) {
    PERMUTATION.permute_mut(state);
}

/// [`permute`] in every lane.
#[inline]
pub(crate) fn permute_packed(state: &mut [Packed; 8]) {
    PERMUTATION.permute_mut(state);
}

/// Two digests to one: the first four elements of P(left ‖ right) + (left ‖ right).
#[inline]
pub fn compress(left: Digest, right: Digest) -> Digest {
    compress_page(&[left[0], left[1], left[2], left[3], right[0], right[1], right[2], right[3]])
}

/// The leaf hash of a page: [`compress`] of its halves.
#[inline]
pub fn compress_page(page: &Page) -> Digest {
    let mut state = *page;
    permute(&mut state);
    std::array::from_fn(|i| state[i] + page[i])
}

/// [`compress_page`] of many inputs, several at once in one core's vector lanes.
///
/// Hashes as many as the shorter of the two slices holds.
pub fn compress_many(inputs: &[[F; 8]], outputs: &mut [Digest]) {
    let lanes = PACKED_LANES;
    let count = inputs.len().min(outputs.len());
    let packed = count - count % lanes;
    for (input, output) in inputs[..packed].chunks_exact(lanes).zip(outputs[..packed].chunks_exact_mut(lanes)) {
        let before: [Packed; 8] = std::array::from_fn(|i| Packed::from_fn(|lane| input[lane][i]));
        let mut state = before;
        PERMUTATION.permute_mut(&mut state);
        for i in 0..4 {
            let sum = state[i] + before[i];
            for (lane, digest) in output.iter_mut().enumerate() {
                digest[i] = sum.as_slice()[lane];
            }
        }
    }
    for (input, output) in inputs[packed..count].iter().zip(&mut outputs[packed..count]) {
        *output = compress_page(input);
    }
}

/// Absorbs `input` and returns the whole last state, whose first four elements are the digest.
///
/// The state starts as four zeros followed by `iv`. Each block of four elements, the last one filled with zeros, is added to
/// the first half before a permutation; an empty input is one block of zeros. Lengths are kept apart by `iv`.
pub fn sponge(iv: [F; 4], input: &[F]) -> [F; 8] {
    let mut state = [F::ZERO; 8];
    state[4..].copy_from_slice(&iv);
    if input.is_empty() {
        permute(&mut state);
    }
    absorb(state, input)
}

/// The state of a [`sponge`] that goes on with `input`, in blocks of its own; nothing changes it by nothing.
pub fn absorb(mut state: [F; 8], input: &[F]) -> [F; 8] {
    for block in input.chunks(4) {
        for (element, absorbed) in state.iter_mut().zip(block) {
            *element += *absorbed;
        }
        permute(&mut state);
    }
    state
}

/// The first four elements of a state: the digest of a [`sponge`].
pub fn digest(state: [F; 8]) -> Digest {
    [state[0], state[1], state[2], state[3]]
}

/// The root of a tree of 2^level empty pages; levels above 64 return that of 64.
pub fn empty_subtree(level: usize) -> Digest {
    EMPTY[level.min(LEVELS - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    fn random(rng: &mut StdRng) -> [F; 8] {
        std::array::from_fn(|_| F::new(rng.random()))
    }

    #[test]
    fn known_answers() {
        let file = vectors::load("poseidon2_goldilocks_w8.json");
        for case in file.list("permutation") {
            let input: [F; 8] = case.elements("input");
            let mut state = input;
            permute(&mut state);
            assert_eq!(state, case.elements::<8>("output"));
            assert_eq!(compress_page(&input), case.elements::<4>("compress"));
        }
        for (level, case) in file.list("empty_subtree").into_iter().enumerate() {
            assert_eq!(case.number("level"), level as i64);
            assert_eq!(empty_subtree(level), case.elements::<4>("hash"));
        }
    }

    #[test]
    fn many_equals_one_by_one() {
        let mut rng = StdRng::seed_from_u64(1);
        for count in [0, 1, 7, 8, 9, 31, 64] {
            let inputs: Vec<[F; 8]> = (0..count).map(|_| random(&mut rng)).collect();
            let mut outputs = vec![[F::ZERO; 4]; count];
            compress_many(&inputs, &mut outputs);
            for (input, output) in inputs.iter().zip(&outputs) {
                assert_eq!(compress_page(input), *output);
            }
        }
    }

    #[test]
    fn sponge_adds_each_block() {
        let mut rng = StdRng::seed_from_u64(2);
        let (input, iv) = (random(&mut rng), [F::ONE, F::TWO, F::ZERO, F::ONE]);
        let mut state = [F::ZERO; 8];
        state[4..].copy_from_slice(&iv);
        for block in [&input[0..4], &input[4..6]] {
            for (i, element) in block.iter().enumerate() {
                state[i] += *element;
            }
            permute(&mut state);
        }
        assert_eq!(sponge(iv, &input[..6]), state);
    }

    #[test]
    fn sponge_needs_the_length_in_its_initial_value() {
        // Zero filling alone does not tell an empty input from a zero: the initial value does.
        let iv = |length| crate::domain::iv(crate::domain::MESSAGE, length, F::ONE, F::ZERO, F::ZERO);
        assert_eq!(sponge(iv(0), &[]), sponge(iv(0), &[F::ZERO]));
        assert_ne!(sponge(iv(0), &[]), sponge(iv(1), &[F::ZERO]));
    }

    #[test]
    fn compression_is_not_the_truncated_permutation() {
        let mut rng = StdRng::seed_from_u64(3);
        let input = random(&mut rng);
        let mut state = input;
        permute(&mut state);
        assert_ne!(compress_page(&input)[..], state[..4]);
    }
}
