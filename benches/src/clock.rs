//! Time on processors, and the stages of a proof.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Seconds that the threads of this process have spent on processors. Other processes on the machine move it much less than they
/// move wall time.
pub fn processor() -> f64 {
    // The kernel brings a thread's number up to date when the thread gives way, not when it is read. Workers have by then.
    std::thread::yield_now();
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanoseconds = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    nanoseconds.sum::<u64>() as f64 * 1e-9
}

/// Wall and processor seconds.
#[derive(Clone, Copy)]
pub struct Times {
    pub wall: f64,
    pub processor: f64,
}

impl Times {
    pub const MOST: Self = Self { wall: f64::INFINITY, processor: f64::INFINITY };

    /// Runs `work` and says how long it took.
    pub fn of<T>(work: impl FnOnce() -> T) -> (T, Self) {
        let (start, before) = (Instant::now(), processor());
        let result = work();
        (result, Self { wall: start.elapsed().as_secs_f64(), processor: processor() - before })
    }

    /// The least of each.
    pub fn least(self, other: Self) -> Self {
        Self { wall: self.wall.min(other.wall), processor: self.processor.min(other.processor) }
    }
}

/// Adds up the processor seconds of each stage of our prover; everything else of `tracing` is dropped.
#[derive(Default)]
pub struct Stages {
    next: AtomicU64,
    names: Mutex<BTreeMap<u64, (String, f64)>>,
    sums: &'static Sums,
}

/// Processor seconds by stage.
#[derive(Default)]
pub struct Sums(Mutex<BTreeMap<String, f64>>);

static SUMS: Sums = Sums(Mutex::new(BTreeMap::new()));

impl Default for &'static Sums {
    fn default() -> Self {
        &SUMS
    }
}

/// What has been added up since the last call.
pub fn take_stages() -> BTreeMap<String, f64> {
    std::mem::take(&mut *SUMS.0.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Reads the field `name`.
struct Name(String);

impl Visit for Name {
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "name" {
            self.0 = value.to_owned();
        }
    }
}

impl Subscriber for Stages {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with("braid_prover::")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let mut name = Name(String::new());
        span.record(&mut name);
        self.names.lock().unwrap_or_else(PoisonError::into_inner).insert(id, (name.0, 0.0));
        Id::from_u64(id)
    }

    fn enter(&self, span: &Id) {
        if let Some(entry) = self.names.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&span.into_u64()) {
            entry.1 = processor();
        }
    }

    fn exit(&self, span: &Id) {
        let entry = self.names.lock().unwrap_or_else(PoisonError::into_inner).remove(&span.into_u64());
        if let Some((name, start)) = entry {
            let mut sums = self.sums.0.lock().unwrap_or_else(PoisonError::into_inner);
            *sums.entry(name).or_default() += processor() - start;
        }
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
}
