//! What all tests of this folder begin with: honest batches, executed and cut, and the circuits to prove them.

use std::path::Path;

use braid_aggregator::batch::Piece;
use braid_circuits::leaf::shape::Shape;
use braid_circuits::recursion::cache::Cache;
use braid_circuits::stark::Security;
use braid_contracts::Registry;
use braid_prover::leaf::LeafCircuit;
use braid_prover::level::Level;
use braid_witness::batch::Batch;
use braid_witness::executor::Policy;
use braid_witness::workload::{Spec, generate};
use braid_witness::{BlockContext, Interpreter, Parameters};

/// Bytes that the circuits of all levels may take on disk.
const CACHE: u64 = 24 << 30;

/// A made-up batch on its own genesis, in this block, cut into chunks that fill a shape.
pub fn batch(registry: &Registry, spec: &Spec, block: u64, shape: Shape) -> (Parameters, Vec<Piece>) {
    let interpreter = Interpreter::new(registry).unwrap();
    let workload = generate(spec, registry).unwrap();
    let origin = workload.genesis.build(registry).unwrap();
    let context = BlockContext { number: block, timestamp: 1_700_000_000, fees_before: origin.boundary.fees };
    let batch = Batch {
        interpreter: &interpreter,
        parameters: origin.parameters,
        context,
        policy: Policy::default(),
        capacity: shape.capacity(),
    };
    let mut tree = origin.tree;
    let result = batch.run(&mut tree, origin.boundary, workload.drafts).unwrap();
    assert!(result.rejections.is_empty(), "{:?}", result.rejections);
    let pieces = result.cuts.into_iter().map(|cut| Piece { chunk: cut.chunk, shape }).collect();
    (origin.parameters, pieces)
}

/// The circuits of a level, built once for all test binaries: they share a cache, which one of them locks while it builds.
pub fn level(security: Security, registry: &Registry) -> Level {
    let cache = Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("circuits"), CACHE);
    Level::open(&LeafCircuit::new(security, Shape::Tiny, registry).unwrap(), Some(&cache)).unwrap()
}
