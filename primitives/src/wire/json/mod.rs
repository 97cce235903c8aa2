//! Transactions as JSON, one a line.
//!
//! ```json
//! {"program":"transfer","operands":{"from":"7","to":"9","pay":["25","0"]},"valid_until":"0","nonce":"3","signature":"0x…"}
//! ```
//!
//! | field | value |
//! |---|---|
//! | `program` | name of the program |
//! | `operands` | object: for each operand an integer, a list of integers, or a public key in hex |
//! | `hints` | the same for hints; may be missing |
//! | `valid_until` | a time; 0 or missing: never expires |
//! | `nonce` | of the first signer's account; with `source` it is missing |
//! | `signature` | of the only message; or `signatures`, a list, one for each message; or none in a draft |
//! | `source` | `"inbox"` or `"system"`, for what no user signs |
//!
//! Integers are decimal texts below p without leading zeros; plain numbers are read below 2^53. Unknown fields and fields that appear
//! twice are refused.

mod read;
mod tree;
mod write;

pub use read::{LineError, Transactions};

use super::Source;
use crate::F;
use crate::schnorr::Signature;
use thiserror::Error;

/// A transaction whose program and operands go by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Name of the program.
    pub program: String,
    /// Who it comes from.
    pub source: Source,
    /// Operands by name, in the order of the text; no name twice. `valid_until` and the nonce are not among them.
    pub operands: Vec<(String, Value)>,
    /// Hints by name, in the order of the text; no name twice.
    pub hints: Vec<(String, Value)>,
    /// The time after which the transaction is void; 0 for never.
    pub valid_until: u64,
    /// The nonce of the first signer's account; none unless signed.
    pub nonce: Option<u64>,
    /// One for each message; empty in a draft, and unless signed.
    pub signatures: Vec<Signature>,
}

/// What an operand or a hint holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// One element.
    Element(F),
    /// Several elements: an array, or the five of a key.
    Elements(Vec<F>),
}

/// Why a line is no transaction.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JsonError {
    /// Not JSON, or JSON that this format never has.
    #[error("{0}")]
    Syntax(String),
    /// A field that must be there is not.
    #[error("field `{0}` is missing")]
    Missing(&'static str),
    /// A field that no transaction has, or not together with the others.
    #[error("field `{0}` has no place here")]
    Unknown(String),
    /// A field's value is not of its kind.
    #[error("field `{field}`: {reason}")]
    Field {
        /// The path of the field, as `operands.amount`.
        field: String,
        /// What was expected.
        reason: String,
    },
}

impl Value {
    /// The elements, one or more.
    pub fn elements(&self) -> &[F] {
        match self {
            Self::Element(element) => std::slice::from_ref(element),
            Self::Elements(elements) => elements,
        }
    }
}

#[cfg(test)]
mod tests;
