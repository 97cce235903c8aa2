//! Where committed state lives between runs.
//!
//! A [`Store`] takes in one write set at a time, together with whatever its user wants to find beside it (meta data: the
//! head of the chain). After a crash it returns the last write set that was committed, whole.

use crate::snapshot::{self, SnapshotError};
use crate::tree::Tree;
use braid_primitives::Page;
use std::path::{Path, PathBuf};

/// Durable state: atomic write sets, in order.
pub trait Store: Send {
    /// The state after the last commit, with its meta data; `None` if nothing was ever committed.
    ///
    /// # Errors
    /// If what is stored cannot be read, or is damaged.
    fn load(&self) -> Result<Option<(Tree, Vec<u8>)>, SnapshotError>;

    /// Makes a write set durable. `tree` is the state after it, `changes` the pages it wrote by rising address (all
    /// pages, on a first commit).
    ///
    /// # Errors
    /// If it could not be made durable; the store then holds the state before.
    fn commit(&mut self, tree: &Tree, changes: &[(u64, Page)], meta: &[u8]) -> Result<(), SnapshotError>;
}

/// A store that writes the whole tree each time. Right for states of up to some millions of pages.
#[derive(Clone, Debug)]
pub struct SnapshotStore {
    path: PathBuf,
}

impl SnapshotStore {
    /// A store in the file at `path`, which need not exist yet.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }
}

impl Store for SnapshotStore {
    fn load(&self) -> Result<Option<(Tree, Vec<u8>)>, SnapshotError> {
        let missing = |source: &std::io::Error| source.kind() == std::io::ErrorKind::NotFound;
        match snapshot::read(&self.path) {
            Ok(found) => Ok(Some(found)),
            Err(SnapshotError::File { source, .. }) if missing(&source) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn commit(&mut self, tree: &Tree, _changes: &[(u64, Page)], meta: &[u8]) -> Result<(), SnapshotError> {
        snapshot::write(&self.path, tree, meta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_the_last_commit() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SnapshotStore::new(&folder.path().join("state"));
        assert!(store.load().unwrap().is_none());
        let mut tree = Tree::new(8).unwrap();
        for number in 1..4u8 {
            let changes = [(u64::from(number), [braid_primitives::F::new(u64::from(number)); 8])];
            tree.update(&changes).unwrap();
            store.commit(&tree, &changes, &[number]).unwrap();
        }
        let (found, meta) = store.load().unwrap().unwrap();
        assert_eq!((found.root(), meta), (tree.root(), vec![3]));
    }

    #[test]
    fn damage_is_reported_not_taken_for_absence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        std::fs::write(&path, b"not a snapshot").unwrap();
        assert!(SnapshotStore::new(&path).load().is_err());
    }
}
