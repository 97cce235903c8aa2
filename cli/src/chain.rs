//! The chain that a command works on: programs, parameters, state and head.
//!
//! A chain lives in a folder (`braid init`) of two files: `genesis.toml`, which people read, and `state`, one snapshot that
//! holds all pages and the [`Head`], and is replaced as a whole. `state` is what makes a folder a chain. Or it lives for one
//! command, made from the genesis in the first line of a transactions file, or from a genesis file.
//!
//! Whoever will move the chain opens it with [`Access::Change`]: a lock on `lock` then keeps others from moving it until the
//! [`Chain`] is dropped. Readers need no lock, since a snapshot is replaced whole.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use braid_contracts::registry::Registry;
use braid_primitives::Digest;
use braid_prover::store::KeyBuilder;
use braid_state_tree::{SnapshotError, Tree, snapshot};
use braid_witness::genesis::{Asset, Genesis};
use braid_witness::{BlockContext, Boundary, Decimal, Interpreter, Parameters};
use serde::{Deserialize, Serialize};

use crate::transactions::{Header, Submission};
use crate::{failure, files};

/// The genesis in a chain's folder.
pub const GENESIS_FILE: &str = "genesis.toml";
/// State and head in a chain's folder.
pub const STATE_FILE: &str = "state";
/// Locked by who moves the chain.
pub const LOCK_FILE: &str = "lock";
/// Version of the head's encoding.
const FORMAT: u32 = 1;

/// Where a chain stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    format: u32,
    /// What the chain is.
    pub parameters: Parameters,
    /// Where its last batch ended.
    pub boundary: Boundary,
    /// Number of the last block, 0 before the first.
    pub block: u64,
    /// Time of the last block in seconds since 1970, 0 before the first.
    pub timestamp: u64,
    /// What its genesis said; none in a folder of an older version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    genesis: Option<Known>,
}

/// What a genesis says, for as long as its text does not change: reading that of a million accounts takes gigabytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    /// Of the text.
    digest: String,
    assets: Vec<Asset>,
    origin: Boundary,
}

/// What a command does with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Looks at it.
    Read,
    /// Moves it: nobody else may until the chain is dropped.
    Change,
}

/// An opened chain.
#[derive(Debug)]
pub struct Chain {
    /// The programs.
    pub registry: Registry,
    /// The programs, ready to run.
    pub interpreter: Interpreter,
    /// The names of its assets, for people.
    pub assets: Vec<Asset>,
    /// The state; at the head until a batch runs on it.
    pub tree: Tree,
    /// Where the chain stands.
    pub head: Head,
    /// Where it began, by its genesis.
    pub origin: Boundary,
    folder: Option<PathBuf>,
    /// Held until the chain is dropped.
    _lock: Option<files::Lock>,
}

