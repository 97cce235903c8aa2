//! The arithmetic under Braid: field, hashes, curve, signatures, amounts, domain numbers, wire formats.
//!
//! Everything here is over the Goldilocks field, p = 2^64 - 2^32 + 1. State and messages are hashed with Poseidon2 of
//! width 8 ([`poseidon2`]), proofs with plonky2's Poseidon of width 12 ([`poseidon`]); users sign with Schnorr signatures
//! ([`schnorr`]) over the curve EcGFp5 ([`ecgfp5`]). The crate knows nothing of programs, pages or proofs.

#![deny(unsafe_op_in_unsafe_fn)]

mod accumulator;
pub mod amount;
pub mod domain;
pub mod ecgfp5;
pub mod memory;
pub mod poseidon;
pub mod poseidon2;
pub mod schnorr;
pub mod sums;
pub mod wide;
pub mod wire;

/// An element of the field of order p = 2^64 - 2^32 + 1.
pub type F = p3_goldilocks::Goldilocks;

/// What a hash returns: four elements.
pub type Digest = [F; 4];

/// A page of the state: eight cells, the first of which is its tag.
pub type Page = [F; 8];

/// The order of the field.
pub const MODULUS: u64 = 0xffff_ffff_0000_0001;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod words;
