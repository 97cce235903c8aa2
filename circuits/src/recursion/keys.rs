//! Verification keys of the members of a set, and the Merkle tree over them.

use plonky2::hash::merkle_proofs::MerkleProof;
use plonky2::hash::merkle_tree::MerkleTree;
use plonky2::hash::poseidon::PoseidonHash;

use super::layout::digest_from_hash;
use super::{Field, Key, RecursionError};
use braid_verifier::Digest;

/// Depth of the tree of keys: a set has at most 8 members.
pub const SET_DEPTH: usize = 3;

/// Most members of a set.
pub const MAX_MEMBERS: usize = 1 << SET_DEPTH;

/// The tree whose root is the set root. Leaf = circuit digest, then every element of the cap: a digest alone does not
/// fix a circuit (plonky2's recursive verifier takes digest and cap as two independent inputs).
#[derive(Clone, Debug)]
pub struct KeyTree {
    tree: MerkleTree<Field, PoseidonHash>,
    root: Digest,
}

fn leaf(key: &Key) -> Vec<Field> {
    let mut leaf = key.circuit_digest.elements.to_vec();
    leaf.extend(key.constants_sigmas_cap.0.iter().flat_map(|digest| digest.elements));
    leaf
}

impl KeyTree {
    /// Tree over the members' keys in order, filled up by repeating the last one: a leaf of zeros would be a key that
    /// no circuit was built for.
    pub fn new(keys: &[&Key]) -> Result<Self, RecursionError> {
        let Some(last) = keys.last() else { return Err(RecursionError::Members { count: 0 }) };
        if keys.len() > MAX_MEMBERS {
            return Err(RecursionError::Members { count: keys.len() });
        }
        let leaves = (0..MAX_MEMBERS).map(|i| leaf(keys.get(i).unwrap_or(last))).collect();
        let tree = MerkleTree::new(leaves, 0);
        // A tree of cap height 0 has a cap of one digest.
        let root = tree.cap.0.first().map(digest_from_hash).unwrap_or_default();
        Ok(Self { tree, root })
    }

    /// The set root.
    pub fn root(&self) -> Digest {
        self.root
    }

    /// Siblings of leaf `index`, from the leaf up.
    pub fn path(&self, index: usize) -> Result<MerkleProof<Field, PoseidonHash>, RecursionError> {
        if index >= MAX_MEMBERS {
            return Err(RecursionError::NoSuchMember { index });
        }
        Ok(self.tree.prove(index))
    }
}
