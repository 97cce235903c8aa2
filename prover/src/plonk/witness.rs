//! Witness generation: plonky2's generators, each run once, as soon as what it reads is known.
//!
//! Generators are independent objects that read a partially filled witness and say what to fill in.
//! plonky2 runs them one after the other and asks each again whenever a target it watches is set.
//! Here a circuit's watch lists are turned into counters once; a generator runs when its counter
//! reaches zero, and all that are ready at the same time run on all threads. Their values are set
//! afterwards, in order, so the witness does not depend on the number of threads.

use super::columns::Columns;
use super::packing::F;
use super::{Circuit, Config, ProveError};
use plonky2::field::extension::Extendable;
use plonky2::field::types::Field;
use plonky2::iop::generator::GeneratedValues;
use plonky2::iop::witness::{PartialWitness, PartitionWitness};
use plonky2::plonk::circuit_data::ProverOnlyCircuitData;
use rayon::prelude::*;

/// From this many ready generators on, they are given to all threads.
const PARALLEL: usize = 16;
/// Generators run before their values are set: bounds the memory of values waiting to be set.
const BATCH: usize = 1 << 11;

/// What plonky2 calls the generators that fill wires of the public inputs' row with random values.
const RANDOM: &str = "RandomValueGenerator";

/// Who waits for what, in a circuit.
pub(super) struct Watches {
    /// `watchers[starts[t]..starts[t + 1]]` watch the target class `t`.
    starts: Vec<u32>,
    watchers: Vec<u32>,
    /// For each generator, how many target classes it watches.
    missing: Vec<u32>,
}

impl Watches {
    /// None if the circuit is too large for 32-bit indices.
    pub fn new<C: Config<D>, const D: usize>(circuit: &ProverOnlyCircuitData<F, C, D>) -> Option<Self>
    where
        F: Extendable<D>,
    {
        let lists = &circuit.generator_indices_by_watches;
        let mut missing = vec![0; circuit.generators.len()];
        let mut starts = Vec::with_capacity(circuit.representative_map.len() + 1);
        let mut watchers = Vec::new();
        for (&target, list) in lists {
            starts.resize(target + 1, u32::try_from(watchers.len()).ok()?);
            for &generator in list {
                *missing.get_mut(generator)? += 1;
                watchers.push(u32::try_from(generator).ok()?);
            }
        }
        let end = u32::try_from(watchers.len()).ok()?;
        starts.resize(circuit.representative_map.len() + 1, end);
        Some(Self { starts, watchers, missing })
    }

    fn of(&self, target: usize) -> &[u32] {
        &self.watchers[self.starts[target] as usize..self.starts[target + 1] as usize]
    }
}

/// A witness being filled.
struct Filling<'a, 'w, C: Config<D>, const D: usize>
where
    F: Extendable<D>,
{
    circuit: &'a ProverOnlyCircuitData<F, C, D>,
    watches: &'w Watches,
    witness: PartitionWitness<'a, F>,
    missing: Vec<u32>,
    /// Generators whose counter reached zero and that have not run.
    ready: Vec<u32>,
    /// Generators that ran and said they were not finished.
    unfinished: Vec<u32>,
}

/// Runs all generators on `inputs`.
pub(super) fn generate<'a, C: Config<D>, const D: usize>(
    inputs: PartialWitness<F>,
    circuit: &'a ProverOnlyCircuitData<F, C, D>,
    common: Circuit<'_, D>,
    watches: &Watches,
) -> Result<PartitionWitness<'a, F>, ProveError>
where
    F: Extendable<D>,
{
    let missing = watches.missing.clone();
    let ready = (0..).zip(&missing).filter(|(_, m)| **m == 0).map(|(i, _)| i).collect();
    let witness = PartitionWitness::new(common.config.num_wires, common.degree(), &circuit.representative_map);
    let mut filling = Filling { circuit, watches, witness, missing, ready, unfinished: Vec::new() };
    filling.set(inputs.target_values)?;
    filling.fill_unused()?;
    while !filling.ready.is_empty() {
        for batch in std::mem::take(&mut filling.ready).chunks(BATCH) {
            filling.run(batch)?;
        }
    }
    filling.finish()
}

