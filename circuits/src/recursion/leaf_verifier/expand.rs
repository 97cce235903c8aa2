//! From a library proof to the values the circuit reads.
//!
//! The library shares Merkle digests between queries and leaves out of each folded row the value that the verifier computes
//! itself. A circuit has one path a query and complete rows, so both are restored here. The proof is verified first: what
//! is left to go wrong afterwards is only a difference between the library and this crate.

use p3_batch_stark::BatchVerifierTranscript;
use p3_batch_stark::config::StarkGenericConfig;
use p3_batch_stark::verifier::commitments_with_opening_points;
use p3_commit::CommitmentWithOpeningPoints;
use p3_field::BasedVectorSpace;
use p3_fri::verifier::{fold_query, open_inputs};
use p3_fri::{
    FriParameters, FriShape, PcsShape, PcsVerifierTranscript, TwoAdicFriFolding, TwoAdicFriFoldingForMmcs,
    VerifierTranscript,
};
use p3_lookup::LogUpGadget;
use p3_matrix::Dimensions;

use super::LeafError;
use super::description::{LeafDescription, Matrix};
use super::proof::{ProofValues, Query, Values};
use super::transcript::Challenges;
use crate::stark::{Challenge, ChallengeMmcs, Challenger, Config, LeafAir, MerkleCap, Mmcs, Proof, Setup, Val};

type Claims = Vec<CommitmentWithOpeningPoints<Challenge, MerkleCap, p3_field::coset::TwoAdicMultiplicativeCoset<Val>>>;
type NativeChallenges = Challenges<Challenge, usize>;

/// Verifies a proof natively and expands it for the circuit.
pub fn expand<A: LeafAir>(
    setup: &Setup<A>,
    shape: &LeafDescription,
    proof: &Proof,
    public_values: &[Vec<Val>],
) -> Result<ProofValues, LeafError> {
    expand_with_challenges(setup, shape, proof, public_values).map(|(values, _)| values)
}

/// The same, with all challenges of the native transcript.
pub fn expand_with_challenges<A: LeafAir>(
    setup: &Setup<A>,
    shape: &LeafDescription,
    proof: &Proof,
    public_values: &[Vec<Val>],
) -> Result<(ProofValues, NativeChallenges), LeafError> {
    setup.verify(proof, public_values)?;
    restore(setup, shape, proof, public_values)
}

/// Expansion without verification, of a proof whose sizes fit the shape.
pub(super) fn restore<A: LeafAir>(
    setup: &Setup<A>,
    shape: &LeafDescription,
    proof: &Proof,
    public_values: &[Vec<Val>],
) -> Result<(ProofValues, NativeChallenges), LeafError> {
    let (challenges, claims) = replay(setup, shape, proof, public_values)?;
    let queries = queries(shape, proof, &challenges, &claims)?;
    let fri = &proof.opening_proof;
    let values = ProofValues {
        public_values: public_values.to_vec(),
        caps: claims.iter().map(|c| c.commitment.roots().to_vec()).collect(),
        opened: (claims.iter())
            .map(|c| c.matrices.iter().map(|m| m.points.iter().map(|p| p.values.clone()).collect()).collect())
            .collect(),
        terminals: proof.lookup_terminals.iter().flatten().map(|t| t.0).collect(),
        lookup_pow: proof.lookup_pow_witness.unwrap_or_default(),
        ood_pow: proof.ood_pow_witness,
        batch_pow: fri.batch_pow_witness,
        fold_caps: fri.commit_phase_commits.iter().map(|cap| cap.roots().to_vec()).collect(),
        fold_pows: fri.commit_pow_witnesses.clone(),
        final_polynomial: fri.final_poly.clone(),
        query_pow: fri.query_pow_witness,
        queries,
    };
    Ok((values, challenges))
}

