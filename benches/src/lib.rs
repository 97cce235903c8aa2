//! What benchmarks, reports and the count test share.
//!
//! * [`counts`]: numbers that follow from the code alone, pinned in `benches/counts.json`.
//! * [`model`]: what the cost model predicted before the circuits were built.
//! * [`figures`]: what a report holds: quantities with the range of their repetitions, and where they were measured.
//! * [`comparison`]: what changed between two reports beyond noise.
//! * [`chunk`], [`clock`]: chunks of made-up traffic, and time on processors.
//! * [`machine`], [`chart`]: a machine in words, and bars in a picture.

#![forbid(unsafe_code)]

pub mod chart;
pub mod chunk;
pub mod clock;
pub mod comparison;
pub mod counts;
pub mod figures;
pub mod machine;
pub mod model;
