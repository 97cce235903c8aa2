//! The report's pictures.

use braid_benches::chart::{Bar, bars};
use braid_benches::figures::{Figure, Report};

/// Stages of a batch, in order.
const STAGES: [&str; 7] = ["execute", "replay", "rows", "leaf proofs", "leaf checks", "wraps", "merges"];

/// File names and contents; a picture of nothing is left out.
pub fn all(report: &Report) -> Vec<(&'static str, String)> {
    let figures = &report.figures;
    let mut stock = Vec::new();
    for prefix in ["stock/", "circuits/"] {
        for (name, figure) in figures.under(prefix) {
            let ending =
                ["/plonky2", "/ours"].into_iter().find_map(|ending| Some((name.strip_suffix(ending)?, ending)));
            stock.extend(ending.map(|(circuit, ending)| bar(&format!("{circuit}: {}", &ending[1..]), figure)));
        }
    }
    let units = figures.0.iter().filter(|(name, _)| name.contains("_per_stock_2_14_"));
    let units: Vec<Bar> = units.map(|(name, figure)| bar(&name.replace("_per_stock_2_14", ""), figure)).collect();
    let sweeps = figures.under("sweep/").filter_map(|(name, figure)| Some((name.strip_suffix("/per_second")?, figure)));
    let sweeps: Vec<Bar> = sweeps.map(|(name, figure)| bar(name, figure)).collect();
    let batches = figures.under("prove/").filter_map(|(name, _)| {
        let batch = name.strip_suffix("/per_second")?;
        let transactions = figures.get(&format!("prove/{batch}/transactions"))?.median;
        let stage = |stage| figures.get(&format!("prove/{batch}/stage/{stage}")).map_or(0.0, |figure| figure.median);
        let parts = STAGES.map(|name| 1e3 * stage(name) / transactions).to_vec();
        Some(Bar { label: batch.to_owned(), parts, range: None })
    });
    let batches: Vec<Bar> = batches.collect();
    [
        ("stock.svg", "plonky2's own prover and ours: seconds a proof", &[][..], stock),
        ("per_stock.svg", "Transactions proven while stock plonky2 proves one circuit of 2^14 rows", &[][..], units),
        ("stages.svg", "Milliseconds a transaction, by stage", &STAGES[..], batches),
        ("sweeps.svg", "Transfers a second in one chunk", &[][..], sweeps),
    ]
    .into_iter()
    .filter(|(.., drawn)| !drawn.is_empty())
    .map(|(file, title, parts, drawn)| (file, bars(title, parts, &drawn)))
    .collect()
}

fn bar(label: &str, figure: &Figure) -> Bar {
    Bar::of(label, figure.median, (figure.min, figure.max))
}
