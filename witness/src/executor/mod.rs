//! Executes a batch: on all cores, with the result of running one transaction after the other in submitted order.
//!
//! 1. [`authenticate()`]: what depends on no other transaction (page addresses, digests, signatures), all in parallel.
//! 2. [`plan()`]: levels without conflicts, from the addresses.
//! 3. [`execute()`]: level by level; a level's transactions read the pages as the levels before left them. Small levels run
//!    on the thread that holds them, since handing a transition over costs more than running it.
//!
//! A transaction is refused where sequential execution would refuse it, and then writes nothing. Nothing in the result
//! depends on the number of threads.

mod authenticate;
mod run;
#[cfg(test)]
mod tests;

pub use authenticate::{Authenticated, authenticate};
pub use run::{Executed, execute, plan};

use crate::chunk::Transaction;

/// A transaction as submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// What is to run.
    pub transaction: Transaction,
    /// The nonce that its first signer signed, for a program whose message holds one. Without it, the signature alone
    /// decides, and a wrong nonce is reported as a bad signature.
    pub nonce: Option<u64>,
}

/// What an operator demands beyond validity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Least fee of a signed transaction, in quanta of the native asset.
    pub minimum_fee: u64,
}
