//! AVX-512 with 52-bit multiply-and-add: eight states at once, one in each lane.
//!
//! Two vectors in step were measured to be slower: one state's sums already fill both ports.
//!
//! Full rounds are S-boxes on limbs and a matrix by additions ([`limbs`], [`super::super::matrix`]). The constants of a round are added where the
//! S-boxes of the round before start their last sum, taken through the inverse of the matrix. Partial rounds are a recursive
//! filter ([`filter`]), whose sums over earlier rounds run beside the S-box of the current one.

mod filter;
mod limbs;

use super::super::constants::{HALF_FULL_ROUNDS, PARTIAL_ROUNDS, ROUND_CONSTANTS, WIDTH};
use super::super::matrix;
use super::super::tables::{REST, TABLES, entry};
use crate::F;
use filter::{Coefficient, Filter, MEDIUM, MEDIUM_ROWS, SMALL, SMALL_ROWS, Split};
use limbs::{
    LOW_BITS, Limbs, P_HIGH, P_LOW, V, add, add_high, add_low, all, and, carried_products, left, load, load_packed,
    products, right, seed, seventh_powers, squares, store, store_packed, sub, zero,
};
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

/// The permutation on eight states, element i of each in `state[i]`. Any words go in; words below p come out.
#[inline(always)]
fn permute(state: &mut [V; WIDTH], constants: &Constants, history: &mut History) {
    let mut limbs: [Limbs; WIDTH] =
        std::array::from_fn(|i| Limbs::from_words(state[i]).plus(Limbs::all(constants.first[i])).carry());
    for seeds in &constants.full[..HALF_FULL_ROUNDS] {
        full_round(&mut limbs, seeds);
    }
    partial_rounds(&mut limbs, &constants.filter, history);
    for seeds in &constants.full[HALF_FULL_ROUNDS..] {
        full_round(&mut limbs, seeds);
    }
    for (word, lane) in state.iter_mut().zip(&limbs) {
        *word = Limbs { low: and(lane.low, all(LOW_BITS)), high: lane.high }.canonical();
    }
}

/// S-boxes computed in step with one another.
const TOGETHER: usize = 4;

