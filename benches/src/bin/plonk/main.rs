//! Our prover for plonky2 circuits against plonky2's own, on the same circuits in the same run.
//!
//! `plonk [rows as logarithms, default 12,14] [repetitions, default 3]` measures two circuits of each size with 2 and 3 challenges;
//! `plonk --level NAME [repetitions, default 1]` those that `braid prove` runs at a level: wraps, shrinks and merges of two chunks.
//! Both print Markdown and, last, one line of JSON.
//!
//! Times are the minimum of the repetitions, alternating the provers. Ours include the verification before release, plonky2's do
//! not. Memory is kept as the command line keeps it, for both. Processor time counts all threads; where other work shares
//! the machine its ratio is the one to read. Stages are shares of our processor time.

mod circuits;

mod level;

use braid_primitives::memory::HugePages;
use std::error::Error;
use tikv_jemallocator::Jemalloc;

use braid_prover::plonk::FastProver;
use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::iop::witness::PartialWitness;
use plonky2::plonk::circuit_data::CircuitData;
use plonky2::plonk::config::PoseidonGoldilocksConfig;
use serde_json::{Value, json};

use braid_benches::clock::{Stages, Times, take_stages};

const D: usize = 2;
type F = GoldilocksField;
type C = PoseidonGoldilocksConfig;
type Data = CircuitData<F, C, D>;

#[global_allocator]
static ALLOCATOR: HugePages<Jemalloc> = HugePages::new(Jemalloc);

fn main() -> Result<(), Box<dyn Error>> {
    tracing::subscriber::set_global_default(Stages::default())?;
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next().unwrap_or_else(|| "12,14".into());
    let level = if first == "--level" { arguments.next() } else { None };
    let repetitions = arguments.next().map(|text| text.parse()).transpose()?;
    println!(
        "| circuit | rows | challenges | plonky2, s | ours, s | ratio | plonky2, CPU-s | ours, CPU-s | ratio | stages |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let mut measured = Vec::new();
    match level {
        Some(name) => measured = level::measure(&name, repetitions.unwrap_or(1))?,
        None => {
            for bits in first.split(',') {
                let bits = bits.parse()?;
                for challenges in [2, 3] {
                    for case in [circuits::hashes(challenges, bits)?, circuits::recursion(challenges, bits)?] {
                        let prover = FastProver::new();
                        // The first of ours makes tables and buffers and is not counted.
                        prover.prove(&case.data.prover_only, &case.data.common, case.inputs.clone())?;
                        let repetitions = repetitions.unwrap_or(3);
                        measured.push(measure(case.name, &prover, &case.data, &case.inputs, repetitions)?);
                    }
                }
            }
        }
    }
    let threads = std::thread::available_parallelism()?.get();
    println!("\n{}", json!({ "threads": threads, "measured": measured }));
    Ok(())
}

/// Times of plonky2's prover and of ours on a circuit; prints a row.
fn measure(
    name: &str,
    prover: &FastProver,
    data: &Data,
    inputs: &PartialWitness<F>,
    repetitions: usize,
) -> Result<Value, Box<dyn Error>> {
    let (mut plonky2, mut ours) = (Times::MOST, Times::MOST);
    let mut stages = Default::default();
    for _ in 0..repetitions {
        let again = inputs.clone();
        take_stages();
        let (proof, times) = Times::of(|| prover.prove(&data.prover_only, &data.common, again));
        if times.processor < ours.processor {
            stages = take_stages();
        }
        ours = ours.least(times);
        data.verify(proof?)?;
        let again = inputs.clone();
        let (proof, times) = Times::of(|| data.prove(again));
        plonky2 = plonky2.least(times);
        data.verify(proof?)?;
    }
    let rest = ours.processor - stages.values().sum::<f64>();
    stages.insert("rest".into(), rest);
    let mut shares: Vec<(String, f64)> =
        stages.into_iter().map(|(name, s)| (name, 100.0 * s / ours.processor)).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let text: Vec<String> = shares.iter().map(|(name, share)| format!("{name} {share:.0}")).collect();
    let (rows, challenges) = (data.common.degree_bits(), data.common.config.num_challenges);
    println!(
        "| {name} | 2^{rows} | {challenges} | {:.3} | {:.3} | {:.2} | {:.3} | {:.3} | {:.2} | {} |",
        plonky2.wall,
        ours.wall,
        plonky2.wall / ours.wall,
        plonky2.processor,
        ours.processor,
        plonky2.processor / ours.processor,
        text.join(", ")
    );
    Ok(json!({
        "circuit": name, "rows_log2": rows, "challenges": challenges, "repetitions": repetitions,
        "plonky2_s": plonky2.wall, "ours_s": ours.wall, "ratio": plonky2.wall / ours.wall,
        "plonky2_cpu_s": plonky2.processor, "ours_cpu_s": ours.processor,
        "cpu_ratio": plonky2.processor / ours.processor,
        "stages_percent": shares.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
    }))
}
