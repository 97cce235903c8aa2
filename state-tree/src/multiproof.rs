//! Old siblings of a set of pages: enough to carry the set from one root to the next without the tree.
//!
//! The *opened* nodes are the ancestors of the pages, and always the root. A sibling is a child of an opened node
//! that is neither a page of the set nor opened itself. Siblings are listed from the level of the pages up, each
//! level from left to right, so the set of addresses alone fixes how many there are and where each belongs: there is
//! exactly one proof of a set under a root. For one page it is the plain Merkle path. For no page it is the two
//! children of the root.
//!
//! ```text
//! MultiProof ──open(old pages)──> OpenedPages (old root) ──update(new pages)──> UpdatedPages (both roots, all nodes)
//! ```
//! Pages count as proven once the caller has compared [`OpenedPages::root`] with a root it trusts.

use crate::hashing::{compress_all, join};
use crate::tree::{TreeError, check_addresses};
use crate::{MAX_DEPTH, MIN_DEPTH};
use braid_primitives::{Digest, F, Page};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Siblings in canonical order: bottom level first, each level from left to right.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MultiProof {
    /// Digests under the old root that the pages do not determine; updates leave them as they are.
    pub siblings: Vec<Digest>,
}

/// Why a proof does not fit the pages it comes with.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProofError {
    /// The pages are not a set of pages of such a tree.
    #[error(transparent)]
    Pages(#[from] TreeError),
    /// The number of siblings is not the one that the addresses call for.
    #[error("{found} siblings, but the addresses call for {expected}")]
    Siblings {
        /// Siblings in the proof.
        found: usize,
        /// Siblings that the addresses call for.
        expected: usize,
    },
    /// The number of new pages is not the number of old ones.
    #[error("{found} new pages for {expected} old ones")]
    NewPages {
        /// New pages given.
        found: usize,
        /// Old pages opened.
        expected: usize,
    },
}

/// An inner node between the two states. The children of a node that is not computed are equal before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Distance from the root, whose level is 0.
    pub level: u32,
    /// Place within the level, from the left.
    pub index: u64,
    /// Left and right child before.
    pub old: [F; 8],
    /// Left and right child after.
    pub new: [F; 8],
    /// The left child is a page of the set or an opened node.
    pub left_computed: bool,
    /// The right child is a page of the set or an opened node.
    pub right_computed: bool,
}

/// Pages with every opened node above them, as one old root has them.
#[derive(Clone, Debug)]
pub struct OpenedPages {
    pages: usize,
    root: Digest,
    /// From the level above the pages up to the root; `new` equals `old` still.
    levels: Vec<Vec<Node>>,
}

/// What became of opened pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdatedPages {
    /// The root before.
    pub old_root: Digest,
    /// The root after.
    pub new_root: Digest,
    /// Every opened node, the root first, then by level, each level from left to right.
    pub nodes: Vec<Node>,
}

/// The parents of strictly rising indices, each once; with `root`, index 0 even if there are none.
pub(crate) fn parents(indices: &[u64], root: bool) -> Vec<u64> {
    let mut parents: Vec<u64> = indices.iter().map(|index| index / 2).collect();
    parents.dedup();
    if root && parents.is_empty() {
        parents.push(0);
    }
    parents
}

/// Siblings and opened nodes that a set of addresses in a tree of `depth` calls for; the addresses rise strictly.
#[must_use]
pub fn counts(depth: u32, addresses: &[u64]) -> (usize, usize) {
    let (mut siblings, mut nodes, mut known) = (0, 0, addresses.to_vec());
    for height in 0..depth {
        let above = parents(&known, height + 1 == depth);
        siblings += 2 * above.len() - known.len();
        nodes += above.len();
        known = above;
    }
    (siblings, nodes)
}

impl MultiProof {
    /// Computes the root that old pages, by strictly rising address, have under these siblings.
    ///
    /// # Errors
    /// If the addresses do not rise or leave the tree, or the number of siblings is wrong. Content is not judged here:
    /// wrong content gives another root.
    pub fn open(&self, depth: u32, pages: &[(u64, Page)]) -> Result<OpenedPages, ProofError> {
        if !(MIN_DEPTH..=MAX_DEPTH).contains(&depth) {
            return Err(TreeError::Depth(depth).into());
        }
        check_addresses(depth, pages.iter().map(|(address, _)| *address))?;
        let mut known: Vec<u64> = pages.iter().map(|(address, _)| *address).collect();
        let (expected, _) = counts(depth, &known);
        if expected != self.siblings.len() {
            return Err(ProofError::Siblings { found: self.siblings.len(), expected });
        }
        let mut siblings = self.siblings.iter().copied();
        let contents: Vec<Page> = pages.iter().map(|(_, page)| *page).collect();
        let mut digests = compress_all(&contents);
        let mut levels = Vec::with_capacity(depth as usize);
        for level in (0..depth).rev() {
            let above = parents(&known, level == 0);
            let mut below = known.iter().zip(&digests).peekable();
            let mut child = |index: u64| match below.next_if(|(known, _)| **known == index) {
                Some((_, digest)) => (*digest, true),
                // The count was checked above, so a sibling is there; zeros would only give another root.
                None => (siblings.next().unwrap_or_default(), false),
            };
            let nodes: Vec<Node> = above
                .iter()
                .map(|&index| {
                    let (left, left_computed) = child(2 * index);
                    let (right, right_computed) = child(2 * index + 1);
                    let children = join(left, right);
                    Node { level, index, old: children, new: children, left_computed, right_computed }
                })
                .collect();
            let inputs: Vec<[F; 8]> = nodes.iter().map(|node| node.old).collect();
            digests = compress_all(&inputs);
            levels.push(nodes);
            known = above;
        }
        // One digest is left: the root is opened even for no page.
        let root = digests.first().copied().unwrap_or_default();
        Ok(OpenedPages { pages: pages.len(), root, levels })
    }
}

impl OpenedPages {
    /// The root that the pages were opened under. They are proven only if it is a root that the caller trusts.
    pub fn root(&self) -> Digest {
        self.root
    }

    /// Replaces all pages, in the order in which they were opened, and recomputes every node.
    ///
    /// # Errors
    /// [`ProofError::NewPages`] if there are more or fewer than were opened.
    pub fn update(self, pages: &[Page]) -> Result<UpdatedPages, ProofError> {
        if pages.len() != self.pages {
            return Err(ProofError::NewPages { found: pages.len(), expected: self.pages });
        }
        let mut digests = compress_all(pages);
        let mut levels = self.levels;
        for nodes in &mut levels {
            let mut below = digests.iter();
            for node in nodes.iter_mut() {
                let (left, right) = node.new.split_at_mut(4);
                for (half, computed) in [(left, node.left_computed), (right, node.right_computed)] {
                    if let Some(digest) = computed.then(|| below.next()).flatten() {
                        half.copy_from_slice(digest);
                    }
                }
            }
            let inputs: Vec<[F; 8]> = nodes.iter().map(|node| node.new).collect();
            digests = compress_all(&inputs);
        }
        let new_root = digests.first().copied().unwrap_or_default();
        let nodes = levels.into_iter().rev().flatten().collect();
        Ok(UpdatedPages { old_root: self.root, new_root, nodes })
    }
}
