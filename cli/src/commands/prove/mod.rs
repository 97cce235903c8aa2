//! `braid prove`: a file of signed transactions becomes one validity proof.

mod bar;
mod earlier;
mod places;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use braid_aggregator::batch::{BatchError, BatchProof, BatchProver, Piece};
use braid_aggregator::schedule::{RunError, Span, Workers};
use braid_aggregator::stated;
use braid_circuits::leaf::shape::Shape;
use braid_circuits::stark::Security;
use braid_prover::leaf::LeafCircuit;
use braid_prover::level::Level;
use braid_prover::memory;
use braid_prover::plonk::FastProver;
use braid_prover::store::FolderStore;
use braid_verifier::Acceptable;
use braid_witness::{Batch, BatchResult, Boundary, Policy};
use serde::{Deserialize, Serialize};

use bar::Bar;
use places::Places;

use crate::arguments::Arguments;
use crate::chain::{Access, Chain};
use crate::transactions::{self, Submission};
use crate::{circuits, failure, files, options, output};

/// What the help says after the options.
pub const EXAMPLES: &str = "Examples:
  braid prove examples/payday.jsonl                     a file whose first line carries its genesis
  braid prove monday.jsonl --chain my-chain --out monday.proof
  braid prove monday.jsonl --chain my-chain --security conjectured-100 --memory 8
  braid prove monday.jsonl --chain my-chain --auto        claims the fees of the batches before

The chain moves on once the proof is stored. An interrupted run continues where it stopped: run the same command again.
Transactions that cannot run are rejected one by one and written beside the proof.";

/// Options of the command.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    batch: options::Batch,
    /// Where the proof goes; by default the file's name with `.proof`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Level of security: provable-100, conjectured-100, or insecure (for tests only)
    #[arg(long, value_name = "LEVEL", default_value = "provable-100", value_parser = options::security)]
    security: Security,
    /// Most memory to use, in GiB; by default what the machine has free
    #[arg(long, value_name = "GIB", value_parser = options::memory)]
    memory: Option<f64>,
    /// Proofs made at a time; each uses all threads, more of them keep many cores busier
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    workers: u16,
    /// Keep the proofs of chunks and ranges beside the batch proof
    #[arg(long)]
    keep: bool,
    /// Prove a batch without any transaction, too
    #[arg(long)]
    allow_empty: bool,
}

/// What the proof's notes say; nothing of it is authenticated.
#[derive(Serialize, Deserialize)]
pub struct Notes {
    /// Transactions by chunk, with the shape each was proven in.
    pub chunks: Vec<(Shape, usize)>,
    /// Who proved what when: kind, name, worker, start and end in seconds, whether it was there already.
    pub timeline: Vec<(String, String, usize, f64, f64, bool)>,
    /// Seconds by stage.
    pub seconds: BTreeMap<String, f64>,
}

#[derive(Serialize)]
struct Report {
    proof: String,
    bytes: usize,
    security: &'static str,
    transactions: u64,
    added: usize,
    rejected: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejections: Option<String>,
    chunks: BTreeMap<Shape, usize>,
    reused: usize,
    seconds: BTreeMap<String, f64>,
    /// Time on processors of the whole process, by stage.
    cpu_seconds: BTreeMap<&'static str, f64>,
    transactions_per_second: f64,
    verify_ms: f64,
    peak_memory: u64,
    /// What the largest proof was predicted to need.
    predicted_memory: u64,
    root_before: String,
    root_after: String,
    /// The command that checks the proof.
    check: String,
}

