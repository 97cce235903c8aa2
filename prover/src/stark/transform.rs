//! Number-theoretic transforms of several columns side by side, one in each lane.
//!
//! The forward transform takes coefficients in natural order to values on a coset in bit-reversed order, the order in which
//! rows are committed; the inverse undoes it. A polynomial modulo X^2h - r² splits into its remainders modulo X^h - r and
//! X^h + r, so all butterflies of a block share one factor, the same in all lanes, and the shift of the coset is part of it.
//! A pass over memory takes four levels; then each sixteenth goes on by itself, from some size on within the cache.

use braid_circuits::stark::Val;
use p3_field::{Field, PrimeCharacteristicRing, TwoAdicField};

use super::packing::{P, powers, reverse_bits};

/// Levels of a pass, and of the innermost blocks.
const LEVELS: usize = 3;
const RADIX: usize = 1 << LEVELS;

/// Parts of a pass, and blocks, that are shorter stay on one thread.
const PARALLEL: usize = 1 << 11;

/// The factors of a transform: at level l, one for each of 2^l blocks.
pub(super) struct Factors {
    levels: Vec<Vec<Val>>,
    /// What an inverse divides by, in the end.
    scale: Val,
}

impl Factors {
    /// For values on `shift` times the subgroup of order `2^bits`.
    pub fn forward(bits: usize, shift: Val) -> Self {
        let roots = roots(Val::two_adic_generator(bits), bits);
        let levels = (0..bits).map(|level| {
            let power = shift.exp_power_of_2(bits - level - 1);
            roots[..1 << level].iter().map(|root| *root * power).collect()
        });
        Self { levels: levels.collect(), scale: Val::ONE }
    }

    /// For the way back from values on the subgroup itself.
    pub fn inverse(bits: usize) -> Self {
        let roots = roots(Val::two_adic_generator(bits).inverse(), bits);
        let levels = (0..bits).map(|level| roots[..1 << level].to_vec());
        Self { levels: levels.collect(), scale: Val::from_u64(1 << bits).inverse() }
    }

    /// Those of block `block` at `level`, then of its two halves, and so on for some levels.
    #[inline(always)]
    fn of(&self, level: usize, levels: usize, block: usize) -> [P; RADIX] {
        let mut factors = [P::ZERO; RADIX];
        let mut next = factors.iter_mut();
        for (depth, table) in self.levels[level..level + levels].iter().enumerate() {
            for (factor, next) in table[block << depth..(block + 1) << depth].iter().zip(&mut next) {
                *next = P::from(*factor);
            }
        }
        factors
    }
}

/// Powers of a root of order `2^bits`, the exponents reversed: the first 2^l of them are the factors of level l.
fn roots(root: Val, bits: usize) -> Vec<Val> {
    let half = bits.saturating_sub(1);
    let powers = powers(root, Val::ONE, 1 << half);
    (0..1 << half).map(|i| powers[reverse_bits(i, half)]).collect()
}

/// Coefficients in natural order to values in bit-reversed order, in place.
pub(super) fn forward(values: &mut [P], factors: &Factors) {
    frequency(values, factors, 0, 0);
}

/// Values in bit-reversed order to coefficients in natural order, in place.
pub(super) fn inverse(values: &mut [P], factors: &Factors) {
    time(values, factors, 0, 0);
}

/// Levels that the first pass over `bits` levels takes, so that all others take [`LEVELS`].
fn first_levels(bits: usize) -> usize {
    match bits % LEVELS {
        0 => LEVELS,
        rest => rest,
    }
}

fn frequency(values: &mut [P], factors: &Factors, level: usize, block: usize) {
    if let Ok(values) = <&mut [P; RADIX]>::try_from(&mut *values) {
        return split::<RADIX>(values, &factors.of(level, LEVELS, block));
    }
    let bits = values.len().trailing_zeros() as usize;
    let levels = first_levels(bits);
    if bits == 0 {
        return;
    }
    let own = factors.of(level, levels, block);
    match levels {
        1 => pass(parts::<2>(values), &|x| split(x, &own)),
        2 => pass(parts::<4>(values), &|x| split(x, &own)),
        3 => pass(parts::<8>(values), &|x| split(x, &own)),
        _ => pass(parts::<RADIX>(values), &|x| split(x, &own)),
    }
    each_part(values, levels, block, &|part, block| frequency(part, factors, level + levels, block));
}

fn time(values: &mut [P], factors: &Factors, level: usize, block: usize) {
    let scale = P::from(factors.scale);
    if let Ok(values) = <&mut [P; RADIX]>::try_from(&mut *values) {
        return join_last(values, &factors.of(level, LEVELS, block), level == 0, scale);
    }
    let bits = values.len().trailing_zeros() as usize;
    let levels = first_levels(bits);
    if bits == 0 {
        return;
    }
    each_part(values, levels, block, &|part, block| time(part, factors, level + levels, block));
    let own = factors.of(level, levels, block);
    let last = level == 0;
    match levels {
        1 => pass(parts::<2>(values), &|x| join_last(x, &own, last, scale)),
        2 => pass(parts::<4>(values), &|x| join_last(x, &own, last, scale)),
        3 => pass(parts::<8>(values), &|x| join_last(x, &own, last, scale)),
        _ => pass(parts::<RADIX>(values), &|x| join_last(x, &own, last, scale)),
    }
}

