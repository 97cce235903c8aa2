//! From signed transactions to one verified proof, at `Insecure`: the whole pipeline with its real circuits.

use std::sync::atomic::AtomicBool;

use batches::{batch, level};
use braid_aggregator::batch::{BatchProof, BatchProver, Piece};
use braid_aggregator::schedule::Workers;
use braid_circuits::leaf::shape::Shape;
use braid_circuits::stark::Security;
use braid_contracts::Registry;
use braid_prover::plonk::FastProver;
use braid_prover::store::FolderStore;
use braid_verifier::{Acceptable, SecurityLevel};
use braid_witness::Interpreter;
use braid_witness::workload::{Distribution, Mix, Spec};

mod batches;

/// A small mixed batch in several tiny chunks.
const SPEC: Spec = Spec {
    transactions: 40,
    users: 6,
    depth: 16,
    chain_id: 5,
    seed: 3,
    mix: Mix::MIXED,
    distribution: Distribution::Uniform,
};

fn prove(prover: &BatchProver<'_>, pieces: &[Piece]) -> BatchProof {
    let workers = Workers { count: 1, memory: u64::MAX };
    prover.prove(pieces, workers, &(), &AtomicBool::new(false)).unwrap()
}

#[test]
fn signed_transactions_become_one_verified_proof() {
    let registry = Registry::builtin();
    let interpreter = Interpreter::new(&registry).unwrap();
    let (parameters, pieces) = batch(&registry, &SPEC, 1, Shape::Tiny);
    assert!(pieces.len() >= 3, "{} chunks", pieces.len());

    let level = level(Security::Insecure, &registry);
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::open(folder.path()).unwrap();
    let recursion = FastProver::new();
    let prover = BatchProver {
        level: &level,
        registry: &registry,
        interpreter: &interpreter,
        store: &store,
        recursion: &recursion,
    };
    let proof = prove(&prover, &pieces);
    assert!(proof.spans.iter().all(|span| !span.reused));

    // The proof says what was executed, and the small verifier agrees.
    let statement = proof.range.statement();
    let last = pieces.last().unwrap().chunk.clone();
    let after = last.replay(&registry).unwrap().after;
    let canonical = |digest: [braid_primitives::F; 4]| digest.map(|e| p3_field::PrimeField64::as_canonical_u64(&e));
    assert_eq!(statement.before.root, canonical(pieces[0].chunk.before.root));
    assert_eq!(statement.after.root, canonical(after.root));
    assert_eq!(statement.after.count - statement.before.count, 40);
    assert_eq!(statement.parameters, canonical(parameters.digest()));
    let file = proof.range.to_file(b"notes");
    let key = level.set().verifier_key(statement.programs_root).unwrap();
    let acceptable = Acceptable::new().levels(&[SecurityLevel::Insecure]).parameters(canonical(parameters.digest()));
    assert_eq!(braid_verifier::verify_with(&file, &key, &acceptable).unwrap(), *statement);
    assert!(braid_verifier::verify_with(&file, &key, &Acceptable::new()).is_err(), "insecure is not the default");

    // A second run finds everything; a lost or damaged artifact is made again.
    let again = prove(&prover, &pieces);
    assert!(again.spans.iter().all(|span| span.reused));
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let largest = files.iter().max_by_key(|path| std::fs::metadata(path).unwrap().len()).unwrap();
    let mut bytes = std::fs::read(largest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(largest, bytes).unwrap();
    assert_eq!(prove(&prover, &pieces).range.statement(), statement);

    // Somebody else, with one thread and in another order, makes the same bytes.
    let elsewhere = tempfile::tempdir().unwrap();
    let store = FolderStore::open(elsewhere.path()).unwrap();
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let workers = Workers { count: 3, memory: u64::MAX };
    let other = BatchProver { store: &store, ..prover };
    let theirs = alone.install(|| other.prove(&pieces, workers, &(), &AtomicBool::new(false)).unwrap());
    assert!(theirs.range.to_bytes() == proof.range.to_bytes());
}
