//! AVX-512 with 52-bit multiply-and-add: eight states in a vector, one or two vectors at once.
//!
//! Full rounds are S-boxes on limbs and a matrix by additions ([`limbs`], [`matrix`]). The constants of a round are added where the
//! S-boxes of the round before start their last sum, taken through the inverse of the matrix. Partial rounds are a recursive
//! filter ([`filter`]), whose sums over earlier rounds run beside the S-box of the current one.

mod filter;
mod limbs;
mod matrix;

use super::super::constants::{HALF_FULL_ROUNDS, PARTIAL_ROUNDS, ROUND_CONSTANTS, WIDTH};
use super::super::tables::{REST, TABLES, entry};
use crate::F;
use filter::{Coefficient, Filter, MEDIUM, MEDIUM_ROWS, SMALL, SMALL_ROWS, Split};
use limbs::{
    LOW_BITS, Limbs, P_HIGH, P_LOW, V, add, add_high, add_low, all, and, left, load, load_packed, right, seed, store,
    store_packed, sub, zero,
};
use matrix::linear_layer;
use p3_field::PrimeField64;
use p3_goldilocks::PackedGoldilocksAVX512;
use std::sync::LazyLock;

/// Everything that the permutation reads besides its input.
struct Constants {
    /// Constants of the first round.
    first: [[u64; 2]; WIDTH],
    /// What the S-boxes of full round r start their last sum from.
    full: [[[u64; 2]; WIDTH]; 2 * HALF_FULL_ROUNDS],
    filter: Filter,
}

static CONSTANTS: LazyLock<Constants> = LazyLock::new(derive);

fn derive() -> Constants {
    let matrix: [[F; WIDTH]; WIDTH] = std::array::from_fn(|i| std::array::from_fn(|j| F::new(entry(i, j))));
    let inverse = filter::invert(matrix);
    Constants {
        first: ROUND_CONSTANTS[0].map(|constant| [constant & LOW_BITS, constant >> 52]),
        full: std::array::from_fn(|r| {
            let next = match r {
                // Before the partial rounds only lane 0 has a constant; theirs were pushed behind them.
                3 => std::array::from_fn(|i| if i == 0 { TABLES.lane[0] } else { 0 }),
                7 => [0; WIDTH],
                0..3 => ROUND_CONSTANTS[r + 1],
                _ => ROUND_CONSTANTS[r + PARTIAL_ROUNDS + 1],
            };
            inverse.map(|row| {
                let value: F = row.iter().zip(next).map(|(entry, constant)| *entry * F::new(constant)).sum();
                seed(value.as_canonical_u64())
            })
        }),
        filter: filter::derive(),
    }
}

/// The permutation on `8·N` states: element i of the states in vector n is `state[n][i]`. Any words go in; words below p come out.
#[inline(always)]
fn permute<const N: usize>(state: &mut [[V; WIDTH]; N]) {
    let constants = &*CONSTANTS;
    let mut limbs: [[Limbs; WIDTH]; N] = state.map(|vector| {
        std::array::from_fn(|i| Limbs::from_words(vector[i]).plus(Limbs::all(constants.first[i])).carry())
    });
    for seeds in &constants.full[..HALF_FULL_ROUNDS] {
        full_round(&mut limbs, seeds);
    }
    partial_rounds(&mut limbs, &constants.filter);
    for seeds in &constants.full[HALF_FULL_ROUNDS..] {
        full_round(&mut limbs, seeds);
    }
    *state =
        limbs.map(|vector| vector.map(|lane| Limbs { low: and(lane.low, all(LOW_BITS)), high: lane.high }.canonical()));
}

/// S-boxes and matrix; small limbs out.
#[inline(always)]
fn full_round<const N: usize>(state: &mut [[Limbs; WIDTH]; N], seeds: &[[u64; 2]; WIDTH]) {
    for vector in state {
        let boxed = std::array::from_fn(|i| vector[i].seventh_power(seeds[i]));
        *vector = linear_layer(&boxed).map(Limbs::settle);
    }
}

/// A sum of products with coefficients, by weight: 1, 2^52 in two parts, 2^104.
#[derive(Clone, Copy)]
struct Sum {
    low: V,
    high: [V; 2],
    top: V,
}

impl Sum {
    #[inline(always)]
    fn new() -> Self {
        Self { low: zero(), high: [zero(); 2], top: zero() }
    }

    /// A small factor and a coefficient below 2^39.
    #[inline(always)]
    fn add_small(&mut self, x: Limbs, c: Coefficient) {
        let c = all(c[0]);
        self.low = add_low(self.low, x.low, c);
        self.high[0] = add_high(self.high[0], x.low, c);
        self.high[1] = add_low(self.high[1], x.high, c);
    }

    /// A small factor and a coefficient below 2^52.
    #[inline(always)]
    fn add_medium(&mut self, x: Limbs, c: Coefficient) {
        self.add_small(x, c);
        self.top = add_high(self.top, x.high, all(c[0]));
    }

