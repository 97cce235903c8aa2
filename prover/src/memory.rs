//! Predicted peaks of memory, and what the machine has.
//!
//! A leaf keeps its rows, their extensions and the digests of three trees; a recursion proof 135 wires a row at blowup 8,
//! beside the circuit's own tables. Both follow from sizes that the shape fixes; `aggregator/tests/memory.rs` compares them
//! with measured peaks.

use std::fs;

use braid_circuits::recursion::CommonData;

use crate::cells;
use crate::leaf::LeafCircuit;

/// Bytes of an element.
const ELEMENT: u64 = 8;
/// Bytes of a digest.
const DIGEST: u64 = 32;
/// What a process holds besides: registry, state, buffers of the allocator.
const BASE: u64 = 192 << 20;

/// Predicted peak of a leaf proof, in bytes.
pub fn leaf(circuit: &LeafCircuit) -> u64 {
    let setup = circuit.setup();
    let blowup = 1 << setup.parameters().log_blowup;
    let mut cells = 0;
    let mut tallest = 0;
    for (columns, &bits) in cells::columns(circuit).iter().zip(setup.degree_bits()) {
        cells += (columns.committed() as u64) << bits;
        tallest = tallest.max(1u64 << bits);
    }
    // Rows and extension of every column, and a quarter of the rows in transit; two digests a leaf of three trees.
    BASE + ELEMENT * cells * (4 * blowup + 5) / 4 + 3 * 2 * DIGEST * tallest * blowup
}

/// Predicted peak of a proof of a circuit with these rows, in bytes.
pub fn recursion(common: &CommonData) -> u64 {
    let rows = 1u64 << common.degree_bits();
    let columns = common.config.num_wires as u64;
    BASE + rows * columns * ELEMENT * ((1 << common.config.fri_config.rate_bits) + 3)
}

/// Memory that this process may still use, in bytes: what is available, or what its control group leaves.
/// A machine that does not tell is taken to have 4 GiB.
pub fn available() -> u64 {
    let kib = |text: &str| text.split_whitespace().nth(1).and_then(|number| number.parse::<u64>().ok());
    let info = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let free = info.lines().find(|line| line.starts_with("MemAvailable:")).and_then(kib).map(|kib| kib << 10);
    let read = |path: &str| fs::read_to_string(path).ok().and_then(|text| text.trim().parse::<u64>().ok());
    let limit = read("/sys/fs/cgroup/memory.max");
    let used = read("/sys/fs/cgroup/memory.current").unwrap_or(0);
    let left = limit.map(|limit| limit.saturating_sub(used));
    free.unwrap_or(4 << 30).min(left.unwrap_or(u64::MAX))
}
