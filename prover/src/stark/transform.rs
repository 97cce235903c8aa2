//! Number-theoretic transforms of several columns side by side, one in each lane.
//!
//! The forward transform takes coefficients in natural order to values on a coset in bit-reversed order, the order in which
//! rows are committed; the inverse undoes it. A polynomial modulo X^Rh - r^R splits into its remainders modulo all X^h - r·w, w of order R:
//! with X^h = r·Y, that is a transform of size R at the roots of unity themselves, which are powers of two for R up to 64. So the shift of the
//! coset is part of r, and each pass over memory takes up to six levels with one product an element. Then each part goes on by
//! itself, from some size on within the cache.

use braid_circuits::stark::Val;
use braid_primitives::wide::{Factor, LOG_ROOTS};
use p3_field::{Field, PrimeCharacteristicRing, TwoAdicField};
use rayon::prelude::*;

use super::packing::{P, powers, reverse_bits};
use super::small::{Parts, small_forward, small_inverse};

/// Parts of a pass, and blocks, that are shorter stay on one thread.
const PARALLEL: usize = 1 << 9;

/// Elements of the largest blocks that stay in the cache, together with those of a few other columns.
const BLOCK: usize = 1 << 11;

/// The factors of a transform.
pub(super) struct Factors {
    /// From the largest blocks to the smallest.
    passes: Vec<Pass>,
}

/// A step that takes blocks apart, or puts them together from as many parts as 2 to the power of `levels`.
struct Pass {
    levels: usize,
    /// One for each part. Forward, for each block; else for each block and each of the parts that its parts were put together from.
    /// None if all are one.
    factors: Vec<Factor>,
}

impl Factors {
    /// For values on `shift` times the subgroup of order `2^bits`.
    pub fn to_values(bits: usize, shift: Val) -> Self {
        let mut level = 0;
        let passes = levels(bits).map(|levels| {
            // Modulo X^(R·h) - r^R in each block.
            let roots = roots(level, levels, shift.exp_power_of_2(bits - level - levels));
            let factors = roots.par_iter().flat_map_iter(|root| root.powers().take(1 << levels).map(Factor::new));
            level += levels;
            Pass { levels, factors: factors.collect() }
        });
        Self { passes: passes.collect() }
    }

    /// For the way back from values on the subgroup itself.
    pub fn to_coefficients(bits: usize) -> Self {
        let scale = Val::from_u64(1 << bits).inverse();
        let all: Vec<usize> = levels(bits).collect();
        let mut level = 0;
        let passes = all.iter().enumerate().map(|(pass, &levels)| {
            let scale = if pass == 0 { scale } else { Val::ONE };
            let count = 1 << levels;
            level += levels;
            let factors = match all.get(pass + 1) {
                None if pass > 0 => Vec::new(),
                None => vec![Factor::new(scale); count],
                Some(&below) => {
                    // What the parts are left to be multiplied with, each of their own parts with a power of its own.
                    let roots: Vec<Val> = roots(level, below, Val::ONE).iter().map(|root| root.inverse()).collect();
                    let blocks = roots.par_chunks_exact(count);
                    blocks
                        .flat_map_iter(|roots| {
                            let mut powers = vec![scale; count];
                            (0..1 << below).flat_map(move |_| {
                                let factors: Vec<Factor> = powers.iter().map(|power| Factor::new(*power)).collect();
                                powers.iter_mut().zip(roots).for_each(|(power, root)| *power *= *root);
                                factors
                            })
                        })
                        .collect()
                }
            };
            Pass { levels, factors }
        });
        Self { passes: passes.collect() }
    }

    /// Coefficients of some columns in natural order to values in bit-reversed order, in place.
    ///
    /// `done` is given blocks of columns that are done, the same part of `target`, and the block's first row.
    pub fn forward<X: Send>(
        &self,
        columns: Vec<&mut [P]>,
        target: &mut [X],
        done: &(impl Fn(&mut [&mut [P]], &mut [X], usize) + Sync),
    ) {
        apart(columns, target, &self.passes, 0, done);
    }

