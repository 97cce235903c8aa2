use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{ArtifactKey, ArtifactStore, StoreError};

/// First bytes of an artifact's file: format and version.
const MAGIC: &[u8; 8] = b"braidAF1";
/// Magic and checksum.
const HEADER: usize = 8 + 32;

/// Artifacts as files of a folder, named by their keys.
///
/// A file is written under a temporary name, flushed to disk and renamed, so that a crash at any moment leaves it whole
/// or absent. A file that does not match its checksum is removed and counts as absent.
#[derive(Clone, Debug)]
pub struct FolderStore {
    folder: PathBuf,
}

impl FolderStore {
    /// Opens the folder, creating it if need be, and removes what an interrupted writer left.
    ///
    /// # Errors
    /// If the folder cannot be created or read.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let store = Self { folder: folder.into() };
        fs::create_dir_all(&store.folder).map_err(store.error("create", &store.folder))?;
        let entries = fs::read_dir(&store.folder).map_err(store.error("list", &store.folder))?;
        for entry in entries.flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "part") {
                // Somebody else's cleaning up of the same file is as good as ours.
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(store)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn path(&self, key: &ArtifactKey) -> PathBuf {
        self.folder.join(format!("{key}.artifact"))
    }

    fn error<'a>(&self, action: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> StoreError + use<'a> {
        move |source| StoreError { action, path: path.to_owned(), source }
    }
}

impl ArtifactStore for FolderStore {
    fn get(&self, key: &ArtifactKey) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path(key);
        let mut bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.error("read", &path)(error)),
        };
        let whole = bytes.len() >= HEADER && bytes[..8] == *MAGIC && bytes[8..HEADER] == checksum(&bytes[HEADER..]);
        if !whole {
            tracing::warn!(path = %path.display(), "artifact is damaged and will be made again");
            self.remove(key)?;
            return Ok(None);
        }
        Ok(Some(bytes.split_off(HEADER)))
    }

    fn put(&self, key: &ArtifactKey, artifact: &[u8]) -> Result<(), StoreError> {
        let path = self.path(key);
        write_atomically(&path, &[MAGIC, &checksum(artifact), artifact])
    }

    fn remove(&self, key: &ArtifactKey) -> Result<(), StoreError> {
        let path = self.path(key);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.error("remove", &path)(error)),
            _ => Ok(()),
        }
    }
}

fn checksum(artifact: &[u8]) -> [u8; 32] {
    Sha256::digest(artifact).into()
}

/// Writes a file so that it is there whole or, after a crash at any moment, not at all.
///
/// # Errors
/// If the folder cannot be written; the temporary file is then removed.
pub fn write_atomically(path: &Path, parts: &[&[u8]]) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = path.with_extension(format!("{}.part", std::process::id()));
    let fail = |action, source| StoreError { action, path: path.to_owned(), source };
    let write = || {
        let mut file = File::create(&temporary)?;
        parts.iter().try_for_each(|part| file.write_all(part))?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|source| {
        let _ = fs::remove_file(&temporary);
        fail("write", source)
    })
}
