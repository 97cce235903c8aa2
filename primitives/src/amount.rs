//! Amounts: integers below 2^62, in quanta of their asset.
//!
//! The bound leaves room for one addition: the sum of two amounts is below 2^63, hence below p, and never wraps in the
//! field. Circuits enforce the same bound with range checks.

use crate::F;
use p3_field::PrimeField64;
use thiserror::Error;

/// An amount of some asset, in its quantum; below 2^62.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u64);

/// The number does not fit an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{0} is not below 2^62")]
pub struct AmountTooLarge(pub u64);

impl Amount {
    /// Bits of an amount.
    pub const BITS: u32 = 62;
    /// No quanta.
    pub const ZERO: Self = Self(0);
    /// The largest amount, 2^62 - 1.
    pub const MAX: Self = Self((1 << Self::BITS) - 1);

    /// The amount of `quanta`, if below 2^62.
    pub const fn new(quanta: u64) -> Result<Self, AmountTooLarge> {
        if quanta <= Self::MAX.0 { Ok(Self(quanta)) } else { Err(AmountTooLarge(quanta)) }
    }

    /// The number of quanta.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The sum, if below 2^62.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::new(self.0 + other.0).ok()
    }

    /// The difference, if not negative.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

impl TryFrom<u64> for Amount {
    type Error = AmountTooLarge;

    fn try_from(quanta: u64) -> Result<Self, AmountTooLarge> {
        Self::new(quanta)
    }
}

impl TryFrom<F> for Amount {
    type Error = AmountTooLarge;

    fn try_from(element: F) -> Result<Self, AmountTooLarge> {
        Self::new(element.as_canonical_u64())
    }
}

impl From<Amount> for u64 {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

impl From<Amount> for F {
    fn from(amount: Amount) -> Self {
        F::new(amount.0)
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p3_field::PrimeCharacteristicRing;

    #[test]
    fn accepts_the_largest_and_no_more() {
        assert_eq!(Amount::new((1 << 62) - 1), Ok(Amount::MAX));
        assert_eq!(Amount::new(1 << 62), Err(AmountTooLarge(1 << 62)));
        assert_eq!(Amount::try_from(-F::ONE), Err(AmountTooLarge(crate::MODULUS - 1)));
        assert_eq!(Amount::try_from(F::new(crate::MODULUS)), Ok(Amount::ZERO));
    }

    #[test]
    fn arithmetic_stays_in_range() {
        let one = Amount(1);
        assert_eq!(Amount::MAX.checked_add(one), None);
        assert_eq!(Amount::MAX.checked_sub(one).and_then(|less| less.checked_add(one)), Some(Amount::MAX));
        assert_eq!(Amount::ZERO.checked_sub(one), None);
        assert_eq!(F::from(one), F::ONE);
    }
}
