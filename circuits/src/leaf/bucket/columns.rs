//! Columns of the bucket chip.

use crate::leaf::curve::Addition;

crate::columns! {
    /// One addition, and where its point belongs.
    pub struct Columns {
        /// Window.
        window,
        /// Digit.
        digit,
        /// A point is added.
        point,
        /// All points of this digit and the larger ones are in the accumulator.
        marker,
        /// The marker of digit 0, after which the next window begins.
        last,
        /// The addition.
        sum: {Addition},
    }
}
