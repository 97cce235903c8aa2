//! plonky2's Poseidon on one core: the packed permutation of `braid-primitives` and plonky2's own.
//!
//! Prints nanoseconds of processor time a permutation, the least of a hundred runs.

use std::error::Error;
use std::hint::black_box;

use braid_primitives::poseidon::packed::{LANES, permute_lanes};
use plonky2::field::goldilocks_field::GoldilocksField as F;
use plonky2::field::types::Field;
use plonky2::hash::poseidon::Poseidon;
use serde_json::json;

/// Calls in a run: some ten milliseconds.
const CALLS: usize = 4_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut lanes: [[u64; LANES]; 12] = std::array::from_fn(|i| std::array::from_fn(|j| (16 * i + j) as u64));
    let packed = least(|| permute_lanes(black_box(&mut lanes)))? / LANES as f64;
    let mut state: [F; 12] = std::array::from_fn(F::from_canonical_usize);
    let plonky2 = least(|| state = F::poseidon(black_box(state)))?;
    println!("{}", json!({ "packed_ns": packed, "plonky2_ns": plonky2, "ratio": plonky2 / packed }));
    Ok(())
}

/// Nanoseconds of a call.
fn least(mut call: impl FnMut()) -> Result<f64, Box<dyn Error>> {
    let mut least = f64::INFINITY;
    for _ in 0..100 {
        let before = processor()?;
        (0..CALLS).for_each(|_| call());
        least = least.min((processor()? - before) / CALLS as f64);
    }
    Ok(least)
}

/// Nanoseconds that this thread has spent on a processor.
fn processor() -> Result<f64, Box<dyn Error>> {
    // The kernel brings the number up to date when the thread gives way, not when it is read.
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split(' ').next().unwrap_or_default().parse()?)
}
