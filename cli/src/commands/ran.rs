//! What `execute` and `prove` both say of a batch that ran.

use std::collections::BTreeMap;

use braid_aggregator::stated;
use braid_circuits::leaf::shape::Shape;
use braid_witness::Boundary;
use serde::Serialize;

use crate::transactions::Refusal;
use crate::{output, shapes};

/// What became of a batch.
#[derive(Serialize)]
pub struct Ran {
    /// Transactions that `--auto` added.
    pub added: usize,
    /// Transactions that did not run, and lines that are none.
    pub rejected: usize,
    pub root_before: String,
    pub root_after: String,
}

impl Ran {
    /// Of a batch between two boundaries.
    pub fn new(added: usize, refusals: &[Refusal], before: &Boundary, after: &Boundary) -> Self {
        let root = |boundary: &Boundary| output::hex_elements(&stated::digest(&boundary.root));
        Self { added, rejected: refusals.len(), root_before: root(before), root_after: root(after) }
    }
}

/// Chunks by shape in words: `1 small chunk`, `3 chunks (1 small, 2 tiny)`.
pub fn chunks(shapes: &BTreeMap<Shape, usize>) -> String {
    match shapes.iter().next() {
        Some((shape, count)) if shapes.len() == 1 => output::count(*count, &format!("{shape} chunk")),
        _ => format!("{} ({})", output::count(shapes.values().sum::<usize>(), "chunk"), shapes::listed(shapes)),
    }
}
