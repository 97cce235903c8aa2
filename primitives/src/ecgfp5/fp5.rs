//! The field GF(p^5) = `GF(p)[z] / (z^5 - 3)`, over which the curve is defined.

use crate::F;
use crate::accumulator::{Accumulator, EPSILON, add};
use p3_field::{Field, PrimeCharacteristicRing, PrimeField64};
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// `c[0] + c[1]·z + … + c[4]·z^4` with z^5 = 3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fp5(pub [F; 5]);

/// Row k: the powers c^i of c = 3^(k·(p-1)/5), which turn an element into its p^k-th power.
pub(super) const FROBENIUS: [[u64; 5]; 4] = {
    let mut table = [[0; 5]; 4];
    let mut k = 0;
    while k < 4 {
        let base = power(3, (k as u64 + 1) * ((crate::MODULUS - 1) / 5));
        let mut i = 0;
        while i < 5 {
            table[k][i] = power(base, i as u64);
            i += 1;
        }
        k += 1;
    }
    table
};

/// `base^exponent` modulo p, for constants.
pub(super) const fn power(base: u64, exponent: u64) -> u64 {
    let p = crate::MODULUS as u128;
    let (mut result, mut square, mut rest) = (1, base as u128 % p, exponent);
    while rest > 0 {
        if rest & 1 == 1 {
            result = result * square % p;
        }
        square = square * square % p;
        rest >>= 1;
    }
    result as u64
}

/// `factor · word` modulo p for a small factor, as a word.
#[inline(always)]
fn small_multiple(word: u64, factor: u64) -> u64 {
    let wide = word as u128 * factor as u128;
    add(wide as u64, (wide >> 64) as u64 * EPSILON)
}

/// `a0·b0 + … ` over the pairs given, reduced once.
macro_rules! dot {
    ($(($a:expr, $b:expr)),+) => {{
        let mut sum = Accumulator::default();
        $(sum.add_product($a, $b);)+
        F::new(sum.reduce())
    }};
}

impl Fp5 {
    /// 0.
    pub const ZERO: Self = Self([F::ZERO; 5]);
    /// 1.
    pub const ONE: Self = Self([F::ONE, F::ZERO, F::ZERO, F::ZERO, F::ZERO]);

    /// The coefficients as words below p.
    #[inline(always)]
    fn words(&self) -> [u64; 5] {
        self.0.map(|coefficient| coefficient.as_canonical_u64())
    }

    /// The element of 40 bytes, five little-endian words, if each is below p.
    pub fn from_bytes(bytes: &[u8; 40]) -> Option<Self> {
        let mut result = Self::ZERO;
        for (coefficient, chunk) in result.0.iter_mut().zip(bytes.chunks_exact(8)) {
            let word = u64::from_le_bytes(chunk.try_into().ok()?);
            if word >= crate::MODULUS {
                return None;
            }
            *coefficient = F::new(word);
        }
        Some(result)
    }

