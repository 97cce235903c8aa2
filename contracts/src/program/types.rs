//! Types of operands, hints and cells.

/// Type of an operand, a hint or a page cell (CONTRACTS 1.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Type {
    /// Unsigned integer of that many bits, 1..=62.
    Unsigned(u8),
    /// Quanta of an asset: 62 bits.
    Amount,
    /// A fraction scaled by 10^12: 62 bits.
    Fixed,
    /// Seconds: 40 bits.
    Time,
    /// 0 or 1.
    Bool,
    /// Number of an account: 32 bits, and below 2^(depth − 4) where it addresses a page.
    Account,
    /// Page of an account, 1..=15.
    Slot,
    /// An asset or receipt: 48 bits.
    Asset,
    /// A number that only grows; below 2^62 because it is never set to more than a constant or one above.
    Counter,
    /// An element of the field, only compared and stored.
    Field,
    /// The end of validity of a transaction: 40 bits, proven by `until − now` having 40 bits.
    Until,
    /// Cell 0 of a page: an asset or 2^48 + the layout's number.
    Tag,
}

impl Type {
    /// Width in bits of the values, or `None` for any field element.
    pub const fn bits(self) -> Option<u8> {
        Some(match self {
            Self::Unsigned(bits) => bits,
            Self::Amount | Self::Fixed | Self::Counter => 62,
            Self::Time | Self::Until => 40,
            Self::Bool => 1,
            Self::Account => 32,
            Self::Slot => 4,
            Self::Asset => 48,
            Self::Tag => 49,
            Self::Field => return None,
        })
    }
}

impl core::fmt::Display for Type {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Unsigned(bits) => return write!(f, "u{bits}"),
            Self::Amount => "amount",
            Self::Fixed => "fixed",
            Self::Time => "time",
            Self::Bool => "bool",
            Self::Account => "account",
            Self::Slot => "slot",
            Self::Asset => "asset",
            Self::Counter => "counter",
            Self::Field => "field",
            Self::Until => "until",
            Self::Tag => "tag",
        })
    }
}
