//! How transactions are written down: JSON lines for people, words for programs.
//!
//! * [`json`]: one object a line, operands by name. Whoever knows the programs resolves the names.
//! * [`binary`]: little-endian words, programs by number, operands in order; bound to the parameters of one chain.
//!
//! Both are strict: what is read has one meaning, and what is refused is refused with its place.

pub mod binary;
pub mod json;

/// Who a transaction comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Source {
    /// A user, by signatures.
    #[default]
    Signed,
    /// The inbox of the first layer.
    Inbox,
    /// The sequencer.
    System,
}
