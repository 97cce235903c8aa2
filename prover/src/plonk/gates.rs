//! Combined gate constraints on a run of points.
//!
//! Gates that plonky2 packs are evaluated through its public trait, a tile of points at a time; the
//! others, by formulas of our own, if they are known here. Their constraints are first combined by powers of the challenge and then
//! multiplied by the gate's filter, once a gate instead of once a constraint.

use super::columns::TILE;
use super::extension_gates::{Combiner, ExtensionGate, Points};
use super::packing::{F, P, WIDTH, factors, lanes, packed, total};
use super::poseidon_gate::{self, Combination};
use super::{Circuit, ProveError};
use braid_primitives::sums::{Factor, Sum};
use plonky2::field::extension::Extendable;
use plonky2::field::types::Field;
use plonky2::gates::gate::GateRef;
use plonky2::gates::poseidon::PoseidonGate;
use plonky2::hash::hash_types::HashOut;
use plonky2::plonk::vars::EvaluationVarsBaseBatch;
use serde::Deserialize;
use std::ops::Range;

/// Vectors of points in a tile.
pub(super) const VECTORS: usize = TILE / WIDTH;

/// A gate of a circuit and where its filter is.
struct Selected<'a, const D: usize>
where
    F: Extendable<D>,
{
    gate: &'a GateRef<F, D>,
    /// The selector's column among the constants.
    selector: usize,
    /// The selector's values of the other gates, at which the filter must vanish.
    others: Vec<F>,
    evaluator: Evaluator,
}

/// Who evaluates a gate.
enum Evaluator {
    Poseidon,
    Extension(ExtensionGate),
    Plonky2,
}

/// The gate constraints of a circuit, combined for one proof.
pub(super) struct GateSums<'a, const D: usize>
where
    F: Extendable<D>,
{
    gates: Vec<Selected<'a, D>>,
    /// Constants before the gates' own: selectors.
    prefix: usize,
    /// For each challenge, the coefficients of constraint 0, 1, ….
    coefficients: Vec<Vec<Factor>>,
    poseidon: Vec<Combination>,
}

/// plonky2's `SelectorsInfo`, whose fields are private but serialized.
#[derive(Deserialize)]
struct Selectors {
    selector_indices: Vec<usize>,
    groups: Vec<Range<usize>>,
}

/// The selector's value on rows of no gate of its group (plonky2's `UNUSED_SELECTOR`).
const UNUSED: u64 = u32::MAX as u64;

impl<'a, const D: usize> GateSums<'a, D>
where
    F: Extendable<D>,
{
    /// `coefficients[challenge][k]` multiplies constraint k of whichever gate is selected.
    pub fn new(circuit: &Circuit<'a, D>, coefficients: Vec<Vec<F>>) -> Result<Self, ProveError> {
        let bytes =
            postcard::to_allocvec(&circuit.selectors_info).map_err(|error| ProveError::Circuit(error.to_string()))?;
        let selectors: Selectors =
            postcard::from_bytes(&bytes).map_err(|error| ProveError::Circuit(error.to_string()))?;
        let prefix = selectors.groups.len();
        let (mut gates, mut poseidon) = (Vec::new(), Vec::new());
        for (i, gate) in circuit.gates.iter().enumerate() {
            let selector = selectors.selector_indices.get(i).copied();
            let group = selector.and_then(|selector| selectors.groups.get(selector));
            let (Some(selector), Some(group)) = (selector, group) else {
                return Err(ProveError::Circuit(format!("gate {i} has no selector")));
            };
            if gate.0.num_constraints() == 0 {
                continue;
            }
            let mut others: Vec<F> = group.clone().filter(|&j| j != i).map(F::from_canonical_usize).collect();
            if prefix > 1 {
                others.push(F::from_canonical_u64(UNUSED));
            }
            let evaluator = if gate.0.as_any().is::<PoseidonGate<F, D>>() {
                poseidon = coefficients.iter().map(|c| Combination::new(&c[..poseidon_gate::CONSTRAINTS])).collect();
                Evaluator::Poseidon
            } else {
                ExtensionGate::recognise(gate).map_or(Evaluator::Plonky2, Evaluator::Extension)
            };
            gates.push(Selected { gate, selector, others, evaluator });
        }
        let coefficients = coefficients.iter().map(|coefficients| factors(coefficients)).collect();
        Ok(Self { gates, prefix, coefficients, poseidon })
    }

    /// Adds the filtered and combined constraints at the points of a tile to
    /// `sums[vector][challenge]`. `constants` and `wires` hold [`TILE`] values a column.
    pub fn add(&self, constants: &[F], wires: &[F], public_inputs_hash: &HashOut<F>, sums: &mut [Vec<P>; VECTORS]) {
        let own = &constants[self.prefix * TILE..];
        let points = EvaluationVarsBaseBatch::new(TILE, own, wires, public_inputs_hash);
        let mut combined = vec![Sum::new(); self.coefficients.len()];
        for selected in &self.gates {
            let values = match selected.evaluator {
                Evaluator::Plonky2 => selected.gate.0.eval_unfiltered_base_batch(points),
                _ => Vec::new(),
            };
            let selector = packed(&constants[selected.selector * TILE..][..TILE]);
            for (vector, sums) in sums.iter_mut().enumerate() {
                combined.fill(Sum::new());
                match &selected.evaluator {
                    Evaluator::Poseidon => poseidon_gate::evaluate(wires, vector, &self.poseidon, &mut combined),
                    Evaluator::Extension(gate) => {
                        let points = Points { constants: own, wires, vector };
                        let (coefficients, sums) = (&self.coefficients[..], &mut combined[..]);
                        gate.evaluate::<D>(points, &mut Combiner { coefficients, sums, next: 0 });
                    }
                    Evaluator::Plonky2 => self.combine(packed(&values), vector, &mut combined),
                }
                let filter: P = selected.others.iter().map(|&other| P::from(other) - selector[vector]).product();
                for (sum, combined) in sums.iter_mut().zip(&combined) {
                    *sum += total(combined) * filter;
                }
            }
        }
    }

    /// `combined[challenge] = Σ_k coefficients[challenge][k] · values[k]` at one vector of points.
    #[inline(always)]
    fn combine(&self, values: &[P], vector: usize, combined: &mut [Sum<WIDTH>]) {
        for (k, constraint) in values.chunks_exact(VECTORS).enumerate() {
            let value = lanes(constraint[vector]);
            for (sum, coefficients) in combined.iter_mut().zip(&self.coefficients) {
                sum.add(value, coefficients[k]);
            }
        }
    }
}
