//! One lane after the other.

use super::{PACKED_LANES, Packed};
use crate::F;
use crate::accumulator::Accumulator;
use p3_field::{PackedValue, PrimeField64};

#[derive(Clone, Copy)]
pub(super) struct Factor(u64);

impl Factor {
    pub(super) fn new(word: u64) -> Self {
        Self(word)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Lanes<const N: usize>([u64; N]);

impl<const N: usize> Lanes<N> {
    #[inline(always)]
    pub(super) fn new(words: &[u64; N]) -> Self {
        Self(*words)
    }
}

#[inline(always)]
pub(super) fn packed(elements: &Packed) -> Lanes<PACKED_LANES> {
    Lanes(std::array::from_fn(|i| elements.as_slice()[i].as_canonical_u64()))
}

#[inline(always)]
pub(super) fn value_packed(sum: &Sum<PACKED_LANES>) -> Packed {
    *Packed::from_slice(&sum.value().map(F::new))
}

#[derive(Clone, Copy)]
pub(super) struct Sum<const N: usize>([Accumulator; N]);

impl<const N: usize> Sum<N> {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self([Accumulator::default(); N])
    }

    #[inline(always)]
    pub(super) fn add(&mut self, x: Lanes<N>, factor: Factor) {
        for (sum, word) in self.0.iter_mut().zip(x.0) {
            sum.add_product(word, factor.0);
        }
    }

    #[inline(always)]
    pub(super) fn value(&self) -> [u64; N] {
        self.0.map(|sum| F::new(sum.reduce()).as_canonical_u64())
    }
}
