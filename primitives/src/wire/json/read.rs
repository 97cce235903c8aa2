//! From text to [`Transaction`]s.

use super::super::Source;
use super::tree::Tree;
use super::{JsonError, Transaction, Value};
use crate::schnorr::{PublicKey, Signature};
use crate::{F, MODULUS};
use std::io::{self, BufRead, Read};
use std::str::FromStr;
use thiserror::Error;

/// A line of at most this many bytes.
const MAX_LINE: u64 = 1 << 20;
/// Elements of one operand.
const MAX_ELEMENTS: usize = 64;
/// Messages of one transaction.
const MAX_SIGNATURES: usize = 16;
/// Bytes of a name.
const MAX_NAME: usize = 64;

/// Reads the transactions of a text line by line; blank lines are skipped.
pub struct Transactions<R> {
    reader: R,
    line: usize,
    failed: bool,
}

/// A line that could not be read.
#[derive(Debug, Error)]
pub enum LineError {
    /// The source of the text failed.
    #[error("line {line}: {source}")]
    Io {
        /// Counted from one.
        line: usize,
        /// What happened.
        source: io::Error,
    },
    /// The line is no transaction.
    #[error("line {line}: {source}")]
    Json {
        /// Counted from one.
        line: usize,
        /// Why.
        source: JsonError,
    },
}

impl<R: BufRead> Transactions<R> {
    /// Reads from `reader`, of which `lines_before` lines have been read already.
    pub fn new(reader: R, lines_before: usize) -> Self {
        Self { reader, line: lines_before, failed: false }
    }

    fn next_line(&mut self) -> io::Result<Option<String>> {
        let mut text = String::new();
        let count = self.reader.by_ref().take(MAX_LINE).read_line(&mut text)?;
        if count as u64 == MAX_LINE && !text.ends_with('\n') {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("longer than {MAX_LINE} bytes")));
        }
        Ok((count > 0).then_some(text))
    }
}

impl<R: BufRead> Iterator for Transactions<R> {
    /// The number of the line, counted from one, and its transaction. Reading goes on after a line that is none.
    type Item = Result<(usize, Transaction), LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.failed {
            self.line += 1;
            let line = self.line;
            let text = match self.next_line() {
                Ok(text) => text?,
                Err(source) => {
                    self.failed = true;
                    return Some(Err(LineError::Io { line, source }));
                }
            };
            if !text.trim().is_empty() {
                let parsed = text.parse().map(|transaction| (line, transaction));
                return Some(parsed.map_err(|source| LineError::Json { line, source }));
            }
        }
        None
    }
}

impl FromStr for Transaction {
    type Err = JsonError;

    fn from_str(text: &str) -> Result<Self, JsonError> {
        let tree = serde_json::from_str(text).map_err(|error| JsonError::Syntax(error.to_string()))?;
        let Tree::Object(fields) = tree else {
            return Err(JsonError::Syntax("a transaction is an object".to_owned()));
        };
        read_fields(fields)
    }
}

fn wrong(field: &str, reason: impl Into<String>) -> JsonError {
    JsonError::Field { field: field.to_owned(), reason: reason.into() }
}

fn read_fields(fields: Vec<(String, Tree)>) -> Result<Transaction, JsonError> {
    let mut transaction = Transaction::default();
    let (mut program, mut operands, mut valid_until, mut signed) = (None, None, None, None);
    for (name, tree) in fields {
        match name.as_str() {
            "program" => program = Some(read_name("program", tree)?),
            "operands" => operands = Some(read_values("operands", tree)?),
            "hints" => transaction.hints = read_values("hints", tree)?,
            "valid_until" => valid_until = Some(read_word("valid_until", &tree)?),
            "nonce" => transaction.nonce = Some(read_word("nonce", &tree)?),
            "source" => transaction.source = read_source(&tree)?,
            "signature" | "signatures" if signed.is_some() => return Err(JsonError::Unknown(name)),
            "signature" => signed = Some(vec![read_signature("signature", &tree)?]),
            "signatures" => signed = Some(read_signatures(tree)?),
            _ => return Err(JsonError::Unknown(name)),
        }
    }
    transaction.program = program.ok_or(JsonError::Missing("program"))?;
    transaction.operands = operands.ok_or(JsonError::Missing("operands"))?;
    match transaction.source {
        Source::Signed if transaction.nonce.is_none() => return Err(JsonError::Missing("nonce")),
        Source::Signed => {}
        _ if transaction.nonce.is_some() => return Err(JsonError::Unknown("nonce".to_owned())),
        _ if signed.is_some() => return Err(JsonError::Unknown("signature".to_owned())),
        _ if valid_until.is_some() => return Err(JsonError::Unknown("valid_until".to_owned())),
        _ => {}
    }
    transaction.valid_until = valid_until.unwrap_or(0);
    transaction.signatures = signed.unwrap_or_default();
    Ok(transaction)
}

