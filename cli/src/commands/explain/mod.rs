//! `braid explain`: what programs do and cost, from the rows that the proof looks up.

mod names;
mod price;
pub mod units;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use braid_contracts::program::{Message, Mode, Program, Source};
use braid_contracts::registry::{BUILTIN, Registry};
use braid_witness::Interpreter;
use braid_witness::capacity::program_rows;
use rayon::prelude::*;
use serde::Serialize;

use crate::arguments::Arguments;
use crate::{failure, files, output};
use names::Names;
use price::{Price, Prices, World};

/// What the help says after the options.
pub const EXAMPLES: &str = "Examples:
  braid explain                 all programs with their costs
  braid explain transfer        operands, pages, signatures and instructions of one
  braid explain transfer --accounts 1000    in a smaller world, whose tree has fewer nodes to hash
  braid explain swap_in.0 --json
  braid explain --contract farm.braid          checks a contract of your own, and lists its programs
  braid explain stake --contract farm.braid

A cell is one element of a matrix that the proof commits to. The cells are those of one transaction in a full chunk of the
standard shape; rows of the tree depend on how many nodes its transactions share, so they are counted for accounts drawn at
random from --accounts in a tree of --depth.
A text given with --contract stands beside the built-in ones (account, pool, oracle), whose declarations it may `use`, or in
place of the one of its name. Nothing is registered: the chains of this version run the built-in contracts.";

/// What `braid explain` takes.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Name of the program; all are listed without one
    #[arg(value_name = "PROGRAM")]
    pub program: Option<String>,
    /// Contract to compile and check beside the built-in ones; again for what it uses. Only its programs are listed
    #[arg(long = "contract", value_name = "FILE")]
    contracts: Vec<PathBuf>,
    #[command(flatten)]
    world: World,
}

#[derive(Serialize)]
struct Listing(Vec<Line>);

#[derive(Serialize)]
struct Line {
    program: String,
    contract: String,
    source: String,
    instructions: usize,
    pages: usize,
    signatures: usize,
    cells: u64,
    published_bytes: usize,
}

#[derive(Serialize)]
struct Explanation {
    program: String,
    contract: String,
    number: usize,
    source: String,
    digest: String,
    operands: Vec<Named>,
    hints: Vec<Named>,
    pages: Vec<Page>,
    messages: Vec<String>,
    /// Where amounts come from and go to.
    moves: Vec<String>,
    instructions: Vec<String>,
    records: usize,
    published_bytes: usize,
    /// Rows of one transaction by table; those of the tree depend on what its neighbours open.
    rows: BTreeMap<&'static str, u64>,
    /// Committed cells by table, those of the tree for so many accounts.
    cost: Price,
    range_checks: BTreeMap<u8, usize>,
    /// Written pages that many users share: transactions on them run one after the other.
    hot_pages: usize,
}

/// An operand or hint as a line names it.
#[derive(Serialize)]
struct Named {
    name: String,
    r#type: String,
    /// What to write, with its unit.
    unit: String,
}

#[derive(Serialize)]
struct Page {
    name: String,
    layout: String,
    account: String,
    slot: String,
    /// What must lie there before.
    demand: String,
    written: bool,
    signs: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, options: &Options) -> anyhow::Result<ExitCode> {
    let (registry, own) = registry(&options.contracts)?;
    let interpreter = Interpreter::new(&registry).map_err(failure::input)?;
    let number = options.program.as_ref().map(|name| find(&registry, name)).transpose()?;
    let prices = Prices::new(&registry, &interpreter, options.world)?;
    match number {
        Some(number) => output::print(&explanation(&registry, &interpreter, &prices, number)?, arguments.json)?,
        None => output::print(&listing(&registry, &prices, &own)?, arguments.json)?,
    }
    if !own.is_empty() && !arguments.quiet {
        let programs = registry.programs().iter().filter(|program| own.contains(&program.file)).count();
        let compiled = output::count(programs, "program");
        output::note(format_args!("{}: {compiled}; the check that a registry makes of all rows holds", own.join(", ")));
    }
    Ok(ExitCode::SUCCESS)
}

