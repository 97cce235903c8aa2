//! The quotient of all constraints by the vanishing polynomial of the rows.
//!
//! In plonky2's order the constraints are: every `Z` starts at 1; every chunk of the permutation
//! argument; the gates. Challenge `α` multiplies the k-th by `α^k`.

use super::columns::{Columns, Pool, TILE, Tiles};
use super::domain::Shape;
use super::gates::{GateSums, VECTORS};
use super::packing::{F, P, WIDTH, factors, lanes, packed, packed_mut, reverse_bits, total};
use super::{Circuit, ProveError};
use crate::stage::stage;
use braid_primitives::sums::{Factor, Sum};
use plonky2::field::extension::Extendable;
use plonky2::field::packed::PackedField;
use plonky2::field::types::Field;
use plonky2::hash::hash_types::HashOut;
use rayon::prelude::*;
use std::sync::Arc;

/// Tiles a task works on.
const RUN: usize = 8;

/// Everything the constraints are about.
pub(super) struct Quotient<'a, const D: usize>
where
    F: Extendable<D>,
{
    pub circuit: Circuit<'a, D>,
    pub shape: &'a Shape,
    /// Constants and sigmas in the order of the leaves, one row a leaf.
    pub preprocessed: &'a [Vec<F>],
    pub wires: &'a Tiles,
    /// `Z`s and partial products.
    pub products: &'a Tiles,
    pub public_inputs_hash: &'a HashOut<F>,
    pub betas: &'a [F],
    pub gammas: &'a [F],
    pub alphas: &'a [F],
}

