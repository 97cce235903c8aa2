//! Page updates of Braid's state tree, beside the hashing that they cannot do without and beside other trees.
//!
//! Every batch is applied in turn by all: the floor, our tree on one thread and on all, our store, and with `--peers` the crates
//! `jmt` and `nomt` as child processes. What is compared so lies seconds apart, and ratios hold on a busy machine.
//! Figures are the least of the repetitions, each of which is another batch.
//!
//! * A *page* is one of the state's, 64 bytes; each account has one. Pages that a batch writes twice count once.
//! * The *floor* is as many Poseidon2 permutations as the batch has leaves and inner nodes above them, packed, one after the
//!   other on states in the first cache: no gathering of children, no writing of digests.
//! * *Durable* is until the operating system says that the disk has it.
//!
//! It prints Markdown and, last, one line of JSON.

mod batches;
mod floor;
mod ours;
mod peers;

use braid_primitives::memory::HugePages;
use std::error::Error;
use std::path::PathBuf;
use tikv_jemallocator::Jemalloc;

use clap::Parser;
use serde_json::{Value, json};

use batches::{Batches, Traffic};
use ours::Ours;
use peers::{Peer, Process};

#[global_allocator]
static ALLOCATOR: HugePages<Jemalloc> = HugePages::new(Jemalloc);

/// What every part may fail with.
type Failure = Box<dyn Error + Send + Sync>;

/// Measures page updates of the state tree.
#[derive(Parser)]
struct Arguments {
    /// log2 of the number of accounts, each with one page
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(6..=24))]
    accounts_log2: u32,
    /// Updates in a batch
    #[arg(long, value_delimiter = ',', value_name = "N,…", default_value = "10000,100000")]
    updates: Vec<usize>,
    /// Batches of each kind
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,
    /// Other trees to measure; built first, in a package of their own
    #[arg(long, value_delimiter = ',', value_name = "PEER,…")]
    peers: Vec<Peer>,
    /// Folder for what is durable; a temporary one by default
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Quantities of one kind of batch, each the least of the repetitions, in the order in which they were first measured.
#[derive(Default)]
struct Least(Vec<(String, f64)>);

impl Least {
    fn add(&mut self, name: impl Into<String>, value: f64) {
        let name = name.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, least)) => *least = least.min(value),
            None => self.0.push((name, value)),
        }
    }

    fn get(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let folder = match &arguments.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let cores = std::thread::available_parallelism()?.get();
    if !arguments.peers.is_empty() {
        peers::build(&arguments.peers)?;
    }
    let mut ours = Ours::new(arguments.accounts_log2, cores, folder.path())?;
    let start = |peer: &Peer| Process::start(*peer, arguments.accounts_log2, folder.path());
    let mut others: Vec<Process> = arguments.peers.iter().map(start).collect::<Result<_, _>>()?;
    let mut batches = Batches::new(arguments.accounts_log2);
    let mut measured = Vec::new();
    for &updates in &arguments.updates {
        for traffic in Traffic::ALL {
            let mut least = Least::default();
            let mut sizes = [0, 0];
            for _ in 0..arguments.repetitions {
                let batch = batches.draw(traffic, updates);
                sizes = ours.measure(&batch, &mut least)?;
                for other in &mut others {
                    other.measure(&batch, &mut least)?;
                }
            }
            measured.push(row(traffic, updates, sizes, &least));
        }
    }
    ours.check()?;
    for other in others {
        other.end()?;
    }
    print(&measured, cores);
    println!(
        "\n{}",
        json!({ "cores": cores, "repetitions": arguments.repetitions, "accounts_log2": arguments.accounts_log2,
            "measured": measured })
    );
    Ok(())
}

/// What is said of one kind of batch. `sizes` are pages and permutations of the last one.
fn row(traffic: Traffic, updates: usize, [pages, permutations]: [usize; 2], least: &Least) -> Value {
    let per_second: serde_json::Map<String, Value> = least
        .0
        .iter()
        .filter_map(|(name, ns)| Some((name.strip_suffix("/page")?.to_owned(), json!(1e9 / ns))))
        .collect();
    let ratio = |threads: &str, time: &str| {
        Some(least.get(&format!("update, {threads}, {time}"))? / least.get(&format!("floor, {threads}, {time}"))?)
    };
    json!({ "traffic": traffic.name(), "updates": updates, "pages": pages, "permutations": permutations,
        "pages_per_second": per_second,
        "floor_ns": least.get("floor, 1 thread, processor"),
        "to_floor": { "one_wall": ratio("1 thread", "wall"), "one_processor": ratio("1 thread", "processor"),
            "all_wall": ratio("all threads", "wall"), "all_processor": ratio("all threads", "processor") } })
}

fn print(measured: &[Value], cores: usize) {
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    println!(
        "| traffic | updates | pages | permutations a page | to the floor, 1 thread: wall, processor | {cores} threads: wall, processor |"
    );
    println!("|---|---|---|---|---|---|");
    for row in measured {
        let ratio = &row["to_floor"];
        println!(
            "| {} | {} | {} | {:.1} | {:.2}, {:.2} | {:.2}, {:.2} |",
            row["traffic"].as_str().unwrap_or_default(),
            row["updates"],
            row["pages"],
            number(&row["permutations"]) / number(&row["pages"]),
            number(&ratio["one_wall"]),
            number(&ratio["one_processor"]),
            number(&ratio["all_wall"]),
            number(&ratio["all_processor"]),
        );
    }
    let names = measured.first().and_then(|row| row["pages_per_second"].as_object()).into_iter().flatten();
    let heads: Vec<String> = measured
        .iter()
        .map(|row| format!("{}, {}", row["traffic"].as_str().unwrap_or_default(), row["updates"]))
        .collect();
    println!("\n| pages a second | {} |\n|---|{}", heads.join(" | "), "---|".repeat(heads.len()));
    for (name, _) in names {
        let cells: Vec<String> =
            measured.iter().map(|row| format!("{:.0}", number(&row["pages_per_second"][name]))).collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
}
