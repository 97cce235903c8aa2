//! Elements of GF(p^5) in the lanes of vectors: one operation on as many as a processor's vector holds.
//!
//! Sums are those of Plonky3's packed elements; products, which are all that costs, have 52-bit multiply-and-add instructions where
//! the crate is compiled for a processor that has them.

#[cfg(all(target_arch = "x86_64", target_feature = "avx512f", target_feature = "avx512ifma"))]
mod ifma;
#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "avx512f", target_feature = "avx512ifma"))))]
mod portable;

#[cfg(all(target_arch = "x86_64", target_feature = "avx512f", target_feature = "avx512ifma"))]
use ifma as backend;
#[cfg(not(all(target_arch = "x86_64", target_feature = "avx512f", target_feature = "avx512ifma")))]
use portable as backend;

use super::fp5::{FROBENIUS, Fp5};
use crate::F;
use crate::sums::{PACKED_LANES, Packed};
use p3_field::{Field, PackedValue, PrimeCharacteristicRing};
use std::ops::{Add, Mul, Neg, Sub};

/// Number of lanes.
pub const LANES: usize = PACKED_LANES;

/// An element of GF(p^5) in each lane, coefficient by coefficient.
#[derive(Clone, Copy, Debug)]
pub struct Lanes(pub [Packed; 5]);

impl Lanes {
    /// The same element in all lanes.
    pub(super) fn all(element: Fp5) -> Self {
        Self(element.0.map(Packed::from))
    }

    /// The element that `element` names for each lane.
    #[inline(always)]
    pub(super) fn from_fn(element: impl Fn(usize) -> Fp5) -> Self {
        let mut lanes = Self([Packed::ZERO; 5]);
        for lane in 0..LANES {
            lanes.set(lane, element(lane));
        }
        lanes
    }

    /// The element of a lane below [`LANES`].
    #[inline(always)]
    pub(super) fn lane(&self, lane: usize) -> Fp5 {
        Fp5(self.0.map(|coefficient| coefficient.as_slice()[lane]))
    }

    /// Replaces the element of a lane below [`LANES`].
    #[inline(always)]
    pub(super) fn set(&mut self, lane: usize, element: Fp5) {
        for (packed, coefficient) in self.0.iter_mut().zip(element.0) {
            packed.as_slice_mut()[lane] = coefficient;
        }
    }

    /// self².
    #[inline(always)]
    pub fn square(&self) -> Self {
        Self(backend::square(&self.0))
    }

    /// self^(2^count).
    pub(super) fn square_times(&self, count: u32) -> Self {
        (0..count).fold(*self, |value, _| value.square())
    }

    /// Half of self.
    pub(super) fn halve(&self) -> Self {
        Self(self.0.map(|coefficient| coefficient.halve()))
    }

    /// self times an element of GF(p) in each lane.
    pub(super) fn scale(&self, factor: Packed) -> Self {
        Self(self.0.map(|coefficient| coefficient * factor))
    }

    /// self^(p^POWER), for 1 ≤ POWER ≤ 4.
    pub(super) fn frobenius<const POWER: usize>(&self) -> Self {
        let row = const { FROBENIUS[POWER - 1] };
        Self(std::array::from_fn(|i| self.0[i] * F::new(row[i])))
    }

    /// self^(p + p² + p³ + p⁴), and the norm self^(1 + p + … + p⁴), which lies in GF(p).
    pub(super) fn conjugates_and_norm(&self) -> (Self, Packed) {
        let two = self.frobenius::<1>() * self.frobenius::<2>();
        let four = two * two.frobenius::<2>();
        (four, (*self * four).0[0])
    }

    /// The inverse of each lane; 0 in all lanes if there is a 0 among them.
    pub(super) fn inverse_unless_zero(&self) -> Self {
        let (conjugates, norm) = self.conjugates_and_norm();
        let mut inverses = [F::ZERO; LANES];
        let mut product = F::ONE;
        for (before, norm) in inverses.iter_mut().zip(norm.as_slice()) {
            *before = product;
            product *= *norm;
        }
        let mut inverse = product.try_inverse().unwrap_or(F::ZERO);
        for (result, norm) in inverses.iter_mut().zip(norm.as_slice()).rev() {
            *result *= inverse;
            inverse *= *norm;
        }
        conjugates.scale(*Packed::from_slice(&inverses))
    }
}

impl Add for Lanes {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }
}

impl Sub for Lanes {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] - other.0[i]))
    }
}

impl Neg for Lanes {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(self.0.map(|coefficient| -coefficient))
    }
}

impl Mul for Lanes {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(backend::mul(&self.0, &other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::word;
    use rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn lanes_are_elements() {
        let mut rng = StdRng::seed_from_u64(40);
        for round in 0..2000 {
            let mut element =
                || Fp5(std::array::from_fn(|_| F::new(if round == 0 { u64::MAX } else { word(&mut rng) })));
            let (a, b): ([Fp5; LANES], [Fp5; LANES]) =
                (std::array::from_fn(|_| element()), std::array::from_fn(|_| element()));
            let (x, y) = (Lanes::from_fn(|lane| a[lane]), Lanes::from_fn(|lane| b[lane]));
            let [product, slow] = [x * y, Lanes(portable::mul(&x.0, &y.0))];
            let [square, slow_square] = [x.square(), Lanes(portable::square(&x.0))];
            let (inverse, zero) = (x.inverse_unless_zero(), a.iter().any(Fp5::is_zero));
            for lane in 0..LANES {
                let (a, b) = (a[lane], b[lane]);
                assert_eq!([product.lane(lane), slow.lane(lane)], [a * b; 2]);
                assert_eq!([square.lane(lane), slow_square.lane(lane)], [a.square(); 2]);
                assert_eq!([(x + y).lane(lane), (x - y).lane(lane), (-x).lane(lane)], [a + b, a - b, -a]);
                assert_eq!((x.halve() + x.halve()).lane(lane), a);
                let inverse_of_all = a.inverse().filter(|_| !zero).unwrap_or(Fp5::ZERO);
                assert_eq!(inverse.lane(lane), inverse_of_all);
            }
        }
    }
}
