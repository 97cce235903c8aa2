//! Other people's trees for the program `tree` of Braid's benchmarks, which starts this one.
//!
//! `braid-bench-peers jmt|nomt FOLDER` reads a batch a line, `[[key, [cell; 8]], …]` by rising key, applies it, and answers
//! with a line of JSON: seconds by the name of what they were for. The first batch holds every key, and is what the tree is
//! made of. Reading the line, hashing numbers to keys and sorting by key happen before clocks start.

mod jellyfish;
#[cfg(feature = "nomt")]
mod nearly_optimal;

use std::io::{BufRead, Write};
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Parser, ValueEnum};
use sha2::{Digest, Sha256};
use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Applies batches from standard input to a tree.
#[derive(Parser)]
struct Arguments {
    /// Which tree
    peer: Name,
    /// Folder for what is durable
    folder: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    Jmt,
    Nomt,
}

/// A 32-byte key and a 64-byte value.
type Entry = ([u8; 32], Vec<u8>);

/// A tree that takes in batches, by rising key, and says how long each step took.
trait Peer {
    fn apply(&mut self, batch: Vec<Entry>) -> Result<Vec<(&'static str, f64)>>;
}

fn main() -> Result<()> {
    let Arguments { peer, folder } = Arguments::parse();
    std::fs::create_dir_all(&folder)?;
    let mut peer: Box<dyn Peer> = match peer {
        Name::Jmt => Box::new(jellyfish::Jellyfish::new(&folder)?),
        #[cfg(feature = "nomt")]
        Name::Nomt => Box::new(nearly_optimal::NearlyOptimal::new(&folder)?),
        #[cfg(not(feature = "nomt"))]
        Name::Nomt => bail!("built without the feature nomt"),
    };
    for line in std::io::stdin().lock().lines() {
        let numbers: Vec<(u64, [u64; 8])> = serde_json::from_str(&line?)?;
        if numbers.is_empty() {
            bail!("an empty batch");
        }
        let mut batch: Vec<Entry> = numbers.iter().map(entry).collect();
        batch.sort();
        let times: serde_json::Map<_, _> =
            peer.apply(batch)?.into_iter().map(|(name, seconds)| (name.to_owned(), seconds.into())).collect();
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", serde_json::Value::from(times))?;
        out.flush()?;
    }
    Ok(())
}

/// Keys are spread evenly, as both libraries ask for.
fn entry((number, cells): &(u64, [u64; 8])) -> Entry {
    (Sha256::digest(number.to_le_bytes()).into(), cells.iter().flat_map(|cell| cell.to_le_bytes()).collect())
}
