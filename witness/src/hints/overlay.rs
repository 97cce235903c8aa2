//! The pages as the batch will have left them when a transaction's turn comes, as far as that is known in advance: tags
//! that earlier transactions claim, and pages that they make.

use super::asset::address;
use crate::chunk::Transaction;
use crate::interpreter::{Environment, Prepared, Value};
use braid_contracts::program::Mode;
use braid_primitives::{F, Page};
use braid_state_tree::Tree;
use p3_field::PrimeCharacteristicRing;
use std::collections::HashMap;

/// Tags and new pages over the state before the batch.
pub(super) struct Overlay<'t> {
    tree: &'t Tree,
    /// Tags of an account's 16 pages, once it was asked for.
    tags: HashMap<u64, [F; 16]>,
    /// Pages made by this batch, as far as operands and constants tell; other cells are 0.
    made: HashMap<u64, Page>,
}

impl<'t> Overlay<'t> {
    pub(super) fn new(tree: &'t Tree) -> Self {
        Self { tree, tags: HashMap::new(), made: HashMap::new() }
    }

    /// A cell of a page that does not lie at a hinted slot.
    pub(super) fn cell(&self, address: u64, cell: usize) -> Option<F> {
        let page = self.page(address);
        page.get(cell).copied().filter(|_| page[0] != F::ZERO)
    }

    /// A page that does not lie at a hinted slot.
    pub(super) fn page(&self, address: u64) -> Page {
        self.made.get(&address).copied().unwrap_or_else(|| self.tree.page(address))
    }

    /// The page of an account for an asset: the lowest slot up to `limit` that holds it, else, unless something is to be
    /// taken out, the lowest free one, which is the asset's from now on. Never one of `taken`.
    pub(super) fn slot(&mut self, account: u64, asset: F, limit: u64, takes: bool, taken: &[u64]) -> Option<u64> {
        let (tree, made) = (self.tree, &self.made);
        let tags = self.tags.entry(account).or_insert_with(|| {
            std::array::from_fn(|slot| {
                let address = 16 * account + slot as u64;
                made.get(&address).copied().unwrap_or_else(|| tree.page(address))[0]
            })
        });
        let free = |slot: &usize| !taken.contains(&(16 * account + *slot as u64));
        let end = tags.len().min(usize::try_from(limit).ok()? + 1);
        let held = (1..end).filter(free).find(|slot| tags[*slot] == asset); // slots are below 16
        if let Some(slot) = held {
            return Some(slot as u64);
        }
        if takes {
            return None;
        }
        let slot = (1..end).filter(free).find(|slot| tags[*slot] == F::ZERO)?;
        tags[slot] = asset;
        Some(slot as u64)
    }

    /// Remembers pages that a transaction makes: their tag, and cells that are operands or constants.
    pub(super) fn note_new_pages(&mut self, prepared: &Prepared, environment: &Environment, transaction: &Transaction) {
        if prepared.pages.iter().all(|page| page.mode != Mode::Empty) {
            return; // most programs make no page
        }
        let hints: Vec<Option<F>> = transaction.hints.iter().copied().map(Some).collect();
        for page in prepared.pages.iter().filter(|page| page.mode == Mode::Empty) {
            let Some(address) = address(page, &transaction.operands, &hints) else { continue };
            let cell = |value: Value| match value {
                Value::Const(value) => value,
                Value::Register(register) => prepared.input(register, environment, transaction).unwrap_or(F::ZERO),
            };
            let content = page.new.map(cell);
            if let Some(tag) = self.tags.get_mut(&(address / 16)).and_then(|tags| tags.get_mut(address as usize % 16)) {
                *tag = content[0];
            }
            self.made.insert(address, content);
        }
    }
}
