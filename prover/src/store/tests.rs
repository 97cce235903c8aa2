use std::fs;

use super::{ArtifactStore, FolderStore, KeyBuilder};

fn key(name: &str) -> super::ArtifactKey {
    KeyBuilder::new("test", 1).with(name.as_bytes()).finish()
}

#[test]
fn what_is_stored_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::open(folder.path()).unwrap();
    assert_eq!(store.get(&key("a")).unwrap(), None);
    store.put(&key("a"), b"proof").unwrap();
    store.put(&key("empty"), b"").unwrap();
    assert_eq!(store.get(&key("a")).unwrap().as_deref(), Some(&b"proof"[..]));
    assert_eq!(store.get(&key("empty")).unwrap().as_deref(), Some(&b""[..]));
    assert_eq!(store.get(&key("b")).unwrap(), None);
    store.remove(&key("a")).unwrap();
    store.remove(&key("a")).unwrap();
    assert_eq!(store.get(&key("a")).unwrap(), None);
}

#[test]
fn a_damaged_artifact_is_absent_and_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::open(folder.path()).unwrap();
    let path = store.path(&key("a"));
    for length in 0..60 {
        store.put(&key("a"), b"twenty bytes of proof").unwrap();
        let whole = fs::read(&path).unwrap();
        let mut damaged = whole.clone();
        if length < whole.len() {
            damaged.truncate(length);
        } else {
            damaged[length % whole.len()] ^= 1;
        }
        fs::write(&path, &damaged).unwrap();
        assert_eq!(store.get(&key("a")).unwrap(), None);
        assert!(!path.exists());
    }
}

#[test]
fn leftovers_of_a_killed_writer_are_removed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str| fs::write(folder.path().join(name), b"half").unwrap();
    let key = key("a").to_string();
    [format!("{key}.1.part"), "run.17.part".to_owned()].iter().for_each(|name| write(name));
    let others = [
        "film.part".to_owned(),
        "x.1.part".to_owned(),
        format!("{key}.part"),
        format!("{key}.x.part"),
        format!("{}.1.part", &key[1..]),
        format!("{}.1.part", key.to_uppercase()),
        "run.json".to_owned(),
        "x.artifact".to_owned(),
    ];
    others.iter().for_each(|name| write(name));
    let store = FolderStore::open(folder.path()).unwrap();
    let names = || -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        names.into_iter().map(|name| name.into_string().unwrap()).collect()
    };
    let mut expected = others.to_vec();
    expected.sort();
    assert_eq!(names(), expected);

    // Nor are they when the store is given up.
    store.put(&super::KeyBuilder::new("test", 1).finish(), b"proof").unwrap();
    assert!(store.holds_artifacts().unwrap());
    store.remove_all(&["run.json"]).unwrap();
    expected.retain(|name| name != "run.json");
    assert_eq!(names(), expected);
}

#[test]
fn a_store_given_up_leaves_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::open(folder.path().join("store")).unwrap();
    assert!(!store.holds_artifacts().unwrap());
    store.put(&key("a"), b"proof").unwrap();
    fs::write(store.folder().join("run.json"), b"{}").unwrap();
    store.remove_all(&["run.json"]).unwrap();
    assert!(!folder.path().join("store").exists());
}

#[test]
fn errors_name_the_file_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    let error = FolderStore::open(file.join("store")).unwrap_err();
    assert!(error.to_string().contains("file/store"), "{error}");
}

#[test]
fn keys_depend_on_every_input_and_its_length() {
    let one = KeyBuilder::new("leaf", 1).with(b"ab").with(b"c").finish();
    let other = KeyBuilder::new("leaf", 1).with(b"a").with(b"bc").finish();
    assert_ne!(one, other);
    assert_ne!(KeyBuilder::new("leaf", 2).finish(), KeyBuilder::new("leaf", 1).finish());
    assert_ne!(KeyBuilder::new("wrap", 1).finish(), KeyBuilder::new("leaf", 1).finish());
}
