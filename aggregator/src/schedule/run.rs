use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::plan::{Job, Plan};

/// What makes the proofs.
pub trait Stage: Sync {
    /// A finished proof.
    type Artifact: Send;
    /// Why one could not be made.
    type Error: Send;

    /// Makes a proof, or finds it finished. `inputs` are the results of the job's inputs, left before right.
    ///
    /// # Errors
    /// If the proof cannot be made: then no further job is started.
    fn run(&self, job: Job, inputs: Vec<Self::Artifact>) -> Result<Finished<Self::Artifact>, Self::Error>;

    /// Bytes of memory that a job is predicted to need at its peak, beside what is [kept](Stage::kept).
    fn memory(&self, job: Job) -> u64;

    /// Bytes that stay in use from one job to the next, whichever run.
    fn kept(&self) -> u64 {
        0
    }
}

/// The result of a job.
#[derive(Clone, Debug)]
pub struct Finished<A> {
    /// The proof.
    pub artifact: A,
    /// Whether it was there already.
    pub reused: bool,
}

/// Who does the jobs.
#[derive(Clone, Copy, Debug)]
pub struct Workers {
    /// Jobs at a time, at least 1; no more than there are jobs without inputs, or than the system has threads for. Each job
    /// uses the threads of the pool it is called in.
    pub count: usize,
    /// Bytes that all running jobs together may be predicted to need, with what is kept.
    pub memory: u64,
}

/// When a job ran, and who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The job.
    pub job: Job,
    /// Number of the worker.
    pub worker: usize,
    /// Since the start of the run.
    pub start: Duration,
    /// Since the start of the run.
    pub end: Duration,
    /// Whether the result was there already.
    pub reused: bool,
}

/// A run that came to its end.
#[derive(Clone, Debug)]
pub struct Outcome<A> {
    /// The last job's result.
    pub artifact: A,
    /// Who did what when, in the order of the ends.
    pub spans: Vec<Span>,
}

/// Who is told about progress. Called from the workers' threads.
pub trait Observer: Sync {
    /// A job begins.
    fn started(&self, _job: Job) {}
    /// A job has ended well; `done` of `total` are.
    fn finished(&self, _span: &Span, _done: usize, _total: usize) {}
}

impl Observer for () {}

/// Why a run did not end with a proof.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E> {
    /// A job failed.
    #[error("{job}: {error}")]
    Job {
        /// The job.
        job: Job,
        /// Its error.
        error: E,
    },
    /// A job needs more memory than all may have.
    #[error("{job} needs {} MiB of memory and {} MiB are allowed", .needed >> 20, .allowed >> 20)]
    Memory {
        /// The job.
        job: Job,
        /// Bytes it is predicted to need, with what is kept.
        needed: u64,
        /// Bytes allowed.
        allowed: u64,
    },
    /// The run was told to stop; finished artifacts are stored.
    #[error("interrupted: run the same command again to continue")]
    Interrupted,
    /// There is nothing to prove.
    #[error("a batch without chunks has no proof")]
    Empty,
}

struct State<A, E> {
    ready: BTreeSet<((u8, usize), usize)>,
    waiting: Vec<usize>,
    results: Vec<Option<A>>,
    running: usize,
    memory: u64,
    spans: Vec<Span>,
    error: Option<RunError<E>>,
}

