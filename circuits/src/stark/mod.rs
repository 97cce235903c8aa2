//! The leaf proof system: which fields, hashes, commitments and parameters a leaf proof is made with, and the
//! edge at which proofs enter and leave the library.
//!
//! * [`challenger`]: the transcript.
//! * [`mod@config`]: types and [`LeafParameters`].
//! * [`setup`]: [`Setup`], everything that is fixed by a list of AIRs and heights; it refuses shapes the library's
//!   verifier would treat carelessly.
//! * [`proof`]: proving and verifying with heights pinned, panics turned into errors.
//! * [`security`]: the presets, one table for leaf and recursion.
//! * [`soundness`]: bits of every round of a leaf proof, from real columns, openings, interactions and heights.
//!
//! Rows, nodes and the transcript are hashed with plonky2's Poseidon (width 12), so that one row of a recursion
//! circuit checks one hash of a leaf proof.

pub mod challenger;
pub mod config;
pub mod proof;
pub mod security;
pub mod setup;
pub mod soundness;

pub use challenger::Challenger;
pub use config::{Challenge, ChallengeMmcs, Config, LeafParameters, MerkleCap, Mmcs, Pcs, Proof, Val, config};
pub use proof::{LeafAir, ProveError, VerifyError};
pub use security::{Insufficient, RecursionParameters, Report, Round, Security};
pub use setup::{Setup, SetupError};
pub use soundness::LeafProfile;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod toy;
