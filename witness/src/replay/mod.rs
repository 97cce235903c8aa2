//! Executes a chunk from what it carries: the worker's side, which trusts nobody.
//!
//! Execution is sequential by definition; only what does not depend on state (signatures, digests of nodes) runs on all
//! cores. The record that comes out is determined by the chunk and the registry.

use crate::chunk::{BlockContext, Chunk, MAX_TRANSACTIONS};
use crate::interpreter::{Environment, Interpreter, Prepared, ProgramError, Registers};
use crate::record::{Access, ChunkRecord, Touch, TransactionRecord};
use crate::rejection::Reason;
use crate::streams::{self, Published};
use braid_contracts::registry::Registry;
use braid_primitives::schnorr::{PublicKey, Signed, verify_batch};
use braid_primitives::{F, Page, poseidon2};
use braid_state_tree::ProofError;
use p3_field::PrimeCharacteristicRing;
use thiserror::Error;

/// Why a chunk has no record, hence no proof.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReplayError {
    /// The registry holds a program that cannot run.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// Pages and siblings do not fit each other.
    #[error("pages of the chunk: {0}")]
    Proof(#[from] ProofError),
    /// Pages and siblings do not lie under the root that the chunk begins with.
    #[error("the pages do not lie under the chunk's old root")]
    Root,
    /// A number of the context or boundary is too large.
    #[error("{what} = {value} is not below 2^{bits}")]
    TooLarge {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: u64,
        /// Bits allowed.
        bits: u32,
    },
    /// More transactions than an access time has values.
    #[error("{0} transactions, at most {MAX_TRANSACTIONS} in a chunk")]
    TooMany(usize),
    /// A page that a transaction opens is not in the chunk.
    #[error("transaction {index} opens page {address}, which the chunk does not hold")]
    MissingPage {
        /// Place of the transaction.
        index: usize,
        /// The page.
        address: u64,
    },
    /// A transaction is not valid on the state it finds.
    #[error("transaction {index}: {reason}")]
    Transaction {
        /// Its place.
        index: usize,
        /// Why.
        reason: Reason,
    },
}

impl Chunk {
    /// Executes the chunk: checks its pages against the old root, runs every transaction in order, verifies every
    /// signature, and computes every node of the tree between.
    ///
    /// # Errors
    /// [`ReplayError`] for whatever no proof could show; nothing in a chunk makes this panic.
    pub fn replay(&self, registry: &Registry) -> Result<ChunkRecord, ReplayError> {
        self.replay_prepared(&Interpreter::new(registry)?)
    }

    /// [`Chunk::replay`] for a caller that replays many chunks with one registry.
    ///
    /// # Errors
    /// As there.
    pub fn replay_prepared(&self, interpreter: &Interpreter) -> Result<ChunkRecord, ReplayError> {
        self.check_numbers()?;
        let opened = self.proof.open(self.parameters.depth, &self.pages)?;
        if opened.root() != self.before.root {
            return Err(ReplayError::Root);
        }
        let environment = Environment::new(&self.parameters, &self.context);
        let mut run = Run {
            environment,
            interpreter,
            touches: self.pages.iter().map(|&(address, old)| Touch { address, old, new: old, last_time: 0 }).collect(),
            registers: Registers::default(),
            addresses: Vec::new(),
            old: Vec::new(),
            new: Vec::new(),
        };
        let mut after = self.before;
        let mut transactions = Vec::with_capacity(self.transactions.len());
        for (index, time) in (0..self.transactions.len()).zip(1..) {
            transactions.push(run.step(self, index, time, &mut after)?);
        }
        verify_signatures(interpreter, &environment, &transactions)?;
        let touches = run.touches;
        let pages: Vec<Page> = touches.iter().map(|touch| touch.new).collect();
        let updated = opened.update(&pages)?;
        after.root = updated.new_root;
        Ok(ChunkRecord { transactions, touches, nodes: updated.nodes, before: self.before, after })
    }

    fn check_numbers(&self) -> Result<(), ReplayError> {
        let Self { context, before, .. } = self;
        let numbers = [
            ("block", context.number, BlockContext::BITS),
            ("timestamp", context.timestamp, BlockContext::BITS),
            ("fees before the batch", context.fees_before, 62),
            ("fees", before.fees, 62),
            ("count", before.count, 62),
        ];
        if let Some((what, value, bits)) = numbers.into_iter().find(|(_, value, bits)| value >> bits != 0) {
            return Err(ReplayError::TooLarge { what, value, bits });
        }
        if self.transactions.len() > MAX_TRANSACTIONS {
            return Err(ReplayError::TooMany(self.transactions.len()));
        }
        Ok(())
    }
}

/// A replay under way: the pages as they are now, and memory to reuse.
struct Run<'i> {
    environment: Environment,
    interpreter: &'i Interpreter,
    touches: Vec<Touch>,
    registers: Registers,
    addresses: Vec<u64>,
    old: Vec<Page>,
    new: Vec<Page>,
}

