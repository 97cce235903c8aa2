//! The sponge chip: everything a transaction hashes, in the order of its program's schedule.
//!
//! **Claim.** For each transaction that the cpu calls, all streams of its program are absorbed exactly as scheduled: the
//! messages its signers sign, the challenges of their signatures, their responses, its data, its inbox entry and its outbox records; and
//! each chain advances by one step per transaction, entry or record, in order. The randomizer of each signature is drawn from a
//! seed that binds all signatures of the chunk.
//!
//! A row is one Poseidon2 permutation: a block of a sponge (rate 4, blocks added to the state), or a chain step, which is
//! `compress(chain, digest)` with feed-forward.
//!
//! **Walk.** CALL_HASH(tx, program, inbox entries before, records before) is received once per first row. Rows of a run
//! follow the preprocessed schedule (program, 0, 1, …, last) by the equality `real'·(1 − first') = real·(1 − last)` on
//! every transition, so that no run starts in the middle, stops early or is interrupted (SOUNDNESS B1.2). The table is
//! looked up for every real row; its padding rows are invalid. (tx, k) is unique because the cpu calls once. The flags stand in
//! the table as one word, in which the sum of the streams has a bit of its own: flags are boolean, and so are the sums of the streams
//! and of `receive` and `provide`, so that no second set of flags has the word of another.
//!
//! **State.** A starting row's input is the block and an initial vector from the table with the chain id of the public
//! values; any other block row's input is the *previous row's* raw output plus the block. A first row starts, so no
//! state comes from another run.
//!
//! **Elements.** Each of the four elements of a block is a constant of the table, a local that is read once, or an
//! operand or hint, which this row alone produces, in the data stream, with a free use count (its key (tx, id) is
//! unique). On rows that do neither, the count is zero.
//!
//! **Data.** Most programs publish the sponge of their first message, which names the program and all operands: after the row that
//! sends its digest it goes on with the hints, and the data chain takes in where it ends. What is absorbed, and in how many blocks,
//! follows from the program, whose digest the initial vector and the first block hold; so two transactions with one data digest
//! are the same program, nonce, operands and hints, or a collision.
//!
//! **Results.** A message's last row sends DIGEST(tx, message, ..), a signature's last row CHALLENGE(tx, message, e0, e1).
//! A chain row takes the previous row's raw output as digest, receives CHAIN(stream, position, c) and sends
//! CHAIN(stream, position + 1, c'): positions are tx for data and running counters of the cpu for inbox and outbox, so
//! every key is unique and the cpu's two ends fix the order (SOUNDNESS B1.5).
//!
//! **Seed** (SOUNDNESS 2.6). After a signature's challenge the same sponge absorbs the response, so that the digest it ends in
//! binds commitment, key, message digest, challenge and response. A step of the fourth chain takes it in, from zero in the first row
//! of the table to the seed, which is a public value of this table and of no other. Positions of these steps are free, and yet fixed:
//! every step leads from (position, c) to (position + 1, c'); the only other messages of this stream are the beginning (0, 0) and
//! the end (N, seed) of the first row, whose count `origin` is 1 there and 0 elsewhere. What balances is one path from the
//! beginning to the end and closed ways besides, and a closed way would have a multiple of p steps. So all steps are on the
//! path, N is their number, and each position from 0 to N − 1 has one signature. N needs no place in the hash: chains of two lengths
//! from zero that end alike are a collision or a preimage of zero. (The first row of a table is no step: a
//! program begins with the start of a sponge. So its position is free to be N.)
//!
//! **Randomizers.** The row right after a signature's step has the step's position, draws from (seed, domain, chain id, position)
//! and sends RANDOMIZER(tx, message, r0, r1). The position is what the seed took the signature in at, so that nobody can assign
//! randomizers to signatures after the seed is known. No two positions share an input.

mod air;
mod columns;
mod rows;
#[cfg(test)]
mod tests;

/// Public values: the chain id, and the seed of the chunk's randomizers.
pub const PUBLIC_VALUES: usize = 5;

pub use air::SpongeChip;
pub use columns::{Columns, WIDTH};
pub use rows::{height, rows};
