//! Columns of the cpu.

crate::columns! {
    /// Flags of an instruction, in the order of their bits in the instruction table's flags word.
    pub struct Flags {
        /// `out = a + b + k`.
        add,
        /// `out = a − b + k`.
        sub,
        /// `out = b − a + k`.
        reverse_sub,
        /// `out = a · (b + k)`.
        mul,
        /// `out = c ? a : b`.
        select,
        /// `out = [a − b + k = 0]`.
        is_equal,
        /// `out = [a < b]`.
        less,
        /// `out = floor(a · b / c)`.
        mul_div,
        /// `out = ceil(a · b / c)`.
        mul_div_up,
        /// `out = a`, which is a fee.
        fee,
        /// The output is proven to be 0.
        zero,
        /// Slot a reads a local.
        read_a,
        /// Slot b reads a local.
        read_b,
        /// Slot c reads a local.
        read_c,
        /// Slot b is the time.
        now,
        /// Slot b is the block's number.
        block,
        /// Slot b is what fees were collected before the batch.
        fees_before,
        /// Slot b is 2^(36 − depth).
        scale,
        /// First instruction of its program.
        start,
        /// Last instruction of its program.
        last,
        /// First instruction of a program with pages.
        call_page,
        /// Limb 1 is used.
        limb_1,
        /// Limb 2 is used.
        limb_2,
        /// Limb 3 is used.
        limb_3,
        /// Last instruction of an inbox program.
        inbox,
    }
}

impl<T: Copy> Flags<T> {
    /// The flags that say what is computed, of which an instruction has exactly one.
    pub fn operations(&self) -> [T; 10] {
        let Self { add, sub, reverse_sub, mul, select, is_equal, less, mul_div, mul_div_up, fee, .. } = *self;
        [add, sub, reverse_sub, mul, select, is_equal, less, mul_div, mul_div_up, fee]
    }

    /// The flags that put a context value in slot b, in the order of the public values.
    pub fn contexts(&self) -> [T; 4] {
        [self.now, self.block, self.fees_before, self.scale]
    }
}

/// Number of flags.
pub const FLAGS: usize = Flags::<u8>::WIDTH;

crate::columns! {
    /// One instruction of one transaction.
    pub struct Columns {
        /// 1 in the first row of the table, else 0.
        first,
        /// Number of transactions finished before this row: the transaction's index in the chunk.
        tx,
        /// Number of the program.
        prog,
        /// Number of the instruction in its program.
        pc,
        /// See [`Flags`].
        flags: [FLAGS],
        /// Local id that slot a reads.
        ref_a,
        /// Local id that slot b reads.
        ref_b,
        /// Local id that slot c reads.
        ref_c,
        /// Immediate.
        k,
        /// Value in slot a.
        a,
        /// Value in slot b.
        b,
        /// Value in slot c.
        c,
        /// Output.
        out,
        /// How often the output is read.
        uses,
        /// Inverse of `a − b + k` in an `is_equal` row where that is not 0.
        inverse,
        /// The checked value in limbs of 16 bits, lowest first.
        limbs: [4],
        /// What moves the top limb's highest allowed bit to bit 15.
        shift,
        /// The top limb times `shift`.
        top,
        /// Outbox records of the program; only on its last instruction.
        emits,
        /// Inbox entries of the transactions before.
        n_in,
        /// Outbox records of the transactions before.
        n_out,
        /// Fees collected before this row.
        fees,
    }
}
