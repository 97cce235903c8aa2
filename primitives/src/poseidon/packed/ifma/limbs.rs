//! Arithmetic modulo p in eight lanes, on limbs of 52 bits.
//!
//! A number is `low + 2^52·high`. The multiply-and-add instructions read the low 52 bits of their factors and ignore the rest, so that
//! `low` may carry stale bits above 52 once they have been added to `high` ([`carry`]). Weights modulo p = 2^64 - 2^32 + 1:
//! 2^64 = 2^32 - 1, and 2^104 = -2^8.
//!
//! Instructions are called in `unsafe` blocks; all are safe because this module is compiled only for processors that have AVX-512F and
//! AVX-512IFMA. The comments give upper bounds of limbs as powers of two. "Carried" means that the factor's value is in the low 52 bits of `low` and in
//! `high`; "small" that it is carried and `high` is below 2^12.5.

use core::arch::x86_64::*;
use p3_goldilocks::PackedGoldilocksAVX512;

/// Eight words of 64 bits.
pub(super) type V = __m512i;

/// `low + 2^52·high` in each lane.
#[derive(Clone, Copy)]
pub(super) struct Limbs {
    pub low: V,
    pub high: V,
}

pub(super) const LOW_BITS: u64 = (1 << 52) - 1;
const EPSILON: u64 = crate::accumulator::EPSILON;

/// p = `P_LOW + 2^52·P_HIGH`, with a lower limb near 2^52, so that multiples of it keep differences positive.
pub(super) const P_LOW: u64 = (1 << 52) - (1 << 32) + 1;
pub(super) const P_HIGH: u64 = (1 << 12) - 1;

/// Eight words as a vector.
#[inline(always)]
pub(super) fn load(words: &[u64; 8]) -> V {
    // SAFETY: the pointer is to 64 readable bytes; an unaligned load asks no more.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

/// A vector as eight words.
#[inline(always)]
pub(super) fn store(vector: V, words: &mut [u64; 8]) {
    // SAFETY: the pointer is to 64 writable bytes; an unaligned store asks no more.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), vector) }
}

/// Plonky3's eight elements as a vector of words.
#[inline(always)]
pub(super) fn load_packed(packed: &PackedGoldilocksAVX512) -> V {
    // SAFETY: the type is a transparent array of eight elements, each a transparent word; its alignment is that of a word, which
    // an unaligned load allows.
    unsafe { _mm512_loadu_si512(std::ptr::from_ref(packed).cast()) }
}

/// A vector of words as Plonky3's eight elements, which may be any words.
#[inline(always)]
pub(super) fn store_packed(vector: V, packed: &mut PackedGoldilocksAVX512) {
    // SAFETY: as for loading; every word is a valid element.
    unsafe { _mm512_storeu_si512(std::ptr::from_mut(packed).cast(), vector) }
}

#[inline(always)]
pub(super) fn all(word: u64) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_set1_epi64(word as i64) }
}

#[inline(always)]
pub(super) fn zero() -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_setzero_si512() }
}

#[inline(always)]
pub(super) fn add(a: V, b: V) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_add_epi64(a, b) }
}

#[inline(always)]
pub(super) fn sub(a: V, b: V) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_sub_epi64(a, b) }
}

#[inline(always)]
pub(super) fn and(a: V, b: V) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_and_si512(a, b) }
}

#[inline(always)]
pub(super) fn left<const BITS: u32>(a: V) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_slli_epi64::<BITS>(a) }
}

#[inline(always)]
pub(super) fn right<const BITS: u32>(a: V) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_srli_epi64::<BITS>(a) }
}

/// `sum` plus the low 52 bits of the product of the low 52 bits of `a` and `b`.
#[inline(always)]
pub(super) fn add_low(sum: V, a: V, b: V) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_madd52lo_epu64(sum, a, b) }
}

/// `sum` plus the high 52 bits of the product of the low 52 bits of `a` and `b`.
#[inline(always)]
pub(super) fn add_high(sum: V, a: V, b: V) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_madd52hi_epu64(sum, a, b) }
}

impl Limbs {
    /// A constant.
    #[inline(always)]
    pub(super) fn all(limbs: [u64; 2]) -> Self {
        Self { low: all(limbs[0]), high: all(limbs[1]) }
    }

    /// Any words; `high` is below 2^12.
    #[inline(always)]
    pub(super) fn from_words(words: V) -> Self {
        Self { low: and(words, all(LOW_BITS)), high: right::<52>(words) }
    }

    /// The sum, not carried.
    #[inline(always)]
    pub(super) fn plus(self, other: Self) -> Self {
        Self { low: add(self.low, other.low), high: add(self.high, other.high) }
    }

