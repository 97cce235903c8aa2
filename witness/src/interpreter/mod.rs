//! Runs programs: the one native meaning of the rows that the proof's tables hold.
//!
//! [`Interpreter::new`] lays out every program's locals in one file of registers, once a registry. A transaction then
//! goes through three steps, each a function of what it is given and nothing else:
//!
//! 1. [`Interpreter::addresses`]: the pages it opens, from operands and hints alone;
//! 2. [`Interpreter::run`]: rows, page demands and new pages, from the old content of those pages;
//! 3. [`crate::streams`]: digests of messages, data, inbox entry and records, from the registers.
//!
//! Whatever [`Interpreter::run`] accepts has a proof, and the other way round: its checks are the chips' (CONTRACTS 2,
//! SOUNDNESS 1.11), no more and no less. A refused transaction changes nothing.

mod diagnose;
mod prepare;
mod run;
#[cfg(test)]
mod tests;

pub(crate) use prepare::{CONTEXT, OPERANDS as FIRST_OPERAND, PreparedPage, Row};
pub use prepare::{Interpreter, Prepared, PreparedMessage, ProgramError, Value};
pub use run::{Environment, Registers};
