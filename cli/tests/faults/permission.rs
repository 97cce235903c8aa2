//! Files and folders that the user may not read or write. The superuser may everything, so that it lets `nobody` run.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use super::{failed, files};

/// User and group without any rights.
const NOBODY: u32 = 65534;

/// A folder that somebody without rights works in.
struct Guest {
    folder: tempfile::TempDir,
    superuser: bool,
}

impl Guest {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let probe = folder.path().join("probe");
        fs::write(&probe, "").unwrap();
        mode(&probe, 0o000);
        let superuser = fs::File::open(&probe).is_ok();
        fs::remove_file(probe).unwrap();
        // Where the program lies, strangers may have no way to it.
        fs::copy(env!("CARGO_BIN_EXE_braid"), folder.path().join("braid")).unwrap();
        mode(folder.path(), 0o755);
        mode(&folder.path().join("braid"), 0o755);
        let payday = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/payday.jsonl");
        fs::copy(payday, folder.path().join("payday.jsonl")).unwrap();
        mode(&folder.path().join("payday.jsonl"), 0o644);
        Self { folder, superuser }
    }

    /// A folder of the guest's own.
    fn own(&self, name: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir(&path).unwrap();
        if self.superuser {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(self.folder.path().join("braid"));
        command.args(arguments).arg("--quiet").current_dir(self.folder.path());
        command.env("BRAID_CACHE", self.folder.path().join("cache")).env("HOME", "/nonexistent");
        if self.superuser {
            command.uid(NOBODY).gid(NOBODY);
        }
        // Another test's child may hold the copy open for writing, from its start until it becomes another program.
        loop {
            match command.output() {
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
                output => return output.unwrap(),
            }
        }
    }
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

const PROVE: [&str; 6] = ["prove", "payday.jsonl", "--security", "insecure", "--shape", "tiny"];

#[test]
fn files_that_may_not_be_read() {
    let guest = Guest::new();
    mode(&guest.folder.path().join("payday.jsonl"), 0o000);
    for command in ["execute", "prove"] {
        let error = failed(guest.run(&[command, "payday.jsonl"]), 4);
        assert!(error.contains("payday.jsonl: permission denied"), "{command}: {error}");
    }
    mode(&guest.folder.path().join("payday.jsonl"), 0o644);
    guest.own("free");
    let done = guest.run(&["execute", "payday.jsonl", "--rejections", "free/why"]);
    assert!(done.status.success(), "{done:?}");
}

#[test]
fn folders_that_may_not_be_written() {
    let guest = Guest::new();
    guest.own("shut");
    mode(&guest.folder.path().join("shut"), 0o555);
    let error = failed(guest.run(&[&PROVE[..], &["--out", "shut/x.proof"]].concat()), 4);
    assert!(error.contains("shut: permission denied"), "{error}");
    assert_eq!(files(&guest.folder.path().join("shut")).len(), 0);
    let error = failed(guest.run(&["init", "shut/chain"]), 4);
    assert!(error.contains("shut/chain"), "{error}");
    assert_eq!(files(&guest.folder.path().join("shut")).len(), 0);
}

/// Known before anything is proven, although the lock and the work folder are there and may be written.
#[test]
fn a_proof_or_a_head_that_could_not_be_written() {
    let guest = Guest::new();
    let at = |name: &str| guest.folder.path().join(name);
    guest.own("free");
    guest.own("shut");
    for command in [&["init", "free/chain"][..], &["init", "shut/chain"]] {
        assert!(guest.run(command).status.success());
    }
    guest.own("shut/x.proof.work");
    mode(&at("shut"), 0o555);
    mode(&at("free/chain"), 0o555);
    for words in
        [["--out", "shut/x.proof", "--chain", "shut/chain"], ["--out", "free/x.proof", "--chain", "free/chain"]]
    {
        let error = failed(guest.run(&[&PROVE[..], &words].concat()), 4);
        let expected = if words[1].starts_with("shut") { "shut: permission" } else { "free/chain: permission" };
        assert!(error.contains(expected), "{words:?}: {error}");
        assert!(!at("cache").exists(), "not even circuits were made");
    }
}

#[test]
fn a_cache_that_may_not_be_written() {
    let guest = Guest::new();
    guest.own("free");
    guest.own("cache");
    mode(&guest.folder.path().join("cache"), 0o555);
    let error = failed(guest.run(&[&PROVE[..], &["--out", "free/x.proof"]].concat()), 4);
    assert!(error.contains("cache") && error.to_lowercase().contains("permission denied"), "{error}");
    assert!(!guest.folder.path().join("free/x.proof").exists());
}
