//! Making proofs: leaf proofs of chunks, recursion proofs over them, and the artifacts they leave.

pub mod plonk;
pub mod store;
