//! Lines that are read, and lines that are refused with a reason.

use super::*;
use crate::schnorr::{SecretKey, sign};
use p3_field::PrimeCharacteristicRing;
use proptest::prelude::*;

fn signature(index: u64) -> Signature {
    sign(&SecretKey::for_development(0, index), F::ONE, [F::ONE; 4])
}

fn transfer() -> Transaction {
    Transaction {
        program: "transfer".to_owned(),
        operands: vec![
            ("from".to_owned(), Value::Element(F::new(7))),
            ("pay".to_owned(), Value::Elements(vec![F::new(25), -F::ONE])),
        ],
        hints: vec![("slot".to_owned(), Value::Element(F::ZERO))],
        nonce: Some(3),
        signatures: vec![signature(0)],
        ..Transaction::default()
    }
}

fn refused(text: &str, reason: &str) {
    let error = text.parse::<Transaction>().expect_err(text).to_string();
    assert!(error.contains(reason), "{text}: {error}");
}

#[test]
fn lines_return() {
    let two = Transaction { signatures: vec![signature(0), signature(1)], valid_until: 99, ..transfer() };
    let system = Transaction { source: Source::System, nonce: None, signatures: vec![], ..transfer() };
    let inbox = Transaction { source: Source::Inbox, hints: vec![], ..system.clone() };
    let draft = Transaction { signatures: vec![], ..transfer() };
    for transaction in [transfer(), two, system, inbox, draft] {
        assert_eq!(transaction.to_string().parse(), Ok(transaction));
    }
}

#[test]
fn people_may_write_numbers_and_keys() {
    let key = SecretKey::for_development(0, 1).public_key();
    let text = format!(
        r#" {{"nonce": 0, "program": "register", "operands": {{"key": "{}", "list": [1, "2"], "n": 9007199254740991}}}} "#,
        key.to_hex()
    );
    let read: Transaction = text.parse().expect("a transaction");
    assert_eq!(read.operands[0].1, Value::Elements(key.0.to_vec()));
    assert_eq!(read.operands[1].1.elements(), [F::ONE, F::TWO]);
    assert_eq!(read.operands[2].1.elements(), [F::new((1 << 53) - 1)]);
    assert_eq!((read.valid_until, read.nonce), (0, Some(0)));
}

#[test]
fn fields_that_are_wrong() {
    refused("", "EOF");
    refused("[]", "object");
    refused("{}", "`program` is missing");
    refused(r#"{"program":"p","nonce":1}"#, "`operands` is missing");
    refused(r#"{"program":"p","operands":{}}"#, "`nonce` is missing");
    refused(r#"{"program":"p","operands":{},"nonce":1,"fee":1}"#, "`fee` has no place");
    refused(r#"{"program":"p","program":"q","operands":{},"nonce":1}"#, "`program` appears twice");
    refused(r#"{"program":"p","operands":{"a":1,"a":1},"nonce":1}"#, "`a` appears twice");
    refused(r#"{"program":"","operands":{},"nonce":1}"#, "`program`");
    refused(r#"{"program":"a b","operands":{},"nonce":1}"#, "`program`");
    refused(r#"{"program":1,"operands":{},"nonce":1}"#, "`program`");
    refused(r#"{"program":"p","operands":[],"nonce":1}"#, "`operands`");
    refused(r#"{"program":"p","operands":{"a":[]},"nonce":1}"#, "`operands.a`");
    refused(r#"{"program":"p","operands":{"a":[1,[2]]},"nonce":1}"#, "`operands.a.1`");
    refused(r#"{"program":"p","operands":{"a":"0x12"},"nonce":1}"#, "`operands.a`");
    refused(r#"{"program":"p","operands":{},"hints":{"h":true},"nonce":1}"#, "`hints.h`");
    refused(r#"{"program":"p","operands":{},"nonce":null}"#, "`nonce`");
    refused(r#"{"program":"p","operands":{},"nonce":1,"signature":"0x12"}"#, "`signature`");
    refused(r#"{"program":"p","operands":{},"nonce":1,"signatures":[]}"#, "`signatures`");
    refused(r#"{"program":"p","operands":{},"nonce":1,"signatures":["0x"]}"#, "`signatures.0`");
    refused(r#"{"program":"p","operands":{},"nonce":1} {}"#, "trailing");
}

#[test]
fn integers_have_one_form() {
    for text in ["-1", "1.0", "1e3", "9007199254740992", "18446744069414584320"] {
        assert!(format!(r#"{{"program":"p","operands":{{"a":{text}}},"nonce":1}}"#).parse::<Transaction>().is_err());
    }
    for text in ["", "+1", "-1", "01", " 1", "1 ", "1.0", "18446744069414584321", "18446744073709551616", "x", "1e3"] {
        refused(&format!(r#"{{"program":"p","operands":{{"a":"{text}"}},"nonce":1}}"#), "`operands.a`");
    }
}

#[test]
fn sources_decide_what_else_there_is() {
    let with = |rest: &str| format!(r#"{{"program":"p","operands":{{}}{rest}}}"#);
    assert!(with(r#","source":"system""#).parse::<Transaction>().is_ok());
    refused(&with(r#","source":"user","nonce":1"#), "`source`");
    refused(&with(r#","source":"system","nonce":1"#), "`nonce`");
    refused(&with(r#","source":"inbox","valid_until":1"#), "`valid_until`");
    refused(&with(&format!(r#","source":"inbox","signature":"{}""#, signature(0).to_hex())), "`signature`");
    let hex = signature(0).to_hex();
    refused(&with(&format!(r#","nonce":1,"signature":"{hex}","signatures":["{hex}"]"#)), "`signatures`");
}

#[test]
fn lines_are_counted() {
    let text = format!("\n{}\n  \nnonsense\n{}", transfer(), transfer());
    let read: Vec<_> = Transactions::new(text.as_bytes(), 10).collect();
    assert_eq!(read.len(), 3);
    assert!(matches!(&read[0], Ok((12, transaction)) if *transaction == transfer()));
    assert!(matches!(read[1], Err(LineError::Json { line: 14, .. })));
    assert!(matches!(read[2], Ok((15, _))));
    let long = " ".repeat(1 << 21);
    let read: Vec<_> = Transactions::new(long.as_bytes(), 0).collect();
    assert!(matches!(read[..], [Err(LineError::Io { line: 1, .. })]));
    let read: Vec<_> = Transactions::new(&b"\xff\xfe\n"[..], 0).collect();
    assert!(matches!(read[..], [Err(LineError::Io { line: 1, .. })]));
}

#[test]
fn many_fields_are_refused() {
    let fields: Vec<String> = (0..1000).map(|index| format!("\"a{index}\":1")).collect();
    refused(&format!(r#"{{"program":"p","operands":{{{}}},"nonce":1}}"#, fields.join(",")), "more than");
    let list = vec!["1"; 1000].join(",");
    refused(&format!(r#"{{"program":"p","operands":{{"a":[{list}]}},"nonce":1}}"#), "`operands.a`");
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,200}") {
        let _ = text.parse::<Transaction>();
    }

    #[test]
    fn changed_lines_do_not_panic(position in 0usize..400, byte in 32u8..127) {
        let mut text = transfer().to_string().into_bytes();
        let position = position % text.len();
        text[position] = byte;
        let text = String::from_utf8(text).expect("ASCII");
        if let Ok(read) = text.parse::<Transaction>() {
            prop_assert_eq!(read.to_string().parse(), Ok(read));
        }
    }
}
