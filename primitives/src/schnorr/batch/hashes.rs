//! What is hashed for a batch: challenges, several at once in one core's vector lanes, and the randomizers, which follow from everything.

use super::super::CHALLENGE_LENGTH;
use super::{Signed, TASK};
use crate::poseidon2::{compress_many, digest, permute_packed, sponge};
use crate::sums::{PACKED_LANES, Packed};
use crate::{Digest, F, domain};
use p3_field::{PackedValue, PrimeCharacteristicRing, PrimeField64};
use rayon::prelude::*;

/// [`crate::schnorr::challenge`] of each signature.
pub(super) fn challenges(chain_id: F, signed: &[Signed]) -> impl Iterator<Item = Digest> {
    signed.chunks(PACKED_LANES).flat_map(move |chunk| {
        let element = |lane: usize, at: usize| {
            let Signed { key, digest, signature } = chunk.get(lane)?;
            signature.w_r.iter().chain(&key.0).chain(digest).nth(at).copied()
        };
        let mut state = [Packed::ZERO; 8];
        let iv = domain::iv(domain::SIGNATURE, CHALLENGE_LENGTH, chain_id, F::ZERO, F::ZERO);
        state[4..].copy_from_slice(&iv.map(Packed::from));
        for block in 0..CHALLENGE_LENGTH.div_ceil(4) {
            for i in 0..4 {
                state[i] += Packed::from_fn(|lane| element(lane, 4 * block + i).unwrap_or(F::ZERO));
            }
            permute_packed(&mut state);
        }
        (0..chunk.len()).map(move |lane| std::array::from_fn(|i| state[i].as_slice()[lane]))
    })
}

/// What binds all signatures: the root of a tree over their challenges' states and responses, hashed with their number.
///
/// A state of four elements binds R, Q and digest. A response is five words modulo p, and a number that says which of them are p or more.
pub(super) fn seed(chain_id: F, signed: &[Signed], challenges: &[Digest]) -> Digest {
    let elements: Vec<F> = signed
        .iter()
        .zip(challenges)
        .flat_map(|(signed, challenge)| {
            let words = signed.signature.s.words();
            let large = words.iter().fold(0, |bits, word| 2 * bits + u64::from(*word >= crate::MODULUS));
            challenge.iter().copied().chain(words.map(F::new)).chain([F::new(large)])
        })
        .collect();
    // With a number of signatures, the shape of the tree is given: what is left over in a layer goes on with zeros.
    let mut layer = inputs(&elements);
    loop {
        let mut digests = vec![[F::ZERO; 4]; layer.len()];
        layer
            .par_chunks(TASK)
            .zip(digests.par_chunks_mut(TASK))
            .for_each(|(layer, digests)| compress_many(layer, digests));
        if let [root] = digests.as_slice() {
            let iv = domain::iv(domain::BATCH, root.len(), chain_id, F::new(signed.len() as u64), F::ZERO);
            return digest(sponge(iv, root));
        }
        layer = inputs(digests.as_flattened());
    }
}

/// Eight elements each, filled up with zeros.
fn inputs(elements: &[F]) -> Vec<[F; 8]> {
    let input = |chunk: &[F]| std::array::from_fn(|i| chunk.get(i).copied().unwrap_or(F::ZERO));
    elements.chunks(8).map(input).collect()
}

/// `count` numbers of 128 bits, two of each digest of the seed and a counter.
pub(super) fn randomizers(chain_id: F, seed: &Digest, count: usize) -> Vec<u128> {
    let [a, b, c, d] = *seed;
    let input = |i| [a, b, c, d, F::new(domain::BATCH), F::new(i as u64), chain_id, F::ZERO];
    let inputs: Vec<[F; 8]> = (0..count.div_ceil(2)).map(input).collect();
    let mut digests = vec![[F::ZERO; 4]; inputs.len()];
    inputs
        .par_chunks(TASK)
        .zip(digests.par_chunks_mut(TASK))
        .for_each(|(inputs, digests)| compress_many(inputs, digests));
    digests.as_flattened().chunks_exact(2).map(halves).take(count).collect()
}

/// The first two elements as a number, canonical.
pub(super) fn halves(elements: &[F]) -> u128 {
    elements.iter().take(2).rev().fold(0, |number, element| number << 64 | u128::from(element.as_canonical_u64()))
}