impl<const D: usize> Quotient<'_, D>
where
    F: Extendable<D>,
{
    /// The coefficients of each challenge's quotient, in pieces of as many coefficients as rows.
    /// Fails if a constraint is violated.
    pub fn coefficients(&self, pool: &Arc<Pool>) -> Result<Columns, ProveError> {
        let mut quotients = self.values(pool)?;
        let _stage = stage("transform");
        quotients.par_iter_mut().for_each(|column| {
            self.shape.domain.roots.inverse(column);
            for (value, scale) in packed_mut(column).iter_mut().zip(packed(&self.shape.unshift)) {
                *value *= *scale;
            }
        });
        let (rows, pieces) = (self.circuit.degree(), self.circuit.quotient_degree_factor);
        if quotients.iter().any(|column| column[rows * pieces..].iter().any(|c| c.is_nonzero())) {
            return Err(ProveError::Unsatisfied);
        }
        let mut out = Columns::new(pool, rows, quotients.count() * pieces);
        out.par_iter_mut().enumerate().for_each(|(i, out)| {
            let piece = i % pieces * rows;
            out.copy_from_slice(&quotients.column(i / pieces)[piece..piece + rows]);
        });
        Ok(out)
    }

    /// Values in the order of the leaves, one column a challenge.
    fn values(&self, pool: &Arc<Pool>) -> Result<Columns, ProveError> {
        let _stage = stage("quotient");
        let challenges = self.alphas.len();
        let own_terms = challenges * (2 + self.circuit.num_partial_products);
        let terms = own_terms + self.circuit.num_gate_constraints;
        let mut powers: Vec<Vec<F>> = self.alphas.iter().map(|alpha| alpha.powers().take(terms).collect()).collect();
        let gate_powers = powers.iter_mut().map(|powers| powers.split_off(own_terms)).collect();
        let gates = GateSums::new(&self.circuit, gate_powers)?;
        let powers: Vec<Vec<Factor>> = powers.iter().map(|powers| factors(powers)).collect();

        let mut out = Columns::new(pool, self.shape.points.len(), challenges);
        let run = (RUN * TILE).min(out.rows());
        let width = self.preprocessed.first().map_or(0, Vec::len);
        out.runs_mut(run).into_par_iter().enumerate().for_each_init(
            || vec![F::ZERO; width * TILE],
            |preprocessed, (i, mut parts)| {
                for offset in (0..run).step_by(TILE) {
                    let first = i * run + offset;
                    self.transpose(first, preprocessed);
                    let sums = self.tile(first, preprocessed, &powers, &gates);
                    for (vector, sums) in sums.iter().enumerate() {
                        for (part, sum) in parts.iter_mut().zip(sums) {
                            packed_mut(part)[offset / WIDTH + vector] = *sum;
                        }
                    }
                }
            },
        );
        Ok(out)
    }

    /// Constants and sigmas of the tile that starts at leaf `first`, column by column.
    fn transpose(&self, first: usize, columns: &mut [F]) {
        for (r, row) in self.preprocessed[first..first + TILE].iter().enumerate() {
            for (column, value) in columns.chunks_exact_mut(TILE).zip(row) {
                column[r] = *value;
            }
        }
    }

    /// `[vector][challenge]`: the quotient's values at the leaves from `first` on.
    fn tile(&self, first: usize, preprocessed: &[F], powers: &[Vec<Factor>], gates: &GateSums<D>) -> [Vec<P>; VECTORS] {
        let wires = self.wires.tile(first / TILE);
        let (constants, sigmas) = preprocessed.split_at(self.circuit.num_constants * TILE);
        let mut sums: [Vec<P>; VECTORS] =
            core::array::from_fn(|vector| self.permutation(first + vector * WIDTH, wires, sigmas, powers));
        gates.add(constants, wires, self.public_inputs_hash, &mut sums);
        let scale = self.shape.vanishing_inverse[first >> self.circuit.degree_bits()];
        for sum in sums.iter_mut().flatten() {
            *sum *= scale;
        }
        sums
    }

    /// The constraints on `Z` and its partial products at [`WIDTH`] leaves, for each challenge.
    fn permutation(&self, leaf: usize, wires: &[F], sigmas: &[F], powers: &[Vec<Factor>]) -> Vec<P> {
        let vector = leaf % TILE / WIDTH;
        let at = |tile: &[F], column: usize| packed(&tile[column * TILE + vector * WIDTH..][..WIDTH])[0];
        let challenges = self.alphas.len();
        let (steps, chunk) = (self.circuit.num_partial_products, self.circuit.quotient_degree_factor);
        let products = self.products.tile(leaf / TILE);
        let next = self.next_leaves(leaf);
        let x = packed(&self.shape.points[leaf..leaf + WIDTH])[0];
        let first_lagrange = packed(&self.shape.first_lagrange[leaf..leaf + WIDTH])[0];

        let mut sums = vec![Sum::new(); challenges];
        let mut add = |index: usize, term: P| {
            let term = lanes(term);
            for (sum, powers) in sums.iter_mut().zip(powers) {
                sum.add(term, powers[index]);
            }
        };
        for challenge in 0..challenges {
            let (beta, gamma) = (P::from(self.betas[challenge]), P::from(self.gammas[challenge]));
            let beta_x = x * beta;
            let mut before = at(products, challenge);
            add(challenge, first_lagrange * (before - P::ONES));
            for step in 0..=steps {
                let after = if step < steps {
                    at(products, challenges + challenge * steps + step)
                } else {
                    *P::from_slice(&next.map(|leaf| self.products.at(leaf, challenge)))
                };
                let (mut up, mut down) = (before, after);
                let routed = self.circuit.config.num_routed_wires;
                for wire in step * chunk..((step + 1) * chunk).min(routed) {
                    let shifted = at(wires, wire) + gamma;
                    up *= shifted + beta_x * self.circuit.k_is[wire];
                    down *= shifted + at(sigmas, wire) * beta;
                }
                add(challenges + challenge * (steps + 1) + step, up - down);
                before = after;
            }
        }
        sums.iter().map(total).collect()
    }

    /// Where the values at the next row are, for the leaves from `leaf` on: in the same coset of
    /// the subgroup, one step further in natural order.
    fn next_leaves(&self, leaf: usize) -> [usize; WIDTH] {
        let bits = self.circuit.degree_bits();
        let mask = (1 << bits) - 1;
        core::array::from_fn(|lane| {
            let natural = reverse_bits((leaf + lane) & mask, bits);
            ((leaf + lane) & !mask) | reverse_bits((natural + 1) & mask, bits)
        })
    }
}
