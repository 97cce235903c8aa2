//! The three preprocessed tables that hold all programs: instruction rows, page rows and the blocks of every sponge.
//!
//! Rows are unpadded; a table is filled up with rows of zeros, whose first element (valid) is 0, so that a padding row is
//! never an instruction (SOUNDNESS 1.2).

use p3_goldilocks::Goldilocks as F;

/// Number of columns of an instruction row: valid, program, pc, flags, three references, immediate, shift, emits.
pub const INSTRUCTION_WIDTH: usize = 10;
/// Number of columns of a page row: valid, program, number, flags, account, slot, tag, delta, message, eight cells.
pub const PAGE_WIDTH: usize = 17;
/// Number of columns of a schedule row: valid, program, number, flags, four elements, three of the IV, x.
pub const SCHEDULE_WIDTH: usize = 12;

/// Heights of the three tables in every shape (DECISIONS 3).
pub const INSTRUCTION_ROWS: usize = 1 << 12;
/// See [`INSTRUCTION_ROWS`].
pub const PAGE_ROWS: usize = 1 << 11;
/// See [`INSTRUCTION_ROWS`].
pub const SCHEDULE_ROWS: usize = 1 << 12;

/// All programs of a registry as table rows, in order of program and position.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rom {
    /// Rows of [`INSTRUCTION_WIDTH`] elements.
    pub instructions: Vec<[F; INSTRUCTION_WIDTH]>,
    /// Rows of [`PAGE_WIDTH`] elements.
    pub pages: Vec<[F; PAGE_WIDTH]>,
    /// Rows of [`SCHEDULE_WIDTH`] elements.
    pub schedule: Vec<[F; SCHEDULE_WIDTH]>,
}
