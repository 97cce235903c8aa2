//! Our prover for plonky2 circuits against plonky2's own, on the same circuits in the same run.
//!
//! `plonk [rows as logarithms, default 12,14] [repetitions, default 3]` prints Markdown and, last,
//! one line of JSON. Times are wall time, the minimum of the repetitions, alternating the provers;
//! ours includes the verification before release, plonky2's does not.

use braid_prover::plonk::FastProver;
use plonky2::field::goldilocks_field::GoldilocksField as F;
use plonky2::field::types::Field;
use plonky2::gates::noop::NoopGate;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::{CircuitConfig, CircuitData};
use plonky2::plonk::config::{Hasher, PoseidonGoldilocksConfig};
use serde_json::json;
use std::error::Error;
use std::time::Instant;

const D: usize = 2;
type C = PoseidonGoldilocksConfig;
type Data = CircuitData<F, C, D>;

/// What a row of the table is about.
struct Case {
    name: &'static str,
    data: Data,
    inputs: PartialWitness<F>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let sizes = arguments.next().unwrap_or_else(|| "12,14".into());
    let sizes: Vec<usize> = sizes.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let repetitions: usize = arguments.next().map_or(Ok(3), |text| text.parse())?;
    let mut measured = Vec::new();
    println!("| circuit | rows | challenges | plonky2, s | ours, s | ratio |");
    println!("|---|---|---|---|---|---|");
    for bits in sizes {
        for challenges in [2, 3] {
            for case in [hashes(challenges, bits)?, recursion(challenges, bits)?] {
                let (plonky2, ours) = measure(&case, repetitions)?;
                let rows = case.data.common.degree_bits();
                let ratio = plonky2 / ours;
                println!("| {} | 2^{rows} | {challenges} | {plonky2:.3} | {ours:.3} | {ratio:.2} |", case.name);
                measured.push(json!({
                    "circuit": case.name, "rows_log2": rows, "challenges": challenges,
                    "plonky2_s": plonky2, "ours_s": ours, "ratio": ratio,
                }));
            }
        }
    }
    let threads = std::thread::available_parallelism()?.get();
    println!("\n{}", json!({ "threads": threads, "repetitions": repetitions, "measured": measured }));
    Ok(())
}

/// Seconds of plonky2's prover and of ours.
fn measure(case: &Case, repetitions: usize) -> Result<(f64, f64), Box<dyn Error>> {
    let prover = FastProver::new();
    let (mut plonky2, mut ours) = (f64::INFINITY, f64::INFINITY);
    // The first of ours makes tables and buffers and is not counted.
    prover.prove(&case.data.prover_only, &case.data.common, case.inputs.clone())?;
    for _ in 0..repetitions {
        let inputs = case.inputs.clone();
        let start = Instant::now();
        let proof = prover.prove(&case.data.prover_only, &case.data.common, inputs)?;
        ours = ours.min(start.elapsed().as_secs_f64());
        case.data.verify(proof)?;
        let inputs = case.inputs.clone();
        let start = Instant::now();
        let proof = case.data.prove(inputs)?;
        plonky2 = plonky2.min(start.elapsed().as_secs_f64());
        case.data.verify(proof)?;
    }
    Ok((plonky2, ours))
}

fn config(challenges: usize) -> CircuitConfig {
    CircuitConfig { num_challenges: challenges, ..CircuitConfig::standard_recursion_config() }
}

/// A Poseidon gate on nearly every row, in 16 chains.
fn hashes(challenges: usize, bits: usize) -> Result<Case, Box<dyn Error>> {
    let mut builder = CircuitBuilder::<F, D>::new(config(challenges));
    let start = builder.add_virtual_hash();
    let mut chains = [start; 16];
    for chain in &mut chains {
        for _ in 0..(1 << bits) / 17 {
            let input = [chain.elements, chain.elements].concat();
            *chain = builder.hash_n_to_hash_no_pad::<PoseidonHash>(input);
        }
    }
    builder.register_public_inputs(&chains[15].elements);
    let mut inputs = PartialWitness::new();
    inputs.set_hash_target(start, PoseidonHash::hash_no_pad(&[F::ONE]))?;
    Ok(Case { name: "hashes", data: builder.build::<C>(), inputs })
}

/// Verifies as many proofs of a small circuit as fit.
fn recursion(challenges: usize, bits: usize) -> Result<Case, Box<dyn Error>> {
    let mut inner = CircuitBuilder::<F, D>::new(config(challenges));
    let x = inner.add_virtual_public_input();
    while inner.num_gates() < 1 << 12 {
        inner.add_gate(NoopGate, vec![]);
    }
    inner.square(x);
    let inner = inner.build::<C>();
    let mut inputs = PartialWitness::new();
    inputs.set_target(x, F::TWO)?;
    let proof = inner.prove(inputs)?;

    let mut builder = CircuitBuilder::<F, D>::new(config(challenges));
    let verifier = builder.constant_verifier_data(&inner.verifier_only);
    let mut inputs = PartialWitness::new();
    let mut one = 0;
    while builder.num_gates() + one + 64 < 1 << bits {
        let before = builder.num_gates();
        let target = builder.add_virtual_proof_with_pis(&inner.common);
        builder.verify_proof::<C>(&target, &verifier, &inner.common);
        inputs.set_proof_with_pis_target(&target, &proof)?;
        one = builder.num_gates() - before;
    }
    Ok(Case { name: "recursion", data: builder.build::<C>(), inputs })
}
