//! What can go wrong in building, loading and using recursion circuits.

use braid_verifier::{Digest, StatementError};

/// Errors of the recursion layer.
#[derive(Debug, thiserror::Error)]
pub enum RecursionError {
    /// A circuit's public inputs are not a statement.
    #[error("a member of a circuit set has 52 public inputs, this circuit has {count}")]
    ForeignPublicInputs {
        /// How many it has.
        count: usize,
    },
    /// A set must have 1 to 8 members.
    #[error("a circuit set has 1 to 8 members, not {count}")]
    Members {
        /// How many were given.
        count: usize,
    },
    /// Proofs of a circuit do not have the bits of the level it is to be used at.
    #[error(transparent)]
    Insufficient(#[from] crate::stark::Insufficient),
    /// A leaf shape or a leaf proof.
    #[error(transparent)]
    Leaf(#[from] super::leaf_verifier::LeafError),
    /// A member was named that the set does not have.
    #[error("the circuit set has no member {index}")]
    NoSuchMember {
        /// The number that was named.
        index: usize,
    },
    /// The search for a shape that contains a verifier of itself did not end.
    #[error("no common shape up to 2^{degree_bits} rows holds a verifier of two proofs of that shape")]
    NoCommonShape {
        /// Where the search stopped.
        degree_bits: usize,
    },
    /// A circuit did not come out in the common shape.
    #[error("circuit {name} has another shape than the set it is to belong to")]
    ShapeMismatch {
        /// Which circuit.
        name: String,
    },
    /// A circuit could not be made smaller by verifying it once more.
    #[error("circuit {name} does not shrink to the common shape")]
    DoesNotShrink {
        /// Which circuit.
        name: String,
    },
    /// Values of a witness contradict each other or have the wrong shape.
    #[error("witness: {reason}")]
    Witness {
        /// plonky2's description.
        reason: String,
    },
    /// The prover failed.
    #[error("proving {name}: {reason}")]
    Prover {
        /// Which circuit.
        name: String,
        /// The prover's description.
        reason: String,
    },
    /// A proof does not verify: one that was handed in, or one just produced.
    #[error("proof of {name} does not verify: {reason}")]
    InvalidProof {
        /// Which circuit.
        name: String,
        /// The verifier's description.
        reason: String,
    },
    /// Public inputs of a proof are no statement.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// A proof belongs to another circuit set.
    #[error("the proof names circuit set {found:x?}, this set is {expected:x?}")]
    ForeignSet {
        /// Root among its public inputs.
        found: Digest,
        /// Root of this set.
        expected: Digest,
    },
    /// Two ranges cannot be merged.
    #[error("ranges cannot be merged: {what} differs")]
    NotAdjacent {
        /// Which part of the statements.
        what: &'static str,
    },
    /// plonky2 could not write or read a circuit.
    #[error("circuit {name} cannot be serialised")]
    Serialization {
        /// Which circuit.
        name: String,
    },
    /// A circuit came out differently than when the keys of its set were made.
    #[error(
        "circuit {name} is not the one that the keys of its set were made with: if the code was changed, new pins are needed"
    )]
    StaleSet {
        /// Which circuit.
        name: String,
    },
    /// The circuits as built are not the ones pinned in the repository.
    #[error("circuits of level {level} have set root {found:x?}, pinned is {pinned:x?}")]
    PinMismatch {
        /// Name of the level.
        level: &'static str,
        /// Root as built.
        found: Digest,
        /// Root as pinned.
        pinned: Digest,
    },
    /// The cache folder cannot be used.
    #[error("circuit cache {path}: {source}")]
    Cache {
        /// File or folder.
        path: String,
        /// The operating system's answer.
        source: std::io::Error,
    },
}

impl RecursionError {
    pub(crate) fn witness(error: impl std::fmt::Display) -> Self {
        Self::Witness { reason: error.to_string() }
    }
}
