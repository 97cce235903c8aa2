//! The whole state in memory: every page and every digest above it.

use crate::multiproof::MultiProof;
use crate::region::Region;
use crate::{MAX_DEPTH, MIN_DEPTH};
use braid_primitives::{Digest, F, Page, poseidon2};
use p3_field::PrimeCharacteristicRing;
use thiserror::Error;

/// Why a tree refuses a request. It is unchanged then.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TreeError {
    /// The depth is not between [`MIN_DEPTH`] and [`MAX_DEPTH`].
    #[error("depth {0} is not between {MIN_DEPTH} and {MAX_DEPTH}")]
    Depth(u32),
    /// The address is not below `2^depth`.
    #[error("address {address} is not below 2^{depth}")]
    OutOfRange {
        /// The address asked for.
        address: u64,
        /// The tree's depth.
        depth: u32,
    },
    /// Addresses must rise strictly; this one does not.
    #[error("address {0} is not greater than the one before it")]
    NotSorted(u64),
}

/// A binary tree of fixed depth over pages; all of it in memory, dense from the first page of each half up.
///
/// A page in use costs 64 bytes and about 64 more for the digests above it.
#[derive(Clone, Debug)]
pub struct Tree {
    depth: u32,
    lower: Region,
    upper: Region,
    root: Digest,
}

impl Tree {
    /// A tree of zero pages.
    ///
    /// # Errors
    /// [`TreeError::Depth`] outside of [`MIN_DEPTH`]..=[`MAX_DEPTH`].
    pub fn new(depth: u32) -> Result<Self, TreeError> {
        if !(MIN_DEPTH..=MAX_DEPTH).contains(&depth) {
            return Err(TreeError::Depth(depth));
        }
        let root = poseidon2::empty_subtree(depth as usize);
        Ok(Self { depth, lower: Region::new(depth), upper: Region::new(depth), root })
    }

    /// Levels below the root.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// The digest of the whole state.
    pub fn root(&self) -> Digest {
        self.root
    }

    /// The page at `address`; zeros if never written, and for an address outside of the tree.
    #[inline]
    pub fn page(&self, address: u64) -> Page {
        let (region, offset) = self.locate(0, address);
        region.pages.get(offset)
    }

    /// All pages that are not zero, by rising address.
    pub fn pages(&self) -> impl Iterator<Item = (u64, &Page)> {
        let half = 1u64 << (self.depth - 1);
        let lower = self.lower.pages.iter().map(|(offset, page)| (offset as u64, page));
        let upper = self.upper.pages.iter().map(move |(offset, page)| (half + offset as u64, page));
        lower.chain(upper).filter(|(_, page)| **page != [F::ZERO; 8])
    }

    /// Writes pages, given by strictly rising address.
    ///
    /// Changed leaves are hashed first, then each level once; nodes of a level in parallel. A page may be given
    /// unchanged, at the cost of hashing its path.
    ///
    /// # Errors
    /// [`TreeError::OutOfRange`] or [`TreeError::NotSorted`]; nothing was written then.
    pub fn update(&mut self, changes: &[(u64, Page)]) -> Result<(), TreeError> {
        check_addresses(self.depth, changes.iter().map(|(address, _)| *address))?;
        if changes.is_empty() {
            return Ok(());
        }
        let half = 1u64 << (self.depth - 1);
        let (lower, upper) = changes.split_at(changes.partition_point(|(address, _)| *address < half));
        rayon::join(|| self.lower.update(0, lower), || self.upper.update(half, upper));
        self.root = poseidon2::compress(self.lower.top(), self.upper.top());
        Ok(())
    }

    /// The siblings that lead from the pages at strictly rising `addresses` to the root.
    ///
    /// # Errors
    /// [`TreeError::OutOfRange`] or [`TreeError::NotSorted`].
    pub fn prove(&self, addresses: &[u64]) -> Result<MultiProof, TreeError> {
        check_addresses(self.depth, addresses.iter().copied())?;
        let mut siblings = Vec::new();
        let mut known = addresses.to_vec();
        for height in 0..self.depth {
            // The root is always opened, even if no page is asked for.
            let last = height + 1 == self.depth;
            let parents = crate::multiproof::parents(&known, last);
            let mut known_at = known.iter().peekable();
            for parent in &parents {
                for child in [2 * parent, 2 * parent + 1] {
                    if known_at.next_if(|index| **index == child).is_none() {
                        siblings.push(self.digest(height, child));
                    }
                }
            }
            known = parents;
        }
        Ok(MultiProof { siblings })
    }

    /// The digest of the node at `height` above the pages.
    fn digest(&self, height: u32, index: u64) -> Digest {
        let (region, offset) = self.locate(height, index);
        match region.digests.get(height as usize) {
            Some(level) => level.get(offset),
            None => self.root,
        }
    }

    /// The half in which a node lies (its highest bit), and its place there.
    #[inline]
    fn locate(&self, height: u32, index: u64) -> (&Region, usize) {
        let half = 1u64 << (self.depth - 1 - height);
        if index < half { (&self.lower, index as usize) } else { (&self.upper, (index - half) as usize) }
    }
}

/// Addresses rise strictly and lie in a tree of this depth.
pub(crate) fn check_addresses(depth: u32, addresses: impl Iterator<Item = u64>) -> Result<(), TreeError> {
    let mut previous = None;
    for address in addresses {
        if address >> depth != 0 {
            return Err(TreeError::OutOfRange { address, depth });
        }
        if previous.is_some_and(|before| before >= address) {
            return Err(TreeError::NotSorted(address));
        }
        previous = Some(address);
    }
    Ok(())
}
