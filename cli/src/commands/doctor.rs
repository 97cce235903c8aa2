//! `braid doctor`: what this machine has, what to expect of it, and what to mend.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use braid_aggregator::memory::Predicted;
use braid_circuits::leaf::shape::Shape;
use braid_circuits::stark::Security;
use braid_contracts::Registry;
use braid_primitives::{F, poseidon};
use braid_prover::memory;
use p3_field::PrimeCharacteristicRing;
use serde::Serialize;

use super::plan::figures::{Figures, Source};
use super::plan::model::Chunk;
use crate::arguments::Arguments;
use crate::{circuits, files, output};

/// What the help says after the options.
pub const EXAMPLES: &str = "Examples:
  braid doctor

Every line that says `mend` names what to do. Nothing on the machine is changed.";

#[derive(Serialize)]
struct Finding {
    what: &'static str,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

#[derive(Serialize)]
struct Diagnosis {
    findings: Vec<Finding>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut findings = vec![features(), cores(), memory()?, huge_pages(), cache()?, disk(), speed()];
    findings.extend(expected());
    output::print(&Diagnosis { findings }, arguments.json)?;
    Ok(ExitCode::SUCCESS)
}

fn finding(what: &'static str, found: impl Into<String>, mend: Option<&str>) -> Finding {
    Finding { what, found: found.into(), mend: mend.map(str::to_owned) }
}

/// Vector units: those of the build, and whether the machine has better ones.
fn features() -> Finding {
    let built = if cfg!(target_feature = "avx512ifma") {
        "AVX-512 IFMA"
    } else if cfg!(target_feature = "avx2") {
        "AVX2"
    } else {
        "portable"
    };
    #[cfg(target_arch = "x86_64")]
    let (ifma, avx2) = (std::is_x86_feature_detected!("avx512ifma"), std::is_x86_feature_detected!("avx2"));
    #[cfg(not(target_arch = "x86_64"))]
    let (ifma, avx2) = (false, false);
    let better = match built {
        "AVX2" => ifma,
        "portable" => ifma || avx2,
        _ => false,
    };
    let mend = "this program was built for a weaker processor: build it here (`cargo build --release`)";
    finding("processor", format!("built for {built}"), better.then_some(mend))
}

fn cores() -> Finding {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    finding("threads", cores.to_string(), None)
}

/// What is free, beside what a batch of several chunks of every shape needs at the level that is the default.
fn memory() -> anyhow::Result<Finding> {
    const LEVEL: Security = Security::Provable100;
    let free = memory::available();
    let level = circuits::open(LEVEL, &Registry::builtin(), None)?;
    let needed = |shape: Shape| (shape, Predicted::of(&level, vec![shape; 2]).most());
    let needed: Vec<(Shape, u64)> = Shape::ALL.into_iter().rev().map(needed).collect();
    let listed: Vec<String> = needed.iter().map(|(shape, need)| format!("{shape} {}", output::bytes(*need))).collect();
    let found =
        format!("{}; a batch of several chunks needs at {}: {}", output::bytes(free), LEVEL.name(), listed.join(", "));
    let mend = match needed.iter().find(|(_, need)| *need <= free) {
        None => Some("no shape fits: end other programs, or use a machine with more memory".to_owned()),
        Some((fits, _)) if *fits != needed[0].0 => Some(format!(
            "the largest shape that fits is {fits}, which `braid prove` finds by itself: large batches take more chunks, so end \
             other programs before them"
        )),
        Some(_) => None,
    };
    Ok(Finding { what: "free memory", found, mend })
}

fn huge_pages() -> Finding {
    let text = fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled").unwrap_or_default();
    let chosen = text.split(['[', ']']).nth(1).unwrap_or("not available").to_owned();
    let mend = "about a tenth slower: `echo madvise > /sys/kernel/mm/transparent_hugepage/enabled` as root";
    let missing = chosen != "always" && chosen != "madvise";
    finding("huge pages", chosen, missing.then_some(mend))
}

/// Where circuits are kept, what they take, and what is free there.
fn cache() -> anyhow::Result<Finding> {
    /// What the circuits of one level take at most.
    const SET: u64 = 5 << 30;
    let Some(cache) = circuits::cache()? else {
        return Ok(finding("circuit cache", "no folder", Some("set BRAID_CACHE to a folder")));
    };
    let folder = cache.folder();
    let writable = fs::create_dir_all(folder).is_ok() && files::check_writable(folder).is_ok();
    let free = free_space(folder);
    let held = size(folder);
    let room = free.map(|free| format!(", {} free on its disk", output::bytes(free))).unwrap_or_default();
    let found = format!(
        "{}: {} of at most {} GiB (BRAID_CACHE_LIMIT), the sets unused for longest go first{room}",
        folder.display(),
        output::bytes(held),
        cache.limit() >> 30
    );
    let mend = if !writable {
        Some("cannot be written, so nothing is proven: set BRAID_CACHE to another folder")
    } else if cache.limit() < SET {
        Some(
            "the circuits of one level take up to 5 GiB: raise BRAID_CACHE_LIMIT, or those of other levels are built again",
        )
    } else if held < SET && free.is_some_and(|free| free < SET) {
        Some(
            "the circuits of one level take up to 5 GiB: free some space, or set BRAID_CACHE to a folder on another disk",
        )
    } else {
        None
    };
    Ok(finding("circuit cache", found, mend))
}

/// Whether proofs and their work folders have room where this is run.
fn disk() -> Finding {
    /// More than the proofs of the chunks of a large batch take.
    const ROOM: u64 = 1 << 30;
    let here = Path::new(".");
    let free = free_space(here);
    let found = free.map_or("not known on this system".to_owned(), |free| format!("{} free", output::bytes(free)));
    let mend = if files::check_writable(here).is_err() {
        Some("cannot be written: name outputs elsewhere with --out")
    } else if free.is_some_and(|free| free < ROOM) {
        Some(
            "below 1 GiB, and a run keeps the proofs of its chunks until it is done: free some space or use --out elsewhere",
        )
    } else {
        None
    };
    finding("this folder", found, mend)
}

/// Bytes of the files below a folder.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => size(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    };
    entries.map(of).sum()
}

