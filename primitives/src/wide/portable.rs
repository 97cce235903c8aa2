//! Plonky3's packed arithmetic, reduced at every step.

use crate::F;
use crate::sums::Packed;
use p3_field::PrimeCharacteristicRing;

#[derive(Clone, Copy)]
pub(super) struct Factor(F);

impl Factor {
    pub(super) fn new(x: F) -> Self {
        Self(x)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Wide(Packed);

impl Wide {
    #[inline(always)]
    pub(super) fn of(elements: &Packed) -> Self {
        Self(*elements)
    }

    #[inline(always)]
    pub(super) fn product(elements: &Packed, factor: &Factor) -> Self {
        Self(*elements * factor.0)
    }

    #[inline(always)]
    pub(super) fn turn(self, exponent: u32) -> Self {
        Self(self.0.mul_2exp_u64(exponent.into()))
    }

    #[inline(always)]
    pub(super) fn split(self, other: Self, exponent: u32) -> (Self, Self) {
        let other = other.turn(exponent);
        (Self(self.0 + other.0), Self(self.0 - other.0))
    }

    #[inline(always)]
    pub(super) fn join(self, other: Self, exponent: u32) -> (Self, Self) {
        (Self(self.0 + other.0), Self(self.0 - other.0).turn(exponent))
    }

    #[inline(always)]
    pub(super) fn packed(self) -> Packed {
        self.0
    }
}
