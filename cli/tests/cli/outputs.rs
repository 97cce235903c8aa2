//! What outputs may replace: a file that they name, and nothing else.

use std::fs;

use crate::{Run, braid_in, folder, root};

/// A folder with the example and a chain, and somebody's files.
fn place() -> tempfile::TempDir {
    let folder = folder();
    fs::copy(root().join("examples/payday.jsonl"), folder.path().join("payday.jsonl")).unwrap();
    fs::write(folder.path().join("film.part"), "half a film").unwrap();
    fs::create_dir(folder.path().join("taken")).unwrap();
    braid_in(folder.path(), &["init", "chain"]).ok();
    folder
}

fn names(folder: &std::path::Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    names
}

#[test]
fn outputs_that_would_replace_something_else() {
    let place = place();
    let at = place.path();
    let before = (names(at), fs::read(at.join("payday.jsonl")).unwrap(), fs::read(at.join("chain/state")).unwrap());
    let cases: [(&[&str], &str); 14] = [
        (&["--out", "."], "name a file to write"),
        (&["--out", ".."], "name a file to write"),
        (&["--out", "new/"], "name a file to write"),
        (&["--out", "taken"], "name a file to write"),
        (&["--rejections", "taken"], "name a file to write"),
        (&["--out", "payday.jsonl"], "would replace payday.jsonl"),
        (&["--out", "taken/../payday.jsonl"], "would replace payday.jsonl"),
        (&["--rejections", "payday.jsonl"], "would replace payday.jsonl"),
        (&["--out", "x.proof", "--rejections", "./x.proof"], "is the proof's file, too"),
        (&["--rejections", "payday.proof"], "is the proof's file, too"),
        (&["--chain", "chain", "--out", "chain/state"], "would replace chain/state"),
        (&["--chain", "chain", "--out", "chain/genesis.toml"], "would replace chain/genesis.toml"),
        (&["--chain", "chain", "--rejections", "chain/lock"], "would replace chain/lock"),
        (&["--out", "x.proof", "--rejections", "x.proof.work/why"], "goes at the end"),
    ];
    // The last one needs the folder to be there.
    fs::create_dir(at.join("x.proof.work")).unwrap();
    for (words, expected) in cases {
        let error = braid_in(at, &[&["prove", "payday.jsonl", "--security", "insecure"], words].concat()).refused();
        assert!(error.contains(expected), "{words:?}: {error}");
    }
    fs::remove_dir(at.join("x.proof.work")).unwrap();
    for path in ["payday.jsonl", "taken/../payday.jsonl", "taken", "."] {
        let error = braid_in(at, &["execute", "payday.jsonl", "--rejections", path]).refused();
        assert!(error.contains("would replace payday.jsonl") || error.contains("name a file"), "{path}: {error}");
    }
    let after = (names(at), fs::read(at.join("payday.jsonl")).unwrap(), fs::read(at.join("chain/state")).unwrap());
    assert_eq!(after, before, "nothing was written");
}

