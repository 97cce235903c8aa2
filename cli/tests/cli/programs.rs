//! `explain`, `workload`, `replay`, and help.

use std::fs;

use crate::{braid, braid_in, folder};

#[test]
fn programs_are_explained() {
    let all = braid(&["--json", "explain"]).json();
    let names: Vec<&str> = all.as_array().unwrap().iter().map(|line| line["program"].as_str().unwrap()).collect();
    assert!(names.len() > 20 && names.contains(&"transfer"));
    for name in &names {
        // Every program has its help and its explanation.
        assert!(braid(&["sign", name, "--help"]).ok().contains("Operands"), "{name}");
    }
    let transfer = braid(&["explain", "transfer"]).ok();
    for expected in [
        "amount: amount       quanta of its asset",
        "a.amount - amount   [62 bits]",
        "user.credit -> fees",
        "its key signs",
        "user.nonce",
    ] {
        assert!(transfer.contains(expected), "{expected}: {transfer}");
    }
    let rows = braid(&["--json", "explain", "swap_in.0"]).json();
    assert_eq!((&rows["rows"]["cpu"], &rows["rows"]["wide"], &rows["hot_pages"]), (&18.into(), &1.into(), &1.into()));
    let error = braid(&["explain", "swap"]).refused();
    assert!(error.contains("there is no program `swap`") && error.contains("swap_in.0"), "{error}");
}

/// A text is compiled beside the built-in ones, or in place of one, and what it lacks is said with its place.
#[test]
fn contracts_of_ones_own_are_checked() {
    let listed = |words: &[&str]| {
        let lines = braid(&[&["--json", "explain"], words].concat()).json();
        let programs = lines.as_array().unwrap().iter().map(|line| line["program"].as_str().unwrap().to_owned());
        programs.collect::<Vec<String>>()
    };
    let farm = ["--contract", "contracts/sources/farm.braid"];
    assert_eq!(listed(&farm), ["farm_create", "stake", "claim_reward", "unstake", "stake_close"]);
    assert!(braid(&[&["explain", "farm_create"], &farm[..]].concat()).ok().contains("of contract farm"));
    let gov = ["--contract", "contracts/sources/gov.braid", "--contract", "contracts/sources/lending.braid"];
    assert!(listed(&gov).len() > 5);
    assert!(
        braid(&["explain", "--contract", "contracts/sources/lending.braid"]).refused().contains("lending.braid:3:")
    );

    assert_eq!(listed(&["--contract", "examples/tip.braid"]), ["tip"]);
    assert!(braid(&["explain", "--contract", "/dev/zero"]).refused().contains("longer than"));

    let (folder, pool) = (folder(), fs::read_to_string(crate::root().join("contracts/sources/pool.braid")).unwrap());
    fs::write(folder.path().join("pool.braid"), pool.replace("require y >= min;", "")).unwrap();
    let unchecked = braid_in(folder.path(), &["--json", "explain", "swap_in.0", "--contract", "pool.braid"]).json();
    assert_eq!(unchecked["rows"]["cpu"], 17);
    let number = |words: &[&str]| braid_in(folder.path(), words).json()["number"].clone();
    let post = ["--json", "explain", "price_post"];
    assert_eq!(
        number(&[&post[..], &["--contract", "pool.braid"]].concat()),
        number(&post),
        "in the place of the other"
    );
    fs::write(folder.path().join("pool.braid"), pool.replace("signed by user", "")).unwrap();
    let error = braid_in(folder.path(), &["explain", "--contract", "pool.braid"]).refused();
    assert!(error.contains("--> pool.braid:") && error.contains("in program `"), "{error}");
    // A built-in text that a text of one's own breaks is called one.
    fs::write(folder.path().join("account.braid"), "const MAX = 1;").unwrap();
    let error = braid_in(folder.path(), &["explain", "--contract", "account.braid"]).refused();
    assert!(error.contains("pool.braid (built in):"), "{error}");
    assert!(braid_in(folder.path(), &["explain", "--contract", "none.braid"]).refused().contains("none.braid"));
}

