//! Columns of the combine chip.

crate::columns! {
    /// One addition: `acc` + `addend` is the next row's `acc`.
    pub struct Columns {
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
