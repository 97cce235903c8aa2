//! What goes wrong outside of the program: kills and Ctrl-C, full disks, missing permission, damaged files, too little
//! memory. Each must end with the right exit code and leave no half-written file, and the next run must go on.

#![cfg(unix)]

mod damaged;
mod full_disk;
mod interrupted;
mod killed;
#[cfg(target_os = "linux")]
mod memory;
mod moved_on;
mod names;
mod permission;
mod replaced;
mod verified;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Circuits of all runs; the test binaries of the workspace share them.
fn circuits() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("circuits")
}

fn braid(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_braid"));
    command.args(arguments).arg("--quiet");
    piped(command)
}

/// The same behind a line of shell, which sets a limit or joins a group and then becomes the program by `exec "$@"`.
fn braid_behind(shell: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", shell, "sh", env!("CARGO_BIN_EXE_braid")]).args(arguments).arg("--quiet");
    piped(command)
}

fn piped(mut command: Command) -> Command {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).env("BRAID_CACHE", circuits());
    command
}

/// Standard output of a run that must go well.
fn run(arguments: &[&str]) -> String {
    done(braid(arguments).output().unwrap())
}

fn done(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The report of a run that proves something.
fn report(output: Output) -> Value {
    serde_json::from_str(&done(output)).unwrap()
}

/// Standard error of a run that must end with this code, without a panic.
#[track_caller]
fn failed(output: Output, code: i32) -> String {
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert!(!error.contains("panicked"), "{error}");
    error
}

/// Arguments of a run that proves a file at the level for tests, in tiny chunks.
fn prove<'a>(file: &'a str, out: &'a str) -> [&'a str; 8] {
    ["prove", file, "--out", out, "--security", "insecure", "--shape", "tiny"]
}

/// The folder of a test, with a file of transactions in it.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// With `batch.jsonl`: payments that carry their genesis.
    fn with_payments(count: u32) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        let (file, count) = (place.word("batch.jsonl"), count.to_string());
        let kinds = ["--depth", "12", "--kinds", "transfer=1"];
        run(&[&["workload", "--accounts", "6", "--count", &count, "--out", &file], &kinds[..]].concat());
        place
    }

    /// With `payday.jsonl` and a chain that it runs on.
    fn with_chain() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        let payday = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/payday.jsonl");
        std::fs::copy(payday, place.path("payday.jsonl")).unwrap();
        run(&["init", &place.word("chain")]);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn word(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }
}

/// Files below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

fn with_extension(folder: &Path, extension: &str) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

/// Finished proofs in a work folder.
fn artifacts(work: &Path) -> Vec<PathBuf> {
    with_extension(work, "artifact")
}

/// Files that were begun and never finished.
#[track_caller]
fn assert_nothing_half(folder: &Path) {
    for extension in ["part", "writing", "probe"] {
        assert_eq!(with_extension(folder, extension), [] as [PathBuf; 0]);
    }
}

/// Waits until a process has finished so many proofs, or has ended.
fn wait_for_artifacts(child: &mut Child, work: &Path, count: usize) {
    let patience = Instant::now();
    while artifacts(work).len() < count && child.try_wait().unwrap().is_none() {
        assert!(patience.elapsed() < Duration::from_secs(300), "no {count} artifacts");
        std::thread::sleep(Duration::from_millis(2));
    }
}