/// Cells by table are rows times columns, and those of the tree follow the number of accounts.
#[test]
fn cells_are_counted() {
    let cost = |more: &[&str]| braid(&[&["--json", "explain", "transfer"], more].concat()).json()["cost"].clone();
    let large = cost(&[]);
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let mut sum = 0.0;
    for table in large["tables"].as_array().unwrap() {
        let columns: f64 = ["main", "lookup", "quotient"].iter().map(|key| number(&table[key])).sum();
        assert!((number(&table["rows"]) * columns - number(&table["cells"])).abs() <= 0.5, "{table}");
        sum += number(&table["cells"]);
    }
    assert_eq!(sum, number(&large["cells"]));
    assert_eq!((&large["accounts"], &large["depth"]), (&1_000_000.into(), &24.into()));
    let small = cost(&["--accounts", "1000"]);
    assert!(number(&small["cells"]) < number(&large["cells"]), "{small} {large}");
    // The list says the same, for all.
    let all = braid(&["--json", "explain"]).json();
    let transfer = all.as_array().unwrap().iter().find(|line| line["program"] == "transfer").unwrap();
    assert_eq!(transfer["cells"], large["cells"]);
    let text = braid(&["explain", "transfer", "--accounts", "1000", "--depth", "20"]).ok();
    for expected in
        ["committed cells of one of ", "  tree ", "for 1000 accounts drawn at random, in a tree of depth 20"]
    {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(braid(&["explain", "transfer", "--depth", "33"]).misused().contains("--depth: 33"));
    assert!(braid(&["explain", "--depth", "12", "--accounts", "256"]).misused().contains("room for 1..=255"));
    assert!(braid(&["explain", "--accounts", "0"]).misused().contains("--accounts"));
}

#[test]
fn workloads_run_and_repeat() {
    let folder = folder();
    let at = folder.path();
    let make = ["workload", "--accounts", "10", "--count", "40", "--kinds", "transfer=70,swap=25,liquidity=5"];
    for skew in ["uniform", "zipf", "hot"] {
        let first = braid_in(at, &[&make[..], &["--skew", skew]].concat()).ok();
        assert_eq!(first, braid_in(at, &[&make[..], &["--skew", skew]].concat()).ok());
        assert_eq!(first.lines().count(), 41);
        fs::write(at.join("w.jsonl"), first).unwrap();
        let result = braid_in(at, &["--json", "execute", "w.jsonl"]).json();
        assert_eq!((&result["executed"], &result["rejected"]), (&40.into(), &0.into()), "{skew}: {result}");
    }
    braid_in(at, &[&make[..], &["--skew", "hot", "--binary", "--out", "w.bin"]].concat()).ok();
    let [text, binary] = [&["w.jsonl"][..], &["w.bin", "--chain", "w.bin.toml"]].map(|words| {
        braid_in(at, &[&["--json", "execute"], words, &["--timestamp", "5"]].concat()).json()["root_after"].clone()
    });
    assert_eq!(text, binary);
    let error = braid(&["workload", "--accounts", "1"]).refused();
    assert!(error.contains("1 users"), "{error}");
}

#[test]
fn operations_are_replayed() {
    let folder = folder();
    let at = folder.path();
    let [a, b] = ["aa", "bb"].map(|byte| format!("0x{}", byte.repeat(20)));
    let transfer = |from: &str, to: &str| {
        format!(
            r#"{{"op":"transfer","from":"{from}","to":"{to}","asset":"ETH","amount":"1970000000000000000","tx":"0x{}"}}"#,
            "00".repeat(32)
        )
    };
    let header = |block: u64| {
        format!(
            r#"{{"workload":"ethereum-mainnet","block":{block},"timestamp":{},"operations":1,"skipped":0}}"#,
            1000 + block
        )
    };
    let text = [header(5), transfer(&a, &b), header(6), transfer(&b, &b)].join("\n") + "\n";
    fs::write(at.join("ops.jsonl"), text).unwrap();
    let counts = braid_in(at, &["--json", "replay", "ops.jsonl", "--out", "all.jsonl"]).json();
    assert_eq!(
        (&counts["operations"], &counts["self_transfers"], &counts["batches"]),
        (&2.into(), &1.into(), &1.into())
    );
    let result = braid_in(at, &["--json", "execute", "all.jsonl"]).json();
    assert_eq!((&result["executed"], &result["rejected"]), (&2.into(), &0.into()), "{result}");
    // A block a file, on a chain from the genesis beside them.
    braid_in(at, &["replay", "ops.jsonl", "--by-block", "--out", "days"]).ok();
    braid_in(at, &["init", "chain", "--genesis", "days/genesis.toml"]).ok();
    let result = braid_in(at, &["--json", "execute", "days/block-5.jsonl", "--chain", "chain"]).json();
    assert_eq!(result["executed"], 1, "{result}");
    assert!(
        braid_in(at, &["replay", "ops.jsonl", "--by-block", "--out", "days"])
            .refused()
            .contains("days: exists already")
    );
}

/// The form of the file is described where it is looked for, and what the help shows is read.
#[test]
fn the_help_of_replay_describes_the_file() {
    let help = braid(&["replay", "--help"]).ok();
    assert!(["add_liquidity", "amount_out_min", "spender"].iter().all(|word| help.contains(word)), "{help}");
    let folder = folder();
    let file: Vec<&str> = help.lines().map(str::trim).filter(|line| line.starts_with('{')).collect();
    assert_eq!(file.len(), 3, "{help}");
    fs::write(folder.path().join("ops.jsonl"), file.join("\n")).unwrap();
    let counts = braid_in(folder.path(), &["--json", "replay", "ops.jsonl", "--out", "all.jsonl"]).json();
    assert_eq!((&counts["operations"], &counts["dropped"]), (&2.into(), &0.into()), "{counts}");
    let docs = fs::read_to_string(crate::root().join("docs/replay.md")).unwrap();
    assert!(file.iter().all(|line| docs.contains(line)));
}

/// Help of every command ends with examples.
#[test]
fn help_teaches() {
    for command in ["init", "keys", "account", "sign", "workload", "replay", "execute", "explain"] {
        let help = braid(&[command, "--help"]).ok();
        assert!(help.contains("Examples:") && help.contains(&format!("braid {command}")), "{command}: {help}");
    }
}
