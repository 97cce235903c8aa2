//! Input that is wrong in every way a user can get it wrong: an answer that says where, never a panic.

use std::fs;

use crate::{braid, braid_in, folder, root};

#[test]
fn missing_files_and_folders() {
    let cases: [&[&str]; 7] = [
        &["execute", "none.jsonl"],
        &["replay", "none.jsonl"],
        &["keys", "show", "none.jsonl"],
        &["account", "1", "--chain", "none.jsonl"],
        &["init", "--first-line", "--genesis", "none.jsonl"],
        &["execute", "examples/payday.jsonl", "--chain", "none.jsonl"],
        &["execute", "examples/payday.jsonl", "--rejections", "none.jsonl/why"],
    ];
    for words in cases {
        let error = braid(words).refused();
        assert!(
            error.contains("none.jsonl") && error.contains("there is no such file or folder"),
            "{words:?}: {error}"
        );
    }
    let error = braid(&["account", "1"]).refused();
    assert!(error.contains("braid init"), "{error}");
}

#[test]
fn wrong_usage_has_its_own_code() {
    let cases: [&[&str]; 6] = [
        &[],
        &["conquer"],
        &["execute"],
        &["execute", "x", "--shape", "huge"],
        &["workload", "--kinds", "war=1"],
        &["init"],
    ];
    for words in cases {
        assert_eq!(braid(words).code, 2, "{words:?}");
    }
}

/// The first line is a genesis or is not; one with a slip in it is no bad transaction.
#[test]
fn damaged_first_lines() {
    let folder = folder();
    let payday = fs::read_to_string(root().join("examples/payday.jsonl")).unwrap();
    for (from, to, expected) in [
        ("\"chain_id\"", "\"chain_ident\"", "unknown field `chain_ident`"),
        ("\"depth\":24", "\"depth\":\"deep\"", "line 1: the header"),
        ("\"depth\":24", "\"depth\":3", "genesis: depth"),
        ("\"depth\":24", "\"depth\":24,,", "line 1: the header"),
    ] {
        fs::write(folder.path().join("bad.jsonl"), payday.replacen(from, to, 1)).unwrap();
        let error = braid_in(folder.path(), &["execute", "bad.jsonl"]).refused();
        assert!(error.contains("bad.jsonl") && error.contains(expected), "{to}: {error}");
    }
}

/// Bytes that are no text, and lines without end, are refused by themselves.
#[test]
fn bad_lines_do_not_stop_their_neighbours() {
    let folder = folder();
    let payday = fs::read(root().join("examples/payday.jsonl")).unwrap();
    let mut lines: Vec<&[u8]> = payday.split(|byte| *byte == b'\n').collect();
    let long = vec![b'['; (1 << 20) + 1];
    let deep = vec![b'['; 100_000];
    lines.splice(2..2, [&b"\xff\xfe"[..], &long, &deep, b"", b"null", b"{}", b"\0"]);
    fs::write(folder.path().join("bad.jsonl"), lines.join(&b'\n')).unwrap();
    let result = braid_in(folder.path(), &["--json", "execute", "bad.jsonl"]).json();
    assert_eq!((&result["executed"], &result["rejected"]), (&24.into(), &6.into()), "{result}");
}

/// A file for one chain is not taken for another.
#[test]
fn another_chains_file() {
    let folder = folder();
    let at = folder.path();
    braid_in(at, &["init", "chain"]).ok();
    braid_in(at, &["workload", "--accounts", "3", "--count", "4", "--out", "w.jsonl"]).ok();
    braid_in(at, &["workload", "--accounts", "3", "--count", "4", "--binary", "--out", "w.bin"]).ok();
    for file in ["w.jsonl", "w.bin"] {
        let error = braid_in(at, &["execute", file, "--chain", "chain"]).refused();
        assert!(error.contains("is for another chain than chain"), "{error}");
    }
    let mut bytes = fs::read(at.join("w.bin")).unwrap();
    bytes.truncate(bytes.len() - 1);
    fs::write(at.join("cut.bin"), bytes).unwrap();
    let error = braid_in(at, &["execute", "cut.bin", "--chain", "w.bin.toml"]).refused();
    assert!(error.contains("cut.bin: transaction 4: the file ends early"), "{error}");
}

