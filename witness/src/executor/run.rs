//! The transitions, level by level.

use super::authenticate::check_signatures;
use super::{Authenticated, Policy, Submitted};
use crate::chunk::Transaction;
use crate::interpreter::{Environment, Interpreter, Registers};
use crate::planner::{Plan, Planner};
use crate::rejection::{Reason, Rejection};
use crate::streams::{self, Published};
use braid_contracts::program::Source;
use braid_primitives::{Digest, Page};
use braid_state_tree::Tree;
use rayon::prelude::*;

/// Transactions that one task runs. A level of no more than this runs inline: a transition costs less than a microsecond,
/// waking a thread costs several.
const PIECE: usize = 256;

/// One accepted transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executed {
    /// Place in the submitted order.
    pub index: usize,
    /// What ran.
    pub transaction: Transaction,
    /// Addresses and new content of its pages, in the program's order.
    pub pages: Vec<(u64, Page)>,
    /// Its fee.
    pub fee: u64,
    /// What it adds to the chains.
    pub published: Published,
}

/// Levels of the transactions that passed authentication; the others stand in it with no pages.
pub fn plan(
    interpreter: &Interpreter,
    submitted: &[Submitted],
    authenticated: &[Result<Authenticated, Reason>],
) -> Plan {
    let mut planner = Planner::with_capacity(submitted.len());
    for (submitted, authenticated) in submitted.iter().zip(authenticated) {
        let prepared = interpreter.program(submitted.transaction.program);
        let addresses = authenticated.as_ref().map(|known| known.addresses.as_slice()).unwrap_or_default();
        let writes = |page| prepared.is_some_and(|prepared| prepared.writes(page));
        planner.add(addresses.iter().enumerate().map(|(page, address)| (*address, writes(page))));
    }
    planner.finish()
}

/// Refusals are rare and large: boxed, so that acceptances move little.
type Outcome = Result<Done, Box<Reason>>;

/// What a transaction did, while its new pages lie elsewhere.
struct Done {
    fee: u64,
    data: Digest,
    records: Vec<Digest>,
}

/// Outcomes of some transactions of one level. Reused, so that a chain of small levels allocates nothing.
#[derive(Default)]
struct Piece {
    outcomes: Vec<Outcome>,
    /// New pages of the accepted ones, one after the other.
    pages: Vec<Page>,
    registers: Registers,
    old: Vec<Page>,
    new: Vec<Page>,
}

/// All that transitions read.
struct Level<'a> {
    interpreter: &'a Interpreter,
    environment: &'a Environment,
    policy: Policy,
    submitted: &'a [Submitted],
    authenticated: &'a [Result<Authenticated, Reason>],
    plan: &'a Plan,
}

/// Runs a batch on the state before it, which stays as it is. Accepted and refused transactions come in submitted order.
pub fn execute(
    interpreter: &Interpreter,
    environment: &Environment,
    policy: Policy,
    tree: &Tree,
    submitted: Vec<Submitted>,
    authenticated: Vec<Result<Authenticated, Reason>>,
    plan: &Plan,
) -> (Vec<Executed>, Vec<Rejection>) {
    let level = Level { interpreter, environment, policy, submitted: &submitted, authenticated: &authenticated, plan };
    let mut pages: Vec<Page> = plan.addresses.par_iter().map(|address| tree.page(*address)).collect();
    let mut outcomes: Vec<Option<Outcome>> = Vec::new();
    outcomes.resize_with(submitted.len(), || None);
    // New pages of all transactions, where the plan has their accesses.
    let mut written: Vec<Page> = vec![Page::default(); plan.access_count()];
    let mut inline = Piece::default();
    for members in plan.levels() {
        if members.len() <= PIECE {
            level.run(members, &pages, &mut inline);
            level.apply(members, &mut inline, &mut pages, &mut written, &mut outcomes);
            continue;
        }
        let pieces: Vec<Piece> = members
            .par_chunks(PIECE)
            .map(|members| {
                let mut piece = Piece::default();
                level.run(members, &pages, &mut piece);
                piece
            })
            .collect();
        for (members, mut piece) in members.chunks(PIECE).zip(pieces) {
            level.apply(members, &mut piece, &mut pages, &mut written, &mut outcomes);
        }
    }
    collect(interpreter, submitted, authenticated, plan, outcomes, &written)
}

