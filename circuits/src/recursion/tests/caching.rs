//! Sets that were built before, in whole and in pieces.

use std::fs;
use std::path::PathBuf;

use super::toy::{ToyWrap, statement, wrap};
use crate::recursion::RecursionError;
use crate::recursion::cache::Cache;
use crate::recursion::open::Pinned;
use crate::recursion::range::StockProver;
use crate::recursion::set::CircuitSet;
use crate::stark::Security;

fn open(cache: &Cache, work: usize, pinned: Option<[u64; 4]>) -> Result<CircuitSet<ToyWrap>, RecursionError> {
    let pinned = pinned.map(|root| Pinned { root, keys: &[] });
    CircuitSet::open(Security::Insecure, vec![ToyWrap { name: "cached", work }], Some(cache), pinned)
}

fn folders(folder: &tempfile::TempDir) -> Vec<PathBuf> {
    fs::read_dir(folder.path()).expect("a folder").map(|item| item.expect("an item").path()).collect()
}

#[test]
fn a_set_survives_its_process_and_damage_to_its_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cache = Cache::at(folder.path(), 8 << 30);
    let root = open(&cache, 10, None).expect("builds").root();
    let files = folders(&folder).remove(0);

    // Whole: both circuits come from the files.
    let set = open(&cache, 10, Some(root)).expect("restores");
    assert_eq!(set.root(), root);
    let parts = [wrap(&set, 0, &statement(0, 1)), wrap(&set, 0, &statement(1, 2))];
    set.prove_merge(&StockProver, &parts[0], &parts[1]).expect("adjacent");

    // A damaged circuit is built again, and written.
    let circuit = files.join("cached");
    let mut bytes = fs::read(&circuit).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(&circuit, &bytes).expect("written");
    let set = open(&cache, 10, Some(root)).expect("restores");
    wrap(&set, 0, &statement(0, 1));
    bytes[middle] ^= 4;
    assert!(fs::read(&circuit).expect("a file") == bytes, "not the circuit that was there");

    // Without keys everything is built again.
    fs::remove_file(files.join("keys")).expect("removed");
    assert_eq!(open(&cache, 10, Some(root)).expect("builds").root(), root);
    assert!(files.join("keys").exists());
}

/// A new user's cache: only what is proven with is built.
#[test]
fn with_pinned_keys_circuits_are_built_when_they_are_needed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [first, second] = ["a", "b"].map(|name| Cache::at(folder.path().join(name), 8 << 30));
    let built = open(&first, 10, None).expect("builds");
    let keys = built.keys().expect("written");
    let pinned = |root| Some(Pinned { root, keys: &keys });
    let wraps = |work| vec![ToyWrap { name: "cached", work }];
    let set = CircuitSet::open(Security::Insecure, wraps(10), Some(&second), pinned(built.root())).expect("known");
    assert_eq!(set.root(), built.root());
    assert!(!second.folder().exists(), "whoever proves nothing needs no cache");
    set.prepare(&[0], false).expect("builds");
    let entry = fs::read_dir(second.folder()).expect("a folder").next().expect("an item").expect("an item").path();
    let there = |name: &str| entry.join(name).is_file();
    assert!(there("cached") && !there("keys") && !there("merge"));
    assert!(set.prepare(&[1], false).is_err(), "there is no such wrap");
    let parts = [wrap(&set, 0, &statement(0, 1)), wrap(&set, 0, &statement(1, 2))];
    set.prove_merge(&StockProver, &parts[0], &parts[1]).expect("adjacent");
    assert!(there("merge"));

    // Without a cache they are built into memory.
    let alone = CircuitSet::open(Security::Insecure, wraps(10), None, pinned(built.root())).expect("known");
    wrap(&alone, 0, &statement(0, 1));

    // Keys of other circuits: nothing is proven with them.
    let third = Cache::at(folder.path().join("c"), 8 << 30);
    let stale = CircuitSet::open(Security::Insecure, wraps(11), Some(&third), pinned(built.root())).expect("known");
    assert!(matches!(stale.prepare(&[0], true), Err(RecursionError::StaleSet { name }) if name == "cached"));
}

#[test]
fn other_circuits_have_another_place_and_a_pin_is_a_pin() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cache = Cache::at(folder.path(), 8 << 30);
    let root = open(&cache, 10, None).expect("builds").root();
    let other = open(&cache, 11, None).expect("builds").root();
    assert_ne!(root, other);
    assert_eq!(folders(&folder).len(), 2);
    let refused = open(&cache, 11, Some(root));
    assert!(
        matches!(refused, Err(RecursionError::PinMismatch { found, pinned, .. }) if found == other && pinned == root)
    );
}
