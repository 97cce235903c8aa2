//! Contracts: from text to programs to the rows of the proof's tables.
//!
//! A value flows one way: text → tree → [`program::Program`] → [`rom::Rom`] → [`registry::Registry`].
//!
//! | module | idea |
//! |---|---|
//! | `syntax` | text to tree, with the place of everything |
//! | `library`, [`layout`] | what files declare, and who sees it |
//! | `compile` | a tree to rows: forms over named values, checks inserted where values are needed |
//! | [`program`] | straight-line rows, pages, messages, records: what executor and tables read |
//! | [`rom`] | programs as rows of the three preprocessed tables, and their digests |
//! | [`check`] | what safety needs, derived again from the table rows alone |
//! | [`registry`] | all programs of a chain, numbered |
//! | [`summary`], [`diagnostic`] | what a program costs and does; what is wrong with a text |
//!
//! The compiler inserts every check that safety needs, and the registry proves over the finished rows that they are there, so
//! no compiler is trusted: not for conservation of assets, nor for who must sign, nor for the types of pages, nor for inbox
//! programs accepting everything. What rows cannot say is which file may write which layout: that is the compiler's rule
//! alone, so a registry takes texts, and rows only from whoever it would take texts from.
//!
//! Three things the language has beside its reference: `inbox program name = kind (..)` states the stable kind number of an
//! inbox entry (otherwise the next free one); a `close` and every look at a holding's amount need the holding's tag
//! tested; the asset of a `move` has at most 48 bits by its type, and that into `fees` is NATIVE.
//!
//! The texts of the built-in registry and of further contracts stand in `sources/`.

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
