//! The set of programs that a chain runs, in fixed order, with their digests and table rows.

use p3_goldilocks::Goldilocks;

type Digest = [Goldilocks; 4];

use crate::program::Program;
use crate::rom::Rom;

/// All programs of a chain. The position of a program is its number in transactions and tables.
#[derive(Clone, Debug)]
pub struct Registry {
    programs: Vec<Program>,
    digests: Vec<Digest>,
    rom: Rom,
}

impl Registry {
    /// The programs in order.
    pub fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// Number of the program of that name.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.programs.iter().position(|program| program.name == name)
    }

    /// The program of that number.
    pub fn program(&self, index: usize) -> Option<&Program> {
        self.programs.get(index)
    }

    /// Digest of the program of that number.
    pub fn digest(&self, index: usize) -> Option<Digest> {
        self.digests.get(index).copied()
    }

    /// The table rows.
    pub fn rom(&self) -> &Rom {
        &self.rom
    }
}
