//! Shapes: the heights of all tables, fixed before the proof system sees a row.

use std::fmt;
use std::str::FromStr;

use braid_witness::capacity::Rows;
use serde::{Deserialize, Serialize};

/// Tables of the leaf machine, in the order of their instances.
pub const TABLES: [&str; 12] = [
    "cpu",
    "page",
    "tree",
    "sponge",
    "wide",
    "signature",
    "bucket",
    "combine",
    "instruction_rom",
    "page_rom",
    "schedule_rom",
    "range",
];

/// log2 of the heights of the five tables that are the same in every shape.
const FIXED: [usize; 5] = [16; 5];

/// One of the table heights that circuits exist for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// About ten transfers: examples, tests, and the tail of a batch. Holds any single program.
    Tiny,
    /// About 2,400 transfers; 1 GiB at blowup 2.
    Small,
    /// About 10,000 transfers; 4 GiB at blowup 2.
    Medium,
    /// About 19,000 swaps, or 20,000 transfers among few accounts: half the tree of [`Shape::Standard`], twice its instructions. 6 GiB at blowup 2.
    Hot,
    /// About 20,000 transfers among any number of accounts; twice as many cells as [`Shape::Medium`], 7 GiB at blowup 2.
    Standard,
}

impl Shape {
    /// All shapes, from the smallest.
    pub const ALL: [Self; 5] = [Self::Tiny, Self::Small, Self::Medium, Self::Hot, Self::Standard];

    /// Name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tiny => "tiny",
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Hot => "hot",
            Self::Standard => "standard",
        }
    }

    /// log2 of the number of rows of each table, in the order of [`TABLES`].
    ///
    /// A full chunk of transfers, payrolls or swaps fills `cpu`, `sponge` or `bucket` first. Heights of the other tables are then
    /// raised to one that another table has, since each height that occurs costs every query of a wrap about nine rows.
    pub const fn degree_bits(self) -> [usize; 12] {
        let [cpu, page, tree, sponge, wide, signature, bucket] = match self {
            Self::Tiny => [8, 8, 11, 8, 8, 8, 14],
            Self::Small => [15, 14, 17, 15, 14, 14, 17],
            Self::Medium => [17, 16, 19, 17, 14, 16, 19],
            Self::Hot => [19, 18, 19, 18, 16, 16, 20],
            Self::Standard => [18, 16, 20, 18, 16, 16, 20],
        };
        let [combine, instruction, page_rom, schedule, range] = FIXED;
        [cpu, page, tree, sponge, wide, signature, bucket, combine, instruction, page_rom, schedule, range]
    }

    /// Rows of the tables that chunks fill.
    pub const fn capacity(self) -> Rows {
        Rows {
            cpu: self.height(0) as u64,
            page: self.height(1) as u64,
            tree: self.height(2) as u64,
            sponge: self.height(3) as u64,
            wide: self.height(4) as u64,
            signature: self.height(5) as u64,
            bucket: self.height(6) as u64,
        }
    }

    /// The smallest shape that holds so many rows.
    pub fn smallest(rows: &Rows) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| rows.shortage(&shape.capacity()).is_none())
    }

    /// Number of rows of a table by its place in [`TABLES`].
    pub const fn height(self, table: usize) -> usize {
        1 << self.degree_bits()[table]
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No shape has that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no shape {0:?}: choose tiny, small, medium, hot or standard")]
pub struct UnknownShape(String);

impl FromStr for Shape {
    type Err = UnknownShape;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|shape| shape.name() == name).ok_or_else(|| UnknownShape(name.to_owned()))
    }
}
