//! The quadratic extension `F[X] / (X² − 7)` that challenges are drawn from, and the algebra with the same rule over it.
//!
//! Gates of plonky2 that compute with extension elements hold each as two wires. Evaluated outside the trace, each of
//! these wires is itself an extension element, hence [`Algebra`]: pairs of extension elements.

use core::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::field::Goldilocks;

/// The non-residue: X² = 7.
const W: Goldilocks = Goldilocks::new(7);

/// a + bX.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quadratic(pub Goldilocks, pub Goldilocks);

impl Quadratic {
    pub const ZERO: Self = Self(Goldilocks::ZERO, Goldilocks::ZERO);
    pub const ONE: Self = Self(Goldilocks::ONE, Goldilocks::ZERO);

    /// x^(2^log).
    pub fn power_of_two(self, log: usize) -> Self {
        (0..log).fold(self, |x, _| x * x)
    }

    /// x^exponent.
    pub fn power(self, exponent: usize) -> Self {
        let mut result = Self::ONE;
        for bit in (0..usize::BITS - exponent.leading_zeros()).rev() {
            result *= result;
            if exponent >> bit & 1 == 1 {
                result *= self;
            }
        }
        result
    }

    /// 1/x by the norm, or `None` for 0.
    pub fn inverse(self) -> Option<Self> {
        let norm = self.0 * self.0 - W * self.1 * self.1;
        // The norm of a non-zero element is not zero, since 7 is no square.
        if norm == Goldilocks::ZERO {
            return None;
        }
        let inverse = norm.inverse();
        Some(Self(self.0 * inverse, -self.1 * inverse))
    }
}

impl From<Goldilocks> for Quadratic {
    #[inline(always)]
    fn from(x: Goldilocks) -> Self {
        Self(x, Goldilocks::ZERO)
    }
}

impl Add for Quadratic {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }
}

impl Sub for Quadratic {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0, self.1 - other.1)
    }
}

impl Mul for Quadratic {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0 + W * (self.1 * other.1), self.0 * other.1 + self.1 * other.0)
    }
}

impl Mul<Goldilocks> for Quadratic {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Goldilocks) -> Self {
        Self(self.0 * other, self.1 * other)
    }
}

impl Add<Goldilocks> for Quadratic {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Goldilocks) -> Self {
        Self(self.0 + other, self.1)
    }
}

impl Neg for Quadratic {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(-self.0, -self.1)
    }
}

impl AddAssign for Quadratic {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Quadratic {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl MulAssign for Quadratic {
    #[inline(always)]
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

/// Σ `terms[i] · base^i`.
pub(crate) fn combine(terms: &[Quadratic], base: Quadratic) -> Quadratic {
    terms.iter().rev().fold(Quadratic::ZERO, |sum, &term| sum * base + term)
}

/// a + bY over the extension, with Y² = 7.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Algebra(pub Quadratic, pub Quadratic);

impl Algebra {
    pub const ONE: Self = Self(Quadratic::ONE, Quadratic::ZERO);

    pub fn scale(self, factor: Quadratic) -> Self {
        Self(self.0 * factor, self.1 * factor)
    }
}

impl From<Quadratic> for Algebra {
    fn from(x: Quadratic) -> Self {
        Self(x, Quadratic::ZERO)
    }
}

impl Add for Algebra {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }
}

impl Sub for Algebra {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0, self.1 - other.1)
    }
}

impl Mul for Algebra {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0 + self.1 * other.1 * W, self.0 * other.1 + self.1 * other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(seed: u64) -> Quadratic {
        Quadratic(Goldilocks::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)), Goldilocks::new(!seed << 7))
    }

    #[test]
    fn inverse_undoes_and_zero_has_none() {
        for seed in 1..50 {
            let x = sample(seed);
            assert_eq!(x.inverse().map(|inverse| inverse * x), Some(Quadratic::ONE));
        }
        assert_eq!(Quadratic::ZERO.inverse(), None);
    }

    #[test]
    fn powers_and_horner_agree() {
        let (x, y, z) = (sample(1), sample(2), sample(3));
        assert_eq!(combine(&[x, y, z], z), x + y * z + z.power(3));
        assert_eq!(x.power(8), x.power_of_two(3));
        assert_eq!(x.power(0), Quadratic::ONE);
    }

    #[test]
    fn the_algebra_extends_the_extension() {
        let (a, b) = (sample(4), sample(5));
        let lift = |x: Quadratic| Algebra(x.0.into(), x.1.into());
        assert_eq!(lift(a) * lift(b), lift(a * b));
        assert_eq!(lift(a) - lift(b) + lift(b), lift(a));
    }
}
