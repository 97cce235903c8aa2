//! The program as its users meet it: run, with its output, exit code and files looked at.

mod chains;
mod examples;
mod hostile;
mod outputs;
mod planning;
mod programs;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A finished run.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs `braid` in a folder.
pub fn braid_in(folder: &Path, words: &[&str]) -> Run {
    let run = Command::new(env!("CARGO_BIN_EXE_braid")).current_dir(folder).args(words).output();
    let Output { status, stdout, stderr } = run.expect("braid runs");
    Run {
        code: status.code().unwrap_or(-1),
        out: String::from_utf8(stdout).expect("text"),
        err: String::from_utf8(stderr).expect("text"),
    }
}

/// Runs `braid` in the repository's root.
pub fn braid(words: &[&str]) -> Run {
    braid_in(&root(), words)
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

impl Run {
    /// Standard output of a run that went well.
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }

    /// The same, as JSON.
    pub fn json(self) -> Value {
        let out = self.ok();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// Standard error of a run with bad input.
    pub fn refused(self) -> String {
        self.failed(3)
    }

    /// Standard error of a command line that is none.
    pub fn misused(self) -> String {
        self.failed(2)
    }

    fn failed(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self.err
    }
}

/// A folder for one test.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// A path as a word.
pub fn word(path: &Path) -> &str {
    path.to_str().expect("text")
}