/// A file of another kind is called what it is, once, whatever it was given for.
#[test]
fn files_of_another_kind() {
    let folder = folder();
    let at = folder.path();
    braid_in(at, &["init", "chain"]).ok();
    fs::write(at.join("junk.bin"), [0u8, 159, 146, 150, b'\n', 7, 0, b'\n']).unwrap();
    fs::copy(root().join("examples/verify-in-your-tests/batch.proof"), at.join("batch.proof")).unwrap();
    fs::write(at.join("notes.txt"), "# monday\n# nothing\n").unwrap();
    for (file, expected) in [
        ("junk.bin", "no file of transactions but binary data"),
        ("batch.proof", "no file of transactions but a proof: `braid verify`"),
        ("chain/genesis.toml", "no file of transactions but "),
        ("notes.txt", "these files have no comments"),
    ] {
        for words in [&["execute", file][..], &["prove", file, "--out", "x.proof"]] {
            let error = braid_in(at, &[words, &["--chain", "chain"]].concat()).refused();
            assert!(error.contains(&format!("{file}: ")) && error.contains(expected), "{file}: {error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }
}

/// Nothing is no batch and makes no chunks.
#[test]
fn nothing_to_execute() {
    let folder = folder();
    let at = folder.path();
    braid_in(at, &["init", "chain"]).ok();
    fs::write(at.join("empty.jsonl"), "\n").unwrap();
    let words = ["execute", "empty.jsonl", "--chain", "chain"];
    let text = braid_in(at, &words).ok();
    assert!(text.starts_with("no transaction in the file: nothing to execute or to prove\nroot "), "{text}");
    let result = braid_in(at, &[&["--json"], &words[..]].concat()).json();
    assert_eq!((&result["chunks"], &result["shapes"]), (&0.into(), &serde_json::json!({})), "{result}");
    // Only lines that are none: the first reasons, and no talk of chunks.
    fs::write(at.join("bad.jsonl"), "{\"block\":\"3\"}\nnonsense\n").unwrap();
    let text = braid_in(at, &["execute", "bad.jsonl", "--chain", "chain"]).ok();
    assert!(text.starts_with("0 of 1 transaction run; 1 rejected\n") && !text.contains("chunk to prove"), "{text}");
    assert!(text.contains("line 2: ") && !text.contains("line 1"), "{text}");
    let one = braid_in(
        at,
        &["sign", "transfer", "from=2", "to=3", "asset=2", "amount=5", "--development-seed", "1", "--chain", "chain"],
    )
    .ok();
    fs::write(at.join("one.jsonl"), one).unwrap();
    let text = braid_in(at, &["execute", "one.jsonl", "--chain", "chain", "--shape", "tiny"]).ok();
    assert!(text.starts_with("1 of 1 transaction runs; 0 rejected\n1 conflict-free batch, "), "{text}");
    assert!(text.contains("to prove: 1 tiny chunk; 0 quanta of fees"), "{text}");
}

#[test]
fn operations_that_are_none() {
    let folder = folder();
    for (text, expected) in [
        ("{\"op\":\"transfer\"}\n", "x.jsonl, line 1"),
        (
            "{\"workload\":\"ethereum-mainnet\",\"block\":1,\"timestamp\":2,\"operations\":3,\"skipped\":0}\n",
            "3 operations",
        ),
        ("nonsense\n", "x.jsonl, line 1"),
    ] {
        fs::write(folder.path().join("x.jsonl"), text).unwrap();
        let error = braid_in(folder.path(), &["replay", "x.jsonl"]).refused();
        assert!(error.contains(expected), "{text}: {error}");
    }
}
