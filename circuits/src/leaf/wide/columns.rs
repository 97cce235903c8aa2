//! Columns of the wide chip: numbers as limbs of 16 bits, lowest first.

use super::LIMBS;

crate::columns! {
    /// One multiplication and division.
    pub struct Columns {
        /// How often the statement is used; free.
        uses,
        /// Whether the quotient is rounded up.
        up,
        /// First factor.
        a: [LIMBS],
        /// Second factor.
        b: [LIMBS],
        /// Divisor.
        c: [LIMBS],
        /// Quotient.
        q: [LIMBS],
        /// What remains (down) or what was missing (up).
        r: [LIMBS],
        /// `c − r − 1`.
        gap: [LIMBS],
        /// Carry after 32 bits, offset, in two limbs.
        carry_0: [2],
        /// Carry after 64 bits, offset, in two limbs.
        carry_1: [2],
    }
}