/// Runs the command.
pub fn run(arguments: &Arguments, options: &Options) -> anyhow::Result<ExitCode> {
    let clock = Instant::now();
    let places = Places::of(options)?;
    let registry = braid_contracts::Registry::builtin();
    let mut submission = transactions::read(&options.batch.file, &registry)?;
    let mut chain = Chain::open_for(&submission, options.batch.chain.as_deref(), Access::Change)?;
    if let Some((claim, kept)) = earlier::moved_on(&chain, &submission, options, &places) {
        earlier::clean_up(FolderStore::open(&places.work).map_err(failure::machine)?, kept || options.keep)?;
        output::note(format_args!(
            "an earlier run proved this batch, stored {} and moved the chain on; nothing was left to do",
            places.out.display()
        ));
        output::print(&claim, arguments.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let store = FolderStore::open(&places.work).map_err(failure::machine)?;
    places.check_writable()?;
    let (context, keep) = earlier::block(&chain, &submission, options, &store)?;
    let added = if options.batch.auto { submission.add(&chain, &context) } else { 0 };
    let before = chain.head.boundary;

    let limit = options.memory.map_or_else(memory::available, |gib| (gib * f64::from(1 << 30)) as u64);
    let shape = shape(options, &submission, &chain, limit)?;
    let batch = Batch {
        interpreter: &chain.interpreter,
        parameters: chain.head.parameters,
        context,
        policy: Policy { minimum_fee: options.batch.min_fee },
        capacity: shape.capacity(),
    };
    let result = batch.run(&mut chain.tree, before, submission.drafts.clone()).map_err(failure::input)?;
    let refusals = submission.refusals(&result.rejections);
    let rejections = places.write_refusals(&refusals)?;
    let after = result.after;
    if after.count == before.count && !options.allow_empty {
        let see = rejections.map(|path| format!(", see {}", path.display())).unwrap_or_default();
        return Err(failure::input(format!(
            "no transaction runs ({} rejected{see}); --allow-empty proves an empty batch",
            refusals.len()
        )));
    }
    let pieces = pieces(result, shape);
    let executed = clock.elapsed();
    let executed_cpu = output::processor_seconds();

    let level = circuits::load(options.security, &chain.registry, arguments.quiet)?;
    let loaded = clock.elapsed();
    let loaded_cpu = output::processor_seconds();
    let workers = Workers { count: options.workers.into(), memory: limit };
    let recursion = FastProver::new();
    let (registry, interpreter) = (&chain.registry, &chain.interpreter);
    let prover = BatchProver { level: &level, registry, interpreter, store: &store, recursion: &recursion };
    let proof = prove(arguments, workers, &prover, &pieces)?;
    let predicted_memory = prover.predicted_memory(&pieces);
    let proven = clock.elapsed();
    let cpu = [executed_cpu, loaded_cpu - executed_cpu, output::processor_seconds() - loaded_cpu];

    let seconds = seconds(&proof, executed, loaded - executed, proven - loaded);
    let file = proof.range.to_file(&serde_json::to_vec(&notes(&pieces, &proof, &seconds))?);
    let verify = check(&file, &level, &chain, after)?;
    files::write(&places.out, &file)?;
    chain.advance(after, &context)?;
    earlier::clean_up(store.clone(), keep)?;

    let mut chunks = BTreeMap::new();
    pieces.iter().for_each(|piece| *chunks.entry(piece.shape).or_default() += 1);
    let transactions = after.count - before.count;
    let statement = proof.range.statement();
    let report = Report {
        proof: places.out.display().to_string(),
        bytes: file.len(),
        security: options.security.name(),
        transactions,
        added,
        rejected: refusals.len(),
        rejections: rejections.map(|path| path.display().to_string()),
        chunks,
        reused: proof.spans.iter().filter(|span| span.reused).count(),
        transactions_per_second: transactions as f64 / (proven - loaded).as_secs_f64(),
        seconds,
        verify_ms: 1e3 * verify.as_secs_f64(),
        cpu_seconds: ["1 execute", "2 circuits", "3 prove"].into_iter().zip(cpu).collect(),
        peak_memory: output::peak_memory(),
        predicted_memory,
        root_before: output::hex_elements(&statement.before.root),
        root_after: output::hex_elements(&statement.after.root),
        check: check_command(options, &places),
    };
    output::print(&report, arguments.json)?;
    Ok(ExitCode::SUCCESS)
}

/// How the proof is checked: against its chain, at its level.
fn check_command(options: &Options, places: &Places) -> String {
    let chain = options.batch.chain.as_deref().unwrap_or(&options.batch.file);
    let accept = match options.security {
        Security::Provable100 => String::new(),
        weaker => format!(" --accept {}", weaker.name()),
    };
    format!("braid verify {} --chain {}{accept}", places.out.display(), chain.display())
}

/// The shape asked for, or one that suits the number of transactions and fits memory.
fn shape(options: &Options, submission: &Submission, chain: &Chain, limit: u64) -> anyhow::Result<Shape> {
    let suited = options.batch.shape_for(submission.drafts.len());
    if options.batch.shape.is_some() {
        return Ok(suited);
    }
    for shape in Shape::ALL.into_iter().rev().filter(|shape| *shape <= suited) {
        let leaf = LeafCircuit::new(options.security, shape, &chain.registry).map_err(failure::machine)?;
        if memory::leaf(&leaf) <= limit {
            return Ok(shape);
        }
    }
    Ok(Shape::Tiny)
}

/// Chunks with the smallest shape that holds each; all but the last fill the shape they were cut for.
fn pieces(result: BatchResult, shape: Shape) -> Vec<Piece> {
    let cuts = result.cuts.into_iter();
    cuts.map(|cut| Piece { shape: Shape::smallest(&cut.rows).unwrap_or(shape), chunk: cut.chunk }).collect()
}

/// Proves the chunks, with a bar.
fn prove(
    arguments: &Arguments,
    workers: Workers,
    prover: &BatchProver<'_>,
    pieces: &[Piece],
) -> anyhow::Result<BatchProof> {
    let stop = stop_on_interrupt()?;
    let bar = Bar::new(pieces, arguments.quiet);
    let result = prover.prove(pieces, workers, &bar, &stop);
    bar.clear();
    result.map_err(|error| match error {
        BatchError::Run(error) if matches!(*error, RunError::Interrupted) => failure::interrupted(error),
        error => failure::machine(error),
    })
}

/// A flag that the first Ctrl-C sets; the second one ends the process. Nothing is half-written either way.
fn stop_on_interrupt() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        if flag.swap(true, Relaxed) {
            std::process::exit(failure::Fault::Interrupted as i32);
        }
        output::note("\nstopping after the proof in progress; finished proofs are stored (Ctrl-C again: stop now)");
    })
    .map_err(failure::machine)?;
    Ok(stop)
}

