//! Compressing many nodes at once, packed and on all cores.

use braid_primitives::{Digest, F, poseidon2};
use p3_field::PrimeCharacteristicRing;
use rayon::prelude::*;

/// Below this many nodes a thread is not worth its wake-up (about 100 µs of hashing).
pub(crate) const PIECE: usize = 256;

/// The digests of nodes given as `left ‖ right`, in the same order. The result does not depend on the threads.
pub(crate) fn compress_all(inputs: &[[F; 8]]) -> Vec<Digest> {
    let mut digests = vec![[F::ZERO; 4]; inputs.len()];
    if inputs.len() <= PIECE {
        poseidon2::compress_many(inputs, &mut digests);
    } else {
        inputs
            .par_chunks(PIECE)
            .zip(digests.par_chunks_mut(PIECE))
            .for_each(|(input, output)| poseidon2::compress_many(input, output));
    }
    digests
}

/// `left ‖ right`.
pub(crate) fn join(left: Digest, right: Digest) -> [F; 8] {
    let mut children = [F::ZERO; 8];
    children[..4].copy_from_slice(&left);
    children[4..].copy_from_slice(&right);
    children
}
