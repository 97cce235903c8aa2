//! Made-up traffic, its chain, and how much of it fills a chunk.

use std::fs;
use std::path::{Path, PathBuf};

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

    /// Depth of the tree: 24, or what the accounts need. A tree has 16 pages an account, and half of its accounts are contracts.
    fn depth(&self) -> u32 {
        (self.accounts + 5).next_power_of_two().ilog2().max(19) + 5
    }

    /// The shape, at most as large as `largest`, whose chunks hold most of this traffic; of those that hold as much, the smallest. And how much.
    ///
    /// # Errors
    /// If no such traffic can be made.
    pub fn best(&self, largest: Shape) -> Result<(Shape, usize), Failure> {
        // None of the smaller ones holds half as much.
        let shapes = Shape::ALL.into_iter().filter(|shape| *shape <= largest).rev().take(2);
        let fills = shapes.map(|shape| Ok((shape, self.fill(shape)?))).collect::<Result<Vec<_>, Failure>>()?;
        fills.into_iter().max_by_key(|(_, fill)| *fill).ok_or_else(|| "no shape".into())
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
                depth: self.depth(),
                ..Spec::default()
            };
            let result = chunk::cut(&registry, &interpreter, &spec, shape)?;
            if let [first, _, ..] = &result.cuts[..] {
                return Ok(first.chunk.transactions.len());
            }
            transactions *= 2;
        }
    }

    /// A file of so many of these transactions and the chain that they are for, made by the command line.
    ///
    /// # Errors
    /// If they cannot be made.
    pub fn batch(&self, programs: &Programs, count: usize) -> Result<Batch, Failure> {
        let Self { kind: (kind, mix), accounts, skew: (skew, _) } = self;
        let name = format!("{kind}-{skew}-{accounts}-{count}");
        let (file, chain) = (programs.file(&format!("{name}.bin")), programs.file(&name));
        if !chain.exists() {
            let kinds = format!("transfer={},swap={},liquidity={}", mix.transfers, mix.swaps, mix.liquidity);
            let (accounts, count, out) = (accounts.to_string(), count.to_string(), file.display().to_string());
            let depth = self.depth().to_string();
            let words =
                ["--json", "workload", "--binary", "--accounts", &accounts, "--count", &count, "--depth", &depth];
            programs.json("braid", &[&words[..], &["--kinds", &kinds, "--skew", skew, "--out", &out]].concat())?;
            let (folder, genesis) = (chain.display().to_string(), format!("{out}.toml"));
            programs.json("braid", &["--json", "init", &folder, "--genesis", &genesis])?;
        }
        Ok(Batch { file, chain })
    }
}

/// A batch at the beginning of its chain.
pub struct Batch {
    /// The transactions.
    pub file: PathBuf,
    chain: PathBuf,
}

impl Batch {
    /// The chain once more, since a proof moves it: its files are replaced whole, so that links to them suffice.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn chain(&self, at: &Path) -> Result<(), Failure> {
        if at.exists() {
            fs::remove_dir_all(at)?;
        }
        fs::create_dir(at)?;
        for name in ["genesis.toml", "state"] {
            fs::hard_link(self.chain.join(name), at.join(name))?;
        }
        Ok(())
    }
}
