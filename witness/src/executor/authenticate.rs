//! The pure part of execution: everything that can be known of a transaction before its turn.
//!
//! A signature is verified under the key that the signer's page holds before the batch, together with all others. If the page has
//! another key when its turn comes, it is verified again; so the guess costs time at worst.

use super::Submitted;
use crate::chunk::Transaction;
use crate::interpreter::{Environment, Interpreter, Prepared, Registers};
use crate::rejection::Reason;
use crate::{signing, streams};
use braid_primitives::schnorr::{PublicKey, Signed, verify_batch};
use braid_primitives::{Digest, Page, poseidon2};
use braid_state_tree::Tree;
use rayon::prelude::*;

/// What is known of one message before its transaction's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verified {
    /// Digest, signature, and the key that is guessed.
    pub(crate) signed: Signed,
    pub(crate) valid: bool,
}

/// A transaction with all that does not depend on others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    /// Addresses of its pages, in the program's order.
    pub(crate) addresses: Vec<u64>,
    /// By message; `None` where the digest is not known before execution.
    pub(crate) messages: Vec<Option<Verified>>,
    /// Digest of the published data; `None` where it goes on from a message that is not known before execution.
    pub(crate) data: Option<Digest>,
    /// Digest as an inbox entry.
    pub(crate) inbox: Option<Digest>,
}

/// Authenticates every transaction against the state before the batch, in parallel. `Err` is final: no state would accept
/// the transaction.
pub fn authenticate(
    interpreter: &Interpreter,
    environment: &Environment,
    tree: &Tree,
    submitted: &[Submitted],
) -> Vec<Result<Authenticated, Reason>> {
    let one = |registers: &mut Registers, submitted: &Submitted| {
        prepare(interpreter, environment, tree, submitted, registers)
    };
    let mut authenticated: Vec<_> = submitted.par_iter().map_init(Registers::default, one).collect();

    let known = authenticated.iter_mut().flatten().flat_map(|known| known.messages.iter_mut().flatten());
    let mut messages: Vec<&mut Verified> = known.collect();
    let signed: Vec<Signed> = messages.iter().map(|message| message.signed).collect();
    let verdicts = verify_batch(environment.chain_id, &signed);
    messages.iter_mut().zip(verdicts).for_each(|(message, verdict)| message.valid = verdict.is_ok());
    authenticated
}

/// Everything but the verdicts on signatures, which stand as if they were bad.
fn prepare(
    interpreter: &Interpreter,
    environment: &Environment,
    tree: &Tree,
    submitted: &Submitted,
    registers: &mut Registers,
) -> Result<Authenticated, Reason> {
    let transaction = &submitted.transaction;
    let prepared = interpreter.admit(transaction)?;
    let mut addresses = Vec::with_capacity(prepared.program().pages.len());
    interpreter.addresses(environment.depth, transaction, &mut addresses)?;
    registers.load(prepared, environment, transaction);
    let mut first = None;
    let signed = prepared.messages().iter().zip(&transaction.signatures).enumerate();
    let messages = signed.map(|(number, (message, signature))| {
        let state = signing::state(environment, prepared, message, submitted.nonce, registers)?;
        if number == 0 {
            first = Some(state);
        }
        let key = key_of(addresses.get(message.signer).map(|address| tree.page(*address)).as_ref());
        Some(Verified { signed: Signed { key, digest: poseidon2::digest(state), signature: *signature }, valid: false })
    });
    let messages = messages.collect();
    let data = streams::data(environment, prepared, transaction, first);
    let inbox = streams::inbox(environment, prepared, transaction);
    Ok(Authenticated { addresses, messages, data, inbox })
}

/// The key that a signer's page holds.
fn key_of(page: Option<&Page>) -> PublicKey {
    PublicKey(page.map(|page| [page[1], page[2], page[3], page[4], page[5]]).unwrap_or_default())
}

/// Checks every signature of a transaction against the old content of its pages; `registers` as its run left them.
pub(crate) fn check_signatures(
    environment: &Environment,
    prepared: &Prepared,
    transaction: &Transaction,
    authenticated: &Authenticated,
    old: &[Page],
    registers: &Registers,
) -> Result<(), Reason> {
    let messages = prepared.messages().iter().zip(&transaction.signatures).zip(&authenticated.messages);
    for (number, ((message, signature), before)) in messages.enumerate() {
        let key = key_of(old.get(message.signer));
        let valid = match before {
            Some(before) if before.signed.key == key => before.valid,
            before => {
                let digest = before.map(|before| before.signed.digest);
                let hash = || poseidon2::digest(streams::message(environment, prepared, message, registers));
                let digest = digest.unwrap_or_else(hash);
                Signed { key, digest, signature: *signature }.verify(environment.chain_id).is_ok()
            }
        };
        if !valid {
            return Err(Reason::BadSignature {
                message: number + 1,
                page: prepared.page_name(message.signer),
                account: prepared.page_place(message.signer, transaction).0,
            });
        }
    }
    Ok(())
}
