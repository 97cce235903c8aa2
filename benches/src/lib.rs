//! What benchmarks and the count test share.
//!
//! * [`counts`]: numbers that follow from the code alone, pinned in `benches/counts.json`.
//! * [`model`]: what the cost model predicted before the circuits were built.

pub mod counts;
pub mod model;
