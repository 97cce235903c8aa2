//! Columns of the signature chip.

use super::{GROUPS, LINES};
use crate::columns;

columns! {
    /// One of the three rows of a signature, or one group of the sum of all responses.
    pub struct Columns {
        /// First row of a signature: its key, and the lower half of r·e.
        low,
        /// Second row: its nonce point and its randomizer.
        nonce,
        /// Third row: its key again, and the upper half of r·e.
        high,
        /// A group of the sum of all responses.
        flush,
        /// Number of that group; 0 on signatures.
        group,
        /// Transaction.
        tx,
        /// Message of the transaction, from 1.
        message,
        /// Encoding of the row's point: Q, R, Q; -G where a group is.
        w: [5],
        /// Its inverse.
        u: [5],
        /// Abscissa of the point.
        x: [5],
        /// Square root of the abscissa over 7.
        root: [5],
        /// How often the negated point counts, in bytes, lowest first: r·e below 2^128, r, r·e from there on; where a group is, its
        /// bytes in the first eight.
        digits: [16],
        /// Values of 16 bits: four carries of the product and limbs 0 to 5 of s; the eight limbs of e and limbs 6 to 11 of s; three
        /// carries and limbs 18, 19, 12 to 17 of s. Where a group is, its highest byte shifted by ten bits.
        checked: [14],
        /// The message digest and the quotients of e; the encoding of Q and the carry between the halves of r·e; in the third row
        /// the quotients of r in the last two.
        extra: [6],
        /// Group g of the sum of r·s over the signatures before, as integers that count 2^(24g); below the signatures shifted
        /// down by one a row.
        sums: [GROUPS],
    }
}

/// The row of a signature, counted from its first one, and the place in `checked` that limb `limb` of s stands in.
pub const fn response(limb: usize) -> (usize, usize) {
    match limb {
        0..18 => (limb / 6, 8 + limb % 6),
        _ => (LINES - 1, limb - 12),
    }
}
