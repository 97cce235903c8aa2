//! `kill -9` while a batch is proven: no finished work is lost, no half-written file is taken for a whole one, and the
//! proof is about the same states as that of an undisturbed run.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use braid_verifier::ProofFile;

fn braid(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_braid"));
    command.args(arguments).arg("--quiet").stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("BRAID_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("circuits"));
    command
}

fn run(arguments: &[&str]) -> String {
    let output = braid(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Arguments of a run that proves `file`.
fn prove<'a>(file: &'a str, out: &'a str) -> [&'a str; 9] {
    ["prove", file, "--out", out, "--security", "insecure", "--shape", "tiny", "--json"]
}

fn artifacts(work: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(work) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "artifact")).collect()
}

/// Lets a process run until so many artifacts are there and a little longer, then kills it with SIGKILL.
fn kill_after(mut child: Child, work: &Path, count: usize, longer: Duration) {
    let patience = Instant::now();
    while artifacts(work).len() < count && child.try_wait().unwrap().is_none() {
        assert!(patience.elapsed() < Duration::from_secs(300), "no {count} artifacts");
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(longer);
    // On Unix this is SIGKILL. The process may have ended by itself.
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn killed_runs_continue_to_the_same_proof() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (file, undisturbed, out) = (path("batch.jsonl"), path("undisturbed.proof"), path("killed.proof"));
    run(&["workload", "--accounts", "6", "--count", "30", "--depth", "12", "--kinds", "transfer=1", "--out", &file]);
    run(&prove(&file, &undisturbed));

    let work = PathBuf::from(path("killed.proof.work"));
    let mut kept = 0;
    // While circuits load, in the first leaf, its wrap, …; the pauses make the moments differ.
    for (count, pause) in [(0, 0), (0, 90), (1, 5), (2, 40), (3, 1), (3, 120)] {
        let child = braid(&prove(&file, &out)).spawn().unwrap();
        kill_after(child, &work, count, Duration::from_millis(pause));
        let now = artifacts(&work).len();
        assert!(now >= kept, "a finished artifact is gone");
        kept = now;
        assert!(!Path::new(&out).exists(), "killed long before the end");
    }
    assert!(kept >= 3);

    // What a crash of the machine could leave: a file that was never finished, and one without its end.
    std::fs::write(work.join("0123.1.part"), b"half").unwrap();
    let torn = artifacts(&work).swap_remove(0);
    let bytes = std::fs::read(&torn).unwrap();
    std::fs::write(&torn, &bytes[..bytes.len() / 2]).unwrap();

    let report: serde_json::Value = serde_json::from_str(&run(&prove(&file, &out))).unwrap();
    assert!(report["reused"].as_u64().unwrap() >= 1, "{report}");
    assert!(!work.exists(), "nothing is left beside the proof");

    let read = |path: &str| std::fs::read(path).unwrap();
    let (expected, found) = (read(&undisturbed), read(&out));
    let [expected, found] = [&expected, &found].map(|bytes| ProofFile::from_bytes(bytes).unwrap().statement);
    assert_eq!((expected.before, expected.after), (found.before, found.after));
    assert_eq!(expected.parameters, found.parameters);
    run(&["verify", &out, "--accept", "insecure"]);

    // A proof without its end is refused.
    let bytes = read(&out);
    std::fs::write(&out, &bytes[..bytes.len() - 1]).unwrap();
    let refused = braid(&["verify", &out, "--accept", "insecure"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
}
