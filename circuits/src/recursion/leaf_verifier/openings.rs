//! The random combination that turns all opened values of one height into a single codeword value.
//!
//! For each extended height, the powers of the batching challenge run over commitments, matrices, points and columns, in that
//! order, and start again at the next height. A query combines its rows with the same powers:
//! `sum over points z of (sum alpha^k p_k(z) - sum alpha^k p_k(x)) / (z - x)`. The first sum is the same for all queries.

use std::collections::HashMap;

use plonky2::field::types::Field as _;
use plonky2::gates::arithmetic_extension::ArithmeticExtensionGate;
use plonky2::gates::reducing::ReducingGate;
use plonky2::iop::ext_target::ExtensionTarget;
use plonky2::iop::target::Target;

use super::description::LeafDescription;
use super::proof::ProofTargets;
use crate::recursion::embed::{self, ExtTarget, generator, reduce_ext};
use crate::recursion::{Builder, D, Field};
use crate::stark::Val;

/// All openings of one extended height.
#[derive(Clone, Debug)]
pub struct HeightOpenings {
    /// log2 of the extended height.
    pub log_height: usize,
    /// Runs of matrices whose columns are adjacent in the combination: (commitment, matrix).
    runs: Vec<Vec<(usize, usize)>>,
    /// One or two points.
    points: Vec<PointOpenings>,
}

#[derive(Clone, Debug)]
struct PointOpenings {
    point: ExtTarget,
    /// Combination of the claimed values.
    claimed: ExtTarget,
    /// Runs opened at this point, with the power of the challenge at which each starts.
    runs: Vec<(usize, ExtTarget)>,
}

/// Powers of one challenge, each computed once.
struct Powers {
    base: ExtTarget,
    known: HashMap<u64, ExtTarget>,
}

impl Powers {
    fn get(&mut self, builder: &mut Builder, exponent: u64) -> ExtTarget {
        if let Some(&power) = self.known.get(&exponent) {
            return power;
        }
        let power = if exponent < 2 {
            if exponent == 0 { builder.one_extension() } else { self.base }
        } else {
            let half = self.get(builder, exponent / 2);
            let rest = self.get(builder, exponent - exponent / 2);
            builder.mul_extension(half, rest)
        };
        self.known.insert(exponent, power);
        power
    }
}

/// Lays out the combination and combines the claimed values. Heights come tallest first.
pub fn combine_claims(
    builder: &mut Builder,
    shape: &LeafDescription,
    proof: &ProofTargets,
    zeta: ExtTarget,
    batch: ExtTarget,
) -> Vec<HeightOpenings> {
    let mut powers = Powers { base: batch, known: HashMap::new() };
    let mut all = Vec::new();
    for log_height in shape.log_heights() {
        let rows = embed::constant_ext(builder, generator(log_height - shape.parameters.log_blowup));
        let next_point = builder.mul_extension(zeta, rows);
        let mut runs: Vec<Vec<(usize, usize)>> = Vec::new();
        let mut starts: [Vec<(usize, u64)>; 2] = Default::default();
        let mut claims: [Option<ExtTarget>; 2] = [None; 2];
        let mut offset = 0u64;
        let mut extendable = false;
        for (c, commitment) in shape.commitments.iter().enumerate() {
            for (m, matrix) in commitment.matrices.iter().enumerate().filter(|(_, m)| m.log_height == log_height) {
                if let (true, false, Some(run)) = (extendable, matrix.next, runs.last_mut()) {
                    run.push((c, m));
                } else {
                    runs.push(vec![(c, m)]);
                    starts[0].push((runs.len() - 1, offset));
                }
                extendable = !matrix.next;
                for (point, values) in proof.opened[c][m].iter().enumerate() {
                    if point == 1 {
                        starts[1].push((runs.len() - 1, offset));
                    }
                    let combined = reduce_ext(builder, batch, values);
                    let power = powers.get(builder, offset);
                    let before = claims[point].unwrap_or_else(|| builder.zero_extension());
                    claims[point] = Some(builder.mul_add_extension(power, combined, before));
                    offset += values.len() as u64;
                }
            }
        }
        let points = (starts.into_iter().zip(claims).zip([zeta, next_point]))
            .filter_map(|((starts, claim), point)| {
                let claimed = claim?;
                let runs = starts.into_iter().map(|(run, offset)| (run, powers.get(builder, offset))).collect();
                Some(PointOpenings { point, claimed, runs })
            })
            .collect();
        all.push(HeightOpenings { log_height, runs, points });
    }
    all
}

