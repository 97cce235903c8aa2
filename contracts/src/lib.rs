//! Contracts: from text to programs to the rows of the proof's tables.
//!
//! A value flows one way: text → syntax tree → [`program::Program`] → [`registry::Registry`] → [`rom::Rom`].
//! The compiler inserts every check that safety needs; the registry derives from the finished programs alone that they
//! are there, so that no compiler is trusted.

#![forbid(unsafe_code)]

pub mod check;
mod compile;
pub mod diagnostic;
mod form;
pub mod layout;
mod library;
pub mod program;
pub mod registry;
pub mod rom;
pub mod summary;
mod syntax;
mod text;

pub use diagnostic::Diagnostics;
pub use program::Program;
pub use registry::Registry;
pub use rom::Rom;
