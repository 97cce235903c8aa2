//! The three tables that hold all programs: instructions, pages, and the blocks of every sponge.
//!
//! Each is preprocessed, so that its content is one commitment, the *programs root*, that verifiers compare with a
//! registry recomputed from contract sources. The only main column is a free use count, which is sound because the rows
//! are a fixed function table: a lookup can only succeed on a tuple that the registry contains.
//!
//! **Padding is not an instruction.** The tables are filled up with rows of zeros. The first element of every real row is
//! 1, and every chip that looks up puts the constant 1 there, so a padding row matches no lookup whatever its use
//! count (SOUNDNESS 1.2). The three kinds of row lie on three buses, so a page can not be taken for an instruction
//! (SOUNDNESS B1.1).
//!
//! Heights are the same in every shape (DECISIONS 3); a registry that does not fit is refused with the numbers.

mod air;
#[cfg(test)]
mod tests;

use braid_contracts::rom::{INSTRUCTION_ROWS, PAGE_ROWS, SCHEDULE_ROWS};

pub use air::RomChip;

/// Rows of each of the three tables in every shape, as many as the other preprocessed table has: a height less in every query of
/// a wrap. More than a registry may fill.
pub const HEIGHT: usize = 1 << 16;

const _: () = assert!(INSTRUCTION_ROWS <= HEIGHT && PAGE_ROWS <= HEIGHT && SCHEDULE_ROWS <= HEIGHT);
