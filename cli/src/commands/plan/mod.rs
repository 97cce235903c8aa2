//! `braid plan`: how many machines a rate of transactions takes, from figures that were measured.

pub mod figures;
pub mod model;

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use braid_circuits::stark::Security;
use serde::Serialize;

use figures::Figures;
use model::{Fleet, Request};

use crate::arguments::Arguments;
use crate::{failure, options, output};

/// What the help says after the options.
pub const EXAMPLES: &str = "Examples:
  braid plan --tps 100000
  braid plan --tps 2000 --security conjectured-100 --kind transfer --cores 2,16,64
  braid plan --tps 100 --batch 1000000 --report benches/report/report.json

Figures are those of a report that `cargo run --release -p braid-benches --bin report` wrote; without --report, of the one
that this program was built with. What is assumed beyond them is said.";

/// Options of the command.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Transactions a second, all day
    #[arg(long, value_name = "N", value_parser = rate)]
    tps: f64,
    /// Level of security
    #[arg(long, alias = "level", value_name = "LEVEL", default_value = "provable-100", value_parser = options::security)]
    security: Security,
    /// Traffic: transfer, swap, or mixed
    #[arg(long, value_name = "KIND", default_value = "mixed")]
    kind: String,
    /// Cores of a machine
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "2,16", value_parser = clap::value_parser!(u32).range(1..=4096))]
    cores: Vec<u32>,
    /// Transactions of a batch; by default one full chunk for every machine
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    batch: Option<u64>,
    /// A report to take the figures from
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().map_err(|error| error.to_string())?;
    if (1e-3..=1e9).contains(&rate) { Ok(rate) } else { Err("a rate lies between 0.001 and 1e9".into()) }
}

#[derive(Serialize)]
struct Plan {
    tps: f64,
    security: &'static str,
    kind: String,
    /// Where the figures come from.
    source: figures::Source,
    /// Figures of one full chunk, on all threads of that machine.
    measured: model::Chunk,
    fleets: Vec<Fleet>,
    assumed: Vec<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, options: &Options) -> anyhow::Result<ExitCode> {
    let figures = match &options.report {
        Some(path) => Figures::read(path)?,
        None => Figures::built_in().map_err(failure::machine)?,
    };
    let security = options.security.name();
    let measured = figures.chunk(security, &options.kind).map_err(failure::input)?;
    let request = Request { tps: options.tps, batch: options.batch };
    let mut assumed = vec![
        "every chunk is full and of the kind that was measured, and costs a leaf, a wrap and a merge".to_owned(),
        "machines of the same kind as the one measured; moving chunks and proofs between them costs nothing, and something hands \
         them out: in this version `prove` works on one machine"
            .to_owned(),
    ];
    let fleets = options.cores.iter().map(|cores| {
        let (speedup, assumption) = figures.speedup(*cores);
        assumed.extend(assumption);
        model::fleet(&request, &measured, *cores, speedup)
    });
    let fleets = fleets.collect();
    let plan = Plan {
        tps: options.tps,
        security,
        kind: options.kind.clone(),
        source: figures.source,
        measured,
        fleets,
        assumed,
    };
    output::print(&plan, arguments.json)?;
    Ok(ExitCode::SUCCESS)
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} transactions a second ({}) at {}", self.tps, self.kind, self.security)?;
        for fleet in &self.fleets {
            writeln!(
                f,
                "  {:>9} of {}, {:.1} tx/s each; a batch of {} ({}) is proven {} after its last one",
                output::count(fleet.machines, "machine"),
                output::count(fleet.cores, "core"),
                fleet.per_second,
                output::count(fleet.chunks, "chunk"),
                output::count(fleet.batch, "transaction"),
                output::seconds(fleet.latency)
            )?;
            writeln!(
                f,
                "            of that: execution {}, leaf {}, wrap {}, {} of {}, one after the other; before it the batch is collected for {}",
                output::seconds(fleet.execution),
                output::seconds(fleet.leaf),
                output::seconds(fleet.wrap),
                output::count(fleet.merges, "merge"),
                output::seconds(fleet.merge),
                output::seconds(fleet.collected)
            )?;
            if fleet.execution > fleet.collected {
                writeln!(
                    f,
                    "            one such machine does not execute that many transactions a second: a larger one has to, or several chains"
                )?;
            }
        }
        let source = &self.source;
        writeln!(
            f,
            "measured {} on {}, {}, at {}",
            source.date,
            source.processor,
            output::count(source.threads, "thread"),
            source.commit
        )?;
        if source.load > 0.5 {
            writeln!(
                f,
                "  while other work kept that machine busy (load {:.1}): a quiet one does better",
                source.load
            )?;
        }
        let chunk = &self.measured;
        write!(
            f,
            "  {} a chunk; leaf {}, wrap {}, merge {}, and {} for reading, checking and executing its transactions",
            output::count(chunk.transactions, "transaction"),
            output::seconds(chunk.leaf),
            output::seconds(chunk.wrap),
            output::seconds(chunk.merge),
            output::seconds(chunk.rest)
        )?;
        if let Some(memory) = chunk.memory {
            write!(f, "; up to {} of memory", output::bytes(memory))?;
        }
        for assumption in &self.assumed {
            write!(f, "\nassumed: {assumption}")?;
        }
        Ok(())
    }
}
