//! `braid plan`: what it takes follows from figures, and wrong questions are refused.

use std::fs;

use serde_json::{Value, json};

use crate::{braid, folder, word};

/// A report in which a chunk of 1,000 transfers takes 10 s of two threads in all.
fn report() -> Value {
    let figure = |median: f64| json!({ "median": median });
    json!({
        "format": 1, "date": "2026-11-27 00:00", "commit": "0", "load": [0.0, 0.0],
        "machine": { "processor": "an abacus", "threads": 2 },
        "figures": {
            "prove/provable-100/transfer/chunk_transactions": figure(1000.0),
            "prove/provable-100/transfer/transactions": figure(2000.0),
            "prove/provable-100/transfer/stage/execute": figure(1.0),
            "prove/provable-100/transfer/job/leaf": figure(6.0),
            "prove/provable-100/transfer/job/wrap": figure(2.0),
            "prove/provable-100/transfer/job/merge": figure(1.5),
            "sweep/threads/1/per_second": figure(10.0),
            "sweep/threads/2/per_second": figure(20.0),
        },
    })
}

#[test]
fn machines_follow_from_the_figures_of_a_report() {
    let folder = folder();
    let path = folder.path().join("report.json");
    fs::write(&path, report().to_string()).unwrap();
    let words = ["--json", "plan", "--tps", "1000", "--kind", "transfer", "--cores", "1,2,16", "--report", word(&path)];
    let plan = braid(&words).json();
    let machines: Vec<u64> =
        plan["fleets"].as_array().unwrap().iter().map(|f| f["machines"].as_u64().unwrap()).collect();
    // 50, 100 and 0.85 × 800 transactions a second each.
    assert_eq!(machines, [20, 10, 2]);
    let two = &plan["fleets"][1];
    // Ten chunks: four merges one after the other.
    assert_eq!((&two["chunks"], &two["merges"], &two["latency"]), (&json!(10), &json!(4), &json!(14.5)), "{two}");
    assert_eq!(plan["source"]["processor"], "an abacus");
    assert!(plan["assumed"].to_string().contains("0.85"), "{plan}");
    let text = braid(&words[1..]).ok();
    assert!(text.contains("an abacus") && text.contains("10 machines of 2 cores"), "{text}");
}

#[test]
fn figures_are_built_in() {
    for level in ["conjectured-100", "provable-100"] {
        for kind in ["transfer", "swap", "mixed"] {
            let plan = braid(&["--json", "plan", "--tps", "100000", "--level", level, "--kind", kind]).json();
            assert!(plan["fleets"][0]["machines"].as_u64() > plan["fleets"][1]["machines"].as_u64(), "{plan}");
        }
    }
}

#[test]
fn questions_without_an_answer_are_refused() {
    let folder = folder();
    let path = folder.path().join("report.json");
    for (change, complaint) in [
        ("format", "a report of format 2"),
        ("prove/provable-100/transfer/job/wrap", "has no figure `prove/provable-100/transfer/job/wrap`"),
    ] {
        let mut report = report();
        match change {
            "format" => report["format"] = json!(2),
            figure => drop(report["figures"].as_object_mut().unwrap().remove(figure)),
        }
        fs::write(&path, report.to_string()).unwrap();
        let error = braid(&["plan", "--tps", "1", "--kind", "transfer", "--report", word(&path)]).refused();
        assert!(error.contains(complaint), "{error}");
    }
    let error = braid(&["plan", "--tps", "1", "--kind", "barter"]).refused();
    assert!(error.contains("barter"), "{error}");
    let wrong: [&[&str]; 5] = [&["--tps", "0"], &["--tps", "NaN"], &["--tps=-1"], &["--tps", "1", "--cores", "0"], &[]];
    for words in wrong {
        assert_eq!(braid(&[&["plan"], words].concat()).code, 2, "{words:?}");
    }
}
