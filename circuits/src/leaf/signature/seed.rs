//! The seed of a chunk, which binds all of its signatures, and the randomizers that are drawn from it.

use braid_primitives::poseidon2::{self, compress, sponge};
use braid_primitives::{Digest, F, domain};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use p3_maybe_rayon::prelude::*;

use super::rows::Signing;
use crate::leaf::execution::response;

/// Elements under a randomizer: the seed.
const SEED_LENGTH: usize = 4;

/// What is drawn from the signatures of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Where the chain of all signatures ends.
    pub seed: Digest,
    /// Challenge and randomizer of each signature, both halves canonical.
    pub scalars: Vec<Scalars>,
}

/// The two scalars of a signature that are hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scalars {
    /// The challenge e.
    pub challenge: u128,
    /// The randomizer r.
    pub randomizer: u128,
}

/// The seed alone of the signatures of a chunk.
pub fn seed(signings: &[Signing], chain_id: F) -> Digest {
    let absorbed: Vec<(u128, Digest)> = signings.par_iter().map(|signing| absorb(signing, chain_id)).collect();
    chain(&absorbed)
}

/// Where the chain of all signatures ends.
fn chain(absorbed: &[(u128, Digest)]) -> Digest {
    absorbed.iter().fold([F::ZERO; 4], |chain, (_, digest)| compress(chain, *digest))
}

/// The seed, the challenges and the randomizers of the signatures of a chunk, in their order.
pub fn draw(signings: &[Signing], chain_id: F) -> Draw {
    let absorbed: Vec<(u128, Digest)> = signings.par_iter().map(|signing| absorb(signing, chain_id)).collect();
    let seed = chain(&absorbed);
    let scalars = absorbed
        .par_iter()
        .enumerate()
        .map(|(position, (challenge, _))| Scalars {
            challenge: *challenge,
            randomizer: randomizer(&seed, chain_id, F::from_usize(position)),
        })
        .collect();
    Draw { seed, scalars }
}

/// The randomizer of the signature at a position.
pub fn randomizer(seed: &Digest, chain_id: F, position: F) -> u128 {
    halves(&sponge(domain::iv(domain::RANDOMIZER, SEED_LENGTH, chain_id, position, F::ZERO), seed))
}

/// The challenge of a signature, and the digest that goes into the seed: the same sponge after the response.
fn absorb(signing: &Signing, chain_id: F) -> (u128, Digest) {
    let elements = [&signing.signature.w_r[..], &signing.key, &signing.digest].concat();
    let state = sponge(domain::iv(domain::SIGNATURE, elements.len(), chain_id, F::ZERO, F::ZERO), &elements);
    let response = response(&signing.signature.s).map(F::from_u64);
    (halves(&state), poseidon2::digest(poseidon2::absorb(state, &response)))
}

/// The first two elements of a state as one number.
fn halves(state: &[F; 8]) -> u128 {
    u128::from(state[0].as_canonical_u64()) | u128::from(state[1].as_canonical_u64()) << 64
}