impl HeightOpenings {
    /// Combines a query's rows at the domain element `element` (of the subgroup; the codewords live on its multiples by 7).
    pub fn reduce(
        &self,
        builder: &mut Builder,
        batch: ExtTarget,
        rows: &[Vec<Vec<Target>>],
        element: Target,
    ) -> ExtTarget {
        let shift = embed::base(<Val as p3_field::Field>::GENERATOR);
        let x = builder.mul_const(shift, element);
        let x = builder.convert_to_ext(x);
        let combined: Vec<ExtTarget> = (self.runs.iter())
            .map(|run| {
                let columns: Vec<Target> = run.iter().flat_map(|&(c, m)| rows[c][m].iter().copied()).collect();
                reduce_base(builder, batch, &columns)
            })
            .collect();
        let mut sum = builder.zero_extension();
        for point in &self.points {
            let mut difference = point.claimed;
            for &(run, power) in &point.runs {
                difference = builder.arithmetic_extension(Field::NEG_ONE, Field::ONE, power, combined[run], difference);
            }
            let denominator = builder.sub_extension(point.point, x);
            sum = builder.div_add_extension(difference, denominator, sum);
        }
        sum
    }
}

/// `sum_i base^i * terms_i` over the base field: rows of plonky2's reducing gate for full stretches, arithmetic slots for a short rest.
fn reduce_base(builder: &mut Builder, base: ExtTarget, terms: &[Target]) -> ExtTarget {
    let (wires, routed) = (builder.config.num_wires, builder.config.num_routed_wires);
    let per_row = ReducingGate::<D>::max_coeffs_len(wires, routed);
    let slots = ArithmeticExtensionGate::<D>::new_from_config(&builder.config).num_ops;
    let mut accumulator = builder.zero_extension();
    let rest = terms.len() % per_row;
    // The gate works from the highest power down, and the highest stretch is the one that is not full.
    let (low, high) = terms.split_at(terms.len() - rest);
    // A row has as many slots, which rests of other stretches fill too.
    if rest < slots {
        for &term in high.iter().rev() {
            let term = builder.convert_to_ext(term);
            accumulator = builder.mul_add_extension(accumulator, base, term);
        }
    } else {
        accumulator = reduce_row(builder, base, high, accumulator, per_row);
    }
    for stretch in low.chunks_exact(per_row).rev() {
        accumulator = reduce_row(builder, base, stretch, accumulator, per_row);
    }
    accumulator
}

/// One row: `accumulator * base^len + sum_i base^i * terms_i`, missing terms at the high end being zero. With missing terms the
/// accumulator must be zero.
fn reduce_row(
    builder: &mut Builder,
    base: ExtTarget,
    terms: &[Target],
    accumulator: ExtTarget,
    per_row: usize,
) -> ExtTarget {
    // plonky2's wires: output, base, old accumulator, coefficients from the highest power down.
    let row = builder.add_gate(ReducingGate::<D>::new(per_row), vec![]);
    let wires = |at: usize| ExtensionTarget::from_range(row, at..at + D);
    builder.connect_extension(base, wires(D));
    builder.connect_extension(accumulator, wires(2 * D));
    let zero = builder.zero();
    let padded = std::iter::repeat_n(zero, per_row - terms.len()).chain(terms.iter().rev().copied());
    for (i, term) in padded.enumerate() {
        builder.connect(term, Target::wire(row, 3 * D + i));
    }
    wires(0)
}

#[cfg(test)]
mod tests {
    use p3_field::{BasedVectorSpace, PrimeCharacteristicRing};
    use plonky2::iop::generator::generate_partial_witness;
    use plonky2::iop::witness::{Witness as _, WitnessWrite};
    use plonky2::plonk::circuit_data::CircuitConfig;

    use super::*;
    use crate::recursion::{Config, Witness};
    use crate::stark::Challenge;

    #[test]
    fn combinations_of_any_length_agree() {
        let challenge = Challenge::from_basis_coefficients_fn(|i| Val::from_usize(12345 + i));
        for length in [0, 1, 4, 5, 6, 12, 42, 43, 44, 48, 50, 86, 100] {
            let mut builder = Builder::new(CircuitConfig::standard_recursion_config());
            let terms = builder.add_virtual_targets(length);
            let base = builder.constant_extension(embed::extension(challenge));
            let sum = reduce_base(&mut builder, base, &terms);
            let data = builder.mock_build::<Config>();
            let mut witness = Witness::new();
            let mut expected = Challenge::ZERO;
            for (i, &t) in terms.iter().enumerate() {
                let value = Val::from_usize(i * i + 3);
                witness.set_target(t, embed::base(value)).unwrap();
                expected += challenge.exp_u64(i as u64) * value;
            }
            let filled =
                generate_partial_witness::<Field, Config, D>(witness, &data.prover_only, &data.common).unwrap();
            assert_eq!(filled.get_extension_target(sum), embed::extension(expected), "{length} terms");
        }
    }
}
