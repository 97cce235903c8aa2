//! Checks Braid's proofs, and nothing else: no proof system library, no unstable features, no build flags.

#![forbid(unsafe_code)]

pub mod field;
mod level;
pub mod statement;

pub use level::SecurityLevel;
pub use statement::{BlockContext, Boundary, Digest, Statement, StatementError};
