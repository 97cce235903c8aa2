//! Scalar multiplications: 210 rows prove s·G + e·P = R for one signature, where the signature chip says P, R and e.
//!
//! Every row is one addition: its accumulator plus its addend is the next row's accumulator. A row takes part in the
//! step that [`schedule`] gives it:
//!
//! | rows | accumulator | addend |
//! |---|---|---|
//! | 0..15 | 0, P, …, 14P, offered as multiples 0 to 14 | P |
//! | 15 | 15P, offered as multiple 15 | -15P |
//! | 16..172 | starts at 0, ends at e·P | a digit's multiple, then four doublings before every further digit |
//! | 172..209 | ends at e·P + s·G | a multiple of G for every window of s |
//! | 209 | R | -R |
//!
//! # Soundness
//!
//! *Steps.* Every row, padding too, looks up (step, flags) in the schedule with count 1; so flags are boolean, agree with
//! the step, and all-zero rows are the idle step. While a multiplication goes on the next step is this step + 1 and
//! the signature stays; after its last row, and after an idle row, the next row is idle or first; the table begins
//! idle or first and does not end in between. Hence the real rows are whole runs of steps 1 to 210.
//!
//! *Points.* The law holds between all neighbouring rows without a selector. It is complete on the group, and all
//! points are in the group: P by `Start` from the signature chip, which decodes it; the accumulator of the first row,
//! which is the neutral; then by induction sums of these; and the generator's multiples. On rows 1..15 the addend is
//! that of row 0, on doubling and cancelling rows it is the accumulator or its opposite, on all others looked up.
//!
//! *Lookups.* `Start` and `End` are sent once per signature number by the signature chip, received by the first and the
//! last row: one run per number. So (`Multiple`, signature, digit) has one provider, row `digit` of that run, and its
//! count can be free. A digit of e is below 16 because no other multiple exists. `Generator` is a function table,
//! asked for the window that the step fixes; its digits are below 2^9 or 2^8, whatever s they add up to.
//!
//! *Scalar.* After every eighth digit the run sends (`Word`, signature, row, value), value < 2^32, which the signature
//! chip compares with the challenge.
//!
//! *What s is for.* That some s exists says nothing, since G generates the group. But the proof is one of knowledge:
//! who makes it knows the digits in the committed rows, hence s with s·G - e·Q = R, hence a Schnorr signature. Its size
//! is irrelevant: s and s + n are the same signature.
//!
//! Idle rows may hold any points that satisfy the law: nobody receives them, and a first row begins with the neutral.

mod air;
mod columns;
mod rom;
mod rows;
pub mod schedule;

pub use air::Ladder;
pub use columns::Columns;
pub use rom::{HEIGHT as ROM_HEIGHT, LadderRom};
pub use rows::{Task, rows};

#[cfg(test)]
mod tests;
