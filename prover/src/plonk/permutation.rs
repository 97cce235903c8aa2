//! The permutation argument: plonky2's `Z` polynomials and their partial products.
//!
//! For each row and challenge pair, the routed wires fall into chunks of at most the quotient
//! degree, and a chunk contributes `Π (w + β·k·x + γ) / Π (w + β·σ + γ)`. `Z` starts at 1 and takes
//! the product of all chunks from row to row; the partial products are its steps within a row.

use super::columns::{Columns, Pool};
use super::packing::{F, P, WIDTH, packed, packed_mut};
use plonky2::field::packed::PackedField;
use plonky2::field::types::Field;
use rayon::prelude::*;
use std::sync::Arc;

/// Rows a task works on: its part of a column fills half a page.
const RUN: usize = 256;

/// What of a circuit the argument needs.
pub(super) struct Argument<'a> {
    /// `sigmas[row][wire]`: the identity of the wire that this one is a copy of.
    pub sigmas: &'a [Vec<F>],
    /// `x` at each row.
    pub subgroup: &'a [F],
    /// One coset representative for each routed wire.
    pub cosets: &'a [F],
    /// Wires in a chunk.
    pub chunk: usize,
    pub betas: &'a [F],
    pub gammas: &'a [F],
}

impl Argument<'_> {
    fn chunks(&self) -> usize {
        self.cosets.len().div_ceil(self.chunk)
    }

    /// The values of all `Z`s, then the partial products of each challenge, rows in natural order.
    pub fn columns(&self, wires: &Columns, pool: &Arc<Pool>) -> Columns {
        let (rows, challenges) = (wires.rows(), self.betas.len());
        let mut out = Columns::new(pool, rows, challenges * self.chunks());
        let run = RUN.min(rows);
        out.runs_mut(run).into_par_iter().enumerate().for_each_init(
            || vec![F::ZERO; run * self.cosets.len()],
            |sigmas, (i, mut parts)| self.quotients(wires, i * run, sigmas, &mut parts),
        );
        let (zs, partials) = out.split_mut(challenges);
        zs.par_chunks_exact_mut(rows).for_each(accumulate);
        let steps = self.chunks() - 1;
        partials.par_chunks_exact_mut(rows).enumerate().for_each(|(i, partial)| {
            let z = &zs[i / steps * rows..][..rows];
            for (partial, z) in packed_mut(partial).iter_mut().zip(packed(z)) {
                *partial *= *z;
            }
        });
        out
    }

    /// For the rows from `first` on: in the columns of `Z`, the product over the whole row; in the
    /// others, the product of the chunks up to that one.
    fn quotients(&self, wires: &Columns, first: usize, sigmas: &mut [F], parts: &mut [&mut [F]]) {
        let (challenges, chunks) = (self.betas.len(), self.chunks());
        let run = parts.first().map_or(0, |part| part.len());
        let vectors = run / WIDTH;
        for (r, row) in self.sigmas[first..first + run].iter().enumerate() {
            for (wire, sigma) in row.iter().take(self.cosets.len()).enumerate() {
                sigmas[wire * run + r] = *sigma;
            }
        }
        let points = packed(&self.subgroup[first..first + run]);
        let mut numerators = vec![P::ONES; chunks * vectors];
        let mut denominators = vec![P::ONES; chunks * vectors];
        for challenge in 0..challenges {
            let (beta, gamma) = (P::from(self.betas[challenge]), P::from(self.gammas[challenge]));
            numerators.fill(P::ONES);
            denominators.fill(P::ONES);
            for (wire, coset) in self.cosets.iter().enumerate() {
                let scale = P::from(*coset * self.betas[challenge]);
                let chunk = wire / self.chunk * vectors;
                let values = packed(&wires.column(wire)[first..first + run]);
                let sigmas = packed(&sigmas[wire * run..(wire + 1) * run]);
                for v in 0..vectors {
                    let shifted = values[v] + gamma;
                    numerators[chunk + v] *= shifted + scale * points[v];
                    denominators[chunk + v] *= shifted + beta * sigmas[v];
                }
            }
            divide(&mut numerators, &denominators);
            for v in 0..vectors {
                let mut product = P::ONES;
                for chunk in 0..chunks {
                    product *= numerators[chunk * vectors + v];
                    let column =
                        if chunk + 1 == chunks { challenge } else { challenges + challenge * (chunks - 1) + chunk };
                    packed_mut(parts[column])[v] = product;
                }
            }
        }
    }
}

/// Divides element by element, with one inversion a lane (Montgomery's trick).
fn divide(numerators: &mut [P], denominators: &[P]) {
    let mut product = P::ONES;
    let before: Vec<P> = denominators
        .iter()
        .map(|denominator| {
            let before = product;
            product *= *denominator;
            before
        })
        .collect();
    let inverses = F::batch_multiplicative_inverse(product.as_slice());
    let mut inverse = *P::from_slice(&inverses);
    for ((numerator, denominator), before) in numerators.iter_mut().zip(denominators).zip(&before).rev() {
        *numerator *= inverse * *before;
        inverse *= *denominator;
    }
}

/// Replaces each element by the product of those before it.
fn accumulate(factors: &mut [F]) {
    let mut product = F::ONE;
    for factor in factors {
        product *= std::mem::replace(factor, product);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plonky2::field::types::Sample;

    #[test]
    fn every_step_satisfies_plonky2s_check() {
        let (rows, routed, chunk, challenges) = (512, 20, 8, 2);
        let pool: Arc<Pool> = Arc::default();
        let mut wires = Columns::new(&pool, rows, routed + 1);
        wires.par_iter_mut().for_each(|column| column.copy_from_slice(&F::rand_vec(rows)));
        let sigmas: Vec<Vec<F>> = (0..rows).map(|_| F::rand_vec(routed)).collect();
        let argument = Argument {
            sigmas: &sigmas,
            subgroup: &F::two_adic_subgroup(9),
            cosets: &F::rand_vec(routed),
            chunk,
            betas: &F::rand_vec(challenges),
            gammas: &F::rand_vec(challenges),
        };
        let out = argument.columns(&wires, &pool);
        assert_eq!(out.count(), challenges * 3);
        for challenge in 0..challenges {
            let (beta, gamma) = (argument.betas[challenge], argument.gammas[challenge]);
            assert_eq!(out.column(challenge)[0], F::ONE);
            for row in 0..rows - 1 {
                let mut state = out.column(challenge)[row];
                for step in 0..3 {
                    let in_chunk = step * chunk..((step + 1) * chunk).min(routed);
                    let product = |identity: &dyn Fn(usize) -> F| -> F {
                        in_chunk.clone().map(|j| wires.column(j)[row] + beta * identity(j) + gamma).product()
                    };
                    let up = product(&|j| argument.cosets[j] * argument.subgroup[row]);
                    let down = product(&|j| sigmas[row][j]);
                    let next = match step {
                        2 => out.column(challenge)[row + 1],
                        _ => out.column(challenges + challenge * 2 + step)[row],
                    };
                    assert_eq!(state * up, next * down, "row {row}, step {step}");
                    state = next;
                }
            }
        }
    }
}
