//! Making proofs: leaf proofs of chunks, recursion proofs over them, and the artifacts they leave.
//!
//! * [`cells`]: what transactions cost in committed cells.
//! * [`leaf`]: a chunk becomes one STARK proof.
//! * [`level`]: all circuits of one security level.
//! * [`plonk`]: the fast prover for recursion circuits.
//! * [`stark`]: the fast prover for leaves.
//! * [`memory`]: what proofs are predicted to need at their peak.
//! * [`store`]: finished proofs under the digest of everything that went into them.

#![forbid(unsafe_code)]

pub mod cells;
pub mod leaf;
pub mod level;
pub mod memory;
pub mod plonk;
mod recursion;
mod stage;
pub mod stark;
pub mod store;
