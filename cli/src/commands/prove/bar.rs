//! A bar of the proofs of a batch, in units of predicted time.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use braid_aggregator::batch::Piece;
use braid_aggregator::schedule::{Job, Observer, Plan, Span};
use braid_circuits::leaf::shape::Shape;
use indicatif::ProgressBar;

use crate::shapes::Costs;
use crate::{output, progress};

/// A bar whose steps are predicted milliseconds.
pub struct Bar<'a> {
    bar: ProgressBar,
    costs: Costs<'a>,
    shapes: Vec<Shape>,
    running: Mutex<Vec<Job>>,
    lines: Option<Lines>,
}

/// What is said line by line where standard error is no terminal and shows no bar: what is done, at times.
struct Lines {
    begun: Instant,
    last: Mutex<Instant>,
}

/// Least time between two lines.
const PAUSE: Duration = Duration::from_secs(10);

impl<'a> Bar<'a> {
    /// A bar for the proof of these chunks.
    pub fn new(pieces: &[Piece], costs: Costs<'a>, quiet: bool) -> Self {
        let shapes: Vec<Shape> = pieces.iter().map(|piece| piece.shape).collect();
        let plan = Plan::new(shapes.len());
        let total = plan.jobs().iter().map(|job| weight(&costs, &shapes, *job)).sum();
        let (bar, now) = (progress::bar(total, quiet), Instant::now());
        let lines = (bar.is_hidden() && !quiet).then(|| Lines { begun: now, last: Mutex::new(now) });
        Self { bar, costs, shapes, running: Mutex::default(), lines }
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Says that a job is done, where there is no bar and the last line is some time ago.
    fn say(&self, job: Job) {
        let Some(Lines { begun, last }) = &self.lines else { return };
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        let (done, total, took) = (self.bar.position(), self.bar.length().unwrap_or(0), begun.elapsed());
        if last.elapsed() < PAUSE || total == 0 {
            return;
        }
        *last = Instant::now();
        let left = progress::left(done, total, took, took);
        output::note(format_args!(
            "{}: done; {} % of all{left}",
            named(&self.shapes, job),
            100 * done.min(total) / total
        ));
    }

    fn show(&self, change: impl FnOnce(&mut Vec<Job>)) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut running);
        let names: Vec<String> = running.iter().map(|job| named(&self.shapes, *job)).collect();
        self.bar.set_message(names.join(", "));
    }
}

fn weight(costs: &Costs<'_>, shapes: &[Shape], job: Job) -> u64 {
    // Conversions of floats saturate.
    (1e3 * costs.seconds(shapes, job)) as u64
}

/// A job in words; people count from 1.
fn named(shapes: &[Shape], job: Job) -> String {
    let count = shapes.len();
    match job {
        Job::Leaf(chunk) => {
            let shape = shapes.get(chunk).map(|shape| format!(" ({shape})")).unwrap_or_default();
            format!("proving chunk {} of {count}{shape}", chunk + 1)
        }
        Job::Wrap(chunk) => format!("wrapping chunk {} of {count}", chunk + 1),
        Job::Merge { first, last, .. } => format!("merging chunks {} to {last} of {count}", first + 1),
    }
}

impl Observer for Bar<'_> {
    fn started(&self, job: Job) {
        self.show(|running| running.push(job));
    }

    fn finished(&self, span: &Span, _done: usize, _total: usize) {
        let weight = weight(&self.costs, &self.shapes, span.job);
        // What was there already says nothing about how long the rest takes.
        if span.reused {
            self.bar.set_length(self.bar.length().unwrap_or(0).saturating_sub(weight))
        } else {
            self.bar.inc(weight);
            self.say(span.job);
        }
        self.show(|running| running.retain(|job| *job != span.job));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_in_words() {
        let shape = Shape::ALL[0];
        let said = Plan::new(2).jobs().iter().map(|job| named(&[shape; 2], *job)).collect::<Vec<_>>().join("; ");
        assert_eq!(
            said,
            format!(
                "proving chunk 1 of 2 ({shape}); wrapping chunk 1 of 2; proving chunk 2 of 2 ({shape}); wrapping chunk 2 of 2; \
                 merging chunks 1 to 2 of 2"
            )
        );
    }

    /// Every step has a weight, so that a bar that has done all of them is full, and larger shapes weigh more.
    #[test]
    fn steps_follow_from_cells() {
        let level = crate::circuits::of(braid_circuits::stark::Security::Provable100);
        let costs = Costs::of(&level);
        let leaves: Vec<u64> =
            (0..Shape::ALL.len()).map(|chunk| weight(&costs, &Shape::ALL, Job::Leaf(chunk))).collect();
        assert!(leaves.windows(2).all(|pair| 0 < pair[0] && pair[0] < pair[1]), "{leaves:?}");
        assert!(Plan::new(Shape::ALL.len()).jobs().iter().all(|job| weight(&costs, &Shape::ALL, *job) > 0));
    }
}
