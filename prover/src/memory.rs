//! Predicted peaks of memory, and what the machine has.
//!
//! A leaf proof has matrices that come and go, whose sizes `StarkProver::peak` adds up; a recursion proof keeps all its columns at blowup 8,
//! beside the circuit's own tables, which stay in memory once they are loaded. Both follow from sizes that the shape
//! fixes; `aggregator/tests/memory.rs` compares them with measured peaks.

use std::fs;
use std::path::{Path, PathBuf};

use braid_circuits::recursion::CommonData;

use crate::cells;
use crate::leaf::LeafCircuit;

/// Bytes of an element.
const ELEMENT: u64 = 8;
/// Bytes of a digest.
const DIGEST: u64 = 32;
/// Bytes that a circuit keeps for a routed wire: which generators wait for its value.
const WATCHED: u64 = 72;
/// What a process holds besides, and every prediction includes: registry, state, the committed fixed tables (about 50 MiB, which all shapes
/// share), buffers of the allocator, the ends of huge pages.
pub const BASE: u64 = 320 << 20;

/// Predicted peak of a leaf proof, in bytes: what it has allocated at most, and a quarter for holes between its matrices. What is freed is kept,
/// and the next matrix need not fit.
pub fn leaf(circuit: &LeafCircuit) -> u64 {
    BASE + circuit.peak() / 4 * 5
}

/// Bytes of the largest matrix of a leaf proof, whose place the allocator keeps for the next leaf (`HugePages`).
pub fn largest_matrix(circuit: &LeafCircuit) -> u64 {
    let setup = circuit.setup();
    let columns = cells::columns(circuit);
    let tables = columns.iter().zip(setup.degree_bits());
    let cells = tables.map(|(columns, bits)| (columns.main as u64) << (bits + setup.parameters().log_blowup));
    cells.max().unwrap_or(0) * ELEMENT
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

/// Memory that this process may still use, in bytes: what is available, or what its control groups leave.
/// A machine that does not tell is taken to have 4 GiB.
pub fn available() -> u64 {
    let kib = |text: &str| text.split_whitespace().nth(1).and_then(|number| number.parse::<u64>().ok());
    let info = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let free = info.lines().find(|line| line.starts_with("MemAvailable:")).and_then(kib).map(|kib| kib << 10);
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let left = left_by_groups(Path::new("/sys/fs/cgroup"), &groups);
    free.unwrap_or(4 << 30).min(left.unwrap_or(u64::MAX))
}

/// What the control groups of a process leave it, of version 2 or 1: `own` is its `/proc/self/cgroup`. A group's parents
/// limit it, too. In a container the names of its own groups may lead nowhere; what is mounted is then the group itself.
fn left_by_groups(mount: &Path, own: &str) -> Option<u64> {
    const FILES: [(&[&str], [&str; 2], &str); 2] = [
        (&["", "unified"], ["memory.max", "memory.current"], "inactive_file"),
        (&["memory"], ["memory.limit_in_bytes", "memory.usage_in_bytes"], "total_inactive_file"),
    ];
    let group = |folder: PathBuf, [limit, usage]: [&str; 2], cached: &str| {
        let read = |name: &str| fs::read_to_string(folder.join(name)).ok();
        let number = |name: &str| read(name).and_then(|text| text.trim().parse::<u64>().ok());
        let (limit, used) = (number(limit)?, number(usage).unwrap_or(0));
        // The system gives files that it keeps in memory up before it refuses any.
        let stat = read("memory.stat").unwrap_or_default();
        let cached = stat.lines().find_map(|line| line.strip_prefix(cached)?.trim().parse::<u64>().ok());
        Some(limit.saturating_sub(used.saturating_sub(cached.unwrap_or(0))))
    };
    let folders = FILES.into_iter().flat_map(|(roots, files, cached)| {
        let named = own.lines().filter_map(move |line| {
            let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
            let is_memory = controllers.split(',').any(|one| one == "memory");
            (if roots[0].is_empty() { controllers.is_empty() } else { is_memory }).then_some(path)
        });
        let above = named.flat_map(|path| Path::new(path.trim_start_matches('/')).ancestors()).chain([Path::new("")]);
        above.flat_map(move |path| roots.iter().map(move |root| (mount.join(root).join(path), files, cached)))
    });
    folders.filter_map(|(folder, files, cached)| group(folder, files, cached)).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mounted folder of control groups with these files, and what it leaves a process.
    fn left(own: &str, files: &[(&str, &str)]) -> Option<u64> {
        let mount = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = mount.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        left_by_groups(mount.path(), own)
    }

    #[test]
    fn groups_of_both_versions_limit() {
        let two = "0::/a/b\n";
        assert_eq!(left(two, &[]), None);
        assert_eq!(left(two, &[("memory.max", "max\n")]), None);
        // Mounted in a container, where the name leads nowhere; and with files in memory that can be given up.
        assert_eq!(left(two, &[("memory.max", "900\n"), ("memory.current", "500\n")]), Some(400));
        let files = [("memory.max", "900"), ("memory.current", "500"), ("memory.stat", "anon 1\ninactive_file 300\n")];
        assert_eq!(left(two, &files), Some(700));
        // The least of a group and those above it.
        let files = [("a/b/memory.max", "max"), ("a/memory.max", "70"), ("memory.max", "100")];
        assert_eq!(left(two, &files), Some(70));

        let one = "5:cpu:/x\n4:memory:/c/d\n0::/\n";
        let files = [("memory/c/d/memory.limit_in_bytes", "1000"), ("memory/c/d/memory.usage_in_bytes", "300")];
        assert_eq!(left(one, &files), Some(700));
        let root = [files[0], files[1], ("memory/memory.limit_in_bytes", "600")];
        assert_eq!(left(one, &root), Some(600));
        let stat = [files[0], files[1], ("memory/c/d/memory.stat", "inactive_file 1\ntotal_inactive_file 200\n")];
        assert_eq!(left(one, &stat), Some(900));
        // Another controller's folder says nothing about memory.
        assert_eq!(left("5:cpu:/x\n", &[("cpu/x/memory.limit_in_bytes", "1")]), None);
        assert_eq!(left("garbage", &[("memory/memory.limit_in_bytes", "5")]), Some(5));
    }
}
