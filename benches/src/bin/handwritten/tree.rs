//! The state: a tree of accounts, hashed with plonky2's Poseidon, and the replacement of a leaf inside a circuit.

use std::collections::HashMap;

use anyhow::Result;
use plonky2::hash::hash_types::{HashOut, HashOutTarget};
use plonky2::hash::merkle_proofs::MerkleProofTarget;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::target::{BoolTarget, Target};
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::config::Hasher;

use crate::{Builder, F};

/// Levels below the root.
pub const DEPTH: usize = 20;

/// Elements of a leaf: balance, count of payments, key. One permutation hashes it.
const LEAF: usize = 7;

/// An account.
pub type Leaf = [F; LEAF];

/// A tree whose leaves are all zero but for a few.
pub struct Tree {
    nodes: HashMap<(usize, usize), HashOut<F>>,
    empty: Vec<HashOut<F>>,
}

impl Tree {
    /// The tree without accounts.
    pub fn new() -> Self {
        let mut empty = vec![PoseidonHash::hash_or_noop(&Leaf::default())];
        for level in 0..DEPTH {
            empty.push(PoseidonHash::two_to_one(empty[level], empty[level]));
        }
        Self { nodes: HashMap::new(), empty }
    }

    fn node(&self, level: usize, index: usize) -> HashOut<F> {
        self.nodes.get(&(level, index)).copied().unwrap_or(self.empty[level])
    }

    /// The root.
    pub fn root(&self) -> HashOut<F> {
        self.node(DEPTH, 0)
    }

    fn siblings(&self, index: usize) -> Vec<HashOut<F>> {
        (0..DEPTH).map(|level| self.node(level, (index >> level) ^ 1)).collect()
    }

    /// Replaces a leaf.
    pub fn set(&mut self, index: usize, leaf: &Leaf) {
        self.nodes.insert((0, index), PoseidonHash::hash_or_noop(leaf));
        for level in 0..DEPTH {
            let parent = index >> (level + 1);
            let hash = PoseidonHash::two_to_one(self.node(level, 2 * parent), self.node(level, 2 * parent + 1));
            self.nodes.insert((level + 1, parent), hash);
        }
    }
}

/// What is filled in for the replacement of one leaf.
pub struct Update {
    /// The leaf before.
    pub old: [Target; LEAF],
    /// Its index, the lowest bit first.
    pub bits: Vec<BoolTarget>,
    path: MerkleProofTarget,
    /// The root afterwards.
    pub after: HashOutTarget,
}

impl Update {
    /// Replaces a leaf's balance and count under a root.
    pub fn new(
        builder: &mut Builder,
        before: HashOutTarget,
        change: impl FnOnce(&mut Builder, &mut [Target; LEAF]),
    ) -> Self {
        let old = [(); LEAF].map(|()| builder.add_virtual_target());
        let bits: Vec<BoolTarget> = (0..DEPTH).map(|_| builder.add_virtual_bool_target_safe()).collect();
        let path = MerkleProofTarget { siblings: builder.add_virtual_hashes(DEPTH) };
        let after = builder.add_virtual_hash();
        builder.verify_merkle_proof::<PoseidonHash>(old.to_vec(), &bits, before, &path);
        let mut new = old;
        change(builder, &mut new);
        builder.verify_merkle_proof::<PoseidonHash>(new.to_vec(), &bits, after, &path);
        Self { old, bits, path, after }
    }

    /// Fills in a leaf of a tree, and replaces it there.
    ///
    /// # Errors
    /// If a target is set already.
    pub fn set(&self, inputs: &mut PartialWitness<F>, tree: &mut Tree, index: usize, leaves: [&Leaf; 2]) -> Result<()> {
        inputs.set_target_arr(&self.old, leaves[0])?;
        for (level, bit) in self.bits.iter().enumerate() {
            inputs.set_bool_target(*bit, (index >> level) & 1 == 1)?;
        }
        for (target, sibling) in self.path.siblings.iter().zip(tree.siblings(index)) {
            inputs.set_hash_target(*target, sibling)?;
        }
        tree.set(index, leaves[1]);
        inputs.set_hash_target(self.after, tree.root())
    }
}
