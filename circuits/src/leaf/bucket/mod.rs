//! Buckets: every term digit · 256^window · P of the sum of all signatures is added to the bucket of its window and digit.
//!
//! Each row is one complete addition: its accumulator plus its addend is the next row's accumulator. Rows go through the windows from
//! 0 to 58 and, in each, through the digits from 255 down to 0. For a digit there are its points, in any order and number, and
//! then one marker. The accumulator begins each window as the neutral and is kept from digit to digit, so that at the
//! marker of digit d it is the sum of all points of the window with a digit of d or more. The marker sends it, (`Running`,
//! window, digit, acc), for digits 255 to 1; the sum of these over all digits is the sum of digit · P, since the point
//! of digit d is in d of them. No bucket is closed, compared or sorted.
//!
//! # Soundness
//!
//! *Keys.* The first row is in window 0 at digit 255. Within a window a row of a point leaves the key as it is, a marker goes to digit − 1,
//! and a row follows in any case. A row `last` is a marker of digit 0; after it the next window begins at digit 255, or, in
//! window 58 only, padding. A walk that passes digit 0 without `last` goes on downwards for ever: digit 0 does not come
//! back within p rows, only `last` ends a window, and the table must not end within one. So real rows
//! come first, and in them each key of windows 0 to w, for some w ≥ 58, has exactly one marker, below its points. More
//! windows than 58 would send running sums that nobody receives; so w = 58.
//!
//! *Points.* A row of a point receives (`Point`, window, digit, x, u) once: the bus balances if these rows are the messages of the
//! signature chip, each as often as it was sent, and none with a digit beyond 255 or a window beyond 58, where no row is.
//! A row is a point or a marker and not both, and padding is neither.
//!
//! *Sums.* The law holds between all neighbouring rows without a selector. It is complete on the group, and all points are in
//! the group: the first accumulator is the neutral, addends of points are decoded by the signature chip, those of markers
//! are the neutral (0, 0), or after digit 0 the opposite of the accumulator, which makes the next one the neutral.
//!
//! *Count.* A marker of digit 255 to 1 sends once, whether its bucket is empty or not, and the combine chip receives one for
//! each key: none can be left out or doubled.

mod air;
mod columns;
mod rows;

pub use air::Bucket;
pub use columns::Columns;
pub use rows::rows;

/// Windows of eight bits: eight bytes of each of 18 groups that lie 24 bits apart.
pub const WINDOWS: usize = 59;
/// Digits of a window.
pub const RADIX: usize = 256;

#[cfg(test)]
mod tests;
