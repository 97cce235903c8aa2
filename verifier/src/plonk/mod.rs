//! The check of a plonky2 proof against a member's key: transcript, constraint identity at ζ, then FRI.
//!
//! The argument is that of plonky2 1.1.0 (PLONK with custom gates, FRI over a degree-2 extension), without zero
//! knowledge and without lookup tables.

mod challenges;
mod fri;
mod identity;
mod proof;

use crate::field::Goldilocks;
use crate::key::{MemberKey, Shape};
use crate::poseidon::{Hash, hash};

pub(crate) use proof::{Proof, ProofError};

/// Which part of a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Constraints and quotient disagree at ζ.
    Identity,
    /// The grinding response has too few leading zeros.
    Grinding,
    /// A row does not lead to its commitment.
    Commitment,
    /// A folded value contradicts the next layer.
    Folding,
    /// The last value is not the final polynomial's.
    FinalPolynomial,
}

/// Checks a proof that was read with `shape` against a member of the set with this shape.
pub(crate) fn check(proof: &Proof, shape: &Shape, member: &MemberKey) -> Result<(), Failure> {
    let constants_cap: Vec<Hash> = member.cap.iter().map(|digest| digest.map(Goldilocks::new)).collect();
    let public_inputs_hash = hash(&proof.public_inputs);
    let challenges = challenges::Challenges::of(proof, shape, &member.digest.map(Goldilocks::new), &public_inputs_hash);
    if !identity::holds(proof, shape, &challenges, &public_inputs_hash) {
        return Err(Failure::Identity);
    }
    fri::check(proof, shape, &challenges, &constants_cap)
}