/// Bytes of the longest contract that is read: forty times the longest one there is.
const LONGEST: u64 = 1 << 18;

/// The built-in contracts with those of some files, and the names of these.
///
/// # Errors
/// If a file cannot be read, or does not compile.
fn registry(files: &[PathBuf]) -> anyhow::Result<(Registry, Vec<String>)> {
    let read = |path: &PathBuf| {
        let name = path.file_stem().and_then(|name| name.to_str());
        let name =
            name.ok_or_else(|| failure::usage(format!("--contract: {} is no name of a file", path.display())))?;
        Ok((name.to_owned(), files::read_short_text(path, LONGEST)?))
    };
    let own = files.iter().map(read).collect::<anyhow::Result<Vec<(String, String)>>>()?;
    let mut sources = BUILTIN.to_vec();
    for (name, text) in &own {
        match sources[..BUILTIN.len()].iter_mut().find(|(known, _)| known == name) {
            Some(source) => *source = (name, text),
            None => sources.push((name, text)),
        }
    }
    let registry = Registry::from_sources(&sources).map_err(|mut errors| {
        for error in &mut errors.0 {
            // Paths as the user wrote them; a text of his own may break a built-in one that uses it.
            let given =
                own.iter().zip(files).find(|((name, _), _)| error.file.strip_suffix(".braid") == Some(name.as_str()));
            match given {
                Some((_, path)) => error.file = path.display().to_string(),
                None if !error.file.is_empty() => error.file.push_str(" (built in)"),
                None => {}
            }
        }
        failure::input(errors.to_string().trim_end())
    })?;
    Ok((registry, own.into_iter().map(|(name, _)| name).collect()))
}

/// Number of a program by name.
///
/// # Errors
/// With the programs that begin alike, where there is none.
pub fn find(registry: &Registry, name: &str) -> anyhow::Result<usize> {
    registry.index_of(name).ok_or_else(|| {
        let stem = name.split('.').next().unwrap_or(name);
        let alike =
            |known: &&str| known.starts_with(stem) || stem.starts_with(known.split(['.', '_']).next().unwrap_or(known));
        let alike: Vec<&str> = registry.programs().iter().map(|known| known.name.as_str()).filter(alike).collect();
        let hint = if alike.is_empty() { String::new() } else { format!("; there are {}", alike.join(", ")) };
        failure::input(format!("there is no program `{name}`{hint} (`braid explain` lists all)"))
    })
}

fn source(program: &Program) -> String {
    match program.source {
        Source::Signed => "signed by users".into(),
        Source::Inbox(kind) => format!("inbox entry of kind {kind}"),
        Source::System => "the sequencer's".into(),
    }
}

/// Lists the programs of these contracts, or all if there are none.
fn listing(registry: &Registry, prices: &Prices<'_>, contracts: &[String]) -> anyhow::Result<Listing> {
    let listed = |(_, program): &(usize, &Program)| contracts.is_empty() || contracts.contains(&program.file);
    let line = |(number, program): (usize, &Program)| {
        Ok(Line {
            program: program.name.clone(),
            contract: program.file.clone(),
            source: source(program),
            instructions: program.instructions.len(),
            pages: program.pages.len(),
            signatures: program.messages.len(),
            cells: prices.of(number)?.cells(),
            published_bytes: program.summary().published_bytes,
        })
    };
    registry.programs().par_iter().enumerate().filter(listed).map(line).collect::<anyhow::Result<_>>().map(Listing)
}

