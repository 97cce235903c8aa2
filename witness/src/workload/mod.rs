//! Made-up batches: a genesis and signed transactions on it, for benchmarks, examples and tests.
//!
//! Everything follows from a [`Spec`], seed included, on every machine. Users are accounts 1..; each owns credit and some
//! of every asset. Swaps and liquidity go through pools that genesis fills; who adds liquidity may later remove it.

mod draw;
mod generate;
#[cfg(test)]
mod tests;

pub use draw::Distribution;
pub use generate::{Keys, Workload, generate};

use thiserror::Error;

/// What to make.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spec {
    /// Number of transactions.
    pub transactions: usize,
    /// Number of users, at least 2.
    pub users: u64,
    /// Levels of the state tree.
    pub depth: u32,
    /// The chain's number.
    pub chain_id: u64,
    /// Seed of all choices and keys.
    pub seed: u64,
    /// How much of each kind.
    pub mix: Mix,
    /// Who meets whom.
    pub distribution: Distribution,
}

/// Shares of kinds of transactions, relative to their sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mix {
    /// Payments of one user to another.
    pub transfers: u32,
    /// Exact-in swaps.
    pub swaps: u32,
    /// Additions and removals of liquidity.
    pub liquidity: u32,
}

impl Mix {
    /// Payments alone.
    pub const TRANSFERS: Self = Self { transfers: 1, swaps: 0, liquidity: 0 };
    /// Swaps alone.
    pub const SWAPS: Self = Self { transfers: 0, swaps: 1, liquidity: 0 };
    /// Seven payments to two swaps and one change of liquidity.
    pub const MIXED: Self = Self { transfers: 7, swaps: 2, liquidity: 1 };
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            transactions: 1000,
            users: 1000,
            depth: 24,
            chain_id: 1,
            seed: 1,
            mix: Mix::MIXED,
            distribution: Distribution::Uniform,
        }
    }
}

/// Why a workload cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WorkloadError {
    /// A number of the specification is out of range.
    #[error("{0}")]
    Spec(String),
    /// The registry lacks a program or parameter.
    #[error("the registry does not fit: {0}")]
    Registry(String),
}
