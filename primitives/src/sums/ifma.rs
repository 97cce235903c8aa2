//! AVX-512 with 52-bit multiply-and-add: eight lanes, six instructions a product, no reduction.
//!
//! A word is split at bit 36, `x + 2^36·y`, and a factor w is prepared as the limbs of w and of 2^36·w modulo p. Products of
//! weight 1 are below 2^52 and those of weight 2^52 below 2^52: with two of weight 1 and four of weight 2^52 a product of
//! words, 2^10 of them stay below 2^63 and 2^62.

use crate::F;
use crate::poseidon::packed::ifma::limbs::{
    LOW_BITS, Limbs, V, add, add_high, add_low, all, and, load, load_packed, right, store, store_packed, zero,
};
use p3_field::{PackedValue, PrimeField64};
use p3_goldilocks::PackedGoldilocksAVX512;

const SPLIT: u32 = 36;

#[derive(Clone, Copy)]
pub(super) struct Factor {
    /// Limbs of w, and of 2^36·w.
    limbs: [[u64; 2]; 2],
}

impl Factor {
    pub(super) fn new(word: u64) -> Self {
        let limbs = [F::new(word), F::new(word) * F::new(1 << SPLIT)].map(|element| {
            let word = element.as_canonical_u64();
            [word & LOW_BITS, word >> 52]
        });
        Self { limbs }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Lanes<const N: usize> {
    low: V,
    high: V,
}

impl<const N: usize> Lanes<N> {
    #[inline(always)]
    pub(super) fn new(words: &[u64; N]) -> Self {
        const { assert!(N == 8, "a vector has eight lanes") };
        Self::split(words.first_chunk().map_or_else(zero, load))
    }

    #[inline(always)]
    fn split(words: V) -> Self {
        Self { low: and(words, all((1 << SPLIT) - 1)), high: right::<SPLIT>(words) }
    }
}

#[inline(always)]
pub(super) fn packed(elements: &PackedGoldilocksAVX512) -> Lanes<8> {
    Lanes::split(load_packed(elements))
}

#[inline(always)]
pub(super) fn value_packed(sum: &Sum<8>) -> PackedGoldilocksAVX512 {
    let mut elements = PackedGoldilocksAVX512::from_fn(|_| F::new(0));
    store_packed(sum.canonical(), &mut elements);
    elements
}

#[derive(Clone, Copy)]
pub(super) struct Sum<const N: usize> {
    /// Weight 1.
    low: V,
    /// Weight 2^52; apart, since a sum waits four cycles for each product.
    high: [V; 2],
}

impl<const N: usize> Sum<N> {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self { low: zero(), high: [zero(); 2] }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, x: Lanes<N>, factor: Factor) {
        let [w, shifted] = factor.limbs;
        self.low = add_low(self.low, x.low, all(w[0]));
        self.high[0] = add_high(self.high[0], x.low, all(w[0]));
        self.high[1] = add_low(self.high[1], x.low, all(w[1]));
        self.low = add_low(self.low, x.high, all(shifted[0]));
        self.high[0] = add_high(self.high[0], x.high, all(shifted[0]));
        self.high[1] = add_low(self.high[1], x.high, all(shifted[1]));
    }

    #[inline(always)]
    fn canonical(&self) -> V {
        let sum = Limbs { low: self.low, high: add(self.high[0], self.high[1]) }.fold().settle();
        Limbs { low: and(sum.low, all(LOW_BITS)), high: sum.high }.canonical()
    }

    #[inline(always)]
    pub(super) fn value(&self) -> [u64; N] {
        let mut words = [0; N];
        if let Some(words) = words.first_chunk_mut() {
            store(self.canonical(), words);
        }
        words
    }
}