/// Checks the finished file as a stranger would; returns how long that took.
fn check(file: &[u8], level: &Level, chain: &Chain, after: Boundary) -> anyhow::Result<Duration> {
    let key = level.verifier_key().map_err(failure::machine)?;
    let acceptable = Acceptable::new().levels(&[level.security().into()]).parameters(circuits::parameters(chain));
    let start = Instant::now();
    let statement = braid_verifier::verify_with(file, &key, &acceptable)
        .map_err(|error| failure::machine(format!("the new proof does not verify, which is a bug: {error}")))?;
    let elapsed = start.elapsed();
    if statement.after != stated::boundary(&after) || statement.before != stated::boundary(&chain.head.boundary) {
        return Err(failure::machine(
            "the new proof is about another batch: remove its `.work` folder and prove again",
        ));
    }
    Ok(elapsed)
}

fn seconds(proof: &BatchProof, execute: Duration, circuits: Duration, prove: Duration) -> BTreeMap<String, f64> {
    let made = |kind: &str| -> f64 {
        let spans = proof.spans.iter().filter(|span| !span.reused && span.job.kind() == kind);
        // The sum of no numbers would be -0.
        spans.map(|span| (span.end - span.start).as_secs_f64()).fold(0.0, |sum, seconds| sum + seconds)
    };
    let leaf = proof.leaf_times;
    [
        ("1 execute", execute.as_secs_f64()),
        ("2 circuits", circuits.as_secs_f64()),
        ("3 prove", prove.as_secs_f64()),
        ("3a replay", leaf.replay.as_secs_f64()),
        ("3b rows", leaf.rows.as_secs_f64()),
        ("3c leaf proofs", leaf.prove.as_secs_f64()),
        ("3d leaf checks", leaf.verify.as_secs_f64()),
        ("3e wraps", made("wrap")),
        ("3f merges", made("merge")),
    ]
    .map(|(name, seconds)| (name.to_owned(), seconds))
    .into()
}

fn notes(pieces: &[Piece], proof: &BatchProof, seconds: &BTreeMap<String, f64>) -> Notes {
    let entry = |span: &Span| {
        let (start, end) = (span.start.as_secs_f64(), span.end.as_secs_f64());
        (span.job.kind().to_owned(), span.job.to_string(), span.worker, start, end, span.reused)
    };
    Notes {
        chunks: pieces.iter().map(|piece| (piece.shape, piece.chunk.transactions.len())).collect(),
        timeline: proof.spans.iter().map(entry).collect(),
        seconds: seconds.clone(),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chunks: Vec<String> = self.chunks.iter().map(|(shape, count)| format!("{count} {shape}")).collect();
        writeln!(f, "{} transactions in {} chunks, {}", self.transactions, chunks.join(" + "), self.security)?;
        if self.added > 0 {
            writeln!(f, "{} added by --auto", self.added)?;
        }
        if let Some(path) = &self.rejections {
            writeln!(f, "{} rejected, see {path}", self.rejected)?;
        }
        if self.reused > 0 {
            writeln!(f, "{} proofs of an earlier run were used", self.reused)?;
        }
        for (stage, seconds) in &self.seconds {
            let (_, name) = stage.split_once(' ').unwrap_or(("", stage));
            let indent = if stage.as_bytes().get(1) == Some(&b' ') { "" } else { "  " };
            writeln!(f, "  {:<18} {:>10}", format!("{indent}{name}"), output::seconds(*seconds))?;
        }
        writeln!(f, "{:.1} transactions proven per second", self.transactions_per_second)?;
        writeln!(f, "peak memory {}, verified in {:.1} ms", output::bytes(self.peak_memory), self.verify_ms)?;
        writeln!(f, "root before {}", self.root_before)?;
        writeln!(f, "root after  {}", self.root_after)?;
        write!(f, "{} ({}): check it with `{}`", self.proof, output::bytes(self.bytes as u64), self.check)
    }
}