    /// Values of some columns in bit-reversed order to coefficients in natural order, in place.
    ///
    /// `fill` gets blocks of columns, and the first row of each, before anything else happens to them.
    pub fn inverse(&self, columns: Vec<&mut [P]>, fill: &(impl Fn(&mut [&mut [P]], usize) + Sync)) {
        together(columns, &self.passes, 0, fill);
    }
}

/// The levels of each pass: as few passes as there can be, of about the same number of levels.
fn levels(bits: usize) -> impl Iterator<Item = usize> {
    let passes = bits.div_ceil(LOG_ROOTS as usize);
    (0..passes).rev().map(move |pass| (bits + pass) / passes)
}

/// The r of each of the blocks of a level that `levels` levels take apart, for cosets shifted by `shift`.
fn roots(level: usize, levels: usize, shift: Val) -> Vec<Val> {
    let powers = powers(Val::two_adic_generator(level + levels), shift, 1 << level);
    (0..1 << level).map(|block| powers[reverse_bits(block, level)]).collect()
}

fn apart<X: Send>(
    mut columns: Vec<&mut [P]>,
    target: &mut [X],
    passes: &[Pass],
    block: usize,
    done: &(impl Fn(&mut [&mut [P]], &mut [X], usize) + Sync),
) {
    let rows = columns.first().map_or(0, |column| column.len());
    if rows <= BLOCK {
        columns.iter_mut().for_each(|column| apart_block(column, passes, block));
        return done(&mut columns, target, block * rows);
    }
    let Some((pass, rest)) = passes.split_first() else { return };
    columns.par_iter_mut().for_each(|column| pass.apart(column, block));
    each_part(columns, target, rows >> pass.levels, block << pass.levels, &|columns, target, block| {
        apart(columns, target, rest, block, done);
    });
}

fn apart_block(values: &mut [P], passes: &[Pass], block: usize) {
    let Some((pass, rest)) = passes.split_first() else { return };
    pass.apart(values, block);
    if !rest.is_empty() {
        let parts = values.chunks_exact_mut(values.len() >> pass.levels);
        parts.zip(block << pass.levels..).for_each(|(part, block)| apart_block(part, rest, block));
    }
}

fn together(
    mut columns: Vec<&mut [P]>,
    passes: &[Pass],
    block: usize,
    fill: &(impl Fn(&mut [&mut [P]], usize) + Sync),
) {
    let rows = columns.first().map_or(0, |column| column.len());
    if rows <= BLOCK {
        fill(&mut columns, block * rows);
        return columns.iter_mut().for_each(|column| together_block(column, passes, block));
    }
    let Some((pass, rest)) = passes.split_first() else { return };
    let parts = columns.iter_mut().map(|column| &mut **column).collect();
    each_part(parts, &mut [], rows >> pass.levels, block << pass.levels, &|columns, _: &mut [()], block| {
        together(columns, rest, block, fill);
    });
    columns.par_iter_mut().for_each(|column| pass.together(column, rest, block));
}

fn together_block(values: &mut [P], passes: &[Pass], block: usize) {
    let Some((pass, rest)) = passes.split_first() else { return };
    if !rest.is_empty() {
        let parts = values.chunks_exact_mut(values.len() >> pass.levels);
        parts.zip(block << pass.levels..).for_each(|(part, block)| together_block(part, rest, block));
    }
    pass.together(values, rest, block);
}

/// Runs on parts of `rows` rows of all columns, with their number, counted from `first` on.
fn each_part<X: Send>(
    columns: Vec<&mut [P]>,
    target: &mut [X],
    rows: usize,
    first: usize,
    run: &(impl Fn(Vec<&mut [P]>, &mut [X], usize) + Sync),
) {
    let half = columns.first().map_or(0, |column| column.len() / 2);
    if half < rows {
        return run(columns, target, first);
    }
    let (low, high): (Vec<_>, Vec<_>) = columns.into_iter().map(|column| column.split_at_mut(half)).unzip();
    let (low_target, high_target) = target.split_at_mut(target.len() / 2);
    rayon::join(
        || each_part(low, low_target, rows, first, run),
        || each_part(high, high_target, rows, first + half / rows, run),
    );
}

