//! What lies where a proof is to go is replaced by a proof of the same batch and else only if that is asked for.

use std::fs;

use braid_verifier::{ProofFile, SecurityLevel};

use super::{Place, braid, failed, prove, report, run, wait_for_artifacts};

/// Standard error of a run that must not replace what is there.
#[track_caller]
fn refused(words: &[&str], out: &std::path::Path) -> String {
    let before = fs::read(out).unwrap();
    let error = failed(braid(words).output().unwrap(), 3);
    assert!(error.contains("name another file with --out, or say --overwrite"), "{error}");
    assert_eq!(fs::read(out).unwrap(), before);
    error
}

#[test]
fn the_proof_of_an_earlier_block_stays() {
    let place = Place::with_chain();
    let (chain, state, out) = (place.word("chain"), place.path("chain/state"), place.path("batch.proof"));
    let sign = |file: &str, from: &str| {
        let words =
            ["sign", "transfer", from, "to=4", "asset=2", "amount=5", "--development-seed", "1", "--chain", &chain];
        fs::write(place.path(file), run(&words)).unwrap();
    };
    sign("batch.jsonl", "from=2");
    let (file, word) = (place.word("batch.jsonl"), place.word("batch.proof"));
    // The default name, and the same one said.
    let by_default = ["prove", &file, "--security", "insecure", "--shape", "tiny", "--chain", &chain];
    run(&by_default);
    let first = fs::read(&out).unwrap();
    let after_first = fs::read(&state).unwrap();
    // Again: it is done, and the chain has moved. So it has under another block's number, which is another batch.
    let named = [&prove(&file, &word)[..], &["--chain", &chain]].concat();
    for words in [&by_default[..], &named] {
        let again = braid(words).output().unwrap();
        assert!(String::from_utf8_lossy(&again.stderr).contains("an earlier run proved this batch"), "{again:?}");
        super::done(again);
        assert_eq!((fs::read(&out).unwrap(), fs::read(&state).unwrap()), (first.clone(), after_first.clone()));
        assert!(!place.path("batch.proof.work").exists());
        refused(&[words, &["--block", "7"]].concat(), &out);
    }
    // Then other transactions in a file of the same name.
    for from in ["from=3", "from=5"] {
        sign("batch.jsonl", from);
        for words in [&by_default[..], &named] {
            let error = refused(words, &out);
            assert!(
                error.contains("batch.proof: holds the proof of block 1 (transactions 1 to 1, insecure)"),
                "{error}"
            );
            assert!(!place.path("batch.proof.work").exists());
            assert_eq!(fs::read(&state).unwrap(), after_first);
        }
    }
    run(&[&by_default[..], &["--overwrite"]].concat());
    assert_ne!(fs::read(&out).unwrap(), first);
    assert_ne!(fs::read(&state).unwrap(), after_first);
    // Another name needs no word.
    sign("batch.jsonl", "from=5");
    run(&[&prove(&file, &place.word("third.proof"))[..], &["--chain", &chain]].concat());
}

#[test]
fn the_same_batch_is_left_and_another_is_refused() {
    let place = Place::with_payments(2);
    let (file, word, out) = (place.word("batch.jsonl"), place.word("batch.proof"), place.path("batch.proof"));
    let words = prove(&file, &word);
    // An empty file, as `mktemp` makes one, holds nothing.
    fs::write(&out, "").unwrap();
    run(&words);
    // Proven: it is checked, and nothing is done. Times are those of the proof.
    let first = fs::read(&out).unwrap();
    let again = braid(&words).output().unwrap();
    assert!(String::from_utf8_lossy(&again.stderr).contains("batch.proof proves this batch already"), "{again:?}");
    super::done(again);
    assert_eq!(fs::read(&out).unwrap(), first);
    assert!(!place.path("batch.proof.work").exists());
    // A time that was said is one, and so is a proof that does not hold.
    let later = ["--timestamp", "1890000000"];
    refused(&[&words[..], &["--block", "2"]].concat(), &out);
    let error = refused(&[&words[..], &later].concat(), &out);
    assert!(error.contains("which is another batch"), "{error}");
    run(&[&words[..], &later, &["--overwrite"]].concat());
    assert_ne!(fs::read(&out).unwrap(), first);
    let mut damaged = first.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(&out, &damaged).unwrap();
    run(&words);
    run(&["verify", &word, "--accept", "insecure", "--chain", &file]);
    // One that claims another time does not say when the new one is.
    let whole = ProofFile::from_bytes(&first).unwrap();
    let mut statement = whole.statement;
    statement.context.timestamp = 1 << 39;
    fs::write(&out, ProofFile { statement, ..whole }.to_bytes()).unwrap();
    run(&words);
    run(&["verify", &word, "--accept", "insecure", "--chain", &file]);
    assert!(ProofFile::from_bytes(&fs::read(&out).unwrap()).unwrap().statement.context.timestamp < 1 << 39);
    // Without its last line it is another batch, and so it is with another number.
    let error = refused(&[&words[..], &["--block", "7"]].concat(), &out);
    assert!(error.contains("which is another batch"), "{error}");
    let text = fs::read_to_string(place.path("batch.jsonl")).unwrap();
    fs::write(place.path("batch.jsonl"), text.lines().take(2).collect::<Vec<_>>().join("\n")).unwrap();
    let error = refused(&words, &out);
    assert!(
        error.contains("holds the proof of block 1 (transactions 1 to 2, insecure), which is another batch"),
        "{error}"
    );
    assert!(!place.path("batch.proof.work").exists());
    run(&[&words[..], &["--force"]].concat());

    // A proof of another chain; what is none; one without its end.
    let foreign = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/verify-in-your-tests/batch.proof"));
    let own = fs::read(&out).unwrap();
    for (bytes, expected) in [
        (&foreign[..], "holds a proof about another chain"),
        (b"my diary", "is there already and is no whole proof"),
        (&own[..own.len() - 1], "is there already and is no whole proof"),
    ] {
        fs::write(&out, bytes).unwrap();
        let error = refused(&words, &out);
        assert!(error.contains(expected), "{error}");
    }
    // A proof of the same batch at a stronger level says more than the new one would.
    let whole = ProofFile::from_bytes(&own).unwrap();
    let mut statement = whole.statement;
    statement.security = SecurityLevel::Conjectured100;
    fs::write(&out, ProofFile { statement, ..whole }.to_bytes()).unwrap();
    let error = refused(&words, &out);
    assert!(error.contains("(transactions 1 to 1, conjectured-100), a stronger level"), "{error}");
}

/// Two runs beside each other would take each other's artifacts for leftovers.
#[test]
fn one_run_at_a_time_works_in_a_folder() {
    let place = Place::with_payments(30);
    let (file, out, work) = (place.word("batch.jsonl"), place.word("batch.proof"), place.path("batch.proof.work"));
    let mut child = braid(&[&prove(&file, &out)[..], &["--json"]].concat()).spawn().unwrap();
    wait_for_artifacts(&mut child, &work, 1);
    let error = failed(braid(&prove(&file, &out)).output().unwrap(), 3);
    assert!(error.contains("batch.proof.work: another braid is proving into this folder"), "{error}");
    let first = report(child.wait_with_output().unwrap());
    assert_eq!(first["reused"], 0, "{first}");
    assert!(!work.exists(), "nothing is left beside the proof");
    run(&["verify", &out, "--accept", "insecure"]);
}
