//! `braid replay`: operations of real Ethereum blocks as signed transactions.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use braid_contracts::registry::Registry;
use braid_witness::Decimal;
use braid_witness::ethereum::{self, Reductions, Replay, ReplayBatch};
use serde::Serialize;

use crate::arguments::Arguments;
use crate::chain::GENESIS_FILE;
use crate::transactions::{self, Header};
use crate::{failure, files, options, output, progress};

/// What both helps begin with.
macro_rules! examples {
    () => {
        "Examples:
  braid replay ethereum.jsonl --out day.jsonl        one batch; then: braid execute day.jsonl
  braid replay ethereum.jsonl --by-block --out day   a folder: genesis.toml and a file for each block; then
                                                     braid init chain --genesis day/genesis.toml
                                                     braid execute day/block-15537394.jsonl --chain chain

Addresses become accounts with development keys; balances and reserves are chosen so that the operations succeed. What
does not fit a transaction one to one is reduced by fixed rules, and every reduction is counted in the output."
    };
}

/// What the short help says after the options.
pub const EXAMPLES: &str = concat!(examples!(), "\n\n`braid replay --help` describes the file.");

/// What the long help says: the form of the file, which `docs/replay.md` repeats.
pub const FORMAT: &str = concat!(
    examples!(),
    r#"

The file has one JSON object a line: a header for each block, then as many operations as it says. Amounts are decimal strings in
the asset's smallest unit (wei for ETH), addresses and assets any texts; `ETH` is ether. Fields that are not listed are skipped.

  {"workload":"ethereum-mainnet","block":15537394,"timestamp":1663224179,"operations":2}
  {"op":"transfer","from":"0xa…","to":"0xb…","asset":"ETH","amount":"1970000000000000000"}
  {"op":"swap","trader":"0xa…","path":["ETH","0xtoken…"],"amount_in":"5000","amount_out_min":"40","exact":"in","to":"0xa…"}

  transfer          from, to, asset, amount; spender, who signed if not the owner (optional)
  swap              trader, path (assets, neighbours are pools), amount_in (at most), amount_out_min (at least),
                    exact (`in` or `out`: which of both is met exactly), to
  add_liquidity     provider, asset_a, asset_b, amount_a, amount_b (at most)
  remove_liquidity  provider, asset_a, asset_b, amount_a_min, amount_b_min (at least)"#
);

/// What `braid replay` takes.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Operations, one JSON object a line, under a header line for each block
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// One batch a block instead of one for the file
    #[arg(long, requires = "out")]
    pub by_block: bool,
    /// File to write, standard output by default; with --by-block a new folder
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// Let --out replace a file
    #[arg(long, visible_alias = "force", conflicts_with = "by_block")]
    pub overwrite: bool,
    /// Number of the chain
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = options::chain_id())]
    pub chain_id: u64,
    /// Levels of the state tree
    #[arg(long, value_name = "D", default_value_t = 24, value_parser = options::depth())]
    pub depth: u32,
    /// Seed of the keys
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub seed: u64,
}

#[derive(Serialize)]
struct Written {
    out: Option<String>,
    accounts: usize,
    pools: usize,
    batches: usize,
    operations: usize,
    transactions: usize,
    spender_transfers: usize,
    self_transfers: usize,
    sibling_accounts: usize,
    sequences: usize,
    demands_lowered: usize,
    rounded_up: usize,
    wrapped_ether: usize,
    dropped: usize,
    #[serde(skip)]
    text: String,
}

