//! The sponge chip: everything a transaction hashes, in the order of its program's schedule.
//!
//! **Claim.** For each transaction that the cpu calls, all streams of its program are absorbed exactly as scheduled: the
//! messages its signers sign, the challenges of their signatures, its data, its inbox entry and its outbox records; and
//! each chain advances by one step per transaction, entry or record, in order.
//!
//! A row is one Poseidon2 permutation: a block of a sponge (rate 4, blocks added to the state), or a chain step, which is
//! `compress(chain, digest)` with feed-forward.
//!
//! **Walk.** CALL_HASH(tx, program, inbox entries before, records before) is received once per first row. Rows of a run
//! follow the preprocessed schedule (program, 0, 1, …, last) by the equality `real'·(1 − first') = real·(1 − last)` on
//! every transition, so that no run starts in the middle, stops early or is interrupted (SOUNDNESS B1.2). The table is
//! looked up for every real row; its padding rows are invalid. (tx, k) is unique because the cpu calls once.
//!
//! **State.** A starting row's input is the block and an initial vector from the table with the chain id of the public
//! values; any other block row's input is the *previous row's* raw output plus the block. A first row starts, so no
//! state comes from another run.
//!
//! **Elements.** Each of the four elements of a block is a constant of the table, a local that is read once, or an
//! operand or hint, which this row alone produces, in the data stream, with a free use count (its key (tx, id) is
//! unique). On rows that do neither, the count is zero.
//!
//! **Results.** A message's last row sends DIGEST(tx, message, ..), a signature's last row CHALLENGE(tx, message, e0, e1).
//! A chain row takes the previous row's raw output as digest, receives CHAIN(stream, position, c) and sends
//! CHAIN(stream, position + 1, c'): positions are tx for data and running counters of the cpu for inbox and outbox, so
//! every key is unique and the cpu's two ends fix the order (SOUNDNESS B1.5).

mod air;
mod columns;
mod rows;
#[cfg(test)]
mod tests;

pub use air::SpongeChip;
pub use columns::{Columns, WIDTH};
pub use rows::{height, rows};
