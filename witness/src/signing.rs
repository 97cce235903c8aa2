//! What the signers of a transaction sign.

use crate::chunk::Transaction;
use crate::hints::Draft;
use crate::interpreter::{Environment, Interpreter, Prepared, PreparedMessage, Registers};
use crate::rejection::Reason;
use crate::streams;
use braid_primitives::schnorr::{self, SecretKey};
use braid_primitives::{Digest, F, poseidon2};
use p3_field::PrimeCharacteristicRing;

/// The state whose digest is signed, of a message that depends on operands, hints and nonce alone; `None` if execution has to tell,
/// or if the nonce is needed and not given. `registers` hold the transaction.
pub(crate) fn state(
    environment: &Environment,
    prepared: &Prepared,
    message: &PreparedMessage,
    nonce: Option<u64>,
    registers: &mut Registers,
) -> Option<[F; 8]> {
    if message.number.is_none() {
        registers.set(prepared.nonce?, F::from_u64(nonce?));
    }
    message.predictable.then(|| streams::message(environment, prepared, message, registers))
}

/// The digests that the signers of a draft sign, in order. Slots and other hints are not signed and may be open.
///
/// # Errors
/// [`Reason::UnknownProgram`], [`Reason::Count`] for a wrong number of operands, [`Reason::MissingNonce`] where a message
/// holds one, or [`Reason::Unpredictable`] for a message over what only execution tells.
pub fn digests(interpreter: &Interpreter, environment: &Environment, draft: &Draft) -> Result<Vec<Digest>, Reason> {
    let number = draft.program;
    let prepared = interpreter.program(number).ok_or(Reason::UnknownProgram { number })?;
    let (found, expected) = (draft.operands.len(), prepared.program().operands.len());
    if found != expected {
        return Err(Reason::Count { what: "operands".into(), found, expected });
    }
    let hints = draft.hints.iter().map(|hint| hint.unwrap_or(F::ZERO)).collect();
    let transaction = Transaction { program: number, operands: draft.operands.clone(), hints, signatures: Vec::new() };
    let mut registers = Registers::default();
    registers.load(prepared, environment, &transaction);
    let missing = |message: usize| match draft.nonce {
        None => Reason::MissingNonce,
        Some(_) => Reason::Unpredictable { message },
    };
    let messages = prepared.messages().iter().zip(1..);
    messages
        .map(|(message, m)| {
            let state = state(environment, prepared, message, draft.nonce, &mut registers);
            state.map(poseidon2::digest).ok_or_else(|| missing(m))
        })
        .collect()
}

/// Signs a draft with one key a message, in order.
///
/// # Errors
/// Those of [`digests`], and [`Reason::Count`] for a wrong number of keys.
pub fn sign(
    interpreter: &Interpreter,
    environment: &Environment,
    draft: &mut Draft,
    keys: &[&SecretKey],
) -> Result<(), Reason> {
    let digests = digests(interpreter, environment, draft)?;
    if digests.len() != keys.len() {
        return Err(Reason::Count { what: "keys".into(), found: keys.len(), expected: digests.len() });
    }
    let signed = digests.iter().zip(keys).map(|(digest, key)| schnorr::sign(key, environment.chain_id, *digest));
    draft.signatures = signed.collect();
    Ok(())
}
