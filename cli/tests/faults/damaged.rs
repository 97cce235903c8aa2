//! Files that are not what they should be: circuits in the cache, proofs.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Place, braid, circuits, done, failed, files, prove, run};

/// A copy of the circuits of the level for tests, and the folder of their set.
fn cached(place: &Place) -> PathBuf {
    let sets = fs::read_dir(circuits()).unwrap().flatten().map(|entry| entry.path());
    let newest = sets
        .filter(|set| set.file_name().unwrap().to_str().unwrap().starts_with("insecure-"))
        .max_by_key(|set| fs::metadata(set.join("lock")).unwrap().modified().unwrap())
        .unwrap();
    let copy = place.path("cache").join(newest.file_name().unwrap());
    fs::create_dir_all(&copy).unwrap();
    // Other tests put circuits there meanwhile.
    for file in files(&newest).into_iter().filter(|file| file.extension().is_none()) {
        fs::copy(&file, copy.join(file.file_name().unwrap())).unwrap();
    }
    copy
}

fn contents(set: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = files(set).into_iter().filter(|path| !path.ends_with("lock"));
    files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Whatever lies in the cache, the right circuits are used, and are there again afterwards.
#[test]
fn damaged_and_foreign_circuits_are_built_again() {
    // Two chunks, so that there is a merge, too.
    let place = Place::with_payments(40);
    let (file, out) = (place.word("batch.jsonl"), place.word("batch.proof"));
    // So that there are circuits to copy.
    run(&prove(&file, &out));
    let set = cached(&place);
    let whole = contents(&set);
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 3] = [
        ("a bit of a circuit flipped", |set| {
            let mut bytes = fs::read(set.join("tiny")).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(set.join("tiny"), bytes).unwrap();
        }),
        // Whole, with the right checksum, and not the circuit of that name.
        ("a foreign circuit", |set| _ = fs::copy(set.join("merge"), set.join("tiny")).unwrap()),
        ("no circuit", |set| fs::remove_file(set.join("merge")).unwrap()),
    ];
    for (what, damage) in damages {
        damage(&set);
        assert_ne!(contents(&set), whole, "{what}");
        fs::remove_file(&out).unwrap();
        done(braid(&prove(&file, &out)).env("BRAID_CACHE", place.path("cache")).output().unwrap());
        run(&["verify", &out, "--accept", "insecure"]);
        assert!(contents(&set) == whole, "{what}: the cache is not what it was");
    }
}

/// A proof of the repository, cut off, grown, of another kind: no is the answer, which is exit code 1.
#[test]
fn files_that_are_no_proofs() {
    let place = Place::with_payments(1);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let proof = fs::read(root.join("verify-in-your-tests/batch.proof")).unwrap();
    let path = place.path("x.proof");
    let verify = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        braid(&["verify", path.to_str().unwrap(), "--accept", "conjectured-100", "--accept", "provable-100"]).output()
    };
    done(verify(&proof).unwrap());
    for length in [0, 1, 8, 11, 12, 19, 100, 500, proof.len() / 2, proof.len() - 9, proof.len() - 1] {
        failed(verify(&proof[..length]).unwrap(), 1);
    }
    failed(verify(&[&proof[..], b"\0"].concat()).unwrap(), 1);
    failed(verify(&fs::read(root.join("payday.jsonl")).unwrap()).unwrap(), 1);
    // A file that is not there is bad input instead.
    fs::remove_file(&path).unwrap();
    failed(braid(&["verify", path.to_str().unwrap()]).output().unwrap(), 3);
}
