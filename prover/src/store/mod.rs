//! Artifacts: finished proofs under the digest of everything that went into them.
//!
//! The artifact is the truth. A job asks the store first, proves only what is missing, and stores only what it has
//! verified; an interrupted run therefore continues where it stopped, and no finished work is done twice. The folder
//! store here serves one machine; a cluster puts an object store behind the same [`ArtifactStore`].

mod folder;
mod key;
#[cfg(test)]
mod tests;

pub use folder::{FolderStore, write_atomically};
pub use key::{ArtifactKey, KeyBuilder};

use std::path::PathBuf;

/// Where finished proofs lie. Implementations are atomic: a reader sees a whole artifact or none.
pub trait ArtifactStore: Send + Sync {
    /// The artifact, or `None` if there is none or what lies there is damaged (and is then removed).
    ///
    /// # Errors
    /// If the storage cannot be read.
    fn get(&self, key: &ArtifactKey) -> Result<Option<Vec<u8>>, StoreError>;

    /// Stores an artifact; one that is there already stays.
    ///
    /// # Errors
    /// If the storage cannot be written: then nothing of the artifact remains.
    fn put(&self, key: &ArtifactKey, artifact: &[u8]) -> Result<(), StoreError>;

    /// Removes an artifact, if it is there.
    ///
    /// # Errors
    /// If the storage cannot be written.
    fn remove(&self, key: &ArtifactKey) -> Result<(), StoreError>;
}

/// The storage failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}{}", .path.display(), hint(.source))]
pub struct StoreError {
    /// What was tried.
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// Why it failed.
    #[source]
    pub source: std::io::Error,
}

/// What a person can do about an error of the file system.
fn hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::StorageFull => " (the disk is full: free some space and run the same command again)",
        std::io::ErrorKind::PermissionDenied => " (choose another folder, or give yourself write permission)",
        std::io::ErrorKind::ReadOnlyFilesystem => " (choose a folder on a writable disk)",
        _ => "",
    }
}
