//! AVX-512 with 52-bit multiply-and-add: eight lanes, two signed limbs of weights 1 and 2^48.
//!
//! 2^96 is -1 modulo p, so that 2^48 swaps the limbs but for a sign, and nothing is carried in sums and differences.
//! The limbs of one term are below 2^53, and those of n terms below n·2^53: a turn by less than 48 bits leaves limbs below
//! 2^48 plus half of what they were.

use crate::F;
use crate::poseidon::packed::ifma::limbs::{
    V, add, add_high, add_low, all, and, left, load_packed, right, right_signed, store_packed, sub, zero,
};
use core::arch::x86_64::{
    _mm_cvtsi32_si128, _mm512_cmplt_epu64_mask, _mm512_mask_add_epi64, _mm512_mul_epu32, _mm512_sll_epi64,
    _mm512_sra_epi64,
};
use p3_field::{PackedValue, PrimeField64};
use p3_goldilocks::PackedGoldilocksAVX512;

/// Bits of a limb.
const BITS: u32 = 48;
const MASK: u64 = (1 << BITS) - 1;

/// Where words are split for a product.
const SPLIT: u32 = 36;

const EPSILON: u64 = crate::accumulator::EPSILON;

#[derive(Clone, Copy)]
pub(super) struct Factor {
    /// w and 2^36·w, canonical.
    words: [u64; 2],
}

impl Factor {
    pub(super) fn new(x: F) -> Self {
        Self { words: [x, x * F::new(1 << SPLIT)].map(|element| element.as_canonical_u64()) }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Wide {
    low: V,
    high: V,
}

impl Wide {
    #[inline(always)]
    pub(super) fn of(elements: &PackedGoldilocksAVX512) -> Self {
        let words = load_packed(elements);
        Self { low: and(words, all(MASK)), high: right::<BITS>(words) }
    }

    #[inline(always)]
    pub(super) fn product(elements: &PackedGoldilocksAVX512, factor: &Factor) -> Self {
        let words = load_packed(elements);
        let (x, y) = (and(words, all((1 << SPLIT) - 1)), right::<SPLIT>(words));
        // Limbs of 52 bits: a product reads no more of the lower one.
        let [w, shifted] = factor.words.map(|word| [all(word), all(word >> 52)]);
        // Below 2^53, and of weight 2^52 below 2^49.
        let low = add_low(add_low(zero(), x, w[0]), y, shifted[0]);
        let high = add_low(add_high(zero(), x, w[0]), x, w[1]);
        let high = add_low(add_high(high, y, shifted[0]), y, shifted[1]);
        // 2^52 · 2^44 is -1.
        Self { low: sub(low, right::<44>(high)), high: left::<4>(and(high, all((1 << 44) - 1))) }
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self { low: add(self.low, other.low), high: add(self.high, other.high) }
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Self { low: sub(self.low, other.low), high: sub(self.high, other.high) }
    }

    /// `(self.low + other.high, self.high - other.low)`.
    #[inline(always)]
    fn minus_swapped(self, other: Self) -> Self {
        Self { low: add(self.low, other.high), high: sub(self.high, other.low) }
    }

    /// `(self.low - other.high, self.high + other.low)`.
    #[inline(always)]
    fn plus_swapped(self, other: Self) -> Self {
        Self { low: sub(self.low, other.high), high: add(self.high, other.low) }
    }

    /// Times `2^bits`, of less than 48 bits.
    #[inline(always)]
    fn shift(self, bits: u32) -> Self {
        if bits == 0 {
            return self;
        }
        let rest = BITS - bits;
        let below = |limb| shift_left(and(limb, all((1 << rest) - 1)), bits);
        Self {
            low: sub(below(self.low), shift_right(self.high, rest)),
            high: add(below(self.high), shift_right(self.low, rest)),
        }
    }

    #[inline(always)]
    pub(super) fn turn(self, exponent: u32) -> Self {
        let Self { low, high } = self.shift(exponent % BITS);
        match exponent / BITS % 4 {
            0 => Self { low, high },
            1 => Self { low: sub(zero(), high), high: low },
            2 => Self { low: sub(zero(), low), high: sub(zero(), high) },
            _ => Self { low: high, high: sub(zero(), low) },
        }
    }

    #[inline(always)]
    pub(super) fn split(self, other: Self, exponent: u32) -> (Self, Self) {
        let other = other.shift(exponent % BITS);
        match exponent / BITS % 4 {
            0 => (self.plus(other), self.minus(other)),
            1 => (self.plus_swapped(other), self.minus_swapped(other)),
            2 => (self.minus(other), self.plus(other)),
            _ => (self.minus_swapped(other), self.plus_swapped(other)),
        }
    }

    #[inline(always)]
    pub(super) fn join(self, other: Self, exponent: u32) -> (Self, Self) {
        let swapped = |Self { low, high }: Self, by: Self| Self { low: sub(by.high, high), high: sub(low, by.low) };
        let difference = match exponent / BITS % 4 {
            0 => self.minus(other),
            1 => swapped(self, other),
            2 => other.minus(self),
            _ => swapped(other, self),
        };
        (self.plus(other), difference.shift(exponent % BITS))
    }

    /// For limbs up to 2^60 on either side of zero.
    #[inline(always)]
    pub(super) fn packed(self) -> PackedGoldilocksAVX512 {
        // Less 2^13·(1 + 2^96), which is zero: so much that what is carried out of the upper limb is negative.
        let low = sub(self.low, all(1 << 13));
        let high = add(sub(self.high, all(1 << 61)), right_signed::<BITS>(low));
        let word = add(and(low, all(MASK)), left::<BITS>(high));
        // 32 bits of weight 2^64, and some of weight -1, less than 2^15 in the end.
        // SAFETY: the features are there.
        let above = unsafe { _mm512_mul_epu32(right::<16>(high), all(EPSILON)) };
        let above = sub(above, right_signed::<BITS>(high));
        let sum = add(word, above);
        // SAFETY: as above.
        let overflow = unsafe { _mm512_cmplt_epu64_mask(sum, above) };
        // SAFETY: as above.
        let sum = unsafe { _mm512_mask_add_epi64(sum, overflow, sum, all(EPSILON)) };
        let mut elements = PackedGoldilocksAVX512::from_fn(|_| F::new(0));
        store_packed(sum, &mut elements);
        elements
    }
}

/// By less than 64 bits.
#[inline(always)]
fn shift_left(limb: V, bits: u32) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_sll_epi64(limb, _mm_cvtsi32_si128(bits as i32)) }
}

/// By less than 64 bits; the sign moves in from above.
#[inline(always)]
fn shift_right(limb: V, bits: u32) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_sra_epi64(limb, _mm_cvtsi32_si128(bits as i32)) }
}
