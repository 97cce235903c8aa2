//! `braid params`: the parameters of every level, and the bits of every round with what they rest on.

use std::fmt;
use std::process::ExitCode;

use braid_circuits::leaf::shape::Shape;
use braid_circuits::recursion::soundness::{self, CircuitProfile};
use braid_circuits::stark::{Report, Security};
use braid_contracts::Registry;
use braid_prover::leaf::LeafCircuit;
use braid_verifier::CircuitSetKey;
use serde::Serialize;

use crate::arguments::Arguments;
use crate::{failure, options, output};

/// What the help says after the options.
pub const EXAMPLES: &str = "Examples:
  braid params                              all levels
  braid params --security conjectured-100 --json

The bits of a level are those of its weakest round. `provable` rests on published theorems alone; `conjectured` counts FRI
queries by the random-words heuristic; `insecure` is for tests.";

/// Options of the command.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// One level only
    #[arg(long, value_name = "LEVEL", value_parser = options::security)]
    security: Option<Security>,
}

#[derive(Serialize)]
struct Round {
    round: &'static str,
    bits: f64,
    theorem: &'static str,
}

#[derive(Serialize)]
struct Layer {
    layer: String,
    parameters: String,
    bits: f64,
    rounds: Vec<Round>,
}

/// The round that a level is no stronger than.
#[derive(Serialize)]
struct Weakest {
    layer: String,
    round: &'static str,
}

#[derive(Serialize)]
struct Level {
    security: &'static str,
    bits: f64,
    weakest: Option<Weakest>,
    layers: Vec<Layer>,
}

#[derive(Serialize)]
struct Levels {
    levels: Vec<Level>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, options: &Options) -> anyhow::Result<ExitCode> {
    let registry = Registry::builtin();
    let chosen = Security::ALL.into_iter().filter(|level| options.security.is_none_or(|only| only == *level));
    let levels = chosen.map(|security| level(security, &registry)).collect::<anyhow::Result<_>>()?;
    output::print(&Levels { levels }, arguments.json)?;
    Ok(ExitCode::SUCCESS)
}

fn level(security: Security, registry: &Registry) -> anyhow::Result<Level> {
    let mut layers = Vec::new();
    let leaf = security.leaf();
    let tiny = LeafCircuit::new(security, Shape::Tiny, registry).map_err(failure::machine)?;
    for shape in Shape::ALL {
        let circuit = tiny.resized(shape).map_err(failure::machine)?;
        let report = security.leaf_report(&leaf, &circuit.setup().profile());
        let parameters = format!(
            "blowup {}, {} queries, grinding {} (queries) {} (lookups) {} (batching) {} (point), degree 2",
            1 << leaf.log_blowup,
            leaf.queries,
            leaf.query_pow,
            leaf.lookup_pow,
            leaf.batch_pow,
            leaf.ood_pow
        );
        layers.push(layer(format!("leaf {shape}"), parameters, &report));
    }
    let recursion = security.recursion();
    if let Some(key) = CircuitSetKey::built_in(security.into()) {
        let profile = CircuitProfile::of_shape(key.shape());
        let report = soundness::report(security, &recursion, &profile);
        let parameters = format!(
            "2^{} rows, blowup {}, {} queries, grinding {}, {} challenges, degree 2",
            profile.degree_bits,
            1 << recursion.rate_bits,
            recursion.queries,
            recursion.pow_bits,
            recursion.num_challenges
        );
        layers.push(layer("wrap and merge".into(), parameters, &report));
    }
    let bits = layers.iter().map(|layer| layer.bits).fold(f64::INFINITY, f64::min);
    let rounds = layers.iter().flat_map(|layer| layer.rounds.iter().map(move |round| (layer, round)));
    let weakest = rounds.min_by(|a, b| a.1.bits.total_cmp(&b.1.bits));
    let weakest = weakest.map(|(layer, round)| Weakest { layer: layer.layer.clone(), round: round.round });
    Ok(Level { security: security.name(), bits, weakest, layers })
}

fn layer(layer: String, parameters: String, report: &Report) -> Layer {
    let round =
        |round: &braid_circuits::stark::Round| Round { round: round.round, bits: round.bits, theorem: round.theorem };
    Layer { layer, parameters, bits: report.bits(), rounds: report.rounds.iter().map(round).collect() }
}

impl fmt::Display for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for level in &self.levels {
            write!(f, "{:<15} {:>6.1} bits", level.security, level.bits)?;
            if let Some(Weakest { layer, round }) = &level.weakest {
                write!(f, "; the weakest round: {round} ({layer})")?;
            }
            writeln!(f)?;
        }
        for level in &self.levels {
            write!(f, "\n{}", level.security)?;
            for layer in &level.layers {
                write!(f, "\n  {}: {:.1} bits; {}", layer.layer, layer.bits, layer.parameters)?;
                for round in &layer.rounds {
                    write!(f, "\n    {:>6.1}  {:<34} {}", round.bits, round.round, round.theorem)?;
                }
            }
        }
        Ok(())
    }
}
