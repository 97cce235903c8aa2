//! Proving and verifying a leaf, with the checks the library leaves to its caller: heights equal the shape (it
//! would otherwise take them from the proof), list lengths fit, and a panic inside the library is an error.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use p3_air::{Air, DebugConstraintBuilder};
use p3_batch_stark::folder::{ProverConstraintFolderWithLookups, VerifierConstraintFolderWithLookups};
use p3_batch_stark::{StarkInstance, prove_batch, verify_batch};
use p3_lookup::InteractionSymbolicBuilder;
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;

use super::config::{Challenge, Config, Proof, Val};
use super::setup::Setup;

/// An AIR that can be proved, verified, and compiled into a recursion circuit.
pub trait LeafAir:
    Air<InteractionSymbolicBuilder<Val, Challenge>>
    + for<'a> Air<ProverConstraintFolderWithLookups<'a, Config>>
    + for<'a> Air<VerifierConstraintFolderWithLookups<'a, Config>>
    + for<'a> Air<DebugConstraintBuilder<'a, Val, Challenge>>
    + Clone
    + Send
    + Sync
{
}

impl<A> LeafAir for A where
    A: Air<InteractionSymbolicBuilder<Val, Challenge>>
        + for<'a> Air<ProverConstraintFolderWithLookups<'a, Config>>
        + for<'a> Air<VerifierConstraintFolderWithLookups<'a, Config>>
        + for<'a> Air<DebugConstraintBuilder<'a, Val, Challenge>>
        + Clone
        + Send
        + Sync
{
}

/// Why no proof was made.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// One trace and one list of public values for each table.
    #[error("{tables} tables, {traces} traces, {publics} lists of public values")]
    Counts {
        /// Tables of the setup.
        tables: usize,
        /// Traces given.
        traces: usize,
        /// Lists of public values given.
        publics: usize,
    },
    /// A trace does not have the size the shape fixes.
    #[error("instance {instance}: trace of {rows} x {columns}, expected {expected_rows} x {expected_columns}")]
    TraceSize {
        /// Position of the table.
        instance: usize,
        /// Rows given.
        rows: usize,
        /// Columns given.
        columns: usize,
        /// Rows of the shape.
        expected_rows: usize,
        /// Columns of the AIR.
        expected_columns: usize,
    },
    /// A list of public values has the wrong length.
    #[error("instance {instance}: {got} public values, expected {expected}")]
    PublicValues {
        /// Position of the table.
        instance: usize,
        /// Length given.
        got: usize,
        /// Length the AIR declares.
        expected: usize,
    },
    /// The library failed.
    #[error("the proof system failed: {0}")]
    Library(String),
}

/// Why a proof was rejected.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The proof or the public values do not have one entry for each table.
    #[error(
        "{tables} tables; the proof has {degree_bits} heights, {opened} openings; {publics} lists of public values"
    )]
    Counts {
        /// Tables of the setup.
        tables: usize,
        /// Heights the proof states.
        degree_bits: usize,
        /// Opened instances.
        opened: usize,
        /// Lists of public values.
        publics: usize,
    },
    /// The proof states another height than the shape fixes.
    #[error("instance {instance}: the proof states 2^{got} rows, the shape 2^{expected}")]
    Height {
        /// Position of the table.
        instance: usize,
        /// log2 of the rows stated by the proof.
        got: usize,
        /// log2 of the rows of the shape.
        expected: usize,
    },
    /// The proof does not hold.
    #[error("invalid proof: {0}")]
    Invalid(String),
    /// The library panicked on a malformed proof.
    #[error("malformed proof: {0}")]
    Malformed(String),
}

impl<A: LeafAir> Setup<A> {
    /// Proves the traces, one a table, of the heights the setup was made for.
    ///
    /// The result need not verify if the traces do not satisfy the constraints.
    pub fn prove(&self, traces: &[RowMajorMatrix<Val>], public_values: &[Vec<Val>]) -> Result<Proof, ProveError> {
        self.check_traces(traces, public_values)?;
        let references: Vec<&RowMajorMatrix<Val>> = traces.iter().collect();
        let instances = StarkInstance::new_multiple(self.airs(), &references, public_values);
        match catch_unwind(AssertUnwindSafe(|| prove_batch(self.config(), &instances, self.prover_data()))) {
            Ok(Ok(proof)) => Ok(proof),
            Ok(Err(error)) => Err(ProveError::Library(format!("{error:?}"))),
            Err(payload) => Err(ProveError::Library(panic_message(&*payload))),
        }
    }

    /// Refuses traces and public values of other numbers and sizes than the setup's.
    ///
    /// # Errors
    /// Names the first that is wrong.
    pub fn check_traces(&self, traces: &[RowMajorMatrix<Val>], public_values: &[Vec<Val>]) -> Result<(), ProveError> {
        let tables = self.airs().len();
        if traces.len() != tables || public_values.len() != tables {
            return Err(ProveError::Counts { tables, traces: traces.len(), publics: public_values.len() });
        }
        for (instance, ((air, &bits), trace)) in self.airs().iter().zip(self.degree_bits()).zip(traces).enumerate() {
            if trace.height() != 1 << bits || trace.width() != air.width() {
                return Err(ProveError::TraceSize {
                    instance,
                    rows: trace.height(),
                    columns: trace.width(),
                    expected_rows: 1 << bits,
                    expected_columns: air.width(),
                });
            }
        }
        if let Some((instance, got, expected)) = self.wrong_public_values(public_values) {
            return Err(ProveError::PublicValues { instance, got, expected });
        }
        Ok(())
    }

    /// Verifies a proof of this shape.
    pub fn verify(&self, proof: &Proof, public_values: &[Vec<Val>]) -> Result<(), VerifyError> {
        self.check_shape(proof, public_values)?;
        match catch_unwind(AssertUnwindSafe(|| {
            verify_batch(self.config(), self.airs(), proof, public_values, self.common())
        })) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(VerifyError::Invalid(format!("{error:?}"))),
            Err(payload) => Err(VerifyError::Malformed(panic_message(&*payload))),
        }
    }

    /// Everything about counts and heights that must hold before the library reads the proof.
    pub(crate) fn check_shape(&self, proof: &Proof, public_values: &[Vec<Val>]) -> Result<(), VerifyError> {
        let tables = self.airs().len();
        if proof.degree_bits.len() != tables
            || proof.opened_values.instances.len() != tables
            || public_values.len() != tables
        {
            return Err(VerifyError::Counts {
                tables,
                degree_bits: proof.degree_bits.len(),
                opened: proof.opened_values.instances.len(),
                publics: public_values.len(),
            });
        }
        let heights = proof.degree_bits.iter().zip(self.degree_bits());
        for (instance, (&got, &expected)) in heights.enumerate() {
            if got != expected {
                return Err(VerifyError::Height { instance, got, expected });
            }
        }
        if let Some((instance, got, expected)) = self.wrong_public_values(public_values) {
            return Err(VerifyError::Invalid(format!("instance {instance}: {got} public values, expected {expected}")));
        }
        Ok(())
    }

    fn wrong_public_values(&self, public_values: &[Vec<Val>]) -> Option<(usize, usize, usize)> {
        self.airs()
            .iter()
            .zip(public_values)
            .enumerate()
            .map(|(i, (air, values))| (i, values.len(), air.num_public_values()))
            .find(|&(_, got, expected)| got != expected)
    }
}

/// Text of a caught panic.
pub fn panic_message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic without a message".to_owned())
}
