//! The verifier of a leaf proof (p3-batch-stark over FRI, several tables) as a plonky2 circuit, generic over the list of
//! tables.
//!
//! Everything a shape fixes is a constant of the circuit: heights, widths, lookup layout, transcript seeds, folding
//! schedule. What remains are the proof's values, the public values, and the commitment to the preprocessed tables.
//! The circuit accepts exactly what the native verifier accepts for that shape, except that a table below the cap cannot
//! be described at all.
//!
//! * [`description`]: the constants of a shape
//! * [`proof`]: values of a proof with one Merkle path a query, and the targets they go to
//! * [`mod@expand`]: from a library proof to those values
//! * [`transcript`]: all challenges, in order
//! * [`table`]: constraints of one table at the out-of-domain point against its quotient
//! * [`openings`]: the random combination of all openings of a height
//! * [`query`]: one FRI query, from committed rows to the final polynomial
//! * [`build`]: all of it together

pub mod build;
pub mod description;
mod error;
pub mod expand;
pub mod openings;
pub mod proof;
pub mod query;
pub mod table;
pub mod transcript;

#[cfg(test)]
mod tests;

pub use build::{LeafVerifierTargets, RowCounts, build_leaf_verifier};
pub use description::LeafDescription;
pub use error::LeafError;
pub use expand::expand;
pub use proof::ProofValues;
