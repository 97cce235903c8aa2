use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use super::{Finished, Job, Observer, Outcome, Plan, RunError, Span, Stage, Workers, run};

/// Ranges in place of proofs; fails at one job, and checks what runs at a time.
#[derive(Default)]
struct Ranges {
    fails: Option<Job>,
    running: AtomicU64,
    most: AtomicU64,
    kept: u64,
}

impl Stage for Ranges {
    type Artifact = std::ops::Range<usize>;
    type Error = &'static str;

    fn run(&self, job: Job, inputs: Vec<Self::Artifact>) -> Result<Finished<Self::Artifact>, Self::Error> {
        let running = self.running.fetch_add(self.memory(job), Relaxed) + self.memory(job);
        self.most.fetch_max(running, Relaxed);
        std::thread::sleep(std::time::Duration::from_micros(200));
        self.running.fetch_sub(self.memory(job), Relaxed);
        if self.fails == Some(job) {
            return Err("no witness");
        }
        let artifact = match (job, &inputs[..]) {
            (Job::Leaf(chunk), []) => chunk..chunk + 1,
            (Job::Wrap(chunk), [leaf]) if leaf.start == chunk => leaf.clone(),
            (Job::Merge { first, middle, last }, [left, right])
                if *left == (first..middle) && *right == (middle..last) =>
            {
                first..last
            }
            _ => return Err("wrong inputs"),
        };
        Ok(Finished { artifact, reused: false })
    }

    fn memory(&self, job: Job) -> u64 {
        if matches!(job, Job::Leaf(_)) { 4 } else { 2 }
    }

    fn kept(&self) -> u64 {
        self.kept
    }
}

static NEVER: AtomicBool = AtomicBool::new(false);

#[test]
fn any_number_of_chunks_becomes_one_range() {
    for chunks in 1..40 {
        for count in [1, 2, 5] {
            let stage = Ranges::default();
            let Outcome { artifact: range, spans } =
                run(&Plan::new(chunks), &stage, Workers { count, memory: 9 }, &(), &NEVER).unwrap();
            assert_eq!(range, 0..chunks);
            assert_eq!(spans.len(), 3 * chunks - 1);
            assert!(stage.most.load(Relaxed) <= 9);
        }
    }
}

#[test]
fn one_worker_merges_before_it_proves_further_leaves() {
    let Outcome { spans, .. } =
        run(&Plan::new(4), &Ranges::default(), Workers { count: 1, memory: 4 }, &(), &NEVER).unwrap();
    let order: Vec<String> = spans.iter().map(|span| span.job.to_string()).collect();
    let expected = "leaf 1, wrap 1, leaf 2, wrap 2, merge 1..2, leaf 3, wrap 3, leaf 4, wrap 4, merge 3..4, merge 1..4";
    assert_eq!(order.join(", "), expected);
}

#[test]
fn a_failure_stops_the_run_and_names_the_job() {
    let stage = Ranges { fails: Some(Job::Wrap(2)), ..Ranges::default() };
    match run(&Plan::new(9), &stage, Workers { count: 3, memory: 100 }, &(), &NEVER) {
        Err(RunError::Job { job: Job::Wrap(2), error: "no witness" }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_job_that_cannot_fit_is_refused_before_anything_runs() {
    let stage = Ranges::default();
    let result = run(&Plan::new(2), &stage, Workers { count: 2, memory: 3 }, &(), &NEVER);
    assert!(matches!(result, Err(RunError::Memory { job: Job::Leaf(0), needed: 4, allowed: 3 })));
    assert_eq!(stage.most.load(Relaxed), 0);
    assert!(matches!(run(&Plan::new(0), &stage, Workers { count: 1, memory: 9 }, &(), &NEVER), Err(RunError::Empty)));
}

/// What is kept counts once, however many jobs run.
#[test]
fn what_is_kept_leaves_less_for_jobs() {
    let stage = Ranges { kept: 3, ..Ranges::default() };
    run(&Plan::new(9), &stage, Workers { count: 5, memory: 11 }, &(), &NEVER).unwrap();
    assert!(stage.most.load(Relaxed) <= 8, "{:?}", stage.most);
    let result = run(&Plan::new(9), &stage, Workers { count: 5, memory: 6 }, &(), &NEVER);
    assert!(matches!(result, Err(RunError::Memory { job: Job::Leaf(0), needed: 7, allowed: 6 })));
}

#[test]
fn a_stopped_run_says_that_it_can_be_continued() {
    struct StopAt<'a>(usize, &'a AtomicBool, Mutex<Vec<Job>>);
    impl Observer for StopAt<'_> {
        fn finished(&self, span: &Span, done: usize, _total: usize) {
            self.2.lock().unwrap().push(span.job);
            if done == self.0 {
                self.1.store(true, Relaxed);
            }
        }
    }
    let stop = AtomicBool::new(false);
    let observer = StopAt(3, &stop, Mutex::default());
    let result = run(&Plan::new(4), &Ranges::default(), Workers { count: 1, memory: 9 }, &observer, &stop);
    assert!(matches!(result, Err(RunError::Interrupted)));
    assert_eq!(observer.2.lock().unwrap().len(), 3);
}

/// More workers than there can be jobs at a time are not started: each is a thread, and systems run out of them.
#[test]
fn no_more_workers_than_leaves() {
    let many = Workers { count: usize::MAX, memory: u64::MAX };
    let Outcome { artifact, spans } = run(&Plan::new(3), &Ranges::default(), many, &(), &NEVER).unwrap();
    assert_eq!(artifact, 0..3);
    assert!(spans.iter().all(|span| span.worker < 3), "{spans:?}");
    assert!(matches!(run(&Plan::new(0), &Ranges::default(), many, &(), &NEVER), Err(RunError::Empty)));
}
