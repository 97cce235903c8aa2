//! A prover for plonky2 circuits, faster than plonky2's own and accepted by its verifier.
//!
//! It takes plonky2's public types and returns plonky2's proof: the same transcript, the same
//! commitments bit for bit. What differs is how they are computed:
//!
//! * [`witness`]: generators run once each, all that are ready at the same time on all threads;
//! * [`fft`], [`commitment`]: transforms that leave columns in the order of the leaves;
//! * [`merkle`]: as many Poseidon permutations at once as the vectors have lanes;
//! * [`permutation`], [`quotient`], [`gates`]: packed arithmetic over runs of rows;
//! * [`fri`]: openings and folding on columns;
//! * [`columns`]: memory is kept from proof to proof.
//!
//! Supported are circuits over Goldilocks without zero knowledge and without lookups, any number of
//! challenges, any extension degree. Others fall back to plonky2's prover, with a warning. Every
//! proof is verified by plonky2's verifier before it is returned, so a fault in this prover costs
//! time and nothing else.

mod columns;
mod commitment;
mod domain;
mod extension_gates;
mod fft;
mod fri;
mod gates;
mod merkle;
mod opening;
mod packing;
mod permutation;
mod poseidon_gate;
mod quotient;
mod witness;

#[cfg(test)]
mod tests;

use crate::stage::stage;
use columns::{Columns, Pool, TILE};
use commitment::{Oracle, interpolate_all};
use domain::Shape;
use fri::Opening;
use opening::PowersOf;
use packing::F;
use permutation::Argument;
use plonky2::field::extension::Extendable;
use plonky2::field::types::Field;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::challenger::Challenger;
use plonky2::iop::witness::{PartialWitness, PartitionWitness, Witness};
use plonky2::plonk::circuit_data::{
    CommonCircuitData, ProverOnlyCircuitData, VerifierCircuitData, VerifierOnlyCircuitData,
};
use plonky2::plonk::config::{GenericConfig, Hasher};
use plonky2::plonk::proof::{OpeningSet, Proof, ProofWithPublicInputs};
use quotient::Quotient;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use witness::Watches;

/// Configurations whose commitments and transcript use Poseidon over Goldilocks.
pub trait Config<const D: usize>: GenericConfig<D, F = F, Hasher = PoseidonHash> + 'static {}
impl<C: GenericConfig<D, F = F, Hasher = PoseidonHash> + 'static, const D: usize> Config<D> for C {}

type Circuit<'a, const D: usize> = &'a CommonCircuitData<F, D>;
type Extension<const D: usize> = <F as Extendable<D>>::Extension;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// A generator failed, or two of them disagree on a target.
    #[error("witness: {0}")]
    Witness(String),
    /// The quotient is not a polynomial. Noticed here only where the quotient's degree leaves room
    /// in its domain; otherwise the verifier notices and the proof is [`ProveError::Rejected`].
    #[error("the witness does not satisfy the circuit")]
    Unsatisfied,
    /// The circuit's data contradict each other.
    #[error("malformed circuit: {0}")]
    Circuit(String),
    /// The transcript's point lies among the rows (probability below 2^-100): prove again.
    #[error("the opening point is in the subgroup")]
    OpeningPoint,
    /// No proof-of-work witness was found.
    #[error("proof of work failed")]
    NoWork,
    /// plonky2's own prover, used for a circuit that this one does not support, failed.
    #[error("plonky2's prover: {0}")]
    Fallback(String),
    /// The proof does not verify; it is not returned.
    #[error("the proof was rejected: {0}")]
    Rejected(String),
}

/// The prover: tables and buffers, kept from proof to proof. Safe to share; proofs of several
/// threads at once take a buffer each.
#[derive(Default)]
pub struct FastProver {
    pool: Arc<Pool>,
    shapes: Mutex<HashMap<ShapeKey, Arc<Shape>>>,
    watches: Mutex<HashMap<WatchesKey, Arc<Watches>>>,
}

/// Rows, blowup, quotient degree (each as a logarithm), FRI arities.
type ShapeKey = (usize, usize, usize, Vec<usize>);
/// Circuit digest, and address and number of the generators: equal digests do not mean equal
/// generators.
type WatchesKey = ([u64; 4], usize, usize);

/// Watch lists are kept for this many circuits.
const KEPT_WATCHES: usize = 8;

impl FastProver {
    /// A prover with no tables or buffers yet; the first proof of each size makes them.
    pub fn new() -> Self {
        Self::default()
    }

