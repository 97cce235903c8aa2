//! Many signatures at once: `Σ r_i·(s_i·G - R_i - e_i·Q_i)` is the neutral.
//!
//! The randomizers r_i of 128 bits are hashes of all keys, digests and signatures of the batch, responses included, so that whoever
//! makes signatures knows none before all are fixed. Where a signature does not hold, the sum is the neutral for one in 2^128 values of
//! its randomizer at most, since the order of the group is prime. A batch that fails is halved until few are left, or too
//! many fail, and these are checked one by one. The halves keep their randomizers: the argument is the same for each of them.

mod hashes;

use super::{PublicKey, Signature, SignatureError, verify};
use crate::ecgfp5::{Affine, Fp5, Fractional, Multiple, Scalar, decode_affine, generator_less};
use crate::{Digest, F};
use hashes::{challenges, halves, randomizers, seed};
use rayon::prelude::*;

/// A signature with what it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Whose signature it is.
    pub key: PublicKey,
    /// What is signed.
    pub digest: Digest,
    /// The signature.
    pub signature: Signature,
}

/// Signatures under one sum. More make each cheaper, and a bad one among them dearer.
const GROUP: usize = 1 << 12;

/// Signatures of a sum that is not split any more.
const ALONE: usize = 3;

/// How often each signature of a group may be summed up again in search of bad ones. Where many are bad, halving finds none quicker than
/// single checks, and whoever sends them must not make a batch dearer than those by much.
const HALVINGS: usize = 4;

/// Signatures that a task prepares.
const TASK: usize = 256;

/// Checks each of many signatures on the chain `chain_id`: what [`verify`] says of it, but that a bad one passes with probability
/// 2^-128. On all cores; with groups of 4096, some ten times as fast as one by one, as long as few are bad; less than twice as slow if all are.
pub fn verify_batch(chain_id: F, signed: &[Signed]) -> Vec<Result<(), SignatureError>> {
    signed.par_chunks(GROUP).flat_map_iter(|group| Group::check(chain_id, group)).collect()
}

/// Signatures whose keys and nonces are points.
struct Group<'a> {
    chain_id: F,
    signed: &'a [Signed],
    /// Where they stand among `signed`.
    places: Vec<usize>,
    /// r_i·s_i.
    responses: Vec<Scalar>,
    /// r_i·R_i.
    nonces: Vec<Multiple>,
    /// r_i·e_i·Q_i.
    keys: Vec<Multiple>,
}

impl<'a> Group<'a> {
    fn check(chain_id: F, signed: &'a [Signed]) -> Vec<Result<(), SignatureError>> {
        if signed.len() <= ALONE {
            return signed.iter().map(|signed| signed.verify(chain_id)).collect();
        }
        let challenges: Vec<Digest> =
            signed.par_chunks(TASK).flat_map_iter(|signed| challenges(chain_id, signed)).collect();
        let randomizers = randomizers(chain_id, &seed(chain_id, signed, &challenges), signed.len());
        let points: Vec<[Option<Affine>; 2]> = signed.par_chunks(TASK).flat_map_iter(points).collect();

        let mut verdicts = Vec::with_capacity(signed.len());
        let (places, responses, nonces, keys) = Default::default();
        let mut group = Self { chain_id, signed, places, responses, nonces, keys };
        for (i, (points, (challenge, r))) in points.into_iter().zip(challenges.iter().zip(randomizers)).enumerate() {
            verdicts.push(match points {
                [None, _] => Err(SignatureError::Key),
                [_, None] => Err(SignatureError::Mismatch),
                [Some(key), Some(nonce)] => {
                    group.places.push(i);
                    group.responses.push(Scalar::from(r) * signed[i].signature.s);
                    group.nonces.push((nonce, [r as u64, (r >> 64) as u64, 0, 0]));
                    group.keys.push((key, product(r, halves(challenge))));
                    Ok(())
                }
            });
        }
        group.find(&mut verdicts);
        verdicts
    }

    /// The sum over a part of the signatures.
    fn sum(&self, part: std::ops::Range<usize>) -> Fractional {
        let response = self.responses[part.clone()].iter().fold(Scalar::ZERO, |sum, response| sum + *response);
        generator_less(&response, &self.nonces[part.clone()], &self.keys[part])
    }

    /// Sets the verdicts on signatures that do not hold.
    fn find(&self, verdicts: &mut [Result<(), SignatureError>]) {
        let all = 0..self.places.len();
        let mut failing = vec![(all.clone(), self.sum(all.clone()))];
        let (mut alone, mut budget) = (Vec::new(), HALVINGS * all.len());
        while !failing.is_empty() {
            let mut halves = Vec::new();
            for (part, sum) in failing.into_iter().filter(|(_, sum)| !sum.is_neutral()) {
                let middle = part.start + part.len() / 2;
                if part.len() <= ALONE || budget < part.len() {
                    alone.extend_from_slice(&self.places[part]);
                    continue;
                }
                budget -= part.len() / 2;
                let below = self.sum(part.start..middle);
                halves.push((middle..part.end, sum.add(&below.negate())));
                halves.push((part.start..middle, below));
            }
            failing = halves;
        }
        let checked: Vec<_> =
            alone.into_par_iter().map(|place| (place, self.signed[place].verify(self.chain_id))).collect();
        checked.into_iter().for_each(|(place, verdict)| verdicts[place] = verdict);
    }
}

impl Signed {
    /// [`verify`].
    pub fn verify(&self, chain_id: F) -> Result<(), SignatureError> {
        verify(&self.key, chain_id, self.digest, &self.signature)
    }
}

/// The points of the key and the nonce of each signature, as far as they are points other than the neutral.
fn points(signed: &[Signed]) -> impl Iterator<Item = [Option<Affine>; 2]> {
    let encodings: Vec<Fp5> = signed.iter().flat_map(|signed| [signed.key.0, signed.signature.w_r].map(Fp5)).collect();
    let points = decode_affine(&encodings);
    (0..signed.len()).map(move |i| [points[2 * i], points[2 * i + 1]])
}

/// a·b.
fn product(a: u128, b: u128) -> [u64; 4] {
    let (a, b) = ([a as u64, (a >> 64) as u64], [b as u64, (b >> 64) as u64]);
    let mut words = [0; 4];
    for i in 0..2 {
        let mut carry = 0;
        for j in 0..2 {
            carry += u128::from(words[i + j]) + u128::from(a[i]) * u128::from(b[j]);
            words[i + j] = carry as u64;
            carry >>= 64;
        }
        words[i + 2] = carry as u64;
    }
    words
}

#[cfg(test)]
mod tests;
