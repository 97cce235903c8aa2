//! Numbers that follow from the code alone, on every machine: columns, rows, cells. `benches/counts.json` pins them, so that a
//! change that makes proofs dearer or cheaper is a reviewed diff (`benches/tests/counts.rs`).

use std::collections::BTreeMap;
use std::error::Error;

use braid_circuits::leaf::shape::{Shape, TABLES};
use braid_circuits::leaf::tables::ProgramTables;
use braid_circuits::stark::Security;
use braid_contracts::Registry;
use braid_prover::cells::{self, Columns, Cost, Population};
use braid_prover::leaf::LeafCircuit;
use braid_witness::Interpreter;
use braid_witness::capacity::program_rows;
use serde::{Deserialize, Serialize};

/// The programs whose cells are counted for every account population.
pub const KINDS: [(&str, &str); 2] = [("transfer", "transfer"), ("swap", "swap_in.0")];

/// Names and rows of the pinned circuits of each level.
const PINS: [(&str, &str); 3] = [
    ("insecure", include_str!("../../circuits/pins/insecure.json")),
    ("conjectured-100", include_str!("../../circuits/pins/conjectured-100.json")),
    ("provable-100", include_str!("../../circuits/pins/provable-100.json")),
];

/// Everything that is pinned.
#[derive(Debug, Serialize)]
pub struct Counts {
    /// Columns and interactions by table.
    pub tables: Vec<Columns>,
    /// log2 of the rows of every table, by shape.
    pub heights: BTreeMap<Shape, BTreeMap<&'static str, usize>>,
    /// log2 of the rows of every recursion circuit, by level.
    pub circuits: BTreeMap<&'static str, BTreeMap<String, usize>>,
    /// Rows of the program tables in use: instructions, pages, sponge schedule.
    pub program_tables: [usize; 3],
    /// By program.
    pub programs: BTreeMap<String, ProgramCounts>,
    /// Who transacts in `cells`.
    pub population: Population,
    /// Cells of one transfer and one swap in a full chunk, by table.
    pub cells: BTreeMap<&'static str, Cost>,
}

/// Rows of one program.
#[derive(Debug, Serialize)]
pub struct ProgramCounts {
    /// In the program tables: instructions, pages, sponge schedule.
    pub tables: [usize; 3],
    /// Of one transaction, without the tree's.
    pub rows: BTreeMap<&'static str, u64>,
}

#[derive(Deserialize)]
struct Pins {
    circuits: Vec<Pin>,
}

#[derive(Deserialize)]
struct Pin {
    name: String,
    degree_bits: usize,
}

/// Counts everything for the built-in programs.
///
/// # Errors
/// If the registry does not fit the tables, or a pin is damaged.
pub fn counts() -> Result<Counts, Box<dyn Error>> {
    let registry = Registry::builtin();
    let interpreter = Interpreter::new(&registry)?;
    let circuit = LeafCircuit::new(Security::Insecure, Shape::Tiny, &registry)?;
    let tables = cells::columns(&circuit);
    let heights = |shape: Shape| (shape, TABLES.into_iter().zip(shape.degree_bits()).collect());
    let mut circuits = BTreeMap::new();
    for (level, text) in PINS {
        let pins: Pins = serde_json::from_str(text)?;
        circuits.insert(level, pins.circuits.into_iter().map(|pin| (pin.name, pin.degree_bits)).collect());
    }
    let rom = registry.rom();
    // A million accounts, where the model has 2^20.
    let population = Population::default();
    let mut cells = BTreeMap::new();
    for (kind, program) in KINDS {
        let number = registry.index_of(program).ok_or("the registry lacks a program")?;
        let cost = cells::cost(&tables, &interpreter, u32::try_from(number)?, population);
        cells.insert(kind, cost.ok_or("no chunk holds a transaction")?);
    }
    Ok(Counts {
        heights: Shape::ALL.into_iter().map(heights).collect(),
        circuits,
        program_tables: [rom.instructions.len(), rom.pages.len(), rom.schedule.len()],
        programs: programs(&registry, &interpreter),
        population,
        cells,
        tables,
    })
}

fn programs(registry: &Registry, interpreter: &Interpreter) -> BTreeMap<String, ProgramCounts> {
    let programs = ProgramTables::of(registry).into_iter().zip(interpreter.programs());
    programs
        .map(|(tables, prepared)| {
            let rows = program_rows(prepared).by_table().into_iter().filter(|(table, _)| *table != "tree");
            let tables = [tables.instructions.len(), tables.pages.len(), tables.schedule.len()];
            (prepared.program().name.clone(), ProgramCounts { tables, rows: rows.collect() })
        })
        .collect()
}