impl Chain {
    /// The chain for one run of a file: the one in `folder`, else the one whose genesis is the file's first line.
    ///
    /// # Errors
    /// If there is neither, or if the file says that it is for another chain.
    pub fn open_for(submission: &Submission, folder: Option<&Path>, access: Access) -> anyhow::Result<Self> {
        let carried = submission.header.as_ref().and_then(|header| header.genesis.as_ref());
        let chain = match (folder, carried) {
            (Some(folder), _) => Self::open(folder, access)?,
            (None, Some(genesis)) => Self::from_genesis(genesis, &submission.name)?,
            (None, None) if submission.parameters.is_some() => {
                return Err(failure::input(format!(
                    "{}: a binary file carries no genesis, so say which chain it is for: --chain DIR, or the genesis that `braid \
                     workload --binary` wrote beside it, {0}.toml",
                    submission.name
                )));
            }
            (None, None) => {
                return Err(failure::input(format!(
                    "{}: the first line carries no genesis, so say which chain it is for: --chain DIR (`braid init DIR` \
                     makes one)",
                    submission.name
                )));
            }
        };
        if let (Some(folder), Some(genesis)) = (folder, carried) {
            let theirs = origin(genesis, &submission.name, &chain.registry)?.parameters;
            let own = chain.head.parameters;
            let parts = [
                ("chain number", theirs.chain_id != own.chain_id),
                ("depth", theirs.depth != own.depth),
                ("assets", theirs.assets != own.assets),
            ];
            let differing = parts.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part);
            chain.expect(theirs.digest(), &submission.name, folder, &differing.collect::<Vec<_>>().join(" and "))?;
        }
        if let (Some(digest), place) = (submission.parameters, folder.unwrap_or(Path::new("its genesis"))) {
            chain.expect(digest, &submission.name, place, "chain number, depth or assets")?;
        }
        Ok(chain)
    }

    /// Opens what a path names: a chain's folder, a genesis in TOML, or a transactions file with a genesis. The last two are
    /// chains of one command, which nothing is written to.
    pub fn open(path: &Path, access: Access) -> anyhow::Result<Self> {
        if path.is_dir() {
            return Self::open_folder(path, access);
        }
        if access == Access::Change {
            return Err(failure::input(format!(
                "{}: is no folder; a chain that moves on lives in one (`braid init DIR`)",
                path.display()
            )));
        }
        let name = path.display().to_string();
        if path.extension().is_some_and(|extension| extension == "toml") {
            return Self::from_genesis(&read_genesis(path)?, &name);
        }
        let header = Header::of_file(path)?.and_then(|header| header.genesis);
        let genesis = header.ok_or_else(|| failure::input(format!("{name}: the first line carries no genesis")))?;
        Self::from_genesis(&genesis, &name)
    }

    fn open_folder(folder: &Path, access: Access) -> anyhow::Result<Self> {
        let path = folder.join(STATE_FILE);
        let lock = if access == Access::Change { Some(lock(folder)?) } else { None };
        if lock.is_some() && path.exists() {
            // The head moves after hours of proving; a folder that cannot take it is known now.
            files::check_writable(folder)?;
        }
        let (tree, meta) = snapshot::read(&path).map_err(|error| match error {
            SnapshotError::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound => no_state(folder),
            SnapshotError::File { source, .. } => files::refused(path.display(), &source),
            damaged => failure::machine(format!("{}: {damaged}", path.display())),
        })?;
        let mut head: Head = serde_json::from_slice(&meta)
            .map_err(|error| failure::machine(format!("{}: the head is damaged: {error}", path.display())))?;
        if head.format != FORMAT {
            return Err(failure::machine(format!(
                "{}: written in format {}, but this program reads {FORMAT}",
                path.display(),
                head.format
            )));
        }
        if head.boundary.root != tree.root() || head.parameters.depth != tree.depth() {
            return Err(failure::machine(format!("{}: the pages are not those of the head", path.display())));
        }
        let registry = Registry::builtin();
        let known = Known::of(folder, &head, &registry)?;
        let (assets, origin) = (known.assets.clone(), known.origin);
        head.genesis = Some(known);
        Self::assemble(registry, assets, tree, (origin, head), (Some(folder.to_owned()), lock))
    }

    /// A chain at its beginning, in memory. `name` is what errors call the genesis.
    pub fn from_genesis(genesis: &Genesis, name: &str) -> anyhow::Result<Self> {
        let registry = Registry::builtin();
        let origin = origin(genesis, name, &registry)?;
        let head = Head {
            format: FORMAT,
            parameters: origin.parameters,
            boundary: origin.boundary,
            block: 0,
            timestamp: 0,
            genesis: None,
        };
        Self::assemble(registry, genesis.assets.clone(), origin.tree, (origin.boundary, head), (None, None))
    }

    fn assemble(
        registry: Registry,
        assets: Vec<Asset>,
        tree: Tree,
        (origin, head): (Boundary, Head),
        (folder, lock): (Option<PathBuf>, Option<files::Lock>),
    ) -> anyhow::Result<Self> {
        let interpreter = Interpreter::new(&registry).map_err(failure::machine)?;
        Ok(Self { registry, interpreter, assets, tree, head, origin, folder, _lock: lock })
    }

    /// Puts a chain at its beginning into a folder that holds its genesis and no chain.
    ///
    /// # Errors
    /// If the folder holds a chain already, or cannot be written.
    pub fn store_in(&mut self, folder: &Path) -> anyhow::Result<()> {
        let lock = lock(folder)?;
        if folder.join(STATE_FILE).exists() {
            return Err(failure::input(format!(
                "{}: holds a chain already; it is never overwritten, so choose another folder",
                folder.display()
            )));
        }
        let digest = digest_of(&text_of_genesis(folder)?.1);
        self.head.genesis = Some(Known { digest, assets: self.assets.clone(), origin: self.origin });
        self.folder = Some(folder.to_owned());
        self._lock = Some(lock);
        self.write()
    }

    /// Whether it lives in a folder, and so moves on with each proof.
    pub fn lives_on(&self) -> bool {
        self.folder.is_some()
    }

    /// The block that a batch belongs to (DECISIONS 22): what is asked for, else what the file says, else now and the next
    /// number. Numbers rise, and time never goes back.
    ///
    /// # Errors
    /// With the option or the field of the file that says what cannot be.
    pub fn context(&self, asked: (Option<u64>, Option<u64>), submission: &Submission) -> anyhow::Result<BlockContext> {
        let header = submission.header.as_ref();
        let said = |get: fn(&Header) -> Option<Decimal>| header.and_then(get).map(|said| said.0);
        // What was said, and where.
        let number = said_by(asked.0, said(|header| header.block), "block", submission);
        let timestamp = said_by(asked.1, said(|header| header.timestamp), "timestamp", submission);
        for (value, place) in [&number, &timestamp].into_iter().flatten() {
            if value >> BlockContext::BITS != 0 {
                return Err(failure::input(format!("{place}: {value} is not below 2^{}", BlockContext::BITS)));
            }
        }
        let (number, at_number) = number.unwrap_or_else(|| (self.head.block + 1, "the next block".to_owned()));
        if number <= self.head.block {
            return Err(failure::input(format!(
                "{at_number}: {number} does not follow the chain's last block, {}; the next one is {}",
                self.head.block,
                self.head.block + 1
            )));
        }
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let (timestamp, at_timestamp) = timestamp.unwrap_or_else(|| (now(), "the clock of this machine".to_owned()));
        if timestamp < self.head.timestamp {
            return Err(failure::input(format!(
                "{at_timestamp}: {timestamp} is before the chain's last block, {}: time never goes back",
                self.head.timestamp
            )));
        }
        Ok(BlockContext { number, timestamp, fees_before: self.head.boundary.fees })
    }

    /// Moves the head to the end of a batch that ran on [`Chain::tree`], and in a folder replaces state and head at once.
    /// Call it once the batch's proof is stored.
    ///
    /// # Errors
    /// If the tree is not at that boundary, or the folder cannot be written; it then holds what it held.
    pub fn advance(&mut self, after: Boundary, context: &BlockContext) -> anyhow::Result<()> {
        if self.tree.root() != after.root {
            return Err(failure::machine("the state is not the one that the batch left; nothing was written"));
        }
        self.head.boundary = after;
        self.head.block = context.number;
        self.head.timestamp = context.timestamp;
        self.write()
    }

    fn write(&self) -> anyhow::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let meta = serde_json::to_vec(&self.head).map_err(failure::machine)?;
        let path = folder.join(STATE_FILE);
        snapshot::write(&path, &self.tree, &meta).map_err(|error| match error {
            SnapshotError::File { path, source } => files::refused(path, &source),
            other => failure::machine(other),
        })
    }

    /// Name of an asset, for people.
    pub fn asset_name(&self, asset: u64) -> Option<&str> {
        self.assets.iter().find(|listed| listed.id.0 == asset).map(|listed| listed.name.as_str())
    }

    fn expect(&self, parameters: Digest, file: &str, chain: &Path, differing: &str) -> anyhow::Result<()> {
        if parameters == self.head.parameters.digest() {
            return Ok(());
        }
        Err(failure::input(format!("{file}: is for another chain than {}, with other {differing}", chain.display())))
    }
}

