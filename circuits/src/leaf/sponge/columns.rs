use crate::leaf::permutation;

crate::columns! {
    /// What a permutation absorbs and for whom; follows the permutation's own columns.
    pub struct Columns {
        /// The row belongs to a transaction.
        real,
        /// Transaction, counted in the chunk from 0.
        tx,
        /// Program number.
        program,
        /// Row of the program's schedule.
        k,
        /// First row of the schedule.
        first,
        /// Last row of the schedule.
        last,
        /// A sponge starts.
        start,
        /// A message's digest is complete.
        end_message,
        /// A signature's challenge is complete.
        end_signature,
        /// Step of the data chain.
        is_data,
        /// Step of the inbox chain.
        is_inbox,
        /// Step of the outbox chain.
        is_outbox,
        /// Step of the seed chain.
        is_seed,
        /// Draws the randomizer of a signature.
        randomizer,
        /// The element is a local that is read.
        receive: [4],
        /// The element is an operand or hint, produced here.
        provide: [4],
        /// Number of the local, or the constant.
        element: [4],
        /// Initial vector on starting rows: domain and length, and two elements.
        iv: [3],
        /// Message number, or offset of the record.
        x,
        /// The block.
        value: [4],
        /// −1 for a read element, the number of readers for a produced one, else 0.
        count: [4],
        /// Inbox entries taken in before this transaction.
        inbox_before,
        /// Outbox records emitted before this transaction.
        outbox_before,
        /// Position of a chain step; that of the signature where its randomizer is drawn; on the first row of the table the
        /// number of all signatures.
        position,
        /// 1 in the first row of the table, else 0.
        origin,
    }
}

/// Columns of a row: the permutation, then [`Columns`].
pub const WIDTH: usize = permutation::WIDTH + Columns::<()>::WIDTH;
