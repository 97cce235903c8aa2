//! Options that several commands have.

use std::path::{Path, PathBuf};

use braid_circuits::leaf::shape::Shape;
use braid_circuits::stark::Security;
use braid_primitives::MODULUS;
use braid_state_tree::{MAX_DEPTH, MIN_DEPTH};
use braid_verifier::{Digest, SecurityLevel};
use clap::builder::{RangedI64ValueParser, RangedU64ValueParser};

use crate::chain::{GENESIS_FILE, LOCK_FILE, STATE_FILE};
use crate::{files, shapes};

/// Which transactions on which chain.
#[derive(Clone, Debug, clap::Args)]
pub struct Batch {
    /// Transactions: JSON lines or binary; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Folder of the chain; without it, the file's first line must carry a genesis
    #[arg(long, value_name = "DIR")]
    pub chain: Option<PathBuf>,
    /// Time of the block in seconds since 1970; now by default
    #[arg(long, value_name = "SECONDS")]
    pub timestamp: Option<u64>,
    /// Number of the block; the next one by default
    #[arg(long, value_name = "N")]
    pub block: Option<u64>,
    /// Least fee of a signed transaction, in quanta of the native asset
    #[arg(long, value_name = "QUANTA", default_value_t = 0)]
    pub min_fee: u64,
    /// Size of the chunks that the batch is cut into.
    #[arg(long, value_name = "SHAPE", help = shape_help())]
    pub shape: Option<Shape>,
    /// Add what the operator owes the batch and the file lacks: the claim of its fees last, and every other system
    /// program whose operands follow from the state before the first use of what it brings up to date. They are
    /// transactions like others, but no batch: `prove` wants one of the file's, or --allow-empty
    #[arg(long)]
    pub auto: bool,
    /// Write every transaction that did not run to this file, with line, reason and page
    #[arg(long, value_name = "FILE")]
    pub rejections: Option<PathBuf>,
}

impl Batch {
    /// Whether the transactions are a file that has a name for what is made from it.
    pub fn is_file(&self) -> bool {
        self.file != Path::new(files::STANDARD_INPUT) && !files::is_special(&self.file)
    }

    /// What the command reads and must find again: the transactions, and the files of the chain.
    pub fn inputs(&self) -> Vec<PathBuf> {
        let chain = self.chain.iter().flat_map(|folder| {
            [STATE_FILE, GENESIS_FILE, LOCK_FILE].map(|name| folder.join(name)).into_iter().chain([folder.clone()])
        });
        self.is_file().then(|| self.file.clone()).into_iter().chain(chain).collect()
    }

    /// Refuses an output that would replace what the command reads, or that is no name of a file.
    ///
    /// # Errors
    /// If so, with the option's name.
    pub fn check_output(&self, option: &str, path: &Path) -> anyhow::Result<()> {
        files::check_output(option, path)?;
        files::check_apart(option, path, &self.inputs())
    }
}

fn shape_help() -> String {
    format!(
        "Size of the chunks that the batch is cut into: {}, where hot holds as much as standard for less, if few accounts take part; by \
         default the one whose proofs are predicted to be done first, among those that fit memory",
        shapes::names()
    )
}

/// Reads a level of security for proving.
pub fn security(name: &str) -> Result<Security, String> {
    Security::ALL.into_iter().find(|level| level.name() == name).ok_or_else(|| unknown_level(name))
}

/// Reads a level of security for verifying.
pub fn level(name: &str) -> Result<SecurityLevel, String> {
    SecurityLevel::ALL.into_iter().find(|level| level.name() == name).ok_or_else(|| unknown_level(name))
}

fn unknown_level(name: &str) -> String {
    format!("there is no level {name:?}: choose provable-100, conjectured-100 or insecure")
}

/// Reads the depth of a state tree.
pub fn depth() -> RangedI64ValueParser<u32> {
    RangedI64ValueParser::new().range(i64::from(MIN_DEPTH)..=i64::from(MAX_DEPTH))
}

/// Reads the number of a chain, an element of the field.
pub fn chain_id() -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(..MODULUS)
}

/// Reads an amount of memory in GiB.
pub fn memory(text: &str) -> Result<f64, String> {
    let gib = text.parse().ok().filter(|gib: &f64| gib.is_finite() && *gib > 0.0);
    gib.ok_or_else(|| format!("{text:?} is no amount of memory: a number of GiB above 0, as 8 or 2.5"))
}

/// Reads four field elements of 16 hexadecimal digits each.
pub fn digest(text: &str) -> Result<Digest, String> {
    let element = |i: usize| {
        let digits = text.get(16 * i..16 * i + 16).filter(|_| text.len() == 64);
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        u64::from_str_radix(digits, 16).ok().filter(|element| *element < MODULUS)
    };
    match [element(0), element(1), element(2), element(3)] {
        [Some(a), Some(b), Some(c), Some(d)] => Ok([a, b, c, d]),
        _ => Err("a digest is 64 hexadecimal digits: four numbers below the field's order".to_owned()),
    }
}