    /// 40 bytes, five little-endian words below p.
    pub fn to_bytes(&self) -> [u8; 40] {
        let mut bytes = [0; 40];
        for (chunk, word) in bytes.chunks_exact_mut(8).zip(self.words()) {
            chunk.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// Whether all coefficients are zero.
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// 2·self.
    #[inline(always)]
    pub fn double(&self) -> Self {
        Self(self.0.map(|coefficient| coefficient.double()))
    }

    /// `factor · self`, for a factor below 2^32.
    #[inline(always)]
    pub fn scale(&self, factor: u32) -> Self {
        Self(self.words().map(|word| F::new(small_multiple(word, factor as u64))))
    }

    /// `z · self`.
    #[inline(always)]
    pub fn times_z(&self) -> Self {
        let [a, b, c, d, e] = self.0;
        Self([e.double() + e, a, b, c, d])
    }

    /// self², with fifteen products instead of twenty-five.
    #[inline(always)]
    pub fn square(&self) -> Self {
        let [a0, a1, a2, a3, a4] = self.words();
        let [d0, d1] = [a0, a1].map(|word| small_multiple(word, 2));
        let [t3, t4] = [a3, a4].map(|word| small_multiple(word, 3));
        let [s3, s4] = [a3, a4].map(|word| small_multiple(word, 6));
        Self([
            dot!((a0, a0), (a1, s4), (a2, s3)),
            dot!((d0, a1), (a2, s4), (a3, t3)),
            dot!((d0, a2), (a1, a1), (a3, s4)),
            dot!((d0, a3), (d1, a2), (a4, t4)),
            dot!((d0, a4), (d1, a3), (a2, a2)),
        ])
    }

    /// self^(2^count).
    fn square_times(&self, count: u32) -> Self {
        (0..count).fold(*self, |value, _| value.square())
    }

    /// self^(p^power), for 1 ≤ power ≤ 4: coefficient i times c^i.
    #[inline(always)]
    fn frobenius<const POWER: usize>(&self) -> Self {
        let row = const { FROBENIUS[POWER - 1] };
        Self(std::array::from_fn(|i| self.0[i] * F::new(row[i])))
    }

    /// self^(p + p² + p³ + p⁴), and the norm self^(1 + p + … + p⁴), which lies in the base field.
    fn conjugates_and_norm(&self) -> (Self, F) {
        let two = self.frobenius::<1>() * self.frobenius::<2>();
        let four = two * two.frobenius::<2>();
        let [a0, a1, a2, a3, a4] = self.words();
        let [b0, b1, b2, b3, b4] = four.words();
        let [t1, t2, t3, t4] = [a1, a2, a3, a4].map(|word| small_multiple(word, 3));
        (four, dot!((a0, b0), (t1, b4), (t2, b3), (t3, b2), (t4, b1)))
    }

    /// 1/self, or none for 0 (Itoh and Tsujii: an inverse in the base field).
    pub fn inverse(&self) -> Option<Self> {
        let (conjugates, norm) = self.conjugates_and_norm();
        let scale = norm.try_inverse()?;
        Some(Self(conjugates.0.map(|coefficient| coefficient * scale)))
    }

    /// Whether self is a square; 0 is one. A number is a square exactly if its norm is one in the base field.
    pub fn is_square(&self) -> bool {
        let norm = self.conjugates_and_norm().1;
        let symbol = norm.exp_u64((crate::MODULUS - 1) / 2);
        symbol == F::ONE || norm.is_zero()
    }

    /// A square root, or none for a non-square. The other root is its negative.
    ///
    /// With r = 1 + p + … + p⁴, (r + 1)/2 = 1 + (p + p³)·(p + 1)/2, and self^((r + 1)/2) squared is self times the norm.
    pub fn sqrt(&self) -> Option<Self> {
        if self.is_zero() {
            return Some(*self);
        }
        let half = self.power_half();
        let root = *self * half.frobenius::<1>() * half.frobenius::<3>();
        let scale = sqrt_base(self.conjugates_and_norm().1)?.try_inverse()?;
        Some(Self(root.0.map(|coefficient| coefficient * scale)))
    }

    /// self^((p + 1)/2), where (p + 1)/2 = 2^31·(2^32 - 1) + 1.
    fn power_half(&self) -> Self {
        let mut ones = *self;
        for width in [1, 2, 4, 8, 16] {
            ones = ones.square_times(width) * ones;
        }
        ones.square_times(31) * *self
    }

    /// Inverses of all elements that are not zero, in place, with one inversion; zeros stay.
    pub fn invert_all(elements: &mut [Self]) {
        let mut product = Self::ONE;
        let mut before = Vec::with_capacity(elements.len());
        for element in elements.iter() {
            before.push(product);
            if !element.is_zero() {
                product = product * *element;
            }
        }
        // The product has no zero factor; were it zero, zeros would be right for all.
        let mut inverse = product.inverse().unwrap_or(Self::ZERO);
        for (element, before) in elements.iter_mut().zip(before).rev() {
            if !element.is_zero() {
                let result = inverse * before;
                inverse = inverse * *element;
                *element = result;
            }
        }
    }
}

/// Digits of four bits of a logarithm in the group of order 2^32.
const DIGITS: usize = 8;

/// `ROOTS[j][d]` is the generator of the group of order 2^32 to the power of -d·16^j/2, as far as that is an integer.
pub(super) const ROOTS: [[u64; 16]; DIGITS] = {
    let order = 1 << 32;
    let generator = power(7, (crate::MODULUS - 1) / order);
    let mut table = [[0; 16]; DIGITS];
    let mut j = 0;
    while j < DIGITS {
        let mut d = 0;
        while d < 16 {
            table[j][d] = power(generator, order - ((d as u64) << (4 * j)) / 2);
            d += 1;
        }
        j += 1;
    }
    table
};

/// The powers of the element of order 16 in that group, from 1.
pub(super) const SIXTEENTH: [u64; 16] = {
    let base = power(7, (crate::MODULUS - 1) / 16);
    let mut table = [0; 16];
    let mut d = 0;
    while d < 16 {
        table[d] = power(base, d as u64);
        d += 1;
    }
    table
};

/// A square root in GF(p), or none for a non-square. With p - 1 = 2^32·q, value^q is g^k for a generator g of the group of order
/// 2^32, and value^((q + 1)/2) · g^(-k/2) a root; k is found in digits of four bits (Pohlig and Hellman).
fn sqrt_base(value: F) -> Option<F> {
    let power = value.exp_u64((1 << 31) - 1);
    let mut root = value * power;
    let mut rest = root * power;
    if value.is_zero() {
        return Some(value);
    }
    for (j, roots) in ROOTS.iter().enumerate() {
        let probe = rest.exp_power_of_2(4 * (DIGITS - 1 - j)).as_canonical_u64();
        let digit = SIXTEENTH.iter().position(|power| *power == probe)?;
        if j == 0 && digit % 2 == 1 {
            return None;
        }
        let step = F::new(roots[digit]);
        root *= step;
        rest *= step.square();
    }
    Some(root)
}

impl Add for Fp5 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }
}

impl AddAssign for Fp5 {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Fp5 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] - other.0[i]))
    }
}

impl Neg for Fp5 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(self.0.map(|coefficient| -coefficient))
    }
}

impl Mul for Fp5 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let [a0, a1, a2, a3, a4] = self.words();
        let [b0, b1, b2, b3, b4] = other.words();
        let [t1, t2, t3, t4] = [a1, a2, a3, a4].map(|word| small_multiple(word, 3));
        Self([
            dot!((a0, b0), (t1, b4), (t2, b3), (t3, b2), (t4, b1)),
            dot!((a0, b1), (a1, b0), (t2, b4), (t3, b3), (t4, b2)),
            dot!((a0, b2), (a1, b1), (a2, b0), (t3, b4), (t4, b3)),
            dot!((a0, b3), (a1, b2), (a2, b1), (a3, b0), (t4, b4)),
            dot!((a0, b4), (a1, b3), (a2, b2), (a3, b1), (a4, b0)),
        ])
    }
}
