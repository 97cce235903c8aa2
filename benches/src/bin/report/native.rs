//! What is counted, and what runs before proofs: by the programs `native` and `rows`.

use braid_benches::counts;
use braid_benches::figures::{Better, Figures, Report};
use serde_json::Value;

use crate::Failure;
use crate::effort::Effort;
use crate::programs::Programs;

/// Cells of a transfer and a swap, by table; rows of circuits.
pub fn counts(report: &mut Report) -> Result<(), Failure> {
    let counts = counts::counts().map_err(|error| error.to_string())?;
    for (kind, cost) in &counts.cells {
        report.figures.count(format!("cells/{kind}/all"), "cells", Better::Less, cost.cells as f64);
        report.figures.count(format!("cells/{kind}/per_chunk"), "tx", Better::More, cost.per_chunk as f64);
        for table in &cost.tables {
            let name = format!("cells/{kind}/table/{}", table.columns.table);
            report.figures.count(name, "cells", Better::Less, table.cells as f64);
        }
    }
    for (level, circuits) in &counts.circuits {
        for (circuit, bits) in circuits {
            report.figures.count(format!("rows_log2/{level}/{circuit}"), "log2", Better::Less, *bits as f64);
        }
    }
    Ok(())
}

/// Planning, execution, signatures, and filling of rows.
pub fn native(programs: &Programs, effort: &Effort, report: &mut Report) -> Result<(), Failure> {
    for _ in 0..effort.native {
        let said = programs.json("native", &["8192", "20"])?;
        execution(&said, &mut report.figures).ok_or("`native` prints something else")?;
        report.raw.push(said);
        let said = programs.json("rows", &[effort.shape.name(), "5"])?;
        rows(&said, &mut report.figures).ok_or("`rows` prints something else")?;
        report.raw.push(said);
    }
    Ok(())
}

fn execution(said: &Value, figures: &mut Figures) -> Option<()> {
    for row in said["measured"].as_array()? {
        let name = format!("native/{}, threads {}", row["traffic"].as_str()?, row["threads"].as_u64()?);
        let mut times = [0.0; 3];
        for (time, key) in times.iter_mut().zip(["planning_ns", "execution_ns", "sequential_ns"]) {
            *time = row["times"][key].as_f64()?;
            figures.add(format!("{name}/{key}"), "ns/tx", Better::Less, *time);
        }
        let [planning, execution, sequential] = times;
        figures.add(format!("{name}/ratio"), "times", Better::Less, (planning + execution) / sequential);
    }
    for key in ["verify_ns", "authenticate_ns"] {
        figures.add(format!("signatures/{key}"), "ns", Better::Less, said["signatures"][key].as_f64()?);
    }
    Some(())
}

fn rows(said: &Value, figures: &mut Figures) -> Option<()> {
    for row in said["measured"].as_array()?.iter().filter(|row| row["cells"] != 0) {
        let name = format!("rows/{}, threads {}", row["step"].as_str()?, row["threads"].as_u64()?);
        figures.add(format!("{name}/ns_per_cell"), "ns", Better::Less, row["ns_per_cell"].as_f64()?);
    }
    Some(())
}