impl Run<'_> {
    /// Runs transaction `index` at `time` and extends the boundary by it.
    fn step(
        &mut self,
        chunk: &Chunk,
        index: usize,
        time: u32,
        boundary: &mut crate::chunk::Boundary,
    ) -> Result<TransactionRecord, ReplayError> {
        let refuse = |reason| ReplayError::Transaction { index, reason };
        let Some(transaction) = chunk.transactions.get(index) else {
            return Err(refuse(Reason::UnknownProgram { number: u32::MAX }));
        };
        let prepared = self.interpreter.admit(transaction).map_err(refuse)?;
        self.addresses.clear();
        self.interpreter.addresses(self.environment.depth, transaction, &mut self.addresses).map_err(refuse)?;
        let mut places = Vec::with_capacity(self.addresses.len());
        self.old.clear();
        for &address in &self.addresses {
            let place = self.touches.binary_search_by_key(&address, |touch| touch.address);
            let place = place.map_err(|_| ReplayError::MissingPage { index, address })?;
            self.old.extend(self.touches.get(place).map(|touch| touch.new));
            places.push(place);
        }
        let (environment, registers) = (&self.environment, &mut self.registers);
        let fee =
            self.interpreter.run(environment, transaction, &self.old, registers, &mut self.new).map_err(refuse)?;
        let state = |message| streams::message(environment, prepared, message, registers);
        let states: Vec<[F; 8]> = prepared.messages().iter().map(state).collect();
        let data = streams::data(environment, prepared, transaction, states.first().copied());
        let data = data.ok_or_else(|| refuse(Reason::MissingNonce))?; // all messages are known here
        let inbox = streams::inbox(environment, prepared, transaction);
        let records = streams::records(environment, prepared, registers);
        boundary.absorb(&Published { data, inbox, records }, fee);

        let mut pages = Vec::with_capacity(places.len());
        for (number, (&place, (old, new))) in places.iter().zip(self.old.iter().zip(&self.new)).enumerate() {
            let Some(touch) = self.touches.get_mut(place) else { continue };
            let (account, slot) = prepared.page_place(number, transaction);
            let access = Access {
                account: F::from_u64(account),
                slot: F::from_u64(slot),
                address: touch.address,
                previous: touch.last_time,
                old: *old,
                new: *new,
            };
            pages.push(access);
            touch.new = *new;
            touch.last_time = time;
        }
        Ok(TransactionRecord {
            program: transaction.program,
            operands: transaction.operands.clone(),
            hints: transaction.hints.clone(),
            results: registers.results(prepared).to_vec(),
            digests: states.into_iter().map(poseidon2::digest).collect(),
            keys: signer_keys(prepared, &self.old),
            signatures: transaction.signatures.clone(),
            pages,
        })
    }
}

/// The encoded key of each message's signer: cells 1..=5 of the old content of the signer's page.
pub(crate) fn signer_keys(prepared: &Prepared, old: &[Page]) -> Vec<[F; 5]> {
    let key = |page: &Page| [page[1], page[2], page[3], page[4], page[5]];
    prepared.messages().iter().map(|message| old.get(message.signer).map(key).unwrap_or_default()).collect()
}

/// Verifies all signatures together, on all cores; reports the first bad one in order.
fn verify_signatures(
    interpreter: &Interpreter,
    environment: &Environment,
    transactions: &[TransactionRecord],
) -> Result<(), ReplayError> {
    let (mut places, mut signed) = (Vec::new(), Vec::new());
    for (index, transaction) in transactions.iter().enumerate() {
        let parts = transaction.keys.iter().zip(&transaction.digests).zip(&transaction.signatures);
        for (message, ((key, digest), signature)) in parts.enumerate() {
            places.push((index, message));
            signed.push(Signed { key: PublicKey(*key), digest: *digest, signature: *signature });
        }
    }
    let verdicts = verify_batch(environment.chain_id, &signed);
    let bad = places.into_iter().zip(verdicts).find(|(_, verdict)| verdict.is_err()).map(|(place, _)| place);
    let Some((index, message)) = bad else { return Ok(()) };
    let reason = transactions.get(index).map(|record| {
        let prepared = interpreter.program(record.program);
        let page = prepared.and_then(|prepared| prepared.messages().get(message)).map_or(0, |message| message.signer);
        Reason::BadSignature {
            message: message + 1,
            page: prepared.map(|prepared| prepared.page_name(page)).unwrap_or_default(),
            account: record.pages.get(page).map_or(0, |access| access.address / 16),
        }
    });
    Err(ReplayError::Transaction { index, reason: reason.unwrap_or(Reason::UnknownProgram { number: u32::MAX }) })
}

#[cfg(test)]
mod tests;
