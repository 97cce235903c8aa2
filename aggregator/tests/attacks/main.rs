//! Attacks on the whole pipeline at `Insecure`, with the real circuits and the real verifiers: each must fail with an
//! error, and with the right one. What the circuits themselves refuse is tested beside them; here the attacker has
//! honest proofs, the provers' code and the files.

use std::sync::LazyLock;

use braid_aggregator::batch::Piece;
use braid_circuits::leaf::shape::Shape;
use braid_circuits::recursion::RecursionError;
use braid_circuits::recursion::range::RangeProof;
use braid_circuits::stark::{Security, Val};
use braid_contracts::Registry;
use braid_prover::leaf::LeafProof;
use braid_prover::level::Level;
use braid_prover::plonk::FastProver;
use braid_verifier::{Acceptable, CircuitSetKey, SecurityLevel, Statement, VerifyError as Refusal};
use braid_witness::workload::{Distribution, Mix, Spec};
use braid_witness::{Interpreter, Parameters};
use p3_field::PrimeField64;

#[path = "../batches/mod.rs"]
mod batches;
mod executions;
mod fuzz;
mod leaves;
mod ranges;
mod stores;

/// An honest batch of tiny chunks of a chain in a block.
fn batch(registry: &Registry, chain_id: u64, block: u64, seed: u64) -> (Parameters, Vec<Piece>) {
    let (mix, distribution) = (Mix::TRANSFERS, Distribution::Uniform);
    let spec = Spec { transactions: 24, users: 5, depth: 12, chain_id, seed, mix, distribution };
    batches::batch(registry, &spec, block, Shape::Tiny)
}

/// Circuits, an honest batch and its proofs, made once.
struct World {
    registry: Registry,
    level: Level,
    key: CircuitSetKey,
    parameters: Parameters,
    pieces: Vec<Piece>,
    leaves: Vec<LeafProof>,
    ranges: Vec<RangeProof>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let registry = Registry::builtin();
    let level = batches::level(Security::Insecure, &registry);
    let key = level.verifier_key().unwrap();
    let (parameters, pieces) = batch(&registry, 5, 1, 3);
    assert!(pieces.len() >= 2, "{} chunks", pieces.len());
    let leaves: Vec<LeafProof> = pieces.iter().take(3).map(|piece| leaf(&level, &registry, piece)).collect();
    let ranges = leaves.iter().map(|leaf| wrap(&level, leaf, &parameters)).collect();
    World { registry, level, key, parameters, pieces, leaves, ranges }
});

fn leaf(level: &Level, registry: &Registry, piece: &Piece) -> LeafProof {
    let interpreter = Interpreter::new(registry).unwrap();
    level.leaf(piece.shape).prove(&piece.chunk, registry, &interpreter).unwrap().0
}

fn wrap(level: &Level, leaf: &LeafProof, parameters: &Parameters) -> RangeProof {
    level.wrap(&FastProver::new(), Shape::Tiny, leaf, parameters.assets).unwrap()
}

fn copy(leaf: &LeafProof) -> LeafProof {
    let bytes = leaf.to_bytes().unwrap();
    WORLD.level.leaf(Shape::Tiny).load(&bytes).unwrap()
}

fn merge(left: &RangeProof, right: &RangeProof) -> Result<RangeProof, RecursionError> {
    WORLD.level.set().prove_merge(&FastProver::new(), left, right)
}

fn insecure() -> Acceptable {
    Acceptable::new().levels(&[SecurityLevel::Insecure])
}

fn verify(file: &[u8], acceptable: &Acceptable) -> Result<Statement, Refusal> {
    braid_verifier::verify_with(file, &WORLD.key, acceptable)
}

fn canonical(digest: [Val; 4]) -> [u64; 4] {
    digest.map(|element| element.as_canonical_u64())
}
