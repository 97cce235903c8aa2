//! Integers modulo n, the prime order of the group, of 319 bits.

use crate::MODULUS;
use std::ops::{Add, Mul, Neg, Sub};
use zeroize::Zeroize;

/// An integer modulo n: five words below n, the lowest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Zeroize)]
pub struct Scalar([u64; 5]);

type Words = [u64; 5];

/// n = 1067993516717146951041484916571792702745057740581727230159139685185762082554198619328292418486241.
const ORDER: Words =
    [0xe80f_d996_948b_ffe1, 0xe888_5c39_d724_a09c, 0x7fff_ffe6_cfb8_0639, 0x7fff_fff1_0000_0016, 0x7fff_fffd_8000_0007];

/// -1/n modulo 2^64, for Montgomery's reduction.
const NEGATED_INVERSE: u64 = {
    // Each step of Newton's iteration doubles the number of right bits, starting from three.
    let mut inverse = ORDER[0];
    let mut step = 0;
    while step < 5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(ORDER[0].wrapping_mul(inverse)));
        step += 1;
    }
    inverse.wrapping_neg()
};

/// 2^640 modulo n.
const SQUARED_RADIX: Words = {
    let mut value = [1, 0, 0, 0, 0];
    let mut step = 0;
    while step < 640 {
        value = reduce_once(add_words(value, value));
        step += 1;
    }
    value
};

/// The sum of two numbers below n; it is below 2n < 2^320.
const fn add_words(a: Words, b: Words) -> Words {
    let mut sum = [0; 5];
    let mut carry = 0;
    let mut i = 0;
    while i < 5 {
        let wide = a[i] as u128 + b[i] as u128 + carry;
        sum[i] = wide as u64;
        carry = wide >> 64;
        i += 1;
    }
    sum
}

/// `a - b` modulo 2^320, and 1 if it is negative.
const fn subtract_words(a: Words, b: Words) -> (Words, u64) {
    let mut difference = [0; 5];
    let mut borrow = 0;
    let mut i = 0;
    while i < 5 {
        let wide = (a[i] as u128).wrapping_sub(b[i] as u128).wrapping_sub(borrow as u128);
        difference[i] = wide as u64;
        borrow = (wide >> 64) as u64 & 1;
        i += 1;
    }
    (difference, borrow)
}

/// `value` modulo n, for a value below 2n, without a branch.
const fn reduce_once(value: Words) -> Words {
    let (difference, borrow) = subtract_words(value, ORDER);
    let keep = borrow.wrapping_neg();
    let mut result = [0; 5];
    let mut i = 0;
    while i < 5 {
        result[i] = (value[i] & keep) | (difference[i] & !keep);
        i += 1;
    }
    result
}

/// `a · b / 2^320` modulo n, for `a` below 2^320 and `b` below n (Montgomery, word by word).
fn montgomery(a: &Words, b: &Words) -> Words {
    let mut sum = [0u64; 6];
    for &word in a {
        let mut carry = 0u128;
        for i in 0..5 {
            carry += sum[i] as u128 + word as u128 * b[i] as u128;
            sum[i] = carry as u64;
            carry >>= 64;
        }
        let top = sum[5] as u128 + carry;
        let factor = sum[0].wrapping_mul(NEGATED_INVERSE);
        let mut carry = (sum[0] as u128 + factor as u128 * ORDER[0] as u128) >> 64;
        for i in 1..5 {
            carry += sum[i] as u128 + factor as u128 * ORDER[i] as u128;
            sum[i - 1] = carry as u64;
            carry >>= 64;
        }
        carry += top;
        sum[4] = carry as u64;
        sum[5] = (carry >> 64) as u64;
    }
    // Below b + n < 2n < 2^320, so the sixth word is zero.
    reduce_once([sum[0], sum[1], sum[2], sum[3], sum[4]])
}

