//! The state: an array of pages of 8 field elements, committed to by a binary tree of fixed depth.
//!
//! A page is a leaf; its address is `16 · account + slot`. The leaf hash is `compress(page[0..4], page[4..8])`, an
//! inner node is `compress(left, right)`, a page that was never written is zero, so a subtree nobody touched has a
//! digest known in advance. The depth is a chain parameter, [`MIN_DEPTH`] to [`MAX_DEPTH`].
//!
//! * [`Tree`] keeps every page and digest in memory, dense in both regions of account numbers, and applies a sorted
//!   set of page changes level by level on all cores.
//! * [`MultiProof`] carries a set of pages from one root to the next without the tree: whoever has the old pages and
//!   the proof recomputes both roots and every node between.
//! * [`snapshot`] writes the tree to a file, [`Store`] is the seam behind which durability lives.

#![forbid(unsafe_code)]

mod arena;
mod hashing;
pub mod multiproof;
mod region;
pub mod snapshot;
pub mod store;
mod tree;

pub use multiproof::{MultiProof, Node, OpenedPages, ProofError, UpdatedPages};
pub use snapshot::SnapshotError;
pub use store::{SnapshotStore, Store};
pub use tree::{Tree, TreeError};

/// Smallest depth of a tree, in levels below the root.
pub const MIN_DEPTH: u32 = 8;
/// Greatest depth of a tree, in levels below the root.
pub const MAX_DEPTH: u32 = 32;
/// Pages of one account: the header and 15 more.
pub const PAGES_PER_ACCOUNT: u64 = 16;

/// The first account number that only L1 hands out: `2^(depth − 5)`, the middle of the `2^(depth − 4)` accounts.
#[must_use]
pub const fn first_upper_account(depth: u32) -> u64 {
    1 << depth.saturating_sub(5)
}

/// Number of accounts, `2^(depth − 4)`.
#[must_use]
pub const fn account_count(depth: u32) -> u64 {
    1 << depth.saturating_sub(4)
}
