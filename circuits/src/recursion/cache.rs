//! Circuits on disk between runs.
//!
//! Building circuits takes seconds to minutes, loading them tenths of a second. A set lies in a folder named by a
//! digest of everything it depends on, so that a cache is never out of date, only absent. Files are written under
//! another name and renamed, carry their length and a checksum, and are rebuilt if either is wrong. Nothing in the
//! cache is trusted: a circuit is used only if its key is the one expected, and proofs are verified in any case.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::RecursionError;

/// Bytes that all sets together may take, unless `BRAID_CACHE_LIMIT` says otherwise (in GiB).
const DEFAULT_LIMIT: u64 = 24 << 30;

/// Precedes every file: format, length of the content, checksum.
const MAGIC: &[u8; 8] = b"BRAIDCC1";
const HEADER: usize = 24;

/// A folder of circuit sets.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
    limit: u64,
}

/// The folder of one set.
#[derive(Debug)]
pub struct Entry {
    folder: PathBuf,
    /// Where it lies.
    cache: Cache,
}

/// Keeps other processes from building the same set at the same time; given up when dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

fn failure(path: &Path) -> impl FnOnce(io::Error) -> RecursionError + '_ {
    |source| RecursionError::Cache { path: path.display().to_string(), source }
}

/// Detects damage, not malice: every step is a bijection of the sum, so that no single changed word goes unnoticed.
fn checksum(bytes: &[u8]) -> u64 {
    let mut sum = bytes.len() as u64;
    let mut step = |word: u64| sum = (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().for_each(|&word| step(u64::from_le_bytes(word)));
    rest.iter().for_each(|&byte| step(u64::from(byte)));
    sum
}

impl Cache {
    /// The user's cache: `BRAID_CACHE`, else `braid` in the system's folder for caches. `None` if there is no such
    /// folder, as for users without a home.
    pub fn of_user() -> Option<Self> {
        let limit = std::env::var("BRAID_CACHE_LIMIT").ok().and_then(|limit| limit.parse::<u64>().ok());
        let limit = limit.map_or(DEFAULT_LIMIT, |gib| gib.saturating_mul(1 << 30));
        Some(Self { folder: user_folder()?, limit })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Bytes that all sets together may take.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// A cache in this folder, of at most `limit` bytes.
    pub fn at(folder: impl Into<PathBuf>, limit: u64) -> Self {
        Self { folder: folder.into(), limit }
    }

    /// The folder of the set with this name, made once something is put there.
    pub fn entry(&self, name: &str) -> Entry {
        Entry { folder: self.folder.join(name), cache: self.clone() }
    }

    /// Removes the sets that were used longest ago until the rest fits the limit. `keep` is never removed. What cannot
    /// be removed, because another process uses it, stays.
    fn trim(&self, keep: &Entry) -> Result<(), RecursionError> {
        let mut sets = Vec::new();
        for item in fs::read_dir(&self.folder).map_err(failure(&self.folder))? {
            let folder = item.map_err(failure(&self.folder))?.path();
            if folder.is_dir() {
                let entry = Entry { folder, cache: self.clone() };
                let (size, used) = (entry.size(), entry.last_use());
                sets.push((used, size, entry));
            }
        }
        let mut total: u64 = sets.iter().map(|(_, size, _)| size).sum();
        sets.sort_by_key(|(used, _, _)| *used);
        for (_, size, entry) in sets {
            if total <= self.limit {
                break;
            }
            if entry.folder != keep.folder && fs::remove_dir_all(&entry.folder).is_ok() {
                total = total.saturating_sub(size);
            }
        }
        Ok(())
    }
}

/// Where this system keeps caches.
fn user_folder() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = variable("BRAID_CACHE") {
        return Some(folder);
    }
    let caches = if cfg!(target_os = "windows") {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Caches"))
    } else {
        variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))
    };
    Some(caches?.join("braid"))
}

impl Entry {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Waits until no other process holds the lock of this set, and takes it. Also marks the set as used. Who holds it must not ask for it
    /// again.
    pub fn lock(&self) -> Result<Lock, RecursionError> {
        let file = self.used()?;
        file.lock().map_err(failure(&self.folder))?;
        Ok(Lock { _file: file })
    }