impl Known {
    /// What the genesis of a folder says: as its head has it, unless the text is another one.
    ///
    /// # Errors
    /// If the chain that the text is of is another one.
    fn of(folder: &Path, head: &Head, registry: &Registry) -> anyhow::Result<Self> {
        let (path, text) = text_of_genesis(folder)?;
        let digest = digest_of(&text);
        if let Some(known) = head.genesis.as_ref().filter(|known| known.digest == digest) {
            return Ok(known.clone());
        }
        let genesis = Genesis::from_toml(&text).map_err(|error| failure::input(format!("{path}: {error}")))?;
        let begun = origin(&genesis, &path, registry)?;
        let moved = head.genesis.as_ref().is_some_and(|known| known.origin != begun.boundary);
        if begun.parameters != head.parameters || moved {
            return Err(failure::input(format!(
                "{path}: was changed after `braid init`: what a chain begins with is for ever; put the old text back"
            )));
        }
        Ok(Self { digest, assets: genesis.assets, origin: begun.boundary })
    }
}

fn text_of_genesis(folder: &Path) -> anyhow::Result<(String, String)> {
    let path = folder.join(GENESIS_FILE);
    Ok((path.display().to_string(), files::read_text(&path)?))
}

fn digest_of(genesis: &str) -> String {
    KeyBuilder::new("genesis", 1).with(genesis.as_bytes()).finish().to_string()
}

/// A folder without a state: no chain yet, or one that lost it.
fn no_state(folder: &Path) -> anyhow::Error {
    let name = folder.display();
    failure::input(if folder.join(GENESIS_FILE).exists() {
        format!(
            "{name}: has a genesis but no `{STATE_FILE}`. If it never was a chain, `braid init {name}` makes it one; if it was, put a copy of that \
             file back, or begin again in another folder with `braid init DIR --genesis {name}/{GENESIS_FILE}` and prove its batches there in \
             their order"
        )
    } else {
        format!("{name}: holds no chain; make one with `braid init {name}`")
    })
}

/// A number of the block and where it was said: by an option, else by the file's header.
fn said_by(asked: Option<u64>, said: Option<u64>, field: &str, submission: &Submission) -> Option<(u64, String)> {
    let by_header = || format!("{}, line {}: {field}", submission.name, submission.header_line);
    asked.map(|value| (value, format!("--{field}"))).or_else(|| said.map(|value| (value, by_header())))
}

/// Reads a genesis in TOML.
pub fn read_genesis(path: &Path) -> anyhow::Result<Genesis> {
    let text = files::read_text(path)?;
    Genesis::from_toml(&text).map_err(|error| failure::input(format!("{}: {error}", path.display())))
}

fn origin(genesis: &Genesis, name: &str, registry: &Registry) -> anyhow::Result<braid_witness::genesis::Origin> {
    genesis.build(registry).map_err(|error| failure::input(format!("{name}: genesis: {error}")))
}

/// The lock of who moves the chain in a folder.
fn lock(folder: &Path) -> anyhow::Result<files::Lock> {
    files::lock(&folder.join(LOCK_FILE))?.ok_or_else(|| {
        failure::input(format!("{}: another braid is moving this chain; wait until it is done", folder.display()))
    })
}
