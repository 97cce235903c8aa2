//! A run stopped between moving the chain on and cleaning up: only the same batch, with a proof that holds, is done already.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{Place, artifacts, braid, failed, prove, report, run};

/// Writes a file of one payment of an account.
fn payment(place: &Place, file: &str, from: &str) {
    let chain = place.word("chain");
    let from = format!("from={from}");
    let words = ["sign", "transfer", &from, "to=4", "asset=2", "amount=5", "fee=7"];
    let line = run(&[&words[..], &["--development-seed", "1", "--chain", &chain]].concat());
    std::fs::write(place.path(file), line).unwrap();
}

/// What a run keeps of itself until it is finished.
fn run_file(path: &Path) -> Vec<u8> {
    let patience = Instant::now();
    loop {
        if let Ok(bytes) = std::fs::read(path) {
            return bytes;
        }
        assert!(patience.elapsed() < Duration::from_secs(300), "no run.json");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// What is left last of a run that was killed while it cleaned up.
#[test]
fn a_run_killed_while_it_cleaned_up_is_done() {
    let place = Place::with_chain();
    payment(&place, "a.jsonl", "2");
    let (file, out, chain) = (place.word("a.jsonl"), place.word("batch.proof"), place.word("chain"));
    let (work, words) = (place.path("batch.proof.work"), [&prove(&file, &out)[..], &["--chain", &chain]].concat());
    let child = braid(&words).spawn().unwrap();
    let unfinished = run_file(&work.join("run.json"));
    super::done(child.wait_with_output().unwrap());
    assert!(!work.exists());
    let state = std::fs::read(place.path("chain/state")).unwrap();

    std::fs::create_dir(&work).unwrap();
    std::fs::write(work.join("run.json"), unfinished).unwrap();
    let output = braid(&words).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("an earlier run proved this batch"), "{output:?}");
    super::done(output);
    assert!(!work.exists());
    assert_eq!(std::fs::read(place.path("chain/state")).unwrap(), state);
}

#[test]
fn another_batch_is_another_run() {
    let place = Place::with_chain();
    payment(&place, "a.jsonl", "2");
    payment(&place, "b.jsonl", "3");
    let (a, b, out, chain) =
        (place.word("a.jsonl"), place.word("b.jsonl"), place.word("batch.proof"), place.word("chain"));
    let (work, state) = (place.path("batch.proof.work"), place.path("chain/state"));
    let run_path = work.join("run.json");
    let on_chain = |file, more: &[&'static str]| -> Vec<String> {
        let words = [&prove(file, &out)[..], &["--chain", &chain, "--json"], more].concat();
        words.into_iter().map(str::to_owned).collect()
    };
    let start = |words: Vec<String>| braid(&words.iter().map(String::as_str).collect::<Vec<_>>());

    let child = start(on_chain(&a, &["--keep"])).spawn().unwrap();
    let unfinished = run_file(&run_path);
    assert_eq!(report(child.wait_with_output().unwrap())["transactions"], 1);
    assert!(!run_path.exists(), "a finished run leaves no run");
    let kept = artifacts(&work);
    assert!(!kept.is_empty());
    let (after_a, proof) = (std::fs::read(&state).unwrap(), std::fs::read(&out).unwrap());

    // As if it had been stopped before its end. Its transactions have run: whatever is another run has nothing to prove.
    let damaged: Vec<u8> = {
        let mut bytes = proof.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        bytes
    };
    let other_level = {
        let mut words = on_chain(&a, &[]);
        let level = words.iter().position(|word| word == "insecure").unwrap();
        words[level] = "conjectured-100".to_owned();
        words
    };
    let cases = [
        (other_level, &proof, "holds the proof of block 1"),
        (on_chain(&a, &["--min-fee", "1"]), &proof, "holds the proof of block 1"),
        (on_chain(&a, &["--block", "7"]), &proof, "holds the proof of block 1"),
        // Whole as a file, so that only the check of the proof finds it out.
        (on_chain(&a, &[]), &damaged, "holds the proof of block 1"),
    ];
    for (words, proof, there) in cases {
        let overwrite = [&words[..], &["--overwrite".to_owned()]].concat();
        for (words, expected) in [(words, there), (overwrite, "no transaction runs (1 rejected")] {
            std::fs::write(&run_path, &unfinished).unwrap();
            std::fs::write(&out, proof).unwrap();
            let answer = start(words.clone()).output().unwrap();
            assert!(String::from_utf8_lossy(&answer.stdout).contains(expected), "{words:?}: {answer:?}");
            failed(answer, 3);
            assert_eq!(std::fs::read(&state).unwrap(), after_a, "{words:?}");
        }
    }

    // The same run is done, and what it was to keep stays.
    std::fs::write(&run_path, &unfinished).unwrap();
    std::fs::write(&out, &proof).unwrap();
    let done = start(on_chain(&a, &[])).output().unwrap();
    assert!(String::from_utf8_lossy(&done.stderr).contains("an earlier run proved this batch"), "{done:?}");
    assert_eq!(report(done)["security"], "insecure");
    assert!(!run_path.exists());
    assert_eq!(artifacts(&work), kept);

    // Another batch under the same name is proven, beside a run that was stopped at its very end.
    std::fs::write(&run_path, &unfinished).unwrap();
    assert_eq!(report(start(on_chain(&b, &["--overwrite"])).output().unwrap())["transactions"], 1);
    assert_ne!(std::fs::read(&state).unwrap(), after_a);
    assert_ne!(std::fs::read(&out).unwrap(), proof);
    assert!(kept.iter().all(|path| path.exists()), "kept proofs stay");
    run(&["verify", &out, "--accept", "insecure", "--chain", &chain]);
}
