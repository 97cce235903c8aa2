//! Plonky3's packed field, and squares of it.

use braid_circuits::stark::{Challenge, Val};
use p3_field::{ExtensionField, Field, PackedFieldExtension, PackedFieldPow2, PackedValue, PrimeCharacteristicRing};
pub(super) use p3_util::reverse_bits_len as reverse_bits;
use rayon::prelude::*;

/// [`WIDTH`] elements of [`Val`], side by side.
pub(super) type P = <Val as Field>::Packing;

/// [`WIDTH`] elements of [`Challenge`].
pub(super) type PackedChallenge = <Challenge as ExtensionField<Val>>::ExtensionPacking;

/// Lanes of [`P`], a power of two.
pub(super) const WIDTH: usize = <P as PackedValue>::WIDTH;

/// log2 of [`WIDTH`].
pub(super) const LOG_WIDTH: usize = WIDTH.trailing_zeros() as usize;

/// One of the challenges of a packed one.
#[inline(always)]
pub(super) fn lane(packed: &PackedChallenge, lane: usize) -> Challenge {
    PackedFieldExtension::<Val, Challenge>::extract(packed, lane)
}

/// The first elements of a row, and zeros behind its end.
#[inline(always)]
pub(super) fn load(row: &[Val]) -> P {
    match row.get(..WIDTH) {
        Some(whole) => *P::from_slice(whole),
        None => P::from_fn(|lane| row.get(lane).copied().unwrap_or_default()),
    }
}

/// Undoes [`load`].
#[inline(always)]
pub(super) fn store(value: &P, row: &mut [Val]) {
    match row.first_chunk_mut() {
        Some::<&mut [Val; WIDTH]>(whole) => *P::from_slice_mut(whole) = *value,
        None => row.iter_mut().zip(value.as_slice()).for_each(|(element, value)| *element = *value),
    }
}

/// Transposes a square of elements.
#[inline(always)]
pub(super) fn transpose(square: &mut [P; WIDTH]) {
    for level in 0..LOG_WIDTH {
        let half = 1 << level;
        for low in (0..WIDTH).filter(|i| i & half == 0) {
            (square[low], square[low + half]) = square[low].interleave(square[low + half], half);
        }
    }
}

/// The first `count` powers of `base`, times `scale`.
pub(super) fn powers(base: Val, scale: Val, count: usize) -> Vec<Val> {
    const RUN: usize = 1 << 12;
    let mut out = Val::zero_vec(count);
    out.par_chunks_mut(RUN).enumerate().for_each(|(run, out)| {
        let first = scale * base.exp_u64((run * RUN) as u64);
        for (out, power) in out.iter_mut().zip(base.shifted_powers(first)) {
            *out = power;
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transpose_moves_lane_j_of_row_i_to_lane_i_of_row_j() {
        let mut square: [P; WIDTH] = std::array::from_fn(|i| P::from_fn(|j| Val::from_usize(WIDTH * i + j)));
        transpose(&mut square);
        for (i, row) in square.iter().enumerate() {
            for (j, lane) in row.as_slice().iter().enumerate() {
                assert_eq!(*lane, Val::from_usize(WIDTH * j + i));
            }
        }
    }

    #[test]
    fn powers_are_continued_across_runs() {
        let (base, scale) = (Val::from_u64(7), Val::from_u64(3));
        let expected: Vec<Val> = base.shifted_powers(scale).take(10_000).collect();
        assert_eq!(powers(base, scale, 10_000), expected);
    }
}
