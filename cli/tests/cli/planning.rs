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
    // Ten chunks, executed in 5 s: four merges one after the other.
    assert_eq!((&two["chunks"], &two["merges"], &two["latency"]), (&json!(10), &json!(4), &json!(19.0)), "{two}");
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
fn plans_say_what_they_assume() {
    let text = braid(&["plan", "--tps", "1", "--cores", "2"]).ok();
    assert!(text.contains("1 machine of 2 cores") && text.contains("a batch of 1 chunk ("), "{text}");
    assert!(
        text.contains("every chunk is full and of the ") && text.contains(" for reading, checking and executing"),
        "{text}"
    );
    let error = braid(&["plan", "--tps", "1", "--security", "insecure"]).refused();
    assert!(error.contains("it has conjectured-100 (") && error.contains(" and provable-100 ("), "{error}");
}

/// Level, bits and weakest round come first, one line a level.
#[test]
fn parameters_begin_with_a_summary() {
    let text = braid(&["params"]).ok();
    let lines: Vec<&str> = text.lines().take(3).collect();
    for (line, level) in lines.iter().zip(["insecure", "conjectured-100", "provable-100"]) {
        assert!(line.starts_with(level) && line.contains(" bits; the weakest round: "), "{text}");
    }
    let levels = braid(&["--json", "params", "--security", "provable-100"]).json();
    let level = &levels["levels"][0];
    let rounds = level["layers"].as_array().unwrap().iter().flat_map(|layer| layer["rounds"].as_array().unwrap());
    let least = rounds.min_by(|a, b| a["bits"].as_f64().unwrap().total_cmp(&b["bits"].as_f64().unwrap())).unwrap();
    assert_eq!((&level["weakest"]["round"], &level["bits"]), (&least["round"], &least["bits"]), "{level}");
}

#[test]
fn the_doctor_says_what_there_is() {
    let folder = folder();
    let cache = folder.path().join("cache");
    fs::create_dir_all(cache.join("set")).unwrap();
    fs::write(cache.join("set/circuit"), vec![0; 20_000]).unwrap();
    let doctor = |limit: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_braid"));
        command.arg("doctor").env("BRAID_CACHE", &cache).env("BRAID_CACHE_LIMIT", limit);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let text = doctor("7");
    for expected in [
        "19 KiB of at most 7 GiB (BRAID_CACHE_LIMIT)",
        "a batch of several chunks needs at provable-100: ",
        "this folder    ",
        "transfers a second, in full chunks; not of this machine but measured on ",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(cfg!(not(unix)) || text.contains(" free on its disk"), "{text}");
    assert!(doctor("1").contains("mend: the circuits of one level take up to 5 GiB: raise BRAID_CACHE_LIMIT"));
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 1, "nothing is left there");
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
