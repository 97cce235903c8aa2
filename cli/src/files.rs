//! Files as the commands read and write them: errors say whose fault they are, and an output replaces its file whole.

use std::fs::{self, File, TryLockError};
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

/// A file of at most `most` bytes as text. No more than that is read of one that is longer, or never ends.
pub fn read_short_text(path: &Path, most: u64) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    let read = |file: File| file.take(most + 1).read_to_end(&mut bytes);
    File::open(path).and_then(read).map_err(|error| refused(path.display(), &error))?;
    if bytes.len() as u64 > most {
        return Err(failure::input(format!("{}: longer than {most} bytes", path.display())));
    }
    text(path, bytes)
}

/// A file as text.
pub fn read_text(path: &Path) -> anyhow::Result<String> {
    text(path, read(path)?)
}

fn text(path: &Path, bytes: Vec<u8>) -> anyhow::Result<String> {
    let text = String::from_utf8(bytes);
    text.map_err(|error| failure::input(format!("{}: not a text in UTF-8: {error}", path.display())))
}

/// Writes a file whole: into one beside it, synced, then renamed over it, then the folder synced. After a crash the old
/// content is there or the new one. A link stays, and what it leads to is replaced; devices and pipes are written to.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if let Some(result) = write_through(path, bytes) {
        return match result {
            // Whoever reads has seen enough, as `head` does.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(|error| refused(path.display(), &error)),
        };
    }
    let named = path;
    let path = &target(path).map_err(|error| refused(named.display(), &error))?;
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
        refused(named.display(), &error)
    })
}

/// Refuses an output that would replace a file of another content, unless the user said so. `option` is what he said the path with.
pub fn check_new(option: &str, path: &Path, overwrite: bool, bytes: &[u8]) -> anyhow::Result<()> {
    check_output(option, path)?;
    if overwrite || !path.is_file() {
        return Ok(());
    }
    match fs::read(path).map_err(|error| refused(path.display(), &error))? {
        found if found == bytes || found.is_empty() => Ok(()),
        _ => Err(failure::input(format!(
            "{option}: {} is there already, with another content: name another file, or say --overwrite",
            path.display()
        ))),
    }
}

/// Writes to what is no file and must not be replaced by one; `None` for files and what is not there.
fn write_through(path: &Path, bytes: &[u8]) -> Option<io::Result<()>> {
    let write = |stream: &mut dyn Write| stream.write_all(bytes).and_then(|()| stream.flush());
    // Opened by their names, they would have a place of their own where the user sent them to a file.
    match stream(path) {
        Some(Stream::Output) => Some(write(&mut io::stdout())),
        Some(Stream::Error) => Some(write(&mut io::stderr())),
        None if is_special(path) => Some(File::options().write(true).open(path).and_then(|mut file| write(&mut file))),
        None => None,
    }
}

/// An open stream of the process that a path names.
enum Stream {
    Output,
    Error,
}

fn stream(path: &Path) -> Option<Stream> {
    match path.to_str()? {
        "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1" => Some(Stream::Output),
        "/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2" => Some(Stream::Error),
        _ => None,
    }
}

/// Whether a path leads to something that is neither file nor folder: a device, a pipe, a standard stream.
pub fn is_special(path: &Path) -> bool {
    stream(path).is_some() || fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Where a path leads if it is a link, however many there are; the path itself if it is none.
fn target(path: &Path) -> io::Result<PathBuf> {
    /// As many as Linux follows.
    const LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        if !fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink()) {
            return Ok(path);
        }
        path = folder_of(&path).join(fs::read_link(&path)?);
    }
    Err(io::Error::other("too many links, each to the next"))
}

/// The one name of a file that is there or could be; `None` if its folder is not there.
pub fn canonical(path: &Path) -> Option<PathBuf> {
    let path = target(path).ok()?;
    let name = path.file_name()?;
    Some(folder_of(&path).canonicalize().ok()?.join(name))
}

