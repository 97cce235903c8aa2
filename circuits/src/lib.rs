//! The circuits of Braid: the chips of the leaf proof and the recursion circuits over them.

#![forbid(unsafe_code)]

pub mod leaf;
pub mod recursion;
pub mod stark;
