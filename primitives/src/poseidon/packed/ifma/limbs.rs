//! Arithmetic modulo p in eight lanes, on limbs of 52 bits.
//!
//! A number is `low + 2^52·high`. The multiply-and-add instructions read the low 52 bits of their factors and ignore the rest, so that
//! `low` may carry stale bits above 52 once they have been added to `high` ([`Limbs::carry`]). Weights modulo p = 2^64 - 2^32 + 1:
//! 2^64 = 2^32 - 1, and 2^104 = -2^8.
//!
//! Instructions are called in `unsafe` blocks; all are safe because this module is compiled only for processors that have AVX-512F and
//! AVX-512IFMA. The comments give upper bounds of limbs as powers of two. "Carried" means that the factor's value is in the low 52 bits of `low` and in
//! `high`; "small" that it is carried and `high` is below 2^12.5.

use super::super::super::matrix::Word;
use core::arch::x86_64::*;
use p3_goldilocks::PackedGoldilocksAVX512;
use std::array::from_fn;

/// Eight words of 64 bits.
pub(crate) type V = __m512i;

/// `low + 2^52·high` in each lane.
#[derive(Clone, Copy)]
pub(crate) struct Limbs {
    pub low: V,
    pub high: V,
}

pub(crate) const LOW_BITS: u64 = (1 << 52) - 1;
const EPSILON: u64 = crate::accumulator::EPSILON;

/// p = `P_LOW + 2^52·P_HIGH`, with a lower limb near 2^52, so that multiples of it keep differences positive.
pub(crate) const P_LOW: u64 = (1 << 52) - (1 << 32) + 1;
pub(crate) const P_HIGH: u64 = (1 << 12) - 1;

/// Eight words as a vector.
#[inline(always)]
pub(crate) fn load(words: &[u64; 8]) -> V {
    // SAFETY: the pointer is to 64 readable bytes; an unaligned load asks no more.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

/// A vector as eight words.
#[inline(always)]
pub(crate) fn store(vector: V, words: &mut [u64; 8]) {
    // SAFETY: the pointer is to 64 writable bytes; an unaligned store asks no more.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), vector) }
}

/// Plonky3's eight elements as a vector of words.
#[inline(always)]
pub(crate) fn load_packed(packed: &PackedGoldilocksAVX512) -> V {
    // SAFETY: the type is a transparent array of eight elements, each a transparent word; its alignment is that of a word, which
    // an unaligned load allows.
    unsafe { _mm512_loadu_si512(std::ptr::from_ref(packed).cast()) }
}

/// A vector of words as Plonky3's eight elements, which may be any words.
#[inline(always)]
pub(crate) fn store_packed(vector: V, packed: &mut PackedGoldilocksAVX512) {
    // SAFETY: as for loading; every word is a valid element.
    unsafe { _mm512_storeu_si512(std::ptr::from_mut(packed).cast(), vector) }
}

#[inline(always)]
pub(crate) fn all(word: u64) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_set1_epi64(word as i64) }
}

#[inline(always)]
pub(crate) fn zero() -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_setzero_si512() }
}

#[inline(always)]
pub(crate) fn add(a: V, b: V) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_add_epi64(a, b) }
}

#[inline(always)]
pub(crate) fn sub(a: V, b: V) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_sub_epi64(a, b) }
}

#[inline(always)]
pub(crate) fn and(a: V, b: V) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_and_si512(a, b) }
}

#[inline(always)]
pub(crate) fn left<const BITS: u32>(a: V) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_slli_epi64::<BITS>(a) }
}

#[inline(always)]
pub(crate) fn right<const BITS: u32>(a: V) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_srli_epi64::<BITS>(a) }
}

/// Arithmetic: the sign moves in from above.
#[inline(always)]
pub(crate) fn right_signed<const BITS: u32>(a: V) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_srai_epi64::<BITS>(a) }
}