    /// A small factor and a coefficient below 2^64.
    #[inline(always)]
    fn add_large(&mut self, x: Limbs, c: Coefficient) {
        self.add_medium(x, c);
        let c = all(c[1]);
        self.high[0] = add_low(self.high[0], x.low, c);
        self.top = add_high(self.top, x.low, c);
        self.top = add_low(self.top, x.high, c);
    }

    /// A product whose coefficient's size is known by its index.
    #[inline(always)]
    fn add_sized(&mut self, index: usize, small: usize, medium: usize, x: Limbs, c: Coefficient) {
        if index < small {
            self.add_small(x, c);
        } else if index < medium {
            self.add_medium(x, c);
        } else {
            self.add_large(x, c);
        }
    }
}

/// The filter's inputs and outputs so far, small limbs: `x[r]` includes the constant of round r.
struct History {
    x: [Limbs; PARTIAL_ROUNDS + 1],
    y: [Limbs; PARTIAL_ROUNDS],
}

impl History {
    /// `seed - Σ a_i·x_{r+1-i} + Σ b_i·y_{r-i}` over FIRST ≤ i ≤ LAST, with 1 ≤ FIRST and LAST ≤ 11; not folded.
    #[inline(always)]
    fn sum<const FIRST: usize, const LAST: usize>(&self, r: usize, filter: &Filter, seed: [u64; 2]) -> Limbs {
        let mut plus = [Sum::new(); 2];
        let mut minus = [Sum::new(); 2];
        // Indices are literals, so that each product is compiled for the size of its coefficient.
        macro_rules! add_products {
            ($sum:expr, $list:ident, $sizes:literal, $factor:expr, $coefficients:expr, $($k:literal)+) => {
                $(if FIRST <= filter::$list[$k] && filter::$list[$k] <= LAST {
                    let i = filter::$list[$k];
                    $sum.add_sized(i, SMALL[$sizes], MEDIUM[$sizes], $factor(i), $coefficients[i]);
                })+
            };
        }
        let x = |i: usize| self.x[r + 1 - i];
        let y = |i: usize| self.y[r - i];
        add_products!(plus[0], A_POSITIVE, 0, x, filter.a, 5 4 3 2 1 0);
        add_products!(minus[0], A_NEGATIVE, 0, x, filter.a, 4 3 2 1 0);
        add_products!(plus[1], B_POSITIVE, 1, y, filter.b, 6 5 4 3 2 1 0);
        add_products!(minus[1], B_NEGATIVE, 1, y, filter.b, 3 2 1 0);
        let weight = |sums: [Sum; 2]| {
            let low = add(sums[0].low, sums[1].low);
            let high = add(add(sums[0].high[0], sums[0].high[1]), add(sums[1].high[0], sums[1].high[1]));
            (low, high, add(sums[0].top, sums[1].top))
        };
        let (plus, minus) = (weight(plus), weight(minus));
        let low = add(all(seed[0]), sub(plus.0, minus.0));
        let high = add(all(seed[1]), sub(plus.1, minus.1));
        // 2^104 = -2^8.
        Limbs { low: add(low, left::<8>(sub(minus.2, plus.2))), high }
    }
}

/// What the other lanes give to lane 0 in the first rounds: `d_r`, small.
#[inline(always)]
fn from_rest(rest: &[Limbs; REST], filter: &Filter) -> [Limbs; REST] {
    // Minus the sum of the lanes, above 0 with 32·p: at most 11·2^52 and 11·2^12.5 are subtracted.
    let mut minus = Limbs::all([32 * P_LOW, 32 * P_HIGH]);
    for lane in rest {
        minus.low = sub(minus.low, and(lane.low, all(LOW_BITS)));
        minus.high = sub(minus.high, lane.high);
    }
    let minus = minus.settle();
    std::array::from_fn(|r| {
        let mut sum = Sum::new();
        for (lane, c) in rest.iter().chain([&minus]).zip(filter.rows[r].iter().chain([&filter.shifts[r]])) {
            sum.add_sized(r, SMALL_ROWS, MEDIUM_ROWS, *lane, *c);
        }
        // The products of weight 2^104 are below 2^28 in all: 2^36 after the shift, which 1·p exceeds.
        let low = sub(add(all(P_LOW), sum.low), left::<8>(sum.top));
        let high = add(all(P_HIGH), add(sum.high[0], sum.high[1]));
        Limbs { low, high }.fold().settle()
    })
}

