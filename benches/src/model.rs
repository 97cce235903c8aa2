//! What the cost model predicted before anything was built: a Python script among the documents that Braid was designed
//! with (`costmodel.py chips`), for chunks of 8,192 transactions of one kind, 2^20 accounts in a tree of depth 24. Its numbers
//! are constants here, since the script is not part of this repository.

use serde::Serialize;

/// One chip of the model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Chip {
    /// The model's name for it.
    pub name: &'static str,
    /// Tables that do its work as built; `None` stands for all that no other chip has: the signatures'.
    pub built: Option<&'static [&'static str]>,
    /// Columns of trace, lookups and quotient.
    pub columns: [usize; 3],
    /// Tuples that a row sends or receives.
    pub interactions: usize,
    /// Rows a transfer, and a swap.
    pub rows: [f64; 2],
}

impl Chip {
    /// Cells a transfer (0) or a swap (1).
    pub fn cells(&self, kind: usize) -> f64 {
        let columns: usize = self.columns.iter().sum();
        self.rows.get(kind).copied().unwrap_or(0.0) * columns as f64
    }
}

const fn chip(
    name: &'static str,
    built: Option<&'static [&'static str]>,
    columns: [usize; 3],
    interactions: usize,
    rows: [f64; 2],
) -> Chip {
    Chip { name, built, columns, interactions, rows }
}

/// Tables of hashing.
const HASHING: Option<&[&str]> = Some(&["tree", "sponge"]);
/// Tables of one height in every shape; their rows are shared by a chunk.
const FIXED: Option<&[&str]> = Some(&[]);

/// The model's chips.
pub const CHIPS: [Chip; 10] = [
    chip("hash", HASHING, [192, 8, 4], 4, [60.379, 42.206]),
    chip("digest", HASHING, [14, 8, 4], 5, [14.0, 14.0]),
    chip("cpu", Some(&["cpu"]), [40, 12, 4], 7, [15.0, 24.0]),
    chip("page", Some(&["page"]), [56, 30, 4], 26, [3.0, 4.0]),
    chip("wide", Some(&["wide"]), [64, 44, 4], 41, [0.0, 2.0]),
    chip("curve", None, [46, 6, 4], 3, [50.038, 50.038]),
    chip("scalar", None, [115, 104, 4], 101, [1.0, 1.0]),
    chip("points", None, [45, 6, 4], 2, [2.0, 2.0]),
    chip("program", FIXED, [1, 4, 4], 1, [0.125, 0.125]),
    chip("range", FIXED, [1, 4, 4], 1, [8.0, 8.0]),
];

/// Rows of a wrap (of transfers, of swaps; before padding) and log2 of a merge's rows: at conjectured and at provable 100 bits, with
/// the blowups 2 and 4 (`wrap_rows` and `MERGE_LOG` of the script).
pub const CIRCUITS: [(&str, [u32; 2], u32); 2] =
    [("conjectured-100", [31_320, 35_041], 14), ("provable-100", [43_585, 48_698], 15)];
