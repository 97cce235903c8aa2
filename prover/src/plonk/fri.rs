//! The batched opening proof: plonky2's FRI over this prover's columns.

use super::columns::{Columns, Pool};
use super::commitment::{Oracle, shifted};
use super::domain::{Domain, Shape};
use super::merkle::Tree;
use super::opening::{combine, split};
use super::packing::F;
use super::{Config, Extension, ProveError};
use crate::stage::stage;
use braid_primitives::poseidon::grind;
use plonky2::field::extension::{Extendable, FieldExtension};
use plonky2::field::polynomial::PolynomialCoeffs;
use plonky2::field::types::{Field, PrimeField64};
use plonky2::fri::FriParams;
use plonky2::fri::oracle::PolynomialBatch;
use plonky2::fri::proof::{FriInitialTreeProof, FriProof, FriQueryRound, FriQueryStep};
use plonky2::hash::hashing::PlonkyPermutation;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::challenger::Challenger;
use rayon::prelude::*;
use std::sync::Arc;

/// What is opened, and where.
pub(super) struct Opening<'a, C: Config<D>, const D: usize>
where
    F: Extendable<D>,
{
    pub preprocessed: &'a PolynomialBatch<F, C, D>,
    /// Wires, `Z`s and partial products, quotient.
    pub oracles: [&'a Oracle; 3],
    /// Where every polynomial is opened.
    pub point: Extension<D>,
    /// Where the first polynomials of the second oracle are opened too.
    pub next_point: Extension<D>,
    /// How many those are.
    pub next_count: usize,
}

/// One layer of folding.
struct Layer {
    tree: Tree,
    /// Values by coordinates, in bit-reversed order.
    values: Columns,
    arity_bits: usize,
}

impl Layer {
    /// The `2^arity_bits` values of a leaf.
    fn values<const D: usize>(&self, leaf: usize) -> Vec<Extension<D>>
    where
        F: Extendable<D>,
    {
        (leaf << self.arity_bits..(leaf + 1) << self.arity_bits)
            .map(|row| {
                let coordinates = core::array::from_fn(|d| self.values.column(d)[row]);
                FieldExtension::from_basefield_array(coordinates)
            })
            .collect()
    }
}

impl<C: Config<D>, const D: usize> Opening<'_, C, D>
where
    F: Extendable<D>,
{
    /// The opening proof; `challenger` has observed the openings.
    pub fn prove(
        &self,
        challenger: &mut Challenger<F, PoseidonHash>,
        params: &FriParams,
        shape: &Shape,
        pool: &Arc<Pool>,
    ) -> Result<FriProof<F, PoseidonHash, D>, ProveError> {
        let alpha = challenger.get_extension_challenge::<D>();
        let polynomial = self.composition(alpha);
        let (layers, last) = fold(polynomial, challenger, params, shape, pool);
        let pow_witness = prove_work(challenger, &last, params.config.proof_of_work_bits)?;
        let _stage = stage("query");
        let query_round_proofs = challenger
            .get_n_challenges(params.config.num_query_rounds)
            .into_par_iter()
            .map(|challenge| {
                let index = challenge.to_canonical_u64() as usize % params.lde_size();
                self.query(&layers, index)
            })
            .collect();
        Ok(FriProof {
            commit_phase_merkle_caps: layers.iter().map(|layer| layer.tree.cap()).collect(),
            query_round_proofs,
            final_poly: PolynomialCoeffs::new(last),
            pow_witness,
        })
    }

    /// `Σ_batches α^… (F_batch(X) − F_batch(z)) / (X − z)`, as many coefficients as rows.
    fn composition(&self, alpha: Extension<D>) -> Vec<Extension<D>> {
        let _stage = stage("combine");
        let all: Vec<&[F]> = self
            .preprocessed
            .polynomials
            .iter()
            .map(|polynomial| &polynomial.coeffs[..])
            .chain(self.oracles.iter().flat_map(|oracle| oracle.coefficients.iter()))
            .collect();
        let next: Vec<&[F]> = self.oracles[1].coefficients.iter().take(self.next_count).collect();
        let powers: Vec<Extension<D>> = alpha.powers().take(all.len()).collect();
        let rows = self.oracles[0].coefficients.rows();
        let at = combine::<D>(&all, &powers, rows);
        let at_next = combine::<D>(&next, &powers, rows);
        let (mut at, at_next) =
            rayon::join(|| divide_by_linear::<D>(at, self.point), || divide_by_linear::<D>(at_next, self.next_point));
        let shift = alpha.exp_u64(self.next_count as u64);
        at.par_iter_mut().zip(&at_next).with_min_len(1 << 10).for_each(|(at, next)| {
            *at = *at * shift + *next;
        });
        at
    }

    fn query(&self, layers: &[Layer], index: usize) -> FriQueryRound<F, PoseidonHash, D> {
        let tree = &self.preprocessed.merkle_tree;
        let mut evals_proofs = vec![(tree.get(index).to_vec(), tree.prove(index))];
        evals_proofs.extend(self.oracles.map(|oracle| (oracle.extension.row(index), oracle.tree.prove(index))));
        let mut leaf = index;
        let steps = layers
            .iter()
            .map(|layer| {
                leaf >>= layer.arity_bits;
                FriQueryStep { evals: layer.values::<D>(leaf), merkle_proof: layer.tree.prove(leaf) }
            })
            .collect();
        FriQueryRound { initial_trees_proof: FriInitialTreeProof { evals_proofs }, steps }
    }
}

/// `(f(X) − f(z)) / (X − z)`, padded with a zero to the length of `f`.
fn divide_by_linear<const D: usize>(mut f: Vec<Extension<D>>, z: Extension<D>) -> Vec<Extension<D>>
where
    F: Extendable<D>,
{
    let mut quotient = Extension::<D>::ZERO;
    for coefficient in f.iter_mut().rev() {
        let next = *coefficient + quotient * z;
        *coefficient = std::mem::replace(&mut quotient, next);
    }
    f
}

/// The commit phase: commits to the polynomial's values, folds its coefficients, and again. Returns
/// the layers and the coefficients of what is left.
fn fold<const D: usize>(
    mut coefficients: Vec<Extension<D>>,
    challenger: &mut Challenger<F, PoseidonHash>,
    params: &FriParams,
    shape: &Shape,
    pool: &Arc<Pool>,
) -> (Vec<Layer>, Vec<Extension<D>>)
where
    F: Extendable<D>,
{
    let mut layers = Vec::with_capacity(params.reduction_arity_bits.len());
    let domains = std::iter::once(&shape.domain).chain(&shape.layers);
    for (&arity_bits, domain) in params.reduction_arity_bits.iter().zip(domains) {
        let values = extend::<D>(&coefficients, domain, pool);
        let leaves = values.rows() >> arity_bits;
        let tree =
            Tree::of_elements(leaves, D << arity_bits, params.config.cap_height, |leaf, i| match leaf < leaves {
                true => values.column(i % D)[(leaf << arity_bits) + i / D],
                false => F::ZERO,
            });
        challenger.observe_cap::<PoseidonHash>(&tree.cap());
        let beta = challenger.get_extension_challenge::<D>();
        coefficients = coefficients
            .par_chunks_exact(1 << arity_bits)
            .with_min_len(64)
            .map(|chunk| chunk.iter().rev().fold(Extension::<D>::ZERO, |sum, &c| sum * beta + c))
            .collect();
        layers.push(Layer { tree, values, arity_bits });
    }
    (layers, coefficients)
}

/// Values on the shifted domain in bit-reversed order, by coordinates.
fn extend<const D: usize>(coefficients: &[Extension<D>], domain: &Domain, pool: &Arc<Pool>) -> Columns
where
    F: Extendable<D>,
{
    let _stage = stage("transform");
    let (rows, blocks) = (coefficients.len(), 1 << domain.rate_bits);
    let coordinates = split::<D>(coefficients);
    let mut values = Columns::new(pool, rows * blocks, D);
    let parts: Vec<&mut [F]> = {
        let (all, _) = values.split_mut(D);
        all.chunks_exact_mut(rows).collect()
    };
    parts.into_par_iter().enumerate().for_each(|(i, out)| {
        shifted(&coordinates[i / blocks], domain, i % blocks, out);
    });
    values
}

/// Lets `challenger` observe the final polynomial and a proof of work, which it returns.
fn prove_work<const D: usize>(
    challenger: &mut Challenger<F, PoseidonHash>,
    last: &[Extension<D>],
    bits: u32,
) -> Result<F, ProveError>
where
    F: Extendable<D>,
{
    // plonky2 hides the challenger's pending input, so the sponge is taken while there is none
    // (a challenge has just been drawn) and absorbs the final polynomial beside the challenger.
    let mut sponge = challenger.clone().compact();
    let elements: Vec<F> = last.iter().flat_map(|e| e.to_basefield_array()).collect();
    let blocks = elements.chunks_exact(RATE);
    let pending = blocks.remainder();
    for block in blocks {
        sponge.set_from_slice(block, 0);
        sponge.permute();
    }
    sponge.set_from_slice(pending, 0);
    challenger.observe_extension_elements::<D>(last);

    let mut state = [F::ZERO; 12];
    state.copy_from_slice(sponge.as_ref());
    let witness = {
        let _stage = stage("grind");
        grind(&state.map(|element| element.0), pending.len(), |drawn| drawn.leading_zeros() >= bits)
    };
    let witness = F::from_canonical_u64(witness.ok_or(ProveError::NoWork)?);
    challenger.observe_element(witness);
    let response = challenger.get_challenge().to_canonical_u64();
    if response.leading_zeros() < bits { Err(ProveError::NoWork) } else { Ok(witness) }
}

/// Elements the challenger absorbs at once.
const RATE: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use plonky2::field::extension::quadratic::QuadraticExtension;
    use plonky2::field::types::Sample;

    #[test]
    fn division_equals_plonky2() {
        let f = QuadraticExtension::<F>::rand_vec(64);
        let z = QuadraticExtension::rand();
        let mut expected = PolynomialCoeffs::new(f.clone()).divide_by_linear(z).coeffs;
        expected.resize(64, Field::ZERO);
        assert_eq!(divide_by_linear::<2>(f, z), expected);
    }

    #[test]
    fn work_is_what_the_challenger_would_see() {
        for length in [1, 3, 4, 8] {
            let last = QuadraticExtension::<F>::rand_vec(length);
            let mut challenger = Challenger::<F, PoseidonHash>::new();
            challenger.observe_elements(&F::rand_vec(5));
            challenger.get_challenge();
            let mut fresh = challenger.clone();
            let witness = prove_work::<2>(&mut challenger, &last, 8).unwrap();
            fresh.observe_extension_elements::<2>(&last);
            fresh.observe_element(witness);
            assert!(fresh.get_challenge().to_canonical_u64().leading_zeros() >= 8);
            assert_eq!(fresh.get_challenge(), { challenger.get_challenge() });
        }
    }
}
