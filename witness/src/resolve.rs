//! From names to numbers: a call as people and wallets write it becomes operands and hints in a program's order.

use crate::hints::Draft;
use braid_contracts::program::{Parameter, Type};
use braid_contracts::registry::Registry;
use braid_primitives::F;
use braid_primitives::schnorr::Signature;
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use std::collections::BTreeMap;
use thiserror::Error;

/// `until` of a transaction that never expires.
pub const NEVER: u64 = (1 << 40) - 1;

/// The value of a named operand or hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A single one.
    One(F),
    /// The elements of an array.
    Many(Vec<F>),
}

/// A transaction by names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The program, with its variant: `swap_in.0`.
    pub program: String,
    /// Operands by name, without `until`.
    pub operands: BTreeMap<String, Argument>,
    /// Hints by name; those left out are open.
    pub hints: BTreeMap<String, Argument>,
    /// Last second of validity; 0 for no end.
    pub valid_until: u64,
    /// The first signer's nonce, where the program's message holds one.
    pub nonce: Option<u64>,
    /// One signature a message, in order.
    pub signatures: Vec<Signature>,
}

impl Call {
    /// A call with single integers as operands, not expiring, for the given nonce.
    pub fn of(program: &str, operands: &[(&str, u64)], nonce: u64) -> Self {
        let operands = operands.iter().map(|(name, value)| ((*name).to_owned(), Argument::One(F::from_u64(*value))));
        Self { program: program.to_owned(), operands: operands.collect(), nonce: Some(nonce), ..Self::default() }
    }
}

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

/// Looks up the program and puts operands and hints in its order.
///
/// # Errors
/// [`ResolveError`] with the field's path: an unknown program or name, a missing operand, an array of the wrong length, a
/// value that its type does not hold, an expiry where the program has none.
pub fn resolve(registry: &Registry, call: Call) -> Result<Draft, ResolveError> {
    let unknown = || error("program", format!("there is no program `{}`", call.program));
    let number = registry.index_of(&call.program).ok_or_else(unknown)?;
    let program = registry.program(number).ok_or_else(unknown)?;
    let named = if program.expires() { program.operands.split_last().map(|(_, rest)| rest) } else { None };
    let named = named.unwrap_or(&program.operands);
    let mut operands = Vec::with_capacity(program.operands.len());
    for (name, value) in arguments("operands", named, call.operands)? {
        operands.push(value.ok_or_else(|| error(format!("operands.{name}"), "is missing"))?);
    }
    match (program.expires(), call.valid_until) {
        (true, 0) => operands.push(F::from_u64(NEVER)),
        (true, until) if until <= NEVER => operands.push(F::from_u64(until)),
        (true, until) => return Err(error("valid_until", format!("{until} is not below 2^40"))),
        (false, 0) => {}
        (false, _) => return Err(error("valid_until", format!("`{}` does not expire", program.name))),
    }
    let hints = arguments("hints", &program.hints, call.hints)?.into_iter().map(|(_, value)| value).collect();
    let program = u32::try_from(number).map_err(|_| error("program", "has too large a number"))?;
    Ok(Draft { program, operands, hints, signatures: call.signatures, nonce: call.nonce })
}

type Values = Vec<(String, Option<F>)>;

/// The parameters in order, each with its value if one is given.
fn arguments(what: &str, parameters: &[Parameter], given: BTreeMap<String, Argument>) -> Result<Values, ResolveError> {
    // Elements of an array are parameters `name.0`, `name.1`, …
    let parts = |name: &str| match name.rsplit_once('.').map(|(base, index)| (base.to_owned(), index.parse::<usize>()))
    {
        Some((base, Ok(index))) => (base, Some(index)),
        _ => (name.to_owned(), None),
    };
    let mut lengths: BTreeMap<String, Option<usize>> = BTreeMap::new();
    for parameter in parameters {
        let (base, index) = parts(&parameter.name);
        let length = lengths.entry(base).or_default();
        *length = index.map(|index| length.unwrap_or(0).max(index + 1));
    }
    for (name, argument) in &given {
        let path = || format!("{what}.{name}");
        match (lengths.get(name), argument) {
            (None, _) => return Err(error(path(), "the program has no such parameter")),
            (Some(None), Argument::Many(_)) => return Err(error(path(), "is one value, not a list")),
            (Some(Some(length)), Argument::Many(values)) if values.len() == *length => {}
            (Some(Some(length)), _) => return Err(error(path(), format!("is a list of {length} values"))),
            (Some(None), Argument::One(_)) => {}
        }
    }
    let value = |parameter: &Parameter| {
        let (base, index) = parts(&parameter.name);
        let value = match (given.get(&base), index) {
            (Some(Argument::One(value)), _) => Some(*value),
            (Some(Argument::Many(values)), Some(index)) => values.get(index).copied(),
            _ => None,
        };
        if let (Some(value), Some(bits)) = (value, parameter.ty.bits())
            && value.as_canonical_u64() >> bits != 0
        {
            let message =
                format!("{} is not below 2^{bits}, as {} wants", value.as_canonical_u64(), type_name(parameter.ty));
            return Err(error(format!("{what}.{}", parameter.name), message));
        }
        Ok((parameter.name.clone(), value))
    };
    parameters.iter().map(value).collect()
}

