//! The partial rounds on the invariant parts of the matrix.
//!
//! But for entry (0, 0) the matrix is a circulant, which maps polynomials modulo x³ - 1, x³ + 1 and x³ - i to themselves
//! ([`Parts`]). Between two S-boxes of lane 0 the other lanes stay in these parts. With `E` the state without lane 0, `y` the
//! output of the S-box and `t` lane 0 of the circulant's product with `E`:
//!
//! ```text
//! next x = t + 25·y        next E = C·E + (column 0 of C)·y - (t + 17·y in lane 0)
//! ```
//!
//! The product with `E` is by additions and does not wait for `y`, so it runs beside the S-box. Numbers are signed halves,
//! `low + 2^32·high`, which are not reduced in every round: three rounds let halves of 2^32.4 grow to 2^58, as each multiplies
//! by at most 4·64 and adds at most 100 times the largest part (the row sums of t) and 128·y.

use super::super::super::constants::{PARTIAL_ROUNDS, WIDTH};
use super::super::super::matrix::Parts;
use super::super::super::tables::{TABLES, entry};
use super::limbs::{
    LOW_BITS, Limbs, P_HIGH, P_LOW, V, add, add_high, add_low, all, and, carried_products, left, products, right,
    right_signed, seed, squares, sub, zero,
};

/// Constants of the rounds, each with a multiple of p that keeps the limbs positive.
pub(super) struct Constants {
    /// Of the S-box after round r.
    next: [[u64; 2]; PARTIAL_ROUNDS],
    /// Of lanes 1 to 11 in the full round that follows; entry 0 is not used.
    after: [[u64; 2]; WIDTH],
}

pub(super) fn derive() -> Constants {
    Constants {
        next: std::array::from_fn(|r| positive(*TABLES.lane.get(r + 1).unwrap_or(&TABLES.after[0]))),
        after: TABLES.after.map(positive),
    }
}

/// A constant plus 2·p.
fn positive(constant: u64) -> [u64; 2] {
    let limbs = seed(constant);
    [limbs[0] + P_LOW, limbs[1] + P_HIGH]
}

/// `low + 2^32·high`, both signed.
#[derive(Clone, Copy)]
struct Halves {
    low: V,
    high: V,
}

const HALF: u64 = (1 << 32) - 1;

impl Halves {
    /// Of small limbs: below 2^32 and 2^32.6.
    #[inline(always)]
    fn of(x: Limbs) -> Self {
        let low = and(x.low, all(LOW_BITS));
        Self { low: and(low, all(HALF)), high: add(right::<32>(low), left::<20>(x.high)) }
    }

    /// Moves what is above 2^32 up, and from the upper half down (2^64 = 2^32 - 1). From halves below 2^58: `low` is between -2^27 and 2^32,
    /// `high` between -2^27 and 2^32 + 2^27.
    #[inline(always)]
    fn reduce(self) -> Self {
        let high = add(self.high, right_signed::<32>(self.low));
        let above = right_signed::<32>(high);
        Self { low: sub(and(self.low, all(HALF)), above), high: add(and(high, all(HALF)), above) }
    }

    /// Limbs plus a [`positive`] constant, not carried: `low` below 2^54, `high` below 2^14. For reduced halves.
    #[inline(always)]
    fn limbs(self, constant: [u64; 2]) -> Limbs {
        let middle = left::<32>(and(self.high, all((1 << 20) - 1)));
        Limbs {
            low: add(add(self.low, middle), all(constant[0])),
            high: add(right_signed::<20>(self.high), all(constant[1])),
        }
    }

    /// 2·p minus small halves, not negative.
    #[inline(always)]
    fn negative(self) -> Self {
        Self { low: sub(all((1 << 32) + 2), self.low), high: sub(all((1 << 33) - 3), self.high) }
    }
}

/// The parts of all lanes but lane 0, by halves.
#[derive(Clone, Copy)]
struct Rest {
    low: Parts<V>,
    high: Parts<V>,
}

impl Rest {
    #[inline(always)]
    fn of(state: &[Limbs; WIDTH]) -> Self {
        let mut low = [zero(); WIDTH];
        let mut high = [zero(); WIDTH];
        for i in 1..WIDTH {
            let halves = Halves::of(state[i]);
            (low[i], high[i]) = (halves.low, halves.high);
        }
        Self { low: Parts::of(low), high: Parts::of(high) }
    }

    #[inline(always)]
    fn reduce(&mut self) {
        for (low, high) in [
            (&mut self.low.one, &mut self.high.one),
            (&mut self.low.minus_one, &mut self.high.minus_one),
            (&mut self.low.real, &mut self.high.real),
            (&mut self.low.imaginary, &mut self.high.imaginary),
        ] {
            for a in 0..3 {
                let halves = Halves { low: low[a], high: high[a] }.reduce();
                (low[a], high[a]) = (halves.low, halves.high);
            }
        }
    }
}