/// Runs on each of `2^levels` parts, with its number among the blocks of its level.
fn each_part(values: &mut [P], levels: usize, block: usize, run: &(impl Fn(&mut [P], usize) + Sync)) {
    let length = values.len() >> levels;
    halves(values, block << levels, length, run);
}

fn halves(values: &mut [P], block: usize, length: usize, run: &(impl Fn(&mut [P], usize) + Sync)) {
    if values.len() == length || length < PARALLEL {
        for (i, part) in values.chunks_exact_mut(length).enumerate() {
            run(part, block + i);
        }
        return;
    }
    let middle = values.len() / 2;
    let (low, high) = values.split_at_mut(middle);
    rayon::join(|| halves(low, block, length, run), || halves(high, block + middle / length, length, run));
}

fn parts<const R: usize>(values: &mut [P]) -> [&mut [P]; R] {
    let mut parts = values.chunks_exact_mut(values.len() / R);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// Runs on the first elements of all parts, the second ones, and so on.
fn pass<const R: usize>(parts: [&mut [P]; R], run: &(impl Fn(&mut [P; R]) + Sync)) {
    let length = parts[0].len();
    if length > PARALLEL {
        let mut low = [const { None }; R];
        let mut high = [const { None }; R];
        for (i, part) in parts.into_iter().enumerate() {
            let (a, b) = part.split_at_mut(length / 2);
            (low[i], high[i]) = (Some(a), Some(b));
        }
        rayon::join(
            || pass(low.map(Option::unwrap_or_default), run),
            || pass(high.map(Option::unwrap_or_default), run),
        );
        return;
    }
    let parts = parts.map(|part| &mut part[..length]);
    for i in 0..length {
        let mut elements = std::array::from_fn(|part| parts[part][i]);
        run(&mut elements);
        for part in 0..R {
            parts[part][i] = elements[part];
        }
    }
}

/// Remainders modulo X^R - r^R to remainders modulo all X - r.
#[inline(always)]
fn split<const R: usize>(x: &mut [P; R], factors: &[P; RADIX]) {
    let mut half = R / 2;
    let mut first = 0;
    while half > 0 {
        for (block, factor) in x.chunks_exact_mut(2 * half).zip(&factors[first..]) {
            let (low, high) = block.split_at_mut(half);
            for (u, v) in low.iter_mut().zip(high) {
                let product = *v * *factor;
                (*u, *v) = (*u + product, *u - product);
            }
        }
        first = 2 * first + 1;
        half /= 2;
    }
}

/// Undoes [`split`], times R.
#[inline(always)]
fn join<const R: usize>(x: &mut [P; R], factors: &[P; RADIX]) {
    let mut half = 1;
    while half < R {
        let first = R / (2 * half) - 1;
        for (block, factor) in x.chunks_exact_mut(2 * half).zip(&factors[first..]) {
            let (low, high) = block.split_at_mut(half);
            for (u, v) in low.iter_mut().zip(high) {
                (*u, *v) = (*u + *v, (*u - *v) * *factor);
            }
        }
        half *= 2;
    }
}

/// The same, and times `scale` if it is the last time.
#[inline(always)]
fn join_last<const R: usize>(x: &mut [P; R], factors: &[P; RADIX], last: bool, scale: P) {
    join(x, factors);
    if last {
        x.iter_mut().for_each(|value| *value *= scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p3_dft::{NaiveDft, Radix2Dit, TwoAdicSubgroupDft};
    use p3_field::PackedValue;

    /// Some values, different in every lane.
    fn sample(rows: usize) -> Vec<P> {
        (0..rows as u64)
            .map(|i| P::from_fn(|lane| Val::from_u64(i * 0x9e37_79b9 + 77 * lane as u64).square()))
            .collect()
    }

    fn lane(values: &[P], lane: usize) -> Vec<Val> {
        values.iter().map(|value| value.as_slice()[lane]).collect()
    }

    #[test]
    fn values_on_cosets_come_out_bit_reversed_and_go_back() {
        for bits in 0..=13 {
            let coefficients = sample(1 << bits);
            for shift in [Val::ONE, Val::GENERATOR] {
                let mut values = coefficients.clone();
                forward(&mut values, &Factors::forward(bits, shift));
                for i in [0, P::WIDTH - 1] {
                    let expected = if bits < 5 {
                        NaiveDft.coset_dft(lane(&coefficients, i), shift)
                    } else {
                        Radix2Dit::default().coset_dft(lane(&coefficients, i), shift)
                    };
                    for (row, value) in lane(&values, i).iter().enumerate() {
                        assert_eq!(*value, expected[reverse_bits(row, bits)], "2^{bits} points, row {row}");
                    }
                }
                if shift == Val::ONE {
                    inverse(&mut values, &Factors::inverse(bits));
                    assert!(values == coefficients, "2^{bits} points");
                }
            }
        }
    }
}
