//! `kill -9` while a batch is proven: no finished work is lost, no half-written file is taken for a whole one, and the
//! proof is about the same states as that of an undisturbed run.

use std::path::Path;
use std::process::Child;
use std::time::Duration;

use braid_verifier::ProofFile;

use super::{Place, artifacts, braid, failed, prove, report, run, wait_for_artifacts};

/// Lets a process run until so many artifacts are there and a little longer, then kills it with SIGKILL.
fn kill_after(mut child: Child, work: &Path, count: usize, longer: Duration) {
    wait_for_artifacts(&mut child, work, count);
    std::thread::sleep(longer);
    // On Unix this is SIGKILL. The process may have ended by itself.
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn killed_runs_continue_to_the_same_proof() {
    let place = Place::with_payments(30);
    let (file, undisturbed, out) =
        (place.word("batch.jsonl"), place.word("undisturbed.proof"), place.word("killed.proof"));
    run(&prove(&file, &undisturbed));

    let work = place.path("killed.proof.work");
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
    std::fs::write(work.join(format!("{:064}.1.part", 123)), b"half").unwrap();
    let torn = artifacts(&work).swap_remove(0);
    let bytes = std::fs::read(&torn).unwrap();
    std::fs::write(&torn, &bytes[..bytes.len() / 2]).unwrap();

    let report = report(braid(&[&prove(&file, &out)[..], &["--json"]].concat()).output().unwrap());
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
    failed(braid(&["verify", &out, "--accept", "insecure"]).output().unwrap(), 1);
}
