//! The binary format: programs by number, everything in order. Slots that are open are 0.

use super::{ResolveError, error};
use crate::hints::Draft;
use braid_contracts::program::{Parameter, Source, Type};
use braid_contracts::registry::Registry;
use braid_primitives::F;
use braid_primitives::wire::binary;
use p3_field::PrimeCharacteristicRing;

/// A draft from a transaction of a binary file. Counts and values are left for execution to check.
///
/// # Errors
/// [`ResolveError`] if no program has the number.
pub fn from_words(registry: &Registry, transaction: binary::Transaction) -> Result<Draft, ResolveError> {
    let number = transaction.program;
    let program =
        registry.program(number as usize).ok_or_else(|| error("program", format!("there is no program {number}")))?;
    let slot = |place: usize| program.hints.get(place).is_some_and(|hint: &Parameter| hint.ty == Type::Slot);
    let hints = transaction.hints.into_iter().enumerate();
    let hints = hints.map(|(place, hint)| (hint != F::ZERO || !slot(place)).then_some(hint)).collect();
    let nonce = (program.source == Source::Signed).then_some(transaction.nonce);
    Ok(Draft { program: number, operands: transaction.operands, hints, signatures: transaction.signatures, nonce })
}

/// The inverse of [`from_words`]. A numeric hint that is open becomes 0, too: give those.
pub fn to_words(draft: &Draft) -> binary::Transaction {
    binary::Transaction {
        program: draft.program,
        nonce: draft.nonce.unwrap_or(0),
        operands: draft.operands.clone(),
        hints: draft.hints.iter().map(|hint| hint.unwrap_or(F::ZERO)).collect(),
        signatures: draft.signatures.clone(),
    }
}
