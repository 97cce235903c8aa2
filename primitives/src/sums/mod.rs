//! Random combinations, several at once: sums of products of words with constants, one in each lane, reduced once.
//!
//! A quotient of constraints is mostly such sums. As for the packed permutation, the instructions are chosen when the crate is compiled.

#[cfg(all(target_arch = "x86_64", target_feature = "avx512f", target_feature = "avx512ifma"))]
mod ifma;
#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "avx512f", target_feature = "avx512ifma"))))]
mod portable;

#[cfg(all(target_arch = "x86_64", target_feature = "avx512f", target_feature = "avx512ifma"))]
use ifma as backend;
#[cfg(not(all(target_arch = "x86_64", target_feature = "avx512f", target_feature = "avx512ifma")))]
use portable as backend;

use crate::F;
use p3_field::{Field, PackedValue};

/// Plonky3's packed elements in this build.
pub type Packed = <F as Field>::Packing;

/// Lanes of [`Packed`].
pub const PACKED_LANES: usize = <Packed as PackedValue>::WIDTH;

/// A constant factor.
#[derive(Clone, Copy)]
pub struct Factor(backend::Factor);

impl Factor {
    /// From any word, taken modulo p.
    #[inline]
    pub fn new(word: u64) -> Self {
        Self(backend::Factor::new(word))
    }
}

/// Words of `N` lanes, ready to be multiplied by several factors.
#[derive(Clone, Copy)]
pub struct Lanes<const N: usize>(backend::Lanes<N>);

impl<const N: usize> Lanes<N> {
    /// From any words, taken modulo p.
    #[inline(always)]
    pub fn new(words: &[u64; N]) -> Self {
        Self(backend::Lanes::new(words))
    }
}

impl Lanes<PACKED_LANES> {
    /// Of packed elements.
    #[inline(always)]
    pub fn packed(elements: &Packed) -> Self {
        Self(backend::packed(elements))
    }
}

/// Products that a [`Sum`] holds at most.
pub const MOST_PRODUCTS: usize = 1 << 10;

/// A sum of at most [`MOST_PRODUCTS`] products in each of `N` lanes. Beyond that, its value is another one.
#[derive(Clone, Copy)]
pub struct Sum<const N: usize>(backend::Sum<N>);

impl<const N: usize> Sum<N> {
    /// No products.
    #[inline(always)]
    pub fn new() -> Self {
        Self(backend::Sum::new())
    }

    /// Adds `x * factor` in each lane.
    #[inline(always)]
    pub fn add(&mut self, x: Lanes<N>, factor: Factor) {
        self.0.add(x.0, factor.0);
    }

    /// The sums modulo p, canonical.
    #[inline(always)]
    pub fn value(&self) -> [u64; N] {
        self.0.value()
    }
}

impl Sum<PACKED_LANES> {
    /// The sums as packed elements.
    #[inline(always)]
    pub fn packed(&self) -> Packed {
        backend::value_packed(&self.0)
    }
}

impl<const N: usize> Default for Sum<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::F;
    use crate::words::word;
    use p3_field::{PrimeCharacteristicRing, PrimeField64};
    use rand::{SeedableRng, rngs::StdRng};

    const N: usize = 8;

    #[test]
    fn packed_elements_are_their_lanes() {
        let mut rng = StdRng::seed_from_u64(31);
        let elements: [F; PACKED_LANES] = std::array::from_fn(|_| F::new(word(&mut rng)));
        let factor = word(&mut rng);
        let mut sum = Sum::new();
        sum.add(Lanes::packed(Packed::from_slice(&elements)), Factor::new(factor));
        let expected = elements.map(|element| element * F::new(factor));
        assert_eq!(sum.packed().as_slice(), expected);
        assert_eq!(sum.value(), expected.map(|element| element.as_canonical_u64()));
        let mut slow = portable::Sum::new();
        slow.add(portable::packed(Packed::from_slice(&elements)), portable::Factor::new(factor));
        assert_eq!(portable::value_packed(&slow).as_slice(), expected);
    }

    #[test]
    fn sums_equal_the_field() {
        let mut rng = StdRng::seed_from_u64(30);
        for count in [0, 1, 2, 3, 100, MOST_PRODUCTS] {
            for extreme in [false, true] {
                let mut sum = Sum::<N>::new();
                let mut slow = portable::Sum::<N>::new();
                let mut expected = [F::ZERO; N];
                for _ in 0..count {
                    let words: [u64; N] = std::array::from_fn(|_| if extreme { u64::MAX } else { word(&mut rng) });
                    let factor = if extreme { crate::MODULUS - 1 } else { word(&mut rng) };
                    sum.add(Lanes::new(&words), Factor::new(factor));
                    slow.add(portable::Lanes::new(&words), portable::Factor::new(factor));
                    for (expected, word) in expected.iter_mut().zip(words) {
                        *expected += F::new(word) * F::new(factor);
                    }
                }
                let expected = expected.map(|element| element.as_canonical_u64());
                assert_eq!(sum.value(), expected, "{count} products");
                assert_eq!(slow.value(), expected, "{count} products");
            }
        }
    }
}
