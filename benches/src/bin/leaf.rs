//! Leaf proofs: our prover and Plonky3's on the same tables, in turn.
//!
//! `leaf [shape, default small] [level, default conjectured-100] [repetitions, default 3]` makes a batch of transfers, takes the first full
//! chunk of the shape, and prints seconds of wall and processor time of each, the least of the repetitions, and their ratio.
//! It fails if a proof does not verify or commits to other tables. That whole proofs are equal is tested in `prover`.

use braid_primitives::memory::HugePages;
use std::error::Error;
use tikv_jemallocator::Jemalloc;

use braid_benches::chunk;
use braid_benches::clock::{Stages, Times, take_stages};
use braid_circuits::leaf::execution::Execution;
use braid_circuits::leaf::machine;
use braid_circuits::leaf::shape::Shape;
use braid_circuits::stark::{Security, Setup};
use braid_contracts::Registry;
use braid_prover::stark::StarkProver;
use braid_witness::Interpreter;
use braid_witness::workload::Spec;
use serde_json::json;

#[global_allocator]
static ALLOCATOR: HugePages<Jemalloc> = HugePages::new(Jemalloc);

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    tracing::subscriber::set_global_default(Stages::default())?;
    let mut arguments = std::env::args().skip(1);
    let shape: Shape = arguments.next().map_or(Ok(Shape::Small), |text| text.parse())?;
    let level = arguments.next().unwrap_or_else(|| Security::Conjectured100.name().to_owned());
    let security = Security::ALL.into_iter().find(|s| s.name() == level).ok_or("no such level")?;
    let repetitions: usize = arguments.next().map_or(Ok(3), |text| text.parse())?;
    let registry = Registry::builtin();
    let interpreter = Interpreter::new(&registry)?;
    // 15 rows of the first table each.
    let spec = Spec { transactions: shape.height(0) / 15, users: 20_000, ..Spec::default() };
    let result = chunk::cut(&registry, &interpreter, &spec, shape)?;
    let chunk = &result.cuts.first().ok_or("no chunk")?.chunk;
    let record = chunk.replay_prepared(&interpreter)?;
    let traces = machine::traces(&Execution::new(chunk, &record, &registry)?, shape)?;
    let setup = Setup::new(security.leaf(), machine::chips(&registry)?, shape.degree_bits().to_vec())?;
    let prover = StarkProver::new(&setup)?;

    let [mut ours, mut theirs] = [Times::MOST; 2];
    let mut stages = take_stages();
    for _ in 0..repetitions {
        let copy = traces.main.clone();
        let (proof, times) = Times::of(|| prover.prove(&setup, copy, &traces.public_values));
        let (expected, library) = Times::of(|| setup.prove(&traces.main, &traces.public_values));
        let (proof, expected) = (proof?, expected?);
        setup.verify(&proof, &traces.public_values)?;
        // Later parts differ by the witness of work before them, which is any that is found first.
        if proof.commitments.main != expected.commitments.main {
            return Err("the proofs differ".into());
        }
        let taken = take_stages();
        if times.processor < ours.processor {
            stages = taken;
        }
        (ours, theirs) = (ours.least(times), theirs.least(library));
    }
    let seconds = |times: Times| json!({ "wall_s": times.wall, "processor_s": times.processor });
    println!(
        "{}",
        json!({ "shape": shape, "level": level, "transactions": chunk.transactions.len(), "repetitions": repetitions,
            "ours": seconds(ours), "plonky3": seconds(theirs), "stages_processor_s": stages,
            "ratio": { "wall": theirs.wall / ours.wall, "processor": theirs.processor / ours.processor } })
    );
    Ok(())
}
