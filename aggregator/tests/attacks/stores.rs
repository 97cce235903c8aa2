//! A store that hands out the wrong artifact: a valid proof, of something else.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use braid_aggregator::batch::BatchProver;
use braid_aggregator::schedule::Workers;
use braid_prover::plonk::FastProver;
use braid_prover::store::{ArtifactKey, ArtifactStore, FolderStore, StoreError};
use braid_witness::Interpreter;

use super::WORLD;

/// A store that gives everybody the artifacts of one batch's first chunk, whatever they ask for.
struct Confused {
    inner: FolderStore,
    lie: Mutex<Option<Vec<u8>>>,
}

impl ArtifactStore for Confused {
    fn get(&self, key: &ArtifactKey) -> Result<Option<Vec<u8>>, StoreError> {
        match self.lie.lock().unwrap().take() {
            Some(lie) => Ok(Some(lie)),
            None => self.inner.get(key),
        }
    }
    fn put(&self, key: &ArtifactKey, artifact: &[u8]) -> Result<(), StoreError> {
        self.inner.put(key, artifact)
    }
    fn remove(&self, key: &ArtifactKey) -> Result<(), StoreError> {
        self.inner.remove(key)
    }
}

#[test]
fn artifacts_of_another_batch_under_this_batchs_keys() {
    let world = &*WORLD;
    let interpreter = Interpreter::new(&world.registry).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let inner = FolderStore::open(folder.path()).unwrap();
    let pieces = &world.pieces[..1];
    // A valid proof of another range of the same set: that of the second chunk.
    let store = Confused { inner, lie: Mutex::new(Some(world.ranges[1].to_bytes())) };
    let recursion = FastProver::new();
    let prover = BatchProver {
        level: &world.level,
        registry: &world.registry,
        interpreter: &interpreter,
        store: &store,
        recursion: &recursion,
    };
    let workers = Workers { count: 1, memory: u64::MAX };
    let proof = prover.prove(pieces, workers, &(), &AtomicBool::new(false)).unwrap();
    assert_eq!(proof.range.statement(), world.ranges[0].statement());
}
