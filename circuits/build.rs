//! Names the version of the recursion circuits' code: circuits that an older version built are not found in the cache.

use std::fs;
use std::path::{Path, PathBuf};

/// The code that decides what a recursion circuit is, given the tables of the leaf (which name themselves).
const FOLDERS: [&str; 2] = ["src/recursion", "src/stark"];

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for item in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = item.path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn main() {
    let mut files = Vec::new();
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed={folder}");
        sources(Path::new(folder), &mut files);
    }
    files.retain(|path| !path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tests")));
    files.sort();
    // FNV-1a: told apart are versions of one developer's code, not forgeries.
    let mut sum: u64 = 0xcbf2_9ce4_8422_2325;
    for path in files {
        for byte in fs::read(path).unwrap_or_default() {
            sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    println!("cargo::rustc-env=BRAID_RECURSION_SOURCE={sum:016x}");
}
