//! `braid execute`: what a batch would do, without a proof and without changing the chain.

use std::collections::BTreeMap;
use std::fmt;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use braid_circuits::leaf::shape::Shape;
use braid_circuits::stark::Security;
use braid_prover::memory;
use braid_witness::batch::Times;
use braid_witness::{Batch, BatchResult, Policy};
use serde::Serialize;

use crate::arguments::Arguments;
use crate::chain::{Access, Chain};
use crate::commands::ran::{self, Ran};
use crate::shapes::{Costs, Counts};
use crate::transactions::{self, Refusal};
use crate::{circuits, failure, options, output, progress};

/// Lines shown of each reason; `--rejections` writes all.
const SHOWN: usize = 3;

/// What the help says after the options.
pub const EXAMPLES: &str = "Examples:
  braid execute examples/payday.jsonl               a file whose first line carries its genesis
  braid execute monday.jsonl --chain my-chain       on the state of a chain; the chain stays as it is
  braid execute examples/rejected.jsonl --rejections why.jsonl
  braid execute monday.jsonl --chain my-chain --auto

A transaction that cannot run is rejected by itself: it costs no nonce and no fee, and the others run.";

#[derive(Serialize)]
struct Execution {
    /// Those of the file and those added.
    transactions: usize,
    #[serde(flatten)]
    ran: Ran,
    executed: usize,
    /// Batches of transactions without conflicts, run one after the other.
    levels: usize,
    chunks: usize,
    /// Chunks by the smallest shape that holds them.
    shapes: BTreeMap<Shape, usize>,
    /// Seconds by stage.
    seconds: BTreeMap<&'static str, f64>,
    fees: u64,
    /// By kind, the most frequent first.
    rejections: Vec<Kind>,
    #[serde(skip)]
    stages: Vec<(&'static str, Duration)>,
}

#[derive(Serialize)]
struct Kind {
    kind: String,
    count: usize,
    first: Vec<Refusal>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, options: &options::Batch) -> anyhow::Result<ExitCode> {
    let clock = Instant::now();
    if let Some(path) = &options.rejections {
        options.check_output("--rejections", path)?;
    }
    let bar = progress::spinner("reading transactions", arguments.quiet);
    let registry = braid_contracts::registry::Registry::builtin();
    let mut submission = transactions::read(&options.file, &registry)?;
    let reading = clock.elapsed();
    bar.set_message("reading the chain");
    let mut chain = Chain::open_for(&submission, options.chain.as_deref(), Access::Read)?;
    let context = chain.context((options.block, options.timestamp), &submission)?;
    let added = if options.auto { submission.add(&chain, &context) } else { 0 };
    bar.set_message(format!("executing {}", output::count(submission.drafts.len(), "transaction")));
    let before = chain.head.boundary;
    let shape = match options.shape {
        Some(shape) => shape,
        // As `prove` does without an option.
        None => {
            let level = circuits::open(Security::Provable100, &chain.registry, None)?;
            let counts = Counts::of(&chain, &context, &submission.drafts);
            Costs::of(&level).choose(&counts, Some(memory::available()))
        }
    };
    let batch = Batch {
        interpreter: &chain.interpreter,
        parameters: chain.head.parameters,
        context,
        policy: Policy { minimum_fee: options.min_fee },
        capacity: shape.capacity(),
    };
    let result = batch.run(&mut chain.tree, before, submission.drafts.clone()).map_err(failure::input)?;
    bar.finish_and_clear();
    let refusals = submission.refusals(&result.rejections);
    if let Some(path) = &options.rejections {
        transactions::write_refusals(path, &refusals)?;
    }
    output::print(&summary(&result, (submission.total(), added), &refusals, before, reading), arguments.json)?;
    Ok(ExitCode::SUCCESS)
}

fn summary(
    result: &BatchResult,
    (transactions, added): (usize, usize),
    refusals: &[Refusal],
    before: braid_witness::Boundary,
    reading: Duration,
) -> Execution {
    let mut shapes = BTreeMap::new();
    // A batch of nothing is proven as an empty chunk, and only if that is asked for.
    let cuts = || result.cuts.iter().filter(|cut| !cut.chunk.transactions.is_empty());
    for shape in cuts().filter_map(|cut| Shape::smallest(&cut.rows)) {
        *shapes.entry(shape).or_default() += 1;
    }
    let Times { slots, authentication, planning, execution, cutting } = result.times;
    let stages = vec![
        ("reading", reading),
        ("slots", slots),
        ("signatures", authentication),
        ("planning", planning),
        ("execution", execution),
        ("tree and chunks", cutting),
    ];
    Execution {
        transactions,
        ran: Ran::new(added, refusals, &before, &result.after),
        executed: result.cuts.iter().map(|cut| cut.chunk.transactions.len()).sum(),
        levels: result.levels,
        chunks: cuts().count(),
        shapes,
        seconds: stages.iter().map(|(name, time)| (*name, time.as_secs_f64())).collect(),
        fees: result.after.fees.saturating_sub(before.fees),
        rejections: kinds(refusals),
        stages,
    }
}

/// Refusals by kind, the most frequent first.
fn kinds(refusals: &[Refusal]) -> Vec<Kind> {
    let mut kinds: BTreeMap<&str, Vec<&Refusal>> = BTreeMap::new();
    for refusal in refusals {
        kinds.entry(&refusal.kind).or_default().push(refusal);
    }
    let kind = |(kind, refusals): (&str, Vec<&Refusal>)| Kind {
        kind: kind.to_owned(),
        count: refusals.len(),
        first: refusals.into_iter().take(SHOWN).cloned().collect(),
    };
    let mut kinds: Vec<Kind> = kinds.into_iter().map(kind).collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.count));
    kinds
}

impl fmt::Display for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { executed, transactions, ran, .. } = self;
        if *transactions == 0 {
            writeln!(f, "no transaction in the file: nothing to execute or to prove")?;
            return write!(f, "root {}", ran.root_before);
        }
        let verb = if *executed == 1 { "runs" } else { "run" };
        writeln!(f, "{executed} of {} {verb}; {} rejected", output::count(*transactions, "transaction"), ran.rejected)?;
        if ran.added > 0 {
            writeln!(f, "{} of them added by --auto", ran.added)?;
        }
        for Kind { kind, count, first } in &self.rejections {
            writeln!(f, "  {count} × {kind}")?;
            for Refusal { line, program, reason, .. } in first {
                let program = program.as_ref().map(|program| format!(" ({program})")).unwrap_or_default();
                let place = if *line == 0 { "added".to_owned() } else { format!("line {line}") };
                writeln!(f, "    {place}{program}: {reason}")?;
            }
            if *count > first.len() {
                writeln!(f, "    … and {} more (--rejections FILE writes all)", count - first.len())?;
            }
        }
        if self.executed > 0 {
            writeln!(
                f,
                "{}, as many as the longest chain of conflicts has transactions; {:.1} transactions each",
                output::count(self.levels, "conflict-free batch"),
                self.executed as f64 / self.levels.max(1) as f64
            )?;
            let fees = output::count(self.fees, "quantum");
            writeln!(f, "to prove: {}; {fees} of fees", ran::chunks(&self.shapes))?;
        }
        for (name, time) in &self.stages {
            let seconds = time.as_secs_f64();
            let rate = self.transactions as f64 / seconds.max(1e-9);
            writeln!(f, "  {name:<16} {:>9}  {rate:>12.0} tx/s", output::seconds(seconds))?;
        }
        writeln!(f, "root before {}", ran.root_before)?;
        write!(f, "root after  {}", ran.root_after)
    }
}