    /// Adds the bits of `low` above 52 to `high`; they stay behind in `low`, stale.
    #[inline(always)]
    pub(super) fn carry(self) -> Self {
        Self { low: self.low, high: add(self.high, right::<52>(self.low)) }
    }

    /// Moves the bits of `high` above 12 down; not for carried numbers. `high` may be up to 2^63, then it is below 2^31 after, not carried.
    #[inline(always)]
    pub(super) fn fold(self) -> Self {
        let top = right::<12>(self.high);
        Self {
            low: add_low(self.low, top, all(EPSILON)),
            high: add_high(and(self.high, all(0xfff)), top, all(EPSILON)),
        }
    }

    /// [`Limbs::fold`] for `high` below 2^32, followed by a carry: small if `low` is below 2^62.
    #[inline(always)]
    pub(super) fn settle(self) -> Self {
        let top = right::<12>(self.high);
        Self { low: add_low(self.low, top, all(EPSILON)), high: and(self.high, all(0xfff)) }.carry()
    }

    /// The value modulo p below p, for `low` below 2^63 and `high` below 2^13, not carried.
    #[inline(always)]
    pub(super) fn canonical(self) -> V {
        let carried = self.carry();
        // 64 bits exactly, and a few above them, of weight 2^32 - 1 each.
        let word = add(and(carried.low, all(LOW_BITS)), left::<52>(carried.high));
        let above = unsafe { _mm512_mul_epu32(right::<12>(carried.high), all(EPSILON)) };
        let sum = add(word, above);
        let overflow = unsafe { _mm512_cmplt_epu64_mask(sum, above) };
        let sum = unsafe { _mm512_mask_add_epi64(sum, overflow, sum, all(EPSILON)) };
        let too_large = unsafe { _mm512_cmpge_epu64_mask(sum, all(crate::MODULUS)) };
        unsafe { _mm512_mask_sub_epi64(sum, too_large, sum, all(crate::MODULUS)) }
    }

    /// The product, not carried, plus `seed`, which holds a multiple of p at least as large as 2^8 times the product of the high limbs.
    ///
    /// For carried factors whose high limbs' product is below 2^52: `low` is below `seed.low` + 2^53, `high` below 2^12 + 2^21.7 if those of the
    /// seed are below 2^18.
    #[inline(always)]
    fn product_onto(self, other: Self, seed: [u64; 2]) -> Self {
        let low = add_low(all(seed[0]), self.low, other.low);
        let high = add_high(all(seed[1]), self.low, other.low);
        let top = add_high(zero(), self.low, other.high);
        let high = add_low(high, self.low, other.high);
        let top = add_high(top, self.high, other.low);
        let high = add_low(high, self.high, other.low);
        let top = add_low(top, self.high, other.high);
        Self::join(low, high, top)
    }

    /// `low + 2^52·high + 2^104·top`, with `high` folded.
    #[inline(always)]
    fn join(low: V, high: V, top: V) -> Self {
        let folded = Self { low, high }.fold();
        Self { low: sub(folded.low, left::<8>(top)), high: folded.high }
    }

    /// The product, carried; `high` below 2^21.8.
    #[inline(always)]
    fn times(self, other: Self) -> Self {
        self.product_onto(other, WIDE_SEED).carry()
    }

    /// The square, carried; `high` below 2^21.8.
    #[inline(always)]
    fn squared(self) -> Self {
        let double = add(self.high, self.high);
        let low = add_low(all(WIDE_SEED[0]), self.low, self.low);
        let high = add_high(all(WIDE_SEED[1]), self.low, self.low);
        let top = add_high(zero(), self.low, double);
        let high = add_low(high, self.low, double);
        let top = add_low(top, self.high, self.high);
        Self::join(low, high, top).carry()
    }

    /// x^7 + seed for a carried x with `high` below 2^25; the result is not carried, `low` below 2^54 and `high` below 2^21.8.
    ///
    /// The seed is [`seed`] of a constant. x³ and x⁴ have high limbs below 2^21.8, so that 2^8 times their product is below 2^51.6.
    #[inline(always)]
    pub(super) fn seventh_power(self, seed: [u64; 2]) -> Self {
        let square = self.squared();
        let cube = self.times(square);
        let fourth = square.squared();
        cube.product_onto(fourth, seed)
    }
}

/// 64·p: room for 2^8 times products of high limbs below 2^25 each.
const WIDE_SEED: [u64; 2] = [64 * P_LOW, 64 * P_HIGH];

/// The limbs of p plus a constant below p: what the last product of an S-box starts from.
pub(super) const fn seed(constant: u64) -> [u64; 2] {
    [P_LOW + (constant & LOW_BITS), P_HIGH + (constant >> 52)]
}
