//! The report for people.

use std::fmt::Write;

use braid_benches::chart::number_text;
use braid_benches::figures::{Figure, Figures, Report};

use crate::{pictures, stock};

/// A column of a table: its heading, the end of the figure's name, and what a value is multiplied by.
type Column = (&'static str, &'static str, f64);

const MIB: f64 = 1.0 / 1048576.0;
const HOURS: f64 = 1.0 / 3600.0;

/// Columns of proven batches.
const BATCHES: [Column; 10] = [
    ("tx", "transactions", 1.0),
    ("seconds", "seconds", 1.0),
    ("tx/s", "per_second", 1.0),
    ("tx/s, proofs alone", "proving_per_second", 1.0),
    ("CPU-s per million tx", "cpu_per_million", 1.0),
    ("core-hours per million tx", "cpu_per_million", HOURS),
    ("peak, MiB", "peak_memory", MIB),
    ("predicted, MiB", "predicted_memory", MIB),
    ("proof, bytes", "proof_bytes", 1.0),
    ("verified in, ms", "verify_ms", 1.0),
];

const STAGES: [Column; 8] = [
    ("opening the chain, not counted", "stage/chain", 1.0),
    ("read, check, execute", "stage/execute", 1.0),
    ("replay", "stage/replay", 1.0),
    ("rows", "stage/rows", 1.0),
    ("leaf proofs", "stage/leaf proofs", 1.0),
    ("their checks", "stage/leaf checks", 1.0),
    ("wraps", "stage/wraps", 1.0),
    ("merges", "stage/merges", 1.0),
];

const CHUNKS: [Column; 5] = [
    ("tiny", "chunks/tiny", 1.0),
    ("small", "chunks/small", 1.0),
    ("medium", "chunks/medium", 1.0),
    ("hot", "chunks/hot", 1.0),
    ("standard", "chunks/standard", 1.0),
];

const JOBS: [Column; 4] = [
    ("tx in a full chunk", "chunk_transactions", 1.0),
    ("its leaf, s", "job/leaf", 1.0),
    ("its wrap, s", "job/wrap", 1.0),
    ("a merge, s", "job/merge", 1.0),
];

const SWEEP: [Column; 6] = [
    ("tx", "transactions", 1.0),
    ("seconds", "seconds", 1.0),
    ("tx/s", "per_second", 1.0),
    ("tx/s, proofs alone", "proving_per_second", 1.0),
    ("CPU-s per million tx", "cpu_per_million", 1.0),
    ("peak, MiB", "peak_memory", MIB),
];

const PROVERS: [Column; 6] = [
    ("plonky2, s", "plonky2", 1.0),
    ("ours, s", "ours", 1.0),
    ("ratio", "ratio", 1.0),
    ("plonky2, CPU-s", "plonky2_cpu", 1.0),
    ("ours, CPU-s", "ours_cpu", 1.0),
    ("ratio", "ratio_cpu", 1.0),
];

const HANDWRITTEN: [Column; 9] = [
    ("transfers", "transfers", 1.0),
    ("rows each", "rows_each", 1.0),
    ("for the state", "rows_state", 1.0),
    ("for hashes of what is signed", "rows_hashes", 1.0),
    ("for the signature", "rows_equation", 1.0),
    ("plonky2, s", "plonky2", 1.0),
    ("plonky2, CPU-s", "plonky2_cpu", 1.0),
    ("transfers in the time of the unit", "per_stock", 1.0),
    ("by CPU time", "per_stock_cpu", 1.0),
];

const BY_HAND: &str = "Transfers in a tree of depth 20, by the program `handwritten`: two leaves replaced, amount and balance checked, with\n\
     plonky2's own gates; the signature is the equation over EcGFp5 that Braid checks, with plonky2's Poseidon for its hashes. *Product\n\
     gate* has one gate more, for products in GF(p^5). There are no fees, records or programs: a bound from below on such circuits,\n\
     before any aggregation.";

const RATIO: [Column; 2] = [("ratio", "ratio", 1.0), ("ratio by CPU time", "ratio_cpu", 1.0)];

const BESIDE_BY_HAND: &str = "How many transfers `braid prove` brings from a file to a batch proof, with all aggregation, while stock plonky2 proves one in\n\
     such a circuit, at its quickest run. Proofs by hand are not aggregated and leave out work that Braid does, so that their cost is\n\
     bounded from below.";

