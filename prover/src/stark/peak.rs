//! How much memory a leaf proof takes at most: sizes of its matrices, added up in the order in which they come and go.

use std::cmp::Reverse;
use std::mem::size_of;

use braid_circuits::stark::{Challenge, Setup, Val};

use super::evaluator::DIMENSION;
use super::extension::scratch_elements;
use super::opening::is_wide;
use super::{StarkAir, StarkProver};

/// Elements of a digest.
const DIGEST: usize = 4;

/// What is allocated, and the most that was, in elements.
#[derive(Default)]
struct Memory {
    held: usize,
    most: usize,
}

impl Memory {
    fn add(&mut self, elements: usize) {
        self.held += elements;
        self.most = self.most.max(self.held);
    }

    fn free(&mut self, elements: usize) {
        self.held -= elements;
    }

    /// Allocates and frees again.
    fn pass(&mut self, elements: usize) {
        self.add(elements);
        self.free(elements);
    }
}

/// A table's rows and columns.
struct Sizes {
    bits: usize,
    rows: usize,
    main: usize,
    /// Columns that are kept for the lookups, and whether beside all.
    kept: usize,
    copied: bool,
    fractions: usize,
    quotient: usize,
}

impl StarkProver {
    /// Bytes that a proof of the setup that this was made for has allocated at most, its traces among them.
    pub(crate) fn peak<A: StarkAir>(&self, setup: &Setup<A>) -> u64 {
        let sizes = self.tables.iter().zip(setup.airs()).enumerate().map(|(instance, (table, air))| {
            let (bits, columns) = (setup.degree_bits()[instance], &table.fractions.program.main);
            Sizes {
                bits,
                rows: 1 << bits,
                main: air.width(),
                kept: columns.width,
                copied: columns.are_copied(),
                fractions: table.fractions.committed_width(),
                quotient: DIMENSION << setup.log_quotient_chunks()[instance],
            }
        });
        elements(&sizes.collect::<Vec<_>>(), setup.parameters().log_blowup) as u64 * size_of::<Val>() as u64
    }
}

/// The same in elements.
fn elements(sizes: &[Sizes], log_blowup: usize) -> usize {
    let mut memory = Memory::default();
    let tallest = sizes.iter().map(|table| table.rows).max().unwrap_or(0) << log_blowup;
    let digests = 2 * DIGEST * tallest;
    let extend = |memory: &mut Memory, table: &Sizes, columns: usize| {
        memory.add((table.rows * columns) << log_blowup);
        memory.pass(scratch_elements(table.bits, columns, log_blowup));
    };

    memory.add(sizes.iter().map(|table| table.rows * table.main).sum());
    let mut order: Vec<&Sizes> = sizes.iter().collect();
    order.sort_by_key(|table| Reverse(table.rows * table.main));
    for table in order {
        extend(&mut memory, table, table.main);
        if table.copied {
            memory.add(table.rows * table.kept);
            memory.free(table.rows * table.main);
        }
    }
    memory.add(digests);

    for table in sizes {
        memory.add(table.rows * table.fractions);
        memory.free(table.rows * table.kept);
    }
    for table in sizes {
        extend(&mut memory, table, table.fractions);
        memory.free(table.rows * table.fractions);
    }
    memory.add(digests);

    for table in sizes {
        // The values, which its pieces are extended from.
        memory.add(table.rows * table.quotient);
        memory.add((table.rows * table.quotient) << log_blowup);
        memory.free(table.rows * table.quotient);
    }
    memory.add(digests);
    opening(&mut memory, sizes, log_blowup);
    memory.most
}

/// Inverses and weights of all points, the combinations of a height's tables and what becomes of them.
fn opening(memory: &mut Memory, sizes: &[Sizes], log_blowup: usize) {
    const CHALLENGE: usize = size_of::<Challenge>() / size_of::<Val>();
    let mut heights: Vec<usize> = sizes.iter().map(|table| table.rows).collect();
    heights.sort_unstable_by_key(|rows| Reverse(*rows));
    heights.dedup();
    // One point for all tables, and one for each height; the first is at the domain of the tallest.
    for rows in heights.first().into_iter().chain(&heights) {
        memory.add(CHALLENGE * ((rows << log_blowup) + rows));
    }
    for rows in heights {
        let wide = sizes.iter().filter(|table| table.rows == rows).flat_map(|table| [table.main, table.fractions]);
        memory.add(CHALLENGE * (rows << log_blowup));
        let combined = wide.filter(|&columns| is_wide(columns)).count();
        memory.pass(CHALLENGE * combined * (rows << log_blowup));
    }
}