fn explanation(
    registry: &Registry,
    interpreter: &Interpreter,
    prices: &Prices<'_>,
    number: usize,
) -> anyhow::Result<Explanation> {
    let missing = || failure::machine("the registry changed under us");
    let program = registry.program(number).ok_or_else(missing)?;
    let prepared = u32::try_from(number).ok().and_then(|number| interpreter.program(number)).ok_or_else(missing)?;
    let digest = registry.digest(number).unwrap_or_default();
    let summary = program.summary();
    let names = Names { registry, program };
    let named = |parameters: &[braid_contracts::program::Parameter]| {
        let named = |one: units::Described| Named { name: one.name, r#type: one.ty, unit: one.unit };
        units::described(parameters).into_iter().map(named).collect()
    };
    let page = |page: &braid_contracts::program::PageSlot| Page {
        name: page.name.clone(),
        layout: page.layout.clone(),
        account: names.element(page.account),
        slot: names.element(page.slot),
        demand: match page.mode {
            Mode::Must(_) => "must be one",
            Mode::May(_) => "one, or empty",
            Mode::Empty => "must be empty",
            Mode::Any => "anything, the program looks",
        }
        .into(),
        written: page.written,
        signs: page.signer != 0,
    };
    let message = |message: &Message| {
        let elements: Vec<String> = message.elements().iter().map(|element| names.element(*element)).collect();
        match message {
            Message::Default { .. } => format!("program digest, {}", elements.join(", ")),
            Message::Over { number, .. } => format!("message {number}: {}", elements.join(", ")),
        }
    };
    let instructions = program.instructions.iter().enumerate();
    Ok(Explanation {
        program: program.name.clone(),
        contract: program.file.clone(),
        number,
        source: source(program),
        digest: output::hex_elements(&digest.map(|element| p3_field::PrimeField64::as_canonical_u64(&element))),
        operands: named(&program.operands),
        hints: named(&program.hints),
        pages: program.pages.iter().map(page).collect(),
        messages: program.messages.iter().map(message).collect(),
        moves: program.transfers.iter().map(|moved| format!("{} -> {}", moved.from, moved.to)).collect(),
        instructions: instructions.map(|(row, instruction)| names.instruction(row, instruction)).collect(),
        records: program.records.len(),
        published_bytes: summary.published_bytes,
        rows: program_rows(prepared).by_table().into_iter().filter(|(table, _)| *table != "tree").collect(),
        cost: prices.of(number)?,
        range_checks: summary.range_checks,
        hot_pages: summary.pages_hot,
    })
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<18} {:<10} {:>12} {:>6} {:>11} {:>12} {:>15}  run by",
            "program", "contract", "instructions", "pages", "signatures", "cells", "bytes published"
        )?;
        for line in &self.0 {
            write!(
                f,
                "\n{:<18} {:<10} {:>12} {:>6} {:>11} {:>12} {:>15}  {}",
                line.program,
                line.contract,
                line.instructions,
                line.pages,
                line.signatures,
                line.cells,
                line.published_bytes,
                line.source
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: program {} of contract {}, {}", self.program, self.number, self.contract, self.source)?;
        writeln!(f, "digest {}", self.digest)?;
        for (title, list) in [("operands, signed and published", &self.operands), ("hints, published", &self.hints)] {
            if !list.is_empty() {
                writeln!(f, "\n{title}")?;
                for Named { name, r#type, unit } in list {
                    writeln!(f, "  {:<20} {unit}", format!("{name}: {type}", type = r#type))?;
                }
            }
        }
        writeln!(f, "\npages")?;
        for page in &self.pages {
            let how = if page.written { "written" } else { "read" };
            let signs = if page.signs { ", its key signs" } else { "" };
            writeln!(
                f,
                "  {:<8} {} at account {}, page {}: {}; {how}{signs}",
                page.name, page.layout, page.account, page.slot, page.demand
            )?;
        }
        for (title, list) in
            [("messages", &self.messages), ("moves", &self.moves), ("instructions", &self.instructions)]
        {
            if !list.is_empty() {
                writeln!(f, "\n{title}")?;
                list.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
            }
        }
        let rows: Vec<String> = self.rows.iter().map(|(table, rows)| format!("{rows} {table}")).collect();
        writeln!(f, "\nrows of one transaction: {}; and the tree's", rows.join(", "))?;
        writeln!(f, "{}", self.cost)?;
        let records = output::count(self.records, "record");
        write!(f, "{} bytes of published data, {records} to L1", self.published_bytes)?;
        match self.hot_pages {
            0 => write!(f, "; no page that strangers share, so strangers' transactions run in parallel"),
            1 => write!(f, "; 1 written page that strangers share: transactions on it run one by one"),
            hot => write!(f, "; {hot} written pages that strangers share: transactions on one of them run one by one"),
        }
    }
}
