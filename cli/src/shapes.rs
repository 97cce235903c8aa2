//! Which shape a batch is cut for: the one whose proofs are predicted to take the least time, among those that fit memory.
//!
//! A leaf takes time by the cells that it commits to, whatever is in them, and a recursion proof by its rows. A large chunk
//! with few transactions is therefore dear, and so is a small one for its wrap and its merge. The chunks are counted by the
//! meter that cuts them, over all transactions that could run.

use std::collections::BTreeMap;

use braid_aggregator::schedule::Job;
use braid_circuits::leaf::shape::Shape;
use braid_circuits::stark::Security;
use braid_contracts::Registry;
use braid_prover::leaf::LeafCircuit;
use braid_prover::{cells, memory};
use braid_witness::capacity::{Meter, Rows};
use braid_witness::hints::{Draft, SlotFiller};
use braid_witness::{BlockContext, Environment};
use serde::Deserialize;

use crate::chain::Chain;
use crate::failure;

/// Seconds for a cell of a leaf at blowup 1, measured on two cores of a Zen 4 as what follows: only ratios decide.
const CELL: f64 = 56e-9;
/// Seconds for a row of a recursion circuit.
const ROW: f64 = 70e-6;
/// Bytes that a row of a recursion circuit takes while the circuit is loaded, and as much again for what lies between.
const LOADED_ROW: u64 = 28 << 10;
/// Part of the time that a larger shape must save: it takes more memory.
const GAIN: f64 = 0.1;
/// Transactions that chunks are counted of; a longer batch is taken to go on likewise.
const SAMPLE: usize = 50_000;

/// The circuits of the levels, for the numbers of their rows.
const PINS: [(Security, &str); 3] = [
    (Security::Insecure, include_str!("../../circuits/pins/insecure.json")),
    (Security::Conjectured100, include_str!("../../circuits/pins/conjectured-100.json")),
    (Security::Provable100, include_str!("../../circuits/pins/provable-100.json")),
];

#[derive(Deserialize)]
struct Pins {
    circuits: Vec<Circuit>,
}

#[derive(Deserialize)]
struct Circuit {
    name: String,
    degree_bits: u32,
}

/// What the proofs of a level take.
#[derive(Clone, Debug)]
pub struct Costs {
    security: Security,
    /// Committed cells of a leaf, by shape.
    cells: BTreeMap<Shape, u64>,
    /// Rows of a wrap and its shrinks, by shape.
    wraps: BTreeMap<Shape, u64>,
    /// Rows of a merge.
    merge: u64,
}

impl Costs {
    /// The costs of a level.
    ///
    /// # Errors
    /// If the registry does not fit the tables.
    pub fn of(security: Security, registry: &Registry) -> anyhow::Result<Self> {
        let pins = PINS.iter().find(|(level, _)| *level == security).map(|(_, text)| serde_json::from_str(text));
        let Pins { circuits } = pins.transpose().map_err(failure::machine)?.unwrap_or(Pins { circuits: Vec::new() });
        let rows = |wanted: &dyn Fn(&str) -> bool| -> u64 {
            circuits
                .iter()
                .filter(|circuit| wanted(&circuit.name))
                .map(|circuit| 1 << circuit.degree_bits.min(40))
                .sum()
        };
        let wrap = |shape: &Shape| {
            let shrink = format!("{shape}-shrink");
            (*shape, rows(&|name| name == shape.name() || name.starts_with(&shrink)))
        };
        // The columns are the same in all shapes and at all levels, and these circuits are made quickly.
        let circuit = LeafCircuit::new(Security::Insecure, Shape::ALL[0], registry).map_err(failure::machine)?;
        let columns = cells::columns(&circuit);
        let committed = |shape: &Shape| {
            let tables = columns.iter().zip(shape.degree_bits());
            (*shape, tables.map(|(columns, bits)| (columns.committed() as u64) << bits).sum())
        };
        Ok(Self {
            security,
            cells: Shape::ALL.iter().map(committed).collect(),
            wraps: Shape::ALL.iter().map(wrap).collect(),
            merge: rows(&|name| name == "merge"),
        })
    }

    /// Seconds that a proof is predicted to take on the machine that was measured. `shapes` are those of the chunks.
    pub fn seconds(&self, shapes: &[Shape], job: Job) -> f64 {
        match job {
            Job::Leaf(chunk) => shapes.get(chunk).map_or(0.0, |shape| self.leaf(*shape)),
            Job::Wrap(chunk) => shapes.get(chunk).map_or(0.0, |shape| self.wrap(*shape)),
            Job::Merge { .. } => self.merge as f64 * ROW,
        }
    }

    fn leaf(&self, shape: Shape) -> f64 {
        let blowup = f64::from(1u32 << self.security.leaf().log_blowup.min(16));
        self.cells.get(&shape).map_or(0.0, |cells| *cells as f64 * CELL * blowup)
    }

    fn wrap(&self, shape: Shape) -> f64 {
        self.wraps.get(&shape).map_or(0.0, |rows| *rows as f64 * ROW)
    }