/// `sum` plus the low 52 bits of the product of the low 52 bits of `a` and `b`.
#[inline(always)]
pub(crate) fn add_low(sum: V, a: V, b: V) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_madd52lo_epu64(sum, a, b) }
}

/// `sum` plus the high 52 bits of the product of the low 52 bits of `a` and `b`.
#[inline(always)]
pub(crate) fn add_high(sum: V, a: V, b: V) -> V {
    // SAFETY: the features are there.
    unsafe { _mm512_madd52hi_epu64(sum, a, b) }
}

/// `word + 2^64·above` modulo p for `above` below 2^31; the result may be any word.
#[inline(always)]
pub(crate) fn wrap(word: V, above: V) -> V {
    // SAFETY: the features are there.
    let above = unsafe { _mm512_mul_epu32(above, all(EPSILON)) };
    let sum = add(word, above);
    // After a carry the sum is below 2^63, so the second addition does not overflow.
    // SAFETY: the features are there.
    unsafe { _mm512_mask_add_epi64(sum, _mm512_cmplt_epu64_mask(sum, above), sum, all(EPSILON)) }
}

impl Word for V {
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        add(self, other)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        sub(self, other)
    }

    #[inline(always)]
    fn left<const BITS: u32>(self) -> Self {
        left::<BITS>(self)
    }
}

impl Limbs {
    /// A constant.
    #[inline(always)]
    pub(crate) fn all(limbs: [u64; 2]) -> Self {
        Self { low: all(limbs[0]), high: all(limbs[1]) }
    }

    /// Any words; `high` is below 2^12.
    #[inline(always)]
    pub(crate) fn from_words(words: V) -> Self {
        Self { low: and(words, all(LOW_BITS)), high: right::<52>(words) }
    }

    /// The sum, not carried.
    #[inline(always)]
    pub(crate) fn plus(self, other: Self) -> Self {
        Self { low: add(self.low, other.low), high: add(self.high, other.high) }
    }

    /// Adds the bits of `low` above 52 to `high`; they stay behind in `low`, stale.
    #[inline(always)]
    pub(crate) fn carry(self) -> Self {
        Self { low: self.low, high: add(self.high, right::<52>(self.low)) }
    }

    /// Moves the bits of `high` above 12 down. For `low` below 2^63.5 and `high` below 2^63; after, `high` is below 2^31, not carried.
    #[inline(always)]
    pub(crate) fn fold(self) -> Self {
        let top = right::<12>(self.high);
        Self {
            low: add_low(self.low, top, all(EPSILON)),
            high: add_high(and(self.high, all(0xfff)), top, all(EPSILON)),
        }
    }

    /// Moves the bits of `high` above 12 down and carries; not for carried numbers. For `high` below 2^32: small if `low` is below 2^62.2.
    #[inline(always)]
    pub(crate) fn settle(self) -> Self {
        let top = right::<12>(self.high);
        Self { low: add_low(self.low, top, all(EPSILON)), high: and(self.high, all(0xfff)) }.carry()
    }

    /// The value modulo p below p, for `low` below 2^63 and `high` below 2^13, not carried.
    #[inline(always)]
    pub(crate) fn canonical(self) -> V {
        let carried = self.carry();
        // 64 bits exactly, and a few above them, of weight 2^32 - 1 each.
        let word = add(and(carried.low, all(LOW_BITS)), left::<52>(carried.high));
        let sum = wrap(word, right::<12>(carried.high));
        let too_large = unsafe { _mm512_cmpge_epu64_mask(sum, all(crate::MODULUS)) };
        unsafe { _mm512_mask_sub_epi64(sum, too_large, sum, all(crate::MODULUS)) }
    }
}