/// Lane 0 of a product's parts.
#[inline(always)]
fn lane_zero(parts: &Parts<V>) -> V {
    add(add(parts.one[0], parts.minus_one[0]), parts.real[0])
}

/// From the parts of a product (divided, see [`Parts::multiply`]), its lane 0, an S-box output and its negative, all of one half: the parts of
/// the next state without its lane 0.
#[inline(always)]
fn advance(product: &Parts<V>, t: V, y: V, minus_y: V) -> Parts<V> {
    let one = |a: usize| left::<2>(product.one[a]);
    let minus_one = |a: usize| left::<2>(product.minus_one[a]);
    let real = |a: usize| add(product.real[a], product.real[a]);
    let imaginary = |a: usize| add(product.imaginary[a], product.imaginary[a]);
    Parts {
        one: [add_low(sub(one(0), t), y, all(64 - 17)), add_low(one(1), y, all(128)), add_low(one(2), y, all(64))],
        minus_one: [
            add_low(sub(minus_one(0), t), minus_y, all(4 + 17)),
            add_low(minus_one(1), minus_y, all(32)),
            add_low(minus_one(2), y, all(8)),
        ],
        real: [
            add_low(sub(real(0), t), minus_y, all(17 - 4)),
            add_low(real(1), minus_y, all(8)),
            add_low(real(2), y, all(32)),
        ],
        imaginary: [
            add_low(imaginary(0), y, all(2)),
            add_low(imaginary(1), minus_y, all(2)),
            add_low(imaginary(2), minus_y, all(2)),
        ],
    }
}

/// What a round leaves behind: products of the other lanes, their lane 0, and the S-box output.
struct Round {
    low: Parts<V>,
    high: Parts<V>,
    t: Halves,
    y: Halves,
}

/// The S-box on `x`, which becomes that of the next round, and the product with the other lanes, in turn.
#[inline(always)]
fn round(x: &mut Limbs, rest: &Rest, constant: [u64; 2]) -> Round {
    let square = squares([*x]);
    let low = rest.low.multiply();
    let fourth = squares(square);
    let cube = carried_products([*x], square);
    let high = rest.high.multiply();
    let t = Halves { low: lane_zero(&low), high: lane_zero(&high) };
    let sum = t.reduce().limbs(constant);
    let [y] = products(cube, fourth, [seed(0)]);
    // 25·y, the one product that waits for the S-box.
    let carried = y.carry();
    let factor = all(entry(0, 0));
    let next_low = add_low(sum.low, carried.low, factor);
    let next_high = add_low(add_high(sum.high, carried.low, factor), carried.high, factor);
    *x = Limbs { low: next_low, high: next_high }.settle();
    Round { low, high, t, y: Halves::of(y.settle()) }
}

/// A round, and the other lanes after it.
#[inline(always)]
fn whole_round(x: &mut Limbs, rest: &mut Rest, constant: [u64; 2]) {
    let Round { low, high, t, y } = round(x, rest, constant);
    let minus_y = y.negative();
    rest.low = advance(&low, t.low, y.low, minus_y.low);
    rest.high = advance(&high, t.high, y.high, minus_y.high);
}

/// All partial rounds; small limbs in and out.
#[inline(always)]
pub(super) fn rounds(state: &mut [Limbs; WIDTH], constants: &Constants) {
    let mut x = state[0];
    let mut rest = Rest::of(state);
    let (triples, last) = constants.next.as_chunks::<3>();
    for triple in triples {
        for constant in triple {
            whole_round(&mut x, &mut rest, *constant);
        }
        rest.reduce();
    }
    let constant = last.first().copied().unwrap_or_default();
    let Round { low, high, y, .. } = round(&mut x, &rest, constant);
    let (low, high) = (low.join(), high.join());
    state[0] = x;
    for i in 1..WIDTH {
        let factor = all(entry(i, 0));
        let halves = Halves { low: add_low(low[i], y.low, factor), high: add_low(high[i], y.high, factor) };
        state[i] = halves.reduce().limbs(constants.after[i]).settle();
    }
}

const _: () = assert!(PARTIAL_ROUNDS % 3 == 1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_p_in_halves() {
        let value = (((1u128 << 33) - 3) << 32) + (1 << 32) + 2;
        assert_eq!(value, 2 * crate::MODULUS as u128);
    }

    #[test]
    fn positive_constants_are_congruent() {
        for constant in [0, 1, crate::MODULUS - 1] {
            let [low, high] = positive(constant);
            let value = low as u128 + ((high as u128) << 52);
            assert_eq!(value, constant as u128 + 2 * crate::MODULUS as u128);
        }
    }
}