/// The whole report.
pub fn text(report: &Report) -> String {
    let mut writer = Writer { text: "# What it costs\n\n".into(), report };
    head(&mut writer.text, report);
    writer.section(
        "The unit: stock plonky2, one circuit of 2^14 rows",
        &unit(report),
        Some("stock.svg"),
        &[("circuit", "stock/", &PROVERS)],
    );
    writer.section("What a circuit written by hand holds", BY_HAND, None, &[("circuit", "handwritten/", &HANDWRITTEN)]);
    writer.units();
    writer.section("Beside circuits written by hand", BESIDE_BY_HAND, None, &[("level/circuit", "by_hand/", &RATIO)]);
    writer.section(
        "Batches",
        "Signed transactions from a file to one batch proof, by `braid prove` as a child process, all threads, one proof at a\n\
         time, on a chain of as many accounts as the parameters say, drawn alike. Seconds are reading the file, execution, signatures, and all\n\
         proofs; opening the chain and loading circuits from the cache are not in them. Chunks are of the shape that holds most of this\n\
         traffic. Stages are wall time. `mixed` is 70 transfers, 25 swaps and 5 changes of liquidity in a hundred. The peak is the process's,\n\
         which holds the chain and all circuits in use beside the proof that is predicted.",
        Some("stages.svg"),
        &[
            ("level/kind", "prove/", &BATCHES),
            ("level/kind: seconds", "prove/", &STAGES),
            ("level/kind: chunks by shape", "prove/", &CHUNKS),
            ("level/kind: single proofs", "prove/", &JOBS),
        ],
    );
    writer.section(
        "Our prover for plonky2 circuits beside plonky2's, on the circuits of a level",
        "The circuits between two leaf proofs of the smallest shape and the proof of their range, by the program `plonk`.",
        None,
        &[("level/circuit", "circuits/", &PROVERS)],
    );
    let level = report.parameters.get("sweeps_at").and_then(|level| level.as_str()).unwrap_or("none");
    writer.section(
        "One chunk of transfers under changing circumstances",
        &format!("At {level}. There is no merge in these figures."),
        Some("sweeps.svg"),
        &[("circumstance", "sweep/", &SWEEP)],
    );
    writer.section(
        "Before proofs",
        "By the program `native`: nanoseconds a transaction; *plain loop* is one transaction after the other, without plan or record, on\n\
         one thread. The ratio is planning and execution, on as many threads as are named, over that loop.",
        None,
        &[
            (
                "traffic",
                "native/",
                &[
                    ("planning", "planning_ns", 1.0),
                    ("execution", "execution_ns", 1.0),
                    ("plain loop", "sequential_ns", 1.0),
                    ("ratio", "ratio", 1.0),
                ],
            ),
            (
                "one core, ns a signature",
                "",
                &[("verify", "verify_ns", 1.0), ("authenticate a transaction", "authenticate_ns", 1.0)],
            ),
        ],
    );
    writer.section(
        "The state tree",
        "By the program `tree`: batches of page updates over 2^20 accounts, in a tree of depth 24. The floor is as many packed\n\
         permutations as the batch needs, one after the other. *Durable* is with the disk's confirmation; `braid` writes its whole\n\
         state with each batch. `jmt` is over hash maps and a log, with SHA-256, on one thread; `nomt` has its own storage, Blake3 and all\n\
         threads. Neither makes a multiproof here.",
        None,
        &[
            (
                "traffic, updates",
                "tree/",
                &[
                    ("pages written", "pages", 1.0),
                    ("permutations", "permutations", 1.0),
                    ("to the floor, 1 thread", "floor_wall_one", 1.0),
                    ("processor", "floor_processor_one", 1.0),
                    ("all threads", "floor_wall_all", 1.0),
                    ("processor", "floor_processor_all", 1.0),
                ],
            ),
            ("traffic, updates: tree", "trees/", &[("pages a second", "per_second", 1.0)]),
        ],
    );
    writer.section(
        "Filling the tables' rows",
        "By the program `rows`: nanoseconds a committed cell of the trace.",
        None,
        &[("step", "rows/", &[("ns a cell", "ns_per_cell", 1.0)])],
    );
    writer.section(
        "Committed cells",
        "Counted, in a full chunk of the standard shape over a million accounts; `cells` shows them by table.",
        None,
        &[("kind", "cells/", &[("cells a transaction", "all", 1.0), ("tx in a chunk", "per_chunk", 1.0)])],
    );
    writer.text
}

struct Writer<'a> {
    text: String,
    report: &'a Report,
}

