//! Times each step from drafts to chunks: `cargo run --release -p braid-witness --example throughput -- 100000`.

use braid_contracts::registry::Registry;
use braid_witness::capacity::Rows;
use braid_witness::workload::{Distribution, Mix, Spec, Workload, generate};
use braid_witness::{Batch, BlockContext, Interpreter, Policy};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let transactions = std::env::args().nth(1).map_or(Ok(20_000), |count| count.parse())?;
    let registry = Registry::builtin();
    let interpreter = &Interpreter::new(&registry)?;
    let patterns = [
        ("transfers, uniform", Mix::TRANSFERS, Distribution::Uniform),
        ("transfers, one payee", Mix::TRANSFERS, Distribution::OneHot),
        ("mixed, zipf", Mix::MIXED, Distribution::Zipf { exponent: 1.0 }),
        ("swaps, one pool", Mix::SWAPS, Distribution::OneHot),
    ];
    for (name, mix, distribution) in patterns {
        let spec =
            Spec { transactions, users: (transactions as u64 / 2).max(100), mix, distribution, ..Spec::default() };
        let Workload { genesis, drafts } = generate(&spec, &registry)?;
        let mut origin = genesis.build(&registry)?;
        let context = BlockContext { number: 1, timestamp: 1_700_000_000, fees_before: 0 };
        let capacity = Rows {
            cpu: 1 << 18,
            page: 1 << 16,
            tree: 1 << 19,
            sponge: 1 << 18,
            wide: 1 << 14,
            signature: 1 << 15,
            bucket: 1 << 22,
        };
        let batch = Batch { interpreter, parameters: origin.parameters, context, policy: Policy::default(), capacity };
        let result = batch.run(&mut origin.tree, origin.boundary, drafts)?;
        println!(
            "{name}: {} chunks, {} rejected, {} levels",
            result.cuts.len(),
            result.rejections.len(),
            result.levels
        );
        let times = result.times;
        let steps = [
            ("slots", times.slots),
            ("authentication", times.authentication),
            ("planning", times.planning),
            ("execution", times.execution),
            ("cutting", times.cutting),
        ];
        for (step, time) in steps {
            println!("  {step:<16}{:>10.0} ns a transaction", time.as_nanos() as f64 / transactions as f64);
        }
        if let Some(cut) = result.cuts.first() {
            let start = std::time::Instant::now();
            let record = cut.chunk.replay_prepared(interpreter)?;
            let count = record.transactions.len();
            println!(
                "  {:<16}{:>10.0} ns a transaction ({count})",
                "replay",
                start.elapsed().as_nanos() as f64 / count as f64
            );
        }
    }
    Ok(())
}