impl<'a, C: Config<D>, const D: usize> Filling<'a, '_, C, D>
where
    F: Extendable<D>,
{
    fn set(&mut self, values: impl IntoIterator<Item = (plonky2::iop::target::Target, F)>) -> Result<(), ProveError> {
        for (target, value) in values {
            let class = self
                .witness
                .set_target_returning_rep(target, value)
                .map_err(|error| ProveError::Witness(error.to_string()))?;
            for &generator in class.map_or(&[][..], |class| self.watches.of(class)) {
                let missing = &mut self.missing[generator as usize];
                *missing -= 1;
                if *missing == 0 {
                    self.ready.push(generator);
                }
            }
        }
        Ok(())
    }

    /// Gives wires that nothing constrains numbers of their own. plonky2 gives them random values, so that a proof that failed by chance, as one
    /// in 2^40 may, fails at the next attempt by chance again; these are the same in every proof, and so is then the proof.
    fn fill_unused(&mut self) -> Result<(), ProveError> {
        let mut values = GeneratedValues::empty();
        let (circuit, witness) = (self.circuit, &self.witness);
        self.ready.retain(|&generator| {
            let generator = &circuit.generators[generator as usize].0;
            generator.id() != RANDOM || !generator.run(witness, &mut values)
        });
        let targets = values.target_values.into_iter().map(|(target, _)| target);
        self.set(targets.zip((1..).map(F::from_canonical_u64)))
    }

    /// Runs generators none of which needs another's values.
    fn run(&mut self, generators: &[u32]) -> Result<(), ProveError> {
        let (circuit, witness) = (self.circuit, &self.witness);
        let run = |generators: &[u32]| {
            let (mut values, mut unfinished) = (GeneratedValues::empty(), Vec::new());
            for &generator in generators {
                if !circuit.generators[generator as usize].0.run(witness, &mut values) {
                    unfinished.push(generator);
                }
            }
            (values.target_values, unfinished)
        };
        let share = generators.len().div_ceil(4 * rayon::current_num_threads()).max(4);
        let results: Vec<_> = match generators.len() < PARALLEL {
            true => vec![run(generators)],
            false => generators.par_chunks(share).map(run).collect(),
        };
        for (values, unfinished) in results {
            self.set(values)?;
            self.unfinished.extend(unfinished);
        }
        Ok(())
    }

    /// Generators may finish before everything they watch is set, or ask to be run again: those
    /// that are left are run in plonky2's way, until none makes progress.
    fn finish(mut self) -> Result<PartitionWitness<'a, F>, ProveError> {
        let mut left: Vec<u32> = (0..).zip(&self.missing).filter(|(_, m)| **m > 0).map(|(i, _)| i).collect();
        left.append(&mut self.unfinished);
        while !left.is_empty() {
            let before = left.len();
            let mut values = GeneratedValues::empty();
            left.retain(|&generator| !self.circuit.generators[generator as usize].0.run(&self.witness, &mut values));
            let mut progress = left.len() < before;
            for (target, value) in values.target_values {
                let class = self.witness.set_target_returning_rep(target, value);
                progress |= class.map_err(|e| ProveError::Witness(e.to_string()))?.is_some();
            }
            if !progress {
                return Err(ProveError::Witness(format!("{before} generators weren't run")));
            }
        }
        Ok(self.witness)
    }
}

/// The wires' columns, rows in natural order; wires that nothing sets are zero.
pub(super) fn fill_wires(witness: &PartitionWitness<F>, wires: &mut Columns) {
    const RUN: usize = 64;
    let (count, run) = (wires.count(), RUN.min(wires.rows()));
    wires.runs_mut(run).into_par_iter().enumerate().for_each(|(i, mut parts)| {
        for r in 0..run {
            let first = (i * run + r) * count;
            let classes = &witness.representative_map[first..first + count];
            for (part, class) in parts.iter_mut().zip(classes) {
                part[r] = witness.values[*class].unwrap_or(F::ZERO);
            }
        }
    });
}
