//! plonky2's own prover beside ours, by the program `plonk`; and what our proofs are worth in its unit.

use braid_benches::figures::{Better, Figures, Report};
use serde_json::Value;

use crate::effort::Effort;
use crate::programs::Programs;
use crate::{Failure, note};

/// log2 of the rows of the circuit that is the unit, and its challenges.
const UNIT: (u64, u64) = (14, 3);

/// Circuits of 2^14 rows: one of hashes, one that verifies proofs, with 2 and with 3 challenges.
pub fn sizes(programs: &Programs, effort: &Effort, report: &mut Report) -> Result<(), Failure> {
    for _ in 0..effort.stock {
        // One repetition a process, so that processes differ as the runs of the command line do.
        let said = programs.json("plonk", &[UNIT.0.to_string().as_str(), "1"])?;
        add(&said, "stock", &mut report.figures).ok_or("`plonk` prints something else")?;
        report.raw.push(said);
        let said = programs.json("handwritten", &[UNIT.0.to_string().as_str(), "1"])?;
        by_hand(&said, &mut report.figures).ok_or("`handwritten` prints something else")?;
        report.raw.push(said);
    }
    Ok(())
}

/// Transfers in circuits written by hand, without and with their signatures.
fn by_hand(said: &Value, figures: &mut Figures) -> Option<()> {
    for row in said["measured"].as_array()? {
        let circuit = format!("transfers {} 2^{}", row["circuit"].as_str()?, row["rows_log2"].as_u64()?);
        let name = format!("handwritten/{circuit}");
        figures.count(format!("{name}/transfers"), "tx", Better::More, row["transfers"].as_f64()?);
        figures.count(format!("{name}/rows_each"), "rows", Better::Less, row["rows_each"].as_f64()?);
        for part in ["state", "hashes", "equation"] {
            figures.count(format!("{name}/rows_{part}"), "rows", Better::Less, row["rows"][part].as_f64()?);
        }
        figures.add(format!("{name}/plonky2"), "s", Better::Less, row["plonky2_s"].as_f64()?);
        figures.add(format!("{name}/plonky2_cpu"), "CPU-s", Better::Less, row["plonky2_cpu_s"].as_f64()?);
    }
    Some(())
}

/// The circuits between two leaf proofs and the proof of their range, at every level.
pub fn levels(programs: &Programs, effort: &Effort, levels: &[String], report: &mut Report) -> Result<(), Failure> {
    for level in levels {
        let name = format!("circuits/{level}");
        for _ in 0..effort.circuits {
            let result = programs.json("plonk", &["--level", level, "1"]).and_then(|said| {
                add(&said, &name, &mut report.figures).ok_or("`plonk` prints something else")?;
                report.raw.push(said);
                Ok(())
            });
            note(report, &name, result);
        }
    }
    Ok(())
}

/// Adds a sample of each circuit. Several circuits of one name and size are numbered.
fn add(said: &Value, name: &str, figures: &mut Figures) -> Option<()> {
    let mut seen: Vec<String> = Vec::new();
    for row in said["measured"].as_array()? {
        let (circuit, rows) = (row["circuit"].as_str()?, row["rows_log2"].as_u64()?);
        let mut circuit = format!("{name}/{circuit} 2^{rows}, {} challenges", row["challenges"].as_u64()?);
        let earlier = seen.iter().filter(|seen| **seen == circuit).count();
        seen.push(circuit.clone());
        if earlier > 0 {
            circuit += &format!(" #{}", earlier + 1);
        }
        for (key, figure) in
            [("plonky2_s", "plonky2"), ("ours_s", "ours"), ("plonky2_cpu_s", "plonky2_cpu"), ("ours_cpu_s", "ours_cpu")]
        {
            if let Some(seconds) = row[key].as_f64() {
                let unit = if key.ends_with("cpu_s") { "CPU-s" } else { "s" };
                figures.add(format!("{circuit}/{figure}"), unit, Better::Less, seconds);
            }
        }
        for (ratio, figure) in [("ratio", "ratio"), ("cpu_ratio", "ratio_cpu")] {
            if let Some(ratio) = row[ratio].as_f64() {
                figures.add(format!("{circuit}/{figure}"), "times", Better::More, ratio);
            }
        }
    }
    Some(())
}

/// The unit in seconds and the circuit that it is: the quicker of the two, its quickest run. `None` if it was not measured.
pub fn unit(figures: &Figures, quantity: &str) -> Option<(String, f64)> {
    let (rows, challenges) = UNIT;
    let circuits = ["hashes", "recursion"].map(|circuit| format!("{circuit} 2^{rows}, {challenges} challenges"));
    let times = circuits.into_iter().filter_map(|circuit| {
        let least = figures.get(&format!("stock/{circuit}/{quantity}"))?.min;
        Some((circuit, least))
    });
    times.min_by(|a, b| a.1.total_cmp(&b.1))
}

