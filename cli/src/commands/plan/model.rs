//! From the cost of a chunk to machines and latency.
//!
//! A machine makes one proof at a time with all its cores. In the long run every chunk costs its share of execution, a leaf, a wrap
//! and a merge (a batch of n chunks has n - 1), so that the rate of a machine is a chunk's transactions over that time. One machine
//! reads, checks and executes a whole batch; then its chunks are proven side by side, in as many rounds as there are more chunks than machines, and are then merged in
//! a tree whose depth is log2 of their number, rounded up.

use serde::Serialize;

/// A full chunk as it was measured, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Chunk {
    /// Transactions in it.
    pub transactions: u64,
    /// Its leaf proof: replay, rows, proof, check.
    pub leaf: f64,
    /// Its wrap, with shrinks.
    pub wrap: f64,
    /// One merge.
    pub merge: f64,
    /// Its share of reading, checking and executing the batch.
    pub rest: f64,
    /// Most memory that such proofs took, in bytes, if the report says so.
    pub memory: Option<u64>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Transactions a second.
    pub tps: f64,
    /// Transactions of a batch, if that matters.
    pub batch: Option<u64>,
}

/// Machines of one size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fleet {
    /// Cores of each.
    pub cores: u32,
    /// How many.
    pub machines: u64,
    /// Transactions a second that one proves.
    pub per_second: f64,
    /// Chunks of a batch.
    pub chunks: u64,
    /// Transactions of a batch.
    pub batch: u64,
    /// Seconds until that many have come.
    pub collected: f64,
    /// Seconds in which one machine reads, checks and executes them.
    pub execution: f64,
    /// Seconds of a leaf.
    pub leaf: f64,
    /// Seconds of a wrap.
    pub wrap: f64,
    /// Seconds of a merge.
    pub merge: f64,
    /// Merges one after the other.
    pub merges: u32,
    /// Seconds from the last transaction of a batch to its proof.
    pub latency: f64,
}

/// How many machines that are `speedup` times as fast as the measured one serve a request, and how quickly.
pub fn fleet(request: &Request, chunk: &Chunk, cores: u32, speedup: f64) -> Fleet {
    let [leaf, wrap, merge, rest] = [chunk.leaf, chunk.wrap, chunk.merge, chunk.rest].map(|time| time / speedup);
    let per_chunk = chunk.transactions.max(1);
    let per_second = per_chunk as f64 / (leaf + wrap + merge + rest);
    // Conversions of floats saturate.
    let machines = ((request.tps / per_second).ceil() as u64).max(1);
    let batch = request.batch.unwrap_or_else(|| machines.saturating_mul(per_chunk));
    let chunks = batch.div_ceil(per_chunk).max(1);
    let rounds = chunks.div_ceil(machines);
    let merges = chunks.checked_next_power_of_two().map_or(64, u64::trailing_zeros);
    let execution = chunks as f64 * rest;
    let latency = execution + rounds as f64 * (leaf + wrap) + f64::from(merges) * merge;
    let collected = batch as f64 / request.tps;
    Fleet { cores, machines, per_second, chunks, batch, collected, execution, leaf, wrap, merge, merges, latency }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNK: Chunk = Chunk { transactions: 1000, leaf: 6.0, wrap: 2.0, merge: 1.5, rest: 0.5, memory: None };

    #[test]
    fn machines_keep_up_and_no_more_of_them_than_needed() {
        for tps in [0.001, 1.0, 99.0, 100.0, 101.0, 100_000.0, 1e9] {
            for speedup in [0.5, 1.0, 6.8] {
                let fleet = fleet(&Request { tps, batch: None }, &CHUNK, 2, speedup);
                assert!((fleet.per_second - 100.0 * speedup).abs() < 1e-9);
                assert!(fleet.machines as f64 * fleet.per_second >= tps * (1.0 - 1e-12), "{fleet:?}");
                assert!(fleet.machines == 1 || (fleet.machines - 1) as f64 * fleet.per_second < tps, "{fleet:?}");
                assert_eq!((fleet.chunks, fleet.batch), (fleet.machines, 1000 * fleet.machines));
            }
        }
    }

    #[test]
    fn latency_is_rounds_of_chunks_and_a_tree_of_merges() {
        let latency = |tps, batch| fleet(&Request { tps, batch: Some(batch) }, &CHUNK, 2, 1.0).latency;
        // One machine, one chunk: nothing is merged.
        assert_eq!(latency(100.0, 1000), 0.5 + 8.0);
        // Five chunks on ten machines: one round, three merges one after the other.
        assert_eq!(latency(1000.0, 5000), 2.5 + 8.0 + 3.0 * 1.5);
        // The same on two: three rounds.
        assert_eq!(latency(200.0, 5000), 2.5 + 24.0 + 3.0 * 1.5);
        assert!(latency(1.0, u64::MAX).is_finite());
    }
}
