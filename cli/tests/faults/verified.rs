//! `verify --chain`: a proof must begin and end where the chain named did, as far as that is known.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Place, braid, prove, run};

/// Exit code and verdict.
fn verdict(proof: &str, chain: &Path) -> (i32, Value) {
    let words = ["--json", "verify", proof, "--accept", "insecure", "--chain", chain.to_str().unwrap()];
    let output = braid(&words).output().unwrap();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn the_chain_named_is_compared() {
    let place = Place::with_chain();
    let (chain, out) = (place.word("chain"), place.word("payday.proof"));
    run(&[&prove(&place.word("payday.jsonl"), &out)[..], &["--chain", &chain]].concat());
    let compared = |code_and: (i32, Value)| {
        assert_eq!(code_and.0, 0, "{}", code_and.1);
        code_and.1["compared"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(compared(verdict(&out, &place.path("chain"))), ["parameters", "genesis", "head"]);
    assert_eq!(compared(verdict(&out, &place.path("payday.jsonl"))), ["parameters", "genesis"]);
    assert_eq!(compared(verdict(&out, &place.path("chain/genesis.toml"))), ["parameters", "genesis"]);

    // A chain of the same parameters on which somebody was richer: the proof is not about it.
    let genesis = fs::read_to_string(place.path("chain/genesis.toml")).unwrap();
    let credit = genesis.lines().find(|line| line.contains("credit")).expect("an account with credit");
    let richer = genesis.replacen(credit, &credit.replacen("\"1", "\"2", 1), 1);
    assert_ne!(richer, genesis);
    fs::write(place.path("richer.toml"), richer).unwrap();
    let (code, no) = verdict(&out, &place.path("richer.toml"));
    let reason = no["reason"].as_str().unwrap();
    assert!(code == 1 && reason.starts_with("the range begins at state root "), "{no}");
    assert!(reason.contains(" after 0 transactions, but the chain begins there at "), "{no}");

    // A chain that has not moved, and so cannot have had this block; one that went another way.
    run(&["init", &place.word("other")]);
    assert_eq!(compared(verdict(&out, &place.path("other"))), ["parameters", "genesis"]);
    let words = ["sign", "transfer", "from=2", "to=4", "asset=2", "amount=5", "--development-seed", "1", "--chain"];
    let other = place.word("other");
    fs::write(place.path("one.jsonl"), run(&[&words[..], &[&other]].concat())).unwrap();
    let one = place.word("one.proof");
    run(&[&prove(&place.word("one.jsonl"), &one)[..], &["--chain", &other]].concat());
    assert_eq!(compared(verdict(&one, &place.path("other"))), ["parameters", "genesis", "head"]);
    assert_eq!(compared(verdict(&one, &place.path("chain"))), ["parameters", "genesis"]);

    // Digests are written as everywhere.
    for (option, text) in [
        ("--expect-root", "the range ends at state root "),
        ("--expect-root-before", "the range begins at state root "),
        ("--expect-programs", "programs root "),
    ] {
        let zeros = "0".repeat(64);
        let words = ["--json", "verify", &out, "--accept", "insecure", option, &zeros];
        let output = braid(&words).output().unwrap();
        let no: Value = serde_json::from_slice(&output.stdout).unwrap();
        let root = no["reason"].as_str().unwrap().strip_prefix(text).unwrap_or_else(|| panic!("{no}"));
        let root = root.split([' ', ',']).next().unwrap();
        assert!(root.len() == 64 && root.bytes().all(|byte| byte.is_ascii_hexdigit()), "{no}");
    }
}
