//! Columns of the bucket chip.

crate::columns! {
    /// One addition: `acc` + `addend` is the next row's `acc`.
    pub struct Columns {
        /// Window.
        window,
        /// Digit.
        digit,
        /// A point is added.
        point,
        /// All points of this digit and the larger ones are in `acc`.
        marker,
        /// The marker of digit 0, after which the next window begins.
        last,
        /// Accumulator.
        acc_x: [5],
        /// Accumulator.
        acc_u: [5],
        /// What is added.
        addend_x: [5],
        /// What is added.
        addend_u: [5],
        /// Product of the abscissas.
        t1: [5],
        /// Product of the u.
        t3: [5],
    }
}
