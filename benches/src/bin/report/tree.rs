//! Page updates of the state tree beside their permutations and beside other trees, by the program `tree`.

use braid_benches::figures::{Better, Figures, Report};
use serde_json::Value;

use crate::Failure;
use crate::effort::Effort;
use crate::programs::Programs;

/// What an update costs in permutations, by the name that the program has and the name of the figure.
const RATIOS: [(&str, &str); 4] = [
    ("one_wall", "floor_wall_one"),
    ("one_processor", "floor_processor_one"),
    ("all_wall", "floor_wall_all"),
    ("all_processor", "floor_processor_all"),
];

/// Batches of two sizes over a million accounts. Without `peers` our own tree alone.
pub fn updates(programs: &Programs, effort: &Effort, peers: &[String], report: &mut Report) -> Result<(), Failure> {
    let (runs, batches) = effort.tree;
    let mut words = vec!["--repetitions".to_owned(), batches.to_string()];
    if !peers.is_empty() {
        words.extend(["--peers".to_owned(), peers.join(",")]);
    }
    for _ in 0..runs {
        let said = programs.json("tree", &words)?;
        add(&said, &mut report.figures).ok_or("`tree` prints something else")?;
        report.raw.push(said);
    }
    Ok(())
}

fn add(said: &Value, figures: &mut Figures) -> Option<()> {
    for row in said["measured"].as_array()? {
        let kind = format!("{} {}", row["traffic"].as_str()?, row["updates"].as_u64()?);
        figures.count(format!("tree/{kind}/pages"), "pages", Better::More, row["pages"].as_f64()?);
        figures.count(format!("tree/{kind}/permutations"), "permutations", Better::Less, row["permutations"].as_f64()?);
        for (key, name) in RATIOS {
            figures.add(format!("tree/{kind}/{name}"), "times", Better::Less, row["to_floor"][key].as_f64()?);
        }
        for (name, rate) in row["pages_per_second"].as_object()? {
            figures.add(format!("trees/{kind}: {name}/per_second"), "pages/s", Better::More, rate.as_f64()?);
        }
    }
    Some(())
}
