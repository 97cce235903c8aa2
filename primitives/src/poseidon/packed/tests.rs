//! The vector code and the portable code of one binary give the same words.

use super::*;
use crate::F;
use crate::words::word;
use p3_field::{Field, PackedValue};
use rand::{SeedableRng, rngs::StdRng};

#[test]
fn sixteen_lanes_equal_portable_ones() {
    let mut rng = StdRng::seed_from_u64(20);
    for _ in 0..10_000 {
        let before: [[u64; LANES]; WIDTH] = std::array::from_fn(|_| std::array::from_fn(|_| word(&mut rng)));
        let (mut fast, mut slow) = (before, before);
        permute_lanes(&mut fast);
        portable::permute_16(&mut slow);
        assert_eq!(fast, slow);
        #[cfg(all(target_arch = "x86_64", target_feature = "avx2"))]
        {
            let mut four = before;
            avx2::permute_16(&mut four);
            assert_eq!(four, slow);
        }
    }
}

#[test]
fn packed_field_equals_portable_lanes() {
    type Packing = <F as Field>::Packing;
    let mut rng = StdRng::seed_from_u64(21);
    for _ in 0..10_000 {
        let before: [Packing; WIDTH] = std::array::from_fn(|_| Packing::from_fn(|_| F::new(word(&mut rng))));
        let (mut fast, mut slow) = (before, before);
        backend::permute_packed(&mut fast);
        portable::permute_packed(&mut slow);
        #[cfg(all(target_arch = "x86_64", target_feature = "avx2"))]
        {
            let mut four = before;
            avx2::permute_packed(&mut four);
            for (four, slow) in four.iter().zip(slow) {
                assert_eq!(four.as_slice(), slow.as_slice());
            }
        }
        for (fast, slow) in fast.iter().zip(slow) {
            assert_eq!(fast.as_slice(), slow.as_slice());
        }
    }
}

#[test]
fn lanes_are_independent() {
    let mut rng = StdRng::seed_from_u64(22);
    let before: [[u64; LANES]; WIDTH] = std::array::from_fn(|_| std::array::from_fn(|_| word(&mut rng)));
    let mut first = before;
    permute_lanes(&mut first);
    for changed in 0..LANES {
        let mut state = before;
        state[3][changed] ^= 1;
        permute_lanes(&mut state);
        for lane in 0..LANES {
            assert_eq!(state.map(|row| row[lane]) == first.map(|row| row[lane]), lane != changed);
        }
    }
}
