//! Made-up traffic, and how much of it fills a chunk.

use std::path::PathBuf;

use braid_benches::chunk;
use braid_circuits::leaf::shape::Shape;
use braid_contracts::Registry;
use braid_witness::Interpreter;
use braid_witness::workload::{Distribution, Mix, Spec};

use crate::Failure;
use crate::effort::Effort;
use crate::programs::Programs;

/// Kinds of transactions, by the name that figures have.
pub const KINDS: [(&str, Mix); 3] =
    [("transfer", Mix::TRANSFERS), ("swap", Mix::SWAPS), ("mixed", Mix { transfers: 70, swaps: 25, liquidity: 5 })];

/// Who transacts with whom, by the name that the command line has.
pub const SKEWS: [(&str, Distribution); 3] =
    [("uniform", Distribution::Uniform), ("zipf", Distribution::Zipf { exponent: 1.0 }), ("hot", Distribution::OneHot)];

/// Traffic of one kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traffic {
    /// Name and shares of its kind.
    pub kind: (&'static str, Mix),
    /// Number of accounts.
    pub accounts: u64,
    /// Name and meaning of its skew.
    pub skew: (&'static str, Distribution),
}

impl Traffic {
    /// Traffic of a kind as most figures have it.
    pub fn of(kind: (&'static str, Mix)) -> Self {
        Self { kind, accounts: Effort::ACCOUNTS, skew: SKEWS[0] }
    }

    /// How many transactions the first chunk of a shape holds.
    ///
    /// # Errors
    /// If no such traffic can be made.
    pub fn fill(&self, shape: Shape) -> Result<usize, Failure> {
        let registry = Registry::builtin();
        let interpreter = Interpreter::new(&registry)?;
        // The first guess is what the rows of the processor's table allow at most, at a dozen a transaction.
        let mut transactions = 1 + shape.height(0) / 12;
        loop {
            let spec = Spec {
                transactions,
                users: self.accounts,
                mix: self.kind.1,
                distribution: self.skew.1,
                ..Spec::default()
            };
            let result = chunk::cut(&registry, &interpreter, &spec, shape)?;
            if let [first, _, ..] = &result.cuts[..] {
                return Ok(first.chunk.transactions.len());
            }
            transactions *= 2;
        }
    }

    /// A file of so many of these transactions, made by the command line.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn file(&self, programs: &Programs, count: usize) -> Result<PathBuf, Failure> {
        let Self { kind: (kind, mix), accounts, skew: (skew, _) } = self;
        let path = programs.file(&format!("{kind}-{skew}-{accounts}-{count}.jsonl"));
        if !path.exists() {
            let kinds = format!("transfer={},swap={},liquidity={}", mix.transfers, mix.swaps, mix.liquidity);
            let (accounts, count, out) = (accounts.to_string(), count.to_string(), path.display().to_string());
            let words = ["--json", "workload", "--accounts", &accounts, "--count", &count, "--kinds", &kinds];
            programs.json("braid", &[&words[..], &["--skew", skew, "--out", &out]].concat())?;
        }
        Ok(path)
    }
}
