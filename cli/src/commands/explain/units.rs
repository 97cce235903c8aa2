//! Operands and hints for people: what to write, and in which unit.

use braid_contracts::program::{Parameter, Type};

use crate::commands::sign::words::{self, FEE};

/// Elements of a public key.
const KEY_ELEMENTS: usize = 5;

/// A parameter as a line names it.
pub struct Described {
    pub name: String,
    /// Its type as the program's text has it, with the number of elements of an array: `[amount; 2]`.
    pub ty: String,
    /// What a value is, with its unit.
    pub unit: String,
}

/// The parameters that a line names, described.
pub fn described(list: &[Parameter]) -> Vec<Described> {
    let described = |(name, ty, count): (String, Type, usize)| {
        let array = list.iter().all(|parameter| parameter.name != name);
        let unit = match (ty, count) {
            (Type::Field, KEY_ELEMENTS) if array => {
                "a public key as `braid keys` prints it: 0x and hexadecimal digits".into()
            }
            _ if array => format!("{count} values with commas between them, each {}", unit(ty)),
            _ if name == FEE => "quanta of the native asset; 0 by default".into(),
            _ => unit(ty),
        };
        let ty = if array { format!("[{ty}; {count}]") } else { ty.to_string() };
        Described { name, ty, unit }
    };
    words::parameters(list).into_iter().map(described).collect()
}

/// What a value of a type is.
pub fn unit(ty: Type) -> String {
    match ty {
        Type::Unsigned(bits) => format!("an integer below 2^{bits}"),
        Type::Amount => "quanta of its asset, below 2^62".into(),
        Type::Fixed => "a fraction times 10^12, below 2^62".into(),
        Type::Time | Type::Until => "seconds since 1970".into(),
        Type::Bool => "0 or 1".into(),
        Type::Account => "the number of an account".into(),
        Type::Slot => "a page of an account, 1 to 15".into(),
        Type::Asset => "the number of an asset".into(),
        Type::Counter => "an integer below 2^62".into(),
        Type::Field => "an element of the field, below 2^64 - 2^32 + 1".into(),
        Type::Tag => "a kind of page: an asset, or 2^48 + the number of a layout".into(),
    }
}

/// What a program takes, in one line, for errors.
pub fn taken(list: &[Parameter]) -> String {
    let taken: Vec<String> = described(list).into_iter().map(|one| format!("{} ({})", one.name, one.unit)).collect();
    if taken.is_empty() { "no operands".into() } else { taken.join(", ") }
}

#[cfg(test)]
mod tests {
    use braid_contracts::registry::Registry;

    use super::*;

    #[test]
    fn operands_have_units() {
        let registry = Registry::builtin();
        let taken = |name: &str| taken(&registry.program(registry.index_of(name).unwrap()).unwrap().operands);
        assert_eq!(
            taken("transfer"),
            "from (the number of an account), to (the number of an account), asset (the number of an asset), amount (quanta of \
             its asset, below 2^62), fee (quanta of the native asset; 0 by default)"
        );
        assert!(taken("register").contains("key (a public key as `braid keys` prints it"));
        assert!(taken("payroll.2").contains("pay (2 values with commas between them, each quanta"));
        assert!(taken("withdraw").contains("l1 (3 values with commas"));
    }
}
