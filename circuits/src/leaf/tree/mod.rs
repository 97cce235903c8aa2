//! The tree chip: every touched page and every tree node above one, before and after the chunk.
//!
//! **Claim.** The rows open a set of pages under the old root, each address once, with their content before, and
//! recompute the new root from the same paths and their content after; nothing else of the tree changes.
//!
//! A row is one Poseidon2 permutation, `digest = first four of P(in) + in`. Rows come in adjacent pairs (old, new) for a
//! page ("leaf": `in` is the page) or a node (`in` is the two children), told apart by the flags `leaf_old`, `leaf_new`,
//! `node_old`, `node_new`; a row with none of them is padding and says nothing.
//!
//! **Pairs cannot be split.** `leaf_new' = leaf_old` and `node_new' = node_old` are equalities on every transition, the
//! first row is no new row and the last no old row; so each new row follows its old row and each old row has a new one.
//! Level and index are equal in a pair (SOUNDNESS B1.3).
//!
//! **One root.** The first row is the root: level 0, index 0, its two digests are the public roots. A node row receives
//! NODE(level + 1, 2·index (+ 1), old, new) for each child it declares computed, and every old row but the root sends
//! NODE of its own level and index. A message is received one level up; there are fewer rows than p, so each chain of
//! messages ends at the root, which alone withholds its own. Hence levels and indices are true integers of a tree, and by
//! induction from the root each (level, index) is opened at most once. A leaf's level is the depth, a public value, so an
//! inner node can never pass for a page, nor a page for a node.
//!
//! **Nothing else moves.** A child that is not computed has equal halves in the old and the new row.
//!
//! **Pages.** The old leaf row sends MEMORY(address, 0, page), the new one takes back MEMORY(address, last time, page):
//! the page chip's accesses lead from one to the other (see there). The last time is free: it must match a message.
//!
//! A leaf and a node are the same function, and a one-block sponge is that function without the feed-forward on an input
//! that a page can be chosen to equal. No receiver takes one for another: sponges live in a chip of their own, and
//! NODE, DIGEST and CHAIN have distinct tags.

mod air;
mod columns;
mod rows;
#[cfg(test)]
mod tests;

pub use air::TreeChip;
pub use columns::{Columns, WIDTH};
pub use rows::{height, rows};
