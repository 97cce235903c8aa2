//! Replays files of Ethereum operations: `cargo run --release -p braid-witness --example replay -- FILE...`.

use braid_contracts::registry::Registry;
use braid_witness::capacity::Rows;
use braid_witness::ethereum::{Options, read, replay};
use braid_witness::{Batch, BlockContext, Interpreter, Policy};
use std::collections::BTreeMap;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let registry = Registry::builtin();
    let interpreter = &Interpreter::new(&registry)?;
    let capacity = Rows {
        cpu: 1 << 18,
        page: 1 << 16,
        tree: 1 << 19,
        sponge: 1 << 18,
        wide: 1 << 14,
        signature: 1 << 15,
        bucket: 1 << 22,
    };
    for path in std::env::args().skip(1) {
        let blocks = read(&std::fs::read_to_string(&path)?)?;
        let options = Options { chain_id: 1, depth: 24, seed: 1, by_block: false };
        let replay = replay(&blocks, &options, &registry)?;
        println!(
            "{path}: {} accounts, {} pools\n{}",
            replay.genesis.accounts.len(),
            replay.genesis.contracts.len(),
            replay.reductions
        );
        let mut origin = replay.genesis.build(&registry)?;
        for batch in replay.batches {
            let context = BlockContext { number: batch.block, timestamp: batch.timestamp, fees_before: 0 };
            let (parameters, policy) = (origin.parameters, Policy::default());
            let batch = Batch { interpreter, parameters, context, policy, capacity }.run(
                &mut origin.tree,
                origin.boundary,
                batch.drafts,
            )?;
            println!("{} chunks, {} levels, {} rejected", batch.cuts.len(), batch.levels, batch.rejections.len());
            let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
            for rejection in &batch.rejections {
                *reasons.entry(rejection.reason.to_string()).or_default() += 1;
            }
            reasons.iter().take(20).for_each(|(reason, count)| println!("  {count} × {reason}"));
        }
    }
    Ok(())
}
