//! `braid inspect`: what a proof file says, without checking it, and a picture of who proved what when.

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use braid_verifier::ProofFile;
use serde::Serialize;

use super::prove::Notes;
use super::verify::Claim;
use crate::arguments::Arguments;
use crate::{failure, files, output, timeline};

/// What the help says after the options.
pub const EXAMPLES: &str = "Examples:
  braid inspect payday.proof
  braid inspect payday.proof --timeline payday.svg      who proved what when, as a picture

Nothing is checked here: `braid verify` does that. Times and chunks are notes that anybody could have changed.";

/// Options of the command.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The proof
    #[arg(value_name = "FILE")]
    proof: PathBuf,
    /// Draw the timeline of the proofs to this SVG file
    #[arg(long, value_name = "FILE")]
    timeline: Option<PathBuf>,
}

#[derive(Serialize)]
struct Contents {
    bytes: usize,
    proof_bytes: usize,
    member: u32,
    claim: Claim,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Notes>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, options: &Options) -> anyhow::Result<ExitCode> {
    let bytes = files::read(&options.proof)?;
    let name = options.proof.display();
    let file = ProofFile::from_bytes(&bytes).map_err(|error| failure::input(format!("{name}: {error}")))?;
    let notes: Option<Notes> = serde_json::from_slice(file.notes).ok();
    if let Some(path) = &options.timeline {
        files::check_apart("--timeline", path, std::slice::from_ref(&options.proof))?;
        let notes = notes.as_ref().ok_or_else(|| failure::input(format!("{name}: carries no timeline")))?;
        files::write(path, timeline::svg(&notes.timeline).as_bytes())?;
    }
    let contents = Contents {
        bytes: bytes.len(),
        proof_bytes: file.proof.len(),
        member: file.member,
        claim: Claim::of(&file.statement),
        notes,
    };
    output::print(&contents, arguments.json)?;
    Ok(ExitCode::SUCCESS)
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "claims, not checked:\n{}", self.claim)?;
        writeln!(f, "  file              {} bytes, {} of them the proof", self.bytes, self.proof_bytes)?;
        write!(f, "  circuit           member {} of its set", self.member)?;
        let Some(notes) = &self.notes else { return Ok(()) };
        write!(f, "\nnotes, which anybody could have changed:")?;
        for (number, (shape, transactions)) in (1..).zip(&notes.chunks) {
            write!(f, "\n  chunk {number:<12} {}, {shape}", output::count(*transactions, "transaction"))?;
        }
        for (stage, seconds) in &notes.seconds {
            let (_, name) = stage.split_once(' ').unwrap_or(("", stage));
            write!(f, "\n  {name:<18}{}", output::seconds(*seconds))?;
        }
        Ok(())
    }
}
