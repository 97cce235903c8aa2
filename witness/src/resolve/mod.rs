//! From transactions as they are written down to numbers in a program's order, and back.
//!
//! [`resolve()`] reads names (a line of JSON), [`describe()`] writes them; [`from_words`] and [`to_words`] do the same for the
//! binary format, which has numbers already. A slot that the operator is to choose is left out of a line, and 0 in binary,
//! which no slot is.

mod describe;
#[cfg(test)]
mod tests;
mod words;

pub use describe::describe;
pub use words::{from_words, to_words};

use crate::hints::Draft;
use braid_contracts::program::{self, Parameter};
use braid_contracts::registry::Registry;
use braid_primitives::F;
use braid_primitives::wire::Source;
use braid_primitives::wire::json::{self, Value};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use thiserror::Error;

/// `until` of a transaction that never expires.
pub const NEVER: u64 = (1 << 40) - 1;

/// What does not fit a program's parameters, by the field's name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{field}: {message}")]
pub struct ResolveError {
    /// Path of the field: `program`, `operands.amount`, `hints.dst.3`, `valid_until`.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

fn error(field: impl Into<String>, message: impl Into<String>) -> ResolveError {
    ResolveError { field: field.into(), message: message.into() }
}

/// A call with single integers as operands, not expiring, to be signed for the given nonce.
pub fn call(program: &str, operands: &[(&str, u64)], nonce: u64) -> json::Transaction {
    let operands = operands.iter().map(|(name, value)| ((*name).to_owned(), Value::Element(F::from_u64(*value))));
    json::Transaction {
        program: program.to_owned(),
        operands: operands.collect(),
        nonce: Some(nonce),
        ..json::Transaction::default()
    }
}

/// Looks up the program and puts operands and hints in its order.
///
/// # Errors
/// [`ResolveError`] with the field's path: an unknown program or name, another source than the program's, a missing
/// operand, an array of the wrong length, a value that its type does not hold, an expiry where the program has none, a
/// nonce where it has none.
pub fn resolve(registry: &Registry, transaction: json::Transaction) -> Result<Draft, ResolveError> {
    let unknown = || error("program", format!("there is no program `{}`", transaction.program));
    let number = registry.index_of(&transaction.program).ok_or_else(unknown)?;
    let program = registry.program(number).ok_or_else(unknown)?;
    let source = source_of(program.source);
    if source != transaction.source {
        let name = |source| match source {
            Source::Signed => "signed by a user",
            Source::Inbox => "an inbox program",
            Source::System => "a system program",
        };
        return Err(error(
            "source",
            format!("`{}` is {}, not {}", program.name, name(source), name(transaction.source)),
        ));
    }
    if transaction.nonce.is_some() && source != Source::Signed {
        return Err(error("nonce", format!("`{}` has no signer", program.name)));
    }
    let mut operands = Vec::with_capacity(program.operands.len());
    for (name, value) in arguments("operands", named(program), &transaction.operands)? {
        operands.push(value.ok_or_else(|| error(format!("operands.{name}"), "is missing"))?);
    }
    match (program.expires(), transaction.valid_until) {
        (true, 0) => operands.push(F::from_u64(NEVER)),
        (true, until) if until <= NEVER => operands.push(F::from_u64(until)),
        (true, until) => return Err(error("valid_until", format!("{until} is not below 2^40"))),
        (false, 0) => {}
        (false, _) => return Err(error("valid_until", format!("`{}` does not expire", program.name))),
    }
    let hints = arguments("hints", &program.hints, &transaction.hints)?;
    let hints = hints.into_iter().map(|(_, value)| value).collect();
    let program = u32::try_from(number).map_err(|_| error("program", "has too large a number"))?;
    Ok(Draft { program, operands, hints, signatures: transaction.signatures, nonce: transaction.nonce })
}

/// Who may run a program, as lines say it.
fn source_of(source: program::Source) -> Source {
    match source {
        program::Source::Signed => Source::Signed,
        program::Source::Inbox(_) => Source::Inbox,
        program::Source::System => Source::System,
    }
}

/// The operands that have a name in a line: all but `until`.
fn named(program: &program::Program) -> &[Parameter] {
    let rest = program.operands.split_last().map(|(_, rest)| rest);
    rest.filter(|_| program.expires()).unwrap_or(&program.operands)
}

/// Name and index of a parameter: elements of an array are parameters `name.0`, `name.1`, …
fn parts(name: &str) -> (&str, Option<usize>) {
    let split = name.rsplit_once('.').and_then(|(base, index)| Some((base, index.parse().ok()?)));
    split.map_or((name, None), |(base, index)| (base, Some(index)))
}

type Values = Vec<(String, Option<F>)>;

/// The parameters in order, each with its value if one is given.
fn arguments(what: &str, parameters: &[Parameter], given: &[(String, Value)]) -> Result<Values, ResolveError> {
    for (name, value) in given {
        let path = || format!("{what}.{name}");
        let indices = parameters.iter().map(|parameter| parts(&parameter.name)).filter(|(base, _)| base == name);
        let (mut count, mut array) = (0, false);
        indices.for_each(|(_, index)| {
            count += 1;
            array |= index.is_some();
        });
        match value {
            _ if count == 0 => return Err(error(path(), "the program has no such parameter")),
            Value::Elements(_) if !array => return Err(error(path(), "is one value, not a list")),
            value if value.elements().len() != count || (array && matches!(value, Value::Element(_))) => {
                return Err(error(path(), format!("is a list of {count} values")));
            }
            _ => {}
        }
    }
    let value = |parameter: &Parameter| {
        let (base, index) = parts(&parameter.name);
        let value = given.iter().find(|(name, _)| name == base);
        let value = value.and_then(|(_, value)| value.elements().get(index.unwrap_or(0))).copied();
        if let (Some(value), Some(bits)) = (value.map(|value| value.as_canonical_u64()), parameter.ty.bits())
            && value >> bits != 0
        {
            let message = format!("{value} is not below 2^{bits}, as `{}` wants", parameter.ty);
            return Err(error(format!("{what}.{}", parameter.name), message));
        }
        Ok((parameter.name.clone(), value))
    };
    parameters.iter().map(value).collect()
}
