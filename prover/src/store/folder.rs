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
    /// Opens the folder, creating it if need be, and removes what an interrupted writer left. Files that are not the store's
    /// by their names stay.
    ///
    /// # Errors
    /// If the folder cannot be created or read.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let store = Self { folder: folder.into() };
        fs::create_dir_all(&store.folder).map_err(store.error("create", &store.folder))?;
        for path in store.files(is_leftover)? {
            // Somebody else's cleaning up of the same file is as good as ours.
            let _ = fs::remove_file(path);
        }
        Ok(store)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it holds any artifact, whole or not.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn holds_artifacts(&self) -> Result<bool, StoreError> {
        Ok(!self.files(is_artifact)?.is_empty())
    }

    /// Removes all artifacts, what interrupted writers left and the files named, then the folder if nothing else is in it.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub fn remove_all(self, named: &[&str]) -> Result<(), StoreError> {
        for path in self.files(|name| is_artifact(name) || is_leftover(name))? {
            remove(&path)?;
        }
        // Last, so that who is interrupted in between still finds what they say.
        for path in self.files(|name| named.contains(&name))? {
            remove(&path)?;
        }
        match fs::remove_dir(&self.folder) {
            // Somebody else's files, or a link that stands for the folder.
            Err(error) if matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory) => Ok(()),
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.error("remove", &self.folder)(error)),
            _ => Ok(()),
        }
    }

    /// Files of the folder by their names.
    fn files(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, StoreError> {
        let entries = fs::read_dir(&self.folder).map_err(self.error("list", &self.folder))?;
        let named = entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(&wanted));
        Ok(named.map(|entry| entry.path()).collect())
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
        remove(&self.path(key))
    }
}

/// Removes a file, if it is there.
fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(StoreError { action: "remove", path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Whether a name is an artifact's: its key in hexadecimal digits.
fn is_artifact(name: &str) -> bool {
    name.strip_suffix(".artifact").is_some_and(is_key)
}

/// Whether a name is one that [`write_atomically`] writes under in a store's folder: of an artifact, or of the `run.json` that
/// a run keeps beside them, with the number of the process.
fn is_leftover(name: &str) -> bool {
    let parts = name.strip_suffix(".part").and_then(|name| name.rsplit_once('.'));
    parts.is_some_and(|(stem, process)| {
        let number = !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit());
        number && (stem == "run" || is_key(stem))
    })
}

fn is_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
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
