//! `braid workload`: made-up transactions, for trials of any size.

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use braid_contracts::registry::Registry;
use braid_primitives::wire::binary;
use braid_witness::resolve;
use braid_witness::workload::{Distribution, Mix, Spec, Workload, generate};
use serde::Serialize;

use crate::arguments::Arguments;
use crate::transactions::{self, Header};
use crate::{failure, files, options, output, progress};

/// What the help says after the options.
pub const EXAMPLES: &str = "Examples:
  braid workload --count 1000 --out busy.jsonl           a file that runs by itself: braid execute busy.jsonl
  braid workload --accounts 50 --count 200 --kinds transfer=70,swap=25,liquidity=5 --skew zipf
  braid workload --count 100000 --skew hot --binary --out hot.bin
                                                         the genesis goes to hot.bin.toml

The same options make the same file on every machine. Keys are development keys of the seed.";

/// What `braid workload` takes.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Number of users
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub accounts: u64,
    /// Number of transactions
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = count)]
    pub count: usize,
    /// Seed of all choices and keys
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub seed: u64,
    /// Shares of kinds: transfer, swap, liquidity
    #[arg(long, value_name = "KIND=SHARE,…", default_value = "transfer=70,swap=20,liquidity=10")]
    pub kinds: Kinds,
    /// Who meets whom: all alike, few often (zipf), or everybody one (hot)
    #[arg(long, value_name = "SKEW", default_value = "uniform")]
    pub skew: Skew,
    /// Number of the chain
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = options::chain_id())]
    pub chain_id: u64,
    /// Levels of the state tree
    #[arg(long, value_name = "D", default_value_t = 24, value_parser = options::depth())]
    pub depth: u32,
    /// File to write; standard output by default
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Let --out replace a file
    #[arg(long, visible_alias = "force")]
    pub overwrite: bool,
    /// Write the binary format, and the genesis beside it
    #[arg(long, requires = "out")]
    pub binary: bool,
}

/// Most transactions of a file: they are made in memory.
const MOST: usize = 10_000_000;

/// Reads a number of transactions.
fn count(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| *count <= MOST);
    count.ok_or_else(|| {
        format!("{text:?} is no number of transactions up to {MOST}; make several files, with another --seed each")
    })
}

/// Shares of kinds of transactions.
#[derive(Clone, Copy, Debug)]
pub struct Kinds(Mix);

impl FromStr for Kinds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut mix = Mix { transfers: 0, swaps: 0, liquidity: 0 };
        for part in text.split(',') {
            let (kind, share) = part.split_once('=').ok_or_else(|| format!("`{part}` is not KIND=SHARE"))?;
            let target = match kind.trim() {
                "transfer" => &mut mix.transfers,
                "swap" => &mut mix.swaps,
                "liquidity" => &mut mix.liquidity,
                other => return Err(format!("there is no kind `{other}`: transfer, swap, liquidity")),
            };
            *target = share.trim().parse().map_err(|_| format!("`{share}` is no share: a number below 2^32"))?;
        }
        Ok(Self(mix))
    }
}

/// Who takes part how often.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Skew {
    /// All alike
    Uniform,
    /// The n-th account in proportion to 1/n, as real traffic is
    Zipf,
    /// Every transaction touches one account or one pool
    Hot,
}

impl From<Skew> for Distribution {
    fn from(skew: Skew) -> Self {
        match skew {
            Skew::Uniform => Self::Uniform,
            Skew::Zipf => Self::Zipf { exponent: 1.0 },
            Skew::Hot => Self::OneHot,
        }
    }
}

#[derive(Serialize)]
struct Written {
    file: String,
    transactions: usize,
    accounts: usize,
    bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    genesis: Option<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, options: &Options) -> anyhow::Result<ExitCode> {
    let spec = Spec {
        transactions: options.count,
        users: options.accounts,
        depth: options.depth,
        chain_id: options.chain_id,
        seed: options.seed,
        mix: options.kinds.0,
        distribution: options.skew.into(),
    };
    let bar =
        progress::spinner(&format!("signing {}", output::count(spec.transactions, "transaction")), arguments.quiet);
    let registry = Registry::builtin();
    let Workload { genesis, drafts } = generate(&spec, &registry).map_err(failure::input)?;
    bar.set_message("writing");
    let accounts = genesis.accounts.len();
    let (bytes, beside) = match &options.out {
        Some(path) if options.binary => {
            let beside = PathBuf::from(format!("{}.toml", path.display()));
            let text = genesis.to_toml().map_err(failure::machine)?.into_bytes();
            let parameters = genesis.build(&registry).map_err(failure::input)?.parameters.digest();
            let transactions = drafts.iter().map(resolve::to_words).collect();
            (binary::encode(&binary::File { parameters, transactions }), Some((beside, text)))
        }
        _ => {
            let header = Header { genesis: Some(genesis), ..Header::default() };
            ((header.to_line()? + &transactions::to_lines(&registry, &drafts)?).into_bytes(), None)
        }
    };
    if let Some(path) = &options.out {
        files::check_new("--out", path, options.overwrite, &bytes)?;
    }
    if let Some((path, text)) = &beside {
        files::check_new("--out", path, options.overwrite, text)?;
        files::write(path, text)?;
    }
    files::write_or_print(options.out.as_deref(), &bytes)?;
    bar.finish_and_clear();
    if let Some(path) = &options.out {
        let written = Written {
            file: path.display().to_string(),
            transactions: drafts.len(),
            accounts,
            bytes: bytes.len(),
            genesis: beside.map(|(path, _)| path.display().to_string()),
        };
        output::print(&written, arguments.json)?;
    }
    Ok(ExitCode::SUCCESS)
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = output::bytes(self.bytes as u64);
        let transactions = output::count(self.transactions, "transaction");
        write!(f, "{}: {transactions} of {}, {size}", self.file, output::count(self.accounts, "account"))?;
        match &self.genesis {
            Some(genesis) => write!(f, "\nits genesis is {genesis}: braid execute {} --chain {genesis}", self.file),
            None => write!(f, "\nit carries its genesis: braid execute {}", self.file),
        }
    }
}