/// S-boxes and matrix; small limbs out.
#[inline(always)]
fn full_round(state: &mut [Limbs; WIDTH], seeds: &[[u64; 2]; WIDTH]) {
    for (lanes, seeds) in state.as_chunks_mut::<TOGETHER>().0.iter_mut().zip(seeds.as_chunks::<TOGETHER>().0) {
        *lanes = seventh_powers(*lanes, *seeds);
    }
    // Limbs below 2^54 and 2^21.8 become limbs below 2^62.1 and 2^30.
    let low = matrix::multiply(std::array::from_fn(|i| state[i].low));
    let high = matrix::multiply(std::array::from_fn(|i| state[i].high));
    for i in 0..WIDTH {
        state[i] = Limbs { low: low[i], high: high[i] }.settle();
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

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self {
            low: add(self.low, other.low),
            high: [add(self.high[0], other.high[0]), add(self.high[1], other.high[1])],
            top: add(self.top, other.top),
        }
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

/// Entries before the first round and behind the last one, which are zero.
const MARGIN: usize = REST;

/// The filter's inputs and outputs so far, small limbs. Terms before the first round and behind the last one are zero, so that all rounds
/// run through two pieces of code, which the processor can keep.
struct History {
    /// `x_r`, with the constant of round r, at `r + MARGIN - 1`.
    x: [Limbs; PARTIAL_ROUNDS + 2 * MARGIN],
    /// `y_r` at `r + MARGIN`.
    y: [Limbs; PARTIAL_ROUNDS + 2 * MARGIN],
}

impl History {
    #[inline(always)]
    fn new() -> Self {
        let nothing = Limbs { low: zero(), high: zero() };
        Self { x: [nothing; PARTIAL_ROUNDS + 2 * MARGIN], y: [nothing; PARTIAL_ROUNDS + 2 * MARGIN] }
    }

    /// `e_i`, split: the products of index above i alone. FIRST is i + 1.
    #[inline(always)]
    fn end<const FIRST: usize>(&self, i: usize, filter: &Filter) -> [V; 2] {
        let mut sums = Sums::new();
        sums.add_outputs::<FIRST, REST>(self, PARTIAL_ROUNDS + i, filter);
        sums.add_inputs::<FIRST, REST>(self, PARTIAL_ROUNDS + i, filter);
        split(sums.total(filter.bias).fold().settle())
    }
}

/// Products with coefficients, those that are added and those that are subtracted.
#[derive(Clone, Copy)]
struct Sums {
    /// Over outputs and over inputs apart: a sum waits four cycles for each product.
    plus: [Sum; 2],
    minus: [Sum; 2],
}

/// Adds the products of one sign whose index lies between FIRST and LAST. Indices are literals, so that each product is compiled for
/// the size of its coefficient.
macro_rules! add_products {
    ($sum:expr, $list:ident, $sizes:literal, $factor:expr, $coefficients:expr, $($k:literal)+) => {
        $(if FIRST <= filter::$list[$k] && filter::$list[$k] <= LAST {
            let i = filter::$list[$k];
            $sum.add_sized(i, SMALL[$sizes], MEDIUM[$sizes], $factor(i), $coefficients[i]);
        })+
    };
}

impl Sums {
    #[inline(always)]
    fn new() -> Self {
        Self { plus: [Sum::new(); 2], minus: [Sum::new(); 2] }
    }

    /// `- Σ a_i·x_{r+1-i}` over FIRST ≤ i ≤ LAST, with 1 ≤ FIRST and LAST ≤ 11, for r up to 32.
    #[inline(always)]
    fn add_outputs<const FIRST: usize, const LAST: usize>(&mut self, history: &History, r: usize, filter: &Filter) {
        let window = &history.x[r..r + MARGIN];
        let x = |i: usize| window[MARGIN - i];
        add_products!(self.plus[0], A_POSITIVE, 0, x, filter.a, 5 4 3 2 1 0);
        add_products!(self.minus[0], A_NEGATIVE, 0, x, filter.a, 4 3 2 1 0);
    }

    /// `Σ b_i·y_{r-i}` over the same indices.
    #[inline(always)]
    fn add_inputs<const FIRST: usize, const LAST: usize>(&mut self, history: &History, r: usize, filter: &Filter) {
        let window = &history.y[r..r + MARGIN];
        let y = |i: usize| window[MARGIN - i];
        add_products!(self.plus[1], B_POSITIVE, 1, y, filter.b, 6 5 4 3 2 1 0);
        add_products!(self.minus[1], B_NEGATIVE, 1, y, filter.b, 3 2 1 0);
    }

    /// `seed` plus all products, not folded.
    #[inline(always)]
    fn total(&self, seed: [u64; 2]) -> Limbs {
        let (plus, minus) = (self.plus[0].plus(self.plus[1]), self.minus[0].plus(self.minus[1]));
        let low = add(all(seed[0]), sub(plus.low, minus.low));
        let high = sub(add(plus.high[0], plus.high[1]), add(minus.high[0], minus.high[1]));
        // 2^104 = -2^8.
        Limbs { low: add(low, left::<8>(sub(minus.top, plus.top))), high: add(all(seed[1]), high) }
    }
}

/// What the other lanes give to lane 0: `d_r`, small; zero from round 11 on.
#[inline(always)]
fn from_rest(state: &[Limbs; WIDTH], filter: &Filter) -> [Limbs; PARTIAL_ROUNDS] {
    // Minus the sum of the lanes, above 0 with 32·p: at most 11·2^52 and 11·2^12.5 are subtracted.
    let mut minus = Limbs::all([32 * P_LOW, 32 * P_HIGH]);
    for lane in &state[1..] {
        minus.low = sub(minus.low, and(lane.low, all(LOW_BITS)));
        minus.high = sub(minus.high, lane.high);
    }
    let mut factors = *state;
    factors[0] = minus.settle();
    let mut result = [Limbs::all([0; 2]); PARTIAL_ROUNDS];
    for r in 0..SMALL_ROWS {
        result[r] = row(&factors, &filter.rows[r], Sum::add_small);
    }
    for r in SMALL_ROWS..MEDIUM_ROWS {
        result[r] = row(&factors, &filter.rows[r], Sum::add_medium);
    }
    for r in MEDIUM_ROWS..REST {
        result[r] = row(&factors, &filter.rows[r], Sum::add_large);
    }
    result
}

/// One row of [`from_rest`].
#[inline(always)]
fn row(factors: &[Limbs; WIDTH], row: &[Coefficient; WIDTH], add_product: impl Fn(&mut Sum, Limbs, Coefficient)) -> Limbs {
    let mut sums = [Sum::new(); 2];
    for i in 0..WIDTH {
        add_product(&mut sums[i % 2], factors[i], row[i]);
    }
    let sum = sums[0].plus(sums[1]);
    // The products of weight 2^104 are below 2^28 in all: 2^36 after the shift, which 1·p exceeds.
    let low = sub(add(all(P_LOW), sum.low), left::<8>(sum.top));
    let high = add(all(P_HIGH), add(sum.high[0], sum.high[1]));
    Limbs { low, high }.fold().settle()
}

/// All partial rounds.
#[inline(always)]
fn partial_rounds(state: &mut [Limbs; WIDTH], filter: &Filter, history: &mut History) {
    let start = from_rest(state, filter);
    for r in 0..6 {
        round::<5>(r, &mut state[0], history, filter, start[r]);
    }
    for r in 6..PARTIAL_ROUNDS {
        round::<REST>(r, &mut state[0], history, filter, start[r]);
    }
    rest_after(state, history, filter);
}

/// Partial round r: from x_r to x_{r+1}. LAST is r at least, or 11.
#[inline(always)]
fn round<const LAST: usize>(r: usize, x: &mut Limbs, history: &mut History, filter: &Filter, start: Limbs) {
    // The sum over earlier rounds stands between the steps of the S-box, which wait for one another.
    let mut sums = Sums::new();
    let square = squares([*x]);
    sums.add_outputs::<1, LAST>(history, r, filter);
    let fourth = squares(square);
    let cube = carried_products([*x], square);
    sums.add_inputs::<1, LAST>(history, r, filter);
    let [y] = products(cube, fourth, [seed(0)]);
    let sum = sums.total(filter.seeds[r]).plus(Limbs { low: and(start.low, all(LOW_BITS)), high: start.high });
    // b_0·y_r, the one product that waits for this round's S-box.
    let carried = y.carry();
    let c = all(filter.b[0][0]);
    let low = add_low(sum.low, carried.low, c);
    let high = add_low(add_high(sum.high, carried.low, c), carried.high, c);
    let folded = Limbs { low, high }.fold();
    *x = folded.carry();
    history.x[r + MARGIN] = folded.settle();
    history.y[r + MARGIN] = y.settle();
}

/// Lanes 1 to 11 after the partial rounds, from the last eleven inputs and outputs of the filter.
#[inline(always)]
fn rest_after(state: &mut [Limbs; WIDTH], history: &History, filter: &Filter) {
    let mut ends = [[zero(); 2]; REST];
    macro_rules! ends {
        ($($i:literal)+) => {
            $(ends[$i] = history.end::<{ $i + 1 }>($i, filter);)+
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
        low[0] = add_low(low[0], x[0], all(c[0]));
        high[0] = add_high(high[0], x[0], all(c[0]));
        high[1] = add_low(high[1], x[0], all(c[1]));
        low[1] = add_low(low[1], x[1], all(c[2]));
        high[2] = add_high(high[2], x[1], all(c[2]));
        high[3] = add_low(high[3], x[1], all(c[3]));
    }
    let high = add(add(high[0], high[1]), add(high[2], high[3]));
    Limbs { low: add(low[0], low[1]), high }.fold().carry()
}

/// The permutation on the eight states that Plonky3 packs into one value; words below p come out.
#[inline(never)]
pub(super) fn permute_packed(state: &mut [PackedGoldilocksAVX512; WIDTH]) {
    let mut vectors = std::array::from_fn(|i| load_packed(&state[i]));
    permute(&mut vectors, &CONSTANTS, &mut History::new());
    for (packed, vector) in state.iter_mut().zip(vectors) {
        store_packed(vector, packed);
    }
}

/// The permutation on sixteen states; any words go in, words below p come out.
#[inline(never)]
pub(super) fn permute_16(state: &mut [[u64; 16]; WIDTH]) {
    let constants = &*CONSTANTS;
    let mut history = History::new();
    for n in 0..2 {
        let mut vectors = std::array::from_fn(|i| load(&state[i].as_chunks::<8>().0[n]));
        permute(&mut vectors, constants, &mut history);
        for (row, lanes) in state.iter_mut().zip(vectors) {
            store(lanes, &mut row.as_chunks_mut::<8>().0[n]);
        }
    }
}
