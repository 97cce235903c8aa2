//! `braid prove`: a file of signed transactions becomes one validity proof.

mod bar;
mod earlier;
mod interrupt;
mod places;
mod replaced;
mod report;
mod work;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use braid_aggregator::batch::{BatchError, BatchProof, BatchProver, Piece};
use braid_aggregator::schedule::{RunError, Workers};
use braid_aggregator::stated;
use braid_circuits::leaf::shape::Shape;
use braid_circuits::stark::Security;
use braid_prover::level::Level;
use braid_prover::memory;
use braid_prover::plonk::FastProver;
use braid_verifier::Acceptable;
use braid_witness::{Batch, BatchResult, Boundary, Policy};

use bar::Bar;
use earlier::{Begun, MovedOn};
use interrupt::Interrupt;
use places::Places;
use replaced::Replaced;
pub use report::Notes;
use report::{Laps, Report};
use work::Work;

use crate::arguments::Arguments;
use crate::chain::{Access, Chain};
use crate::commands::ran::Ran;
use crate::shapes::{Costs, Counts};
use crate::transactions::{self, Refusal};
use crate::{circuits, failure, files, options, output, progress};

/// What the help says after the options.
pub const EXAMPLES: &str = "Examples:
  braid prove examples/payday.jsonl                     a file whose first line carries its genesis
  braid prove monday.jsonl --chain my-chain --out monday.proof
  braid prove monday.jsonl --chain my-chain --security conjectured-100 --memory 8
  braid prove monday.jsonl --chain my-chain --auto        claims the fees of the batches before

The chain moves on once the proof is stored. An interrupted run continues where it stopped: run the same command again.
A proof of another batch is never replaced without --overwrite, so give every block of a chain its own --out. One of the same
batch is checked and left as it is.
Transactions that cannot run are rejected one by one and written beside the proof.";