/// x^7 + seed in each of W independent numbers: carried, with `high` below 2^25. The results are not carried, `low` below 2^54 and
/// `high` below 2^21.8.
///
/// The seeds are [`seed`]s of constants. x³ and x⁴ have high limbs below 2^21.8, so that 2^8 times their product is below 2^51.6. The
/// numbers go through each step together, because the processor looks ahead less far than one number's chain is long.
#[inline(always)]
pub(crate) fn seventh_powers<const W: usize>(x: [Limbs; W], seeds: [[u64; 2]; W]) -> [Limbs; W] {
    let square = squares(x);
    let cube = carried_products(x, square);
    products(cube, squares(square), seeds)
}

/// Products plus seeds, not carried. A seed holds a multiple of p at least as large as 2^8 times the product of the high limbs.
///
/// For carried factors whose high limbs' product is below 2^52: `low` is below that of the seed plus 2^53, `high` below 2^12 + 2^21.7
/// if that of the seed is below 2^18.
#[inline(always)]
pub(crate) fn products<const W: usize>(x: [Limbs; W], y: [Limbs; W], seeds: [[u64; 2]; W]) -> [Limbs; W] {
    let low: [V; W] = from_fn(|i| add_low(all(seeds[i][0]), x[i].low, y[i].low));
    let high: [V; W] = from_fn(|i| add_high(all(seeds[i][1]), x[i].low, y[i].low));
    let top: [V; W] = from_fn(|i| add_high(zero(), x[i].low, y[i].high));
    let high: [V; W] = from_fn(|i| add_low(high[i], x[i].low, y[i].high));
    let top: [V; W] = from_fn(|i| add_high(top[i], x[i].high, y[i].low));
    let high: [V; W] = from_fn(|i| add_low(high[i], x[i].high, y[i].low));
    let top: [V; W] = from_fn(|i| add_low(top[i], x[i].high, y[i].high));
    join(low, high, top)
}

/// Products, carried; `high` below 2^21.8.
#[inline(always)]
pub(crate) fn carried_products<const W: usize>(x: [Limbs; W], y: [Limbs; W]) -> [Limbs; W] {
    products(x, y, [WIDE_SEED; W]).map(Limbs::carry)
}

/// Squares, carried; `high` below 2^21.8.
#[inline(always)]
pub(crate) fn squares<const W: usize>(x: [Limbs; W]) -> [Limbs; W] {
    let double: [V; W] = from_fn(|i| add(x[i].high, x[i].high));
    let low: [V; W] = from_fn(|i| add_low(all(WIDE_SEED[0]), x[i].low, x[i].low));
    let high: [V; W] = from_fn(|i| add_high(all(WIDE_SEED[1]), x[i].low, x[i].low));
    let top: [V; W] = from_fn(|i| add_high(zero(), x[i].low, double[i]));
    let high: [V; W] = from_fn(|i| add_low(high[i], x[i].low, double[i]));
    let top: [V; W] = from_fn(|i| add_low(top[i], x[i].high, x[i].high));
    join(low, high, top).map(Limbs::carry)
}

/// `low + 2^52·high + 2^104·top`, with `high` folded.
#[inline(always)]
fn join<const W: usize>(low: [V; W], high: [V; W], top: [V; W]) -> [Limbs; W] {
    let above: [V; W] = from_fn(|i| right::<12>(high[i]));
    let below: [V; W] = from_fn(|i| and(high[i], all(0xfff)));
    let low: [V; W] = from_fn(|i| add_low(low[i], above[i], all(EPSILON)));
    let top: [V; W] = from_fn(|i| left::<8>(top[i]));
    let high: [V; W] = from_fn(|i| add_high(below[i], above[i], all(EPSILON)));
    from_fn(|i| Limbs { low: sub(low[i], top[i]), high: high[i] })
}

/// 64·p: room for 2^8 times products of high limbs below 2^25 each.
const WIDE_SEED: [u64; 2] = [64 * P_LOW, 64 * P_HIGH];

/// The limbs of p plus a constant below p: what the last product of an S-box starts from.
pub(crate) const fn seed(constant: u64) -> [u64; 2] {
    [P_LOW + (constant & LOW_BITS), P_HIGH + (constant >> 52)]
}