    /// Seconds that the proofs of these chunks take, with a merge for each but one.
    fn batch(&self, chunks: &[Shape]) -> f64 {
        let each: f64 = chunks.iter().map(|shape| self.leaf(*shape) + self.wrap(*shape)).sum();
        each + chunks.len().saturating_sub(1) as f64 * self.merge as f64 * ROW
    }

    /// Bytes of the circuits that stay loaded beside the leaves of a batch of these chunks.
    fn loaded(&self, chunks: &[Shape]) -> u64 {
        let used = self.wraps.iter().filter(|(shape, _)| chunks.contains(shape)).map(|(_, rows)| rows);
        if chunks.len() > 1 { (used.sum::<u64>() + self.merge) * LOADED_ROW } else { 0 }
    }

    /// Bytes that a batch of these chunks takes, cut for a shape: its largest leaf, and what stays beside it.
    ///
    /// # Errors
    /// If the registry does not fit the tables.
    pub fn memory(&self, shape: Shape, chunks: &[Shape], registry: &Registry) -> anyhow::Result<u64> {
        let leaf = LeafCircuit::new(self.security, shape, registry).map_err(failure::machine)?;
        Ok(memory::leaf(&leaf).saturating_add(self.loaded(chunks)))
    }

    /// The shape to cut for: by predicted time and within `limit` bytes of memory, if there is a limit. The smallest one if
    /// none fits, so that an error names what is missing for it.
    ///
    /// # Errors
    /// If the registry does not fit the tables.
    pub fn choose(&self, counts: &Counts, registry: &Registry, limit: Option<u64>) -> anyhow::Result<Shape> {
        let mut chosen: Option<(Shape, f64)> = None;
        for shape in Shape::ALL {
            let Some(chunks) = counts.chunks.get(&shape) else { continue };
            let seconds = self.batch(chunks) * counts.scale;
            tracing::debug!(%shape, chunks = chunks.len(), seconds, "predicted");
            if chosen.is_some_and(|(_, least)| seconds > (1.0 - GAIN) * least) {
                continue;
            }
            if let Some(limit) = limit
                && self.memory(shape, chunks, registry)? > limit
            {
                continue;
            }
            chosen = Some((shape, seconds));
        }
        Ok(chosen.map_or(Shape::ALL[0], |(shape, _)| shape))
    }
}

/// The chunks that a batch has for each shape that it could be cut for.
#[derive(Clone, Debug)]
pub struct Counts {
    /// Shapes that chunks are proven in, by the one they were cut for.
    chunks: BTreeMap<Shape, Vec<Shape>>,
    /// How many times as long as the sample the batch is.
    scale: f64,
}

impl Counts {
    /// Counts them for drafts on a chain. Those that are rejected on execution count, too, so that there may be fewer.
    pub fn of(chain: &Chain, context: &BlockContext, drafts: &[Draft]) -> Self {
        let environment = Environment::new(&chain.head.parameters, context);
        let mut filler = SlotFiller::new(&chain.interpreter, &environment, &chain.tree);
        let mut transactions: Vec<(u32, Vec<u64>)> = Vec::new();
        for draft in drafts.iter().take(SAMPLE) {
            let Ok(filled) = filler.fill(draft.clone()) else { continue };
            let mut addresses = Vec::new();
            if chain.interpreter.addresses(chain.head.parameters.depth, &filled.transaction, &mut addresses).is_ok() {
                transactions.push((filled.transaction.program, addresses));
            }
        }
        let meter = Meter::new(&chain.interpreter, chain.head.parameters.depth);
        let counted = |shape: Shape| Some((shape, cut(meter.clone(), &transactions, shape)?));
        let scale = drafts.len() as f64 / drafts.len().clamp(1, SAMPLE) as f64;
        Self { chunks: Shape::ALL.into_iter().filter_map(counted).collect(), scale }
    }
}

/// The chunks of transactions when cut for a shape, as the cutter makes them, each in the smallest shape that holds it.
/// `None` if one of them fits no chunk.
fn cut(mut meter: Meter, transactions: &[(u32, Vec<u64>)], shape: Shape) -> Option<Vec<Shape>> {
    let capacity = shape.capacity();
    let proven = |rows: &Rows| Shape::smallest(rows).unwrap_or(shape).min(shape);
    let mut chunks = Vec::new();
    let mut rows = *meter.rows();
    for (program, addresses) in transactions {
        if meter.add(*program, addresses, &capacity).is_err() {
            if meter.transactions() > 1 {
                chunks.push(proven(&rows));
            }
            meter.reset();
            meter.add(*program, addresses, &capacity).ok()?;
        }
        rows = *meter.rows();
    }
    chunks.push(proven(&rows));
    Some(chunks)
}

/// Shapes in words: `2 small, 1 tiny`, the largest first.
pub fn listed(shapes: &BTreeMap<Shape, usize>) -> String {
    let shapes: Vec<String> = shapes.iter().rev().map(|(shape, count)| format!("{count} {shape}")).collect();
    shapes.join(", ")
}

/// The names of all shapes in words, for the help.
pub fn names() -> String {
    let names: Vec<&str> = Shape::ALL.into_iter().map(Shape::name).collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests;
