//! Predicted peaks of memory, and what the machine has.
//!
//! A leaf keeps its rows, their extensions and the digests of three trees; a recursion proof all its columns at blowup 8,
//! beside the circuit's own tables, which stay in memory once they are loaded. Both follow from sizes that the shape
//! fixes; `aggregator/tests/memory.rs` compares them with measured peaks.

use std::fs;

use braid_circuits::recursion::CommonData;

use crate::cells;
use crate::leaf::LeafCircuit;

/// Bytes of an element.
const ELEMENT: u64 = 8;
/// Bytes of a digest.
const DIGEST: u64 = 32;
/// Bytes that a circuit keeps for a routed wire: which generators wait for its value.
const WATCHED: u64 = 72;
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

/// Predicted memory of a circuit that is loaded, in bytes: its constants and permutation as values, coefficients and
/// extension, the digests over them, where every wire's value comes from, and what waits for it.
pub fn circuit(common: &CommonData) -> u64 {
    let rows = 1u64 << common.degree_bits();
    let blowup = 1u64 << common.config.fri_config.rate_bits;
    let columns = (common.num_constants + common.config.num_routed_wires) as u64;
    let sources = common.config.num_wires as u64 * ELEMENT + common.config.num_routed_wires as u64 * WATCHED;
    rows * (columns * ELEMENT * (blowup + 2) + 2 * DIGEST * blowup + sources)
}

/// Predicted peak of a proof of a circuit of this shape, in bytes: the circuit, the values and sources of its wires while
/// they are found, then wires, permutation products and quotients with their extensions and digests.
pub fn recursion(common: &CommonData) -> u64 {
    let rows = 1u64 << common.degree_bits();
    let blowup = 1u64 << common.config.fri_config.rate_bits;
    let wires = common.config.num_wires as u64;
    let products = common.config.num_challenges * (1 + common.num_partial_products);
    let quotients = common.config.num_challenges * common.quotient_degree_factor;
    let columns = wires + (products + quotients) as u64;
    let proof = rows * (columns * ELEMENT * (blowup + 3) + 3 * 2 * DIGEST * blowup + 2 * ELEMENT * wires);
    BASE + circuit(common) + proof
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
