crate::columns! {
    /// One access of one page.
    pub struct Columns {
        /// The row belongs to a transaction.
        real,
        /// Transaction, counted in the chunk from 0.
        tx,
        /// Program number.
        program,
        /// Page number within the program.
        k,
        /// First page of the program.
        first,
        /// Last page of the program.
        last,
        /// The old tag must be `tag`.
        must,
        /// The old tag may be `tag`, or 0.
        may,
        /// The old page must be empty.
        empty,
        /// The slot is a local.
        slot_is_local,
        /// The page holds a signer's key.
        signer,
        /// The account is a local.
        account_is_local,
        /// The new cell is a local.
        cell_is_local: [8],
        /// The account's local, or the account.
        account_source,
        /// The slot's local, or the slot.
        slot_source,
        /// Tag for the modes.
        tag,
        /// 15 less the greatest allowed slot.
        delta,
        /// Message that the key signs.
        message,
        /// The new cell's local, or its constant.
        cell_source: [8],
        /// Account number.
        account,
        /// Page of the account.
        slot,
        /// Limbs of the account, then of the account times the scale.
        limbs: [4],
        /// Time of the previous access.
        previous,
        /// Content before.
        old: [8],
        /// Content after.
        new: [8],
        /// Readers of each old cell.
        uses: [8],
        /// Inverse of the new tag, if it has one.
        inverse,
        /// 1 if the new tag is 0.
        cleared,
    }
}
