//! Exact multiplication and division: `q = floor(a · b / c)`, or `ceil` where `up` is set.
//!
//! A row proves one statement (up, a, b, c, q) about integers and provides it any number of times. That is sound without
//! a key: the statement is a pure function of its first four elements, so whoever receives it learns a true fact
//! (SOUNDNESS 1.12). A row that nobody uses is still a true statement; padding is 0 · 0 = 0 · 1 + 0.
//!
//! **What a row proves.** `a · b = q · c + r` (down) or `a · b = q · c − r` (up), with all of `a, b, c, q, r` and
//! `c − r − 1` in `[0, 2^62)`. Hence `0 ≤ r < c`, so `q` is the floor (the ceiling) and unique, and `c = 0` has no row.
//!
//! **Why.** Each of the six numbers is four limbs `x0..x3`, all looked up as 16-bit values, and `4 · x3` is looked up too:
//! as `4 · x3 < 2^18 < p`, no reduction happens and `x3 < 2^14`, so `x < 2^62`. The gap `c − r − 1` is a number of its own
//! with `gap = c − r − 1` in the field; both sides lie in (−2^62, 2^62), so they are equal as integers, and the gap is not
//! negative.
//!
//! Let `D = a · b − q · c ∓ r` over the integers: `|D| < 2^124 + 2^62 < 2^125`. Two things are checked:
//!
//! * `D = 0` in the field, so `p` divides `D`.
//! * `2^64` divides `D`. Write `S_k` for the sum of `a_i b_j − q_i c_j` over `i + j = k`, less or plus `r_k`: `|S_k| <
//!   (k + 1) · 2^32 + 2^16`. `D` is the sum of `2^(16 k) S_k` for `k` 0..4 plus a multiple of `2^64`. The row states
//!   `S_0 + 2^16 S_1 = 2^32 t_0` and `t_0 + S_2 + 2^16 S_3 = 2^32 t_1` in the field, with each carry `t` equal to
//!   `low + 2^16 · high − 2^31` for two 16-bit values, so `−2^31 ≤ t < 2^31`. Left sides are below `2^51` in size and right
//!   sides at most `2^63`: the difference is smaller than `p = 2^64 − 2^32 + 1`, so both equations hold over the integers,
//!   and the sum is `2^64 · t_1`. True carries are below `2^19` in size, so every honest row has a witness.
//!
//! `p` is odd, so `2^64 · p > 2^127` divides `D`, which is smaller: `D = 0`.

mod air;
mod columns;
mod rows;
#[cfg(test)]
mod tests;

pub use air::Wide;
pub use columns::Columns;
pub use rows::{Operation, rows};

/// Limbs of a number.
pub const LIMBS: usize = 4;

/// Added to a carry before it is split, so that both signs fit.
const CARRY_OFFSET: u64 = 1 << 31;
