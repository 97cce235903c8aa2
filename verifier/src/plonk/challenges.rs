//! The transcript of a proof, and everything that is drawn from it.

use super::Proof;
use crate::challenger::Challenger;
use crate::extension::Quadratic;
use crate::field::Goldilocks;
use crate::key::Shape;
use crate::poseidon::Hash;

/// The verifier's random choices.
pub(crate) struct Challenges {
    /// Scale the permutation in the grand product; one for each repetition.
    pub betas: Vec<Goldilocks>,
    /// Shift the factors of the grand product.
    pub gammas: Vec<Goldilocks>,
    /// Combine the constraints.
    pub alphas: Vec<Goldilocks>,
    /// Where polynomials are opened.
    pub zeta: Quadratic,
    /// Combines the openings.
    pub fri_alpha: Quadratic,
    /// Fold the layers.
    pub fri_betas: Vec<Quadratic>,
    /// Must begin with zero bits.
    pub grinding_response: Goldilocks,
    /// Rows that are asked for.
    pub indices: Vec<usize>,
}

/// What plonky2 says first: parameters of FRI, then of this instance. Zero knowledge is off.
fn observe_shape(challenger: &mut Challenger, shape: &Shape) {
    let numbers = [shape.rate_bits, shape.cap_height, shape.grinding_bits];
    numbers.iter().for_each(|&number| challenger.observe_number(number as u64));
    shape.folding_strategy.iter().for_each(|&number| challenger.observe_number(number));
    let hiding = 0;
    for number in [shape.queries, hiding, shape.degree_bits] {
        challenger.observe_number(number as u64);
    }
    shape.folds.iter().for_each(|&fold| challenger.observe_number(fold as u64));
}

impl Challenges {
    pub fn of(proof: &Proof, shape: &Shape, circuit_digest: &Hash, public_inputs_hash: &Hash) -> Self {
        let mut challenger = Challenger::new();
        observe_shape(&mut challenger, shape);
        challenger.observe_hash(circuit_digest);
        challenger.observe_hash(public_inputs_hash);

        challenger.observe_cap(&proof.wires_cap);
        let betas = challenger.challenges(shape.challenges);
        let gammas = challenger.challenges(shape.challenges);
        challenger.observe_cap(&proof.zs_cap);
        let alphas = challenger.challenges(shape.challenges);
        challenger.observe_cap(&proof.quotient_cap);
        let zeta = challenger.extension_challenge();

        challenger.observe_extension(&proof.openings.at_zeta());
        challenger.observe_extension(&proof.openings.zs_next);
        let fri_alpha = challenger.extension_challenge();
        let mut fri_betas = Vec::with_capacity(shape.folds.len());
        for cap in &proof.fold_caps {
            challenger.observe_cap(cap);
            fri_betas.push(challenger.extension_challenge());
        }
        challenger.observe_extension(&proof.final_polynomial);
        challenger.observe(proof.grinding_witness);
        let grinding_response = challenger.challenge();
        let mask = (1 << shape.lde_bits()) - 1;
        let indices = challenger.challenges(shape.queries).iter().map(|x| (x.value() & mask) as usize).collect();
        Self { betas, gammas, alphas, zeta, fri_alpha, fri_betas, grinding_response, indices }
    }
}
