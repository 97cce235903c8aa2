//! The proof of a batch: leaves, wraps and merges of its chunks, each found in the store or made and stored.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use braid_circuits::leaf::execution::Execution;
use braid_circuits::leaf::machine;
use braid_circuits::leaf::shape::Shape;
use braid_circuits::recursion::RecursionError;
use braid_circuits::recursion::range::{RangeProof, RecursionProver};
use braid_contracts::Registry;
use braid_primitives::F;
use braid_primitives::memory::keep;
use braid_prover::leaf::{LeafError, LeafProof, LeafTimes};
use braid_prover::level::Level;
use braid_prover::memory;
use braid_prover::store::{ArtifactKey, ArtifactStore, KeyBuilder, StoreError};
use braid_verifier::Statement;
use braid_witness::encoding::EncodingError;
use braid_witness::record::ChunkRecord;
use braid_witness::{BlockContext, Chunk, Interpreter};
use p3_field::PrimeField64;

use crate::memory::Predicted;
use crate::schedule::{self, Finished, Job, Observer, Outcome, Plan, RunError, Span, Stage, Workers};
use crate::stated;

/// Version of the artifacts' formats and of what makes them; a change of either makes all stored ones strangers.
const VERSION: u32 = 1;

/// A chunk and the shape that it is proven in.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The chunk.
    pub chunk: Chunk,
    /// A shape that holds it.
    pub shape: Shape,
}

/// What batches of one chain are proven with.
pub struct BatchProver<'a> {
    /// The circuits.
    pub level: &'a Level,
    /// The programs.
    pub registry: &'a Registry,
    /// The programs, ready to run.
    pub interpreter: &'a Interpreter,
    /// Where finished proofs lie.
    pub store: &'a dyn ArtifactStore,
    /// Who makes recursion proofs.
    pub recursion: &'a dyn RecursionProver,
}

/// A proven batch.
#[derive(Clone, Debug)]
pub struct BatchProof {
    /// The proof of the whole range.
    pub range: RangeProof,
    /// Who did what when.
    pub spans: Vec<Span>,
    /// The parts of all leaf proofs that were made, added up.
    pub leaf_times: LeafTimes,
    /// The most bytes that these proofs, made one at a time, were predicted to need.
    pub predicted_memory: u64,
}

/// Why a job failed.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// A leaf proof.
    #[error(transparent)]
    Leaf(#[from] LeafError),
    /// A wrap or merge.
    #[error(transparent)]
    Recursion(#[from] RecursionError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The scheduler and the jobs disagree on what a job needs.
    #[error("a job got the inputs of another one")]
    Inputs,
}

/// Why a batch was not proven.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The jobs.
    #[error(transparent)]
    Run(Box<RunError<JobError>>),
    /// A chunk has no bytes, and so no name.
    #[error("a chunk cannot be encoded: {0}")]
    Encoding(#[from] EncodingError),
}

impl BatchProver<'_> {
    /// Proves the chunks of a batch, in order. Artifacts that are stored are used, new ones are stored.
    ///
    /// # Errors
    /// If a proof cannot be made, the store fails, or memory does not suffice.
    pub fn prove(
        &self,
        pieces: &[Piece],
        workers: Workers,
        observer: &dyn Observer,
        stop: &AtomicBool,
    ) -> Result<BatchProof, BatchError> {
        let keys = pieces.iter().map(|piece| self.leaf_key(piece)).collect::<Result<Vec<_>, _>>()?;
        let programs_root = stated::digest(&self.level.programs_root());
        let leaf_times = Mutex::new(LeafTimes::default());
        let predicted = Predicted::of(self.level, pieces.iter().map(|piece| piece.shape).collect());
        let stage = BatchStage { prover: self, pieces, keys, programs_root, leaf_times, predicted };
        let outcome = schedule::run(&Plan::new(pieces.len()), &stage, workers, observer, stop);
        keep(0);
        let Outcome { artifact, spans } = outcome.map_err(|error| BatchError::Run(Box::new(error)))?;
        let leaf_times = *stage.leaf_times.lock().unwrap_or_else(PoisonError::into_inner);
        match artifact {
            Artifact::Range(_, range) => {
                Ok(BatchProof { range: *range, spans, leaf_times, predicted_memory: stage.predicted.most() })
            }
            Artifact::Leaf(_) | Artifact::Wrapped(_) => Err(BatchError::Run(Box::new(RunError::Empty))),
        }
    }

    /// Name of a leaf: circuit set, shape and chunk.
    fn leaf_key(&self, piece: &Piece) -> Result<ArtifactKey, EncodingError> {
        let root: Vec<u8> = self.level.set().root().iter().flat_map(|element| element.to_le_bytes()).collect();
        let programs: Vec<u8> = (0..self.registry.programs().len())
            .filter_map(|program| self.registry.digest(program))
            .flatten()
            .flat_map(|element| element.as_canonical_u64().to_le_bytes())
            .collect();
        let key = KeyBuilder::new("leaf", VERSION).with(&root).with(&programs).with(piece.shape.name().as_bytes());
        Ok(key.with(&piece.chunk.to_bytes()?).finish())
    }
}

