//! The circuits of Braid: the chips of the leaf proof and the recursion circuits over them.

pub mod leaf;
pub mod recursion;
pub mod stark;
