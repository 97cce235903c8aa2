//! Scalars as digits of four bits, each the odd number `sign·(2·index + 1)` between -15 and 15.
//!
//! `Σ digit·16^i` over k digits is `2·v - (16^k - 1)`, where v has the digits `(digit + 15)/2` from 0 to 15: every number below 16^k has
//! one such form. No digit is 0, which spares the neutral, and a table of eight points serves sixteen digits.

use anyhow::Result;
use braid_primitives::ecgfp5::Scalar;
use plonky2::field::types::Field;
use plonky2::iop::target::{BoolTarget, Target};
use plonky2::iop::witness::{PartialWitness, WitnessWrite};

use crate::field5::integer;
use crate::{Builder, F};

/// Digits of a response: 320 bits, for an order of 319.
pub const RESPONSE: usize = 80;
/// Digits of each of the two elements of a challenge.
pub const WORD: usize = 16;
/// Digits of a limb of a response, which is compared limb by limb: 56 bits.
const LIMB: usize = 14;

/// A digit. The table that it picks from proves that the index is below eight.
#[derive(Clone, Copy, Debug)]
pub struct Digit {
    /// 1 or -1.
    pub sign: Target,
    /// From 0 to 7.
    pub index: Target,
    value: Target,
}

impl Digit {
    fn input(builder: &mut Builder) -> Self {
        let (sign, index) = (builder.add_virtual_target(), builder.add_virtual_target());
        let square = builder.mul(sign, sign);
        builder.assert_one(square);
        Self { sign, index, value: builder.arithmetic(F::TWO, F::ONE, sign, index, sign) }
    }

    fn set(&self, inputs: &mut PartialWitness<F>, nibble: u64) -> Result<()> {
        let (sign, index) = if nibble >= 8 { (1, nibble - 8) } else { (-1, 7 - nibble) };
        inputs.set_target(self.sign, integer(sign))?;
        inputs.set_target(self.index, F::from_canonical_u64(index))
    }
}

/// `Σ digit·16^i`.
fn sum(builder: &mut Builder, digits: &[Digit]) -> Target {
    let (zero, one) = (builder.zero(), builder.one());
    digits.iter().rfold(zero, |sum, digit| builder.arithmetic(integer(16), F::ONE, sum, one, digit.value))
}

/// `2^bits - 1` in the field.
fn ones(bits: u64) -> F {
    F::TWO.exp_u64(bits) - F::ONE
}

/// The digits of an element's integer below p.
pub fn word(builder: &mut Builder, element: Target) -> Vec<Digit> {
    let digits: Vec<Digit> = (0..WORD).map(|_| Digit::input(builder)).collect();
    let (low, high) = digits.split_at(WORD / 2);
    let [low, high] = [low, high].map(|half| sum(builder, half));
    let one = builder.one();
    // 2·element - (2^64 - 1).
    let both = builder.arithmetic(F::TWO.exp_u64(32), F::ONE, high, one, low);
    let offset = builder.constant(ones(64));
    let expected = builder.arithmetic(F::TWO, F::NEG_ONE, element, one, offset);
    builder.connect(both, expected);
    // p has only ones in its upper half: with those, a number below p is zero in the lower half.
    let full = builder.constant(ones(32));
    let at_the_top = builder.is_equal(high, full);
    let twice_low = builder.add(low, full);
    let product = builder.mul(at_the_top.target, twice_low);
    builder.assert_zero(product);
    digits
}

/// Sets the digits of [`word`].
pub fn set_word(inputs: &mut PartialWitness<F>, digits: &[Digit], value: u64) -> Result<()> {
    digits.iter().enumerate().try_for_each(|(i, digit)| digit.set(inputs, (value >> (4 * i)) & 15))
}

/// A response s in digits, by `v = (s + 16^80 - 1)/2` modulo n: the digits' own sum is s modulo n, and every s below n has its v.
#[derive(Clone, Debug)]
pub struct Response {
    pub digits: Vec<Digit>,
    /// Borrows from the limb above, when v is taken from n - 1.
    borrows: Vec<BoolTarget>,
}

/// v of a response.
pub fn recoded(s: &Scalar) -> [u64; 5] {
    ((*s + Scalar::reduce(&[0xff; 40])) * half()).words()
}

/// 1/2 modulo n.
pub fn half() -> Scalar {
    let mut words = [0; 5];
    // (n + 1)/2 = (n - 1)/2 + 1.
    for (i, word) in words.iter_mut().enumerate() {
        *word = Scalar::ORDER[i] >> 1 | Scalar::ORDER.get(i + 1).map_or(0, |above| above << 63);
    }
    Scalar::from_words(words).map_or(Scalar::ZERO, |floor| floor + Scalar::ONE)
}

/// Bits from `position` on, as many as a limb has.
fn limb(words: &[u64; 5], position: usize) -> u64 {
    let word = |index: usize| u128::from(words.get(index).copied().unwrap_or(0));
    let pair = word(position / 64) | word(position / 64 + 1) << 64;
    (pair >> (position % 64)) as u64 & ((1 << (4 * LIMB)) - 1)
}

/// n - 1; n is odd.
fn greatest() -> [u64; 5] {
    let mut words = Scalar::ORDER;
    words[0] -= 1;
    words
}

impl Response {
    /// A response below n: v is taken from n - 1 limb by limb, and every difference, with what it borrows, has 56 bits.
    pub fn input(builder: &mut Builder) -> Self {
        let digits: Vec<Digit> = (0..RESPONSE).map(|_| Digit::input(builder)).collect();
        let (zero, one) = (builder.zero(), builder.one());
        let limbs = RESPONSE.div_ceil(LIMB);
        let borrows: Vec<BoolTarget> = (1..limbs).map(|_| builder.add_virtual_bool_target_safe()).collect();
        for (i, digits) in digits.chunks(LIMB).enumerate() {
            let sum = sum(builder, digits);
            // The limb of v is half of the sum and of 16^length - 1.
            let constant =
                F::from_canonical_u64(limb(&greatest(), 4 * LIMB * i)) - ones(4 * digits.len() as u64) / F::TWO;
            let constant = builder.constant(constant);
            let difference = builder.arithmetic(-F::TWO.inverse(), F::ONE, sum, one, constant);
            let below = i.checked_sub(1).map_or(zero, |below| borrows[below].target);
            let above = borrows.get(i).map_or(zero, |above| above.target);
            let difference = builder.sub(difference, below);
            let difference = builder.arithmetic(F::TWO.exp_u64(4 * LIMB as u64), F::ONE, above, one, difference);
            builder.range_check(difference, 4 * LIMB);
        }
        Self { digits, borrows }
    }

    /// Sets the digits of v.
    pub fn set(&self, inputs: &mut PartialWitness<F>, v: &[u64; 5]) -> Result<()> {
        for (i, digit) in self.digits.iter().enumerate() {
            digit.set(inputs, (v[i / WORD] >> (4 * (i % WORD))) & 15)?;
        }
        let mut borrow = false;
        for (i, target) in self.borrows.iter().enumerate() {
            let [from, taken] = [&greatest(), v].map(|words| limb(words, 4 * LIMB * i));
            borrow = from < taken + u64::from(borrow);
            inputs.set_bool_target(*target, borrow)?;
        }
        Ok(())
    }
}
