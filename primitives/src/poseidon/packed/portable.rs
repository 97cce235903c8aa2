//! Lanes one after the other, for any processor.

use super::super::constants::WIDTH;
use super::super::scalar;
use crate::F;
use p3_field::PackedValue;

/// The permutation on sixteen states; any words go in, words below p come out.
#[allow(dead_code, reason = "vector code takes its place in some builds; the tests compare both")]
pub(super) fn permute_16(state: &mut [[u64; 16]; WIDTH]) {
    for lane in 0..16 {
        let mut words = std::array::from_fn(|i| state[i][lane]);
        scalar::permute_words(&mut words);
        for (row, word) in state.iter_mut().zip(words) {
            row[lane] = if word >= crate::MODULUS { word - crate::MODULUS } else { word };
        }
    }
}

/// The permutation on as many states as Plonky3 packs into one value.
#[allow(dead_code, reason = "vector code takes its place in some builds; the tests compare both")]
pub(super) fn permute_packed<P: PackedValue<Value = F>>(state: &mut [P; WIDTH]) {
    for lane in 0..P::WIDTH {
        let mut words = std::array::from_fn(|i| state[i].as_slice()[lane]);
        scalar::permute(&mut words);
        for (packed, word) in state.iter_mut().zip(words) {
            packed.as_slice_mut()[lane] = word;
        }
    }
}
