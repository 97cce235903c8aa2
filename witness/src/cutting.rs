//! Cuts an executed batch into chunks: in order, each filled until the first table is full.
//!
//! The tree moves along: a chunk carries its pages and siblings as they are where it begins, and its write set is applied
//! before the next one is cut. Equal pages of two chunks are therefore opened twice, which is what makes each chunk
//! provable on its own.

use crate::capacity::{Meter, Rows, Shortage};
use crate::chunk::{BlockContext, Boundary, Chunk, Parameters, Transaction};
use crate::executor::Executed;
use crate::interpreter::Interpreter;
use braid_primitives::Page;
use braid_state_tree::{Tree, TreeError};
use std::collections::BTreeMap;
use thiserror::Error;

/// A chunk and the rows that it needs of each table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// What a worker gets.
    pub chunk: Chunk,
    /// What a shape must have for it.
    pub rows: Rows,
}

/// Why a batch cannot be cut.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CutError {
    /// A transaction that no chunk holds, by its place in the submitted order.
    #[error("transaction {index} does not fit a chunk of its own: {table} needs {needed} rows of {available}")]
    TooLarge {
        /// Its place.
        index: usize,
        /// The table.
        table: &'static str,
        /// Rows needed.
        needed: u64,
        /// Rows of the table.
        available: u64,
    },
    /// The tree is not the one that the batch was executed on.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// What a batch of a chain is cut with.
#[derive(Clone, Copy, Debug)]
pub struct Cutter<'a> {
    /// The programs.
    pub interpreter: &'a Interpreter,
    /// The chain.
    pub parameters: Parameters,
    /// The batch's block.
    pub context: BlockContext,
    /// Rows of the shape to fill.
    pub capacity: Rows,
}

impl Cutter<'_> {
    /// Cuts a batch that begins at `before` and moves `tree` to its end; returns the chunks and the boundary there.
    ///
    /// A batch without transactions is one empty chunk. The tail's `rows` tell which smaller shape holds it.
    ///
    /// # Errors
    /// [`CutError`]; the tree may then have moved to the end of some chunk.
    pub fn cut(
        &self,
        tree: &mut Tree,
        before: Boundary,
        batch: Vec<Executed>,
    ) -> Result<(Vec<Cut>, Boundary), CutError> {
        let mut meter = Meter::new(self.interpreter, self.parameters.depth);
        let mut boundary = before;
        let mut cuts = Vec::new();
        let mut run: Vec<Executed> = Vec::new();
        let mut rows = *meter.rows();
        for executed in batch {
            let addresses: Vec<u64> = executed.pages.iter().map(|(address, _)| *address).collect();
            let program = executed.transaction.program;
            if meter.add(program, &addresses, &self.capacity).is_err() {
                if !run.is_empty() {
                    cuts.push(Cut { chunk: self.chunk(tree, &mut boundary, std::mem::take(&mut run))?, rows });
                }
                meter.reset();
                let alone = meter.add(program, &addresses, &self.capacity);
                alone.map_err(|Shortage { table, needed, available }| CutError::TooLarge {
                    index: executed.index,
                    table,
                    needed,
                    available,
                })?;
            }
            rows = *meter.rows();
            run.push(executed);
        }
        if !run.is_empty() || cuts.is_empty() {
            cuts.push(Cut { chunk: self.chunk(tree, &mut boundary, run)?, rows });
        }
        Ok((cuts, boundary))
    }

    /// One chunk, and the tree and boundary after it.
    fn chunk(&self, tree: &mut Tree, boundary: &mut Boundary, run: Vec<Executed>) -> Result<Chunk, CutError> {
        let before = *boundary;
        let mut last: BTreeMap<u64, Page> = BTreeMap::new();
        let mut transactions: Vec<Transaction> = Vec::with_capacity(run.len());
        for executed in run {
            boundary.absorb(&executed.published, executed.fee);
            last.extend(executed.pages);
            transactions.push(executed.transaction);
        }
        let addresses: Vec<u64> = last.keys().copied().collect();
        let pages: Vec<(u64, Page)> = addresses.iter().map(|address| (*address, tree.page(*address))).collect();
        let proof = tree.prove(&addresses)?;
        tree.update(&last.into_iter().collect::<Vec<_>>())?;
        boundary.root = tree.root();
        Ok(Chunk { parameters: self.parameters, context: self.context, before, transactions, pages, proof })
    }
}
