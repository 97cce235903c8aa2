//! Predicted memory of the proofs of a batch: of each, and of what lies beside them.

use std::collections::BTreeMap;

use braid_circuits::leaf::shape::Shape;
use braid_prover::level::Level;
use braid_prover::memory;

use crate::schedule::Job;

/// What the proofs of some chunks take, in bytes.
#[derive(Clone, Debug)]
pub struct Predicted {
    shapes: Vec<Shape>,
    /// Peaks of a leaf and of a wrap, of each that is among `shapes`.
    peaks: BTreeMap<Shape, [u64; 2]>,
    merge: u64,
    kept: u64,
}

impl Predicted {
    /// Of chunks of these shapes.
    pub fn of(level: &Level, shapes: Vec<Shape>) -> Self {
        let several = shapes.len() > 1;
        let merge = level.set().common();
        let used: Vec<Shape> = Shape::ALL.into_iter().filter(|shape| shapes.contains(shape)).collect();

        // A leaf leaves the place of its largest matrix to the next one, and recursion proofs are made beside that. The circuits that
        // they prove with are among those kept.
        let largest = used.iter().map(|shape| memory::largest_matrix(level.leaf(*shape))).max().unwrap_or(0);
        let beside = |peak: u64, circuits: u64| if several { peak.saturating_sub(circuits) + largest } else { peak };
        let peaks = used.iter().map(|&shape| {
            (shape, [memory::leaf(level.leaf(shape)), beside(level.wrap_memory(shape), level.wrap_circuits(shape))])
        });

        // Circuits stay in memory once they are used, so that later leaves are proven beside them; as much again lies between them:
        // measured, 2.0 GB beside 0.9 GB of circuits at `conjectured-100`, two chunks of `hot`. A single chunk has its leaf before any.
        let loaded = used.iter().map(|shape| level.wrap_circuits(*shape)).sum::<u64>() + memory::circuit(merge);
        Self {
            peaks: peaks.collect(),
            merge: beside(memory::recursion(merge), memory::circuit(merge)),
            kept: if several { 2 * loaded } else { 0 },
            shapes,
        }
    }

    /// Peak of a proof, beside what is [kept](Self::kept). 0 for one of no chunk.
    pub fn job(&self, job: Job) -> u64 {
        let peak = |chunk: usize, part: usize| self.shapes.get(chunk).map_or(0, |shape| self.peaks[shape][part]);
        match job {
            Job::Leaf(chunk) => peak(chunk, 0),
            Job::Wrap(chunk) => peak(chunk, 1),
            Job::Merge { .. } => self.merge,
        }
    }

    /// Circuits that stay in memory once a proof has used them.
    pub fn kept(&self) -> u64 {
        self.kept
    }

    /// The most that all need if they are made one at a time.
    pub fn most(&self) -> u64 {
        let merge = if self.shapes.len() > 1 { self.merge } else { 0 };
        self.peaks.values().flatten().copied().chain([merge]).max().unwrap_or(0).saturating_add(self.kept)
    }
}
