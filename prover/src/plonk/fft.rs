//! Number-theoretic transforms of one column.
//!
//! The forward transform decimates in frequency: natural order in, bit-reversed order out, which is
//! the order of the leaves of plonky2's Merkle trees, so no column is ever permuted on the way to
//! its commitment. The inverse decimates in time and undoes exactly that. Both recurse on quarters,
//! so that from the size of a cache on everything stays in it (Bailey's observation), and finish
//! inside registers on squares of `WIDTH` packed elements.

use super::packing::{F, LOG_WIDTH, P, WIDTH, packed, packed_mut, powers, reverse_bits, transpose};
use plonky2::field::types::Field;

/// Below this many packed elements a transform is not split among threads.
const PARALLEL: usize = 1 << 12;

/// Roots of unity for all transforms of up to `2^bits` points.
pub(super) struct Roots {
    bits: usize,
    /// `forward[k][j] = w^j` for `w` of order `2^(k+1)`, `j < 2^k`.
    forward: Vec<Vec<F>>,
    /// The same for `w^-1`.
    inverse: Vec<Vec<F>>,
}

impl Roots {
    pub fn new(bits: usize) -> Self {
        let w = F::primitive_root_of_unity(bits);
        Self { bits, forward: tables(w, bits), inverse: tables(w.inverse(), bits) }
    }

    /// Coefficients in natural order to values on the subgroup in bit-reversed order, in place.
    /// The length is a power of two within the tables.
    pub fn forward(&self, values: &mut [F]) {
        let bits = self.bits_of(values);
        if bits < 2 * LOG_WIDTH {
            frequency_scalar(values, &self.forward);
        } else {
            frequency(packed_mut(values), bits, &self.forward);
        }
    }

    /// Values in bit-reversed order to coefficients in natural order, in place, times the length.
    pub fn inverse(&self, values: &mut [F]) {
        let bits = self.bits_of(values);
        if bits < 2 * LOG_WIDTH {
            time_scalar(values, &self.inverse);
        } else {
            time(packed_mut(values), bits, &self.inverse);
        }
    }

    fn bits_of(&self, values: &[F]) -> usize {
        let bits = values.len().trailing_zeros() as usize;
        assert!(values.len() == 1 << bits && bits <= self.bits, "transform outside its tables");
        bits
    }
}

fn tables(w: F, bits: usize) -> Vec<Vec<F>> {
    let mut tables = Vec::with_capacity(bits);
    let mut top = powers(w, F::ONE, (1 << bits) / 2);
    for _ in 0..bits {
        let below = top.iter().step_by(2).copied().collect();
        tables.push(std::mem::replace(&mut top, below));
    }
    tables.reverse();
    tables
}

/// `(u + v, (u − v)·w)`.
#[inline(always)]
fn butterfly_frequency(u: P, v: P, w: P) -> (P, P) {
    (u + v, (u - v) * w)
}

/// `(u + v·w, u − v·w)`.
#[inline(always)]
fn butterfly_time(u: P, v: P, w: P) -> (P, P) {
    let t = v * w;
    (u + t, u - t)
}

/// Splits into four equal parts.
#[inline(always)]
fn quarters(values: &mut [P]) -> [&mut [P]; 4] {
    let quarter = values.len() / 4;
    let (a, rest) = values.split_at_mut(quarter);
    let (b, rest) = rest.split_at_mut(quarter);
    let (c, d) = rest.split_at_mut(quarter);
    [a, b, c, d]
}

/// Applies `transform` to each part, on several threads where that pays.
fn each(parts: [&mut [P]; 4], transform: impl Fn(&mut [P]) + Sync) {
    let [a, b, c, d] = parts;
    if a.len() >= PARALLEL {
        rayon::join(|| rayon::join(|| transform(a), || transform(b)), || rayon::join(|| transform(c), || transform(d)));
    } else {
        [a, b, c, d].into_iter().for_each(transform);
    }
}

fn frequency(values: &mut [P], bits: usize, roots: &[Vec<F>]) {
    if bits == 2 * LOG_WIDTH {
        return frequency_square(values, roots);
    }
    if bits == 2 * LOG_WIDTH + 1 {
        let (low, high) = values.split_at_mut(values.len() / 2);
        for ((u, v), w) in low.iter_mut().zip(high.iter_mut()).zip(packed(&roots[bits - 1])) {
            (*u, *v) = butterfly_frequency(*u, *v, *w);
        }
        frequency_square(low, roots);
        return frequency_square(high, roots);
    }
    // Two levels in one pass over memory.
    let [a, b, c, d] = quarters(values);
    let (outer_low, outer_high) = packed(&roots[bits - 1]).split_at(a.len());
    let inner = packed(&roots[bits - 2]);
    for (i, (((a, b), c), d)) in a.iter_mut().zip(b.iter_mut()).zip(c.iter_mut()).zip(d.iter_mut()).enumerate() {
        let (a1, c1) = butterfly_frequency(*a, *c, outer_low[i]);
        let (b1, d1) = butterfly_frequency(*b, *d, outer_high[i]);
        (*a, *b) = butterfly_frequency(a1, b1, inner[i]);
        (*c, *d) = butterfly_frequency(c1, d1, inner[i]);
    }
    each([a, b, c, d], |part| frequency(part, bits - 2, roots));
}

