//! The leaf machine: one STARK of twelve tables ("chips") that proves a chunk of transactions.
//!
//! Each chip is a folder of its own: the argument in `mod.rs`, then columns, constraints and row generation, with the
//! negative tests beside them. Chips speak only through the buses of [`bus`].

pub mod audit;
pub mod bucket;
pub mod bus;
pub mod columns;
pub mod combine;
pub mod cpu;
pub mod curve;
pub mod execution;
pub mod machine;
pub mod page;
pub mod permutation;
pub mod range;
pub mod rom;
pub mod shape;
pub mod signature;
pub mod sponge;
pub mod tables;
pub mod tally;
pub mod tree;
pub mod wide;

#[cfg(test)]
pub(crate) mod fixture;
