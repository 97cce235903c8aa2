//! How fast the rows of the leaf's tables are filled.
//!
//! `rows [shape, default small] [repetitions, default 20]` makes a batch of transfers, swaps and liquidity, takes the first
//! full chunk of the shape and fills its tables on one thread and on all. It prints Markdown and, last, one line of JSON: for
//! each step nanoseconds a committed cell of the trace, the minimum of the repetitions. Rows that pad a table count as
//! cells: they are committed, too. Steps that fill several tables are named by the last.

use braid_primitives::memory::HugePages;
use std::error::Error;
use std::time::Instant;
use tikv_jemallocator::Jemalloc;

use braid_benches::chunk;
use braid_circuits::leaf::execution::Execution;
use braid_circuits::leaf::machine;
use braid_circuits::leaf::shape::{Shape, TABLES};
use braid_contracts::Registry;
use braid_witness::Interpreter;
use braid_witness::workload::{Mix, Spec};
use p3_matrix::Matrix;
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: HugePages<Jemalloc> = HugePages::new(Jemalloc);

/// One step: its name, the cells that it fills, the least nanoseconds it took.
struct Step {
    name: &'static str,
    cells: usize,
    least: f64,
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let shape: Shape = arguments.next().map_or(Ok(Shape::Small), |text| text.parse())?;
    let repetitions: usize = arguments.next().map_or(Ok(20), |text| text.parse())?;
    let registry = Registry::builtin();
    let interpreter = Interpreter::new(&registry)?;
    let transactions = 1 + 20_000 * shape.height(0) / Shape::Standard.height(0);
    let spec = Spec { transactions, users: 5_000, mix: Mix::MIXED, ..Spec::default() };
    let result = chunk::cut(&registry, &interpreter, &spec, shape)?;
    let chunk = &result.cuts.first().ok_or("no chunk")?.chunk;
    let record = chunk.replay_prepared(&interpreter)?;
    let execution = Execution::new(chunk, &record, &registry)?;

    let cores = std::thread::available_parallelism()?.get();
    println!("A chunk of {} transactions in the shape {shape}\n", chunk.transactions.len());
    println!("| step | cells | threads | ms | ns a cell |");
    println!("|---|---|---|---|---|");
    let mut measured: Vec<Value> = Vec::new();
    for threads in [1, cores] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        for Step { name, cells, least } in pool.install(|| measure(&execution, shape, repetitions))? {
            let each = least / cells.max(1) as f64;
            println!("| {name} | {cells} | {threads} | {:.2} | {each:.2} |", least / 1e6);
            measured
                .push(json!({ "step": name, "cells": cells, "threads": threads, "ns": least, "ns_per_cell": each }));
        }
    }
    println!(
        "\n{}",
        json!({ "cores": cores, "repetitions": repetitions, "shape": shape,
        "transactions": chunk.transactions.len(), "measured": measured })
    );
    Ok(())
}

/// Fills all tables in the current pool, several times.
fn measure(
    execution: &Execution<'_>,
    shape: Shape,
    repetitions: usize,
) -> Result<Vec<Step>, Box<dyn Error + Send + Sync>> {
    let mut steps: Vec<Step> = Vec::new();
    for _ in 0..repetitions {
        let mut laps: Vec<(&'static str, f64)> = Vec::new();
        let mut clock = Instant::now();
        let traces = machine::traces_observed(execution, shape, |name| {
            laps.push((name, clock.elapsed().as_nanos() as f64));
            clock = Instant::now();
        })?;
        let mut tables = TABLES.into_iter().zip(&traces.main);
        for (place, (name, time)) in laps.into_iter().enumerate() {
            if place == steps.len() {
                // The step filled every table up to the one that it is named by; the first makes empty counters only.
                let end = TABLES.iter().position(|table| *table == name).map_or(0, |position| position + 1);
                let ours = end.saturating_sub(TABLES.len() - tables.len());
                let cells = tables.by_ref().take(ours).map(|(_, table)| table.width() * table.height()).sum();
                steps.push(Step { name, cells, least: time });
            } else if let Some(step) = steps.get_mut(place) {
                step.least = step.least.min(time);
            }
        }
    }
    Ok(steps)
}