#[test]
fn files_that_can_be_made_again_are_replaced_on_demand() {
    let place = place();
    let at = place.path();
    let words = ["workload", "--count", "3", "--accounts", "4", "--depth", "12", "--out", "w.jsonl"];
    // The same twice is the same.
    braid_in(at, &words).ok();
    braid_in(at, &words).ok();
    let first = fs::read(at.join("w.jsonl")).unwrap();
    let other = [&words[..], &["--seed", "2"]].concat();
    let error = braid_in(at, &other).refused();
    assert!(error.contains("--out: w.jsonl is there already, with another content"), "{error}");
    assert_eq!(fs::read(at.join("w.jsonl")).unwrap(), first);
    braid_in(at, &[&other[..], &["--overwrite"]].concat()).ok();
    assert_ne!(fs::read(at.join("w.jsonl")).unwrap(), first);

    let header = r#"{"workload":"ethereum-mainnet","block":7,"timestamp":9,"operations":0}"#;
    fs::write(at.join("twice.jsonl"), format!("{header}\n{header}\n")).unwrap();
    let error = braid_in(at, &["replay", "twice.jsonl", "--by-block", "--out", "day"]).refused();
    assert!(error.contains("block 7 has two headers"), "{error}");
    assert!(!at.join("day").exists());
    for (out, expected) in [("twice.jsonl", "would replace twice.jsonl"), ("w.jsonl", "is there already")] {
        let error = braid_in(at, &["replay", "twice.jsonl", "--out", out]).refused();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_picture_does_not_replace_its_proof() {
    let place = place();
    let at = place.path();
    let proof = fs::read(root().join("examples/verify-in-your-tests/batch.proof")).unwrap();
    fs::write(at.join("b.proof"), &proof).unwrap();
    for picture in ["b.proof", "taken/../b.proof"] {
        let error = braid_in(at, &["inspect", "b.proof", "--timeline", picture]).refused();
        assert!(error.contains("would replace b.proof"), "{error}");
    }
    assert_eq!(fs::read(at.join("b.proof")).unwrap(), proof);
    braid_in(at, &["inspect", "b.proof", "--timeline", "b.svg"]).ok();
    assert!(fs::read_to_string(at.join("b.svg")).unwrap().starts_with("<svg"));
}

#[cfg(unix)]
#[test]
fn devices_pipes_and_links_stay() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    use std::process::Command;

    let folder = folder();
    let at = folder.path();
    fs::copy(root().join("examples/rejected.jsonl"), at.join("in.jsonl")).unwrap();
    // Reasons name the time.
    let words = ["--quiet", "--json", "execute", "in.jsonl", "--timestamp", "1790000000", "--rejections"];
    let execute = |to: &str| -> Run { braid_in(at, &[&words[..], &[to]].concat()) };
    execute("why.jsonl").ok();
    let why = fs::read_to_string(at.join("why.jsonl")).unwrap();
    assert!(!why.is_empty());

    let out = execute("/dev/stdout").ok();
    assert!(out.starts_with(&why) && out.len() > why.len(), "{out}");

    // Standard output that is a file gets both, one after the other.
    let file = fs::File::create(at.join("both")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_braid"));
    assert!(command.current_dir(at).args(words).arg("/dev/stdout").stdout(file).status().unwrap().success());
    let both = fs::read_to_string(at.join("both")).unwrap();
    assert!(both.starts_with(&why) && both.len() > why.len(), "{both}");

    assert!(Command::new("mkfifo").arg(at.join("pipe")).status().unwrap().success());
    let pipe = at.join("pipe");
    let reader = std::thread::spawn(move || fs::read_to_string(pipe).unwrap());
    execute("pipe").ok();
    assert_eq!(reader.join().unwrap(), why);
    assert!(fs::symlink_metadata(at.join("pipe")).unwrap().file_type().is_fifo());

    fs::create_dir(at.join("far")).unwrap();
    symlink("far/why", at.join("link")).unwrap();
    execute("link").ok();
    assert!(fs::symlink_metadata(at.join("link")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(at.join("far/why")).unwrap(), why);

    // A link to the input is the input.
    symlink("in.jsonl", at.join("alias")).unwrap();
    let error = execute("alias");
    assert!(error.out.contains("would replace in.jsonl"), "{}", error.out);
    assert_eq!(error.code, 3);
}

#[test]
fn memory_is_a_number_above_zero() {
    for gib in ["nan", "inf", "0", "-0", "=-1", "1e999", "much", ""] {
        let word = format!("--memory={}", gib.trim_start_matches('='));
        let run = braid_in(&root(), &["prove", "examples/payday.jsonl", &word]);
        assert_eq!(run.code, 2, "{word}: {}{}", run.out, run.err);
        assert!(run.err.contains("is no amount of memory") || gib.is_empty(), "{word}: {}", run.err);
    }
    // Machines are told as they asked to be told.
    let run = braid_in(&root(), &["--json", "prove", "examples/payday.jsonl", "--memory=0"]);
    let said: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((run.code, &said["exit_code"]), (2, &2.into()), "{said}");
    assert!(said["error"][0].as_str().unwrap().contains("is no amount of memory"), "{said}");
}
