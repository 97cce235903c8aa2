//! Sums of products of 64-bit words that are reduced modulo p once, at the end.
//!
//! p = 2^64 - 2^32 + 1, so 2^64 = 2^32 - 1 and 2^96 = -1 modulo p. A reduction costs about as much as two products: dot
//! products with constants (Poseidon) and extension field products (EcGFp5) therefore add first and reduce last.

/// 2^64 modulo p.
pub(crate) const EPSILON: u64 = 0xffff_ffff;

/// An integer below 2^160: a sum of at most 2^32 - 1 products of two words.
#[derive(Clone, Copy, Default)]
pub(crate) struct Accumulator {
    low: u64,
    middle: u64,
    high: u32,
}

impl Accumulator {
    /// Adds `a * b`.
    #[cfg(all(target_arch = "x86_64", target_feature = "bmi2"))]
    #[inline(always)]
    pub(crate) fn add_product(&mut self, a: u64, b: u64) {
        // The compiler takes the carries of several sums apart and computes them again, at twice the time.
        // SAFETY: four instructions on registers that are declared; the processor has `mulx` by the condition above.
        unsafe {
            std::arch::asm!(
                "mulx {product_high}, {product_low}, {b}",
                "add {low}, {product_low}",
                "adc {middle}, {product_high}",
                "adc {high:e}, 0",
                in("rdx") a,
                b = in(reg) b,
                product_low = out(reg) _,
                product_high = out(reg) _,
                low = inout(reg) self.low,
                middle = inout(reg) self.middle,
                high = inout(reg) self.high,
                options(pure, nomem, nostack),
            );
        }
    }

    /// Adds `a * b`.
    #[cfg(not(all(target_arch = "x86_64", target_feature = "bmi2")))]
    #[inline(always)]
    pub(crate) fn add_product(&mut self, a: u64, b: u64) {
        let sum = self.low as u128 | (self.middle as u128) << 64;
        let (sum, carry) = sum.overflowing_add(a as u128 * b as u128);
        self.low = sum as u64;
        self.middle = (sum >> 64) as u64;
        self.high += carry as u32;
    }

    /// The value modulo p, as a word that may be p or more.
    #[inline(always)]
    pub(crate) fn reduce(self) -> u64 {
        // The weight of `high` is 2^128 = -2^32: it joins bits 96 to 127, whose weight is -1.
        let minus = (self.middle >> 32) + ((self.high as u64) << 32);
        subtract(add(self.low, (self.middle & EPSILON) * EPSILON), minus)
    }
}

/// `a + b` modulo p for any `a` and for `b` at most p; the result may be p or more.
#[inline(always)]
pub(crate) fn add(a: u64, b: u64) -> u64 {
    let (sum, carry) = a.overflowing_add(b);
    // After a carry the sum is at most p - 1 = 2^64 - 2^32, so the second addition does not overflow.
    sum.wrapping_add(EPSILON * carry as u64)
}

/// `a - b` modulo p for any `a` and for `b` at most p; the result may be p or more.
#[inline(always)]
pub(crate) fn subtract(a: u64, b: u64) -> u64 {
    let (difference, borrow) = a.overflowing_sub(b);
    // After a borrow the difference is at least 2^64 - p = 2^32 - 1, so the second subtraction does not underflow.
    difference.wrapping_sub(EPSILON * borrow as u64)
}

/// `a * b` modulo p; the result may be p or more.
#[inline(always)]
pub(crate) fn multiply(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    let high = (product >> 64) as u64;
    add(subtract(product as u64, high >> 32), (high & EPSILON) * EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MODULUS;
    use num_bigint::BigUint;
    use proptest::prelude::*;

    fn word() -> impl Strategy<Value = u64> {
        prop_oneof![
            any::<u64>(),
            Just(0),
            Just(u64::MAX),
            Just(MODULUS),
            Just(MODULUS - 1),
            Just(EPSILON),
            (MODULUS - 10..=u64::MAX)
        ]
    }

    proptest! {
        #[test]
        fn reduces_as_integers_do(terms in prop::collection::vec((word(), word()), 0..40)) {
            let mut sum = Accumulator::default();
            let mut expected = BigUint::ZERO;
            for &(a, b) in &terms {
                sum.add_product(a, b);
                expected += BigUint::from(a) * b;
            }
            prop_assert_eq!(BigUint::from(sum.reduce()) % MODULUS, expected % MODULUS);
        }

        #[test]
        fn adds_and_subtracts_as_integers_do(a in word(), b in 0..=MODULUS) {
            prop_assert_eq!(BigUint::from(add(a, b)) % MODULUS, (BigUint::from(a) + b) % MODULUS);
            prop_assert_eq!((BigUint::from(subtract(a, b)) + b) % MODULUS, BigUint::from(a) % MODULUS);
        }

        #[test]
        fn multiplies_as_integers_do(a in word(), b in word()) {
            prop_assert_eq!(BigUint::from(multiply(a, b)) % MODULUS, BigUint::from(a) * b % MODULUS);
        }
    }
}
