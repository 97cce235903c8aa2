//! The packed field the prover computes in.
//!
//! plonky2 chooses the number of lanes at compile time (8 with AVX-512, 4 with AVX2, 1 elsewhere);
//! everything here is written for any power of two and never looks inside a lane.

use braid_primitives::sums::{Factor, Lanes, Sum};
pub(super) use p3_util::reverse_bits_len as reverse_bits;
use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::field::packable::Packable;
use plonky2::field::packed::PackedField;
use plonky2::field::types::Field;
use rayon::prelude::*;

/// The field of both the circuits and the commitments.
pub(super) type F = GoldilocksField;

/// [`WIDTH`] elements of [`F`], side by side.
pub(super) type P = <F as Packable>::Packing;

/// Lanes of [`P`], a power of two.
pub(super) const WIDTH: usize = <P as PackedField>::WIDTH;

/// `log2` of [`WIDTH`].
pub(super) const LOG_WIDTH: usize = WIDTH.trailing_zeros() as usize;

/// `slice` as packed elements; its length must be a multiple of [`WIDTH`].
#[inline(always)]
pub(super) fn packed(slice: &[F]) -> &[P] {
    P::pack_slice(slice)
}

/// `slice` as packed elements; its length must be a multiple of [`WIDTH`].
#[inline(always)]
pub(super) fn packed_mut(slice: &mut [F]) -> &mut [P] {
    P::pack_slice_mut(slice)
}

/// The words of packed elements, ready to be multiplied by constants.
#[inline(always)]
pub(super) fn lanes(value: P) -> Lanes<WIDTH> {
    let elements = value.as_slice();
    Lanes::new(&core::array::from_fn(|i| elements[i].0))
}

/// The constants of a random combination.
pub(super) fn factors(values: &[F]) -> Vec<Factor> {
    values.iter().map(|value| Factor::new(value.0)).collect()
}

/// The value of a combination.
#[inline(always)]
pub(super) fn total(sum: &Sum<WIDTH>) -> P {
    *P::from_slice(&sum.value().map(F::from_canonical_u64))
}

/// Transposes a square of `WIDTH` × `WIDTH` elements held in registers.
#[inline(always)]
pub(super) fn transpose(square: &mut [P; WIDTH]) {
    for level in 0..LOG_WIDTH {
        let half = 1 << level;
        for low in (0..WIDTH).filter(|i| i & half == 0) {
            let (a, b) = square[low].interleave(square[low + half], half);
            square[low] = a;
            square[low + half] = b;
        }
    }
}

/// The first `count` powers of `base`, times `scale`.
pub(super) fn powers<E: Field>(base: E, scale: E, count: usize) -> Vec<E> {
    const RUN: usize = 1 << 10;
    let mut out = vec![E::ZERO; count];
    out.par_chunks_mut(RUN).enumerate().for_each(|(run, out)| {
        let first = scale * base.exp_u64((run * RUN) as u64);
        for (out, power) in out.iter_mut().zip(base.shifted_powers(first)) {
            *out = power;
        }
    });
    out
}

/// Inverts every element; zeros are not allowed, as in plonky2's own batch inversion.
pub(super) fn invert_all(values: &[F]) -> Vec<F> {
    values.par_chunks(1 << 12).flat_map_iter(F::batch_multiplicative_inverse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use plonky2::field::types::Sample;

    #[test]
    fn transpose_moves_lane_j_of_row_i_to_lane_i_of_row_j() {
        let values = F::rand_vec(WIDTH * WIDTH);
        let mut square: [P; WIDTH] = core::array::from_fn(|i| packed(&values)[i]);
        transpose(&mut square);
        for (i, row) in square.iter().enumerate() {
            for (j, lane) in row.as_slice().iter().enumerate() {
                assert_eq!(*lane, values[j * WIDTH + i]);
            }
        }
    }

    #[test]
    fn powers_are_continued_across_runs() {
        let (base, scale) = (F::from_canonical_u64(7), F::from_canonical_u64(3));
        let expected: Vec<F> = base.shifted_powers(scale).take(3000).collect();
        assert_eq!(powers(base, scale, 3000), expected);
    }

    #[test]
    fn reversal_is_an_involution() {
        for bits in 0..10 {
            for i in 0..1usize << bits {
                assert_eq!(reverse_bits(reverse_bits(i, bits), bits), i);
            }
        }
    }
}
