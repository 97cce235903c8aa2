//! The matrix of the full rounds by additions and shifts.
//!
//! The circulant part is a product of polynomials modulo x^12 - 1 = (x³)⁴ - 1. Split the twelve words by their index modulo 3; for each
//! value y of x³ among 1, -1, i (and -i, the conjugate) there remains a product of three by three words modulo x³ = y. With
//! the constants of plonky2's matrix the factors, divided by four, are small sums of powers of two:
//!
//! | y | factors |
//! |---|---|
//! | 1 | 16, 32, 16 |
//! | -1 | -1, -8, 2 |
//! | i | 2 + i, -4 - i, 16 - i (with the conjugate) |
//!
//! Words wrap modulo 2^64 on the way; the results are exact because they are sums of at most 264 words below 2^55.

use super::constants::WIDTH;

/// A word of 64 bits, or several in the lanes of a vector, with arithmetic that wraps.
pub(super) trait Word: Copy {
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    /// The word times 2^BITS.
    fn left<const BITS: u32>(self) -> Self;
}

impl Word for u64 {
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    #[inline(always)]
    fn left<const BITS: u32>(self) -> Self {
        self << BITS
    }
}

#[inline(always)]
fn add<W: Word>(a: W, b: W) -> W {
    a.plus(b)
}

#[inline(always)]
fn sub<W: Word>(a: W, b: W) -> W {
    a.minus(b)
}

#[inline(always)]
fn left<const BITS: u32, W: Word>(a: W) -> W {
    a.left::<BITS>()
}

#[inline(always)]
fn twice<W: Word>(a: W) -> W {
    a.plus(a)
}

/// The product for y = 1.
#[inline(always)]
fn at_one<W: Word>(p: [W; 3]) -> [W; 3] {
    let sum = add(add(p[0], p[1]), p[2]);
    [left::<4, W>(add(sum, p[2])), left::<4, W>(add(sum, p[0])), left::<4, W>(add(sum, p[1]))]
}

/// The product for y = -1.
#[inline(always)]
fn at_minus_one<W: Word>(q: [W; 3]) -> [W; 3] {
    let eight = [left::<3, W>(q[0]), left::<3, W>(q[1]), left::<3, W>(q[2])];
    let two = [twice(q[0]), twice(q[1]), twice(q[2])];
    [sub(sub(eight[2], two[1]), q[0]), sub(sub(sub(q[1], two[1]), eight[0]), two[2]), sub(sub(two[0], eight[1]), q[2])]
}

/// The product for y = i: real and imaginary parts.
#[inline(always)]
fn at_i<W: Word>(r: [W; 3], m: [W; 3]) -> ([W; 3], [W; 3]) {
    let (r2, m2) = ([twice(r[0]), twice(r[1]), twice(r[2])], [twice(m[0]), twice(m[1]), twice(m[2])]);
    let four = |x: [W; 3]| [left::<2, W>(x[0]), left::<2, W>(x[1]), left::<2, W>(x[2])];
    let (r4, m4) = (four(r), four(m));
    let (r16, m16) = (four(r4), four(m4));
    let real = [
        add(add(sub(r2[0], m[0]), sub(r[1], m16[1])), add(r[2], m4[2])),
        add(add(sub(m[0], r4[0]), sub(r2[1], m[1])), sub(r[2], m16[2])),
        add(add(add(r16[0], m[0]), sub(m[1], r4[1])), sub(r2[2], m[2])),
    ];
    let imaginary = [
        add(add(add(m2[0], r[0]), add(m[1], r16[1])), sub(m[2], r4[2])),
        add(sub(add(m2[1], r[1]), add(m4[0], r[0])), add(m[2], r16[2])),
        add(sub(sub(m16[0], r[0]), add(m4[1], r[1])), add(m2[2], r[2])),
    ];
    (real, imaginary)
}

/// Twelve words as polynomials modulo x³ - 1, x³ + 1 and, by real and imaginary parts, x³ - i.
#[derive(Clone, Copy)]
pub(super) struct Parts<W> {
    pub one: [W; 3],
    pub minus_one: [W; 3],
    pub real: [W; 3],
    pub imaginary: [W; 3],
}

impl<W: Word> Parts<W> {
    #[inline(always)]
    pub(super) fn of(s: [W; WIDTH]) -> Self {
        let even: [W; 3] = std::array::from_fn(|a| add(s[a], s[a + 6]));
        let odd: [W; 3] = std::array::from_fn(|a| add(s[a + 3], s[a + 9]));
        Self {
            one: std::array::from_fn(|a| add(even[a], odd[a])),
            minus_one: std::array::from_fn(|a| sub(even[a], odd[a])),
            real: std::array::from_fn(|a| sub(s[a], s[a + 6])),
            imaginary: std::array::from_fn(|a| sub(s[a + 3], s[a + 9])),
        }
    }

    /// The parts of the circulant's product: `one` and `minus_one` divided by four, the others by two.
    #[inline(always)]
    pub(super) fn multiply(self) -> Self {
        let (real, imaginary) = at_i(self.real, self.imaginary);
        Self { one: at_one(self.one), minus_one: at_minus_one(self.minus_one), real, imaginary }
    }

    /// The words whose parts, divided as by [`Parts::multiply`], these are.
    #[inline(always)]
    pub(super) fn join(self) -> [W; WIDTH] {
        let even: [W; 3] = std::array::from_fn(|a| add(self.one[a], self.minus_one[a]));
        let odd: [W; 3] = std::array::from_fn(|a| sub(self.one[a], self.minus_one[a]));
        std::array::from_fn(|i| match i / 3 {
            0 => add(even[i], self.real[i]),
            1 => add(odd[i - 3], self.imaginary[i - 3]),
            2 => sub(even[i - 6], self.real[i - 6]),
            _ => sub(odd[i - 9], self.imaginary[i - 9]),
        })
    }
}

/// The matrix on twelve words below 2^55.
#[inline(always)]
pub(super) fn multiply<W: Word>(s: [W; WIDTH]) -> [W; WIDTH] {
    let mut result = Parts::of(s).multiply().join();
    // Entry (0, 0) has 8 more.
    result[0] = add(result[0], left::<3, W>(s[0]));
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poseidon::tables::entry;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_the_matrix(state in prop::array::uniform12(0u64..1 << 55)) {
            let expected: [u64; WIDTH] =
                std::array::from_fn(|i| (0..WIDTH).map(|j| entry(i, j) * state[j]).sum());
            prop_assert_eq!(multiply(state), expected);
        }
    }
}
