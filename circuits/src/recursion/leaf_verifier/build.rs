//! The whole verifier.

use std::collections::BTreeMap;

use plonky2::hash::hash_types::HashOutTarget;
use plonky2::iop::target::{BoolTarget, Target};
use plonky2::iop::witness::WitnessWrite;

use super::LeafError;
use super::description::LeafDescription;
use super::openings::combine_claims;
use super::proof::{ProofTargets, ProofValues};
use super::query::QueryPhase;
use super::table::{OutOfDomain, RowDomain};
use super::transcript::{Challenges, bus_prefixes, replay};
use crate::recursion::embed::ExtTarget;
use crate::recursion::{Builder, Field};

/// Rows that the parts of a verifier take. Arithmetic slots of one part can lie in rows that another part began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Transcript, index bits included.
    pub transcript: usize,
    /// Constraints and quotients of all tables.
    pub constraints: usize,
    /// Combination of the claimed values.
    pub claims: usize,
    /// Domain elements of all queries.
    pub points: usize,
    /// Hashes of committed rows and their paths.
    pub rows: usize,
    /// Random combinations of committed rows.
    pub combinations: usize,
    /// Folding.
    pub folds: usize,
    /// Hashes of folded rows and their paths.
    pub fold_rows: usize,
    /// All of the verifier.
    pub total: usize,
}

impl RowCounts {
    pub(super) fn measure<T>(
        &mut self,
        builder: &mut Builder,
        part: impl Fn(&mut Self) -> &mut usize,
        run: impl FnOnce(&mut Builder) -> T,
    ) -> T {
        let before = builder.num_gates();
        let result = run(builder);
        *part(self) += builder.num_gates() - before;
        result
    }
}

/// A leaf verifier inside a circuit.
#[derive(Clone, Debug)]
pub struct LeafVerifierTargets {
    proof: ProofTargets,
    preprocessed: Option<Vec<HashOutTarget>>,
    challenges: Challenges<ExtTarget, Vec<BoolTarget>>,
    rows: RowCounts,
}

impl LeafVerifierTargets {
    /// Public values of each table. The verifier binds them only as far as the tables' constraints mention them.
    pub fn public_values(&self) -> &[Vec<Target>] {
        &self.proof.public_values
    }

    /// Commitment to the preprocessed tables: an input that the surrounding circuit must bind.
    pub fn preprocessed_cap(&self) -> Option<&[HashOutTarget]> {
        self.preprocessed.as_deref()
    }

    /// All challenges.
    pub fn challenges(&self) -> &Challenges<ExtTarget, Vec<BoolTarget>> {
        &self.challenges
    }

    /// Where the rows went.
    pub fn rows(&self) -> &RowCounts {
        &self.rows
    }

    /// Sets all targets of the verifier.
    pub fn assign<W: WitnessWrite<Field>>(&self, witness: &mut W, values: &ProofValues) -> Result<(), LeafError> {
        self.proof.assign(witness, values)
    }
}

/// Adds a verifier of one leaf proof of a shape.
pub fn build_leaf_verifier(builder: &mut Builder, shape: &LeafDescription) -> Result<LeafVerifierTargets, LeafError> {
    let mut counts = RowCounts::default();
    let before = builder.num_gates();
    let proof = ProofTargets::allocate(builder, shape);
    let challenges = counts.measure(builder, |c| &mut c.transcript, |builder| replay(builder, shape, &proof))?;

    counts.measure(
        builder,
        |c| &mut c.constraints,
        |builder| {
            let prefixes = match challenges.lookup {
                Some(pair) => bus_prefixes(builder, shape, pair),
                None => Vec::new(),
            };
            let at_point = OutOfDomain { shape, proof: &proof, challenges: &challenges, prefixes: &prefixes };
            let mut domains: BTreeMap<usize, RowDomain> = BTreeMap::new();
            for (index, table) in shape.tables.iter().enumerate() {
                let bits = table.degree_bits;
                let domain = domains.entry(bits).or_insert_with(|| RowDomain::new(builder, challenges.zeta, bits));
                at_point.constrain(builder, index, domain)?;
            }
            // All fractions of all tables cancel.
            let sum = builder.add_many_extension(proof.terminals.iter());
            let zero = builder.zero_extension();
            builder.connect_extension(sum, zero);
            Ok::<(), LeafError>(())
        },
    )?;

    let openings = counts.measure(
        builder,
        |c| &mut c.claims,
        |builder| combine_claims(builder, shape, &proof, challenges.zeta, challenges.batch),
    );
    let joining: Vec<ExtTarget> = (challenges.betas.iter().zip(&shape.arities))
        .map(|(&beta, &arity)| builder.exp_power_of_2_extension(beta, arity))
        .collect();
    let phase = QueryPhase { shape, proof: &proof, challenges: &challenges, openings: &openings, joining: &joining };
    for (query, index) in proof.queries.iter().zip(&challenges.indices) {
        phase.constrain(builder, query, index, &mut counts)?;
    }
    counts.total = builder.num_gates() - before;
    let preprocessed = proof.preprocessed_cap(shape).map(<[HashOutTarget]>::to_vec);
    Ok(LeafVerifierTargets { proof, preprocessed, challenges, rows: counts })
}
