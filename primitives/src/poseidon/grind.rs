//! Proof of work: the smallest input at which the permutation's output is a rare one.

use rayon::prelude::*;

use super::constants::WIDTH;
use super::packed::{LANES, permute_lanes};

/// The element of the output that is looked at: the last of the rate, which the challengers of both proof systems draw first.
const DRAWN: usize = 7;

/// Groups of candidates that are tried before any later one: some milliseconds on one core, little of which is spent beyond the find.
const BLOCK: usize = 1 << 10;

/// The smallest candidate that, put at `position` of `state`, makes the permutation's eighth element one that is accepted, whatever the number
/// of threads. `None` if there is no such position, or none of 2^48 is accepted.
pub fn grind(state: &[u64; WIDTH], position: usize, accepts: impl Fn(u64) -> bool + Sync) -> Option<u64> {
    if position >= WIDTH {
        return None;
    }
    let base = state.map(|element| [element; LANES]);
    let group = |group: usize| {
        let first = (group * LANES) as u64;
        let mut states = base;
        for (lane, candidate) in states[position].iter_mut().zip(first..) {
            *lane = candidate;
        }
        permute_lanes(&mut states);
        let found = states[DRAWN].iter().position(|&drawn| accepts(drawn))?;
        Some(first + found as u64)
    };
    let mut blocks = (0..1usize << 44).step_by(BLOCK);
    blocks.find_map(|first| (first..first + BLOCK).into_par_iter().find_map_first(group))
}

#[cfg(test)]
mod tests {
    use p3_field::PrimeField64;

    use super::super::permute;
    use super::*;
    use crate::F;

    #[test]
    fn the_smallest_witness_is_found_at_any_number_of_threads() {
        let state: [u64; WIDTH] = core::array::from_fn(|i| (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // Some blocks of candidates on.
        let accepts = |drawn: u64| drawn.trailing_zeros() >= 16;
        let drawn = |candidate: u64| {
            let mut state = state.map(F::new);
            state[3] = F::new(candidate);
            permute(&mut state);
            state[DRAWN].as_canonical_u64()
        };
        let smallest = (0..).find(|candidate| accepts(drawn(*candidate)));
        assert!(smallest > Some((2 * BLOCK * LANES) as u64), "{smallest:?}");
        assert_eq!(grind(&state, WIDTH, accepts), None);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool.install(|| grind(&state, 3, accepts)), smallest, "{threads} threads");
        }
    }
}
