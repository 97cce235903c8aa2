//! `braid init`: a folder with a chain at its beginning.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use braid_aggregator::stated;
use braid_primitives::Digest;
use braid_witness::genesis::Genesis;
use serde::Serialize;

use crate::arguments::Arguments;
use crate::chain::{self, Chain, GENESIS_FILE, STATE_FILE};
use crate::transactions::Header;
use crate::{failure, files, output};

/// The genesis of a chain for trying out.
const EXAMPLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/genesis.toml"));

/// What the help says after the options.
pub const EXAMPLES: &str = "Examples:
  braid init my-chain                            with a small commented genesis to try things out
  braid init my-chain --genesis my-genesis.toml  with yours
  braid init --example > my-genesis.toml         the example, to change it
  braid init --first-line > batch.jsonl          the beginning of a file that runs by itself

The folder then holds genesis.toml, for people, and state, which `braid prove` moves on.";

/// What `braid init` takes.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Folder of the chain; made if it does not exist
    #[arg(value_name = "DIR", required_unless_present_any = ["example", "first_line"])]
    pub folder: Option<PathBuf>,
    /// Genesis to begin with, in TOML
    #[arg(long, value_name = "FILE")]
    pub genesis: Option<PathBuf>,
    /// Print the example genesis and do nothing else
    #[arg(long, conflicts_with_all = ["folder", "genesis"])]
    pub example: bool,
    /// Print the genesis as the first line of a transactions file, which then runs by itself, and do nothing else
    #[arg(long, conflicts_with_all = ["folder", "example"])]
    pub first_line: bool,
}

#[derive(Serialize)]
struct Made {
    folder: String,
    chain_id: u64,
    depth: u32,
    accounts: usize,
    contracts: usize,
    assets: usize,
    /// Whether the genesis is the example, whose keys everybody knows.
    example: bool,
    root: String,
    parameters: String,
}

/// Runs the command.
pub fn run(arguments: &Arguments, options: &Options) -> anyhow::Result<ExitCode> {
    if options.first_line {
        let genesis = options
            .genesis
            .as_deref()
            .map_or_else(|| Genesis::from_toml(EXAMPLE).map_err(failure::machine), chain::read_genesis)?;
        // A genesis that no chain can begin with is refused here rather than by whoever gets the file.
        Chain::from_genesis(&genesis, "the genesis")?;
        let line = Header { genesis: Some(genesis), ..Header::default() }.to_line()?;
        files::write_or_print(None, line.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(folder) = &options.folder else {
        files::write_or_print(None, EXAMPLE.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    };
    if folder.join(STATE_FILE).exists() {
        return Err(failure::input(format!(
            "{}: holds a chain already; it is never overwritten, so choose another folder",
            folder.display()
        )));
    }
    let (text, name) = text(folder, options.genesis.as_deref())?;
    let genesis = Genesis::from_toml(&text).map_err(|error| failure::input(format!("{name}: {error}")))?;
    let mut chain = Chain::from_genesis(&genesis, &name)?;
    std::fs::create_dir_all(folder).map_err(|error| files::refused(folder.display(), &error))?;
    files::write(&folder.join(GENESIS_FILE), text.as_bytes())?;
    chain.store_in(folder)?;
    let hex = |digest: Digest| output::hex_elements(&stated::digest(&digest));
    let made = Made {
        folder: folder.display().to_string(),
        chain_id: genesis.chain_id.0,
        depth: genesis.depth,
        accounts: genesis.accounts.len(),
        contracts: genesis.contracts.len(),
        assets: genesis.assets.len(),
        example: text == EXAMPLE,
        root: hex(chain.head.boundary.root),
        parameters: hex(chain.head.parameters.digest()),
    };
    output::print(&made, arguments.json)?;
    Ok(ExitCode::SUCCESS)
}

/// The genesis: the file given, else one that already lies in the folder, else the example.
fn text(folder: &Path, given: Option<&Path>) -> anyhow::Result<(String, String)> {
    let inside = folder.join(GENESIS_FILE);
    match given {
        Some(path) => {
            let text = files::read_text(path)?;
            if inside.exists() && files::read_text(&inside)? != text {
                return Err(failure::input(format!(
                    "{}: is another genesis than {}; remove one of them",
                    inside.display(),
                    path.display()
                )));
            }
            Ok((text, path.display().to_string()))
        }
        None if inside.exists() => Ok((files::read_text(&inside)?, inside.display().to_string())),
        None => Ok((EXAMPLE.to_owned(), "the example genesis".to_owned())),
    }
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "chain {} in {}: {}, {}, {}, a tree of depth {}",
            self.chain_id,
            self.folder,
            output::count(self.accounts, "account"),
            output::count(self.contracts, "contract"),
            output::count(self.assets, "asset"),
            self.depth
        )?;
        if self.example {
            writeln!(f, "the keys of its accounts are development keys of seed 1: anybody can sign with them")?;
        }
        writeln!(f, "root       {}", self.root)?;
        writeln!(f, "parameters {}", self.parameters)?;
        let folder = &self.folder;
        write!(
            f,
            "next: braid account 1 --chain {folder}; braid sign transfer --help; braid execute FILE --chain {folder}"
        )
    }
}
