//! A disk that takes no more: the limit on the size of a file makes every larger write fail, as a full disk does.

use std::path::Path;
use std::process::{Command, Output};

use super::{Place, artifacts, assert_nothing_half, braid_behind, failed, files, prove, report, run};

/// A run that can write files of so many bytes at most. Without the trap the limit would kill it.
fn limited(bytes: u64, arguments: &[&str]) -> Output {
    // POSIX counts in blocks of 512 bytes; a shell that counts in larger ones only allows more.
    let shell = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", bytes / 512);
    braid_behind(&shell, arguments).output().unwrap()
}

/// What these tests stand on; some shells count in blocks of 1024 bytes.
#[test]
fn the_limit_holds() {
    let folder = tempfile::tempdir().unwrap();
    let shell = "trap '' XFSZ; ulimit -f 1; head -c 100000 /dev/zero > \"$1\" 2> /dev/null";
    let status = Command::new("sh").args(["-c", shell, "sh"]).arg(folder.path().join("file")).status().unwrap();
    assert!(!status.success());
    assert!(std::fs::metadata(folder.path().join("file")).unwrap().len() <= 1024);
}

#[test]
fn proofs_that_do_not_fit_leave_nothing() {
    let place = Place::with_chain();
    let (file, chain, out) = (place.word("payday.jsonl"), place.word("chain"), place.word("payday.proof"));
    // The same block in all runs: a finished one leaves no word of its own.
    let arguments = [&prove(&file, &out)[..], &["--chain", &chain, "--timestamp", "1790000000"]].concat();
    // Circuits are in the cache, so that nothing else is too large.
    run(&prove(&file, &place.word("elsewhere.proof")));
    let before = state(&place);

    // Not even the first proof of a chunk.
    let error = failed(limited(8 << 10, &arguments), 4);
    assert!(error.contains("payday.proof.work") && error.contains("too large"), "{error}");
    assert_eq!((state(&place), artifacts(&place.path("payday.proof.work"))), (before.clone(), vec![]));
    assert!(!place.path("payday.proof").exists());
    assert_nothing_half(place.folder.path());

    // Everything but the last file.
    run(&[&arguments[..], &["--keep"]].concat());
    let size = std::fs::metadata(place.path("payday.proof")).unwrap().len();
    std::fs::write(place.path("chain/state"), &before).unwrap();
    std::fs::remove_file(place.path("payday.proof")).unwrap();
    assert!(artifacts(&place.path("payday.proof.work")).len() > 3);
    let error = failed(limited(size / 4, &arguments), 4);
    assert!(error.contains("payday.proof") && !error.contains(".artifact"), "{error}");
    assert_eq!(state(&place), before, "a chain without proof has not moved");
    assert!(!place.path("payday.proof").exists());
    assert_nothing_half(place.folder.path());

    // With room again, nothing is proven twice.
    let report = report(super::braid(&[&arguments[..], &["--json"]].concat()).output().unwrap());
    assert!(report["reused"].as_u64().unwrap() > 3, "{report}");
    assert_ne!(state(&place), before);
    run(&["verify", &out, "--accept", "insecure", "--chain", &chain]);
}

/// A key that is not on the disk is none, and neither is its file.
#[test]
fn a_key_that_does_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.key");
    let error = failed(limited(0, &["keys", "new", "--out", path.to_str().unwrap()]), 4);
    assert!(error.contains("new.key"), "{error}");
    assert_eq!(files(folder.path()), [] as [std::path::PathBuf; 0]);
}

fn state(place: &Place) -> Vec<u8> {
    std::fs::read(place.path("chain/state")).unwrap()
}

/// Circuits that do not fit the cache are an error, and no half of them is left.
#[test]
fn a_cache_without_room() {
    let place = Place::with_payments(3);
    let (file, out, cache) = (place.word("batch.jsonl"), place.word("batch.proof"), place.path("cache"));
    let shell = "trap '' XFSZ; ulimit -f 64; exec \"$@\"";
    let output = braid_behind(shell, &prove(&file, &out)).env("BRAID_CACHE", &cache).output().unwrap();
    let error = failed(output, 4);
    assert!(error.contains(cache.to_str().unwrap()), "{error}");
    let left: Vec<_> =
        files(&cache).into_iter().filter(|path| path.file_name() != Some(Path::new("lock").as_os_str())).collect();
    assert_eq!(left, [] as [std::path::PathBuf; 0]);
    assert!(!place.path("batch.proof").exists());
}
