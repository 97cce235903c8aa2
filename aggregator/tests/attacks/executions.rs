//! Operators who prove what did not happen: forged, replayed, reordered transactions, other states.

use braid_circuits::leaf::execution::Execution;
use braid_circuits::leaf::machine;
use braid_circuits::leaf::shape::Shape;
use braid_circuits::stark::{Val, VerifyError};
use braid_primitives::schnorr::SecretKey;
use braid_witness::record::ChunkRecord;
use p3_field::PrimeCharacteristicRing;

use super::WORLD;

/// A proof by an operator who does not care whether the rows are honest; accepted or not by the native verifier.
fn forged(change: impl FnOnce(&mut ChunkRecord)) -> Result<(), VerifyError> {
    let world = &*WORLD;
    let chunk = &world.pieces[0].chunk;
    let mut record = chunk.replay(&world.registry).unwrap();
    change(&mut record);
    let execution = Execution::new(chunk, &record, &world.registry).unwrap();
    let traces = machine::traces(&execution, Shape::Small).expect("a few rows more than the chunk's");
    let setup = world.level.leaf(Shape::Small).setup();
    let proof = setup.prove(&traces.main, &traces.public_values).unwrap();
    setup.verify(&proof, &traces.public_values)
}

/// The rows do not satisfy the constraints, or a bus does not balance.
fn assert_refused(result: Result<(), VerifyError>) {
    assert!(matches!(result, Err(VerifyError::Invalid(_))), "{result:?}");
}

#[test]
fn an_honest_record_is_proven_the_same_way() {
    forged(|_| ()).unwrap();
}

#[test]
fn a_forged_signature() {
    // Signed by somebody else's key.
    let world = &*WORLD;
    let mut chunk = world.pieces[0].chunk.clone();
    let record = chunk.replay(&world.registry).unwrap();
    let stranger = SecretKey::for_development(99, 99);
    let forgery =
        braid_primitives::schnorr::sign(&stranger, chunk.parameters.chain_id, record.transactions[0].digests[0]);
    chunk.transactions[0].signatures[0] = forgery;
    assert!(chunk.replay(&world.registry).is_err());
    assert_refused(forged(|record| record.transactions[0].signatures[0] = forgery));
    // Honest signatures under each other's messages.
    assert_refused(forged(|record| {
        let other = record.transactions[1].signatures[0];
        record.transactions[0].signatures[0] = other;
    }));
    // A key that signs, in place of the one on the page.
    assert_refused(forged(|record| {
        let digest = record.transactions[0].digests[0];
        record.transactions[0].keys[0] = stranger.public_key().0;
        record.transactions[0].signatures[0] =
            braid_primitives::schnorr::sign(&stranger, WORLD.parameters.chain_id, digest);
    }));
}

#[test]
fn a_replayed_transaction() {
    let world = &*WORLD;
    let mut chunk = world.pieces[0].chunk.clone();
    chunk.transactions.insert(1, chunk.transactions[0].clone());
    assert!(chunk.replay(&world.registry).is_err(), "its nonce is used up");
    assert_refused(forged(|record| {
        record.transactions.insert(1, record.transactions[0].clone());
        record.after.count += 1;
    }));
    // Twice in the counter only.
    assert_refused(forged(|record| record.after.count += 1));
}

#[test]
fn reordered_and_missing_transactions() {
    let world = &*WORLD;
    let transactions = &world.pieces[0].chunk.transactions;
    // Two of one sender: their nonces follow each other.
    let sender = |i: usize| transactions[i].operands[0];
    let pairs = (0..transactions.len()).flat_map(|j| (0..j).map(move |i| (i, j)));
    let (i, j) = pairs.into_iter().find(|&(i, j)| sender(i) == sender(j)).expect("more transactions than users");
    let mut chunk = world.pieces[0].chunk.clone();
    chunk.transactions.swap(i, j);
    assert!(chunk.replay(&world.registry).is_err());
    assert_refused(forged(|record| record.transactions.swap(i, j)));
    assert_refused(forged(|record| {
        record.transactions.remove(0);
        record.after.count -= 1;
    }));
}

#[test]
fn another_state_than_the_executed_one() {
    assert_refused(forged(|record| record.before.root[0] += Val::ONE));
    assert_refused(forged(|record| record.after.root[0] += Val::ONE));
    assert_refused(forged(|record| record.after.data[3] += Val::ONE));
    assert_refused(forged(|record| record.after.inbox[3] += Val::ONE));
    assert_refused(forged(|record| record.after.outbox[3] += Val::ONE));
    assert_refused(forged(|record| record.after.fees += 1));
    assert_refused(forged(|record| record.touches[0].new[7] += Val::ONE));
    assert_refused(forged(|record| record.transactions[0].operands[3] += Val::ONE));
}
