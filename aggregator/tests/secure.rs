//! The whole pipeline at the two levels that count (DECISIONS 33): from signed transactions to proof files that the small
//! verifier accepts with the keys it carries, and no others. Circuits take a minute or two once; they are shared.

use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use batches::{batch, level};
use braid_aggregator::batch::{BatchProof, BatchProver, Piece};
use braid_aggregator::schedule::Workers;
use braid_circuits::leaf::shape::Shape;
use braid_circuits::stark::Security;
use braid_contracts::Registry;
use braid_prover::plonk::FastProver;
use braid_prover::store::FolderStore;
use braid_verifier::{Acceptable, ProofFile, SecurityLevel, Statement, VerifyError, verify};
use braid_witness::Interpreter;
use braid_witness::workload::{Distribution, Mix, Spec};

mod batches;

/// A proof of these levels takes a gigabyte, so they are made one after the other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

const PAYMENTS: Spec = Spec {
    transactions: 24,
    users: 5,
    depth: 24,
    chain_id: 5,
    seed: 3,
    mix: Mix::TRANSFERS,
    distribution: Distribution::Uniform,
};

/// Those that no proof here needs, too: a level starts with pinned keys, and builds a circuit when somebody proves with it.
#[test]
fn every_circuit_is_the_one_that_is_pinned() {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for security in [Security::Conjectured100, Security::Provable100] {
        level(security, &Registry::builtin()).prepare(&Shape::ALL).unwrap();
    }
}

/// Proves the first chunks of a batch. The file, its statement, and how many merges there were.
fn prove(security: Security, spec: &Spec, block: u64, chunks: usize) -> (Vec<u8>, Statement, usize) {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let registry = Registry::builtin();
    let interpreter = Interpreter::new(&registry).unwrap();
    let (parameters, mut pieces) = batch(&registry, spec, block, Shape::Tiny);
    pieces.truncate(chunks);
    assert_eq!(pieces.len(), chunks);
    let level = level(security, &registry);
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::open(folder.path()).unwrap();
    let prover = BatchProver {
        level: &level,
        registry: &registry,
        interpreter: &interpreter,
        store: &store,
        recursion: &FastProver::new(),
    };
    let workers = Workers { count: 1, memory: u64::MAX };
    let BatchProof { range, spans, .. } = prover.prove(&pieces, workers, &(), &AtomicBool::new(false)).unwrap();
    let statement = *range.statement();
    assert_says_what_was_run(&statement, &registry, &pieces, block);
    assert_eq!(statement.parameters, parameters.digest().map(|e| p3_field::PrimeField64::as_canonical_u64(&e)));
    let merges = spans.iter().filter(|span| span.job.kind() == "merge").count();
    (range.to_file(b"notes"), statement, merges)
}

fn assert_says_what_was_run(statement: &Statement, registry: &Registry, pieces: &[Piece], block: u64) {
    let canonical = |digest: [braid_primitives::F; 4]| digest.map(|e| p3_field::PrimeField64::as_canonical_u64(&e));
    let (first, last) = (&pieces[0].chunk, &pieces[pieces.len() - 1].chunk);
    let after = last.replay(registry).unwrap().after;
    assert_eq!((statement.before.root, statement.after.root), (canonical(first.before.root), canonical(after.root)));
    assert_eq!((statement.before.data, statement.after.data), (canonical(first.before.data), canonical(after.data)));
    assert_eq!(statement.after.count, pieces.iter().map(|piece| piece.chunk.transactions.len() as u64).sum::<u64>());
    assert!(statement.after.fees > 0);
    assert_eq!((statement.after.fees, statement.context.number), (after.fees, block));
}

/// Accepted under the built-in key by who names the level; by nobody if it is altered or called something else.
fn assert_accepted_as(level: SecurityLevel, file: &[u8], statement: &Statement) {
    let named = Acceptable::new().levels(&[level]).parameters(statement.parameters);
    assert_eq!(verify(file, &named), Ok(*statement));
    let exact = named.clone().root_before(statement.before.root).root_after(statement.after.root);
    assert_eq!(verify(file, &exact), Ok(*statement));

    type Change = fn(&mut Statement);
    let changes: [(&str, Change); 10] = [
        ("block", |s| s.context.number += 1),
        ("time", |s| s.context.timestamp += 1),
        ("root before", |s| s.before.root[0] ^= 1),
        ("root after", |s| s.after.root[3] ^= 1),
        ("data", |s| s.after.data[0] ^= 1),
        ("inbox", |s| s.after.inbox[1] ^= 1),
        ("outbox", |s| s.before.outbox[2] ^= 1),
        ("count", |s| s.after.count += 1),
        ("fees", |s| s.after.fees -= 1),
        ("fees earlier", |s| s.before.fees += 1),
    ];
    for (name, change) in changes {
        let mut altered = ProofFile::from_bytes(file).unwrap();
        change(&mut altered.statement);
        let refused = verify(&altered.to_bytes(), &named);
        match name {
            // Compared with the context before the proof is looked at.
            "fees earlier" => assert!(matches!(refused, Err(VerifyError::FeesBefore { .. })), "{refused:?}"),
            _ => assert_eq!(refused, Err(VerifyError::StatementMismatch), "{name}"),
        }
    }
    let mut altered = ProofFile::from_bytes(file).unwrap();
    altered.statement.parameters[0] ^= 1;
    let found = altered.statement.parameters;
    assert_eq!(verify(&altered.to_bytes(), &named), Err(VerifyError::Parameters { found }));

    for other in SecurityLevel::ALL.into_iter().filter(|other| *other != level) {
        let others = Acceptable::new().levels(&[other]);
        assert_eq!(verify(file, &others), Err(VerifyError::LevelNotAccepted { level }));
        let mut relabelled = ProofFile::from_bytes(file).unwrap();
        relabelled.level = other;
        assert!(matches!(verify(&relabelled.to_bytes(), &others), Err(VerifyError::CircuitSet { .. })), "{other}");
    }
}

/// A default verifier takes nothing but the provable level, and says so.
fn assert_refused_by_name(level: SecurityLevel, file: &[u8]) {
    let refused = verify(file, &Acceptable::new()).unwrap_err();
    assert_eq!(refused, VerifyError::LevelNotAccepted { level });
    assert!(refused.to_string().contains(level.name()), "{refused}");
}

#[test]
fn payments_at_the_conjectured_level() {
    let (file, statement, merges) = prove(Security::Conjectured100, &PAYMENTS, 1, 2);
    assert_eq!(merges, 1);
    assert_accepted_as(SecurityLevel::Conjectured100, &file, &statement);
    assert_refused_by_name(SecurityLevel::Conjectured100, &file);
}

/// Payments, swaps and liquidity; three chunks, so that a merge is merged with a wrap.
#[test]
fn a_mixed_batch_at_the_conjectured_level() {
    let spec = Spec { transactions: 40, users: 6, chain_id: 6, mix: Mix::MIXED, ..PAYMENTS };
    let (file, statement, merges) = prove(Security::Conjectured100, &spec, 9, 3);
    assert_eq!(merges, 2);
    assert_accepted_as(SecurityLevel::Conjectured100, &file, &statement);
    assert_refused_by_name(SecurityLevel::Conjectured100, &file);
}

#[test]
fn payments_at_the_provable_level() {
    let (file, statement, merges) = prove(Security::Provable100, &PAYMENTS, 1, 2);
    assert_eq!(merges, 1);
    assert_accepted_as(SecurityLevel::Provable100, &file, &statement);
    assert_eq!(verify(&file, &Acceptable::new()), Ok(statement), "what everybody accepts");
}
