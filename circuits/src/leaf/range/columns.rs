//! Columns of the range table.

crate::columns! {
    /// One value.
    pub struct Columns {
        /// The row's number.
        value,
        /// How often it is looked up.
        uses,
    }
}