fn time(values: &mut [P], bits: usize, roots: &[Vec<F>]) {
    if bits == 2 * LOG_WIDTH {
        return time_square(values, roots);
    }
    if bits == 2 * LOG_WIDTH + 1 {
        let (low, high) = values.split_at_mut(values.len() / 2);
        time_square(low, roots);
        time_square(high, roots);
        for ((u, v), w) in low.iter_mut().zip(high.iter_mut()).zip(packed(&roots[bits - 1])) {
            (*u, *v) = butterfly_time(*u, *v, *w);
        }
        return;
    }
    let [a, b, c, d] = quarters(values);
    each([&mut *a, &mut *b, &mut *c, &mut *d], |part| time(part, bits - 2, roots));
    let (outer_low, outer_high) = packed(&roots[bits - 1]).split_at(a.len());
    let inner = packed(&roots[bits - 2]);
    for (i, (((a, b), c), d)) in a.iter_mut().zip(b.iter_mut()).zip(c.iter_mut()).zip(d.iter_mut()).enumerate() {
        let (a1, b1) = butterfly_time(*a, *b, inner[i]);
        let (c1, d1) = butterfly_time(*c, *d, inner[i]);
        (*a, *c) = butterfly_time(a1, c1, outer_low[i]);
        (*b, *d) = butterfly_time(b1, d1, outer_high[i]);
    }
}

/// `WIDTH²` points: half of the levels across registers, then a transposition turns the levels
/// inside registers into levels across registers too.
#[inline(always)]
fn frequency_square(values: &mut [P], roots: &[Vec<F>]) {
    let Some(square) = values.first_chunk_mut::<WIDTH>() else { return };
    for level in (0..LOG_WIDTH).rev() {
        let (half, w) = (1 << level, packed(&roots[LOG_WIDTH + level]));
        for low in (0..WIDTH).filter(|i| i & half == 0) {
            let pair = butterfly_frequency(square[low], square[low + half], w[low % half]);
            (square[low], square[low + half]) = pair;
        }
    }
    transpose(square);
    for level in (0..LOG_WIDTH).rev() {
        let (half, w) = (1 << level, &roots[level]);
        for low in (0..WIDTH).filter(|i| i & half == 0) {
            let (u, v) = (square[low], square[low + half]);
            square[low] = u + v;
            square[low + half] = if low % half == 0 { u - v } else { (u - v) * P::from(w[low % half]) };
        }
    }
    transpose(square);
}

#[inline(always)]
fn time_square(values: &mut [P], roots: &[Vec<F>]) {
    let Some(square) = values.first_chunk_mut::<WIDTH>() else { return };
    transpose(square);
    for level in 0..LOG_WIDTH {
        let (half, w) = (1 << level, &roots[level]);
        for low in (0..WIDTH).filter(|i| i & half == 0) {
            let (u, mut v) = (square[low], square[low + half]);
            if low % half != 0 {
                v *= P::from(w[low % half]);
            }
            (square[low], square[low + half]) = (u + v, u - v);
        }
    }
    transpose(square);
    for level in 0..LOG_WIDTH {
        let (half, w) = (1 << level, packed(&roots[LOG_WIDTH + level]));
        for low in (0..WIDTH).filter(|i| i & half == 0) {
            let pair = butterfly_time(square[low], square[low + half], w[low % half]);
            (square[low], square[low + half]) = pair;
        }
    }
}

/// Sizes below a square of registers.
fn frequency_scalar(values: &mut [F], roots: &[Vec<F>]) {
    let bits = values.len().trailing_zeros() as usize;
    for level in (0..bits).rev() {
        let half = 1 << level;
        for block in values.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((u, v), w) in low.iter_mut().zip(high).zip(&roots[level]) {
                (*u, *v) = (*u + *v, (*u - *v) * *w);
            }
        }
    }
}

fn time_scalar(values: &mut [F], roots: &[Vec<F>]) {
    let bits = values.len().trailing_zeros() as usize;
    for level in 0..bits {
        let half = 1 << level;
        for block in values.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((u, v), w) in low.iter_mut().zip(high).zip(&roots[level]) {
                let t = *v * *w;
                (*u, *v) = (*u + t, *u - t);
            }
        }
    }
}

/// Values in natural order to coefficients in natural order; `scratch` has the same length.
pub(super) fn interpolate(values: &[F], scratch: &mut [F], coefficients: &mut [F], roots: &Roots) {
    let bits = values.len().trailing_zeros() as usize;
    for (i, value) in values.iter().enumerate() {
        scratch[reverse_bits(i, bits)] = *value;
    }
    roots.inverse(scratch);
    let scale = F::inverse_2exp(bits);
    for (coefficient, value) in coefficients.iter_mut().zip(scratch.iter()) {
        *coefficient = *value * scale;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plonky2::field::polynomial::{PolynomialCoeffs, PolynomialValues};
    use plonky2::field::types::Sample;

    #[test]
    fn equals_plonky2_on_every_size() {
        let roots = Roots::new(16);
        for bits in 0..=16 {
            let coefficients = F::rand_vec(1 << bits);
            let expected = PolynomialCoeffs::new(coefficients.clone()).fft().values;
            let mut values = coefficients.clone();
            roots.forward(&mut values);
            for (i, value) in values.iter().enumerate() {
                assert_eq!(*value, expected[reverse_bits(i, bits)], "2^{bits} points, index {i}");
            }
            roots.inverse(&mut values);
            let scale = F::inverse_2exp(bits);
            assert!(values.iter().zip(&coefficients).all(|(a, b)| *a * scale == *b));
        }
    }

    #[test]
    fn interpolation_equals_plonky2() {
        let roots = Roots::new(10);
        for bits in [0, 3, 7, 10] {
            let values = F::rand_vec(1 << bits);
            let (mut scratch, mut coefficients) = (values.clone(), values.clone());
            interpolate(&values, &mut scratch, &mut coefficients, &roots);
            assert_eq!(coefficients, PolynomialValues::new(values).ifft().coeffs);
        }
    }

    #[test]
    #[should_panic(expected = "outside its tables")]
    fn refuses_more_points_than_roots() {
        Roots::new(3).forward(&mut [F::ONE; 16]);
    }
}