impl Scalar {
    /// 0.
    pub const ZERO: Self = Self([0; 5]);
    /// 1.
    pub const ONE: Self = Self([1, 0, 0, 0, 0]);
    /// n, the order of the group, as words.
    pub const ORDER: [u64; 5] = ORDER;

    /// The scalar of five words, lowest first, if they are below n.
    pub fn from_words(words: [u64; 5]) -> Option<Self> {
        (subtract_words(words, ORDER).1 == 1).then_some(Self(words))
    }

    /// The words, lowest first; below n.
    pub fn words(&self) -> [u64; 5] {
        self.0
    }

    /// The scalar of 40 bytes, little-endian, if below n.
    pub fn from_bytes(bytes: &[u8; 40]) -> Option<Self> {
        Self::from_words(words_of(bytes))
    }

    /// 40 bytes, little-endian.
    pub fn to_bytes(&self) -> [u8; 40] {
        let mut bytes = [0; 40];
        for (chunk, word) in bytes.chunks_exact_mut(8).zip(self.0) {
            chunk.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// Any number of bytes, little-endian, modulo n.
    pub fn reduce(bytes: &[u8]) -> Self {
        let mut result = Self::ZERO;
        for chunk in bytes.chunks(8).rev() {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            let base = Self([0, 1, 0, 0, 0]);
            result = result * base + Self([u64::from_le_bytes(word), 0, 0, 0, 0]);
        }
        result
    }

    /// The integer `Σ elements[i]·p^i` modulo n, for words below p.
    ///
    /// With eight elements drawn at random from the field, the result is uniform up to 2^-193.
    pub(crate) fn from_base_p(elements: &[u64]) -> Self {
        let base = Self([MODULUS, 0, 0, 0, 0]);
        elements.iter().rev().fold(Self::ZERO, |value, &word| value * base + Self([word, 0, 0, 0, 0]))
    }

    /// Whether the scalar is 0.
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// Signed digits of odd values: `scalar = Σ digits[i]·2^i`, each digit 0 or odd and below 2^(width - 1) in absolute
    /// value, two that are not 0 at least `width` apart. Not for secrets: the time depends on the scalar. `width` is 2 to 8.
    pub(super) fn sparse_digits(&self, width: u32) -> [i8; 321] {
        let mut digits = [0; 321];
        let window = 1u64 << width;
        let mut carry = 0;
        let mut position = 0;
        while position < 321 {
            let bits = self.bits(position, width) + carry;
            // The lowest bit of what is left, with the carry of the digit before it.
            if bits & 1 == 0 {
                position += 1;
                continue;
            }
            let value = bits & (window - 1);
            carry = u64::from(value > window / 2);
            digits[position] = (value as i64 - (carry * window) as i64) as i8;
            position += width as usize;
        }
        digits
    }

    /// `width` bits from `position` on; zeros above the top.
    fn bits(&self, position: usize, width: u32) -> u64 {
        let word = |index: usize| self.0.get(index).copied().unwrap_or(0) as u128;
        let index = position / 64;
        let pair = word(index) | word(index + 1) << 64;
        (pair >> (position % 64)) as u64 & ((1 << width) - 1)
    }
}

fn words_of(bytes: &[u8; 40]) -> Words {
    let mut words = [0; 5];
    for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(8)) {
        let mut array = [0; 8];
        array.copy_from_slice(chunk);
        *word = u64::from_le_bytes(array);
    }
    words
}

impl From<u128> for Scalar {
    fn from(value: u128) -> Self {
        Self([value as u64, (value >> 64) as u64, 0, 0, 0])
    }
}

impl Add for Scalar {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(reduce_once(add_words(self.0, other.0)))
    }
}

impl Neg for Scalar {
    type Output = Self;
    fn neg(self) -> Self {
        // n - 0 = n is reduced to 0.
        Self(reduce_once(subtract_words(ORDER, self.0).0))
    }
}

impl Sub for Scalar {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Scalar {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(montgomery(&montgomery(&self.0, &other.0), &SQUARED_RADIX))
    }
}
