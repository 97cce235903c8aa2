//! The Goldilocks field, p = 2^64 − 2^32 + 1, in portable scalar arithmetic.

use core::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// p = 2^64 − 2^32 + 1.
pub const MODULUS: u64 = 0xffff_ffff_0000_0001;

/// 2^64 mod p = 2^32 − 1.
const EPSILON: u64 = 0xffff_ffff;

/// The generator of the multiplicative group that plonky2 shifts its evaluation cosets by.
pub const COSET_SHIFT: Goldilocks = Goldilocks(14293326489335486720);

/// plonky2's generator of the subgroup of order 2^32. (Other libraries choose other ones.)
const TWO_ADIC_GENERATOR: Goldilocks = Goldilocks(7277203076849721926);

/// log2 of the largest power of two that divides p − 1.
pub const TWO_ADICITY: usize = 32;

/// A field element; the number inside is always below [`MODULUS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Goldilocks(u64);

/// The residue of a 128-bit number, itself below 2^64 but not necessarily below p.
#[inline(always)]
pub(crate) fn reduce_wide(x: u128) -> u64 {
    let low = x as u64;
    let high = (x >> 64) as u64;
    // 2^64 = 2^32 − 1 and 2^96 = −1 modulo p.
    let (mut difference, borrow) = low.overflowing_sub(high >> 32);
    if borrow {
        difference = difference.wrapping_sub(EPSILON);
    }
    let (sum, carry) = difference.overflowing_add((high & EPSILON) * EPSILON);
    // The product is at most (2^32 − 1)^2, so that adding EPSILON after a carry cannot carry again.
    if carry { sum.wrapping_add(EPSILON) } else { sum }
}

#[inline(always)]
const fn canonical(x: u64) -> u64 {
    if x >= MODULUS { x - MODULUS } else { x }
}

impl Goldilocks {
    /// 0.
    pub const ZERO: Self = Self(0);
    /// 1.
    pub const ONE: Self = Self(1);

    /// The element with this number, which must be below [`MODULUS`].
    #[inline]
    pub const fn from_canonical(value: u64) -> Option<Self> {
        if value < MODULUS { Some(Self(value)) } else { None }
    }

    /// The residue of any number.
    #[inline]
    pub const fn new(value: u64) -> Self {
        Self(canonical(value))
    }

    /// The number, below [`MODULUS`].
    #[inline(always)]
    pub const fn value(self) -> u64 {
        self.0
    }

    /// x^(2^log).
    pub fn power_of_two(self, log: usize) -> Self {
        (0..log).fold(self, |x, _| x * x)
    }

    /// x^exponent.
    pub fn power(self, exponent: u64) -> Self {
        let mut result = Self::ONE;
        for bit in (0..64 - exponent.leading_zeros()).rev() {
            result *= result;
            if exponent >> bit & 1 == 1 {
                result *= self;
            }
        }
        result
    }

    /// 1/x, and 0 for 0.
    pub fn inverse(self) -> Self {
        self.power(MODULUS - 2)
    }

    /// plonky2's generator of the subgroup of order 2^log; `log` above [`TWO_ADICITY`] is taken as that.
    pub fn two_adic_generator(log: usize) -> Self {
        TWO_ADIC_GENERATOR.power_of_two(TWO_ADICITY.saturating_sub(log))
    }
}

impl Add for Goldilocks {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let (sum, carry) = self.0.overflowing_add(other.0);
        // With a carry the true sum is below 2p, so that one subtraction of p (adding 2^64 − p) suffices.
        if carry { Self(sum.wrapping_add(EPSILON)) } else { Self(canonical(sum)) }
    }
}

impl Sub for Goldilocks {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let (difference, borrow) = self.0.overflowing_sub(other.0);
        Self(if borrow { difference.wrapping_add(MODULUS) } else { difference })
    }
}

impl Mul for Goldilocks {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(canonical(reduce_wide(u128::from(self.0) * u128::from(other.0))))
    }
}

impl Neg for Goldilocks {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl AddAssign for Goldilocks {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Goldilocks {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl MulAssign for Goldilocks {
    #[inline(always)]
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDGES: [u64; 9] = [0, 1, 2, EPSILON, EPSILON + 1, 1 << 63, MODULUS - EPSILON, MODULUS - 2, MODULUS - 1];

    fn wide(x: u128) -> u64 {
        (x % u128::from(MODULUS)) as u64
    }

    #[test]
    fn agrees_with_wide_arithmetic_at_the_edges() {
        for a in EDGES {
            for b in EDGES {
                let (x, y) = (Goldilocks::new(a), Goldilocks::new(b));
                assert_eq!((x + y).value(), wide(u128::from(a) + u128::from(b)));
                assert_eq!((x * y).value(), wide(u128::from(a) * u128::from(b)));
                assert_eq!((x - y).value(), wide(u128::from(a) + u128::from(MODULUS) - u128::from(b)));
            }
        }
        assert_eq!(u128::from(reduce_wide(u128::MAX)) % u128::from(MODULUS), u128::MAX % u128::from(MODULUS));
    }

    #[test]
    fn inverses_and_roots_of_unity() {
        for a in EDGES.into_iter().skip(1) {
            let x = Goldilocks::new(a);
            assert_eq!(x * x.inverse(), Goldilocks::ONE);
        }
        assert_eq!(Goldilocks::ZERO.inverse(), Goldilocks::ZERO);
        for log in 1..=TWO_ADICITY {
            let g = Goldilocks::two_adic_generator(log);
            assert_eq!(g.power(1 << (log - 1)), -Goldilocks::ONE);
        }
    }

    #[test]
    fn refuses_numbers_that_are_not_reduced() {
        assert_eq!(Goldilocks::from_canonical(MODULUS), None);
        assert_eq!(Goldilocks::from_canonical(u64::MAX), None);
    }
}
