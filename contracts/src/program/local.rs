//! Names of values.

/// Where a local comes from. The number is part of every table, so a change of one changes every program digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Space {
    /// Operand by position; the last one is `until` where a default message is signed.
    Operand = 1,
    /// Value that the operator supplies and nobody signs, by position.
    Hint = 2,
    /// Output of the row with that number.
    Result = 3,
    /// Cell of a page before the transaction: index `8 · page + cell`.
    OldCell = 4,
    /// Part of a signature, index `32 · (message − 1) + j`: `j` 0..5 the commitment's encoding `w_R`, 5..10 the key's
    /// `w_Q`, 10..14 the message digest, 14..21 the response in words of 48 bits.
    Signing = 5,
}

/// Name of one value: `space · 2^16 + index`, as it stands in the tables. Zero is no local.
pub type LocalId = u32;

/// A [`LocalId`] taken apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Local {
    /// Who produces the value.
    pub space: Space,
    /// Which one, below 2^16.
    pub index: u16,
}

impl Local {
    /// Operand number `index`.
    pub const fn operand(index: u16) -> Self {
        Self { space: Space::Operand, index }
    }
    /// Hint number `index`.
    pub const fn hint(index: u16) -> Self {
        Self { space: Space::Hint, index }
    }
    /// Output of row `pc`.
    pub const fn result(pc: u16) -> Self {
        Self { space: Space::Result, index: pc }
    }
    /// Old content of `cell` (below 8) of page number `page`.
    pub const fn old_cell(page: u16, cell: u16) -> Self {
        Self { space: Space::OldCell, index: 8 * page + cell }
    }
    /// Element `j` (below 21) of the signature under `message` (from 1): commitment 5, key 5, digest 4, response 7.
    pub const fn signing(message: u16, j: u16) -> Self {
        Self { space: Space::Signing, index: 32 * (message - 1) + j }
    }
    /// The number that stands in the tables.
    pub const fn id(self) -> LocalId {
        (self.space as u32) << 16 | self.index as u32
    }
    /// The inverse of [`Local::id`]; `None` for a number that names nothing.
    pub const fn from_id(id: LocalId) -> Option<Self> {
        let space = match id >> 16 {
            1 => Space::Operand,
            2 => Space::Hint,
            3 => Space::Result,
            4 => Space::OldCell,
            5 => Space::Signing,
            _ => return None,
        };
        Some(Self { space, index: (id & 0xffff) as u16 })
    }
}
