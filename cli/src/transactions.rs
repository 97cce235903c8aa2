//! Reads transactions files. A line that is no transaction is collected with its place and does not stop its neighbours.
//!
//! * JSON lines: the first line may be a [`Header`] with the genesis, so that a file runs by itself; then a transaction a line.
//!   A damaged header is an error and not a bad transaction: the others would run in another block or on another chain.
//! * Binary, told by its first bytes: bound to one chain by the digest of its parameters; transactions count from 1 as lines do.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use braid_contracts::registry::Registry;
use braid_primitives::Digest;
use braid_primitives::wire::{binary, json};
use braid_verifier::{ProofFile, VerifyError};
use braid_witness::genesis::Genesis;
use braid_witness::hints::Draft;
use braid_witness::resolve::{self, ResolveError};
use braid_witness::system::{self, Addition};
use braid_witness::{BlockContext, Decimal, Environment, Rejection};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use braid_prover::store::KeyBuilder;

use crate::chain::{Chain, Head};
use crate::{failure, files};

/// Greatest length of a transaction's line, in bytes.
const MAX_LINE: usize = 1 << 20;
/// Greatest length of the first line, which may hold a genesis, in bytes.
const MAX_HEADER: u64 = 1 << 32;

/// Some editors put this before a text in UTF-8. It says nothing.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// What a transaction's line holds, however damaged it is.
const PROGRAM: &[u8] = b"\"program\"";

/// What the first line of a file may say about all others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The chain at its beginning, for a file that runs by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub genesis: Option<Genesis>,
    /// Number of the block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<Decimal>,
    /// Its time in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Decimal>,
}

/// A file as read.
#[derive(Clone, Debug, Default)]
pub struct Submission {
    /// What errors call it.
    pub name: String,
    /// Its first line, where that is no transaction.
    pub header: Option<Header>,
    /// Which line that is, from 1: blank ones may be before it.
    pub header_line: usize,
    /// Of a binary file: digest of the parameters of the chain that it is for.
    pub parameters: Option<Digest>,
    /// Transactions in order.
    pub drafts: Vec<Draft>,
    /// Line of each draft, from 1; in a binary file its number; 0 for one that `--auto` added.
    pub lines: Vec<usize>,
    /// Lines that are no transactions.
    pub refused: Vec<Refusal>,
}

/// A transaction that does not run, and why: of a line that is none, or rejected on execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Its line, from 1; 0 for one that `--auto` added.
    pub line: usize,
    /// The kind of reason, as `InsufficientBalance`. What is no transaction has one of `Syntax`, `MissingField`, `UnknownField`,
    /// `BadField`, `UnknownProgram`, and in a binary file `Record`.
    pub kind: String,
    /// The program, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// The field that is wrong in the line, as `operands.amount`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The page that the reason is about, as the program's text names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Why, in words.
    pub reason: String,
}

impl Header {
    /// The first line of a file that is not blank, if it is a header.
    pub fn of_file(path: &Path) -> anyhow::Result<Option<Self>> {
        let file = std::fs::File::open(path).map_err(|error| files::refused(path.display(), &error))?;
        let mut file = BufReader::new(file).take(MAX_HEADER);
        for number in 1.. {
            let mut line = Vec::new();
            let read = file.read_until(b'\n', &mut line).map_err(|error| files::refused(path.display(), &error))?;
            let line = without_mark(number, &line);
            if read == 0 || !line.trim_ascii().is_empty() {
                return Self::of_line(number, line, &path.display().to_string());
            }
        }
        Ok(None)
    }

    /// The header that a file's first line is; `None` for a transaction, sound or not: for what names a program and does not
    /// begin as a header does.
    fn of_line(number: usize, line: &[u8], name: &str) -> anyhow::Result<Option<Self>> {
        const KEYS: [&str; 3] = ["genesis", "block", "timestamp"];
        if line.is_empty() {
            return Ok(None);
        }
        let refuse = |why: &dyn Display| failure::input(format!("{name}, line {number}: {why}"));
        let begins = first_key(line).is_some_and(|first| KEYS.iter().any(|key| key.as_bytes() == first));
        let (program, header, why) = match serde_json::from_slice::<Map<String, Value>>(line) {
            Ok(keys) => (
                keys.contains_key("program"),
                KEYS.iter().any(|key| keys.contains_key(*key)),
                "it has none of the fields program, genesis, block and timestamp".to_owned(),
            ),
            Err(error) => (line.windows(PROGRAM.len()).any(|part| part == PROGRAM), false, error.to_string()),
        };
        if program && !begins {
            return Ok(None);
        }
        if !begins && !header {
            return Err(match foreign(line) {
                Some(what) => failure::input(format!("{name}: no file of transactions but {what}")),
                None => refuse(&format_args!("neither a header nor a transaction: {}", in_line(&why))),
            });
        }
        let header = serde_json::from_slice(line).map(Some);
        header.map_err(|error| refuse(&format_args!("the header: {}", in_line(&error.to_string()))))
    }