/// Bytes that a user may still write on the disk of a path.
#[cfg(unix)]
fn free_space(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    found.f_bavail.checked_mul(found.f_frsize)
}

#[cfg(not(unix))]
fn free_space(_: &Path) -> Option<u64> {
    None
}

/// What the machine of the built-in report did at each level: a measure to hold this one against, and no promise.
fn expected() -> Option<Finding> {
    const KIND: &str = "transfer";
    let figures = Figures::built_in().ok()?;
    let rates: Vec<String> = Security::ALL
        .into_iter()
        .filter_map(|security| {
            let Chunk { transactions, leaf, wrap, merge, rest, .. } = figures.chunk(security.name(), KIND).ok()?;
            Some(format!("{:.0} at {}", transactions as f64 / (leaf + wrap + merge + rest), security.name()))
        })
        .collect();
    let Source { date, processor, threads, load, .. } = &figures.source;
    let found = format!(
        "{} transfers a second, in full chunks; not of this machine but measured on {processor} with {}, {date}, load {load:.1}",
        rates.join(", "),
        output::count(*threads, "thread")
    );
    (!rates.is_empty()).then(|| finding("measured", found, None))
}

/// Hashes a second on one core, and what that means.
fn speed() -> Finding {
    let start = Instant::now();
    let mut state = [F::ZERO; 12];
    let mut count = 0u32;
    while start.elapsed().as_millis() < 200 {
        for _ in 0..1000 {
            poseidon::permute(&mut state);
        }
        count += 1000;
    }
    let rate = f64::from(count) / start.elapsed().as_secs_f64();
    finding("scalar hashes", format!("{:.2} million a second on one core", rate / 1e6), None)
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, Finding { what, found, mend }) in self.findings.iter().enumerate() {
            let newline = if number == 0 { "" } else { "\n" };
            write!(f, "{newline}{what:<14} {found}")?;
            if let Some(mend) = mend {
                write!(f, "\n  mend: {mend}")?;
            }
        }
        Ok(())
    }
}
