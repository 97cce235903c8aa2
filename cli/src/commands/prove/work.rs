//! The work folder of a run, which one run at a time works in.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use braid_prover::store::FolderStore;

use crate::{failure, files};

/// Locked by the run that works in the folder.
const LOCK_FILE: &str = "lock";

/// A work folder that no other run uses until this is dropped. An empty folder is then removed.
pub struct Work {
    /// The finished proofs in it.
    pub store: FolderStore,
    folder: PathBuf,
    _lock: files::Lock,
}

impl Work {
    /// Opens the folder, which is made in the one it lies in if it is not there.
    ///
    /// # Errors
    /// If another run works in it, or it cannot be written.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        match fs::create_dir(folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(files::refused(folder.display(), &error));
            }
            _ => {}
        }
        let path = folder.join(LOCK_FILE);
        let lock = files::lock(&path)?.ok_or_else(|| {
            failure::input(format!(
                "{}: another braid is proving into this folder; wait until it is done, or say another --out",
                folder.display()
            ))
        })?;
        // What an interrupted writer left is removed, which must not be another run's.
        let store = FolderStore::open(folder).map_err(failure::machine)?;
        Ok(Self { store, folder: folder.to_owned(), _lock: lock })
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        leave(&self.folder);
    }
}

/// Leaves a work folder that this process holds the lock of. It stays if anything else is in it.
pub fn leave(folder: &Path) {
    let _ = fs::remove_file(folder.join(LOCK_FILE));
    let _ = fs::remove_dir(folder);
}
