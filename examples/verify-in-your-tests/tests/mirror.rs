//! The mirror follows a real batch, and nothing else.

use braid_verifier::{Acceptable, ProofFile, VerifyError, verify};
use verify_in_your_tests::Mirror;

const BATCH: &[u8] = include_bytes!("../batch.proof");

/// The mirror as it stood before the batch. A service would have this from the batch before, or from genesis.
fn before() -> Mirror {
    let claimed = ProofFile::from_bytes(BATCH).expect("a proof file").statement;
    Mirror { root: claimed.before.root, parameters: claimed.parameters }
}

#[test]
fn follows_a_proven_batch() {
    let mut mirror = before();
    let statement = mirror.advance(BATCH).expect("the batch is proven");
    assert_eq!(mirror.root, statement.after.root);
    assert!(statement.after.count > statement.before.count);
    // It does not follow it twice.
    assert_eq!(mirror.advance(BATCH), Err(VerifyError::RootBefore { found: statement.before.root }));
}

#[test]
fn follows_no_other_chain() {
    let mut mirror = Mirror { parameters: [1; 4], ..before() };
    assert!(matches!(mirror.advance(BATCH), Err(VerifyError::Parameters { .. })));
}

#[test]
fn a_damaged_proof_is_no_proof() {
    for position in (0..BATCH.len()).step_by(BATCH.len() / 50) {
        let mut damaged = BATCH.to_vec();
        damaged[position] ^= 1;
        let notes = ProofFile::from_bytes(BATCH).expect("a proof file").notes.len();
        if position < BATCH.len() - notes {
            assert!(verify(&damaged, &Acceptable::new()).is_err(), "byte {position}");
        }
    }
}
