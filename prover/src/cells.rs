//! What transactions cost: committed cells by table, counted from the circuits as they are built.
//!
//! A cell is one element of a committed matrix: a column of the trace, of the lookup argument or of the quotient, in one row.
//! Time and memory of a leaf proof follow from their number. Tables are padded to the heights of a shape; here only rows
//! that transactions need are counted, in a full chunk of the standard shape, so that what a chunk needs once (the root, the
//! upper nodes of the tree) is shared by all that stand in it.

use std::collections::HashMap;

use braid_circuits::leaf::shape::{Shape, TABLES};
use braid_contracts::layout::HOLDING;
use braid_contracts::program::{Element, Mode, PageSlot, Program};
use braid_witness::Interpreter;
use braid_witness::capacity::Meter;
use p3_air::BaseAir;
use p3_field::PrimeField64;
use serde::Serialize;

use crate::leaf::LeafCircuit;

/// Base columns of one column over the challenge field.
const EXTENSION: usize = 2;

/// Columns of one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Columns {
    /// Its name.
    pub table: &'static str,
    /// Columns of the trace.
    pub main: usize,
    /// Base columns of the lookup argument: an accumulator and the fractions.
    pub lookup: usize,
    /// Base columns of the quotient's chunks.
    pub quotient: usize,
    /// Columns of the preprocessed commitment, which is made once and not once a chunk.
    pub fixed: usize,
    /// Tuples that a row sends or receives on buses.
    pub interactions: usize,
}

impl Columns {
    /// Cells that each row commits to in every chunk.
    pub fn committed(&self) -> usize {
        self.main + self.lookup + self.quotient
    }
}

/// The columns of every table, in the order of [`TABLES`]. They are the same in all shapes and at all levels of security.
pub fn columns(circuit: &LeafCircuit) -> Vec<Columns> {
    let setup = circuit.setup();
    let lookups = &setup.common().lookups;
    let tables = TABLES.into_iter().zip(setup.airs()).zip(lookups).zip(setup.log_quotient_chunks()).enumerate();
    tables
        .map(|(instance, (((table, chip), lookups), &chunks))| Columns {
            table,
            main: chip.width(),
            lookup: EXTENSION * (1 + lookups.len()),
            quotient: EXTENSION << chunks,
            fixed: setup.preprocessed_width(instance),
            interactions: lookups.iter().map(|fraction| fraction.elements.len()).sum(),
        })
        .collect()
}

/// Who transacts with whom: what the tree's rows are estimated for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Population {
    /// Accounts in use, numbered from 1 and drawn alike.
    pub accounts: u64,
    /// Levels of the state tree.
    pub depth: u32,
}

impl Default for Population {
    /// A million accounts in a tree of 2^24 pages, which has room for them exactly.
    fn default() -> Self {
        Self { accounts: 1_000_000, depth: 24 }
    }
}

/// Rows and cells of one table for one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TableCost {
    /// The table and the cells of its rows.
    #[serde(flatten)]
    pub columns: Columns,
    /// Rows a transaction, on average.
    pub rows: f64,
    /// Cells a transaction, rounded.
    pub cells: u64,
}

/// What a transaction of one program costs in a chunk full of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// Tables that it needs rows of.
    pub tables: Vec<TableCost>,
    /// Cells in all.
    pub cells: u64,
    /// How many of them the standard shape holds.
    pub per_chunk: usize,
}

/// Counts a chunk of the standard shape full of transactions of one program.
///
/// The rows are those that the cutter counts ([`Meter`]). Pages lie where they would: accounts are drawn by chance and
/// differ within a transaction, holdings lie on an account's lowest pages, and state that a contract keeps for everybody is
/// one account's. The draws follow from nothing but the number of the transaction, so that counts repeat. `None` if there is
/// no program of that number, or no chunk holds one transaction of it.
pub fn cost(columns: &[Columns], interpreter: &Interpreter, number: u32, population: Population) -> Option<Cost> {
    let program = interpreter.program(number)?.program();
    let mut meter = Meter::new(interpreter, population.depth);
    let mut full = None;
    for transaction in 0.. {
        let addresses = addresses(program, population, transaction);
        if meter.add(number, &addresses, &Shape::Standard.capacity()).is_err() {
            break;
        }
        full = Some((*meter.rows(), meter.transactions()));
    }
    let (rows, per_chunk) = full?;
    let cost = |(table, rows): (&'static str, u64)| {
        let columns = *columns.iter().find(|columns| columns.table == table)?;
        let rows = rows as f64 / per_chunk as f64;
        Some(TableCost { columns, rows, cells: (rows * columns.committed() as f64).round() as u64 })
    };
    let tables: Vec<TableCost> = rows.by_table().into_iter().filter(|(_, rows)| *rows > 0).filter_map(cost).collect();
    Some(Cost { cells: tables.iter().map(|table| table.cells).sum(), tables, per_chunk })
}

