//! What the registry demands of programs, derived from their table rows alone, so that no compiler is trusted.
//!
//! | file | idea |
//! |---|---|
//! | `decode` | rows back to programs: every flag and number means something, nothing is out of place |
//! | `order` | references point backwards, operations use their slots, locals exist |
//! | `value` | what each value can be: residues below a bound, integers equal to sums of others |
//! | `pages` | addresses, modes, tags, slot limits, types of stored cells |
//! | `authority` | who signs what, and what stops a replay |
//! | `conservation` | assets only move |
//! | `inbox` | programs that must accept everything |
//!
//! Two facts are taken from outside the rows: the types of pages ([`Layout`]), and for inbox programs the types of
//! operands, which the settlement contract guarantees.

mod authority;
mod conservation;
mod decode;
mod inbox;
mod order;
mod pages;
mod value;

use thiserror::Error;

use crate::layout::Layout;
use crate::program::{Element, PageSlot, Program, Source, Type};
use crate::rom::{self, Rom};

/// What a program was refused for.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Error)]
pub enum Rule {
    /// A table row that no program has.
    #[error("{table} row {row}: {what}")]
    Table {
        /// Which table.
        table: &'static str,
        /// Row of the table, counted within the program.
        row: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// The digest in the sponge rows is not that of the rows.
    #[error("the digest in the schedule is not that of the rows")]
    Digest,
    /// A row that reads what it may not, or uses a slot its operation does not have.
    #[error("row {row}: {what}")]
    Row {
        /// Number of the row.
        row: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A page that is opened or written as it may not be.
    #[error("page {page}: {what}")]
    Page {
        /// Number of the page.
        page: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A cell that may hold a value its type does not have.
    #[error("page {page}, cell {cell}: {what}")]
    Cell {
        /// Number of the page.
        page: usize,
        /// Number of the cell.
        cell: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A message or signer that does not authorise what it seems to.
    #[error("message {message}: {what}")]
    Message {
        /// Number of the message, from 1.
        message: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A record of the outbox that is not as L1 reads it.
    #[error("record {record}: {what}")]
    Record {
        /// Number of the record.
        record: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// Something about the program as a whole.
    #[error("{0}")]
    Program(&'static str),
    /// What goes in and what comes out of an asset could not be shown to be equal.
    #[error("not shown that assets are conserved: {0}")]
    Conservation(String),
}

/// A refusal with its program.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("program {number}: {rule}")]
pub struct Refusal {
    /// Number of the program in the registry.
    pub number: usize,
    /// What it was refused for.
    pub rule: Rule,
}

/// What a check of one program returns.
type Verdict = Result<(), Rule>;

/// What stops a replay of a message that is signed over a number instead of a program.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ReplayRule {
    /// Number of the message.
    pub number: u32,
    /// Types of its elements.
    pub types: Vec<Type>,
    /// Name of the layout of a page that every program with this message writes, at a place that is signed.
    pub layout: String,
}

/// Checks all programs of the tables. `programs` are what was declared, of which only the types of inbox programs' operands
/// are used.
///
/// # Errors
/// The first refusal of every program.
pub fn check(rom: &Rom, layouts: &[Layout], replay: &[ReplayRule], programs: &[Program]) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut claims = Vec::new();
    let held = rom.instructions.len() <= rom::INSTRUCTION_ROWS
        && rom.pages.len() <= rom::PAGE_ROWS
        && rom.schedule.len() <= rom::SCHEDULE_ROWS;
    if !held {
        return Err(vec![Refusal { number: 0, rule: Rule::Program("more rows than the tables hold") }]);
    }
    let decoded = match decode::programs(rom) {
        Ok(decoded) => decoded,
        Err(refusal) => return Err(vec![refusal]),
    };
    if decoded.len() != programs.len() {
        let rule = Rule::Program("the tables hold another number of programs");
        return Err(vec![Refusal { number: decoded.len().min(programs.len()), rule }]);
    }
    for (number, (decoded, declared)) in decoded.iter().zip(programs).enumerate() {
        match one(decoded, declared, layouts, replay) {
            Ok(Some(layout)) => claims.push((number, layout)),
            Ok(None) => {}
            Err(rule) => refusals.push(Refusal { number, rule }),
        }
    }
    if let Err(refusal) = together(&decoded, layouts, &claims) {
        refusals.push(refusal);
    }
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Returns the name of the layout whose page counts the fees that the program claims, if it does.
fn one(
    decoded: &decode::Decoded,
    declared: &Program,
    layouts: &[Layout],
    replay: &[ReplayRule],
) -> Result<Option<String>, Rule> {
    let program = &decoded.program;
    if rom::program_digest(program) != decoded.digest {
        return Err(Rule::Digest);
    }
    if !same(program, declared) {
        return Err(Rule::Program("its rows say something else than the program that is executed"));
    }
    order::check(program)?;
    if let Source::Inbox(_) = program.source {
        return inbox::check(program, declared, layouts).map(|()| None);
    }
    let opened = pages::open(program, layouts)?;
    let values = value::Values::new(program, &opened);
    pages::check(program, &opened, &values, layouts)?;
    authority::check(program, &opened, &values, replay)?;
    conservation::check(program, &opened, &values)
}

/// Whether rows and declared program mean the same; names and types are not in rows.
fn same(decoded: &Program, declared: &Program) -> bool {
    let page =
        |page: &PageSlot| PageSlot { name: String::new(), layout: String::new(), written: false, ..page.clone() };
    decoded.source == declared.source
        && decoded.operands.len() == declared.operands.len()
        && decoded.hints.len() == declared.hints.len()
        && decoded.instructions == declared.instructions
        && decoded.pages.iter().map(page).eq(declared.pages.iter().map(page))
        && decoded.messages == declared.messages
        && decoded.records == declared.records
}

/// What holds between programs: inbox kinds and message numbers mean one thing, fees are claimed in one place.
fn together(decoded: &[decode::Decoded], layouts: &[Layout], claims: &[(usize, String)]) -> Result<(), Refusal> {
    let mut kinds = Vec::new();
    for (number, program) in decoded.iter().map(|decoded| &decoded.program).enumerate() {
        if let Source::Inbox(kind) = program.source {
            if kinds.contains(&kind) {
                return Err(Refusal { number, rule: Rule::Program("its inbox kind is taken") });
            }
            kinds.push(kind);
        }
    }
    if let [_, (number, _), ..] = claims {
        return Err(Refusal { number: *number, rule: Rule::Program("fees are claimed by another program already") });
    }
    contract_pages(decoded, layouts)?;
    // The page that counts what was claimed is made at genesis, once.
    let Some((_, counter)) = claims.first() else { return Ok(()) };
    for (number, program) in decoded.iter().map(|decoded| &decoded.program).enumerate() {
        if pages::makes(program, layouts, counter) {
            return Err(Refusal { number, rule: Rule::Program("makes a page that counts claimed fees") });
        }
    }
    Ok(())
}

/// Pages of a contract layout lie at one slot in all programs.
fn contract_pages(decoded: &[decode::Decoded], layouts: &[Layout]) -> Result<(), Refusal> {
    let mut slots: Vec<(&str, Element)> = Vec::new();
    for (number, program) in decoded.iter().map(|decoded| &decoded.program).enumerate() {
        let Ok(opened) = pages::open(program, layouts) else { continue };
        for (page, (slot, open)) in
            program.pages.iter().zip(opened).enumerate().filter(|(_, (_, open))| open.layout.contract)
        {
            match slots.iter().find(|(name, _)| *name == open.layout.name) {
                Some((_, known)) if *known != slot.slot => {
                    let rule = Rule::Page { page, what: "a contract's page at another slot than elsewhere" };
                    return Err(Refusal { number, rule });
                }
                Some(_) => {}
                None => slots.push((&open.layout.name, slot.slot)),
            }
        }
    }
    Ok(())
}
