//! The transcript of a leaf proof: everything is observed, and every challenge drawn, in the library's order.

use p3_field::PrimeCharacteristicRing;
use plonky2::iop::target::BoolTarget;

use super::LeafError;
use super::description::{Contents, LeafDescription};
use super::proof::ProofTargets;
use crate::recursion::Builder;
use crate::recursion::challenger::ChallengerTarget;
use crate::recursion::embed::ExtTarget;
use crate::stark::Val;

/// All challenges of a proof, over whatever elements and bits are.
#[derive(Clone, Debug)]
pub struct Challenges<E, B> {
    /// Base of the lookup denominators and combiner of tuples; `None` without lookups.
    pub lookup: Option<(E, E)>,
    /// Combines the constraints of a table.
    pub alpha: E,
    /// The out-of-domain point.
    pub zeta: E,
    /// Combines the openings.
    pub batch: E,
    /// Folds, one a round.
    pub betas: Vec<E>,
    /// Query indices.
    pub indices: Vec<B>,
}

/// Replays the transcript. Checks all proofs of work.
pub fn replay(
    builder: &mut Builder,
    shape: &LeafDescription,
    proof: &ProofTargets,
) -> Result<Challenges<ExtTarget, Vec<BoolTarget>>, LeafError> {
    let p = &shape.parameters;
    let mut sponge = ChallengerTarget::new(builder);
    let cap = |contents: Contents| shape.position(contents).map(|at| proof.caps[at].as_slice());
    let required = |cap: Option<_>| cap.ok_or(LeafError::Shape("a leaf without main or quotient commitment"));

    sponge.observe_constants(builder, &shape.seeds.batch);
    for table in &shape.tables {
        // An element of the extension: the height and a zero limb.
        sponge.observe_constants(builder, &[Val::from_usize(table.degree_bits), Val::ZERO]);
    }
    sponge.observe_cap(builder, required(cap(Contents::Main))?);
    for values in &proof.public_values {
        sponge.observe_all(builder, values);
    }
    if let Some(cap) = cap(Contents::Preprocessed) {
        sponge.observe_cap(builder, cap);
    }
    let mut lookup = None;
    if let Some(cap) = cap(Contents::Permutation) {
        sponge.check_pow(builder, p.lookup_pow, proof.lookup_pow);
        lookup = Some((sponge.sample_ext(builder), sponge.sample_ext(builder)));
        sponge.observe_cap(builder, cap);
        sponge.observe_ext(builder, &proof.terminals);
    }
    let alpha = sponge.sample_ext(builder);
    sponge.observe_cap(builder, required(cap(Contents::Quotient))?);
    sponge.check_pow(builder, p.ood_pow, proof.ood_pow);
    let zeta = sponge.sample_ext(builder);

    sponge.observe_constants(builder, &shape.seeds.openings);
    for values in proof.opened.iter().flatten().flatten() {
        sponge.observe_ext(builder, values);
    }
    sponge.check_pow(builder, p.batch_pow, proof.batch_pow);
    let batch = sponge.sample_ext(builder);

    sponge.observe_constants(builder, &shape.seeds.fri);
    let mut betas = Vec::with_capacity(shape.arities.len());
    for (cap, &pow) in proof.fold_caps.iter().zip(&proof.fold_pows) {
        sponge.observe_cap(builder, cap);
        sponge.check_pow(builder, p.commit_pow, pow);
        betas.push(sponge.sample_ext(builder));
    }
    sponge.observe_ext(builder, &proof.final_polynomial);
    sponge.check_pow(builder, p.query_pow, proof.query_pow);
    let bits = shape.log_max_height();
    let indices = (0..p.queries).map(|_| sponge.sample_bits(builder, bits)).collect();
    Ok(Challenges { lookup, alpha, zeta, batch, betas, indices })
}

/// Denominator base of each bus: `alpha + (i + 1) * beta^W`, where W is the width of the widest tuple.
pub fn bus_prefixes(
    builder: &mut Builder,
    shape: &LeafDescription,
    (alpha, beta): (ExtTarget, ExtTarget),
) -> Vec<ExtTarget> {
    let step = builder.exp_u64_extension(beta, shape.widest_tuple as u64);
    let mut prefix = alpha;
    (0..shape.buses)
        .map(|_| {
            prefix = builder.add_extension(prefix, step);
            prefix
        })
        .collect()
}