impl Pass {
    /// Takes a block apart.
    fn apart(&self, values: &mut [P], block: usize) {
        let own = self.factors.get(block << self.levels..(block + 1) << self.levels).unwrap_or_default();
        self.run::<true>(values, own, 1);
    }

    /// Puts a block together, after the passes `rest`.
    fn together(&self, values: &mut [P], rest: &[Self], block: usize) {
        let groups = rest.first().map_or(1, |below| 1 << below.levels);
        let count = groups << self.levels;
        let own = self.factors.get(block * count..(block + 1) * count).unwrap_or_default();
        self.run::<false>(values, own, groups);
    }

    /// On one block; `groups` of equal length in each part have factors of their own.
    fn run<const FORWARD: bool>(&self, values: &mut [P], factors: &[Factor], groups: usize) {
        match self.levels {
            1 => run::<1, 2, FORWARD>(values, factors, groups),
            2 => run::<1, 4, FORWARD>(values, factors, groups),
            3 => run::<1, 8, FORWARD>(values, factors, groups),
            4 => run::<8, 2, FORWARD>(values, factors, groups),
            5 => run::<8, 4, FORWARD>(values, factors, groups),
            _ => run::<8, 8, FORWARD>(values, factors, groups),
        }
    }
}

fn run<const T: usize, const S: usize, const FORWARD: bool>(values: &mut [P], factors: &[Factor], groups: usize) {
    let length = values.len() / (T * S);
    let mut parts = values.chunks_exact_mut(length);
    let parts = std::array::from_fn(|_| std::array::from_fn(|_| parts.next().unwrap_or_default()));
    pass::<T, S, FORWARD>(parts, 0, factors, length / groups);
}

/// Runs on the first elements of all parts, the second ones, and so on, from `start` on; `group` of them have the same factors.
fn pass<const T: usize, const S: usize, const FORWARD: bool>(
    parts: Parts<'_, T, S>,
    start: usize,
    factors: &[Factor],
    group: usize,
) {
    let length = parts[0][0].len();
    if length > PARALLEL {
        let mut low = [const { [const { None }; S] }; T];
        let mut high = [const { [const { None }; S] }; T];
        for (t, parts) in parts.into_iter().enumerate() {
            for (s, part) in parts.into_iter().enumerate() {
                let (a, b) = part.split_at_mut(length / 2);
                (low[t][s], high[t][s]) = (Some(a), Some(b));
            }
        }
        let whole = |half: [[Option<_>; S]; T]| half.map(|parts| parts.map(Option::unwrap_or_default));
        let (low, high) = (whole(low), whole(high));
        rayon::join(
            || pass::<T, S, FORWARD>(low, start, factors, group),
            || pass::<T, S, FORWARD>(high, start + length / 2, factors, group),
        );
        return;
    }
    let mut parts = parts.map(|parts| parts.map(|part| &mut part[..length]));
    for i in 0..length {
        let first = (start + i) / group * T * S;
        let own = factors.get(first..first + T * S).and_then(|own| own.as_chunks().0.as_chunks().0.first());
        if FORWARD {
            small_forward(&mut parts, i, own);
        } else {
            small_inverse(&mut parts, i, own);
        }
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
                let factors = Factors::to_values(bits, shift);
                factors.forward(vec![&mut values], &mut [], &|_, _: &mut [()], _| ());
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
                    Factors::to_coefficients(bits).inverse(vec![&mut values], &|_, _| ());
                    assert!(values == coefficients, "2^{bits} points");
                }
            }
        }
    }
}