impl Level<'_> {
    /// Runs transactions of one level on the pages as they are before it.
    fn run(&self, members: &[u32], pages: &[Page], piece: &mut Piece) {
        piece.outcomes.clear();
        piece.pages.clear();
        for member in members {
            let outcome = self.step(*member as usize, pages, piece).map_err(Box::new);
            if outcome.is_ok() {
                piece.pages.extend_from_slice(&piece.new);
            }
            piece.outcomes.push(outcome);
        }
    }

    fn step(&self, index: usize, pages: &[Page], piece: &mut Piece) -> Result<Done, Reason> {
        let (Some(submitted), Some(authenticated)) = (self.submitted.get(index), self.authenticated.get(index)) else {
            return Err(Reason::UnknownProgram { number: u32::MAX }); // the plan lists submitted transactions only
        };
        let authenticated = authenticated.as_ref().map_err(Clone::clone)?;
        let transaction = &submitted.transaction;
        let prepared = self.interpreter.admit(transaction)?;
        piece.old.clear();
        let accesses = self.plan.accesses(index).iter();
        piece.old.extend(accesses.map(|access| pages.get(access.page as usize).copied().unwrap_or_default()));
        prepared.check_nonce(&piece.old, submitted.nonce)?;
        let Piece { registers, old, new, .. } = piece;
        let fee = self.interpreter.run(self.environment, transaction, old, registers, new)?;
        if fee < self.policy.minimum_fee && prepared.source() == Source::Signed {
            return Err(Reason::FeeTooLow { fee, minimum: self.policy.minimum_fee });
        }
        check_signatures(self.environment, prepared, transaction, authenticated, old, registers)?;
        let data = authenticated.data.or_else(|| {
            let first = streams::message(self.environment, prepared, prepared.messages().first()?, registers);
            streams::data(self.environment, prepared, transaction, Some(first))
        });
        let data = data.ok_or(Reason::MissingNonce)?; // what has no first message is known before
        Ok(Done { fee, data, records: streams::records(self.environment, prepared, registers) })
    }

    /// Writes the pages of the accepted transactions.
    fn apply(
        &self,
        members: &[u32],
        piece: &mut Piece,
        pages: &mut [Page],
        written: &mut [Page],
        outcomes: &mut [Option<Outcome>],
    ) {
        let mut new = piece.pages.iter();
        for (member, outcome) in members.iter().zip(piece.outcomes.drain(..)) {
            let index = *member as usize;
            if outcome.is_ok() {
                let accesses = self.plan.accesses(index).iter().zip(self.plan.first_access(index)..);
                for ((access, place), content) in accesses.zip(new.by_ref()) {
                    if access.written
                        && let Some(page) = pages.get_mut(access.page as usize)
                    {
                        *page = *content;
                    }
                    if let Some(page) = written.get_mut(place) {
                        *page = *content;
                    }
                }
            }
            if let Some(slot) = outcomes.get_mut(index) {
                *slot = Some(outcome);
            }
        }
    }
}

/// Joins outcomes and transactions, in submitted order.
fn collect(
    interpreter: &Interpreter,
    submitted: Vec<Submitted>,
    authenticated: Vec<Result<Authenticated, Reason>>,
    plan: &Plan,
    outcomes: Vec<Option<Outcome>>,
    written: &[Page],
) -> (Vec<Executed>, Vec<Rejection>) {
    let (mut executed, mut rejections) = (Vec::with_capacity(submitted.len()), Vec::new());
    let refuse = |index, transaction: &Transaction, reason| {
        let program = interpreter.program(transaction.program);
        let program = program.map_or(transaction.program.to_string(), |prepared| prepared.program().name.clone());
        Rejection { index, program, reason }
    };
    let together = submitted.into_iter().zip(authenticated).zip(outcomes).enumerate();
    for (index, ((Submitted { transaction, .. }, authenticated), outcome)) in together {
        match (authenticated, outcome) {
            (Ok(known), Some(Ok(Done { fee, data, records }))) => {
                let new = written.iter().skip(plan.first_access(index)).copied();
                let pages = known.addresses.into_iter().zip(new).collect();
                let published = Published { data, inbox: known.inbox, records };
                executed.push(Executed { index, transaction, pages, fee, published });
            }
            (Err(reason), _) => rejections.push(refuse(index, &transaction, reason)),
            (Ok(_), Some(Err(reason))) => rejections.push(refuse(index, &transaction, *reason)),
            (Ok(_), None) => {} // every planned transaction stands in one level
        }
    }
    (executed, rejections)
}
