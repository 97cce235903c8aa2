//! The three preprocessed tables that hold all programs: instruction rows, page rows and the blocks of every sponge.
//!
//! Rows are unpadded; a table is filled up with rows of zeros, whose first element (valid) is 0, so that a padding row is
//! never an instruction (SOUNDNESS 1.2). Every field of a row is part of what a chip looks up, so nothing of a program is
//! left to the prover.

mod flags;
mod instruction;
mod page;
mod schedule;

use braid_primitives::domain;
use braid_primitives::poseidon2;
use braid_primitives::{Digest, F};
use p3_field::PrimeCharacteristicRing;

pub use flags::{instruction_flag, page_flag, schedule_flag};

use crate::program::Program;

/// Number of columns of an instruction row: valid, program, pc, flags, three references, immediate, shift, emits.
pub const INSTRUCTION_WIDTH: usize = 10;
/// Number of columns of a page row: valid, program, number, flags, account, slot, tag, delta, message, eight cells.
pub const PAGE_WIDTH: usize = 17;
/// Number of columns of a schedule row: valid, program, number, flags, four elements, three of the IV, x.
pub const SCHEDULE_WIDTH: usize = 12;

/// Most rows of the three tables that a registry may fill; in circuits they are taller.
pub const INSTRUCTION_ROWS: usize = 1 << 12;
/// See [`INSTRUCTION_ROWS`].
pub const PAGE_ROWS: usize = 1 << 12;
/// See [`INSTRUCTION_ROWS`].
pub const SCHEDULE_ROWS: usize = 1 << 12;

/// Programs as table rows, in order of program and position.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rom {
    /// Rows of [`INSTRUCTION_WIDTH`] elements.
    pub instructions: Vec<[F; INSTRUCTION_WIDTH]>,
    /// Rows of [`PAGE_WIDTH`] elements.
    pub pages: Vec<[F; PAGE_WIDTH]>,
    /// Rows of [`SCHEDULE_WIDTH`] elements.
    pub schedule: Vec<[F; SCHEDULE_WIDTH]>,
}

impl Rom {
    /// Rows of one program, which has that number and digest.
    pub fn of_program(program: &Program, number: u32, digest: Digest) -> Self {
        Self {
            instructions: instruction::rows(program, number),
            pages: page::rows(program, number),
            schedule: schedule::rows(program, number, digest),
        }
    }

    /// Adds the rows of another program below.
    pub fn append(&mut self, mut other: Self) {
        self.instructions.append(&mut other.instructions);
        self.pages.append(&mut other.pages);
        self.schedule.append(&mut other.schedule);
    }
}

/// The digest of a program: all its rows, with number 0 and without the digest itself, then source, numbers of operands and
/// hints, and of rows of each kind (SOUNDNESS B2.6). Elements 0 and 1 stand in the initial values of sponges, 2 and 3 are
/// absorbed.
pub fn program_digest(program: &Program) -> Digest {
    let rom = Rom::of_program(program, 0, [F::ZERO; 4]);
    let mut elements: Vec<F> = rom.instructions.iter().flatten().copied().collect();
    elements.extend(rom.pages.iter().flatten());
    elements.extend(rom.schedule.iter().flatten());
    elements.push(F::from_u64(program.source.code()));
    let counts =
        [program.operands.len(), program.hints.len(), rom.instructions.len(), rom.pages.len(), rom.schedule.len()];
    elements.extend(counts.map(F::from_usize));
    let iv = domain::iv(domain::PROGRAM, elements.len(), F::ZERO, F::ZERO, F::ZERO);
    poseidon2::digest(poseidon2::sponge(iv, &elements))
}