/// Transactions proven while stock plonky2 proves its circuit once, by wall time and, where `plonk` tells it, by processor time.
pub fn units(levels: &[String], report: &mut Report) {
    let figures = &mut report.figures;
    for level in levels {
        let short = level.split('-').next().unwrap_or(level);
        for (kind, many) in [("transfer", "transfers"), ("swap", "swaps"), ("mixed", "mixed")] {
            let name = format!("{many}_per_stock_2_14_{short}");
            let wall = unit(figures, "plonky2").map(|(_, unit)| (name.clone(), "per_second", unit));
            let processor = unit(figures, "plonky2_cpu").map(|(_, unit)| (name + "_cpu", "cpu_per_million", unit));
            for (name, figure, unit) in [wall, processor].into_iter().flatten() {
                let Some(figure) = figures.get(&format!("prove/{level}/{kind}/{figure}")) else { continue };
                let per_unit = |sample: &f64| if figure.unit == "tx/s" { sample * unit } else { 1e6 * unit / sample };
                let samples: Vec<f64> = figure.samples.iter().map(per_unit).collect();
                put(figures, name, "tx", &samples);
            }
        }
    }
}

/// What circuits written by hand prove in the time of the unit, and how many times as many transfers Braid proves: each of its runs
/// against their quickest, by wall and by processor time. Proofs of Braid are of whole batches, those by hand are not aggregated.
pub fn beside_by_hand(levels: &[String], report: &mut Report) {
    let figures = &mut report.figures;
    let counted = figures.under("handwritten/").filter_map(|(name, figure)| {
        let circuit = name.strip_suffix("/transfers")?;
        Some((circuit.to_owned(), figure.median))
    });
    for (circuit, transfers) in counted.collect::<Vec<_>>() {
        for (quantity, ending) in [("plonky2", ""), ("plonky2_cpu", "_cpu")] {
            let seconds = figures.get(&format!("handwritten/{circuit}/{quantity}"));
            let (Some((_, unit)), Some(seconds)) = (unit(figures, quantity), seconds) else { continue };
            let by_hand: Vec<f64> = seconds.samples.iter().map(|seconds| transfers * unit / seconds).collect();
            let most = by_hand.iter().copied().fold(0.0, f64::max);
            put(figures, format!("handwritten/{circuit}/per_stock{ending}"), "tx", &by_hand);
            for level in levels {
                let short = level.split('-').next().unwrap_or(level);
                let Some(ours) = figures.get(&format!("transfers_per_stock_2_14_{short}{ending}")) else { continue };
                let ratios: Vec<f64> = ours.samples.iter().map(|ours| ours / most).collect();
                put(figures, format!("by_hand/{level}/{circuit}/ratio{ending}"), "times", &ratios);
            }
        }
    }
}

/// Sets a figure that follows from others.
fn put(figures: &mut Figures, name: String, unit: &str, samples: &[f64]) {
    figures.0.remove(&name);
    samples.iter().for_each(|sample| figures.add(name.clone(), unit, Better::More, *sample));
}

#[cfg(test)]
mod tests {
    use super::*;
    use braid_benches::figures::FORMAT;
    use braid_benches::machine::Machine;
    use serde_json::json;

    fn empty() -> Report {
        Report {
            format: FORMAT,
            date: String::new(),
            commit: String::new(),
            compiler: String::new(),
            machine: Machine::this(),
            load: [0.0; 2],
            parameters: Default::default(),
            failures: Default::default(),
            figures: Default::default(),
            raw: Vec::new(),
        }
    }

    #[test]
    fn braid_is_set_beside_the_quickest_proof_by_hand() {
        let mut report = empty();
        let figures = &mut report.figures;
        for (seconds, processor) in [(4.0, 9.0), (5.0, 8.0)] {
            let said = json!({ "measured": [{
                "circuit": "with signatures", "transfers": 20, "rows_each": 800.0, "rows_log2": 14,
                "plonky2_s": seconds, "plonky2_cpu_s": processor,
                "rows": { "state": 90.0, "hashes": 10.0, "equation": 700.0 },
            }] });
            by_hand(&said, figures).expect("what `handwritten` prints");
        }
        figures.add("stock/hashes 2^14, 3 challenges/plonky2", "s", Better::Less, 2.0);
        figures.add("prove/conjectured-100/transfer/per_second", "tx/s", Better::More, 500.0);
        let levels = ["conjectured-100".to_owned()];
        for _ in 0..2 {
            units(&levels, &mut report);
            beside_by_hand(&levels, &mut report);
        }
        let samples = |name: &str| report.figures.get(name).map(|figure| figure.samples.clone());
        let circuit = "transfers with signatures 2^14";
        assert_eq!(samples(&format!("handwritten/{circuit}/per_stock")), Some(vec![10.0, 8.0]));
        assert_eq!(samples(&format!("by_hand/conjectured-100/{circuit}/ratio")), Some(vec![100.0]));
        assert_eq!(samples(&format!("by_hand/conjectured-100/{circuit}/ratio_cpu")), None);
        let text = crate::markdown::text(&report);
        assert!(text.contains("| conjectured-100/transfers with signatures 2^14 | 100 |"), "{text}");
        assert!(text.contains("| transfers with signatures 2^14 | 20 | 800 | 90 | 10 | 700 | 4.50 (4 "), "{text}");
    }
}
