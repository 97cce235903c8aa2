use crate::leaf::permutation;

crate::columns! {
    /// What a permutation of the tree is for; follows the permutation's own columns.
    pub struct Columns {
        /// The row opens a page as it was.
        leaf_old,
        /// The row recomputes a page as it is now.
        leaf_new,
        /// The row opens a node as it was.
        node_old,
        /// The row recomputes a node as it is now.
        node_new,
        /// The row is the root's old row.
        root,
        /// The left child is computed by rows of its own.
        left_computed,
        /// The right child is computed by rows of its own.
        right_computed,
        /// Distance from the root.
        level,
        /// Number within the level; a page's address.
        index,
        /// On a new leaf row: time of the last access.
        time,
    }
}

/// Columns of a row: the permutation, then [`Columns`].
pub const WIDTH: usize = permutation::WIDTH + Columns::<()>::WIDTH;
