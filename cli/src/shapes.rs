//! Which shape a batch is cut for: the one whose proofs are predicted to take the least time, among those that fit memory.
//!
//! A leaf takes time by the cells that it commits to, whatever is in them, and a recursion proof by its rows. A large chunk
//! with few transactions is therefore dear, and so is a small one for its wrap and its merge. The chunks are counted by the
//! meter that cuts them, over all transactions that could run.

use std::collections::BTreeMap;

use braid_aggregator::memory::Predicted;
use braid_aggregator::schedule::Job;
use braid_circuits::leaf::shape::Shape;
use braid_circuits::recursion::CommonData;
use braid_prover::cells;
use braid_prover::level::Level;
use braid_witness::capacity::{Meter, Rows};
use braid_witness::hints::{Draft, SlotFiller};
use braid_witness::{BlockContext, Environment};

use crate::chain::Chain;

/// Seconds for a cell of a leaf at blowup 1, measured on two cores of a Zen 4 as what follows: only ratios decide.
const CELL: f64 = 56e-9;
/// Seconds for a row of a recursion circuit.
const ROW: f64 = 70e-6;
/// Part of the time that a larger shape must save: it takes more memory.
const GAIN: f64 = 0.1;
/// Transactions that chunks are counted of; a longer batch is taken to go on likewise.
const SAMPLE: usize = 50_000;

/// What the proofs of a level take.
pub struct Costs<'a> {
    level: &'a Level,
    /// Seconds for a leaf, and for a wrap and its shrinks, by shape.
    shapes: BTreeMap<Shape, [f64; 2]>,
    /// Seconds for a merge.
    merge: f64,
}

impl<'a> Costs<'a> {
    /// The costs of a level.
    pub fn of(level: &'a Level) -> Self {
        let seconds = |shape: Shape| {
            let leaf = level.leaf(shape);
            let columns = cells::columns(leaf);
            let tables = columns.iter().zip(shape.degree_bits());
            let cells: usize = tables.map(|(columns, bits)| columns.committed() << bits).sum();
            let blowup = f64::from(1u32 << leaf.setup().parameters().log_blowup.min(16));
            let wraps = level.set().wrap_stages(shape as usize).map(|stage| row_seconds(&stage.verifier().common));
            (shape, [cells as f64 * CELL * blowup, wraps.sum()])
        };
        Self { level, shapes: Shape::ALL.into_iter().map(seconds).collect(), merge: row_seconds(level.set().common()) }
    }

    /// Seconds that a proof is predicted to take on the machine that was measured. `shapes` are those of the chunks.
    pub fn seconds(&self, shapes: &[Shape], job: Job) -> f64 {
        let of = |chunk: usize, part: usize| shapes.get(chunk).map_or(0.0, |shape| self.shapes[shape][part]);
        match job {
            Job::Leaf(chunk) => of(chunk, 0),
            Job::Wrap(chunk) => of(chunk, 1),
            Job::Merge { .. } => self.merge,
        }
    }

    /// Seconds that the proofs of these chunks take, with a merge for each but one.
    fn batch(&self, chunks: &[Shape]) -> f64 {
        let each: f64 = chunks.iter().flat_map(|shape| self.shapes[shape]).sum();
        each + chunks.len().saturating_sub(1) as f64 * self.merge
    }

    /// The shape to cut for: by predicted time and within `limit` bytes of memory, if there is a limit. The smallest one if
    /// none fits, so that an error names what is missing for it.
    pub fn choose(&self, counts: &Counts, limit: Option<u64>) -> Shape {
        let mut chosen: Option<(Shape, f64)> = None;
        for shape in Shape::ALL {
            let Some(chunks) = counts.chunks.get(&shape) else { continue };
            let seconds = self.batch(chunks) * counts.scale;
            tracing::debug!(%shape, chunks = chunks.len(), seconds, "predicted");
            if chosen.is_some_and(|(_, least)| seconds > (1.0 - GAIN) * least) {
                continue;
            }
            if limit.is_some_and(|limit| Predicted::of(self.level, chunks.clone()).most() > limit) {
                continue;
            }
            chosen = Some((shape, seconds));
        }
        chosen.map_or(Shape::ALL[0], |(shape, _)| shape)
    }
}

fn row_seconds(common: &CommonData) -> f64 {
    common.degree() as f64 * ROW
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
