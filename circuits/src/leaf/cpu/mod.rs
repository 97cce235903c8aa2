//! The cpu: one row an executed instruction, in order of transaction and pc.
//!
//! What the chip proves, with `real` for the sum of the ten operation flags:
//!
//! **Order** (SOUNDNESS 1.1). Write `more = real − last`; as `last` is zero on padding, `more` is 1 on a real row that is
//! not its program's last and 0 elsewhere. On every transition `more · (1 − real') = 0`, `(1 − real) · real' = 0`,
//! `more · (prog' − prog) = 0`, `pc' = more · (pc + 1)` and `tx' = tx + last`; in the first row `tx = pc = 0`; in the last
//! row `more = 0`. So real rows come first, a program runs from pc 0 to its last instruction without a break, and the
//! next transaction has the next number: `tx` is the number of transactions finished before this row, on padding
//! the number of all. Hence (tx, pc) is unique, every transaction runs one program once and whole, and the last row
//! knows the count, with padding or without.
//!
//! **Instructions** (1.2, 1.3). A real row looks up (1, prog, pc, flags, refs, k, shift, emits) in the instruction table. All
//! flags are boolean, so the word that they add up to determines them; on padding the word is zero, so all of
//! them are, and with them every multiplicity. On real rows exactly one operation flag is set because every row of the
//! table has one.
//!
//! **Locals** (1.4). `out` is provided under (tx, 3 · 2^16 + pc), a key that no other row can hold: other chips provide in
//! other spaces, and (tx, pc) is unique. A free count under a unique key binds all readers to one value. `uses` is zero
//! on padding. Whether and what a row reads is fixed by the instruction; a slot that reads nothing is zero. References
//! point backwards in every registered program, so values are determined in order.
//!
//! **Context** (B1.6, DECISIONS 10). A context flag forces `b` to the public value itself.
//!
//! **Arithmetic** (1.11). Each operation has its equation. `is_eq`: `out = 1 − d · inverse` and `d · out = 0` for
//! `d = a − b + k`. `less`: `out` is boolean and the hidden difference, `b − a − 1` if `out` else `a − b`, has 62 bits; the two
//! candidates add up to −1 in the field, so at most one of them is below 2^62. Divisions are true statements of
//! [`wide`](super::wide). Select's condition is boolean in the row.
//!
//! **Ranges** (1.11). On every row a checked value (the output, or the hidden difference) is `Σ 2^(16 j) l_j` with all limbs
//! below 2^16. An instruction without check uses all four limbs, which every field element has. A check of `n` bits uses
//! `L = ceil(n / 16)` limbs: the others are zero, and the top one times `shift = 2^(16 L − n)` is looked up too; both
//! factors are small, so the product is one of integers and the top limb has `n − 16 (L − 1)` bits. As `n ≤ 63`, the sum is
//! below `p` and the value is that integer.
//!
//! **Calls** (B1.2). The first row of a transaction sends one CALL to the sponge chip and, if its program has pages, one to the
//! page chip: keyed by tx, count from the instruction table.
//!
//! **Chains** (1.20, B1.5). `n_in` and `n_out` count inbox entries and outbox records before the transaction of the row: zero in
//! the first row, raised on a last instruction. The first row of the table sends the three chain values at position 0 and
//! the last receives the values after, at the final positions; for data that is the number of transactions, which is
//! `count_after − count_before` by the last row's constraint. The column `first` marks row 0, and as rows are
//! cyclic, the next row's `first` marks the last one. (The library's row selectors are not 0 or 1 off the trace domain's
//! points, so they may gate constraints but never stand in a multiplicity.)
//!
//! **Fees** (1.24). `fees` runs from the public value before to the one after, each `fee` row adds `a`. That `a` has few
//! enough bits is checked at registration.
//!
//! Degree: all constraints at most 3.

mod air;
mod columns;
mod public;
mod rows;
#[cfg(test)]
mod tests;

pub use air::Cpu;
pub use columns::{Columns, Flags};
pub use public::{PUBLIC_VALUES, PublicValues};
pub use rows::{divisions, height, rows};

/// Local id of the result of instruction 0; that of instruction `pc` is `pc` more.
const RESULT: u64 = 3 << 16;