fn wrap_key(leaf: &ArtifactKey) -> ArtifactKey {
    KeyBuilder::new("wrap", VERSION).with(leaf.bytes()).finish()
}

fn merge_key(left: &ArtifactKey, right: &ArtifactKey) -> ArtifactKey {
    KeyBuilder::new("merge", VERSION).with(left.bytes()).with(right.bytes()).finish()
}

/// The result of a job.
enum Artifact {
    /// A leaf proof.
    Leaf(Box<LeafProof>),
    /// The wrap of the chunk, found in place of its leaf proof: finished already.
    Wrapped(Box<RangeProof>),
    /// A range proof and its name.
    Range(ArtifactKey, Box<RangeProof>),
}

struct BatchStage<'a> {
    prover: &'a BatchProver<'a>,
    pieces: &'a [Piece],
    keys: Vec<ArtifactKey>,
    programs_root: braid_verifier::Digest,
    leaf_times: Mutex<LeafTimes>,
    predicted: Predicted,
}

impl Stage for BatchStage<'_> {
    type Artifact = Artifact;
    type Error = JobError;

    fn run(&self, job: Job, inputs: Vec<Artifact>) -> Result<Finished<Artifact>, JobError> {
        let mut inputs = inputs.into_iter();
        match (job, inputs.next(), inputs.next()) {
            (Job::Leaf(chunk), None, None) => self.leaf(chunk),
            (Job::Wrap(chunk), Some(Artifact::Leaf(leaf)), None) => {
                let Piece { chunk: content, shape } = &self.pieces[chunk];
                let assets = content.parameters.assets;
                let wrap = self.prover.level.wrap(self.prover.recursion, *shape, &leaf, assets)?;
                self.store_range(wrap_key(&self.keys[chunk]), wrap)
            }
            (Job::Wrap(chunk), Some(Artifact::Wrapped(range)), None) => {
                Ok(Finished { artifact: Artifact::Range(wrap_key(&self.keys[chunk]), range), reused: true })
            }
            (
                Job::Merge { first, last, .. },
                Some(Artifact::Range(left_key, left)),
                Some(Artifact::Range(right_key, right)),
            ) => {
                let key = merge_key(&left_key, &right_key);
                if let Some(range) = self.stored_range(&key, first..last)? {
                    return Ok(Finished { artifact: Artifact::Range(key, Box::new(range)), reused: true });
                }
                let merge = self.prover.level.set().prove_merge(self.prover.recursion, &left, &right)?;
                self.store_range(key, merge)
            }
            _ => Err(JobError::Inputs),
        }
    }

    fn memory(&self, job: Job) -> u64 {
        self.predicted.job(job)
    }

    fn kept(&self) -> u64 {
        self.predicted.kept()
    }
}

