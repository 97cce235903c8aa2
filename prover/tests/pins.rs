//! The identity of all circuits is pinned in the repository: a change of one is a reviewed diff, and an entry of the
//! changelog. `BRAID_PIN=insecure,conjectured-100,provable-100 cargo test --release -p braid-prover --test pins` writes
//! the pins of these levels anew; the secure ones take minutes.

use std::path::{Path, PathBuf};

use braid_circuits::leaf::shape::Shape;
use braid_circuits::recursion::cache::Cache;
use braid_circuits::stark::Security;
use braid_contracts::Registry;
use braid_prover::leaf::LeafCircuit;
use braid_prover::level::Level;
use braid_verifier::CircuitSetKey;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn tiny(security: Security, registry: &Registry) -> LeafCircuit {
    LeafCircuit::new(security, Shape::Tiny, registry).unwrap()
}

/// Files of a level: the key that the verifier embeds, the pins that people read, and the keys that provers start with.
fn files(security: Security) -> [PathBuf; 3] {
    let name = security.name();
    let files = [
        format!("verifier/keys/{name}.key"),
        format!("circuits/pins/{name}.json"),
        format!("circuits/pins/{name}.keys"),
    ];
    files.map(|file| repository().join(file))
}

fn contents(level: &Level) -> [Vec<u8>; 3] {
    let key = level.verifier_key().unwrap();
    let pins = serde_json::to_vec_pretty(&level.set().pins(&key).unwrap()).unwrap();
    [key.to_bytes(), [pins, b"\n".to_vec()].concat(), level.set().keys().unwrap()]
}

#[test]
fn insecure_circuits_are_the_pinned_ones() {
    let registry = Registry::builtin();
    let chosen = std::env::var("BRAID_PIN").unwrap_or_default();
    for security in Security::ALL.into_iter().filter(|level| chosen.split(',').any(|name| name == level.name())) {
        let level = Level::build(&tiny(security, &registry)).unwrap();
        for (file, content) in files(security).iter().zip(contents(&level)) {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, content).unwrap();
        }
    }
    let level = Level::build(&tiny(Security::Insecure, &registry)).unwrap();
    for (file, content) in files(Security::Insecure).iter().zip(contents(&level)) {
        assert!(std::fs::read(file).unwrap() == content, "{} is not what the code makes", file.display());
    }
}

/// A level starts with its pinned keys, and builds nothing for that.
#[test]
fn every_level_is_known_by_its_pins() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path(), 0);
    for security in Security::ALL {
        let level = Level::open(&tiny(security, &Registry::builtin()), Some(&cache)).unwrap();
        for (file, content) in files(security).iter().zip(contents(&level)) {
            assert!(std::fs::read(file).unwrap() == content, "{} is of other circuits", file.display());
        }
    }
    let sets = std::fs::read_dir(folder.path()).unwrap();
    assert!(sets.flatten().all(|set| std::fs::read_dir(set.path()).unwrap().next().is_none()), "nothing was built");
}

/// Circuits take minutes at the secure levels; the fixed tables take moments at all of them.
#[test]
fn every_level_pins_the_programs_root_of_the_built_in_registry() {
    let registry = Registry::builtin();
    for security in Security::ALL {
        let key = CircuitSetKey::built_in(security.into()).unwrap();
        let root = Level::open(&tiny(security, &registry), None).unwrap().programs_root();
        let root = root.map(|element| p3_field::PrimeField64::as_canonical_u64(&element));
        assert_eq!(key.programs_root(), root, "{}", security.name());
    }
}
