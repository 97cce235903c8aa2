//! What each row of the combine chip adds.

use super::HEIGHT;
use crate::leaf::bucket::{RADIX, WINDOWS};

/// Doublings between a window and the next lower one.
const DOUBLINGS: usize = 8;
/// Rows of a window: doublings, then the running sums of digits 255 to 1.
const BLOCK: usize = DOUBLINGS + RADIX - 1;

const _: () = assert!(WINDOWS * BLOCK < HEIGHT, "all windows fit, and a row for the result");

/// The window and the digit whose running sum a row adds; `None` where it doubles.
///
/// Windows from the highest down, so that the last row has the sum. The rows before them double the neutral.
pub fn addend(row: usize) -> Option<(usize, usize)> {
    let at = row.checked_sub(HEIGHT - 1 - WINDOWS * BLOCK)?;
    let (block, step) = (at / BLOCK, at % BLOCK);
    let window = (WINDOWS - 1).checked_sub(block)?;
    let index = step.checked_sub(DOUBLINGS)?;
    Some((window, RADIX - 1 - index))
}
