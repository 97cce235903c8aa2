//! Transactions that the operator adds to a batch by itself: those of `system` programs, which nobody signs (DECISIONS 21).
//!
//! The operands of such a program are derived from the state, as far as they follow from it (`derive.rs`): an account
//! from a page that only contracts have, everything else from the rows that demand an equality with what is known. A program
//! with an operand that the state leaves open, such as the slot of one proposal among many, is left to whoever writes the
//! file. Of the others, a transaction is added
//!
//! * at the end of the batch, where the program reads the fees collected before it (`fee_claim`);
//! * else before the first transaction that opens a page which it writes (`accrue`, of a market), and not at all if there is
//!   none;
//! * only if it would run on the state before the batch and change something there, and the batch does not have it already.
//!
//! State, block and the submitted transactions determine what is added, so that an interrupted run finds the same again.

mod derive;
#[cfg(test)]
mod tests;

use crate::chunk::Transaction;
use crate::hints::{self, Draft, SlotFiller};
use crate::interpreter::{CONTEXT, Environment, Interpreter, Prepared, Registers};
use braid_contracts::program::Source;
use braid_primitives::Page;
use braid_state_tree::Tree;
use std::collections::{HashMap, HashSet};

/// A transaction to be added to a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// The place among the submitted transactions that it goes before; their number for the end.
    pub before: usize,
    /// What to run.
    pub draft: Draft,
}

/// A transaction that the state calls for, and the pages that it writes.
struct Candidate {
    draft: Draft,
    written: Vec<u64>,
    last: bool,
}

/// What an operator adds to the transactions submitted for a batch, by place; `tree` is the state before it.
pub fn additions(interpreter: &Interpreter, environment: &Environment, tree: &Tree, drafts: &[Draft]) -> Vec<Addition> {
    let mut candidates = candidates(interpreter, environment, tree);
    let key = |draft: &Draft| (draft.program, draft.operands.clone());
    let called: HashSet<u32> = candidates.iter().map(|candidate| candidate.draft.program).collect();
    let present: HashSet<_> = drafts.iter().filter(|draft| called.contains(&draft.program)).map(key).collect();
    candidates.retain(|candidate| !present.contains(&key(&candidate.draft)));
    let wanted = candidates.iter().filter(|candidate| !candidate.last).flat_map(|candidate| &candidate.written);
    let first = first_uses(interpreter, wanted.copied().collect(), drafts);
    let place = |candidate: &Candidate| match candidate.last {
        true => Some(drafts.len()),
        false => candidate.written.iter().filter_map(|address| first.get(address)).min().copied(),
    };
    let mut additions: Vec<Addition> = candidates
        .into_iter()
        .filter_map(|candidate| Some(Addition { before: place(&candidate)?, draft: candidate.draft }))
        .collect();
    additions.sort_by_key(|addition| addition.before); // stable: by program and account within a place
    additions
}

/// Everything that the state calls for, by program and account.
fn candidates(interpreter: &Interpreter, environment: &Environment, tree: &Tree) -> Vec<Candidate> {
    let programs = || (0u32..).zip(interpreter.programs()).filter(|(_, program)| program.source() == Source::System);
    if programs().next().is_none() {
        return Vec::new();
    }
    let derived = programs().flat_map(|(number, prepared)| {
        let operands = derive::operands(prepared, environment, tree);
        let hints = vec![None; prepared.program().hints.len()];
        let draft = move |operands| Draft {
            program: number,
            operands,
            hints: hints.clone(),
            signatures: Vec::new(),
            nonce: None,
        };
        operands.into_iter().map(move |operands| (prepared, draft(operands)))
    });
    derived
        .filter_map(|(prepared, draft)| {
            let written = trial(interpreter, environment, tree, prepared, &draft)?;
            let last = prepared.rows.iter().any(|row| row.b == CONTEXT[2]);
            Some(Candidate { draft, written, last })
        })
        .collect()
}

/// Runs a transaction on the state before the batch: the pages that it writes, if it runs and changes anything.
fn trial(
    interpreter: &Interpreter,
    environment: &Environment,
    tree: &Tree,
    prepared: &Prepared,
    draft: &Draft,
) -> Option<Vec<u64>> {
    let mut filler = SlotFiller::new(interpreter, environment, tree);
    let transaction: Transaction = filler.fill(draft.clone()).ok()?.transaction;
    let mut addresses = Vec::new();
    interpreter.addresses(environment.depth, &transaction, &mut addresses).ok()?;
    let old: Vec<Page> = addresses.iter().map(|address| tree.page(*address)).collect();
    let mut new = Vec::new();
    interpreter.run(environment, &transaction, &old, &mut Registers::default(), &mut new).ok()?;
    let written = addresses.iter().enumerate().filter(|(page, _)| prepared.writes(*page));
    (old != new || !prepared.records.is_empty()).then(|| written.map(|(_, address)| *address).collect())
}

/// The first transaction that opens each of these pages, as far as operands and given hints tell.
fn first_uses(interpreter: &Interpreter, mut wanted: HashSet<u64>, drafts: &[Draft]) -> HashMap<u64, usize> {
    let mut first = HashMap::new();
    for (place, draft) in drafts.iter().enumerate() {
        if wanted.is_empty() {
            break;
        }
        let pages = interpreter.program(draft.program).map(|prepared| prepared.pages.as_slice()).unwrap_or_default();
        for address in pages.iter().filter_map(|page| hints::address(page, &draft.operands, &draft.hints)) {
            if wanted.remove(&address) {
                first.insert(address, place);
            }
        }
    }
    first
}
