//! The programs that are measured, as child processes.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::Failure;

/// Those that are run.
const PROGRAMS: [&str; 6] = ["braid", "plonk", "handwritten", "native", "rows", "tree"];

/// A folder with the built programs and what they read and write.
pub struct Programs {
    work: tempfile::TempDir,
}

impl Programs {
    /// Builds the command line as its users do, and the programs of this package.
    ///
    /// # Errors
    /// If this program is not an optimized one, or the others cannot be built.
    pub fn build() -> Result<Self, Failure> {
        let own = std::env::current_exe()?;
        let folder = own.parent().ok_or("this program lies in no folder")?;
        if cfg!(debug_assertions) || folder.file_name() != Some(OsStr::new("release")) {
            return Err("only optimized programs are worth measuring: cargo run --release".into());
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        // The command line's features are those of the whole workspace (`.ci/shared-build`), so that it is built as always.
        let words = ["build", "--release", "-p", "braid-cli", "-p", "braid-benches", "--bins"];
        let status = Command::new(&cargo).args(words).status()?;
        if !status.success() {
            return Err("the programs could not be built".into());
        }
        // Copies: a build that runs beside does not change what is measured.
        let work = tempfile::tempdir()?;
        for program in PROGRAMS {
            fs::copy(folder.join(program), work.path().join(program))?;
        }
        Ok(Self { work })
    }

    /// A path in the folder for files.
    pub fn file(&self, name: &str) -> PathBuf {
        self.work.path().join(name)
    }

    /// Runs a program and reads the last line of what it prints.
    ///
    /// # Errors
    /// If it fails, with the last line of its complaint, or if that line is no JSON.
    pub fn json<S: AsRef<OsStr>>(&self, program: &str, words: &[S]) -> Result<Value, Failure> {
        let text = run(Command::new(self.file(program)).args(words), program)?;
        Ok(serde_json::from_str(text.lines().next_back().unwrap_or_default())?)
    }
}

/// What a program of the system prints.
///
/// # Errors
/// If it fails.
pub fn output(program: &str, words: &[&str]) -> Result<String, Failure> {
    Ok(run(Command::new(program).args(words), program)?.trim().to_owned())
}

/// The commit that the working tree is at.
pub fn commit() -> String {
    let commit = output("git", &["rev-parse", "HEAD"]).unwrap_or_else(|_| "unknown".into());
    match output("git", &["status", "--porcelain", "--untracked-files=no"]) {
        Ok(changed) if !changed.is_empty() => commit + " dirty",
        _ => commit,
    }
}

fn run(command: &mut Command, name: &str) -> Result<String, Failure> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        let last = complaint.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        return Err(format!("{name}: {}: {last}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
