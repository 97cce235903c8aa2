//! braid-state-tree
