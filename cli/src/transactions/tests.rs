use super::*;

fn header(line: &[u8]) -> Result<Option<Header>, String> {
    Header::of_line(1, line, "file").map_err(|error| error.to_string())
}

#[test]
fn sound_headers() {
    assert_eq!(header(b"").unwrap(), None);
    let block = Header { block: Some(Decimal(7)), ..Header::default() };
    for line in [&b"{\"block\":\"7\"}"[..], b"  { \"block\" : 7 }\r"] {
        assert_eq!(header(line).unwrap(), Some(block.clone()));
    }
}

/// What names a program is a transaction, whatever is wrong with it: its neighbours run.
#[test]
fn transactions_are_no_headers() {
    let lines = [
        &b"{\"program\":\"transfer\"}"[..],
        b"{\"program\":\"transfer\",\"block\":\"7\"}",
        b"{\"program\":\"transfer\",",
        b"{\"nonce\":\"1\",,\"program\":\"transfer\"}",
    ];
    for line in lines {
        assert_eq!(header(line).unwrap(), None);
    }
}

/// A damaged header is no bad transaction: without it the others would run in another block.
#[test]
fn damaged_headers() {
    let lines: [(&[u8], &str); 11] = [
        (b"{\"block\":\"7\",", "line 1: the header: EOF while parsing a value at column 13"),
        (b"{\"block\":seven}", "line 1: the header: expected value at column 10"),
        (b"{ \"timestamp\":\"1\"", "line 1: the header: EOF while parsing an object"),
        (b"{\"genesis\":{},,}", "line 1: the header: "),
        (b"{\"genesis", "line 1: the header: EOF while parsing a string"),
        (b"{\"block\":\"7\",\"program\":\"transfer\"}", "line 1: the header: unknown field `program`"),
        (b"{\"blok\":\"7\"}", "line 1: neither a header nor a transaction: it has none of the fields"),
        (b"{}", "line 1: neither a header nor a transaction: it has none of the fields"),
        (b"{block:7}", "line 1: neither a header nor a transaction: key must be a string at column 2"),
        (b"null", "line 1: neither a header nor a transaction: invalid type: null"),
        (b"{\"block\":\"-7\"}", "line 1: the header: "),
    ];
    for (line, expected) in lines {
        let error = header(line).unwrap_err();
        assert!(error.starts_with("file, ") && error.contains(expected), "{error}");
    }
}

/// A header is the first line that holds anything, with or without the mark that some editors write.
#[test]
fn marks_and_blank_lines_before_a_header() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let block = Some(Header { block: Some(Decimal(7)), ..Header::default() });
    for text in ["\u{feff}{\"block\":\"7\"}\n", "\n \r\n{\"block\":\"7\"}\n", "\u{feff}\n{\"block\":\"7\"}"] {
        let submission = parse(text.as_bytes(), "file", &Registry::builtin()).unwrap();
        assert_eq!((&submission.header, submission.total()), (&block, 0));
        std::fs::write(&path, text).unwrap();
        assert_eq!(Header::of_file(&path).unwrap(), block);
    }
    std::fs::write(&path, "\n\n").unwrap();
    assert_eq!(Header::of_file(&path).unwrap(), None);
    let error = parse(b"\n{\"block\":", "file", &Registry::builtin()).unwrap_err();
    assert!(error.to_string().starts_with("file, line 2: the header: "), "{error}");
}

/// The mark before a transaction costs nothing either.
#[test]
fn a_mark_before_a_transaction() {
    let line = "{\"program\":\"none\"}";
    let reason = |text: &str| parse(text.as_bytes(), "file", &Registry::builtin()).unwrap().refused;
    assert_eq!(reason(&format!("\u{feff}{line}\n")), reason(line));
    assert_eq!(reason(line).len(), 1);
}

/// What is no file of transactions at all is called what it is, once.
#[test]
fn foreign_files() {
    let proof = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/verify-in-your-tests/batch.proof"));
    let proof = proof.split(|byte| *byte == b'\n').next().unwrap();
    for (line, expected) in [
        (proof, "a proof: `braid verify`"),
        (b"\x7fELF\x02\x01\0", "binary data of some other kind"),
        (b"\xff\xfe{\0", "binary data of some other kind"),
        (b"chain_id = 7", "TOML: a genesis is named with --chain"),
        (b"[package]", "TOML: "),
        (b"# a day", "these files have no comments"),
    ] {
        let error = header(line).unwrap_err();
        assert!(error.starts_with("file: no file of transactions but ") && error.contains(expected), "{error}");
    }
}
