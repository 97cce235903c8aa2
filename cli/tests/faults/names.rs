//! What a run leaves under which names: beside standard input, and where an earlier run left something.

use std::process::Stdio;

use super::{Place, assert_nothing_half, braid, failed, files, report};

const LEVEL: [&str; 5] = ["--security", "insecure", "--shape", "tiny", "--json"];

#[test]
fn outputs_are_named_and_stale_ones_go() {
    let place = Place::with_payments(1);
    let input = std::fs::File::open(place.path("batch.jsonl")).unwrap();
    let mut command = braid(&[&["prove", "-"], &LEVEL[..]].concat());
    let stale = place.path("stdin.rejected.jsonl");
    std::fs::write(&stale, "of an earlier run").unwrap();
    command.current_dir(place.folder.path()).stdin(Stdio::from(input));
    let proven = report(command.output().unwrap());
    assert_eq!((&proven["proof"], &proven["rejected"]), (&"stdin.proof".into(), &0.into()));
    assert_eq!(proven.get("rejections"), None);
    assert_eq!(files(place.folder.path()), [place.path("batch.jsonl"), place.path("stdin.proof")]);

    // A file without transactions: no rejections, and none spoken of.
    let text = std::fs::read_to_string(place.path("batch.jsonl")).unwrap();
    std::fs::write(place.path("empty.jsonl"), text.lines().next().unwrap()).unwrap();
    let empty = place.word("empty.jsonl");
    let answer = braid(&["prove", &empty, "--security", "insecure", "--shape", "tiny"]).output().unwrap();
    let error = failed(answer, 3);
    assert!(error.contains("no transaction runs (0 rejected); --allow-empty"), "{error}");
    assert!(!place.path("empty.rejected.jsonl").exists());
    assert_nothing_half(place.folder.path());
}
