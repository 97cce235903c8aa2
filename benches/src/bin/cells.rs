//! What a transfer and a swap cost as built, beside what the cost model predicted. `cells` prints Markdown and, last, one line of
//! JSON: the pinned counts of `benches/counts.json` and the model's. Nothing is measured: on every machine it prints the same.

use std::error::Error;

use braid_benches::counts::{Counts, KINDS, counts};
use braid_benches::model;
use braid_circuits::leaf::shape::{Shape, TABLES};
use braid_prover::cells::Columns;
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let counts = counts()?;
    columns(&counts);
    for (kind, (name, _)) in KINDS.into_iter().enumerate() {
        cells(&counts, kind, name)?;
    }
    circuits(&counts);
    println!("\n{}", json!({ "built": counts, "model": { "chips": model::CHIPS, "circuits": model::CIRCUITS } }));
    Ok(())
}

/// Columns and interactions of every table, and of every chip of the model.
fn columns(counts: &Counts) {
    println!("## Columns\n\n| as built | main | lookup | quotient | fixed | interactions | rows, standard |");
    println!("|---|---|---|---|---|---|---|");
    let heights = counts.heights.get(&Shape::Standard);
    for Columns { table, main, lookup, quotient, fixed, interactions } in &counts.tables {
        let height = heights.and_then(|heights| heights.get(table)).copied().unwrap_or_default();
        println!("| {table} | {main} | {lookup} | {quotient} | {fixed} | {interactions} | 2^{height} |");
    }
    println!("\n| model | main | lookup | quotient | interactions |\n|---|---|---|---|---|");
    for chip in model::CHIPS {
        let [main, lookup, quotient] = chip.columns;
        println!("| {} | {main} | {lookup} | {quotient} | {} |", chip.name, chip.interactions);
    }
}

/// Cells of one kind of transaction, table by table and in the model's groups.
fn cells(counts: &Counts, kind: usize, name: &str) -> Result<(), Box<dyn Error>> {
    let cost = counts.cells.get(name).ok_or("a kind is not counted")?;
    println!("\n## One {name}, in a full chunk of {}\n", cost.per_chunk);
    println!("| table | rows | columns | cells |\n|---|---|---|---|");
    for table in &cost.tables {
        let columns = table.columns;
        println!("| {} | {:.2} | {} | {} |", columns.table, table.rows, columns.committed(), table.cells);
    }
    // Tables of one height in every shape, whatever a chunk holds.
    let rows = |table: &str| cost.tables.iter().any(|cost| cost.columns.table == table);
    let filled = ["cpu", "page", "tree", "sponge", "wide"];
    let fixed: f64 = TABLES
        .into_iter()
        .zip(&counts.tables)
        .zip(Shape::Tiny.degree_bits().into_iter().zip(Shape::Standard.degree_bits()))
        .filter(|((table, _), (least, most))| least == most && !rows(table))
        .map(|((_, columns), (_, bits))| (columns.committed() << bits) as f64)
        .sum::<f64>()
        / cost.per_chunk as f64;
    println!("| fixed tables | | | {fixed:.0} |");
    println!("\n| group | as built | model | ratio |\n|---|---|---|---|");
    let built = |tables: Option<&[&str]>| -> f64 {
        let ours = |table: &str| match tables {
            Some(tables) => tables.contains(&table),
            None => !filled.contains(&table),
        };
        cost.tables.iter().filter(|cost| ours(cost.columns.table)).map(|cost| cost.cells).sum::<u64>() as f64
    };
    let mut groups: Vec<Option<&[&str]>> = Vec::new();
    for chip in model::CHIPS {
        if !groups.contains(&chip.built) {
            groups.push(chip.built);
        }
    }
    let mut all = [fixed, 0.0];
    for group in groups {
        let chips = model::CHIPS.iter().filter(|chip| chip.built == group);
        let predicted: f64 = chips.clone().map(|chip| chip.cells(kind)).sum();
        let ours = if group == Some(&[]) { fixed } else { built(group) };
        if group != Some(&[]) {
            all[0] += ours;
        }
        all[1] += predicted;
        let names: Vec<&str> = chips.map(|chip| chip.name).collect();
        let ratio = if predicted > 0.0 { format!("{:.2}", ours / predicted) } else { "".into() };
        println!("| {} | {ours:.0} | {predicted:.0} | {ratio} |", names.join(", "));
    }
    println!("| all | {:.0} | {:.0} | {:.2} |", all[0], all[1], all[0] / all[1]);
    Ok(())
}

/// Rows of every recursion circuit.
fn circuits(counts: &Counts) {
    println!("\n## Rows of circuits\n\n| level | circuits, log2 of rows | model: wrap of transfers, of swaps; merge |");
    println!("|---|---|---|");
    for (level, circuits) in &counts.circuits {
        let ours: Vec<String> = circuits.iter().map(|(name, bits)| format!("{name} {bits}")).collect();
        let predicted = model::CIRCUITS.iter().find(|(name, ..)| name == level);
        let predicted = predicted.map_or(String::new(), |(_, [transfers, swaps], merge)| {
            format!("{transfers} rows, {swaps} rows; 2^{merge}")
        });
        println!("| {level} | {} | {predicted} |", ours.join(", "));
    }
}
