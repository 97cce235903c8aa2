//! Schnorr signatures over EcGFp5, key-prefixed, with a challenge of 128 bits.
//!
//! ```text
//! key        Q = x·G, encoded w_Q ≠ 0
//! nonce      k = H(NONCE, x, chain id, digest) modulo n,  R = k·G ≠ neutral
//! challenge  e = e0 + 2^64·e1, the first two elements of sponge(SIGNATURE, chain id; w_R, w_Q, digest)
//! signature  (w_R, s) with s = k + e·x modulo n
//! check      s·G - e·Q encodes to w_R
//! ```
//!
//! The digest already binds domain, chain, program and length of what is signed. `s` is below n by its type, and all words of the
//! encodings are below p, so that a signature has one form. A challenge of 128 bits costs nothing against the 128-bit goal: the
//! group's logarithm costs 2^159.

mod batch;
mod encoding;
mod key_file;
mod secret;

pub use batch::{Signed, verify_batch};
pub use encoding::EncodingError;
pub use key_file::{KeyFile, KeyFileError};
pub use secret::{KeyError, SecretKey};

use crate::ecgfp5::{Fp5, Point, Scalar, double_mul_encodes};
use crate::poseidon2::{permute, sponge};
use crate::{Digest, F, domain};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use thiserror::Error;

/// The encoding w = y/x of a user's point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey(pub [F; 5]);

/// A signature: the encoded nonce point and the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    /// The encoding of R.
    pub w_r: [F; 5],
    /// k + e·x modulo n.
    pub s: Scalar,
}

/// Why a signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// The key encodes no point of the group, or the neutral.
    #[error("the public key is not a point other than the neutral")]
    Key,
    /// s·G - e·Q does not encode to w_R.
    #[error("the signature does not belong to this key and digest")]
    Mismatch,
}

/// What the sponge absorbs for a challenge: w_R, w_Q, digest.
const CHALLENGE_LENGTH: usize = 14;
/// What it absorbs for a nonce: the key in ten half words, digest.
const NONCE_LENGTH: usize = 14;

impl PublicKey {
    /// The point, if the key is one: a point of the group other than the neutral.
    pub fn point(&self) -> Option<Point> {
        Point::decode(Fp5(self.0)).filter(|point| !point.is_neutral())
    }
}

/// The first four elements of the challenge sponge; the first two make the challenge.
pub fn challenge(chain_id: F, w_r: &[F; 5], w_q: &[F; 5], digest: Digest) -> [F; 4] {
    let mut input = [F::ZERO; CHALLENGE_LENGTH];
    input[..5].copy_from_slice(w_r);
    input[5..10].copy_from_slice(w_q);
    input[10..].copy_from_slice(&digest);
    let iv = domain::iv(domain::SIGNATURE, CHALLENGE_LENGTH, chain_id, F::ZERO, F::ZERO);
    crate::poseidon2::digest(sponge(iv, &input))
}

/// e0 + 2^64·e1, with canonical e0 and e1.
pub fn challenge_scalar(elements: &[F; 4]) -> Scalar {
    let [low, high] = [elements[0], elements[1]].map(|element| u128::from(element.as_canonical_u64()));
    Scalar::from(low | high << 64)
}

/// Signs `digest` on the chain `chain_id`; the same input gives the same signature.
pub fn sign(key: &SecretKey, chain_id: F, digest: Digest) -> Signature {
    let nonce = nonce(key, chain_id, digest);
    let w_r = Point::mul_generator(&nonce).encode().0;
    let w_q = key.public_key().0;
    let e = challenge_scalar(&challenge(chain_id, &w_r, &w_q, digest));
    Signature { w_r, s: nonce + e * *key.scalar() }
}

/// Checks a signature of `key` for `digest` on the chain `chain_id`.
pub fn verify(key: &PublicKey, chain_id: F, digest: Digest, signature: &Signature) -> Result<(), SignatureError> {
    let point = key.point().ok_or(SignatureError::Key)?;
    let e = challenge_scalar(&challenge(chain_id, &signature.w_r, &key.0, digest));
    if double_mul_encodes(&signature.s, &e, &point.negate(), Fp5(signature.w_r)) {
        Ok(())
    } else {
        Err(SignatureError::Mismatch)
    }
}

/// The nonce: eight elements of a sponge over key and digest, as an integer to the base p, modulo n.
///
/// It is 0, which would encode R as the neutral, with probability 2^-319; such a signature fails the check and reveals nothing that is
/// of use before someone finds the digest.
fn nonce(key: &SecretKey, chain_id: F, digest: Digest) -> Scalar {
    let mut input = [F::ZERO; NONCE_LENGTH];
    for (pair, word) in input.chunks_exact_mut(2).zip(key.scalar().words()) {
        pair[0] = F::new(word & 0xffff_ffff);
        pair[1] = F::new(word >> 32);
    }
    input[10..].copy_from_slice(&digest);
    let state = sponge(domain::iv(domain::NONCE, NONCE_LENGTH, chain_id, F::ZERO, F::ZERO), &input);
    secret_scalar(state)
}

/// A scalar, uniform up to 2^-193, from a sponge state: four elements, a permutation, four more.
fn secret_scalar(mut state: [F; 8]) -> Scalar {
    let mut words = [0; 8];
    for half in words.chunks_exact_mut(4) {
        for (word, element) in half.iter_mut().zip(&state) {
            *word = element.as_canonical_u64();
        }
        permute(&mut state);
    }
    Scalar::from_base_p(&words)
}

#[cfg(test)]
mod tests;
