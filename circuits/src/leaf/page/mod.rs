//! The page chip: each page a transaction opens.
//!
//! **Claim.** Each page slot of each called transaction's program is opened exactly once, at the address its operands or
//! hints name, with the content that the previous access left, satisfies its mode, and is left with the cells that the
//! program names.
//!
//! **Walk.** CALL_PAGE(tx, program) is received once per first row; rows follow the preprocessed page table from 0 to
//! the last by the equality `real'·(1 − first') = real·(1 − last)` on every transition (SOUNDNESS B1.2).
//!
//! **Address.** `16·account + slot`. The account is below 2^(depth − 4): it is two 16-bit limbs, and so is its product
//! with the public scale 2^(36 − depth) (the first bounds the account by 2^32, so that the product cannot wrap). A slot
//! that is a local is 1..=15 − delta by two lookups, `slot − 1` and `(slot + delta)·2^12`; a constant slot is below 16
//! because the registry says so. Otherwise a fraction modulo p would name a stranger's page (SOUNDNESS 1.7).
//!
//! **Memory.** Offline checking: the row receives MEMORY(address, previous, old) and sends MEMORY(address, now, new) with
//! now = tx + 1, and `now − previous − 1` is a 16-bit value. The tree chip emits each touched page once at time 0 and
//! takes it back once. Times strictly rise along each address and are the same for all pages of a transaction, so that
//! naming one page twice has no solution.
//!
//! **Content.** The eight old cells are produced as locals with free counts under unique keys (tx, page, cell). Each new
//! cell is a constant of the table or a local that is read, an unchanged cell its own old content. Modes: `must`
//! (old tag is the tag), `may` (or the page's tag is 0), `empty` (all eight cells 0), none. A new tag of 0 forces the
//! whole new page to 0, so that `may` and `empty` mean what they say (SOUNDNESS B1.7).
//!
//! **Keys.** The page of a signer sends KEY(tx, message, old cells 1..=5) once.

mod air;
mod columns;
mod rows;
#[cfg(test)]
mod tests;

pub use air::PageChip;
pub use columns::Columns;
pub use rows::{height, rows};