    /// Marks the set as used; the file that locks it.
    fn used(&self) -> Result<File, RecursionError> {
        // Another process may have made room.
        fs::create_dir_all(&self.folder).map_err(failure(&self.folder))?;
        let path = self.path("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failure(&path))?;
        // A folder whose time cannot be set is only trimmed earlier than it need be.
        let _ = file.set_modified(SystemTime::now());
        Ok(file)
    }

    /// Marks the set as used, and makes room for it in its cache: others go, those first that were used longest ago.
    pub fn trim(&self) -> Result<(), RecursionError> {
        self.used()?;
        self.cache.trim(self)
    }

    fn last_use(&self) -> Option<SystemTime> {
        fs::metadata(self.path("lock")).and_then(|metadata| metadata.modified()).ok()
    }

    fn size(&self) -> u64 {
        let items = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        items.filter_map(|item| item.metadata().ok()).map(|metadata| metadata.len()).sum()
    }

    /// Whether there is a file of this name, whole or not.
    pub fn has(&self, name: &str) -> bool {
        self.path(name).is_file()
    }

    /// Content of a file; `None` if it is missing, cut off, or damaged.
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        let mut bytes = fs::read(self.path(name)).ok()?;
        let header: [u8; HEADER] = *bytes.first_chunk()?;
        let (magic, numbers) = header.split_at(MAGIC.len());
        let (length, sum) = numbers.split_at(8);
        let content = bytes.get(HEADER..)?;
        let whole =
            magic == MAGIC && length == (content.len() as u64).to_le_bytes() && sum == checksum(content).to_le_bytes();
        if !whole {
            return None;
        }
        bytes.drain(..HEADER);
        Some(bytes)
    }

    /// Writes a file as a whole: readers see the old one or the new one.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), RecursionError> {
        let path = self.path(name);
        let temporary = self.path(&format!("{name}.{}.partial", std::process::id()));
        let write = || {
            fs::create_dir_all(&self.folder)?;
            let mut file = File::create(&temporary)?;
            file.write_all(MAGIC)?;
            file.write_all(&(content.len() as u64).to_le_bytes())?;
            file.write_all(&checksum(content).to_le_bytes())?;
            file.write_all(content)?;
            file.sync_all()?;
            fs::rename(&temporary, &path)
        };
        let result = write();
        if result.is_err() {
            // What was written of it is of no use; if it cannot be removed either, the first error says why.
            let _ = fs::remove_file(&temporary);
        }
        result.map_err(failure(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> tempfile::TempDir {
        tempfile::Builder::new().prefix(name).tempdir().expect("a temporary folder")
    }

    #[test]
    fn damaged_and_missing_files_are_not_there() {
        let folder = folder("braid-cache");
        let entry = Cache::at(folder.path(), 1 << 20).entry("set");
        let content: Vec<u8> = (0..1000_u32).map(|i| (i * i) as u8).collect();
        assert_eq!(entry.read("circuit"), None);
        entry.write("circuit", &content).expect("written");
        assert_eq!(entry.read("circuit"), Some(content.clone()));
        let path = entry.path("circuit");
        let whole = fs::read(&path).expect("a file");
        for byte in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[byte] ^= 1;
            fs::write(&path, &bytes).expect("written");
            assert_eq!(entry.read("circuit"), None, "byte {byte}");
        }
        for length in [0, HEADER - 1, HEADER, whole.len() - 1] {
            fs::write(&path, &whole[..length]).expect("written");
            assert_eq!(entry.read("circuit"), None, "length {length}");
        }
    }

    #[test]
    fn the_set_used_longest_ago_goes_first_and_the_current_one_stays() {
        let folder = folder("braid-cache");
        let cache = Cache::at(folder.path(), 2500);
        let entries: Vec<Entry> = ["a", "b", "c"].iter().map(|name| cache.entry(name)).collect();
        for (age, entry) in entries.iter().enumerate() {
            entry.write("circuit", &[0; 1000]).expect("written");
            let lock = entry.lock().expect("free");
            lock._file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(age as u64)).expect("set");
        }
        cache.trim(&entries[0]).expect("trimmed");
        let left: Vec<bool> = entries.iter().map(|entry| entry.read("circuit").is_some()).collect();
        assert_eq!(left, [true, false, true]);
    }

    #[test]
    fn one_holder_of_a_lock_at_a_time() {
        let folder = folder("braid-cache");
        let entry = Cache::at(folder.path(), 0).entry("set");
        let lock = entry.lock().expect("free");
        let other = OpenOptions::new().write(true).open(entry.path("lock")).expect("a file");
        assert!(other.try_lock().is_err());
        drop(lock);
        assert!(other.try_lock().is_ok());
    }
}
