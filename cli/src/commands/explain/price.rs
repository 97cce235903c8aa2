//! Committed cells of one transaction, by table.

use std::fmt;

use braid_circuits::leaf::shape::Shape;
use braid_circuits::stark::Security;
use braid_contracts::registry::Registry;
use braid_prover::cells::{self, Columns, Cost, Population, TableCost};
use braid_prover::leaf::LeafCircuit;
use braid_state_tree::{MAX_DEPTH, MIN_DEPTH};
use braid_witness::Interpreter;
use serde::Serialize;

use crate::failure;

/// What the tree's rows are counted for.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct World {
    /// Accounts in use, for the rows of the state tree
    #[arg(long, value_name = "N", default_value_t = Population::default().accounts)]
    accounts: u64,
    /// Levels of the state tree, 16 pages an account
    #[arg(long, value_name = "LEVELS", default_value_t = Population::default().depth)]
    depth: u32,
}

/// Counts the cells of any program.
pub struct Prices<'a> {
    interpreter: &'a Interpreter,
    columns: Vec<Columns>,
    population: Population,
}

/// What one program's transaction costs.
#[derive(Serialize)]
pub struct Price {
    #[serde(flatten)]
    cost: Cost,
    #[serde(flatten)]
    population: Population,
}

impl<'a> Prices<'a> {
    /// The tables as built for a registry.
    ///
    /// # Errors
    /// If the world has no room for its accounts.
    pub fn new(registry: &Registry, interpreter: &'a Interpreter, world: World) -> anyhow::Result<Self> {
        let World { accounts, depth } = world;
        if !(MIN_DEPTH..=MAX_DEPTH).contains(&depth) {
            return Err(failure::usage(format!("--depth: {depth} is not between {MIN_DEPTH} and {MAX_DEPTH}")));
        }
        let room = (1u64 << (depth - 4)) - 1;
        if !(1..=room).contains(&accounts) {
            return Err(failure::usage(format!("--accounts: a tree of depth {depth} has room for 1..={room}")));
        }
        let circuit = LeafCircuit::new(Security::Insecure, Shape::Tiny, registry).map_err(failure::machine)?;
        Ok(Self { interpreter, columns: cells::columns(&circuit), population: Population { accounts, depth } })
    }

    /// The price of the program of that number.
    pub fn of(&self, number: usize) -> anyhow::Result<Price> {
        let cost = u32::try_from(number).ok();
        let cost = cost.and_then(|number| cells::cost(&self.columns, self.interpreter, number, self.population));
        let cost = cost.ok_or_else(|| failure::machine("no chunk of the standard shape holds this program"))?;
        Ok(Price { cost, population: self.population })
    }
}

impl Price {
    /// Cells in all.
    pub fn cells(&self) -> u64 {
        self.cost.cells
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Population { accounts, depth } = self.population;
        writeln!(f, "\ncommitted cells of one of {} in a full chunk", self.cost.per_chunk)?;
        writeln!(
            f,
            "  {:<12} {:>8}   {:>4} + {:>6} + {:>8} columns {:>8}",
            "table", "rows", "main", "lookup", "quotient", "cells"
        )?;
        for TableCost { columns, rows, cells } in &self.cost.tables {
            let Columns { table, main, lookup, quotient, .. } = columns;
            writeln!(f, "  {table:<12} {rows:>8.2} × ({main:>3} + {lookup:>6} + {quotient:>8})        {cells:>8}")?;
        }
        writeln!(f, "  {:<12} {:>50}", "all", self.cost.cells)?;
        writeln!(f, "  the tree's for {accounts} accounts drawn at random, in a tree of depth {depth}")
    }
}
