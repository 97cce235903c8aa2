//! A leaf proof as the circuit reads it: the library's values with one complete Merkle path for each query and complete
//! folded rows. Generic over what an element is, so that values and targets cannot drift apart.

use plonky2::hash::hash_types::{HashOut, HashOutTarget};
use plonky2::iop::ext_target::ExtensionTarget;
use plonky2::iop::target::Target;
use plonky2::iop::witness::WitnessWrite;

use super::LeafError;
use super::description::{Contents, LeafDescription};
use crate::recursion::embed::{self, ExtTarget};
use crate::recursion::{Builder, Field};
use crate::stark::{Challenge, Val};

/// What a proof is made of.
pub trait Kind {
    /// Element of the base field.
    type Base: Clone;
    /// Element of the extension.
    type Ext: Clone;
    /// Digest.
    type Digest: Clone;
}

/// Numbers.
#[derive(Clone, Copy, Debug)]
pub struct Values;

impl Kind for Values {
    type Base = Val;
    type Ext = Challenge;
    type Digest = [Val; 4];
}

/// Targets of a circuit.
#[derive(Clone, Copy, Debug)]
pub struct Targets;

impl Kind for Targets {
    type Base = Target;
    type Ext = ExtTarget;
    type Digest = HashOutTarget;
}

/// All parts of a leaf proof, the public values and the preprocessed commitment.
#[derive(Clone, Debug)]
pub struct Proof<K: Kind> {
    /// Public values of each table.
    pub public_values: Vec<Vec<K::Base>>,
    /// The caps, in opening order: main, quotient, preprocessed if any, permutation if any.
    pub caps: Vec<Vec<K::Digest>>,
    /// Opened values: commitment, matrix, point, column.
    pub opened: Vec<Vec<Vec<Vec<K::Ext>>>>,
    /// Sums of fractions of the tables with lookups.
    pub terminals: Vec<K::Ext>,
    /// Proof of work before the lookup challenges.
    pub lookup_pow: K::Base,
    /// Proof of work before the out-of-domain point.
    pub ood_pow: K::Base,
    /// Proof of work before the batching challenge.
    pub batch_pow: K::Base,
    /// Commitments of the folding rounds.
    pub fold_caps: Vec<Vec<K::Digest>>,
    /// Proofs of work of the folding rounds.
    pub fold_pows: Vec<K::Base>,
    /// Coefficients of the final polynomial.
    pub final_polynomial: Vec<K::Ext>,
    /// Proof of work before the query indices.
    pub query_pow: K::Base,
    /// The queries.
    pub queries: Vec<Query<K>>,
}

/// One query.
#[derive(Clone, Debug)]
pub struct Query<K: Kind> {
    /// Rows: commitment, matrix, column.
    pub rows: Vec<Vec<Vec<K::Base>>>,
    /// Digests beside the path of each commitment, leaves first.
    pub siblings: Vec<Vec<K::Digest>>,
    /// The row of each folding round.
    pub folds: Vec<Vec<K::Ext>>,
    /// Digests beside the path of each folding round.
    pub fold_siblings: Vec<Vec<K::Digest>>,
}

/// A proof's values.
pub type ProofValues = Proof<Values>;
/// Where they go.
pub type ProofTargets = Proof<Targets>;

impl ProofTargets {
    /// Fresh targets in the sizes of a shape.
    pub fn allocate(builder: &mut Builder, shape: &LeafDescription) -> Self {
        let p = &shape.parameters;
        let cap = 1 << p.cap_height;
        let ext = |builder: &mut Builder, n: usize| builder.add_virtual_extension_targets(n);
        let public_values = shape.tables.iter().map(|t| builder.add_virtual_targets(t.public_values)).collect();
        let caps = shape.commitments.iter().map(|_| builder.add_virtual_hashes(cap)).collect();
        let mut opened = Vec::with_capacity(shape.commitments.len());
        for commitment in &shape.commitments {
            let of_matrix = commitment.matrices.iter();
            opened.push(of_matrix.map(|m| (0..m.points()).map(|_| ext(builder, m.width)).collect()).collect());
        }
        Self {
            public_values,
            caps,
            opened,
            terminals: ext(builder, shape.lookup_tables()),
            lookup_pow: pow(builder, p.lookup_pow),
            ood_pow: pow(builder, p.ood_pow),
            batch_pow: pow(builder, p.batch_pow),
            fold_caps: shape.arities.iter().map(|_| builder.add_virtual_hashes(cap)).collect(),
            fold_pows: shape.arities.iter().map(|_| pow(builder, p.commit_pow)).collect(),
            final_polynomial: ext(builder, 1 << p.log_final_len),
            query_pow: pow(builder, p.query_pow),
            queries: (0..p.queries).map(|_| Query::allocate(builder, shape)).collect(),
        }
    }

