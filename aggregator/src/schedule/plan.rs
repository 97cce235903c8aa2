use std::fmt;

/// One proof to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Job {
    /// The leaf proof of a chunk, by number.
    Leaf(usize),
    /// The wrap of that leaf: a range proof of one chunk.
    Wrap(usize),
    /// The merge of two adjacent ranges into that of chunks `first..last`.
    Merge {
        /// First chunk.
        first: usize,
        /// First chunk of the right range.
        middle: usize,
        /// One after the last chunk.
        last: usize,
    },
}

impl Job {
    /// Kind of the job, for people.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Leaf(_) => "leaf",
            Self::Wrap(_) => "wrap",
            Self::Merge { .. } => "merge",
        }
    }

    /// Order among jobs that are ready: merges, then wraps, then leaves; from left to right.
    pub(super) fn priority(&self) -> (u8, usize) {
        match *self {
            Self::Merge { first, .. } => (0, first),
            Self::Wrap(chunk) => (1, chunk),
            Self::Leaf(chunk) => (2, chunk),
        }
    }
}

/// With chunks counted from 1, the last one named: `merge 1..2`.
impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf(chunk) | Self::Wrap(chunk) => write!(f, "{} {}", self.kind(), chunk + 1),
            Self::Merge { first, last, .. } => write!(f, "merge {}..{last}", first + 1),
        }
    }
}

/// All jobs of a batch. A job's inputs come before it, so that the last job is the batch's proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    jobs: Vec<Job>,
    inputs: Vec<Vec<usize>>,
    consumer: Vec<Option<usize>>,
}

impl Plan {
    /// The jobs for so many chunks; none for none.
    pub fn new(chunks: usize) -> Self {
        let mut plan = Self { jobs: Vec::new(), inputs: Vec::new(), consumer: Vec::new() };
        if chunks > 0 {
            plan.range(0, chunks);
        }
        plan
    }

    /// Adds the jobs of chunks `first..last`, at least one, and returns the number of the last of them.
    fn range(&mut self, first: usize, last: usize) -> usize {
        let chunks = last - first;
        if chunks == 1 {
            let leaf = self.add(Job::Leaf(first), vec![]);
            return self.add(Job::Wrap(first), vec![leaf]);
        }
        // The left range is the largest power of two below the whole: all left subtrees are full.
        let middle = first + chunks.next_power_of_two() / 2;
        let left = self.range(first, middle);
        let right = self.range(middle, last);
        self.add(Job::Merge { first, middle, last }, vec![left, right])
    }

    fn add(&mut self, job: Job, inputs: Vec<usize>) -> usize {
        let number = self.jobs.len();
        for &input in &inputs {
            self.consumer[input] = Some(number);
        }
        self.jobs.push(job);
        self.inputs.push(inputs);
        self.consumer.push(None);
        number
    }

    /// The jobs, inputs before consumers.
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// Numbers of a job's inputs, left before right.
    pub fn inputs(&self, job: usize) -> &[usize] {
        self.inputs.get(job).map_or(&[], Vec::as_slice)
    }

    /// The job that needs this one's result; `None` for the last.
    pub fn consumer(&self, job: usize) -> Option<usize> {
        self.consumer.get(job).copied().flatten()
    }
}
