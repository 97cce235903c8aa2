//! How much is measured.

use std::collections::BTreeMap;

use braid_circuits::leaf::shape::Shape;
use serde_json::{Value, json};

/// Repetitions and sizes of everything.
pub struct Effort {
    /// Shape of the chunks of all proofs but those that compare shapes.
    pub shape: Shape,
    /// Repetitions of proofs of batches.
    pub proofs: usize,
    /// Repetitions of proofs in sweeps.
    pub sweeps: usize,
    /// Runs of the program `plonk`, before the proofs and after them.
    pub stock: usize,
    /// Runs of the program `plonk` on the circuits of a level.
    pub circuits: usize,
    /// Runs of the programs `native` and `rows`.
    pub native: usize,
    /// Runs of the program `tree`, and batches of each kind in one.
    pub tree: (usize, usize),
    /// Shapes to compare.
    pub shapes: Vec<Shape>,
    /// Numbers of accounts to compare.
    pub accounts: Vec<u64>,
}

impl Effort {
    /// Accounts of all batches but those that compare their numbers: 2^20, but for the five that a tree of depth 25 has no room for.
    pub const ACCOUNTS: u64 = (1 << 20) - 5;
    /// Chunks that each batch fills.
    pub const CHUNKS: usize = 2;

    /// Minutes if `quick`, else about an hour on two cores.
    pub fn new(quick: bool, shape: Option<Shape>, repetitions: Option<usize>) -> Self {
        let shape = shape.unwrap_or(if quick { Shape::Small } else { Shape::Standard });
        let shapes = Shape::ALL.into_iter().filter(|other| *other <= shape).collect();
        let mut accounts = vec![1 << 12, 1 << 14, 1 << 16, 1 << 18, Self::ACCOUNTS];
        if quick {
            accounts.truncate(2);
            let proofs = repetitions.unwrap_or(2);
            return Self { shape, proofs, sweeps: 1, stock: 1, circuits: 1, native: 2, tree: (1, 3), shapes, accounts };
        }
        let proofs = repetitions.unwrap_or(3);
        Self { shape, proofs, sweeps: 2, stock: 3, circuits: 3, native: 3, tree: (3, 5), shapes, accounts }
    }

    /// What a report says about it, and what must be alike in two reports to compare them.
    pub fn parameters(&self, levels: &[String]) -> BTreeMap<String, Value> {
        let sweep_level = levels.first();
        [
            ("accounts", json!(Self::ACCOUNTS)),
            ("chunks", json!(Self::CHUNKS)),
            ("depth", json!(25)),
            ("repetitions", json!(self.proofs)),
            ("shape", json!(self.shape)),
            ("sweeps_at", json!(sweep_level)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}
