//! From transactions to what a proof is built from.
//!
//! A value flows one way: submitted transactions → plan → execution → [`chunk::Chunk`]s, each of which a worker anywhere
//! turns into a [`record::ChunkRecord`], from which the circuits build the rows of their tables.
//!
//! * [`interpreter`] is the one native meaning of a program's rows.
//! * [`planner`] finds which transactions may run together; [`capacity`] counts the rows that they need.
//! * [`system`] adds what the operator owes a batch.
//! * [`replay`] executes one chunk from what it carries and checks everything on the way.

#![forbid(unsafe_code)]

pub mod batch;
pub mod capacity;
pub mod chunk;
pub mod cutting;
mod decimal;
pub mod encoding;
pub mod ethereum;
pub mod executor;
#[cfg(test)]
mod fixture;
pub mod genesis;
pub mod hints;
pub mod interpreter;
pub mod planner;
pub mod record;
pub mod rejection;
pub mod replay;
pub mod resolve;
pub mod signing;
pub mod streams;
pub mod system;
pub mod workload;

pub use batch::{Batch, BatchResult};
pub use chunk::{BlockContext, Boundary, Chunk, Parameters, Transaction};
pub use decimal::Decimal;
pub use executor::{Policy, Submitted};
pub use interpreter::{Environment, Interpreter};
pub use record::{Access, ChunkRecord, Node, Touch, TransactionRecord};
pub use rejection::{Reason, Rejection};
pub use replay::ReplayError;
