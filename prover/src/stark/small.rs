//! Transforms of at most 64 points, whose roots of unity are powers of two.
//!
//! The points are the parts of a block, in T rows of S. Rows and columns are transformed in registers, with powers of two in between,
//! and reduced once in the end.

use braid_primitives::wide::{Factor, LOG_ROOTS, ORDER_OF_TWO, ROOT_EXPONENT, Wide};

use super::packing::P;

/// Parts of a block, in `T` rows of `S`.
pub(super) type Parts<'a, const T: usize, const S: usize> = [[&'a mut [P]; S]; T];

/// Element `i` of a part, times its factor if there are any.
#[inline(always)]
fn load<const T: usize, const S: usize>(
    parts: &Parts<'_, T, S>,
    [t, s]: [usize; 2],
    i: usize,
    factors: Option<&[[Factor; S]; T]>,
) -> Wide {
    match factors {
        None => Wide::of(&parts[t][s][i]),
        Some(factors) => Wide::product(&parts[t][s][i], &factors[t][s]),
    }
}

/// A transform of size T·S of the elements `i` of all parts: of columns of T, and then of rows of S.
#[inline(always)]
pub(super) fn small_forward<const T: usize, const S: usize>(
    parts: &mut Parts<'_, T, S>,
    i: usize,
    factors: Option<&[[Factor; S]; T]>,
) {
    let mut x = [[Wide::default(); S]; T];
    for s in 0..S {
        let mut column: [Wide; T] = std::array::from_fn(|t| load(parts, [t, s], i, factors));
        split(&mut column);
        for t in 0..T {
            x[t][s] = column[t];
        }
    }
    macro_rules! rows {
        ($($t:literal)*) => {$(
            if $t < T {
                let mut row = x[$t];
                turn(&mut row, exponent::<T, S>($t));
                split(&mut row);
                for s in 0..S {
                    parts[$t][s][i] = row[s].packed();
                }
            }
        )*};
    }
    rows!(0 1 2 3 4 5 6 7);
}

/// Undoes [`small_forward`], times T·S.
#[inline(always)]
pub(super) fn small_inverse<const T: usize, const S: usize>(
    parts: &mut Parts<'_, T, S>,
    i: usize,
    factors: Option<&[[Factor; S]; T]>,
) {
    let mut x = [[Wide::default(); S]; T];
    macro_rules! rows {
        ($($t:literal)*) => {$(
            if $t < T {
                let mut row: [Wide; S] = std::array::from_fn(|s| load(parts, [$t, s], i, factors));
                join(&mut row);
                turn(&mut row, ORDER_OF_TWO - exponent::<T, S>($t));
                x[$t] = row;
            }
        )*};
    }
    rows!(0 1 2 3 4 5 6 7);
    for s in 0..S {
        let mut column: [Wide; T] = std::array::from_fn(|t| x[t][s]);
        join(&mut column);
        for t in 0..T {
            parts[t][s][i] = column[t].packed();
        }
    }
}

/// The exponent of 2 that gives the r of row `t`.
#[inline(always)]
const fn exponent<const T: usize, const S: usize>(t: usize) -> u32 {
    let root = ROOT_EXPONENT << (LOG_ROOTS - (T * S).ilog2());
    root * reversed::<T>(t) % ORDER_OF_TWO
}

/// The bits of a number below T, reversed.
#[inline(always)]
const fn reversed<const T: usize>(t: usize) -> u32 {
    ((t << 1).reverse_bits() >> (usize::BITS - 1 - T.ilog2())) as u32
}

/// Times the powers of `2^exponent`.
#[inline(always)]
fn turn<const S: usize>(x: &mut [Wide; S], exponent: u32) {
    let mut turn = |i: usize| x[i] = x[i].turn(exponent * i as u32 % ORDER_OF_TWO);
    if S >= 2 {
        turn(1);
    }
    if S >= 4 {
        turn(2);
        turn(3);
    }
    if S >= 8 {
        turn(4);
        turn(5);
        turn(6);
        turn(7);
    }
}

/// Remainders modulo X^S - 1 to remainders modulo all X - r, in bit-reversed order.
#[inline(always)]
fn split<const S: usize>(x: &mut [Wide; S]) {
    let mut split = |i: usize, j: usize, exponent| (x[i], x[j]) = x[i].split(x[j], exponent);
    if S >= 8 {
        split(0, 4, 0);
        split(1, 5, 0);
        split(2, 6, 0);
        split(3, 7, 0);
        split(4, 6, 48);
        split(5, 7, 48);
        split(4, 5, 120);
        split(6, 7, 168);
    }
    if S >= 4 {
        split(0, 2, 0);
        split(1, 3, 0);
        split(2, 3, 48);
    }
    if S >= 2 {
        split(0, 1, 0);
    }
}

/// Undoes [`split`], times S.
#[inline(always)]
fn join<const S: usize>(x: &mut [Wide; S]) {
    let mut join = |i: usize, j: usize, exponent| (x[i], x[j]) = x[i].join(x[j], exponent);
    if S >= 2 {
        join(0, 1, 0);
    }
    if S >= 4 {
        join(2, 3, ORDER_OF_TWO - 48);
        join(0, 2, 0);
        join(1, 3, 0);
    }
    if S >= 8 {
        join(4, 5, ORDER_OF_TWO - 120);
        join(6, 7, ORDER_OF_TWO - 168);
        join(4, 6, ORDER_OF_TWO - 48);
        join(5, 7, ORDER_OF_TWO - 48);
        join(0, 4, 0);
        join(1, 5, 0);
        join(2, 6, 0);
        join(3, 7, 0);
    }
}
