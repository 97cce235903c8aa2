//! Files as the commands read and write them: errors say whose fault they are, and an output replaces its file whole.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::failure;

/// Stands for standard input.
pub const STANDARD_INPUT: &str = "-";

/// All bytes of a file, or of standard input for `-`.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new(STANDARD_INPUT) {
        io::stdin().read_to_end(&mut bytes).map_err(|error| refused("standard input", &error))?;
        return Ok(bytes);
    }
    File::open(path)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(|error| refused(path.display(), &error))?;
    Ok(bytes)
}

/// A file as text.
pub fn read_text(path: &Path) -> anyhow::Result<String> {
    let text = String::from_utf8(read(path)?);
    text.map_err(|error| failure::input(format!("{}: not a text in UTF-8: {error}", path.display())))
}

/// Writes a file whole: into one beside it, synced, then renamed over it, then the folder synced. After a crash the old
/// content is there or the new one.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = folder_of(path);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = folder.join(format!(".{name}.{}.writing", std::process::id()));
    let replace = || -> io::Result<()> {
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        File::open(&folder)?.sync_all()
    };
    replace().map_err(|error| {
        // Left over only where the disk failed; the error above says more than one of removing.
        let _ = fs::remove_file(&beside);
        refused(path.display(), &error)
    })
}

/// Writes to a file whole, or to standard output where there is none.
pub fn write_or_print(path: Option<&Path>, bytes: &[u8]) -> anyhow::Result<()> {
    match path {
        Some(path) => write(path, bytes),
        None => match io::stdout().write_all(bytes) {
            // Whoever reads has seen enough, as `head` does.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(|error| refused("standard output", &error)),
        },
    }
}

/// An error of the file system, with the path and whose fault it is: a name that leads nowhere is the user's.
pub fn refused(what: impl std::fmt::Display, error: &io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::NotFound => failure::input(format!("{what}: there is no such file or folder")),
        ErrorKind::IsADirectory => failure::input(format!("{what}: is a folder, not a file")),
        ErrorKind::NotADirectory => failure::input(format!("{what}: is a file, not a folder")),
        ErrorKind::AlreadyExists => failure::input(format!("{what}: exists already; choose another name or move it")),
        ErrorKind::PermissionDenied => {
            failure::machine(format!("{what}: permission denied; check the owner and mode of the file and its folder"))
        }
        ErrorKind::StorageFull => failure::machine(format!("{what}: the disk is full")),
        _ => failure::machine(format!("{what}: {error}")),
    }
}

/// The folder that a file lies in.
fn folder_of(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        write(&path, b"first").unwrap();
        write(&path, b"second").unwrap();
        assert_eq!(read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn errors_name_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none/out");
        for error in [read(&missing).unwrap_err(), write(&missing, b"").unwrap_err()] {
            assert!(error.to_string().ends_with("none/out: there is no such file or folder"), "{error}");
        }
        assert!(read_text(folder.path()).is_err());
    }
}