impl Writer<'_> {
    /// A section with its tables; none if nothing of it was measured. Tables are first heading, start of names, columns.
    fn section(&mut self, title: &str, words: &str, picture: Option<&str>, tables: &[(&str, &str, &[Column])]) {
        let figures = &self.report.figures;
        let tables = tables.iter().filter_map(|(first, prefix, columns)| table(figures, first, prefix, columns));
        let tables: Vec<String> = tables.collect();
        if tables.is_empty() {
            return;
        }
        self.heading(title, words, picture);
        self.text.push_str(&tables.join("\n"));
    }

    fn heading(&mut self, title: &str, words: &str, picture: Option<&str>) {
        let _ = writeln!(self.text, "\n## {title}\n\n{words}\n");
        let drawn = pictures::all(self.report);
        if let Some(picture) = picture.filter(|picture| drawn.iter().any(|(name, _)| name == picture)) {
            let _ = writeln!(self.text, "![{title}]({picture})\n");
        }
    }

    fn units(&mut self) {
        let figures = &self.report.figures.0;
        let units: Vec<_> = figures.iter().filter(|(name, _)| name.contains("_per_stock_2_14_")).collect();
        if units.is_empty() {
            return;
        }
        self.heading(
            "Transactions in the time of one such proof",
            "Transactions that `braid prove` brings from a file to a batch proof while stock plonky2, on the same machine in the\n\
             same run, proves its circuit once; `_cpu` by time on processors instead of wall time.",
            Some("per_stock.svg"),
        );
        self.text.push_str("| key | transactions |\n|---|---|\n");
        for (name, figure) in units {
            let _ = writeln!(self.text, "| `{name}` | {} |", cell(figure, 1.0));
        }
    }
}

fn head(text: &mut String, report: &Report) {
    let Report { machine, parameters, .. } = report;
    let list: Vec<String> = parameters.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let _ = writeln!(
        text,
        "Measured on {} (UTC) at commit `{}`, by `cargo run --release -p braid-benches --bin report`.\n\n\
         * Machine: {}, {} threads, {:.1} GiB of memory, Linux {}, huge pages: {}. Of the instructions that matter it has {};\n  \
         built for {} with {}.\n\
         * Load (processes that want a processor) before the first measurement {:.1}, after the last {:.1}{}.\n\
         * Parameters: {}.\n\
         * Each cell is the median, in brackets the range of repetitions; a cell without brackets was measured once or is counted.",
        report.date,
        report.commit,
        machine.processor,
        machine.threads,
        machine.memory as f64 * MIB / 1024.0,
        machine.kernel,
        machine.huge_pages,
        machine.flags.join(" "),
        machine.built_for,
        report.compiler,
        report.load[0],
        report.load[1],
        if report.load[0] > 0.5 { ": other work ran beside, so wall times say little" } else { "" },
        list.join(", "),
    );
    for (what, why) in &report.failures {
        let _ = writeln!(text, "* **Not measured**: {what}: {}", why.replace('\n', " "));
    }
}

fn unit(report: &Report) -> String {
    let unit = stock::unit(&report.figures, "plonky2");
    let unit = unit.map_or("It was not measured.".to_owned(), |(circuit, seconds)| {
        format!("The unit is the quickest run of the quicker of the two circuits with 3 challenges: {circuit}, {seconds:.3} s.")
    });
    format!(
        "plonky2 1.1.0 with its own prover, standard recursion wires, rate 3 and as many challenges as named, by the program\n\
         `plonk`: *hashes* has a Poseidon gate on nearly every row, *recursion* verifies proofs. {unit}"
    )
}

/// A table with a row for every name under a prefix that has one of the columns; `None` if there is none.
fn table(figures: &Figures, first: &str, prefix: &str, columns: &[Column]) -> Option<String> {
    let mut rows: Vec<&str> = Vec::new();
    for (rest, _) in figures.under(prefix) {
        let ends = columns.iter().filter_map(|(_, suffix, _)| rest.strip_suffix(suffix)?.strip_suffix('/'));
        for row in ends {
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
    }
    if rows.is_empty() {
        return None;
    }
    rows.sort_by_key(|row| numbers_in_order(row));
    let figure = |row: &str, suffix: &str| figures.get(&format!("{prefix}{row}/{suffix}"));
    let used: Vec<&Column> =
        columns.iter().filter(|column| rows.iter().any(|row| figure(row, column.1).is_some())).collect();
    let headings: Vec<&str> = used.iter().map(|column| column.0).collect();
    let mut text = format!("| {first} | {} |\n|---|{}\n", headings.join(" | "), "---|".repeat(used.len()));
    for row in rows {
        let cells =
            used.iter().map(|(_, suffix, scale)| figure(row, suffix).map_or(String::new(), |f| cell(f, *scale)));
        let _ = writeln!(text, "| {row} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    Some(text)
}

/// A name whose last part is a number sorts by it.
fn numbers_in_order(row: &str) -> (String, u64) {
    let (rest, last) = row.rsplit_once('/').unwrap_or(("", row));
    last.parse().map_or((row.to_owned(), 0), |number| (rest.to_owned(), number))
}

fn cell(figure: &Figure, scale: f64) -> String {
    let text = |value: f64| number_text(value * scale);
    if figure.samples.len() < 2 || text(figure.min) == text(figure.max) {
        return text(figure.median);
    }
    format!("{} ({} … {})", text(figure.median), text(figure.min), text(figure.max))
}
