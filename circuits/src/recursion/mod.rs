//! Recursion: one proof for any number of chunks (plonky2).
//!
//! A *wrap* circuit verifies the leaf proof of one chunk; the *merge* circuit verifies two proofs of adjacent ranges.
//! All circuits that may stand anywhere in such a tree form a [`set::CircuitSet`]. They share one
//! `CommonCircuitData`, so that one verifier gadget serves every child, and the keys of all of them are the leaves of
//! a small Merkle tree. Its root, the *set root*, is a public input of every proof.
//!
//! Soundness (SOUNDNESS 3.2): a merge proof only verifies children whose key lies under the set root that it exposes,
//! and only if they expose the same root. A verifier that knows the key of the topmost proof and compares the root
//! with the known constant therefore knows that every proof underneath belongs to the set; wraps have no children, so
//! the induction ends. No circuit contains the root, hence there is no circle in building them.
//!
//! * [`leaf_verifier`]: the verifier of a leaf proof, on top of [`challenger`], [`merkle`], [`fri`], [`constraints`], [`embed`]
//! * [`wrap`]: a leaf proof as a statement
//! * [`soundness`]: bits of every round of a plonky2 proof
//! * [`shape`]: the shape that all members share
//! * [`layout`]: the 52 public inputs as targets
//! * [`merge`]: the two-to-one circuit
//! * [`shrink`]: brings any circuit to the common shape
//! * [`keys`]: verification keys and their tree
//! * [`prove`]: wrapping and merging
//! * [`range`]: proofs of ranges, and who produces them
//! * [`export`]: keys and proof files for the verifier
//! * [`set`]: the circuits of one level, built together from [`stage`]s
//! * [`open`], [`cache`]: the same, kept on disk between runs
//! * [`pins`]: what identifies them, for reviews

pub mod cache;
pub mod challenger;
pub mod constraints;
pub mod embed;
mod error;
pub mod export;
pub mod fri;
pub mod keys;
pub mod layout;
pub mod leaf_verifier;
pub mod merge;
pub mod merkle;
pub mod open;
pub mod pins;
pub mod prove;
pub mod range;
pub mod set;
pub mod shape;
pub mod shrink;
pub mod soundness;
pub mod stage;
#[cfg(test)]
mod tests;
pub mod wrap;

pub use error::RecursionError;

use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::iop::witness::PartialWitness;
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::{CircuitData, CommonCircuitData, VerifierOnlyCircuitData};
use plonky2::plonk::config::PoseidonGoldilocksConfig;
use plonky2::plonk::proof::ProofWithPublicInputs;

/// Degree of the extension that challenges are drawn from.
pub const D: usize = 2;
/// plonky2's type of the base field; the same numbers as [`braid_primitives::F`].
pub type Field = GoldilocksField;
/// Poseidon of width 12 in trees and transcript.
pub type Config = PoseidonGoldilocksConfig;
/// A circuit under construction.
pub type Builder = CircuitBuilder<Field, D>;
/// A built circuit with everything that proving and verifying need.
pub type Circuit = CircuitData<Field, Config, D>;
/// The shape that all circuits of a set share.
pub type CommonData = CommonCircuitData<Field, D>;
/// What tells one circuit of a set from another: digest and commitment to its constants and wiring.
pub type Key = VerifierOnlyCircuitData<Config, D>;
/// A plonky2 proof with its public inputs.
pub type Proof = ProofWithPublicInputs<Field, Config, D>;
/// Values of the targets that a prover sets by hand.
pub type Witness = PartialWitness<Field>;
