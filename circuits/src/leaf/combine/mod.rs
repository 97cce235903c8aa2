//! The sum of all signatures out of the running sums of their buckets, and that it is the neutral.
//!
//! Each row is one complete addition, as in [`super::bucket`]. What is added is fixed by two preprocessed columns: the running
//! sum of a window and a digit, or the accumulator. From the highest window down: eight doublings, then the running sums of
//! digits 255 to 1. The last row's accumulator is the sum over all windows w of 256^w times their bucket sums. The table has
//! 2^16 rows in every shape; the rows before the first window double the neutral.
//!
//! # Soundness
//!
//! The accumulator is the neutral in the first row and in the last. (`Running`, key, ..) is received once for every key of windows 0
//! to 58 and digits 1 to 255, each in the one row that the preprocessed columns give it, and sent once by the bucket chip, which
//! proves that it is a sum of points of the group. So the law is complete here too, and what the last row says is that the
//! sum of all terms of the signature chip, each as often as digit · 256^window, is the neutral.

mod air;
mod rows;
mod schedule;

pub use air::Combine;
pub use rows::rows;

/// The columns of the chip are those of an addition.
pub use crate::leaf::curve::Addition as Columns;

/// Rows of the table in every shape.
pub const HEIGHT: usize = 1 << 16;

#[cfg(test)]
mod tests;
