//! The circuits of a level on two real chunks: their wraps, shrinks and merge.

use std::error::Error;
use std::sync::{Mutex, PoisonError};

use braid_circuits::leaf::shape::Shape;
use braid_circuits::recursion::cache::Cache;
use braid_circuits::recursion::range::RecursionProver;
use braid_circuits::recursion::{Circuit, Proof, RecursionError, Witness};
use braid_circuits::stark::Security;
use braid_contracts::Registry;
use braid_prover::leaf::LeafCircuit;
use braid_prover::level::Level;
use braid_prover::plonk::FastProver;
use braid_witness::batch::Batch;
use braid_witness::executor::Policy;
use braid_witness::workload::{Distribution, Mix, Spec, generate};
use braid_witness::{BlockContext, Interpreter};
use serde_json::Value;

/// Proves with both provers, and keeps what it measured.
struct Both {
    prover: FastProver,
    repetitions: usize,
    measured: Mutex<Vec<Value>>,
}

impl RecursionProver for Both {
    fn prove(&self, name: &str, circuit: &Circuit, witness: Witness) -> Result<Proof, RecursionError> {
        let proof = RecursionProver::prove(&self.prover, name, circuit, witness.clone())?;
        let row = crate::measure(name, &self.prover, circuit, &witness, self.repetitions)
            .map_err(|error| RecursionError::Prover { name: name.to_owned(), reason: error.to_string() })?;
        self.measured.lock().unwrap_or_else(PoisonError::into_inner).push(row);
        Ok(proof)
    }
}

/// Measures every circuit between two leaf proofs of the tiny shape and the proof of their range. Circuits come from the user's cache.
pub fn measure(name: &str, repetitions: usize) -> Result<Vec<Value>, Box<dyn Error>> {
    let security = Security::ALL.into_iter().find(|security| security.name() == name);
    let security = security.ok_or_else(|| format!("no level is called {name}"))?;
    let registry = Registry::builtin();
    let interpreter = Interpreter::new(&registry)?;
    let spec = Spec {
        transactions: 24,
        users: 5,
        depth: 12,
        chain_id: 5,
        seed: 3,
        mix: Mix { transfers: 1, swaps: 0, liquidity: 0 },
        distribution: Distribution::Uniform,
    };
    let workload = generate(&spec, &registry)?;
    let origin = workload.genesis.build(&registry)?;
    let batch = Batch {
        interpreter: &interpreter,
        parameters: origin.parameters,
        context: BlockContext { number: 1, timestamp: 1_700_000_000, fees_before: origin.boundary.fees },
        policy: Policy::default(),
        capacity: Shape::Tiny.capacity(),
    };
    let mut tree = origin.tree;
    let result = batch.run(&mut tree, origin.boundary, workload.drafts)?;
    let level = Level::open(&LeafCircuit::new(security, Shape::Tiny, &registry)?, Cache::of_user().as_ref())?;
    let both = Both { prover: FastProver::new(), repetitions, measured: Mutex::default() };
    let mut ranges = Vec::new();
    for cut in result.cuts.iter().take(2) {
        let (leaf, _) = level.leaf(Shape::Tiny).prove(&cut.chunk, &registry, &interpreter)?;
        ranges.push(level.wrap(&both, Shape::Tiny, &leaf, origin.parameters.assets)?);
    }
    if let [left, right] = &ranges[..] {
        level.set().prove_merge(&both, left, right)?;
    }
    Ok(both.measured.into_inner().unwrap_or_else(PoisonError::into_inner))
}
