//! Ctrl-C: the proof in progress is finished and kept, the rest is left for the next run; a second one ends at once.

use std::process::{Child, Command};

use super::{Place, artifacts, assert_nothing_half, braid, failed, prove, report, run, wait_for_artifacts};

/// What the terminal does to a process when its user presses Ctrl-C.
fn press_ctrl_c(child: &Child) {
    let sent = Command::new("sh").args(["-c", "kill -INT \"$1\"", "sh", &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn the_first_one_stops_after_the_proof_in_progress() {
    let place = Place::with_payments(30);
    let (file, out, work) = (place.word("batch.jsonl"), place.word("batch.proof"), place.path("batch.proof.work"));
    let mut child = braid(&prove(&file, &out)).spawn().unwrap();
    wait_for_artifacts(&mut child, &work, 1);
    press_ctrl_c(&child);
    let error = failed(child.wait_with_output().unwrap(), 130);
    assert!(error.contains("stopping after the proof in progress"), "{error}");
    assert!(error.contains("interrupted: run the same command again to continue"), "{error}");
    assert!(!place.path("batch.proof").exists());
    assert_nothing_half(place.folder.path());
    let kept = artifacts(&work).len();
    assert!(kept >= 1);

    let report = report(braid(&[&prove(&file, &out)[..], &["--json"]].concat()).output().unwrap());
    assert!(report["reused"].as_u64().unwrap() >= 1, "{report}");
    run(&["verify", &out, "--accept", "insecure"]);
    assert!(!work.exists());
}

/// Circuits take minutes where they are not in the cache yet.
#[test]
fn before_the_first_proof_it_ends_at_once() {
    let place = Place::with_payments(3);
    let (file, out, work) = (place.word("batch.jsonl"), place.word("batch.proof"), place.path("batch.proof.work"));
    let words = [&prove(&file, &out)[..], &["--json"]].concat();
    let mut child = braid(&words).env("BRAID_CACHE", place.path("cache")).spawn().unwrap();
    while !work.join("lock").exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    press_ctrl_c(&child);
    let output = child.wait_with_output().unwrap();
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    failed(output, 130);
    assert_eq!(said["exit_code"], 130);
    assert!(said["error"][0].as_str().unwrap().contains("before the first proof"), "{said}");
    assert!(!work.exists() && !place.path("batch.proof").exists());
    assert_nothing_half(place.folder.path());
}

/// A chain moves on with the proof and not before.
#[test]
fn a_chain_stays_where_it_is() {
    let place = Place::with_chain();
    let (file, chain, out) = (place.word("payday.jsonl"), place.word("chain"), place.word("payday.proof"));
    let arguments = [&prove(&file, &out)[..], &["--chain", &chain]].concat();
    let before = std::fs::read(place.path("chain/state")).unwrap();
    let mut child = braid(&arguments).spawn().unwrap();
    wait_for_artifacts(&mut child, &place.path("payday.proof.work"), 1);
    // Twice: at once, in the middle of a proof.
    press_ctrl_c(&child);
    press_ctrl_c(&child);
    failed(child.wait_with_output().unwrap(), 130);
    assert_eq!(std::fs::read(place.path("chain/state")).unwrap(), before);
    assert!(!place.path("payday.proof").exists());
    assert!(!artifacts(&place.path("payday.proof.work")).is_empty());

    run(&arguments);
    assert_ne!(std::fs::read(place.path("chain/state")).unwrap(), before);
    run(&["verify", &out, "--accept", "insecure", "--chain", &chain]);
    assert_nothing_half(place.folder.path());
}
