//! The program tables by program, and how often each local of a program is read.

use std::ops::Range;

use braid_contracts::rom::{INSTRUCTION_WIDTH, PAGE_WIDTH, SCHEDULE_WIDTH};
use braid_contracts::{Registry, Rom};
use braid_primitives::F;
use p3_field::PrimeField64;

/// The table rows of one program, and where they stand in the tables.
#[derive(Clone, Debug)]
pub struct ProgramTables<'a> {
    /// Instruction rows.
    pub instructions: &'a [[F; INSTRUCTION_WIDTH]],
    /// Page rows.
    pub pages: &'a [[F; PAGE_WIDTH]],
    /// Sponge schedule.
    pub schedule: &'a [[F; SCHEDULE_WIDTH]],
    /// Row numbers of the first rows of the three within the tables.
    pub first_row: [usize; 3],
    /// Readers of every local: the index of a space is its number less one.
    reads: [Vec<u32>; 5],
}

impl<'a> ProgramTables<'a> {
    /// The tables of all programs of a registry, in their order.
    pub fn of(registry: &'a Registry) -> Vec<Self> {
        Self::of_rom(registry.rom(), registry.programs().len())
    }

    /// The tables of the first `count` programs whose rows are in `rom`.
    pub fn of_rom(rom: &'a Rom, count: usize) -> Vec<Self> {
        let instructions = ranges(rom.instructions.iter().map(|row| row[1]), count);
        let pages = ranges(rom.pages.iter().map(|row| row[1]), count);
        let schedule = ranges(rom.schedule.iter().map(|row| row[1]), count);
        (0..count)
            .map(|program| {
                let rows = [instructions[program].clone(), pages[program].clone(), schedule[program].clone()];
                let mut tables = Self {
                    first_row: [rows[0].start, rows[1].start, rows[2].start],
                    instructions: &rom.instructions[rows[0].clone()],
                    pages: &rom.pages[rows[1].clone()],
                    schedule: &rom.schedule[rows[2].clone()],
                    reads: Default::default(),
                };
                tables.count_reads();
                tables
            })
            .collect()
    }

    /// How often the local of that number is read.
    #[inline]
    pub fn readers(&self, id: u64) -> u32 {
        let space = (id >> 16).wrapping_sub(1) as usize;
        self.reads.get(space).and_then(|counts| counts.get((id & 0xffff) as usize)).copied().unwrap_or(0)
    }

    fn count_reads(&mut self) {
        let mut reads: [Vec<u32>; 5] = Default::default();
        let mut read = |id: F| {
            let id = id.as_canonical_u64();
            let (space, index) = ((id >> 16).wrapping_sub(1) as usize, (id & 0xffff) as usize);
            if let Some(counts) = reads.get_mut(space) {
                if counts.len() <= index {
                    counts.resize(index + 1, 0);
                }
                counts[index] += 1;
            }
        };
        for row in self.instructions {
            (0..3).filter(|slot| flag(row[3], 11 + slot)).for_each(|slot| read(row[4 + slot]));
        }
        for row in self.pages {
            [(7, 4), (5, 5)]
                .into_iter()
                .filter(|&(bit, _)| flag(row[3], bit))
                .for_each(|(_, column)| read(row[column]));
            (0..8).filter(|cell| flag(row[3], 8 + cell)).for_each(|cell| read(row[9 + cell]));
        }
        for row in self.schedule {
            (0..4).filter(|j| flag(row[3], 9 + j)).for_each(|j| read(row[4 + j]));
        }
        self.reads = reads;
    }
}

/// Whether a bit of a flags word is set.
#[inline]
pub fn flag(word: F, bit: usize) -> bool {
    word.as_canonical_u64() >> bit & 1 == 1
}

/// Row ranges of each program in a table whose rows are sorted by program.
fn ranges(programs: impl Iterator<Item = F>, count: usize) -> Vec<Range<usize>> {
    let mut ranges = vec![0..0; count];
    for (row, program) in programs.enumerate() {
        if let Some(range) = ranges.get_mut(program.as_canonical_u64() as usize) {
            if range.end == 0 {
                *range = row..row;
            }
            range.end = row + 1;
        }
    }
    ranges
}

/// Cuts the first rows of a table into one slice per part, of `counts` rows each; `None` if they do not fit.
pub fn split_rows<T>(values: &mut [T], width: usize, counts: impl Iterator<Item = usize>) -> Option<Vec<&mut [T]>> {
    let mut rest = values;
    let mut parts = Vec::new();
    for count in counts {
        let (part, tail) = rest.split_at_mut_checked(count.checked_mul(width)?)?;
        parts.push(part);
        rest = tail;
    }
    Some(parts)
}

/// A table is too tall for its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {chip} chip needs {rows} rows and its shape has {height}")]
pub struct TooTall {
    /// Name of the chip.
    pub chip: &'static str,
    /// Rows needed.
    pub rows: usize,
    /// Rows of the shape.
    pub height: usize,
}