/// Pages that a transaction of that number opens.
fn addresses(program: &Program, population: Population, transaction: u64) -> Vec<u64> {
    let signed: Vec<Element> = program.pages.iter().filter(|page| page.signer != 0).map(|page| page.account).collect();
    let mut numbers: HashMap<Element, u64> = HashMap::new();
    let mut holdings: HashMap<u64, u64> = HashMap::new();
    let mut addresses = Vec::with_capacity(program.pages.len());
    for page in &program.pages {
        let drawn = numbers.len() as u64;
        let account = match page.account {
            Element::Const(number) => number.as_canonical_u64(),
            // A contract's number follows those of the users.
            account if program.pages.iter().any(|other| other.account == account && shared(other, &signed)) => {
                *numbers.entry(account).or_insert(population.accounts + 1 + drawn)
            }
            account => {
                let taken: Vec<u64> = numbers.values().copied().collect();
                *numbers.entry(account).or_insert_with(|| draw(population.accounts, transaction, drawn, &taken))
            }
        };
        let slot = match page.slot {
            Element::Const(slot) => slot.as_canonical_u64(),
            Element::Local(_) => {
                let lowest = holdings.entry(account).or_default();
                *lowest += 1;
                *lowest
            }
        };
        addresses.push((16 * account + slot) & ((1 << population.depth) - 1));
    }
    addresses
}

/// Whether a page is state that a contract keeps for all users: neither a header nor a holding, there before, and of an
/// account that does not sign.
fn shared(page: &PageSlot, signed: &[Element]) -> bool {
    let header = page.slot == Element::ZERO;
    matches!(page.mode, Mode::Must(_)) && !header && page.layout != HOLDING && !signed.contains(&page.account)
}

/// An account of 1..=`accounts` that is none of `taken`, if there are so many.
fn draw(accounts: u64, transaction: u64, draw: u64, taken: &[u64]) -> u64 {
    // The finaliser of splitmix64 over a counter.
    let mut word = (16 * transaction + draw).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    let first = (word ^ word >> 31) % accounts.max(1);
    let mut candidates = (0..=taken.len() as u64).map(|step| 1 + (first + step) % accounts.max(1));
    candidates.find(|account| !taken.contains(account)).unwrap_or(1 + first)
}

#[cfg(test)]
mod tests {
    use braid_circuits::stark::Security;
    use braid_contracts::Registry;
    use braid_witness::capacity::program_rows;

    use super::*;

    fn with_columns<T>(test: impl FnOnce(&Registry, &Interpreter, &[Columns]) -> T) -> T {
        let registry = Registry::builtin();
        let interpreter = Interpreter::new(&registry).unwrap();
        let circuit = LeafCircuit::new(Security::Insecure, Shape::Tiny, &registry).unwrap();
        test(&registry, &interpreter, &columns(&circuit))
    }

    /// Everything but the tree's rows is the program's own, and its share of the rows that every chunk has.
    #[test]
    fn a_full_chunk_needs_what_its_programs_need() {
        with_columns(|registry, interpreter, columns| {
            for name in ["transfer", "swap_in.0", "payroll.8", "deposit", "fee_claim"] {
                let number = registry.index_of(name).unwrap() as u32;
                let own = program_rows(interpreter.program(number).unwrap());
                let cost = cost(columns, interpreter, number, Population::default()).unwrap();
                let every_chunk = *Meter::new(interpreter, 24).rows();
                let rows = own.by_table().into_iter().zip(every_chunk.by_table());
                for ((table, rows), (_, shared)) in rows.filter(|((table, rows), _)| *rows > 0 && *table != "tree") {
                    let found = cost.tables.iter().find(|cost| cost.columns.table == table).unwrap();
                    let needed = rows as f64 + shared as f64 / cost.per_chunk as f64;
                    assert!((found.rows - needed).abs() < 0.01 * needed, "{name}: {table}: {found:?}, {needed}");
                }
                assert_eq!(cost.cells, cost.tables.iter().map(|table| table.cells).sum::<u64>());
            }
        });
    }

    /// Two users alike, 2^(depth - 4) of them at most: between the nodes that no two transactions share and none.
    #[test]
    fn more_accounts_cost_more_of_the_tree() {
        with_columns(|registry, interpreter, columns| {
            let transfer = registry.index_of("transfer").unwrap() as u32;
            let tree = |accounts| {
                let cost = cost(columns, interpreter, transfer, Population { accounts, depth: 24 }).unwrap();
                cost.tables.iter().find(|cost| cost.columns.table == "tree").unwrap().rows
            };
            let (few, some, many) = (tree(100), tree(10_000), tree(1_000_000));
            assert!(few < 1.0 && few < some && some < many, "{few} {some} {many}");
            // Two accounts' paths from pages to root, of two pages and one; before and after.
            assert!(many < 2.0 * (3.0 + 2.0 * 24.0), "{many}");
            // Tables of a chunk that holds as many of them as the tree allows.
            assert!(many > 2.0 * 3.0);
        });
    }

    #[test]
    fn strangers_share_a_contract_and_nothing_else() {
        let registry = Registry::builtin();
        let population = Population { accounts: 50, depth: 12 };
        let open = |name: &str, transaction| {
            let program = registry.program(registry.index_of(name).unwrap()).unwrap();
            (addresses(program, population, transaction), program.pages.len())
        };
        for transaction in 0..200 {
            for program in registry.programs() {
                let (pages, count) = open(&program.name, transaction);
                let distinct: std::collections::HashSet<u64> = pages.iter().copied().collect();
                assert_eq!(distinct.len(), count, "{}: {pages:?}", program.name);
                assert!(pages.iter().all(|address| *address < 1 << 12), "{}", program.name);
            }
        }
        let pool = |transaction| open("swap_in.0", transaction).0.into_iter().max();
        assert_eq!(pool(1), pool(2));
        let headers = |transaction| open("transfer", transaction).0[0];
        assert_ne!(headers(1), headers(2));
        // A new user's header is nobody else's.
        assert_ne!(open("register", 1).0[1], open("register", 2).0[1]);
    }
}
