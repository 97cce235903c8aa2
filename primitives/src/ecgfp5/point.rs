//! Points of the group: decoding, encoding, addition, and multiplication by scalars.

use super::fixed;
use super::fp5::Fp5;
use super::law::{B_SCALE, Fractional};
use super::scalar::Scalar;
use crate::F;
use p3_field::PrimeCharacteristicRing;

/// A point of the group in affine form; the neutral is (0, 0).
///
/// The functions here return points of the group when given points of the group, which [`Point::decode`] guarantees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Point {
    /// Affine x; 0 for the neutral.
    pub x: Fp5,
    /// x/y = 1/w; 0 for the neutral.
    pub u: Fp5,
}

/// Odd multiples kept for a digit of five bits: P, 3P, …, 15P.
const ODD: usize = 8;
const DIGIT_BITS: u32 = 5;

impl Point {
    /// The neutral, encoded as 0.
    pub const NEUTRAL: Self = Self { x: Fp5::ZERO, u: Fp5::ZERO };

    /// The conventional generator, with w = 4.
    pub const GENERATOR: Self = Self {
        x: Fp5([
            F::new(12883135586176881569),
            F::new(4356519642755055268),
            F::new(5248930565894896907),
            F::new(2165973894480315022),
            F::new(2448410071095648785),
        ]),
        // 1/4
        u: Fp5([F::new(13835058052060938241), F::ZERO, F::ZERO, F::ZERO, F::ZERO]),
    };

    /// b = 263z, the coefficient of the curve.
    pub const B: Fp5 = Fp5([F::ZERO, F::new(B_SCALE as u64), F::ZERO, F::ZERO, F::ZERO]);

    /// Whether this is the neutral.
    pub fn is_neutral(&self) -> bool {
        self.u.is_zero()
    }

    /// The point that `w` encodes, if any; 0 encodes the neutral.
    ///
    /// x is a root of x² - (w² - 2)x + b. The product b of both roots is no square, so exactly one root is none, and that is the
    /// one whose point lies in the group.
    pub fn decode(w: Fp5) -> Option<Self> {
        let Some(u) = w.inverse() else {
            return Some(Self::NEUTRAL);
        };
        let two = Fp5::ONE.double();
        let sum = w.square() - two;
        let root = (sum.square() - Self::B.double().double()).sqrt()?;
        let first = Fp5((sum + root).0.map(|coefficient| coefficient.halve()));
        let x = if first.is_square() { first - root } else { first };
        Some(Self { x, u })
    }

    /// w = y/x = 1/u, and 0 for the neutral.
    pub fn encode(&self) -> Fp5 {
        self.u.inverse().unwrap_or(Fp5::ZERO)
    }

    /// The sum, by the complete law.
    pub fn add(&self, other: &Self) -> Self {
        Self::from_fractional(Fractional::from(*self).add_affine(other))
    }

    /// The sum with itself.
    pub fn double(&self) -> Self {
        Self::from_fractional(Fractional::from(*self).double_times(1))
    }

    /// The opposite.
    pub fn negate(&self) -> Self {
        Self { x: self.x, u: -self.u }
    }

    /// `scalar` times this point.
    pub fn mul(&self, scalar: &Scalar) -> Self {
        Self::from_fractional(times(*self, scalar))
    }

    /// `scalar` times the generator, from the table of fixed multiples.
    pub fn mul_generator(scalar: &Scalar) -> Self {
        Self::from_fractional(fixed::add_generator(Fractional::NEUTRAL, scalar))
    }

    /// `s` times the generator plus `e` times `point`. Faster the shorter `e` is.
    pub fn double_mul(s: &Scalar, e: &Scalar, point: &Self) -> Self {
        Self::from_fractional(fixed::add_generator(times(*point, e), s))
    }

    fn from_fractional(point: Fractional) -> Self {
        // Neither divisor is 0 (completeness); were one, the result would be the neutral's coordinate.
        Self {
            x: point.x * point.z.inverse().unwrap_or(Fp5::ZERO),
            u: point.u * point.t.inverse().unwrap_or(Fp5::ZERO),
        }
    }
}

/// Whether `w` encodes `s·G + e·point` and that sum is not the neutral: [`Point::double_mul`] without an inversion.
pub(crate) fn double_mul_encodes(s: &Scalar, e: &Scalar, point: &Point, w: Fp5) -> bool {
    fixed::add_generator(times(*point, e), s).encodes(w)
}

/// `scalar · point` with sparse signed digits.
fn times(point: Point, scalar: &Scalar) -> Fractional {
    let first = Fractional::from(point);
    let double = first.double_times(1);
    let mut odd = [first; ODD];
    for i in 1..ODD {
        odd[i] = odd[i - 1].add(&double);
    }
    let mut result = Fractional::NEUTRAL;
    let mut pending = 0;
    for digit in scalar.sparse_digits(DIGIT_BITS).into_iter().rev() {
        pending += 1;
        if digit != 0 {
            result = result.double_times(pending);
            pending = 0;
            // An odd digit below 16 in absolute value: the index is below 8.
            let multiple = odd[usize::from(digit.unsigned_abs() / 2)];
            result = result.add(&if digit < 0 { multiple.negate() } else { multiple });
        }
    }
    result.double_times(pending)
}