/// The native transcript, step by step through the library's own drivers.
fn replay<A: LeafAir>(
    setup: &Setup<A>,
    shape: &LeafDescription,
    proof: &Proof,
    public_values: &[Vec<Val>],
) -> Result<(NativeChallenges, Claims), LeafError> {
    let config = setup.config();
    let common = setup.common();
    let parameters = fri_parameters(shape);
    let mut sponge = config.initialise_challenger();
    let mut lookup = None;
    let mut batch_stark =
        BatchVerifierTranscript::<Challenger, Val, Challenge, MerkleCap>::new(&mut sponge, shape.batch_shape());
    batch_stark.instance_bindings(&proof.degree_bits);
    batch_stark.main_phase(proof.commitments.main.clone(), public_values);
    batch_stark.preprocessed_phase(setup.preprocessed_cap().cloned());
    let laid_out =
        batch_stark.lookup_phase(&common.lookups, &LogUpGadget::new(), proof.lookup_pow_witness).map_err(malformed)?;
    let terminals: Vec<Challenge> = proof.lookup_terminals.iter().flatten().map(|t| t.0).collect();
    let alpha = batch_stark.permutation_phase(proof.commitments.permutation.clone(), &terminals);
    batch_stark.quotient_phase(proof.commitments.quotient_chunks.clone(), None);
    let zeta = batch_stark.ood_phase(proof.ood_pow_witness).map_err(malformed)?;
    if let Some(pair) = laid_out.iter().find(|c| c.len() >= 2) {
        lookup = Some((pair[0], pair[1]));
    }
    let widths: Vec<usize> = shape.tables.iter().map(|t| t.preprocessed_width).collect();
    let argument = commitments_with_opening_points::<Config, A>(
        config,
        setup.airs(),
        zeta,
        &proof.commitments,
        &proof.opened_values,
        common,
        &proof.degree_bits,
        &widths,
        setup.log_quotient_chunks(),
    );
    let claims = match argument {
        Ok((claims, _, _)) => claims,
        Err(error) => {
            batch_stark.abort();
            return Err(malformed(error));
        }
    };
    let opened = batch_stark.delegate(|sponge| opening_challenges(sponge, &parameters, shape, proof, &claims));
    batch_stark.finish();
    let (batch, betas, indices) = opened?;
    Ok((Challenges { lookup, alpha, zeta, batch, betas, indices }, claims))
}

type OpeningChallenges = (Challenge, Vec<Challenge>, Vec<usize>);

fn opening_challenges(
    sponge: &mut Challenger,
    parameters: &FriParameters<ChallengeMmcs>,
    shape: &LeafDescription,
    proof: &Proof,
    claims: &Claims,
) -> Result<OpeningChallenges, LeafError> {
    let fri = &proof.opening_proof;
    let mut openings =
        PcsVerifierTranscript::<Challenger, Val, Challenge>::new(sponge, PcsShape::from_claims(parameters, claims));
    openings.claimed_openings(claims).map_err(malformed)?;
    let batch = openings.batch_phase(Some(fri.batch_pow_witness)).map_err(malformed)?;
    let folding = openings.delegate(|sponge| {
        let schedule = FriShape::with_schedule(parameters, shape.arities.clone(), shape.log_max_height());
        let mut folding = VerifierTranscript::<Challenger, Val, Challenge>::new(sponge, schedule);
        let betas = folding.commit_rounds(&fri.commit_phase_commits, &fri.commit_pow_witnesses).map_err(malformed)?;
        let indices = folding.query_phase(&fri.final_poly, Some(fri.query_pow_witness)).map_err(malformed)?;
        folding.finish();
        Ok::<_, LeafError>((betas, indices))
    });
    openings.finish();
    let (betas, indices) = folding?;
    Ok((batch, betas, indices))
}

fn fri_parameters(shape: &LeafDescription) -> FriParameters<ChallengeMmcs> {
    shape.parameters.fri(ChallengeMmcs::new(shape.parameters.mmcs()))
}

