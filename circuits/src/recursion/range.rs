//! Proofs of ranges, the circuits that start them, and the provers that produce them.

use braid_verifier::Statement;

use super::layout::StatementTargets;
use super::{Builder, Circuit, Proof, RecursionError, Witness};

/// A proof of a member of a circuit set, together with what it says. Made only by [`super::set::CircuitSet`], which
/// has verified it.
#[derive(Clone, Debug)]
pub struct RangeProof {
    pub(super) member: usize,
    pub(super) statement: Statement,
    pub(super) proof: Proof,
}

impl RangeProof {
    /// Which member of the set proves it.
    pub fn member(&self) -> usize {
        self.member
    }

    /// The claim.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// plonky2's proof.
    pub fn proof(&self) -> &Proof {
        &self.proof
    }

    /// Number of the member, then plonky2's bytes; read by [`super::set::CircuitSet::range_from_bytes`].
    pub fn to_bytes(&self) -> Vec<u8> {
        // A set has at most eight members.
        [&(self.member as u32).to_le_bytes()[..], &self.proof.to_bytes()].concat()
    }
}

/// A circuit that proves a range without verifying another range proof: the beginning of every tree of merges.
///
/// Implementations must be deterministic: the same value adds the same gates and targets to every empty builder.
pub trait WrapCircuit: Send + Sync {
    /// What is proven, such as a leaf proof.
    type Input;
    /// Where the input goes.
    type Targets: Send + Sync;

    /// Short name, unique in the set, used in file names and messages: `[a-z0-9-]`.
    fn name(&self) -> &str;

    /// Everything the circuit depends on besides the recursion parameters and this crate's code, so that a cached
    /// circuit is not taken for another one's.
    fn fingerprint(&self) -> Vec<u8>;

    /// Adds the constraints and returns the statement. It must not register public inputs, and must leave
    /// `set_root` unconstrained, without generator: the set assigns it.
    fn constrain(&self, builder: &mut Builder) -> Result<(StatementTargets, Self::Targets), RecursionError>;

    /// Sets the targets.
    fn assign(&self, targets: &Self::Targets, input: &Self::Input, witness: &mut Witness)
    -> Result<(), RecursionError>;
}

/// Produces plonky2 proofs. What it returns is verified before it is used, so a prover is not part of what has to be
/// trusted.
pub trait RecursionProver: Send + Sync {
    /// A proof for this circuit and these values. `name` is for messages.
    fn prove(&self, name: &str, circuit: &Circuit, witness: Witness) -> Result<Proof, RecursionError>;
}

/// plonky2's own prover.
#[derive(Clone, Copy, Debug, Default)]
pub struct StockProver;

impl RecursionProver for StockProver {
    fn prove(&self, name: &str, circuit: &Circuit, witness: Witness) -> Result<Proof, RecursionError> {
        circuit
            .prove(witness)
            .map_err(|error| RecursionError::Prover { name: name.to_string(), reason: error.to_string() })
    }
}
