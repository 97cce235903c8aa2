//! Everything that is said about Braid's speed, measured in one run: Markdown, pictures and JSON.
//!
//! `report [--quick] [--out benches/report]` builds the command line and the other programs of this package, runs them as child
//! processes, and writes `report.md`, `report.json`, `raw.json` (what the programs printed) and `*.svg`. Files are written after every section, so that a run that is
//! stopped keeps what it has. What could not be measured is named in the report, and the exit code is then 1.
//!
//! * The unit is stock plonky2 proving one circuit of 2^14 rows, in the same run, before and after our proofs.
//! * Proofs are made by `braid prove`. Loading circuits from the cache is not counted; reading, execution and signatures are.
//! * Each figure keeps all its repetitions. `compare` says what changed between two reports.

mod effort;
mod markdown;
mod native;
mod pictures;
mod programs;
mod proving;
mod stock;
mod traffic;
mod tree;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use braid_benches::figures::{FORMAT, Report};
use braid_benches::machine::{self, Machine};
use braid_circuits::leaf::shape::Shape;
use clap::{Parser, ValueEnum};

use effort::Effort;
use programs::Programs;

/// What every part may fail with.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Measures everything and writes a report.
#[derive(Parser)]
struct Arguments {
    /// Small chunks and few repetitions: minutes instead of an hour
    #[arg(long)]
    quick: bool,
    /// Folder of the report
    #[arg(long, value_name = "DIR", default_value = "benches/report")]
    out: PathBuf,
    /// Levels of security to prove at
    #[arg(long, value_delimiter = ',', value_name = "LEVEL,…", default_value = "conjectured-100,provable-100")]
    levels: Vec<String>,
    /// Size of chunks: standard, or small with --quick
    #[arg(long)]
    shape: Option<Shape>,
    /// Repetitions of proofs
    #[arg(long, value_name = "N")]
    repetitions: Option<usize>,
    /// Trees of others to measure beside the state tree
    #[arg(long, value_delimiter = ',', value_name = "PEER,…", default_value = "jmt")]
    peers: Vec<String>,
    /// Sections to measure; all by default
    #[arg(long, value_delimiter = ',', value_name = "SECTION,…")]
    only: Vec<Section>,
}

/// Parts of a report, in the order in which they are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Section {
    /// Columns, rows and cells
    Counts,
    /// plonky2's own prover on circuits of 2^14 rows, and ours
    Stock,
    /// Batches of transfers, swaps and mixed traffic at every level
    Proofs,
    /// plonky2's own prover and ours on the wraps and merges of every level
    Circuits,
    /// Threads, chunk sizes, numbers of accounts, hot accounts
    Sweeps,
    /// Planning, execution, signatures, filling of rows
    Native,
    /// Page updates of the state tree, beside other trees
    Tree,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether everything could be measured.
fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let effort = Effort::new(arguments.quick, arguments.shape, arguments.repetitions);
    let programs = Programs::build()?;
    let mut report = Report {
        format: FORMAT,
        date: programs::output("date", &["-u", "+%Y-%m-%d %H:%M"])?,
        commit: programs::commit(),
        compiler: programs::output(&std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into()), &["--version"])?,
        machine: Machine::this(),
        load: [machine::load(); 2],
        parameters: effort.parameters(&arguments.levels),
        failures: Default::default(),
        figures: Default::default(),
        raw: Vec::new(),
    };
    let all = arguments.only.is_empty();
    for section in Section::value_variants().iter().filter(|section| all || arguments.only.contains(section)) {
        eprintln!("{section:?}");
        let result = match section {
            Section::Counts => native::counts(&mut report),
            Section::Stock => stock::sizes(&programs, &effort, &mut report),
            Section::Proofs => proving::batches(&programs, &effort, &arguments.levels, &mut report),
            Section::Circuits => stock::levels(&programs, &effort, &arguments.levels, &mut report),
            Section::Sweeps => match arguments.levels.first() {
                Some(level) => proving::sweeps(&programs, &effort, level, &mut report),
                None => Ok(()),
            },
            Section::Native => native::native(&programs, &effort, &mut report),
            Section::Tree => tree::updates(&programs, &effort, &arguments.peers, &mut report),
        };
        note(&mut report, &format!("{section:?}").to_lowercase(), result);
        if *section == Section::Proofs && (all || arguments.only.contains(&Section::Stock)) {
            // Once more: the machine may have become slower or faster meanwhile.
            let again = stock::sizes(&programs, &effort, &mut report);
            note(&mut report, "stock", again);
        }
        stock::units(&arguments.levels, &mut report);
        stock::beside_by_hand(&arguments.levels, &mut report);
        report.load[1] = machine::load();
        write(&arguments.out, &report)?;
    }
    report.failures.iter().for_each(|(what, why)| eprintln!("{what} was not measured: {why}"));
    Ok(report.failures.is_empty())
}

/// Keeps the reason why something could not be measured.
pub fn note(report: &mut Report, what: &str, result: Result<(), Failure>) {
    if let Err(error) = result {
        report.failures.insert(what.to_owned(), error.to_string());
    }
}

fn write(folder: &Path, report: &Report) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    for (name, picture) in pictures::all(report) {
        std::fs::write(folder.join(name), picture)?;
    }
    std::fs::write(folder.join("report.md"), markdown::text(report))?;
    std::fs::write(folder.join("raw.json"), serde_json::to_string(&report.raw)? + "\n")?;
    std::fs::write(folder.join("report.json"), serde_json::to_string_pretty(report)? + "\n")?;
    Ok(())
}
