//! Files with one secret key: four lines of text, readable by their owner only.
//!
//! ```text
//! braid secret key 1
//! private | development
//! <80 hexadecimal digits, secret>
//! <0x and 80 hexadecimal digits, public>
//! ```
//!
//! The public key is there for people, and is compared when the file is read. A key marked `development` was derived from a seed that others
//! may know: programs that guard value refuse it.

use super::{KeyError, PublicKey, SecretKey};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use thiserror::Error;
use zeroize::Zeroizing;

const TITLE: &str = "braid secret key 1";
/// Longer files are no key files; bytes.
const MAX_LENGTH: u64 = 1024;

/// A secret key and where it comes from.
#[derive(Clone, Debug)]
pub struct KeyFile {
    /// The key.
    pub key: SecretKey,
    /// Derived from a seed, for tests and examples.
    pub development: bool,
}

/// Why a key file was not read or written.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// The file system refused.
    #[error("key file: {0}")]
    Io(#[from] io::Error),
    /// Others than the owner may read the file.
    #[error("others may read the key file (mode {0:o}); it must be readable by its owner only (600)")]
    Permissions(u32),
    /// Not the four lines of a key file.
    #[error("line {0} of the key file is not as expected")]
    Line(usize),
    /// The secret key itself.
    #[error("line 3 of the key file: {0}")]
    Key(#[from] KeyError),
    /// The public key does not belong to the secret one.
    #[error("line 4 of the key file: not the public key of the secret key")]
    Public,
}

impl KeyFile {
    /// The text of the file.
    pub fn to_text(&self) -> Zeroizing<String> {
        let kind = if self.development { "development" } else { "private" };
        let secret = self.key.to_hex();
        Zeroizing::new(format!("{TITLE}\n{kind}\n{}\n{}\n", secret.as_str(), self.key.public_key().to_hex()))
    }

    /// Reads the text of a file.
    pub fn from_text(text: &str) -> Result<Self, KeyFileError> {
        let mut lines = text.lines();
        let mut line = |number| lines.next().ok_or(KeyFileError::Line(number));
        if line(1)? != TITLE {
            return Err(KeyFileError::Line(1));
        }
        let development = match line(2)? {
            "development" => true,
            "private" => false,
            _ => return Err(KeyFileError::Line(2)),
        };
        let key = SecretKey::from_hex(line(3)?)?;
        let public = PublicKey::from_hex(line(4)?).map_err(|_| KeyFileError::Line(4))?;
        if lines.next().is_some() {
            return Err(KeyFileError::Line(5));
        }
        if public != key.public_key() {
            return Err(KeyFileError::Public);
        }
        Ok(Self { key, development })
    }

    /// Writes a new file with mode 600; an existing file is not touched.
    pub fn write(&self, path: &Path) -> Result<(), KeyFileError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let written = file.write_all(self.to_text().as_bytes()).and_then(|()| file.sync_all());
        if written.is_err() {
            // Half a key is none, and would be in the way of the next one.
            let _ = std::fs::remove_file(path);
        }
        Ok(written?)
    }

    /// Reads a file that only its owner may read.
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let file = File::open(path)?;
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::MetadataExt::mode(&file.metadata()?) & 0o777;
            if mode & 0o077 != 0 {
                return Err(KeyFileError::Permissions(mode));
            }
        }
        let mut text = Zeroizing::new(String::with_capacity(MAX_LENGTH as usize));
        file.take(MAX_LENGTH).read_to_string(&mut text)?;
        Self::from_text(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> KeyFile {
        KeyFile { key: SecretKey::for_development(3, 4), development: true }
    }

    #[test]
    fn files_return() {
        let folder = std::env::temp_dir().join(format!("braid-key-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("key");
        let _ = std::fs::remove_file(&path);
        example().write(&path).expect("writes");
        let read = KeyFile::read(&path).expect("reads");
        assert!(read.development);
        assert_eq!(read.key.public_key(), example().key.public_key());
        assert!(matches!(example().write(&path), Err(KeyFileError::Io(_))));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("changes");
            assert!(matches!(KeyFile::read(&path), Err(KeyFileError::Permissions(0o640))));
        }
        std::fs::remove_dir_all(&folder).expect("removes");
        assert!(matches!(KeyFile::read(&path), Err(KeyFileError::Io(_))));
    }

    #[test]
    fn other_texts_are_refused() {
        let text = example().to_text();
        assert!(KeyFile::from_text(&text).is_ok());
        let lines: Vec<&str> = text.lines().collect();
        let with = |number: usize, line: &str| {
            let mut lines = lines.clone();
            lines[number - 1] = line;
            KeyFile::from_text(&lines.join("\n"))
        };
        for number in [1, 2, 4] {
            assert!(matches!(with(number, ""), Err(KeyFileError::Line(line)) if line == number));
        }
        assert!(matches!(with(3, &"0".repeat(80)), Err(KeyFileError::Key(KeyError::Range))));
        assert!(matches!(with(3, &SecretKey::for_development(0, 0).to_hex()), Err(KeyFileError::Public)));
        assert!(matches!(KeyFile::from_text(&format!("{}more", text.as_str())), Err(KeyFileError::Line(5))));
        for count in 0..4 {
            assert!(KeyFile::from_text(&lines[..count].join("\n")).is_err());
        }
    }
}
