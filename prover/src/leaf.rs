//! Leaf proofs: a chunk of one shape becomes one STARK proof.

use std::time::{Duration, Instant};

use braid_circuits::leaf::execution::{Execution, UnknownProgram};
use braid_circuits::leaf::machine::{self, Chip};
use braid_circuits::leaf::shape::Shape;
use braid_circuits::leaf::tables::TooTall;
use braid_circuits::stark::{Proof, ProveError, Security, Setup, SetupError, Val, VerifyError};
use braid_contracts::Registry;
use braid_witness::{Chunk, Interpreter, ReplayError};
use serde::{Deserialize, Serialize};

use crate::stark::{StarkProver, StarkSetupError};

/// The proof of a chunk, with the public values of each table.
#[derive(Serialize, Deserialize)]
pub struct LeafProof {
    /// The STARK proof.
    pub proof: Proof,
    /// One list a table.
    pub public_values: Vec<Vec<Val>>,
}

/// How long the parts of a leaf proof took.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeafTimes {
    /// Executing the chunk again.
    pub replay: Duration,
    /// Building the rows of all tables.
    pub rows: Duration,
    /// Proving them.
    pub prove: Duration,
    /// Verifying the proof.
    pub verify: Duration,
}

/// Why a chunk has no leaf proof.
#[derive(Debug, thiserror::Error)]
pub enum LeafError {
    /// The chunk is not an honest execution.
    #[error("the chunk does not replay: {0}")]
    Replay(#[from] ReplayError),
    /// The chunk names a program that is not in the registry.
    #[error(transparent)]
    Program(#[from] UnknownProgram),
    /// The chunk needs a larger shape.
    #[error(transparent)]
    Shape(#[from] TooTall),
    /// The proof system failed.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// The proof that was just made does not verify: a bug, or a machine that computes wrongly.
    #[error("the new proof does not verify: {0}")]
    Verify(#[from] VerifyError),
    /// Bytes that are no leaf proof.
    #[error("the stored leaf proof is damaged: {0}")]
    Encoding(#[from] postcard::Error),
}

/// What proves and verifies leaves of one shape at one level of security.
pub struct LeafCircuit {
    security: Security,
    shape: Shape,
    setup: Setup<Chip>,
    prover: StarkProver,
}

/// Why there is no leaf circuit.
#[derive(Debug, thiserror::Error)]
pub enum LeafSetupError {
    /// The registry does not fit the program tables.
    #[error(transparent)]
    Registry(#[from] TooTall),
    /// The proof system refuses the tables.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The fast prover does.
    #[error(transparent)]
    Prover(#[from] StarkSetupError),
}

impl LeafCircuit {
    /// Commits the preprocessed tables of a registry.
    ///
    /// # Errors
    /// If the registry does not fit the program tables.
    pub fn new(security: Security, shape: Shape, registry: &Registry) -> Result<Self, LeafSetupError> {
        let chips = machine::chips(registry)?;
        let setup = Setup::new(security.leaf(), chips, shape.degree_bits().to_vec())?;
        let prover = StarkProver::new(&setup)?;
        Ok(Self { security, shape, setup, prover })
    }

    /// The circuit of another shape, with the same preprocessed tables.
    ///
    /// # Errors
    /// If the shape has other heights for them, which none has.
    pub fn resized(&self, shape: Shape) -> Result<Self, LeafSetupError> {
        let setup = self.setup.resized(shape.degree_bits().to_vec())?;
        let prover = self.prover.resized(&setup)?;
        Ok(Self { security: self.security, shape, setup, prover })
    }

    /// The level of security.
    pub fn security(&self) -> Security {
        self.security
    }

    /// The shape.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The proof system's side.
    pub fn setup(&self) -> &Setup<Chip> {
        &self.setup
    }

    /// Bytes that a proof has allocated at most.
    pub(crate) fn peak(&self) -> u64 {
        self.prover.peak(&self.setup)
    }

    /// Proves a chunk and verifies the proof.
    ///
    /// # Errors
    /// If the chunk does not replay, does not fit the shape, or no proof that verifies comes out.
    pub fn prove(
        &self,
        chunk: &Chunk,
        registry: &Registry,
        interpreter: &Interpreter,
    ) -> Result<(LeafProof, LeafTimes), LeafError> {
        let mut clock = Instant::now();
        let mut lap = || {
            let now = Instant::now();
            std::mem::replace(&mut clock, now).elapsed()
        };
        let record = chunk.replay_prepared(interpreter)?;
        let replay = lap();
        let execution = Execution::new(chunk, &record, registry)?;
        let traces = machine::traces(&execution, self.shape)?;
        let rows = lap();
        let proof = self.prover.prove(&self.setup, traces.main, &traces.public_values)?;
        let prove = lap();
        self.setup.verify(&proof, &traces.public_values)?;
        let verify = lap();
        Ok((LeafProof { proof, public_values: traces.public_values }, LeafTimes { replay, rows, prove, verify }))
    }

    /// Reads a stored proof and verifies it.
    ///
    /// # Errors
    /// If the bytes are no proof, or one that does not hold.
    pub fn load(&self, bytes: &[u8]) -> Result<LeafProof, LeafError> {
        let leaf: LeafProof = postcard::from_bytes(bytes)?;
        self.setup.verify(&leaf.proof, &leaf.public_values)?;
        Ok(leaf)
    }
}

impl LeafProof {
    /// The proof as bytes.
    ///
    /// # Errors
    /// If it cannot be encoded.
    pub fn to_bytes(&self) -> Result<Vec<u8>, LeafError> {
        Ok(postcard::to_allocvec(self)?)
    }
}