fn type_name(ty: Type) -> String {
    format!("`{ty}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(value: u64) -> Argument {
        Argument::One(F::from_u64(value))
    }

    fn many(values: &[u64]) -> Argument {
        Argument::Many(values.iter().map(|value| F::from_u64(*value)).collect())
    }

    fn transfer() -> Call {
        let operands = [("from", 1), ("to", 2), ("asset", 5), ("amount", 10), ("fee", 1)];
        Call {
            program: "transfer".into(),
            operands: operands.into_iter().map(|(name, value)| (name.to_owned(), one(value))).collect(),
            nonce: Some(3),
            ..Call::default()
        }
    }

    #[test]
    fn operands_come_in_the_programs_order() {
        let registry = Registry::builtin();
        let draft = resolve(&registry, transfer()).unwrap();
        let values: Vec<u64> = draft.operands.iter().map(F::as_canonical_u64).collect();
        assert_eq!(values, [1, 2, 5, 10, 1, NEVER]);
        assert_eq!((draft.hints, draft.nonce), (vec![None, None], Some(3)));
        let ends = resolve(&registry, Call { valid_until: 77, ..transfer() }).unwrap();
        assert_eq!(ends.operands.last(), Some(&F::from_u64(77)));
    }

    #[test]
    fn arrays_are_lists() {
        let registry = Registry::builtin();
        let mut call = Call { program: "payroll.2".into(), ..transfer() };
        call.operands.remove("amount");
        call.operands.insert("to".into(), many(&[7, 8]));
        call.operands.insert("pay".into(), many(&[70, 80]));
        call.hints.insert("dst".into(), many(&[3, 4]));
        let draft = resolve(&registry, call.clone()).unwrap();
        let values: Vec<u64> = draft.operands.iter().map(F::as_canonical_u64).collect();
        assert_eq!(values, [1, 5, 1, 7, 8, 70, 80, NEVER]);
        assert_eq!(draft.hints, [None, Some(F::from_u64(3)), Some(F::from_u64(4))]);
        call.operands.insert("pay".into(), many(&[70]));
        assert_eq!(resolve(&registry, call).unwrap_err().to_string(), "operands.pay: is a list of 2 values");
    }

    #[test]
    fn errors_name_the_field() {
        let registry = Registry::builtin();
        let text = |change: fn(&mut Call)| {
            let mut call = transfer();
            change(&mut call);
            resolve(&registry, call).unwrap_err().to_string()
        };
        assert_eq!(text(|c| c.program = "steal".into()), "program: there is no program `steal`");
        assert_eq!(text(|c| drop(c.operands.remove("to"))), "operands.to: is missing");
        assert_eq!(
            text(|c| drop(c.operands.insert("memo".into(), one(1)))),
            "operands.memo: the program has no such parameter"
        );
        assert_eq!(
            text(|c| drop(c.hints.insert("root".into(), one(1)))),
            "hints.root: the program has no such parameter"
        );
        assert_eq!(text(|c| drop(c.operands.insert("to".into(), many(&[1])))), "operands.to: is one value, not a list");
        let wide = text(|c| drop(c.operands.insert("fee".into(), one(1 << 40))));
        assert_eq!(wide, "operands.fee: 1099511627776 is not below 2^40, as `u40` wants");
        assert_eq!(text(|c| c.valid_until = 1 << 40), "valid_until: 1099511627776 is not below 2^40");
        let deposit = Call { program: "deposit".into(), operands: BTreeMap::new(), valid_until: 5, ..transfer() };
        assert_eq!(resolve(&registry, deposit).unwrap_err().field, "operands.to");
    }
}
