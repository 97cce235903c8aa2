//! Words for the tests of packed arithmetic.

use rand::{RngExt, rngs::StdRng};

/// A word, often one where limbs, carries or reductions change.
pub(crate) fn word(rng: &mut StdRng) -> u64 {
    match rng.random_range(0..8) {
        0 => u64::MAX - rng.random_range(0..4),
        1 => crate::MODULUS.wrapping_add(rng.random_range(0..5)) - 2,
        2 => (1 << rng.random_range(0..64)) - rng.random_range(0..2),
        3 => u64::MAX << rng.random_range(0..64),
        4 => rng.random::<u64>() & 0xffff_ffff_0000_0000,
        5 => rng.random_range(0..3),
        _ => rng.random(),
    }
}
