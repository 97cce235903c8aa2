//! Products with 52-bit multiply-and-add: eight lanes, seven instructions a product of coefficients, one reduction a coefficient.
//!
//! A word is `low + 2^52·high`; the instructions ignore the bits above 52 of a factor, so that a word is its own `low`.

use crate::poseidon::packed::ifma::limbs::{
    LOW_BITS, P_HIGH, P_LOW, V, add, add_high, add_low, all, and, left, load_packed, right, store_packed, sub, wrap,
    zero,
};
use crate::sums::Packed;
use p3_field::PrimeCharacteristicRing;

/// A word, or twice one: `low` mod 2^52 and `high`, below 2^13.
#[derive(Clone, Copy)]
struct Split {
    low: V,
    high: V,
}

impl Split {
    #[inline(always)]
    fn new(packed: &Packed) -> Self {
        let word = load_packed(packed);
        Self { low: word, high: right::<52>(word) }
    }

    /// Twice a word.
    #[inline(always)]
    fn twice(packed: &Packed) -> Self {
        let word = load_packed(packed);
        Self { low: left::<1>(word), high: right::<51>(word) }
    }
}

/// A sum of at most 13 products, `low + 2^52·middle + 2^104·top`: with the multiples of p that it starts from, `low` is below 2^56,
/// `middle` below 2^58, `top` below 2^29.
struct Sum {
    low: V,
    middle: V,
    top: V,
}

impl Sum {
    /// p, which outweighs what `top` takes away.
    #[inline(always)]
    fn new() -> Self {
        Self { low: all(P_LOW), middle: all(P_HIGH), top: zero() }
    }

    #[inline(always)]
    fn plus(self, a: Split, b: Split) -> Self {
        let middle = add_low(add_low(add_high(self.middle, a.low, b.low), a.low, b.high), a.high, b.low);
        let top = add_low(add_high(add_high(self.top, a.low, b.high), a.high, b.low), a.high, b.high);
        Self { low: add_low(self.low, a.low, b.low), middle, top }
    }

    /// Three times the sum: what z^5 makes of it.
    #[inline(always)]
    fn triple(self) -> Self {
        let triple = |value| add(value, left::<1>(value));
        Self { low: triple(self.low), middle: triple(self.middle), top: triple(self.top) }
    }

    /// The value modulo p, as any word. 2^64 = 2^32 - 1 and 2^104 = -2^8.
    #[inline(always)]
    fn word(self) -> Packed {
        let above = right::<12>(self.middle);
        let low = sub(add_low(self.low, above, all(EPSILON)), left::<8>(self.top));
        // Below 2^12 + 2^26.
        let high = add_high(and(self.middle, all(0xfff)), above, all(EPSILON));
        let high = add(high, right::<52>(low));
        let word = add(and(low, all(LOW_BITS)), left::<52>(high));
        let mut packed = Packed::ZERO;
        store_packed(wrap(word, right::<12>(high)), &mut packed);
        packed
    }
}

const EPSILON: u64 = crate::accumulator::EPSILON;

/// a·b.
#[inline(always)]
pub(super) fn mul(a: &[Packed; 5], b: &[Packed; 5]) -> [Packed; 5] {
    let a: [Split; 5] = std::array::from_fn(|i| Split::new(&a[i]));
    let b: [Split; 5] = std::array::from_fn(|i| Split::new(&b[i]));
    [
        coefficient::<0>(&a, &b),
        coefficient::<1>(&a, &b),
        coefficient::<2>(&a, &b),
        coefficient::<3>(&a, &b),
        coefficient::<4>(&a, &b),
    ]
}

/// Coefficient K of a product. A number that the compiler knows: as the argument of a closure it is not inlined.
#[inline(always)]
fn coefficient<const K: usize>(a: &[Split; 5], b: &[Split; 5]) -> Packed {
    let mut sum = Sum::new();
    for i in K + 1..5 {
        sum = sum.plus(a[i], b[K + 5 - i]);
    }
    sum = sum.triple();
    for i in 0..=K {
        sum = sum.plus(a[i], b[K - i]);
    }
    sum.word()
}

/// a².
#[inline(always)]
pub(super) fn square(a: &[Packed; 5]) -> [Packed; 5] {
    let twice: [Split; 4] = std::array::from_fn(|i| Split::twice(&a[i]));
    let a: [Split; 5] = std::array::from_fn(|i| Split::new(&a[i]));
    [
        Sum::new().plus(twice[1], a[4]).plus(twice[2], a[3]).triple().plus(a[0], a[0]),
        Sum::new().plus(twice[2], a[4]).plus(a[3], a[3]).triple().plus(twice[0], a[1]),
        Sum::new().plus(twice[3], a[4]).triple().plus(twice[0], a[2]).plus(a[1], a[1]),
        Sum::new().plus(a[4], a[4]).triple().plus(twice[0], a[3]).plus(twice[1], a[2]),
        Sum::new().plus(twice[0], a[4]).plus(twice[1], a[3]).plus(a[2], a[2]),
    ]
    .map(Sum::word)
}
