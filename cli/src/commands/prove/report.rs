//! What a run of `prove` says: its report, and the notes in the proof.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use braid_aggregator::batch::{BatchProof, Piece};
use braid_aggregator::schedule::Span;
use braid_circuits::leaf::shape::Shape;
use serde::{Deserialize, Serialize};

use crate::commands::ran::{self, Ran};
use crate::output;

/// What the proof's notes say; nothing of it is authenticated.
#[derive(Serialize, Deserialize)]
pub struct Notes {
    /// Transactions by chunk, with the shape each was proven in.
    pub chunks: Vec<(Shape, usize)>,
    /// Who proved what when: kind, name, worker, start and end in seconds, whether it was there already.
    pub timeline: Vec<(String, String, usize, f64, f64, bool)>,
    /// Seconds by stage.
    pub seconds: BTreeMap<String, f64>,
    /// Digest of what was asked for, by which the same command knows that it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission: Option<String>,
}

#[derive(Serialize)]
pub struct Report {
    pub proof: String,
    pub bytes: usize,
    pub security: &'static str,
    pub transactions: u64,
    #[serde(flatten)]
    pub ran: Ran,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejections: Option<String>,
    pub chunks: BTreeMap<Shape, usize>,
    pub reused: usize,
    pub seconds: BTreeMap<String, f64>,
    /// Time on processors of the whole process, by stage.
    pub cpu_seconds: BTreeMap<&'static str, f64>,
    pub transactions_per_second: f64,
    pub verify_ms: f64,
    pub peak_memory: u64,
    /// What the largest proof was predicted to need, with what stays loaded beside it.
    pub predicted_memory: u64,
    /// The command that checks the proof.
    pub check: String,
}

/// The stages of a run: how long each took, and on processors.
pub struct Laps {
    wall: Instant,
    processor: f64,
    ended: BTreeMap<&'static str, (Duration, f64)>,
}

impl Laps {
    /// Begins the first stage.
    pub fn begin() -> Self {
        Self { wall: Instant::now(), processor: output::processor_seconds(), ended: BTreeMap::new() }
    }

    /// Ends a stage, or a part of one, and begins the next; how long it took.
    pub fn end(&mut self, stage: &'static str) -> Duration {
        let (wall, processor) = (self.wall.elapsed(), output::processor_seconds());
        let sum = self.ended.entry(stage).or_default();
        sum.0 += wall;
        sum.1 += processor - self.processor;
        (self.wall, self.processor) = (Instant::now(), processor);
        wall
    }

    /// Processor seconds of each stage.
    pub fn processor(&self) -> BTreeMap<&'static str, f64> {
        self.ended.iter().map(|(stage, (_, processor))| (*stage, *processor)).collect()
    }
}

/// Seconds by stage.
pub fn seconds(proof: &BatchProof, laps: &Laps) -> BTreeMap<String, f64> {
    let made = |kind: &str| -> f64 {
        let spans = proof.spans.iter().filter(|span| !span.reused && span.job.kind() == kind);
        // The sum of no numbers would be -0.
        spans.map(|span| (span.end - span.start).as_secs_f64()).fold(0.0, |sum, seconds| sum + seconds)
    };
    let leaf = proof.leaf_times;
    let parts = [
        ("3a replay", leaf.replay.as_secs_f64()),
        ("3b rows", leaf.rows.as_secs_f64()),
        ("3c leaf proofs", leaf.prove.as_secs_f64()),
        ("3d leaf checks", leaf.verify.as_secs_f64()),
        ("3e wraps", made("wrap")),
        ("3f merges", made("merge")),
    ];
    let stages = laps.ended.iter().map(|(stage, (wall, _))| (*stage, wall.as_secs_f64()));
    stages.chain(parts).map(|(name, seconds)| (name.to_owned(), seconds)).collect()
}

/// The notes of a proof.
pub fn notes(pieces: &[Piece], proof: &BatchProof, seconds: &BTreeMap<String, f64>, submission: &str) -> Notes {
    let entry = |span: &Span| {
        let (start, end) = (span.start.as_secs_f64(), span.end.as_secs_f64());
        (span.job.kind().to_owned(), span.job.to_string(), span.worker, start, end, span.reused)
    };
    Notes {
        chunks: pieces.iter().map(|piece| (piece.shape, piece.chunk.transactions.len())).collect(),
        timeline: proof.spans.iter().map(entry).collect(),
        seconds: seconds.clone(),
        submission: Some(submission.to_owned()),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transactions = output::count(self.transactions, "transaction");
        writeln!(f, "{transactions} in {}, {}", ran::chunks(&self.chunks), self.security)?;
        if self.ran.added > 0 {
            writeln!(f, "{} added by --auto", self.ran.added)?;
        }
        if let Some(path) = &self.rejections {
            writeln!(f, "{} rejected, see {path}", self.ran.rejected)?;
        }
        match self.reused {
            0 => {}
            1 => writeln!(f, "1 proof of an earlier run was used")?,
            reused => writeln!(f, "{reused} proofs of an earlier run were used")?,
        }
        for (stage, seconds) in &self.seconds {
            let (_, name) = stage.split_once(' ').unwrap_or(("", stage));
            let indent = if stage.as_bytes().get(1) == Some(&b' ') { "" } else { "  " };
            writeln!(f, "  {:<18} {:>10}", format!("{indent}{name}"), output::seconds(*seconds))?;
        }
        writeln!(f, "{:.1} transactions proven per second", self.transactions_per_second)?;
        writeln!(f, "peak memory {}, verified in {:.1} ms", output::bytes(self.peak_memory), self.verify_ms)?;
        writeln!(f, "root before {}", self.ran.root_before)?;
        writeln!(f, "root after  {}", self.ran.root_after)?;
        write!(f, "{} ({}): check it with `{}`", self.proof, output::bytes(self.bytes as u64), self.check)
    }
}