fn check_name(field: &str, name: &str) -> Result<(), JsonError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(allowed) {
        return Err(wrong(field, format!("expected a name of 1 to {MAX_NAME} letters, digits, `_`, `.` or `-`")));
    }
    Ok(())
}

fn read_name(field: &str, tree: Tree) -> Result<String, JsonError> {
    let Tree::Text(name) = tree else {
        return Err(wrong(field, "expected a name in quotes"));
    };
    check_name(field, &name)?;
    Ok(name)
}

fn read_source(tree: &Tree) -> Result<Source, JsonError> {
    match tree {
        Tree::Text(text) if text == "inbox" => Ok(Source::Inbox),
        Tree::Text(text) if text == "system" => Ok(Source::System),
        _ => Err(wrong("source", "expected \"inbox\" or \"system\"")),
    }
}

fn read_signature(field: &str, tree: &Tree) -> Result<Signature, JsonError> {
    let Tree::Text(text) = tree else {
        return Err(wrong(field, "expected a signature in hex"));
    };
    Signature::from_hex(text).map_err(|error| wrong(field, error.to_string()))
}

fn read_signatures(tree: Tree) -> Result<Vec<Signature>, JsonError> {
    match tree {
        Tree::List(list) if (1..=MAX_SIGNATURES).contains(&list.len()) => {
            let read = |(index, tree)| read_signature(&format!("signatures.{index}"), tree);
            list.iter().enumerate().map(read).collect()
        }
        _ => Err(wrong("signatures", format!("expected a list of 1 to {MAX_SIGNATURES} signatures"))),
    }
}

fn read_values(field: &str, tree: Tree) -> Result<Vec<(String, Value)>, JsonError> {
    let Tree::Object(fields) = tree else {
        return Err(wrong(field, "expected an object"));
    };
    let read = |(name, tree): (String, Tree)| {
        check_name(field, &name)?;
        let value = read_value(&format!("{field}.{name}"), &tree)?;
        Ok((name, value))
    };
    fields.into_iter().map(read).collect()
}

fn read_value(field: &str, tree: &Tree) -> Result<Value, JsonError> {
    match tree {
        Tree::Text(text) if text.starts_with("0x") => {
            let key = PublicKey::from_hex(text).map_err(|error| wrong(field, error.to_string()))?;
            Ok(Value::Elements(key.0.to_vec()))
        }
        Tree::List(list) if (1..=MAX_ELEMENTS).contains(&list.len()) => {
            let read = |(index, tree)| read_word(&format!("{field}.{index}"), tree).map(F::new);
            list.iter().enumerate().map(read).collect::<Result<_, _>>().map(Value::Elements)
        }
        Tree::List(_) => Err(wrong(field, format!("expected a list of 1 to {MAX_ELEMENTS} integers"))),
        _ => read_word(field, tree).map(|word| Value::Element(F::new(word))),
    }
}

/// An integer below p: decimal digits without leading zeros, or a plain number below 2^53.
fn read_word(field: &str, tree: &Tree) -> Result<u64, JsonError> {
    match tree {
        Tree::Number(number) => Ok(*number),
        Tree::Text(text) => {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let leading = text.len() > 1 && text.starts_with('0');
            let value = text.parse().ok().filter(|&value: &u64| digits && !leading && value < MODULUS);
            value.ok_or_else(|| wrong(field, "expected an integer below 2^64 - 2^32 + 1 in decimal"))
        }
        _ => Err(wrong(field, "expected an integer")),
    }
}
