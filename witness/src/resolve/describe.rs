//! From numbers back to names.

use super::{NEVER, named, parts, source_of};
use crate::hints::Draft;
use braid_contracts::program::Parameter;
use braid_contracts::registry::Registry;
use braid_primitives::F;
use braid_primitives::wire::json::{self, Value};
use p3_field::PrimeField64;

/// The line that resolves to this draft; `None` if no program has its number or the counts are not the program's.
///
/// Open hints are left out. An array of which some elements are open is left out as a whole.
pub fn describe(registry: &Registry, draft: &Draft) -> Option<json::Transaction> {
    let program = registry.program(draft.program as usize)?;
    if program.operands.len() != draft.operands.len() || program.hints.len() != draft.hints.len() {
        return None;
    }
    let until = draft.operands.last().filter(|_| program.expires()).map_or(0, F::as_canonical_u64);
    let operands: Vec<Option<F>> = draft.operands.iter().copied().map(Some).collect();
    Some(json::Transaction {
        program: program.name.clone(),
        source: source_of(program.source),
        operands: values(named(program), &operands),
        hints: values(&program.hints, &draft.hints),
        valid_until: if until == NEVER { 0 } else { until },
        nonce: draft.nonce,
        signatures: draft.signatures.clone(),
    })
}

/// Values by name, elements of an array together; those of which a part is open are left out.
fn values(parameters: &[Parameter], values: &[Option<F>]) -> Vec<(String, Value)> {
    let mut named: Vec<(String, Option<Value>)> = Vec::new();
    for (parameter, value) in parameters.iter().zip(values) {
        match (parts(&parameter.name), named.last_mut()) {
            ((base, Some(_)), Some((name, all))) if name == base => {
                *all = match (all.take(), value) {
                    (Some(Value::Elements(mut elements)), Some(value)) => {
                        elements.push(*value);
                        Some(Value::Elements(elements))
                    }
                    _ => None,
                };
            }
            ((base, Some(_)), _) => named.push((base.to_owned(), value.map(|value| Value::Elements(vec![value])))),
            ((base, None), _) => named.push((base.to_owned(), value.map(Value::Element))),
        }
    }
    named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
