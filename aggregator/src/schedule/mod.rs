//! Which proof is made when: leaves, wraps and merges of a batch as a fixed tree of jobs, run by as many workers as memory
//! allows.
//!
//! The tree depends on the number of chunks alone, so that a second run asks for the same artifacts as the first. A merge
//! is ready as soon as its two neighbours are, and ready merges and wraps go before further leaves: they are short, free
//! memory, and leave less to do at the end.

mod plan;
mod run;
#[cfg(test)]
mod tests;

pub use plan::{Job, Plan};
pub use run::{Finished, Observer, Outcome, RunError, Span, Stage, Workers, run};
