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
