//! A bar of the proofs of a batch.

use std::sync::{Mutex, PoisonError};

use braid_aggregator::batch::Piece;
use braid_aggregator::schedule::{Job, Observer, Plan, Span};
use braid_circuits::leaf::shape::Shape;
use indicatif::ProgressBar;

use crate::progress;

/// A bar in units of about a tiny leaf's work.
pub struct Bar {
    bar: ProgressBar,
    shapes: Vec<Shape>,
    running: Mutex<Vec<Job>>,
}

impl Bar {
    /// A bar for the proof of these chunks.
    pub fn new(pieces: &[Piece], quiet: bool) -> Self {
        let shapes: Vec<Shape> = pieces.iter().map(|piece| piece.shape).collect();
        let plan = Plan::new(shapes.len());
        let total = plan.jobs().iter().map(|job| weight(&shapes, *job)).sum();
        Self { bar: progress::bar(total, quiet), shapes, running: Mutex::default() }
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self, change: impl FnOnce(&mut Vec<Job>)) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut running);
        let names: Vec<String> = running.iter().map(Job::to_string).collect();
        self.bar.set_message(format!("proving {}", names.join(", ")));
    }
}

/// Work of a job, measured roughly once: only the bar depends on it.
fn weight(shapes: &[Shape], job: Job) -> u64 {
    match job {
        Job::Leaf(chunk) => match shapes.get(chunk) {
            Some(Shape::Standard) => 240,
            Some(Shape::Medium) => 120,
            Some(Shape::Small) => 32,
            _ => 3,
        },
        Job::Wrap(_) => 8,
        Job::Merge { .. } => 3,
    }
}

impl Observer for Bar {
    fn started(&self, job: Job) {
        self.show(|running| running.push(job));
    }

    fn finished(&self, span: &Span, _done: usize, _total: usize) {
        self.bar.inc(weight(&self.shapes, span.job));
        self.show(|running| running.retain(|job| *job != span.job));
    }
}
