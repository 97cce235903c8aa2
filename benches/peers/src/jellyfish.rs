//! `jmt`, over the store that suits it best: hash maps, in which only the newest version is kept.
//!
//! The library has no storage of its own. What it asks its user to write is here appended to a file and synced: less work than
//! any database would make of it, so that *durable* is a bound from above on its speed.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader, TreeUpdateBatch};
use jmt::{KeyHash, OwnedValue, Sha256Jmt, Version};

use crate::{Entry, Peer};

pub struct Jellyfish {
    store: Store,
    version: Version,
    log: File,
}

#[derive(Default)]
struct Store {
    nodes: HashMap<NodeKey, Node>,
    values: HashMap<KeyHash, OwnedValue>,
}

impl TreeReader for Store {
    fn get_node_option(&self, key: &NodeKey) -> Result<Option<Node>> {
        Ok(self.nodes.get(key).cloned())
    }

    fn get_value_option(&self, _newest: Version, key: KeyHash) -> Result<Option<OwnedValue>> {
        Ok(self.values.get(&key).cloned())
    }

    /// Only asked for where a tree is restored.
    fn get_rightmost_leaf(&self) -> Result<Option<(NodeKey, LeafNode)>> {
        Ok(None)
    }
}

impl Jellyfish {
    pub fn new(folder: &Path) -> Result<Self> {
        Ok(Self { store: Store::default(), version: 0, log: File::create(folder.join("log"))? })
    }

    fn take_in(&mut self, update: TreeUpdateBatch) {
        let Store { nodes, values } = &mut self.store;
        for stale in &update.stale_node_index_batch {
            nodes.remove(&stale.node_key);
        }
        nodes.extend(update.node_batch.nodes().iter().map(|(key, node)| (key.clone(), node.clone())));
        let written = update.node_batch.values().iter();
        values.extend(written.filter_map(|((_, key), value)| Some((*key, value.clone()?))));
    }
}

impl Peer for Jellyfish {
    fn apply(&mut self, batch: Vec<Entry>) -> Result<Vec<(&'static str, f64)>> {
        let batch: Vec<_> = batch.into_iter().map(|(key, value)| (KeyHash(key), Some(value))).collect();
        let clock = Instant::now();
        let (_, update) = Sha256Jmt::new(&self.store).put_value_set(batch, self.version)?;
        let computed = clock.elapsed().as_secs_f64();
        let bytes = borsh::to_vec(&update)?;
        self.log.write_all(&bytes)?;
        self.log.sync_all()?;
        let durable = clock.elapsed().as_secs_f64() - computed;
        drop(bytes);
        let clock = Instant::now();
        self.take_in(update);
        let in_memory = computed + clock.elapsed().as_secs_f64();
        self.version += 1;
        Ok(vec![("in memory", in_memory), ("durable", in_memory + durable)])
    }
}