    /// The header as a line, with its end.
    pub fn to_line(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(self).map_err(failure::machine)? + "\n")
    }
}

/// What a file is that has no transactions, by a first line that is neither one nor a header.
fn foreign(line: &[u8]) -> Option<&'static str> {
    let is_proof = line.len() >= 8 && !matches!(ProofFile::from_bytes(line), Err(VerifyError::NotAProofFile));
    let text = std::str::from_utf8(line).ok().filter(|text| !text.contains('\0'));
    let Some(text) = text.filter(|_| !is_proof) else {
        return Some(if is_proof {
            "a proof: `braid verify` and `braid inspect` take it"
        } else {
            "binary data of some other kind: transactions are JSON, one a line, or what `braid workload --binary` writes"
        });
    };
    let text = text.trim();
    let is_setting = text.split_once('=').is_some_and(|(key, _)| {
        !key.is_empty() && key.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    });
    if is_setting || text.starts_with('[') && text.ends_with(']') && !text.contains([',', '{']) {
        return Some("TOML: a genesis is named with --chain, or put before transactions by `braid init --first-line`");
    }
    text.starts_with('#')
        .then_some("text that begins with `#`: these files have no comments, and a genesis goes to --chain")
}

/// An error of JSON without the line, which is always 1 since lines are read one by one: the file's own is said.
fn in_line(error: &str) -> String {
    error.replace(" at line 1 column ", " at column ")
}

/// A line without what an editor may have put before the first one.
fn without_mark(number: usize, line: &[u8]) -> &[u8] {
    if number == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line }
}

/// What the first key of an object is, however the rest is damaged.
fn first_key(line: &[u8]) -> Option<&[u8]> {
    let key = line.trim_ascii_start().strip_prefix(b"{")?.trim_ascii_start().strip_prefix(b"\"")?;
    key.split(|byte| *byte == b'"').next()
}

/// Reads a transactions file, or standard input for `-`.
///
/// # Errors
/// If the file cannot be read, its first line is a damaged header, or it is a damaged binary file. A line that is no
/// transaction is no error: it is in [`Submission::refused`].
pub fn read(path: &Path, registry: &Registry) -> anyhow::Result<Submission> {
    let bytes = files::read(path)?;
    parse(&bytes, &path.display().to_string(), registry)
}

fn parse(bytes: &[u8], name: &str, registry: &Registry) -> anyhow::Result<Submission> {
    if bytes.starts_with(&binary::MAGIC) {
        return parse_binary(bytes, name, registry);
    }
    let lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    let mut lines: Vec<(usize, &[u8])> = lines.map(|(number, line)| (number, without_mark(number, line))).collect();
    lines.retain(|(_, line)| !line.trim_ascii().is_empty());
    let header = match lines.first() {
        Some((number, line)) => Header::of_line(*number, line, name)?,
        None => None,
    };
    let body = lines.get(usize::from(header.is_some())..).unwrap_or_default();
    let read: Vec<(usize, Result<Draft, Box<Refusal>>)> =
        body.par_iter().map(|(line, text)| (*line, parse_line(*line, text, registry))).collect();
    let header_line = lines.first().map_or(1, |(number, _)| *number);
    let mut submission = Submission { name: name.to_owned(), header, header_line, ..Submission::default() };
    for (line, draft) in read {
        submission.push(line, draft);
    }
    Ok(submission)
}

fn parse_line(line: usize, text: &[u8], registry: &Registry) -> Result<Draft, Box<Refusal>> {
    let refuse = |kind: &str, program: Option<String>, field: Option<String>, reason: String| {
        Box::new(Refusal { line, kind: kind.into(), program, field, page: None, reason })
    };
    if text.len() > MAX_LINE {
        return Err(refuse("Syntax", None, None, format!("the line is longer than {MAX_LINE} bytes")));
    }
    let text = std::str::from_utf8(text).map_err(|_| refuse("Syntax", None, None, "the line is not UTF-8".into()))?;
    let transaction: json::Transaction = text.parse().map_err(|error: json::JsonError| {
        let (kind, field) = match &error {
            json::JsonError::Syntax(_) => ("Syntax", None),
            json::JsonError::Missing(field) => ("MissingField", Some((*field).to_owned())),
            json::JsonError::Unknown(field) => ("UnknownField", Some(field.clone())),
            json::JsonError::Field { field, .. } => ("BadField", Some(field.clone())),
        };
        refuse(kind, None, field, in_line(&error.to_string()))
    })?;
    let program = transaction.program.clone();
    resolve::resolve(registry, transaction)
        .map_err(|error| refuse(unresolved(&error), Some(program), Some(error.field.clone()), error.to_string()))
}

/// The kind of a line that is no transaction of any program here.
fn unresolved(error: &ResolveError) -> &'static str {
    if error.field == "program" { "UnknownProgram" } else { "BadField" }
}