/// All partial rounds.
#[inline(always)]
fn partial_rounds<const N: usize>(state: &mut [[Limbs; WIDTH]; N], filter: &Filter) {
    let start: [[Limbs; REST]; N] = std::array::from_fn(|n| {
        let rest = std::array::from_fn(|i| state[n][i + 1]);
        from_rest(&rest, filter)
    });
    let mut x: [Limbs; N] = std::array::from_fn(|n| state[n][0]);
    let mut history: [History; N] =
        std::array::from_fn(|n| History { x: [state[n][0]; PARTIAL_ROUNDS + 1], y: [state[n][0]; PARTIAL_ROUNDS] });
    macro_rules! first_rounds {
        ($($r:literal)+) => {
            $(round::<N, $r>($r, &mut x, &mut history, filter, |n| start[n].get($r).copied());)+
        };
    }
    first_rounds!(0 1 2 3 4 5 6 7 8 9 10);
    for r in REST..PARTIAL_ROUNDS {
        round::<N, REST>(r, &mut x, &mut history, filter, |_| None);
    }
    for n in 0..N {
        state[n][0] = x[n];
        rest_after(&mut state[n], &history[n], filter);
    }
}

/// Partial round r: from x_r to x_{r+1}; LAST is the lesser of r and 11.
#[inline(always)]
fn round<const N: usize, const LAST: usize>(
    r: usize,
    x: &mut [Limbs; N],
    history: &mut [History; N],
    filter: &Filter,
    start: impl Fn(usize) -> Option<Limbs>,
) {
    let y: [Limbs; N] = std::array::from_fn(|n| x[n].seventh_power(seed(0)));
    for n in 0..N {
        let mut sum = history[n].sum::<1, LAST>(r, filter, filter.seeds[r]);
        if let Some(start) = start(n) {
            sum.low = add(sum.low, and(start.low, all(LOW_BITS)));
            sum.high = add(sum.high, start.high);
        }
        // b_0·y_r, the one product that waits for this round's S-box.
        let carried = y[n].carry();
        let c = all(filter.b[0][0]);
        let low = add_low(sum.low, carried.low, c);
        let high = add_low(add_high(sum.high, carried.low, c), carried.high, c);
        let folded = Limbs { low, high }.fold();
        x[n] = folded.carry();
        history[n].x[r + 1] = folded.settle();
        history[n].y[r] = y[n].settle();
    }
}

/// Lanes 1 to 11 after the partial rounds, from the last eleven inputs and outputs of the filter.
#[inline(always)]
fn rest_after(state: &mut [Limbs; WIDTH], history: &History, filter: &Filter) {
    let mut ends = [[zero(); 2]; REST];
    macro_rules! ends {
        ($($i:literal)+) => {
            $(ends[$i] = split(
                history.sum::<{ $i + 1 }, REST>(PARTIAL_ROUNDS + $i, filter, filter.bias).fold().settle(),
            );)+
        };
    }
    ends!(0 1 2 3 4 5 6 7 8 9 10);
    for i in 0..REST {
        state[i + 1] = dot(&ends, &filter.inverse[i], filter.after[i]);
    }
}

/// Small limbs as 36 and 29 bits.
#[inline(always)]
fn split(x: Limbs) -> [V; 2] {
    let low = and(x.low, all((1 << 36) - 1));
    let high = add(right::<36>(and(x.low, all(LOW_BITS))), left::<16>(x.high));
    [low, high]
}

/// `start` plus the products; carried, `high` below 2^21.
#[inline(always)]
fn dot(factors: &[[V; 2]; REST], row: &[Split; REST], start: [u64; 2]) -> Limbs {
    let mut low = [all(start[0]), zero()];
    let mut high = [all(start[1]), zero(), zero(), zero()];
    for (x, c) in factors.iter().zip(row) {
        let c = c.map(all);
        low[0] = add_low(low[0], x[0], c[0]);
        high[0] = add_high(high[0], x[0], c[0]);
        high[1] = add_low(high[1], x[0], c[1]);
        low[1] = add_low(low[1], x[1], c[2]);
        high[2] = add_high(high[2], x[1], c[2]);
        high[3] = add_low(high[3], x[1], c[3]);
    }
    let high = add(add(high[0], high[1]), add(high[2], high[3]));
    Limbs { low: add(low[0], low[1]), high }.fold().carry()
}

/// The permutation on the eight states that Plonky3 packs into one value; words below p come out.
#[inline(never)]
pub(super) fn permute_packed(state: &mut [PackedGoldilocksAVX512; WIDTH]) {
    let mut vectors = [state.each_ref().map(load_packed)];
    permute(&mut vectors);
    for (packed, vector) in state.iter_mut().zip(vectors[0]) {
        store_packed(vector, packed);
    }
}

/// The permutation on sixteen states; any words go in, words below p come out.
#[inline(never)]
pub(super) fn permute_16(state: &mut [[u64; 16]; WIDTH]) {
    for n in 0..2 {
        let mut vectors = [state.each_ref().map(|row| load(&row.as_chunks::<8>().0[n]))];
        permute(&mut vectors);
        for (row, lanes) in state.iter_mut().zip(vectors[0]) {
            store(lanes, &mut row.as_chunks_mut::<8>().0[n]);
        }
    }
}
