//! Damaged transactions files: a bad transaction is refused by itself, and what all others depend on stops the run.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn braid(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_braid")).current_dir(folder).args(words).output().expect("braid runs")
}

fn done(output: Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A header that says the block is not taken for a bad transaction, whatever is wrong with it.
#[test]
fn a_damaged_header_stops_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let payday = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/payday.jsonl");
    let payday = fs::read_to_string(payday).unwrap();
    let (_, rest) = payday.split_once('\n').unwrap();
    fs::write(folder.path().join("payday.jsonl"), &payday).unwrap();
    // The chain is named apart, so that the header carries the block alone: without it the file would run in another one.
    let run = |first: &str| {
        fs::write(folder.path().join("file.jsonl"), format!("{first}\n{rest}")).unwrap();
        braid(folder.path(), &["--json", "execute", "file.jsonl", "--chain", "payday.jsonl"])
    };
    for sound in [r#"{"block":"7","timestamp":"9"}"#, "\u{feff}{\"block\":\"7\",\"timestamp\":\"9\"}"] {
        assert_eq!(done(run(sound))["rejected"], 0, "{sound}");
    }
    let damaged = [
        (r#"{"block":"7","timestamp":"9""#, "the header: EOF"),
        (r#"{"block":7O,"timestamp":"9"}"#, "the header: expected `,` or `}` at column 11"),
        (r#"{block:"7","timestamp":"9"}"#, "neither a header nor a transaction: key must be a string"),
        (r#"{"blok":"7"}"#, "neither a header nor a transaction: it has none of the fields"),
    ];
    for (first, expected) in damaged {
        let output = run(first);
        let error = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(3), "{first}: {error}");
        assert!(error.contains("file.jsonl, line 1: ") && error.contains(expected), "{first}: {error}");
    }
}

/// Numbers that a file says are called by the file's line and field, and those of the options by their names.
#[test]
fn a_header_that_cannot_be_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(braid(at, &["init", "chain"]).status.success());
    for (text, words, expected) in [
        (
            "{\"block\":\"0\"}",
            &[][..],
            "file.jsonl, line 1: block: 0 does not follow the chain's last block, 0; the next one is 1",
        ),
        ("\n\n{\"block\":\"1099511627776\"}", &[], "file.jsonl, line 3: block: 1099511627776 is not below 2^40"),
        ("{\"timestamp\":\"1099511627776\"}", &[], "file.jsonl, line 1: timestamp: 1099511627776 is not below 2^40"),
        ("{\"block\":\"5\"}", &["--block", "0"], "--block: 0 does not follow"),
    ] {
        fs::write(at.join("file.jsonl"), text).unwrap();
        let output = braid(at, &[&["execute", "file.jsonl", "--chain", "chain"], words].concat());
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{text}: {error}");
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn a_bad_record_of_a_binary_file_leaves_its_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let words = ["workload", "--accounts", "9", "--count", "4", "--kinds", "transfer=1", "--binary", "--out", "w.bin"];
    assert!(braid(at, &words).status.success());
    let execute = || braid(at, &["--json", "execute", "w.bin", "--chain", "w.bin.toml", "--rejections", "why"]);
    assert_eq!(done(execute())["executed"], 4);
    // The first record begins at word 7 with its program; then its nonce and its number of operands.
    let sound = fs::read(at.join("w.bin")).unwrap();
    let set = |word: usize| {
        let mut bytes = sound.clone();
        bytes[8 * word..8 * word + 8].fill(0xff);
        fs::write(at.join("w.bin"), bytes).unwrap();
    };
    set(8);
    let result = done(execute());
    assert_eq!(result["transactions"], 4, "{result}");
    let why = fs::read_to_string(at.join("why")).unwrap();
    let first: Value = serde_json::from_str(why.lines().next().unwrap()).unwrap();
    assert_eq!((&first["line"], &first["kind"]), (&1.into(), &"Record".into()), "{why}");
    assert_eq!(first["reason"], "nonce out of range");
    assert_eq!(why.matches("out of range").count(), 1, "{why}");
    // Where the next record begins is not known: the file is refused, and its place is counted as above.
    set(9);
    let output = execute();
    let error = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{error}");
    assert!(error.contains("w.bin: transaction 1: number of operands out of range"), "{error}");
}
