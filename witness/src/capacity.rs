//! How many rows of each table transactions need, counted as they are added to a chunk.
//!
//! Everything follows from the programs, except the tree: a page or node that several transactions share is hashed once a
//! chunk, so pages and nodes are counted when they are first seen.

use crate::chunk::MAX_TRANSACTIONS;
use crate::interpreter::{Interpreter, Prepared};
use braid_contracts::program::Operation;
use braid_contracts::rom::Rom;
use braid_primitives::Digest;
use std::collections::HashSet;
use std::fmt;

/// Rows of the bucket table for one signature: a point for each of 16 digits of its randomizer, and of 32 of the product of
/// that and its challenge.
pub const BUCKET_ROWS: u64 = 48;
/// Rows of the bucket table in every chunk: the end of each of 256 buckets of 59 windows, and 144 multiples of the generator.
pub const BUCKET_BASE: u64 = 59 * 256 + 144;
/// Rows of the signature table for one signature.
pub const SIGNATURE_ROWS: u64 = 3;
/// Rows of the signature table in every chunk: the groups of the sum of all responses.
pub const SIGNATURE_BASE: u64 = 18;

/// Rows by table: what a chunk needs, or what a shape has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Executed instructions.
    pub cpu: u64,
    /// Page accesses.
    pub page: u64,
    /// Pages and tree nodes, each before and after.
    pub tree: u64,
    /// Sponge blocks and chain steps.
    pub sponge: u64,
    /// Products and quotients.
    pub wide: u64,
    /// Signatures, and the groups of the sum of their responses.
    pub signature: u64,
    /// Points that are summed up for all signatures, and ends of buckets.
    pub bucket: u64,
}

/// A table that has too few rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// The table, or `times` for the number of transactions.
    pub table: &'static str,
    /// Rows needed.
    pub needed: u64,
    /// Rows there are.
    pub available: u64,
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} needs {} rows of {}", self.table, self.needed, self.available)
    }
}

impl Rows {
    /// Signatures that the tables which only they fill have room for.
    pub fn signatures(&self) -> u64 {
        let points = self.bucket.saturating_sub(BUCKET_BASE) / BUCKET_ROWS;
        points.min(self.signature.saturating_sub(SIGNATURE_BASE) / SIGNATURE_ROWS)
    }

    /// By table, in the order of the leaf's instances.
    pub fn by_table(&self) -> [(&'static str, u64); 7] {
        [
            ("cpu", self.cpu),
            ("page", self.page),
            ("tree", self.tree),
            ("sponge", self.sponge),
            ("wide", self.wide),
            ("signature", self.signature),
            ("bucket", self.bucket),
        ]
    }

    /// The first table of which `capacity` has too few rows for this.
    pub fn shortage(&self, capacity: &Self) -> Option<Shortage> {
        let tables = self.by_table().into_iter().zip(capacity.by_table());
        let mut short = tables.filter(|((_, needed), (_, available))| needed > available);
        short.next().map(|((table, needed), (_, available))| Shortage { table, needed, available })
    }

    fn add(&mut self, other: &Self) {
        self.cpu += other.cpu;
        self.page += other.page;
        self.tree += other.tree;
        self.sponge += other.sponge;
        self.wide += other.wide;
        self.signature += other.signature;
        self.bucket += other.bucket;
    }
}

/// The rows that a program needs by itself, without leaves and nodes of the tree.
pub fn program_rows(prepared: &Prepared) -> Rows {
    let program = prepared.program();
    let wide = |operation| matches!(operation, Operation::MulDiv | Operation::MulDivUp);
    let signatures = program.messages.len() as u64;
    Rows {
        cpu: program.instructions.len() as u64,
        page: program.pages.len() as u64,
        tree: 0,
        sponge: Rom::of_program(program, 0, Digest::default()).schedule.len() as u64,
        wide: program.instructions.iter().filter(|instruction| wide(instruction.op)).count() as u64,
        signature: SIGNATURE_ROWS * signatures,
        bucket: BUCKET_ROWS * signatures,
    }
}

/// Counts the rows of a chunk under construction.
#[derive(Clone, Debug)]
pub struct Meter {
    depth: u32,
    programs: Vec<Rows>,
    /// Pages and nodes seen, as `2^level + index`; the root is always there.
    seen: HashSet<u64>,
    transactions: usize,
    rows: Rows,
}

impl Meter {
    /// A meter for empty chunks of a tree of this depth.
    pub fn new(interpreter: &Interpreter, depth: u32) -> Self {
        let programs = interpreter.programs().iter().map(program_rows).collect();
        let mut meter = Self { depth, programs, seen: HashSet::new(), transactions: 0, rows: Rows::default() };
        meter.reset();
        meter
    }

    /// Begins a new chunk. The root node and what all signatures share is in every chunk, also in an empty one.
    pub fn reset(&mut self) {
        self.seen.clear();
        self.seen.insert(1);
        self.transactions = 0;
        self.rows = Rows { tree: 2, signature: SIGNATURE_BASE, bucket: BUCKET_BASE, ..Rows::default() };
    }

    /// Rows of what was added.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Transactions added.
    pub fn transactions(&self) -> usize {
        self.transactions
    }

    /// Adds a transaction of the program of that number, with the pages that it opens.
    ///
    /// # Errors
    /// The table that becomes too long. The meter has then counted it all the same: [`Meter::reset`] it, and begin
    /// another chunk with this transaction.
    pub fn add(&mut self, program: u32, addresses: &[u64], capacity: &Rows) -> Result<(), Shortage> {
        self.transactions += 1;
        if let Some(rows) = self.programs.get(program as usize) {
            self.rows.add(rows);
        }
        for address in addresses {
            let mut node = (1u64 << self.depth) | address;
            while self.seen.insert(node) {
                self.rows.tree += 2;
                node /= 2;
            }
        }
        if self.transactions > MAX_TRANSACTIONS {
            return Err(Shortage {
                table: "times",
                needed: self.transactions as u64,
                available: MAX_TRANSACTIONS as u64,
            });
        }
        self.rows.shortage(capacity).map_or(Ok(()), Err)
    }
}