    /// Sets every target. Fails if the values have another shape.
    pub fn assign<W: WitnessWrite<Field>>(&self, witness: &mut W, values: &ProofValues) -> Result<(), LeafError> {
        each(&self.public_values, &values.public_values, |t, v| set_bases(witness, t, v))?;
        each(&self.caps, &values.caps, |t, v| set_digests(witness, t, v))?;
        each(&self.opened, &values.opened, |t, v| each(t, v, |t, v| each(t, v, |t, v| set_exts(witness, t, v))))?;
        set_exts(witness, &self.terminals, &values.terminals)?;
        each(&self.fold_caps, &values.fold_caps, |t, v| set_digests(witness, t, v))?;
        set_bases(witness, &self.fold_pows, &values.fold_pows)?;
        set_exts(witness, &self.final_polynomial, &values.final_polynomial)?;
        let targets = [self.lookup_pow, self.ood_pow, self.batch_pow, self.query_pow];
        set_bases(witness, &targets, &[values.lookup_pow, values.ood_pow, values.batch_pow, values.query_pow])?;
        each(&self.queries, &values.queries, |t, v| t.assign(witness, v))
    }
}

/// Where the witness of a proof of work goes. Without bits the transcript does not read it; so that it cannot be
/// anything, its place is the constant 0 and not a target that nothing constrains (SOUNDNESS 4.3 l).
fn pow(builder: &mut Builder, bits: usize) -> Target {
    if bits == 0 { builder.zero() } else { builder.add_virtual_target() }
}

impl Query<Targets> {
    fn allocate(builder: &mut Builder, shape: &LeafDescription) -> Self {
        let cap_height = shape.parameters.cap_height;
        let mut query = Self { rows: vec![], siblings: vec![], folds: vec![], fold_siblings: vec![] };
        for commitment in &shape.commitments {
            let widths = commitment.matrices.iter().map(|m| m.width);
            query.rows.push(widths.map(|w| builder.add_virtual_targets(w)).collect());
            let tallest = commitment.matrices.iter().map(|m| m.log_height).max().unwrap_or(cap_height);
            query.siblings.push(builder.add_virtual_hashes(tallest - cap_height));
        }
        let mut log_height = shape.log_max_height();
        for &arity in &shape.arities {
            log_height -= arity;
            query.folds.push(builder.add_virtual_extension_targets(1 << arity));
            query.fold_siblings.push(builder.add_virtual_hashes(log_height - cap_height));
        }
        query
    }

    fn assign<W: WitnessWrite<Field>>(&self, witness: &mut W, values: &Query<Values>) -> Result<(), LeafError> {
        each(&self.rows, &values.rows, |t, v| each(t, v, |t, v| set_bases(witness, t, v)))?;
        each(&self.siblings, &values.siblings, |t, v| set_digests(witness, t, v))?;
        each(&self.folds, &values.folds, |t, v| set_exts(witness, t, v))?;
        each(&self.fold_siblings, &values.fold_siblings, |t, v| set_digests(witness, t, v))
    }
}

impl<K: Kind> Proof<K> {
    /// The cap over the preprocessed tables, if the shape has any.
    pub fn preprocessed_cap(&self, shape: &LeafDescription) -> Option<&[K::Digest]> {
        shape.position(Contents::Preprocessed).and_then(|at| self.caps.get(at)).map(Vec::as_slice)
    }
}

/// Applies `set` to pairs; an error unless both lists have the same length.
fn each<T, V>(
    targets: &[T],
    values: &[V],
    mut set: impl FnMut(&T, &V) -> Result<(), LeafError>,
) -> Result<(), LeafError> {
    if targets.len() != values.len() {
        return Err(LeafError::Malformed(format!("a list of {} where the shape has {}", values.len(), targets.len())));
    }
    targets.iter().zip(values).try_for_each(|(t, v)| set(t, v))
}

fn set_bases<W: WitnessWrite<Field>>(witness: &mut W, targets: &[Target], values: &[Val]) -> Result<(), LeafError> {
    each(targets, values, |&t, &v| witness.set_target(t, embed::base(v)).map_err(conflict))
}

fn set_exts<W: WitnessWrite<Field>>(
    witness: &mut W,
    targets: &[ExtensionTarget<2>],
    values: &[Challenge],
) -> Result<(), LeafError> {
    each(targets, values, |&t, &v| witness.set_extension_target(t, embed::extension(v)).map_err(conflict))
}

fn set_digests<W: WitnessWrite<Field>>(
    witness: &mut W,
    targets: &[HashOutTarget],
    values: &[[Val; 4]],
) -> Result<(), LeafError> {
    each(targets, values, |&t, v| {
        witness.set_hash_target(t, HashOut { elements: v.map(embed::base) }).map_err(conflict)
    })
}

fn conflict(error: impl std::fmt::Display) -> LeafError {
    LeafError::Witness(error.to_string())
}
