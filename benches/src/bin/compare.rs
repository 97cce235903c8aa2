//! What changed between two reports beyond noise.
//!
//! `compare OLD.json NEW.json [--all]` prints Markdown: figures whose ranges do not overlap, with the ratio of medians, and with
//! `--all` the others too. Exit code 0: nothing is worse; 1: something is; 2: the reports cannot be read or compared.

use std::error::Error;
use std::process::ExitCode;

use braid_benches::comparison::{Comparison, Verdict, compare};
use braid_benches::figures::{FORMAT, Report};
use clap::Parser;

/// Compares two reports of the program `report`.
#[derive(Parser)]
struct Arguments {
    /// JSON of the older report
    old: String,
    /// JSON of the newer report
    new: String,
    /// Show figures that did not change, too
    #[arg(long)]
    all: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether nothing is worse.
fn run(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let (old, new) = (read(&arguments.old)?, read(&arguments.new)?);
    let comparison = compare(&old, &new)?;
    println!("From {} of {} to {} of {}\n", short(&old.commit), old.date, short(&new.commit), new.date);
    comparison.circumstances.iter().for_each(|difference| println!("* {difference}"));
    table(&comparison, &old, &new, arguments.all);
    let count = |verdict| comparison.changes.values().filter(|change| change.verdict == verdict).count();
    println!(
        "\n{} better, {} worse, {} within noise, {} measured once only; {:.1} would seem changed by chance",
        count(Verdict::Better),
        count(Verdict::Worse),
        count(Verdict::Same),
        count(Verdict::Unknown),
        comparison.by_chance
    );
    for (which, names) in [("old", &comparison.gone), ("new", &comparison.added)] {
        if !names.is_empty() {
            println!("In the {which} one only: {}", names.join(", "));
        }
    }
    Ok(count(Verdict::Worse) == 0)
}

fn table(comparison: &Comparison, old: &Report, new: &Report, all: bool) {
    println!("\n| figure | old: median (range) | new: median (range) | ratio | |\n|---|---|---|---|---|");
    for (name, change) in &comparison.changes {
        if !all && matches!(change.verdict, Verdict::Same | Verdict::Unknown) {
            continue;
        }
        let range = |report: &Report| {
            let figure = report.figures.get(name);
            figure.map_or(String::new(), |f| format!("{:.4} ({:.4} … {:.4}) {}", f.median, f.min, f.max, f.unit))
        };
        let verdict = format!("{:?}", change.verdict).to_lowercase();
        println!("| {name} | {} | {} | {:.3} | {verdict} |", range(old), range(new), change.ratio);
    }
}

fn read(path: &str) -> Result<Report, Box<dyn Error>> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let report: Report = serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
    if report.format != FORMAT {
        return Err(format!("{path}: a report of format {}, not {FORMAT}", report.format).into());
    }
    Ok(report)
}

fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}