/// All rows with their paths.
fn queries(
    shape: &LeafDescription,
    proof: &Proof,
    challenges: &NativeChallenges,
    claims: &Claims,
) -> Result<Vec<Query<Values>>, LeafError> {
    let fri = &proof.opening_proof;
    let mmcs = shape.parameters.mmcs();
    let log_max = shape.log_max_height();
    let indices = &challenges.indices;
    let mut queries: Vec<Query<Values>> =
        vec![Query { rows: vec![], siblings: vec![], folds: vec![], fold_siblings: vec![] }; indices.len()];
    for (commitment, opening) in shape.commitments.iter().zip(&fri.input_openings) {
        let dimensions: Vec<Dimensions> = commitment.matrices.iter().map(dimensions_of).collect();
        let tallest = commitment.matrices.iter().map(|m| m.log_height).max().unwrap_or(log_max);
        let reduced: Vec<usize> = indices.iter().map(|index| index >> (log_max - tallest)).collect();
        let paths = mmcs
            .restore_and_recompute_paths(&dimensions, &reduced, &opening.opened_values, &opening.opening_proof)
            .map_err(malformed)?;
        for ((query, path), rows) in queries.iter_mut().zip(paths).zip(&opening.opened_values) {
            query.rows.push(rows.clone());
            query.siblings.push(path.siblings);
        }
    }
    let (groups, rows) = folded_rows(shape, proof, challenges, claims)?;
    let mut log_height = log_max;
    for (round, arity) in shape.arities.iter().enumerate() {
        log_height -= arity;
        let flat: Vec<Vec<Vec<Val>>> =
            (rows[round].iter()).map(|matrices| matrices.iter().map(|row| limbs(row)).collect()).collect();
        let dimensions = [Dimensions { width: 2 << arity, height: 1 << log_height }];
        let opening = &fri.commit_phase_openings[round].opening_proof;
        let paths = mmcs.restore_and_recompute_paths(&dimensions, &groups[round], &flat, opening).map_err(malformed)?;
        for ((query, path), row) in queries.iter_mut().zip(paths).zip(&rows[round]) {
            query.folds.push(row.concat());
            query.fold_siblings.push(path.siblings);
        }
    }
    Ok(queries)
}

type FoldedRows = (Vec<Vec<usize>>, Vec<Vec<Vec<Vec<Challenge>>>>);

/// Row index and complete row of every query in every folding round.
fn folded_rows(
    shape: &LeafDescription,
    proof: &Proof,
    challenges: &NativeChallenges,
    claims: &Claims,
) -> Result<FoldedRows, LeafError> {
    let fri = &proof.opening_proof;
    let parameters = fri_parameters(shape);
    let log_max = shape.log_max_height();
    let mmcs = shape.parameters.mmcs();
    let reduced = open_inputs::<Val, Challenge, Mmcs, ChallengeMmcs>(
        &parameters,
        log_max,
        &challenges.indices,
        &fri.input_openings,
        challenges.batch,
        &mmcs,
        claims,
    )
    .map_err(malformed)?;
    let folding: TwoAdicFriFoldingForMmcs<Val, Mmcs> = TwoAdicFriFolding(std::marker::PhantomData);
    let mut groups = vec![vec![]; shape.arities.len()];
    let mut rows = vec![vec![]; shape.arities.len()];
    for (query, (&index, openings)) in challenges.indices.iter().zip(reduced).enumerate() {
        let mut index = index;
        // The folded value is compared with the final polynomial by the native verifier, which has run.
        let _ = fold_query::<_, Val, Challenge, ChallengeMmcs>(
            &folding,
            query,
            &mut index,
            &challenges.betas,
            &shape.arities,
            &fri.commit_phase_openings,
            openings,
            log_max,
            shape.log_final_height(),
            &mut groups,
            &mut rows,
        )
        .map_err(malformed)?;
    }
    Ok((groups, rows))
}

fn dimensions_of(matrix: &Matrix) -> Dimensions {
    Dimensions { width: matrix.width, height: 1 << matrix.log_height }
}

fn limbs(row: &[Challenge]) -> Vec<Val> {
    row.iter().flat_map(|e| e.as_basis_coefficients_slice().to_vec()).collect()
}

fn malformed(error: impl std::fmt::Debug) -> LeafError {
    LeafError::Malformed(format!("{error:?}"))
}