impl BatchStage<'_> {
    /// A chunk's leaf proof, or its wrap if that is there.
    fn leaf(&self, chunk: usize) -> Result<Finished<Artifact>, JobError> {
        let (key, piece) = (&self.keys[chunk], &self.pieces[chunk]);
        let BatchProver { level, registry, interpreter, store, .. } = *self.prover;
        let circuit = level.leaf(piece.shape);
        // The last leaf of a shape leaves its memory to other proofs.
        let another_follows = self.pieces[chunk + 1..].iter().any(|other| other.shape == piece.shape);
        keep(if another_follows { memory::largest_matrix(circuit) as usize } else { 0 });
        if let Some(range) = self.stored_range(&wrap_key(key), chunk..chunk + 1)? {
            return Ok(Finished { artifact: Artifact::Wrapped(Box::new(range)), reused: true });
        }
        if let Some(bytes) = store.get(key)? {
            match circuit.load(&bytes) {
                Ok(leaf) if leaf.public_values == self.public_values(chunk)? => {
                    return Ok(Finished { artifact: Artifact::Leaf(Box::new(leaf)), reused: true });
                }
                Ok(_) => tracing::warn!(chunk, "stored leaf proof is about another chunk and is made again"),
                Err(error) => tracing::warn!(chunk, %error, "stored leaf proof does not hold and is made again"),
            }
            store.remove(key)?;
        }
        let (leaf, times) = circuit.prove(&piece.chunk, registry, interpreter)?;
        store.put(key, &leaf.to_bytes()?)?;
        let mut total = self.leaf_times.lock().unwrap_or_else(PoisonError::into_inner);
        add(&mut total, &times);
        Ok(Finished { artifact: Artifact::Leaf(Box::new(leaf)), reused: false })
    }

    /// Stores a range proof that was just made.
    fn store_range(&self, key: ArtifactKey, range: RangeProof) -> Result<Finished<Artifact>, JobError> {
        self.prover.store.put(&key, &range.to_bytes())?;
        Ok(Finished { artifact: Artifact::Range(key, Box::new(range)), reused: false })
    }

    /// A stored range proof, if it holds and is about these chunks: a valid proof about something else, under a name
    /// that it does not deserve, would be merged, or handed out as the batch's.
    fn stored_range(&self, key: &ArtifactKey, chunks: Range<usize>) -> Result<Option<RangeProof>, JobError> {
        let Some(bytes) = self.prover.store.get(key)? else { return Ok(None) };
        match self.prover.level.set().range_from_bytes(&bytes) {
            Ok(range) if self.is_about(range.statement(), chunks)? => return Ok(Some(range)),
            Ok(_) => tracing::warn!(%key, "stored range proof is about another range and is made again"),
            Err(error) => tracing::warn!(%key, %error, "stored range proof does not hold and is made again"),
        }
        self.prover.store.remove(key)?;
        Ok(None)
    }

    /// Whether a statement is that of some chunks.
    fn is_about(&self, statement: &Statement, chunks: Range<usize>) -> Result<bool, JobError> {
        let (Some(first), Some(last)) = (self.pieces.get(chunks.start), chunks.end.checked_sub(1)) else {
            return Ok(false);
        };
        let BlockContext { number, timestamp, fees_before } = first.chunk.context;
        let stated = &statement.context;
        let same = (stated.number, stated.timestamp, stated.fees_before) == (number, timestamp, fees_before)
            && statement.parameters == stated::digest(&first.chunk.parameters.digest())
            && statement.programs_root == self.programs_root
            && statement.before == stated::boundary(&first.chunk.before);
        if !same {
            return Ok(false);
        }
        let after = match self.pieces.get(chunks.end) {
            Some(next) => next.chunk.before,
            None => self.replay(last)?.after,
        };
        Ok(statement.after == stated::boundary(&after))
    }

    /// What a chunk's leaf proof must say.
    fn public_values(&self, chunk: usize) -> Result<Vec<Vec<F>>, JobError> {
        let record = self.replay(chunk)?;
        let execution = Execution::new(&self.pieces[chunk].chunk, &record, self.prover.registry);
        Ok(machine::public_values(&execution.map_err(LeafError::from)?))
    }

    fn replay(&self, chunk: usize) -> Result<ChunkRecord, JobError> {
        let record = self.pieces[chunk].chunk.replay_prepared(self.prover.interpreter);
        Ok(record.map_err(LeafError::from)?)
    }
}

fn add(total: &mut LeafTimes, times: &LeafTimes) {
    let sum = |total: &mut Duration, time: Duration| *total += time;
    sum(&mut total.replay, times.replay);
    sum(&mut total.rows, times.rows);
    sum(&mut total.prove, times.prove);
    sum(&mut total.verify, times.verify);
}