/// Options of the command.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    batch: options::Batch,
    /// Where the proof goes; by default the file's name with `.proof`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace what lies where the proof goes, also the proof of another batch
    #[arg(long, visible_alias = "force")]
    overwrite: bool,
    /// Level of security: provable-100, conjectured-100, or insecure (for tests only)
    #[arg(long, value_name = "LEVEL", default_value = "provable-100", value_parser = options::security)]
    security: Security,
    /// Most memory to use, in GiB, loaded circuits included; by default what the machine has free
    #[arg(long, value_name = "GIB", value_parser = options::memory)]
    memory: Option<f64>,
    /// Proofs made at a time; each uses all threads, more of them keep many cores busier
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    workers: u16,
    /// Keep the proofs of chunks and ranges beside the batch proof
    #[arg(long)]
    keep: bool,
    /// Prove a batch without any transaction of the file, too: an empty one, or one of what --auto adds alone
    #[arg(long)]
    allow_empty: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, options: &Options) -> anyhow::Result<ExitCode> {
    let mut laps = Laps::begin();
    let places = Places::of(options)?;
    let interrupt = Interrupt::listen(arguments.json)?;
    let bar = progress::spinner("reading transactions", arguments.quiet);
    let registry = braid_contracts::Registry::builtin();
    let mut submission = transactions::read(&options.batch.file, &registry)?;
    bar.set_message("reading the chain");
    laps.end("1 execute");
    let mut chain = Chain::open_for(&submission, options.batch.chain.as_deref(), Access::Change)?;
    laps.end("0 chain");
    if let Some(MovedOn { claim, unfinished }) = earlier::moved_on(&chain, &submission, options, &places) {
        if let Some(kept) = unfinished {
            earlier::clean_up(&Work::open(&places.work)?.store, kept || options.keep)?;
        }
        output::note(format_args!(
            "an earlier run proved this batch, stored {} and moved the chain on; nothing was left to do",
            places.out.display()
        ));
        output::print(&claim, arguments.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let replaced = Replaced::look(&places, options, &chain)?;
    places.check_writable()?;
    let Work { store, .. } = &Work::open(&places.work)?;
    interrupt.works_in(places.work.clone());
    let begun = Begun::of(&chain, &submission, options, store, replaced.context())?;
    let context = begun.context;
    let added = if options.batch.auto { submission.add(&chain, &context) } else { 0 };
    let before = chain.head.boundary;

    laps.end("1 execute");
    let level = circuits::open(options.security, &chain.registry, circuits::cache()?.as_ref())?;
    let costs = Costs::of(&level);
    laps.end("2 circuits");
    bar.set_message(format!("executing {}", output::count(submission.drafts.len(), "transaction")));
    let shape = match options.batch.shape {
        Some(shape) => shape,
        None => {
            let counts = Counts::of(&chain, &context, &submission.drafts);
            costs.choose(&counts, Some(allowed(options)))
        }
    };
    let batch = Batch {
        interpreter: &chain.interpreter,
        parameters: chain.head.parameters,
        context,
        policy: Policy { minimum_fee: options.batch.min_fee },
        capacity: shape.capacity(),
    };
    let result = batch.run(&mut chain.tree, before, submission.drafts.clone()).map_err(failure::input)?;
    let refusals = submission.refusals(&result.rejections);
    let after = result.after;
    replaced.expect_same(&context, &after)?;
    let rejections = places.write_refusals(&refusals)?;
    if let Some(claim) = replaced.proves(&context, &after) {
        bar.finish_and_clear();
        earlier::clean_up(store, begun.keep)?;
        let see = rejections.map(|path| format!(" ({} rejected, see {})", refusals.len(), path.display()));
        output::note(format_args!(
            "{} proves this batch already, and holds{}; --overwrite proves it once more",
            places.out.display(),
            see.unwrap_or_default()
        ));
        output::print(&claim, arguments.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !options.allow_empty {
        expect_own(after.count - before.count, added, &refusals, rejections)?;
    }
    let pieces = pieces(result, shape);
    bar.finish_and_clear();
    laps.end("1 execute");

    let shapes: Vec<Shape> = pieces.iter().map(|piece| piece.shape).collect();
    circuits::prepare(&level, &shapes, arguments.quiet)?;
    laps.end("2 circuits");
    begun.note(store)?;
    let workers = Workers { count: options.workers.into(), memory: allowed(options) };
    let recursion = FastProver::new();
    let (registry, interpreter) = (&chain.registry, &chain.interpreter);
    let prover = BatchProver { level: &level, registry, interpreter, store, recursion: &recursion };
    let proof = prove(arguments, workers, &prover, &pieces, costs, interrupt.prove());
    let proof = proof.inspect_err(|_| earlier::forget(store))?;
    let proven = laps.end("3 prove");
    let seconds = report::seconds(&proof, &laps);
    let file = proof.range.to_file(&serde_json::to_vec(&report::notes(&pieces, &proof, &seconds, begun.submission()))?);
    let verify = check(&file, &level, &chain, after)?;
    files::write(&places.out, &file)?;
    chain.advance(after, &context)?;
    earlier::clean_up(store, begun.keep)?;

    let mut chunks = BTreeMap::new();
    pieces.iter().for_each(|piece| *chunks.entry(piece.shape).or_default() += 1);
    let transactions = after.count - before.count;
    let report = Report {
        proof: places.out.display().to_string(),
        bytes: file.len(),
        security: options.security.name(),
        transactions,
        ran: Ran::new(added, &refusals, &before, &after),
        rejections: rejections.map(|path| path.display().to_string()),
        chunks,
        reused: proof.spans.iter().filter(|span| span.reused).count(),
        transactions_per_second: transactions as f64 / proven.as_secs_f64(),
        seconds,
        verify_ms: 1e3 * verify.as_secs_f64(),
        cpu_seconds: laps.processor(),
        peak_memory: output::peak_memory(),
        predicted_memory: proof.predicted_memory,
        check: check_command(options, &places),
    };
    output::print(&report, arguments.json)?;
    Ok(ExitCode::SUCCESS)
}

/// Bytes that proofs may use from now on: of the user's limit what this process does not hold already, beyond what every
/// prediction includes; else what the machine has free.
fn allowed(options: &Options) -> u64 {
    let held = output::resident_memory().saturating_sub(memory::BASE);
    options.memory.map_or_else(memory::available, |gib| ((gib * f64::from(1 << 30)) as u64).saturating_sub(held))
}

/// That a batch has a transaction of its file. What `--auto` adds can wait for one that has: fees stay claimable, and interest
/// accrues on first use.
///
/// # Errors
/// If it has none.
fn expect_own(ran: u64, added: usize, refusals: &[Refusal], rejections: Option<&Path>) -> anyhow::Result<()> {
    let added = added - refusals.iter().filter(|refusal| refusal.line == 0).count().min(added);
    if ran > added as u64 {
        return Ok(());
    }
    let see = rejections.map(|path| format!(", see {}", path.display())).unwrap_or_default();
    let rejected = refusals.len();
    Err(failure::input(match added {
        0 => format!("no transaction runs ({rejected} rejected{see}); --allow-empty proves an empty batch"),
        _ => format!(
            "no transaction of the file runs, only {} that --auto added ({rejected} rejected{see}); it can wait for the next \
             batch, and --allow-empty proves it alone",
            output::count(added, "transaction")
        ),
    }))
}

/// How the proof is checked: against its chain, at its level.
fn check_command(options: &Options, places: &Places) -> String {
    // What came through a pipe cannot be read again.
    let file = if options.batch.is_file() { &options.batch.file } else { Path::new("FILE") };
    let chain = options.batch.chain.as_deref().unwrap_or(file);
    let accept = match options.security {
        Security::Provable100 => String::new(),
        weaker => format!(" --accept {}", weaker.name()),
    };
    format!("braid verify {} --chain {}{accept}", places.out.display(), chain.display())
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
    costs: Costs<'_>,
    stop: &AtomicBool,
) -> anyhow::Result<BatchProof> {
    let bar = Bar::new(pieces, costs, arguments.quiet);
    let result = prover.prove(pieces, workers, &bar, stop);
    bar.clear();
    result.map_err(|error| match error {
        BatchError::Run(error) => match *error {
            RunError::Interrupted => failure::interrupted(error),
            RunError::Memory { .. } => failure::machine(format!("{error}: {}", more_memory(pieces))),
            _ => failure::machine(BatchError::Run(error)),
        },
        error => failure::machine(error),
    })
}

/// What to do about too little memory for proofs of these chunks.
fn more_memory(pieces: &[Piece]) -> String {
    match pieces.iter().map(|piece| piece.shape).max() {
        Some(shape) if shape > Shape::ALL[0] => "raise --memory or choose a smaller --shape".into(),
        _ if pieces.len() > 1 => {
            format!("raise --memory; {} is the smallest shape, and a batch of one chunk needs less", Shape::ALL[0])
        }
        _ => format!("raise --memory; {} is the smallest shape", Shape::ALL[0]),
    }
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
