//! `--auto`: what the operator owes a batch is added once, at its place, and found again by an interrupted run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use braid_verifier::ProofFile;
use serde_json::Value;

/// A folder with the example's chain, in which everything runs.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.run(&["init", "chain"]);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_braid"));
        command.current_dir(self.0.path()).args(words).arg("--quiet").stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("BRAID_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("circuits"));
        command
    }

    fn run(&self, words: &[&str]) -> String {
        let output = self.command(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.run(&[&["--json"], words].concat())).unwrap()
    }

    /// Writes a file of one transaction of account 2, signed with its development key.
    fn sign(&self, file: &str, words: &[&str]) {
        let line = self.run(&[&["sign"], words, &["--development-seed", "1", "--chain", "chain"]].concat());
        std::fs::write(self.path(file), line).unwrap();
    }

    fn execute(&self, file: &str, more: &[&str]) -> Value {
        self.json(&[&["execute", file, "--chain", "chain"], more].concat())
    }

    fn credit(&self, account: &str) -> u64 {
        self.json(&["account", account, "--chain", "chain"])["credit"].as_u64().unwrap()
    }
}

/// Words that prove a file on the chain.
fn prove(file: &str) -> Vec<&str> {
    vec!["prove", file, "--chain", "chain", "--security", "insecure", "--shape", "tiny", "--auto"]
}

/// The counts of an execution or a proof.
fn counts(result: &Value) -> [u64; 3] {
    ["added", "executed", "rejected"].map(|key| result[key].as_u64().unwrap())
}

#[test]
fn fees_are_claimed_in_the_batch_after() {
    let place = Place::new();
    let transfer = ["transfer", "from=2", "to=3", "asset=2", "amount=5", "fee=7"];
    place.sign("one.jsonl", &transfer);
    // No fee was collected before the first batch.
    assert_eq!(counts(&place.execute("one.jsonl", &["--auto"])), [0, 1, 0]);
    let first = place.json(&prove("one.jsonl"));
    assert_eq!((&first["added"], &first["transactions"]), (&0.into(), &1.into()));

    place.sign("two.jsonl", &transfer);
    assert_eq!(counts(&place.execute("two.jsonl", &[])), [0, 1, 0]);
    assert_eq!(counts(&place.execute("two.jsonl", &["--auto"])), [1, 2, 0]);
    let before = place.credit("1");

    // The run is killed in its first proofs; the next one has the same block and the same transactions.
    let work = place.path("two.proof.work");
    let mut child = place.command(&prove("two.jsonl")).spawn().unwrap();
    let patience = Instant::now();
    let artifacts = || {
        let entries = std::fs::read_dir(&work).into_iter().flatten().flatten();
        entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "artifact")).count()
    };
    while artifacts() == 0 && child.try_wait().unwrap().is_none() {
        assert!(patience.elapsed() < Duration::from_secs(300), "no artifact");
        std::thread::sleep(Duration::from_millis(2));
    }
    let _ = child.kill();
    child.wait().unwrap();
    let interrupted: Value = serde_json::from_slice(&std::fs::read(work.join("run.json")).unwrap()).unwrap();
    // Without --auto it is another run, which would take another block and overwrite this one's: not tried here.
    let second = place.json(&prove("two.jsonl"));
    assert_eq!((&second["added"], &second["transactions"]), (&1.into(), &2.into()));
    assert!(second["reused"].as_u64().unwrap() >= 1, "{second}");
    let proof = std::fs::read(place.path("two.proof")).unwrap();
    let context = ProofFile::from_bytes(&proof).unwrap().statement.context;
    assert_eq!(
        (context.number, context.timestamp),
        (interrupted["number"].as_u64().unwrap(), interrupted["timestamp"].as_u64().unwrap())
    );
    assert_eq!(place.credit("1"), before + 7);

    // The second batch's fee is claimed by the third, with nothing else in it, or by the file's own line.
    std::fs::write(place.path("empty.jsonl"), "").unwrap();
    assert_eq!(counts(&place.execute("empty.jsonl", &["--auto"])), [1, 1, 0]);
    // Alone it is no batch worth a proof, and it can wait.
    let alone = place.command(&prove("empty.jsonl")).output().unwrap();
    let error = String::from_utf8_lossy(&alone.stderr);
    assert_eq!(alone.status.code(), Some(3), "{error}");
    assert!(error.contains("no transaction of the file runs, only 1 transaction that --auto added"), "{error}");
    assert!(error.contains("--allow-empty"), "{error}");
    assert!(!place.path("empty.proof.work").exists() && !place.path("empty.proof").exists());
    let claim = place.run(&["sign", "fee_claim", "treasury=11", "to=1", "--chain", "chain"]);
    assert!(claim.contains(r#""source":"system""#), "{claim}");
    std::fs::write(place.path("claim.jsonl"), claim).unwrap();
    assert_eq!(counts(&place.execute("claim.jsonl", &["--auto"])), [0, 1, 0]);

    // An operator that stops being a user within the batch cannot be paid: the rejection says that no line asked for it.
    let key = place.run(&["keys", "public", "--development-seed", "1", "--account", "2"]);
    place.sign("guard.jsonl", &["guard_on", "who=1", &format!("key={}", key.trim())]);
    assert_eq!(counts(&place.execute("guard.jsonl", &["--auto", "--rejections", "why.jsonl"])), [1, 1, 1]);
    let why: Value = serde_json::from_slice(&std::fs::read(place.path("why.jsonl")).unwrap()).unwrap();
    assert_eq!((&why["line"], &why["program"], &why["page"]), (&0.into(), &"fee_claim".into(), &"u".into()));
    let text = place.run(&["execute", "guard.jsonl", "--chain", "chain", "--auto"]);
    assert!(text.contains("added (fee_claim): ") && text.contains("1 of them added by --auto"), "{text}");
}