/// Runs all jobs of a plan; returns the last job's artifact and who did what when.
///
/// `stop` ends the run early: running jobs end, no further one starts.
///
/// # Errors
/// The first failure of a job, or what else kept the run from its end.
pub fn run<S: Stage>(
    plan: &Plan,
    stage: &S,
    workers: Workers,
    observer: &dyn Observer,
    stop: &AtomicBool,
) -> Result<Outcome<S::Artifact>, RunError<S::Error>> {
    let jobs = plan.jobs();
    for &job in jobs {
        let needed = stage.memory(job).saturating_add(stage.kept());
        if needed > workers.memory {
            return Err(RunError::Memory { job, needed, allowed: workers.memory });
        }
    }
    let waiting: Vec<usize> = (0..jobs.len()).map(|job| plan.inputs(job).len()).collect();
    let state = Mutex::new(State {
        ready: (0..jobs.len()).filter(|&job| waiting[job] == 0).map(|job| (jobs[job].priority(), job)).collect(),
        waiting,
        results: jobs.iter().map(|_| None).collect(),
        running: 0,
        memory: 0,
        spans: Vec::new(),
        error: None,
    });
    // Later jobs join the results of earlier ones, so that never more jobs are ready at a time than at the beginning.
    let count = workers.count.min(lock(&state).ready.len());
    let changed = Condvar::new();
    let begin = Instant::now();
    std::thread::scope(|scope| {
        let (state, changed) = (&state, &changed);
        let body = move |worker| work(plan, stage, workers, observer, stop, worker, begin, state, changed);
        for worker in 1..count {
            // A system that has no further thread for us makes the run slower and does not end it.
            if let Err(error) = std::thread::Builder::new().spawn_scoped(scope, move || body(worker)) {
                tracing::warn!("{worker} workers instead of {count}: the system refuses further threads: {error}");
                break;
            }
        }
        // The calling thread is the first worker: there is always one.
        body(0);
    });
    let mut state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(error) = state.error.take() {
        return Err(error);
    }
    match state.results.pop() {
        None => Err(RunError::Empty),
        Some(None) => Err(RunError::Interrupted),
        Some(Some(artifact)) => Ok(Outcome { artifact, spans: state.spans }),
    }
}

#[expect(clippy::too_many_arguments, reason = "the body of a scoped thread")]
fn work<S: Stage>(
    plan: &Plan,
    stage: &S,
    workers: Workers,
    observer: &dyn Observer,
    stop: &AtomicBool,
    worker: usize,
    begin: Instant,
    state: &Mutex<State<S::Artifact, S::Error>>,
    changed: &Condvar,
) {
    let jobs = plan.jobs();
    loop {
        let Some((number, inputs)) = next(plan, stage, workers, stop, lock(state), changed) else { return };
        let job = jobs[number];
        observer.started(job);
        let start = begin.elapsed();
        let result = stage.run(job, inputs);
        let end = begin.elapsed();

        let mut state = lock(state);
        state.running -= 1;
        state.memory -= stage.memory(job);
        match result {
            Ok(Finished { artifact, reused }) => {
                let span = Span { job, worker, start, end, reused };
                state.spans.push(span);
                state.results[number] = Some(artifact);
                if let Some(consumer) = plan.consumer(number) {
                    state.waiting[consumer] -= 1;
                    if state.waiting[consumer] == 0 {
                        state.ready.insert((jobs[consumer].priority(), consumer));
                    }
                }
                let done = state.spans.len();
                drop(state);
                observer.finished(&span, done, jobs.len());
            }
            Err(error) => {
                state.error.get_or_insert(RunError::Job { job, error });
            }
        }
        changed.notify_all();
    }
}

/// Waits for a job that is ready and fits into memory; `None` when there is nothing more to do.
fn next<S: Stage>(
    plan: &Plan,
    stage: &S,
    workers: Workers,
    stop: &AtomicBool,
    mut state: MutexGuard<'_, State<S::Artifact, S::Error>>,
    changed: &Condvar,
) -> Option<(usize, Vec<S::Artifact>)> {
    let kept = stage.kept();
    loop {
        if stop.load(Relaxed) || state.error.is_some() || state.ready.is_empty() && state.running == 0 {
            return None;
        }
        let fits = |job: usize| kept + state.memory + stage.memory(plan.jobs()[job]) <= workers.memory;
        if let Some(&entry) = state.ready.iter().find(|entry| fits(entry.1)) {
            state.ready.remove(&entry);
            state.running += 1;
            state.memory += stage.memory(plan.jobs()[entry.1]);
            let inputs = plan.inputs(entry.1).iter().filter_map(|&input| state.results[input].take()).collect();
            return Some((entry.1, inputs));
        }
        state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
