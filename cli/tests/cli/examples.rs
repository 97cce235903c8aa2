//! The files in `examples/` do what they are there for.

use crate::{braid, folder, word};

#[test]
fn payday_runs_without_rejections_and_makes_several_tiny_chunks() {
    let result = braid(&["--json", "execute", "examples/payday.jsonl", "--shape", "tiny"]).json();
    assert_eq!((&result["transactions"], &result["rejected"]), (&24.into(), &0.into()), "{result}");
    assert!(result["chunks"].as_u64().unwrap() >= 2, "{result}");
    assert_ne!(result["root_before"], result["root_after"]);
}

/// Every kind of rejection is there, with its line; the neighbours run.
#[test]
fn rejected_names_line_and_reason() {
    let folder = folder();
    let path = folder.path().join("why.jsonl");
    let words = ["--json", "execute", "examples/rejected.jsonl", "--rejections", word(&path)];
    let result = braid(&words).json();
    assert_eq!(result["executed"], 3, "{result}");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    let expected = [
        "Syntax",
        "Syntax",
        "UnknownProgram",
        "BadField",
        "BadField",
        "BadField",
        "BadField",
        "Count",
        "BadSignature",
        "BadSignature",
        "StaleNonce",
        "NonceAhead",
        "Expired",
        "InsufficientBalance",
        "NoPage",
        "Overflow",
        "UnknownAccount",
        "AccountOutOfRange",
        "SamePage",
        "InUse",
    ];
    assert_eq!(kinds, expected, "{text}");
    for (line, rejection) in (3..).zip(&lines) {
        assert_eq!(rejection["line"], line, "{rejection}");
        assert!(!rejection["reason"].as_str().unwrap().is_empty());
    }
    let fields: Vec<&str> = lines.iter().filter_map(|line| line["field"].as_str()).collect();
    assert_eq!(fields, ["program", "operands.amount", "operands.amount", "operands.amount", "source"], "{text}");
    assert_eq!(lines[13]["page"], "a");
}

/// `examples/make.sh` is how the files were made: the genesis in them is the one beside them.
#[test]
fn files_carry_the_example_genesis() {
    let line = braid(&["init", "--first-line", "--genesis", "examples/genesis.toml"]).ok();
    for file in ["payday", "rejected"] {
        let text = std::fs::read_to_string(crate::root().join(format!("examples/{file}.jsonl"))).unwrap();
        assert_eq!(text.lines().next(), Some(line.trim_end()), "{file}");
    }
    assert_eq!(
        braid(&["init", "--example"]).ok(),
        std::fs::read_to_string(crate::root().join("examples/genesis.toml")).unwrap()
    );
}
