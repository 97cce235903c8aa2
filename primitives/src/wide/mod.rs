//! Transforms: sums of elements times powers of two, in the lanes of a packed element, reduced once.
//!
//! 2 has order 192 modulo p, so that roots of unity of order up to 64 are powers of two. As for the packed permutation, the
//! instructions are chosen when the crate is compiled.

#[cfg(all(target_arch = "x86_64", target_feature = "avx512f", target_feature = "avx512ifma"))]
mod ifma;
#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "avx512f", target_feature = "avx512ifma"))))]
mod portable;

#[cfg(all(target_arch = "x86_64", target_feature = "avx512f", target_feature = "avx512ifma"))]
use ifma as backend;
#[cfg(not(all(target_arch = "x86_64", target_feature = "avx512f", target_feature = "avx512ifma")))]
use portable as backend;

use crate::F;
use crate::sums::Packed;

/// The order of 2 modulo p.
pub const ORDER_OF_TWO: u32 = 192;

/// log2 of the largest order of a root of unity that is a power of two.
pub const LOG_ROOTS: u32 = 6;

/// The exponent of 2 that gives Plonky3's generator of order `2^LOG_ROOTS`.
pub const ROOT_EXPONENT: u32 = 39;

/// Elements that are added up before a reduction at most.
pub const MOST_TERMS: usize = 1 << 7;

/// A constant factor.
#[derive(Clone, Copy)]
pub struct Factor(backend::Factor);

impl Factor {
    /// The factor `x`.
    #[inline]
    pub fn new(x: F) -> Self {
        Self(backend::Factor::new(x))
    }
}

/// A sum of at most [`MOST_TERMS`] elements in each lane. Beyond that, its value is another one.
///
/// Exponents are meant to be known when the caller is compiled: then a turn is a few shifts.
#[derive(Clone, Copy)]
pub struct Wide(backend::Wide);

impl Wide {
    /// The elements themselves: one term.
    #[inline(always)]
    pub fn of(elements: &Packed) -> Self {
        Self(backend::Wide::of(elements))
    }

    /// The elements times a factor: one term.
    #[inline(always)]
    pub fn product(elements: &Packed, factor: &Factor) -> Self {
        Self(backend::Wide::product(elements, &factor.0))
    }

    /// Times `2^exponent`, of as many terms.
    #[inline(always)]
    pub fn turn(self, exponent: u32) -> Self {
        Self(self.0.turn(exponent))
    }

    /// `(self + 2^exponent · other, self - 2^exponent · other)`, of the terms of both.
    #[inline(always)]
    pub fn split(self, other: Self, exponent: u32) -> (Self, Self) {
        let (sum, difference) = self.0.split(other.0, exponent);
        (Self(sum), Self(difference))
    }

    /// `(self + other, (self - other) · 2^exponent)`, of the terms of both.
    #[inline(always)]
    pub fn join(self, other: Self, exponent: u32) -> (Self, Self) {
        let (sum, difference) = self.0.join(other.0, exponent);
        (Self(sum), Self(difference))
    }

    /// The sum modulo p.
    #[inline(always)]
    pub fn packed(self) -> Packed {
        self.0.packed()
    }
}

impl Default for Wide {
    /// No terms.
    #[inline(always)]
    fn default() -> Self {
        Self::of(&Packed::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sums::PACKED_LANES;
    use crate::words::word;
    use p3_field::{PackedValue, PrimeCharacteristicRing, TwoAdicField};
    use rand::{SeedableRng, rngs::StdRng};

    type Lanes = [F; PACKED_LANES];

    fn words(rng: &mut StdRng) -> Lanes {
        std::array::from_fn(|_| F::new(word(rng)))
    }

    fn power(exponent: u32) -> F {
        F::TWO.exp_u64(exponent.into())
    }

    #[test]
    fn roots_are_powers_of_two() {
        assert_eq!(power(ROOT_EXPONENT), F::two_adic_generator(LOG_ROOTS as usize));
        assert_eq!(power(ORDER_OF_TWO), F::ONE);
    }

    /// Checks everything that depends on an exponent, with both backends.
    fn check(rng: &mut StdRng, exponent: u32) {
        let (u, v, w) = (words(rng), words(rng), F::new(word(rng)));
        let [pu, pv] = [&u, &v].map(|lanes| Packed::from_slice(lanes));
        let expect = |value: Packed, f: &dyn Fn(usize) -> F, what: &str| {
            assert_eq!(value.as_slice(), std::array::from_fn::<F, PACKED_LANES, _>(f), "{what} {exponent}");
        };
        let turned = power(exponent);
        macro_rules! check {
            ($module:ident) => {
                let factor = $module::Factor::new(w);
                let (a, b) = ($module::Wide::product(pu, &factor), $module::Wide::of(pv));
                expect(a.packed(), &|i| u[i] * w, "product");
                expect(b.packed(), &|i| v[i], "element");
                expect(a.turn(exponent).packed(), &|i| u[i] * w * turned, "turn");
                expect(b.turn(exponent).packed(), &|i| v[i] * turned, "turn");
                let (sum, difference) = b.split(a, exponent);
                expect(sum.packed(), &|i| v[i] + u[i] * w * turned, "sum");
                expect(difference.packed(), &|i| v[i] - u[i] * w * turned, "difference");
                let (sum, difference) = b.join(a, exponent);
                expect(sum.packed(), &|i| v[i] + u[i] * w, "sum");
                expect(difference.packed(), &|i| (v[i] - u[i] * w) * turned, "difference");
            };
        }
        check!(backend);
        check!(portable);
    }

    #[test]
    fn products_turns_and_sums_equal_the_field() {
        let mut rng = StdRng::seed_from_u64(40);
        for _ in 0..50 {
            (0..ORDER_OF_TWO).for_each(|exponent| check(&mut rng, exponent));
        }
    }

    #[test]
    fn as_many_terms_as_promised() {
        let mut rng = StdRng::seed_from_u64(41);
        for extreme in [false, true] {
            for sign in [false, true] {
                let next = |rng: &mut StdRng| if extreme { u64::MAX } else { word(rng) };
                let one: Lanes = std::array::from_fn(|_| F::new(next(&mut rng)));
                let factor = F::new(if extreme { crate::MODULUS - 1 } else { word(&mut rng) });
                let mut sum = Wide::product(Packed::from_slice(&one), &Factor::new(factor));
                let mut expected = one.map(|x| x * factor);
                let mut terms = 1;
                while terms < MOST_TERMS {
                    // u + u·2^48, or u - u·2^48.
                    let (plus, minus) = sum.split(sum, 48);
                    let turned = expected.map(|x| x * power(48));
                    sum = if sign { minus } else { plus };
                    expected =
                        std::array::from_fn(|i| if sign { expected[i] - turned[i] } else { expected[i] + turned[i] });
                    terms *= 2;
                    assert_eq!(sum.packed().as_slice(), expected, "{terms} terms");
                }
                let mut sum =
                    Wide::product(Packed::from_slice(&one), &Factor::new(factor)).turn(if sign { 96 } else { 0 });
                let mut expected = one.map(|x| if sign { -(x * factor) } else { x * factor });
                for _ in 0..MOST_TERMS.ilog2() {
                    sum = sum.split(sum, 0).0;
                    expected = expected.map(|x| x.double());
                }
                assert_eq!(sum.packed().as_slice(), expected);
            }
        }
    }
}