fn parse_binary(bytes: &[u8], name: &str, registry: &Registry) -> anyhow::Result<Submission> {
    let file = binary::decode_records(bytes).map_err(|error| failure::input(format!("{name}: {error}")))?;
    let mut submission =
        Submission { name: name.to_owned(), parameters: Some(file.parameters), ..Submission::default() };
    for (line, record) in (1..).zip(file.transactions) {
        let refuse = |kind: &str, field: Option<String>, reason: String| {
            Box::new(Refusal { line, kind: kind.into(), program: None, field, page: None, reason })
        };
        let draft = record.map_err(|error| refuse("Record", None, error.to_string())).and_then(|transaction| {
            let draft = resolve::from_words(registry, transaction);
            draft.map_err(|error| refuse(unresolved(&error), Some(error.field.clone()), error.to_string()))
        });
        submission.push(line, draft);
    }
    Ok(submission)
}

impl Submission {
    /// Transactions and refused lines together.
    pub fn total(&self) -> usize {
        self.drafts.len() + self.refused.len()
    }

    /// Digest of the submitted transactions, the head that they run on and whether others are added, as text: what names a
    /// run. What is added follows from these and the block, so it is not part of it; call this before [`Submission::add`].
    pub fn digest(&self, head: &Head, auto: bool) -> anyhow::Result<String> {
        let mut key = KeyBuilder::new("run", 1)
            .with(&serde_json::to_vec(head).map_err(failure::machine)?)
            .with(format!("{:?}", self.drafts).as_bytes());
        if auto {
            key = key.with(b"auto");
        }
        Ok(key.finish().to_string())
    }

    /// Adds what the operator owes the batch (`--auto`), and returns how many transactions that is.
    pub fn add(&mut self, chain: &Chain, context: &BlockContext) -> usize {
        let environment = Environment::new(&chain.head.parameters, context);
        let additions = system::additions(&chain.interpreter, &environment, &chain.tree, &self.drafts);
        let count = additions.len();
        // From the last, so that the places of those before it hold.
        for Addition { before, draft } in additions.into_iter().rev() {
            let place = before.min(self.drafts.len());
            self.drafts.insert(place, draft);
            self.lines.insert(place, 0);
        }
        count
    }

    /// Everything that did not run, by line: the lines that are no transactions, and what a batch of [`Submission::drafts`]
    /// rejected.
    pub fn refusals(&self, rejections: &[Rejection]) -> Vec<Refusal> {
        let mut refusals = self.refused.clone();
        refusals.extend(rejections.iter().map(|rejection| self.refusal(rejection)));
        refusals.sort_by_key(|refusal| refusal.line);
        refusals
    }

    fn refusal(&self, rejection: &Rejection) -> Refusal {
        // A reason is written as its kind with its parts, so that the file's readers need not read sentences.
        let reason = serde_json::to_value(&rejection.reason).unwrap_or_default();
        let (kind, parts) = match &reason {
            Value::Object(reason) => reason
                .iter()
                .next()
                .map_or((Cow::Borrowed(""), None), |(kind, parts)| (Cow::Borrowed(kind.as_str()), Some(parts))),
            other => (Cow::Owned(other.as_str().unwrap_or_default().to_owned()), None),
        };
        let page = parts.and_then(|parts| parts.get("page").or_else(|| parts.get("second"))?.as_str());
        Refusal {
            line: self.lines.get(rejection.index).copied().unwrap_or_default(),
            kind: kind.into_owned(),
            program: Some(rejection.program.clone()),
            field: None,
            page: page.map(str::to_owned),
            reason: rejection.reason.to_string(),
        }
    }

    fn push(&mut self, line: usize, draft: Result<Draft, Box<Refusal>>) {
        match draft {
            Ok(draft) => {
                self.drafts.push(draft);
                self.lines.push(line);
            }
            Err(refusal) => self.refused.push(*refusal),
        }
    }
}

/// Writes refusals as JSON lines, one each.
pub fn write_refusals(path: &Path, refusals: &[Refusal]) -> anyhow::Result<()> {
    let mut text = String::new();
    for refusal in refusals {
        text += &serde_json::to_string(refusal).map_err(failure::machine)?;
        text.push('\n');
    }
    files::write(path, text.as_bytes())
}

/// Transactions as JSON lines.
///
/// # Errors
/// If a draft's program is not the registry's, or its counts are not the program's.
pub fn to_lines(registry: &Registry, drafts: &[Draft]) -> anyhow::Result<String> {
    let described: Option<Vec<String>> = drafts
        .par_iter()
        .map(|draft| resolve::describe(registry, draft).map(|transaction| transaction.to_string() + "\n"))
        .collect();
    described.map(|lines| lines.concat()).ok_or_else(|| failure::machine("a transaction is not of a known program"))
}

#[cfg(test)]
mod tests;
