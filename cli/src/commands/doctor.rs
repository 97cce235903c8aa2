//! `braid doctor`: what this machine has, what to expect of it, and what to mend.

use std::fmt;
use std::fs;
use std::process::ExitCode;
use std::time::Instant;

use braid_circuits::recursion::cache::Cache;
use braid_primitives::{F, poseidon};
use braid_prover::memory;
use p3_field::PrimeCharacteristicRing;
use serde::Serialize;

use crate::arguments::Arguments;
use crate::output;

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
    let findings = vec![features(), cores(), memory(), huge_pages(), cache(), speed()];
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

fn memory() -> Finding {
    let free = memory::available();
    let mend = match free >> 30 {
        0..1 => Some("below 1 GiB: only --shape tiny fits"),
        1..3 => Some("below 3 GiB: use --shape tiny"),
        3..9 => Some("below 9 GiB: use --shape small"),
        _ => None,
    };
    finding("free memory", output::bytes(free), mend)
}

fn huge_pages() -> Finding {
    let text = fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled").unwrap_or_default();
    let chosen = text.split(['[', ']']).nth(1).unwrap_or("not available").to_owned();
    let mend = "about a tenth slower: `echo madvise > /sys/kernel/mm/transparent_hugepage/enabled` as root";
    let missing = chosen != "always" && chosen != "madvise";
    finding("huge pages", chosen, missing.then_some(mend))
}

fn cache() -> Finding {
    match Cache::of_user() {
        Some(cache) => {
            let folder = cache.folder();
            let probe = folder.join("probe");
            let written = fs::create_dir_all(folder).and_then(|()| fs::write(&probe, b"")).is_ok();
            let _ = fs::remove_file(&probe);
            let mend =
                "cannot be written, so circuits are built anew at every start: set BRAID_CACHE to another folder";
            finding("circuit cache", folder.display().to_string(), (!written).then_some(mend))
        }
        None => finding("circuit cache", "no folder", Some("set BRAID_CACHE to a folder")),
    }
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
