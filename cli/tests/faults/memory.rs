//! A run keeps to the memory it is told to use (DECISIONS 35): behind a limit that the system enforces, it comes to its
//! end by choosing smaller chunks and fewer proofs at a time. Without the choice it would be killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use super::{Place, braid, braid_behind, failed, report};

/// How the system keeps a process within so many bytes.
enum Limit {
    /// A control group of its own, removed afterwards.
    Group(PathBuf),
    /// A limit on the address space, of which an allocator reserves more than it uses.
    AddressSpace(u64),
}

impl Limit {
    /// A control group of version 2 or 1 where this user may make one, else a limit of the shell.
    fn new(bytes: u64) -> Self {
        let name = format!("braid-test-{}-{bytes}", std::process::id());
        let groups = [
            ("/sys/fs/cgroup", "memory.max", "memory.swap.max"),
            ("/sys/fs/cgroup/unified", "memory.max", "memory.swap.max"),
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes"),
        ];
        for (parent, limit, with_swap) in groups {
            let group = Path::new(parent).join(&name);
            if fs::create_dir(&group).is_err() {
                continue;
            }
            if group.join("cgroup.procs").exists() && fs::write(group.join(limit), bytes.to_string()).is_ok() {
                // Version 2 counts swap beside the limit, version 1 with it; a machine without swap has neither file.
                let swap = if limit == "memory.max" { 0 } else { bytes };
                let _ = fs::write(group.join(with_swap), swap.to_string());
                return Self::Group(group);
            }
            let _ = fs::remove_dir(group);
        }
        Self::AddressSpace(3 * bytes)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let shell = match self {
            Self::Group(group) => format!("echo $$ > {}/cgroup.procs && exec \"$@\"", group.display()),
            Self::AddressSpace(bytes) => format!("ulimit -v {} && exec \"$@\"", bytes >> 10),
        };
        braid_behind(&shell, arguments).output().unwrap()
    }

    fn name(&self) -> String {
        match self {
            Self::Group(group) => format!("control group {}", group.display()),
            Self::AddressSpace(bytes) => format!("address space of {} MiB, for want of a control group", bytes >> 20),
        }
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        if let Self::Group(group) = self {
            let _ = fs::remove_dir(group);
        }
    }
}

/// Payments that suit a chunk of the small shape, which needs two gigabytes, or several tiny ones.
const PAYMENTS: u32 = 90;

#[test]
fn a_run_keeps_to_its_limit() {
    let place = Place::with_payments(PAYMENTS);
    let (file, out) = (place.word("batch.jsonl"), place.word("batch.proof"));
    let arguments =
        ["prove", &file, "--out", &out, "--security", "insecure", "--workers", "4", "--json", "--overwrite"];
    // Circuits that are built for the first time take what they take; they are then in the cache.
    let whole = report(braid(&[&arguments[..], &["--shape", "tiny", "--memory", "4"]].concat()).output().unwrap());

    let bytes = 768 << 20;
    let limit = Limit::new(bytes);
    let report = report(limit.run(&[&arguments[..], &["--memory", "0.75"]].concat()));
    let peak = report["peak_memory"].as_u64().unwrap();
    println!("{}: {} MiB of {} MiB", limit.name(), peak >> 20, bytes >> 20);
    assert_eq!(report["chunks"], whole["chunks"], "tiny chunks, without being asked for");
    assert!(peak <= bytes, "{peak}");

    // The limit is one: a run that is told of more than there is takes a chunk of the small shape, and comes to no end.
    let control = place.word("control.proof");
    let arguments = ["prove", &file, "--out", &control, "--security", "insecure", "--shape", "small", "--memory", "4"];
    let killed = limit.run(&arguments);
    assert!(!killed.status.success() && !place.path("control.proof").exists(), "{killed:?}");
}

#[test]
fn too_little_memory_is_named() {
    let place = Place::with_payments(PAYMENTS);
    let (file, out) = (place.word("batch.jsonl"), place.word("batch.proof"));
    let cases: [(&[&str], u64, &str); 2] = [
        (&["--shape", "small", "--memory", "0.3"], 307, "raise --memory or choose a smaller --shape"),
        // There is no smaller one to choose.
        (&["--memory", "0.1"], 102, "raise --memory; tiny is the smallest shape, and a batch of one chunk needs less"),
    ];
    for (options, allowed, advice) in cases {
        let arguments = [&["prove", &file, "--out", &out, "--security", "insecure"], options].concat();
        let error = failed(braid(&arguments).output().unwrap(), 4);
        assert!(error.contains("leaf") && error.contains(" needs "), "{error}");
        // Circuits that are loaded may have taken their part of what was allowed.
        let (before, after) = error.split_once(" MiB are allowed: ").expect(&error);
        let left: u64 = before.rsplit(' ').next().unwrap().parse().expect(&error);
        assert!(left <= allowed && after.starts_with(advice), "{error}");
        assert!(!place.path("batch.proof").exists());
    }
}
