//! What proofs cost is pinned: columns, rows and cells that do not depend on the machine. `BRAID_COUNTS=write cargo test
//! --release -p braid-benches --test counts` writes `benches/counts.json` anew; its diff then says what a change costs.

use std::path::Path;

use braid_benches::counts::counts;
use braid_benches::model;

#[test]
fn counts_are_the_pinned_ones() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("counts.json");
    let text = serde_json::to_string_pretty(&counts().unwrap()).unwrap() + "\n";
    if std::env::var_os("BRAID_COUNTS").is_some_and(|wish| wish == "write") {
        std::fs::write(&path, &text).unwrap();
    }
    let pinned = std::fs::read_to_string(&path).unwrap();
    let differing = pinned.lines().zip(text.lines()).position(|(pinned, found)| pinned != found);
    assert!(pinned == text, "line {differing:?} of {} is not what the code makes", path.display());
}

/// The sums that the script prints.
#[test]
fn the_model_is_the_published_one() {
    let total = |kind| model::CHIPS.iter().map(|chip| chip.cells(kind)).sum::<f64>().round() as u64;
    assert_eq!([total(0), total(1)], [17_000, 14_110]);
}
