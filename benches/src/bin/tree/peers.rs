//! Other trees, as child processes that take a batch a line and answer with its times.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::batches::{Batch, content};
use crate::{Failure, Least};

/// Folder of the package, and of what is built from it.
const PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");
const BUILT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/peers");

/// A tree that others have made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Peer {
    /// Jellyfish Merkle tree, in memory and with a log
    Jmt,
    /// Nearly Optimal Merkle Trie, with its own storage
    Nomt,
}

impl Peer {
    const fn name(self) -> &'static str {
        match self {
            Self::Jmt => "jmt",
            Self::Nomt => "nomt",
        }
    }
}

/// Builds the program that holds them.
///
/// # Errors
/// If it cannot be built, as without its packages.
pub fn build(peers: &[Peer]) -> Result<(), Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let words = ["build", "--release", "--locked", "--quiet", "--target-dir", BUILT, "--manifest-path"];
    let features: &[&str] = if peers.contains(&Peer::Nomt) { &["--features", "nomt"] } else { &[] };
    let status = Command::new(cargo).args(words).arg(Path::new(PACKAGE).join("Cargo.toml")).args(features).status()?;
    if status.success() { Ok(()) } else { Err("the other trees could not be built".into()) }
}

/// A peer at work.
pub struct Process {
    peer: Peer,
    child: Child,
    words: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Process {
    /// Starts a peer and has it take in all accounts. What it makes durable lies in `folder`.
    pub fn start(peer: Peer, accounts_log2: u32, folder: &Path) -> Result<Self, Failure> {
        let mut child = Command::new(PathBuf::from(BUILT).join("release/braid-bench-peers"))
            .arg(peer.name())
            .arg(folder.join(peer.name()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let words = child.stdin.take().ok_or("no pipe to the child")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no pipe from the child")?);
        let mut process = Self { peer, child, words, answers };
        process.apply(&Batch { number: 0, accounts: (0..1 << accounts_log2).collect() })?;
        Ok(process)
    }

    /// Applies a batch. Times are nanoseconds a page.
    pub fn measure(&mut self, batch: &Batch, least: &mut Least) -> Result<(), Failure> {
        let answer = self.apply(batch)?;
        for (name, seconds) in answer.as_object().ok_or("a peer answers something else")? {
            let seconds = seconds.as_f64().ok_or("a peer answers something else")?;
            least.add(format!("{}, {name}/page", self.peer.name()), 1e9 * seconds / batch.accounts.len() as f64);
        }
        Ok(())
    }

    /// Has the peer end.
    pub fn end(self) -> Result<(), Failure> {
        let Self { mut child, words, .. } = self;
        drop(words);
        if child.wait()?.success() { Ok(()) } else { Err("a peer failed at its end".into()) }
    }

    fn apply(&mut self, batch: &Batch) -> Result<Value, Failure> {
        let pages: Vec<(u64, [u64; 8])> =
            batch.accounts.iter().map(|account| (*account, content(batch.number, *account))).collect();
        writeln!(self.words, "{}", json!(pages))?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(serde_json::from_str(&answer)?)
    }
}