    /// A verified proof of the circuit on `inputs`.
    pub fn prove<C: Config<D>, const D: usize>(
        &self,
        prover_data: &ProverOnlyCircuitData<F, C, D>,
        common: &CommonCircuitData<F, D>,
        inputs: PartialWitness<F>,
    ) -> Result<ProofWithPublicInputs<F, C, D>, ProveError>
    where
        F: Extendable<D>,
    {
        let proof = match unsupported(common) {
            None => {
                let witness = {
                    let _stage = stage("generate");
                    self.witness(prover_data, common, inputs)?
                };
                self.prove_witness(prover_data, common, &witness)?
            }
            Some(reason) => {
                tracing::warn!(reason, "circuit not supported, using plonky2's own prover");
                let mut timing = plonky2::util::timing::TimingTree::default();
                plonky2::plonk::prover::prove(prover_data, common, inputs, &mut timing)
                    .map_err(|error| ProveError::Fallback(error.to_string()))?
            }
        };
        let _stage = stage("verify");
        verified(prover_data, common, proof)
    }

    /// The full witness of the circuit on `inputs`.
    fn witness<'a, C: Config<D>, const D: usize>(
        &self,
        prover_data: &'a ProverOnlyCircuitData<F, C, D>,
        common: &CommonCircuitData<F, D>,
        inputs: PartialWitness<F>,
    ) -> Result<PartitionWitness<'a, F>, ProveError>
    where
        F: Extendable<D>,
    {
        let generators = &prover_data.generators;
        let digest = prover_data.circuit_digest.elements.map(|e| e.0);
        let key = (digest, generators.as_ptr() as usize, generators.len());
        let known = lock(&self.watches).get(&key).cloned();
        let watches = match known {
            Some(watches) => watches,
            None => {
                let watches =
                    Watches::new(prover_data).ok_or_else(|| ProveError::Circuit("watch lists out of range".into()))?;
                let watches = Arc::new(watches);
                let mut kept = lock(&self.watches);
                if kept.len() >= KEPT_WATCHES {
                    kept.clear();
                }
                kept.insert(key, watches.clone());
                watches
            }
        };
        witness::generate(inputs, prover_data, common, &watches)
    }

    /// A proof, not yet verified, from a full witness of a supported circuit.
    fn prove_witness<C: Config<D>, const D: usize>(
        &self,
        prover_data: &ProverOnlyCircuitData<F, C, D>,
        common: &CommonCircuitData<F, D>,
        witness: &PartitionWitness<F>,
    ) -> Result<ProofWithPublicInputs<F, C, D>, ProveError>
    where
        F: Extendable<D>,
    {
        let config = &common.config;
        let (challenges, cap_height) = (config.num_challenges, config.fri_config.cap_height);
        let shape = self.shape(common);
        let pool = &self.pool;
        let commit = |coefficients| Oracle::new(coefficients, &shape.domain, cap_height, pool);

        let public_inputs = witness.get_targets(&prover_data.public_inputs);
        let public_inputs_hash = C::InnerHasher::hash_no_pad(&public_inputs);
        let mut wires = Columns::new(pool, common.degree(), config.num_wires);
        {
            let _stage = stage("generate");
            witness::fill_wires(witness, &mut wires);
        }
        let wires_oracle = commit(interpolate_all(&wires, &shape.domain, pool));

        let mut challenger = Challenger::<F, PoseidonHash>::new();
        common.fri_params.observe(&mut challenger);
        challenger.observe_hash::<PoseidonHash>(prover_data.circuit_digest);
        challenger.observe_hash::<C::InnerHasher>(public_inputs_hash);
        challenger.observe_cap::<PoseidonHash>(&wires_oracle.cap());
        let betas = challenger.get_n_challenges(challenges);
        let gammas = challenger.get_n_challenges(challenges);

        let argument = Argument {
            sigmas: &prover_data.sigmas,
            subgroup: &prover_data.subgroup,
            cosets: &common.k_is[..config.num_routed_wires],
            chunk: common.quotient_degree_factor,
            betas: &betas,
            gammas: &gammas,
        };
        let products = {
            let _stage = stage("products");
            argument.columns(&wires, pool)
        };
        drop(wires);
        let products_oracle = commit(interpolate_all(&products, &shape.domain, pool));
        drop(products);
        challenger.observe_cap::<PoseidonHash>(&products_oracle.cap());
        let alphas = challenger.get_n_challenges(challenges);

        let quotient = Quotient {
            circuit: common,
            shape: &shape,
            preprocessed: &prover_data.constants_sigmas_commitment.merkle_tree.leaves,
            wires: &wires_oracle.extension,
            products: &products_oracle.extension,
            public_inputs_hash: &public_inputs_hash,
            betas: &betas,
            gammas: &gammas,
            alphas: &alphas,
        };
        let quotient_oracle = commit(quotient.coefficients(pool)?);
        challenger.observe_cap::<PoseidonHash>(&quotient_oracle.cap());

        let point = challenger.get_extension_challenge::<D>();
        if point.exp_power_of_2(common.degree_bits()) == Extension::<D>::ONE {
            return Err(ProveError::OpeningPoint);
        }
        let generator = Extension::<D>::primitive_root_of_unity(common.degree_bits());
        let opening = Opening {
            preprocessed: &prover_data.constants_sigmas_commitment,
            oracles: [&wires_oracle, &products_oracle, &quotient_oracle],
            point,
            next_point: generator * point,
            next_count: challenges,
        };
        let openings = {
            let _stage = stage("open");
            open(&opening, common)
        };
        observe(&openings, &mut challenger);
        let opening_proof = opening.prove(&mut challenger, &common.fri_params, &shape, pool)?;
        let proof = Proof {
            wires_cap: wires_oracle.cap(),
            plonk_zs_partial_products_cap: products_oracle.cap(),
            quotient_polys_cap: quotient_oracle.cap(),
            openings,
            opening_proof,
        };
        Ok(ProofWithPublicInputs { proof, public_inputs })
    }

    fn shape<const D: usize>(&self, common: &CommonCircuitData<F, D>) -> Arc<Shape>
    where
        F: Extendable<D>,
    {
        let arities = &common.fri_params.reduction_arity_bits;
        let rate_bits = common.config.fri_config.rate_bits;
        let quotient_bits = quotient_bits(common);
        let key = (common.degree_bits(), rate_bits, quotient_bits, arities.clone());
        lock(&self.shapes)
            .entry(key)
            .or_insert_with(|| Arc::new(Shape::new(common.degree_bits(), rate_bits, quotient_bits, arities)))
            .clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Only caches are behind these locks, and they are whole at every moment.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn quotient_bits<const D: usize>(common: &CommonCircuitData<F, D>) -> usize
where
    F: Extendable<D>,
{
    common.quotient_degree_factor.next_power_of_two().trailing_zeros() as usize
}

/// What this prover does not do in the circuit, if anything.
fn unsupported<const D: usize>(common: &CommonCircuitData<F, D>) -> Option<&'static str>
where
    F: Extendable<D>,
{
    let rules = [
        (!common.luts.is_empty() || common.num_lookup_polys > 0, "lookups"),
        (common.num_lookup_selectors > 0, "lookup selectors"),
        (common.config.zero_knowledge || common.fri_params.hiding, "zero knowledge"),
        (common.degree() < TILE, "too few rows"),
        (quotient_bits(common) > common.config.fri_config.rate_bits, "quotient above the rate"),
        (common.num_partial_products == 0, "no partial products"),
    ];
    rules.into_iter().find(|(broken, _)| *broken).map(|(_, reason)| reason)
}

/// The proof, if plonky2's verifier accepts it.
fn verified<C: Config<D>, const D: usize>(
    prover_data: &ProverOnlyCircuitData<F, C, D>,
    common: &CommonCircuitData<F, D>,
    proof: ProofWithPublicInputs<F, C, D>,
) -> Result<ProofWithPublicInputs<F, C, D>, ProveError>
where
    F: Extendable<D>,
{
    let verifier_only = VerifierOnlyCircuitData {
        constants_sigmas_cap: prover_data.constants_sigmas_commitment.merkle_tree.cap.clone(),
        circuit_digest: prover_data.circuit_digest,
    };
    let verifier = VerifierCircuitData { verifier_only, common: common.clone() };
    verifier.verify(proof.clone()).map_err(|error| ProveError::Rejected(error.to_string()))?;
    Ok(proof)
}

/// All openings the verifier asks for.
fn open<C: Config<D>, const D: usize>(opening: &Opening<C, D>, common: &CommonCircuitData<F, D>) -> OpeningSet<F, D>
where
    F: Extendable<D>,
{
    let powers = PowersOf::<D>::new(opening.point, common.degree());
    let preprocessed: Vec<&[F]> =
        opening.preprocessed.polynomials.iter().map(|polynomial| &polynomial.coeffs[..]).collect();
    let preprocessed = powers.evaluate(&preprocessed);
    let [wires, products, quotient] =
        opening.oracles.map(|oracle| powers.evaluate(&oracle.coefficients.iter().collect::<Vec<_>>()));
    let zs: Vec<&[F]> = opening.oracles[1].coefficients.iter().take(opening.next_count).collect();
    OpeningSet {
        constants: preprocessed[common.constants_range()].to_vec(),
        plonk_sigmas: preprocessed[common.sigmas_range()].to_vec(),
        wires,
        plonk_zs: products[common.zs_range()].to_vec(),
        plonk_zs_next: PowersOf::<D>::new(opening.next_point, common.degree()).evaluate(&zs),
        partial_products: products[common.partial_products_range()].to_vec(),
        quotient_polys: quotient,
        lookup_zs: Vec::new(),
        lookup_zs_next: Vec::new(),
    }
}

/// Lets the transcript observe the openings, in plonky2's order.
fn observe<const D: usize>(openings: &OpeningSet<F, D>, challenger: &mut Challenger<F, PoseidonHash>)
where
    F: Extendable<D>,
{
    for values in [
        &openings.constants,
        &openings.plonk_sigmas,
        &openings.wires,
        &openings.plonk_zs,
        &openings.partial_products,
        &openings.quotient_polys,
        &openings.plonk_zs_next,
    ] {
        challenger.observe_extension_elements::<D>(values);
    }
}
