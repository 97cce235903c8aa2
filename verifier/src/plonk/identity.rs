//! The constraint identity: at ζ, the combined constraints equal the quotient times the polynomial that vanishes on
//! the trace.

use super::Proof;
use super::challenges::Challenges;
use crate::extension::{Quadratic, combine};
use crate::field::Goldilocks;
use crate::gates::Row;
use crate::key::Shape;
use crate::poseidon::Hash;

/// Selector value of rows whose gate stands in another group: 2^32 − 1.
const UNUSED_SELECTOR: u64 = u32::MAX as u64;

/// Whether constraints and quotient agree, for every repetition.
pub(super) fn holds(proof: &Proof, shape: &Shape, challenges: &Challenges, public_inputs_hash: &Hash) -> bool {
    let openings = &proof.openings;
    let zeta_power = challenges.zeta.power_of_two(shape.degree_bits);
    let vanishing = zeta_power - Quadratic::ONE;
    let Some(first_row) = first_row_selector(shape, challenges.zeta, vanishing) else { return false };

    let row = Row { constants: &openings.constants, wires: &openings.wires, public_inputs_hash };
    let mut terms: Vec<Quadratic> = openings.zs.iter().map(|&z| first_row * (z - Quadratic::ONE)).collect();
    for repetition in 0..shape.challenges {
        terms.extend(permutation(proof, shape, challenges, repetition));
    }
    terms.extend(gates(shape, row));

    let quotients = openings.quotient.chunks_exact(shape.quotient_pieces);
    challenges
        .alphas
        .iter()
        .zip(quotients)
        .all(|(&alpha, pieces)| combine(&terms, alpha.into()) == vanishing * combine(pieces, zeta_power))
}

/// The Lagrange polynomial of the first row: (ζⁿ − 1) / (n·(ζ − 1)). `None` at ζ = 1, which an honest prover meets with
/// probability 2^−128.
fn first_row_selector(shape: &Shape, zeta: Quadratic, vanishing: Quadratic) -> Option<Quadratic> {
    let rows = Goldilocks::new(1 << shape.degree_bits);
    let denominator = ((zeta - Quadratic::ONE) * rows).inverse()?;
    Some(vanishing * denominator)
}

/// The grand product, cut into chunks: each takes the product of its numerators and denominators from one accumulator
/// to the next, the first accumulator is Z(ζ), the last Z(g·ζ).
fn permutation(proof: &Proof, shape: &Shape, challenges: &Challenges, repetition: usize) -> Vec<Quadratic> {
    let openings = &proof.openings;
    let (beta, gamma) = (challenges.betas[repetition], challenges.gammas[repetition]);
    let wires = &openings.wires[..shape.routed_wires];
    let identity = shape.identity_factors().map(|factor| challenges.zeta * factor);
    let factor = |(&wire, position): (&Quadratic, Quadratic)| wire + position * beta + gamma;
    let numerators: Vec<Quadratic> = wires.iter().zip(identity).map(factor).collect();
    let denominators: Vec<Quadratic> = wires.iter().zip(openings.sigmas.iter().copied()).map(factor).collect();

    let count = shape.partial_products();
    let mut last = openings.zs[repetition];
    let partial = openings.partial_products[repetition * count..(repetition + 1) * count].iter();
    let accumulators = partial.chain([&openings.zs_next[repetition]]);
    let chunks = numerators.chunks(shape.quotient_pieces).zip(denominators.chunks(shape.quotient_pieces));
    let product = |factors: &[Quadratic]| factors.iter().fold(Quadratic::ONE, |product, &factor| product * factor);
    chunks
        .zip(accumulators)
        .map(|((numerators, denominators), &next)| {
            let term = last * product(numerators) - next * product(denominators);
            last = next;
            term
        })
        .collect()
}

/// Sums of all gates' constraints by position, each gate's multiplied by its filter.
fn gates(shape: &Shape, row: Row<'_>) -> Vec<Quadratic> {
    let selectors = shape.groups.len();
    let inner = Row { constants: &row.constants[selectors..], ..row };
    let longest = shape.gates.iter().map(|gate| gate.constraints()).max().unwrap_or(0);
    let mut sums = vec![Quadratic::ZERO; longest];
    let mut start = 0;
    for (&size, &selector) in shape.groups.iter().zip(row.constants) {
        for index in start..start + size {
            let filter = filter(index, start..start + size, selector, selectors > 1);
            for (sum, constraint) in sums.iter_mut().zip(shape.gates[index].evaluate(inner)) {
                *sum += filter * constraint;
            }
        }
        start += size;
    }
    sums
}

/// Not zero where the selector names this gate, zero where it names another of the group or none of it.
fn filter(gate: usize, group: core::ops::Range<usize>, selector: Quadratic, several_groups: bool) -> Quadratic {
    let others = group.filter(|&other| other != gate).map(|other| other as u64);
    let values = others.chain(several_groups.then_some(UNUSED_SELECTOR));
    values.fold(Quadratic::ONE, |product, value| product * (Quadratic::from(Goldilocks::new(value)) - selector))
}
