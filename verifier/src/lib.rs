//! Checks Braid's proofs, and nothing else.
//!
//! A proof says: executing some run of transactions, with these programs on this chain, leads from one [`Boundary`] to
//! another. [`verify`] returns what is proven, or the first thing that does not hold:
//!
//! ```no_run
//! use braid_verifier::{Acceptable, verify};
//!
//! let proof = std::fs::read("batch.proof")?;
//! let statement = verify(&proof, &Acceptable::new())?;
//! println!("{} transactions", statement.after.count - statement.before.count);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is accepted is the caller's decision ([`Acceptable`]): the level of security, the programs, the chain, the
//! states. The circuits are built in as keys ([`key`]).
//!
//! This crate depends on no proof system library. It implements the check of plonky2 1.1.0 for the gates that Braid's
//! circuits use, in safe and portable Rust, and is compared with plonky2 in the tests of `braid-circuits`. No input
//! makes it panic, and none makes it allocate more than a small multiple of the input's length.

#![forbid(unsafe_code)]

mod acceptable;
mod bytes;
mod challenger;
mod error;
mod extension;
pub mod field;
pub mod file;
mod gates;
pub mod key;
mod level;
mod plonk;
mod poseidon;
pub mod statement;

pub use acceptable::Acceptable;
pub use error::VerifyError;
pub use file::ProofFile;
pub use gates::Gate;
pub use key::CircuitSetKey;
pub use level::SecurityLevel;
pub use statement::{BlockContext, Boundary, Digest, Statement, StatementError};

use plonk::{Failure, Proof, ProofError};

impl From<ProofError> for VerifyError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Length => Self::ProofLength,
            ProofError::Shape => Self::ProofShape,
            ProofError::NotCanonical => Self::NotCanonical,
        }
    }
}

impl From<Failure> for VerifyError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Identity => Self::Constraints,
            Failure::Grinding => Self::Grinding,
            Failure::Commitment => Self::Commitment,
            Failure::Folding => Self::Folding,
            Failure::FinalPolynomial => Self::FinalPolynomial,
        }
    }
}

/// Checks a proof file against the circuits built into this crate, and returns what it proves.
pub fn verify(file: &[u8], acceptable: &Acceptable) -> Result<Statement, VerifyError> {
    let file = ProofFile::from_bytes(file)?;
    acceptable.check_level(file.level)?;
    let key = CircuitSetKey::built_in(file.level).ok_or(VerifyError::NoCircuits { level: file.level })?;
    check(&file, key, acceptable)
}

/// As [`verify`], against circuits that the caller vouches for instead of the built-in ones.
pub fn verify_with(file: &[u8], key: &CircuitSetKey, acceptable: &Acceptable) -> Result<Statement, VerifyError> {
    let file = ProofFile::from_bytes(file)?;
    acceptable.check_level(file.level)?;
    if file.level != key.level() {
        return Err(VerifyError::NoCircuits { level: file.level });
    }
    check(&file, key, acceptable)
}

/// Everything but the choice of the key. The cheap comparisons come first, the proof last.
fn check(file: &ProofFile<'_>, key: &CircuitSetKey, acceptable: &Acceptable) -> Result<Statement, VerifyError> {
    let expected = key.set_root();
    if file.set_root != expected {
        return Err(VerifyError::CircuitSet { found: file.set_root, expected });
    }
    let member = key.members().get(file.member as usize).ok_or(VerifyError::Member { member: file.member })?;
    let statement = file.statement;
    if statement.set_root != expected || statement.security != key.level() {
        return Err(VerifyError::HeaderMismatch);
    }
    acceptable::check_counters(&statement)?;
    acceptable.check(&statement, key)?;

    let proof = Proof::read(file.proof, key.shape())?;
    let proven = proof.public_inputs.iter().map(|element| element.value());
    if !proven.eq(statement.to_elements()) {
        return Err(VerifyError::StatementMismatch);
    }
    plonk::check(&proof, key.shape(), member)?;
    Ok(statement)
}
