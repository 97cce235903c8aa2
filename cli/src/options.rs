//! Options that several commands have.

use std::path::PathBuf;

use braid_circuits::leaf::shape::Shape;

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
    /// Size of the chunks that the batch is cut into: tiny, small or standard
    #[arg(long, value_name = "SHAPE", default_value = "standard")]
    pub shape: Shape,
    /// Write every transaction that did not run to this file, with line, reason and page
    #[arg(long, value_name = "FILE")]
    pub rejections: Option<PathBuf>,
}