/// Runs the command.
pub fn run(arguments: &Arguments, options: &Options) -> anyhow::Result<ExitCode> {
    let text = files::read_text(&options.file)?;
    let name = options.file.display();
    let blocks = ethereum::read(&text).map_err(|error| failure::input(format!("{name}, {error}")))?;
    if let Some(out) = &options.out {
        files::check_apart("--out", out, std::slice::from_ref(&options.file))?;
    }
    let bar =
        progress::spinner(&format!("converting and signing {}", output::count(blocks.len(), "block")), arguments.quiet);
    let registry = Registry::builtin();
    let Options { chain_id, depth, seed, by_block, .. } = *options;
    let how = ethereum::Options { chain_id, depth, seed, by_block };
    let replay =
        ethereum::replay(&blocks, &how, &registry).map_err(|error| failure::input(format!("{name}: {error}")))?;
    bar.set_message("writing");
    let summary = summary(&replay, options.out.as_deref());
    match &options.out {
        Some(folder) if by_block => write_folder(&replay, folder, &registry)?,
        out => write_file(replay, out.as_deref(), options.overwrite, &registry)?,
    }
    bar.finish_and_clear();
    match &options.out {
        Some(_) => output::print(&summary, arguments.json)?,
        // Standard output holds the transactions.
        None => output::note(summary),
    }
    Ok(ExitCode::SUCCESS)
}

/// One file with all transactions, genesis first.
fn write_file(replay: Replay, out: Option<&Path>, overwrite: bool, registry: &Registry) -> anyhow::Result<()> {
    let last = replay.batches.last();
    let header = Header {
        block: last.map(|batch| Decimal(batch.block)),
        timestamp: last.map(|batch| Decimal(batch.timestamp)),
        genesis: Some(replay.genesis),
    };
    let mut text = header.to_line()?;
    for batch in &replay.batches {
        text += &transactions::to_lines(registry, &batch.drafts)?;
    }
    if let Some(path) = out {
        files::check_new("--out", path, overwrite, text.as_bytes())?;
    }
    files::write_or_print(out, text.as_bytes())
}

/// A new folder with the genesis and a file for each block.
fn write_folder(replay: &Replay, folder: &Path, registry: &Registry) -> anyhow::Result<()> {
    let mut blocks = HashSet::new();
    if let Some(twice) = replay.batches.iter().find(|batch| !blocks.insert(batch.block)) {
        return Err(failure::input(format!("block {} has two headers: its files would have one name", twice.block)));
    }
    let goes_back = |pair: &&[ReplayBatch]| pair[1].block < pair[0].block || pair[1].timestamp < pair[0].timestamp;
    if let Some([before, after]) = replay.batches.windows(2).find(goes_back) {
        return Err(failure::input(format!(
            "block {} (time {}) comes after block {} (time {}), and neither numbers nor times of a chain go back",
            after.block, after.timestamp, before.block, before.timestamp
        )));
    }
    std::fs::create_dir(folder).map_err(|error| files::refused(folder.display(), &error))?;
    let genesis = replay.genesis.to_toml().map_err(failure::machine)?;
    files::write(&folder.join(GENESIS_FILE), genesis.as_bytes())?;
    for batch in &replay.batches {
        let header =
            Header { genesis: None, block: Some(Decimal(batch.block)), timestamp: Some(Decimal(batch.timestamp)) };
        let text = header.to_line()? + &transactions::to_lines(registry, &batch.drafts)?;
        files::write(&folder.join(format!("block-{}.jsonl", batch.block)), text.as_bytes())?;
    }
    Ok(())
}

fn summary(replay: &Replay, out: Option<&Path>) -> Written {
    let Reductions {
        operations,
        transactions,
        spender_transfers,
        self_transfers,
        sibling_accounts,
        sequences,
        demands_lowered,
        rounded_up,
        wrapped_ether,
        dropped,
    } = replay.reductions;
    Written {
        out: out.map(|path| path.display().to_string()),
        accounts: replay.genesis.accounts.len(),
        pools: replay.genesis.contracts.len(),
        batches: replay.batches.len(),
        operations,
        transactions,
        spender_transfers,
        self_transfers,
        sibling_accounts,
        sequences,
        demands_lowered,
        rounded_up,
        wrapped_ether,
        dropped,
        text: replay.reductions.to_string(),
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.text)?;
        write!(
            f,
            "{} on a chain of {} and {}",
            output::count(self.batches, "batch"),
            output::count(self.accounts, "account"),
            output::count(self.pools, "pool")
        )?;
        self.out.iter().try_for_each(|out| write!(f, ", in {out}"))
    }
}