/// Refuses an output that is no name of a file: a folder, or no name at all. `option` is what the user said it with.
pub fn check_output(option: &str, path: &Path) -> anyhow::Result<()> {
    let ends_open =
        path.as_os_str().as_encoded_bytes().last().is_some_and(|byte| std::path::is_separator(*byte as char));
    if path.file_name().is_none() || ends_open || path.is_dir() {
        return Err(failure::input(format!("{option}: {path:?} is a folder or no name; name a file to write")));
    }
    Ok(())
}

/// Refuses an output that would replace one of the files that the command reads. `option` is what the user said it with.
pub fn check_apart(option: &str, path: &Path, inputs: &[PathBuf]) -> anyhow::Result<()> {
    let Some(output) = canonical(path) else { return Ok(()) };
    match inputs.iter().find(|input| canonical(input).as_ref() == Some(&output)) {
        Some(input) => Err(failure::input(format!(
            "{option}: {} would replace {}, which this command reads; name another file",
            path.display(),
            input.display()
        ))),
        None => Ok(()),
    }
}

/// Makes a file in a folder and removes it: whether outputs can be written there, asked before the work that makes them.
pub fn check_writable(folder: &Path) -> anyhow::Result<()> {
    let probe = folder.join(format!(".braid.{}.probe", std::process::id()));
    let result = File::create(&probe).and_then(|_| fs::remove_file(&probe));
    result.map_err(|error| refused(folder.display(), &error))
}

/// A file that its holder has for itself until this is dropped.
pub type Lock = File;

/// Takes the lock on a file, which is made if it is not there; `None` if another process holds it.
pub fn lock(path: &Path) -> anyhow::Result<Option<Lock>> {
    /// How often a holder may remove the file between our opening and our locking it.
    const TRIES: usize = 100;
    for _ in 0..TRIES {
        let open = File::options().create(true).append(true).open(path);
        let file = open.map_err(|error| refused(path.display(), &error))?;
        match file.try_lock() {
            Ok(()) if is_at(&file, path) => return Ok(Some(file)),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(refused(path.display(), &error)),
        }
    }
    Ok(None)
}

/// Whether an open file is still the one of that name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |found: fs::Metadata| (found.dev(), found.ino());
    file.metadata().ok().map(id) == fs::metadata(path).ok().map(id)
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
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
pub fn folder_of(path: &Path) -> PathBuf {
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

    #[cfg(unix)]
    #[test]
    fn links_stay_and_what_they_lead_to_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("far")).unwrap();
        std::os::unix::fs::symlink("far/out", at("near")).unwrap();
        std::os::unix::fs::symlink("near", at("nearer")).unwrap();
        // First it leads nowhere.
        for content in [b"first", b"other"] {
            write(&at("nearer"), content).unwrap();
            assert_eq!(fs::read(at("far/out")).unwrap(), content);
            assert!(["near", "nearer"].iter().all(|name| fs::symlink_metadata(at(name)).unwrap().is_symlink()));
        }
        assert_eq!(canonical(&at("nearer")), canonical(&at("far/../far/out")));
        assert_ne!(canonical(&at("nearer")), canonical(&at("far/in")));
        std::os::unix::fs::symlink("ring", at("ring")).unwrap();
        assert!(write(&at("ring"), b"").unwrap_err().to_string().contains("ring: too many links"));
    }

    #[test]
    fn outputs_are_names_of_files() {
        let folder = tempfile::tempdir().unwrap();
        for path in [".", "..", "", "/", "new/"].map(Path::new).into_iter().chain([folder.path()]) {
            let error = check_output("--out", path).unwrap_err().to_string();
            assert!(error.starts_with("--out: ") && error.contains("name a file"), "{error}");
        }
        check_output("--out", &folder.path().join("new")).unwrap();
        check_writable(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(check_writable(&folder.path().join("none")).is_err());
    }

    #[test]
    fn a_lock_is_held_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = lock(&path).unwrap();
        assert!(held.is_some() && lock(&path).unwrap().is_none());
        // Removed by its holder, it is no lock any more: the next one makes a file of its own.
        fs::remove_file(&path).unwrap();
        let next = lock(&path).unwrap();
        assert!(next.is_some() && lock(&path).unwrap().is_none());
        drop((held, next));
        assert!(lock(&path).unwrap().is_some());
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
