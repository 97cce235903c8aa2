//! AVX2: the full rounds of four states in the lanes of a vector, the partial rounds of each one alone.
//!
//! Partial rounds are sums of 64-bit products, which AVX2 lacks; four scalar chains beside one another are as fast. Instructions are called in
//! `unsafe` blocks; all are safe because this module is compiled only for processors that have AVX2.

use super::super::constants::{HALF_FULL_ROUNDS, PARTIAL_ROUNDS, ROUND_CONSTANTS, WIDTH};
use super::super::matrix::{self, Word};
use super::super::scalar;
use super::super::tables::TABLES;
use crate::accumulator::EPSILON;
use crate::{F, MODULUS};
use core::arch::x86_64::*;
use p3_field::{PackedValue, PrimeField64};

/// States in a vector.
const STATES: usize = 4;

/// Four words.
#[derive(Clone, Copy)]
struct Words(__m256i);

impl Word for Words {
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        // SAFETY: the features are there.
        Self(unsafe { _mm256_add_epi64(self.0, other.0) })
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        // SAFETY: the features are there.
        Self(unsafe { _mm256_sub_epi64(self.0, other.0) })
    }

    #[inline(always)]
    fn left<const BITS: u32>(self) -> Self {
        // SAFETY: the features are there.
        Self(unsafe { _mm256_sll_epi64(self.0, _mm_cvtsi32_si128(BITS as i32)) })
    }
}

impl Words {
    #[inline(always)]
    fn all(word: u64) -> Self {
        // SAFETY: the features are there.
        Self(unsafe { _mm256_set1_epi64x(word as i64) })
    }

    #[inline(always)]
    fn load(words: &[u64; STATES]) -> Self {
        // SAFETY: the pointer is to 32 readable bytes; an unaligned load asks no more.
        Self(unsafe { _mm256_loadu_si256(words.as_ptr().cast()) })
    }

    #[inline(always)]
    fn store(self, words: &mut [u64; STATES]) {
        // SAFETY: the pointer is to 32 writable bytes; an unaligned store asks no more.
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), self.0) }
    }

    /// The lower halves.
    #[inline(always)]
    fn low(self) -> Self {
        // SAFETY: the features are there.
        Self(unsafe { _mm256_and_si256(self.0, Self::all(EPSILON).0) })
    }

    /// The upper halves.
    #[inline(always)]
    fn high(self) -> Self {
        // SAFETY: the features are there.
        Self(unsafe { _mm256_srli_epi64::<32>(self.0) })
    }

    /// Products of the lower halves.
    #[inline(always)]
    fn half_product(self, other: Self) -> Self {
        // SAFETY: the features are there.
        Self(unsafe { _mm256_mul_epu32(self.0, other.0) })
    }

    /// 2^32 - 1 where `self` is below `other` as unsigned words, else 0.
    #[inline(always)]
    fn epsilon_if_below(self, other: Self) -> Self {
        // SAFETY: the features are there.
        unsafe {
            let sign = Self::all(1 << 63).0;
            let below = _mm256_cmpgt_epi64(_mm256_xor_si256(other.0, sign), _mm256_xor_si256(self.0, sign));
            Self(_mm256_srli_epi64::<32>(below))
        }
    }

    /// The sum modulo p for `other` at most p; may be p or more.
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let sum = self.plus(other);
        sum.plus(sum.epsilon_if_below(other))
    }

    /// `low + 2^64·high` modulo p; may be p or more.
    #[inline(always)]
    fn reduce(low: Self, high: Self) -> Self {
        let top = high.high();
        let difference = low.minus(top).minus(low.epsilon_if_below(top));
        difference.add(high.half_product(Self::all(EPSILON)))
    }

    /// The product modulo p; may be p or more.
    #[inline(always)]
    fn times(self, other: Self) -> Self {
        let (a, b) = (self.high(), other.high());
        let low = self.half_product(other);
        let first = a.half_product(other).plus(low.high());
        let second = self.half_product(b).plus(first.low());
        let high = a.half_product(b).plus(first.high()).plus(second.high());
        Self::reduce(low.low().plus(second.left::<32>()), high)
    }

    /// x^7 modulo p; may be p or more.
    #[inline(always)]
    fn seventh_power(self) -> Self {
        let square = self.times(self);
        self.times(square).times(square.times(square))
    }
}

#[inline(always)]
fn full_round(state: &mut [Words; WIDTH], constants: &[u64; WIDTH]) {
    let boxed: [Words; WIDTH] = std::array::from_fn(|i| state[i].add(Words::all(constants[i])).seventh_power());
    let low = matrix::multiply(boxed.map(Words::low));
    let high = matrix::multiply(boxed.map(Words::high));
    *state = std::array::from_fn(|i| {
        // low + 2^32·high, both below 2^41.
        let middle = high[i].plus(low[i].high());
        Words::reduce(low[i].low().plus(middle.left::<32>()), middle.high())
    });
}

/// The permutation on four states; any words go in and come out.
fn permute(state: &mut [[u64; STATES]; WIDTH]) {
    let mut words = state.each_ref().map(Words::load);
    for constants in &ROUND_CONSTANTS[..HALF_FULL_ROUNDS] {
        full_round(&mut words, constants);
    }
    store_all(&words, state);
    for lane in 0..STATES {
        let mut single = std::array::from_fn(|i| state[i][lane]);
        scalar::partial_rounds(&mut single, &TABLES);
        for (row, word) in state.iter_mut().zip(single) {
            row[lane] = word;
        }
    }
    words = state.each_ref().map(Words::load);
    full_round(&mut words, &TABLES.after);
    for constants in &ROUND_CONSTANTS[HALF_FULL_ROUNDS + PARTIAL_ROUNDS + 1..] {
        full_round(&mut words, constants);
    }
    store_all(&words, state);
}

#[inline(always)]
fn store_all(words: &[Words; WIDTH], state: &mut [[u64; STATES]; WIDTH]) {
    for (row, words) in state.iter_mut().zip(words) {
        words.store(row);
    }
}

/// The permutation on sixteen states; any words go in, words below p come out.
pub(super) fn permute_16(state: &mut [[u64; 16]; WIDTH]) {
    for from in (0..16).step_by(STATES) {
        let mut four = std::array::from_fn(|i| std::array::from_fn(|lane| state[i][from + lane]));
        permute(&mut four);
        for (row, four) in state.iter_mut().zip(four) {
            for (word, result) in row[from..].iter_mut().zip(four) {
                *word = if result >= MODULUS { result - MODULUS } else { result };
            }
        }
    }
}

/// The permutation on as many states as Plonky3 packs into one value, four at a time.
pub(super) fn permute_packed<P: PackedValue<Value = F>>(state: &mut [P; WIDTH]) {
    for from in (0..P::WIDTH).step_by(STATES) {
        let count = STATES.min(P::WIDTH - from);
        let mut four = [[0; STATES]; WIDTH];
        for (row, packed) in four.iter_mut().zip(&*state) {
            for (word, element) in row.iter_mut().zip(&packed.as_slice()[from..from + count]) {
                *word = element.as_canonical_u64();
            }
        }
        permute(&mut four);
        for (packed, row) in state.iter_mut().zip(four) {
            for (element, word) in packed.as_slice_mut()[from..from + count].iter_mut().zip(row) {
                *element = F::new(word);
            }
        }
    }
}
