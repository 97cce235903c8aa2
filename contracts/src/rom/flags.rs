//! Bits of the flag columns. A flag column holds the sum of `2^bit` over the flags that are set.

/// Bits of an instruction row's flags.
pub mod instruction_flag {
    /// First of ten bits, one for each [`crate::program::Operation`] in its order.
    pub const OPERATION: u32 = 0;
    /// The output is 0.
    pub const ZERO: u32 = 10;
    /// Slot `a` reads a local.
    pub const READ_A: u32 = 11;
    /// Slot `b` reads a local.
    pub const READ_B: u32 = 12;
    /// Slot `c` reads a local.
    pub const READ_C: u32 = 13;
    /// Slot `b` reads the time.
    pub const NOW: u32 = 14;
    /// Slot `b` reads the block number.
    pub const BLOCK: u32 = 15;
    /// Slot `b` reads the fees collected before the batch.
    pub const FEES_BEFORE: u32 = 16;
    /// Slot `b` reads 2^(36 − depth).
    pub const SCALE: u32 = 17;
    /// First row of a program.
    pub const START: u32 = 18;
    /// Last row of a program.
    pub const LAST: u32 = 19;
    /// The program has pages; on the first row only.
    pub const CALL_PAGE: u32 = 20;
    /// First of three bits: the second, third and fourth limb of the range check are in use.
    pub const LIMB: u32 = 21;
    /// The program takes an inbox entry; on the last row only.
    pub const INBOX: u32 = 24;
}

/// Bits of a page row's flags.
pub mod page_flag {
    /// First page of the program.
    pub const FIRST: u32 = 0;
    /// Last page of the program.
    pub const LAST: u32 = 1;
    /// Old cell 0 is the tag.
    pub const MUST: u32 = 2;
    /// Old cell 0 is the tag, or the old page is empty.
    pub const MAY: u32 = 3;
    /// The old page is empty.
    pub const EMPTY: u32 = 4;
    /// The slot is a local.
    pub const SLOT_IS_LOCAL: u32 = 5;
    /// The page's key signs a message.
    pub const SIGNER: u32 = 6;
    /// The account is a local.
    pub const ACCOUNT_IS_LOCAL: u32 = 7;
    /// First of eight bits: the new cell is a local.
    pub const CELL_IS_LOCAL: u32 = 8;
}

/// Bits of a schedule row's flags.
pub mod schedule_flag {
    /// First row of the program.
    pub const FIRST: u32 = 0;
    /// Last row of the program.
    pub const LAST: u32 = 1;
    /// First block of a stream: the sponge starts from the row's IV.
    pub const START: u32 = 2;
    /// Last block of a message.
    pub const END_MESSAGE: u32 = 3;
    /// Last block of a signature's challenge.
    pub const END_SIGNATURE: u32 = 4;
    /// A step of a chain, over the digest of the stream just above.
    pub const CHAIN: u32 = 5;
    /// The step is the data chain's.
    pub const DATA: u32 = 6;
    /// The step is the inbox chain's.
    pub const INBOX: u32 = 7;
    /// The step is the outbox chain's.
    pub const OUTBOX: u32 = 8;
    /// First of four bits: the element is a local that is read.
    pub const RECEIVE: u32 = 9;
    /// First of four bits: the element is an operand or hint, produced here.
    pub const PROVIDE: u32 = 13;
    /// The step is the chain's that the randomizers of all signatures are drawn from.
    pub const SEED: u32 = 17;
    /// The randomizer of the signature whose step is just above.
    pub const RANDOMIZER: u32 = 18;
}

/// Sum of `2^bit`.
pub(super) fn bits(flags: &[(u32, bool)]) -> u32 {
    flags.iter().filter(|(_, set)| *set).fold(0, |sum, (bit, _)| sum | 1 << bit)
}
