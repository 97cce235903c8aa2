//! A table's constraints and interactions at as many points as a packed element has lanes.

use braid_circuits::stark::{Challenge, Val};
use braid_primitives::sums::{Factor, Lanes, MOST_PRODUCTS, Sum};
use p3_air::{AirBuilder, RowWindow};
use p3_field::{BasedVectorSpace, PrimeCharacteristicRing, PrimeField64};
use p3_lookup::{Count, InteractionBuilder};

use super::packing::{P, PackedChallenge, WIDTH};

/// Base elements of a challenge.
pub(super) const DIMENSION: usize = <Challenge as BasedVectorSpace<Val>>::DIMENSION;

/// A challenge as factors of base elements.
pub(super) fn factors(challenge: &Challenge) -> [Factor; DIMENSION] {
    let coefficients: &[Val] = challenge.as_basis_coefficients_slice();
    std::array::from_fn(|i| Factor::new(coefficients[i].as_canonical_u64()))
}

/// Sums of products with the coefficients of challenges.
#[derive(Clone, Copy, Default)]
pub(super) struct ChallengeSum([Sum<WIDTH>; DIMENSION]);

impl ChallengeSum {
    /// At most [`MOST_PRODUCTS`] times.
    #[inline(always)]
    pub fn add(&mut self, value: &P, factors: &[Factor; DIMENSION]) {
        let lanes = Lanes::packed(value);
        for (sum, factor) in self.0.iter_mut().zip(factors) {
            sum.add(lanes, *factor);
        }
    }

    #[inline(always)]
    pub fn value(&self) -> PackedChallenge {
        PackedChallenge::from_basis_coefficients_fn(|i| self.0[i].packed())
    }
}

/// What the tuples of a fraction column are combined with: `alpha - sum of element j times beta^(k - 1 - j)`.
#[derive(Clone)]
pub(super) struct Fingerprint {
    alpha: PackedChallenge,
    /// Powers of beta from 0 on.
    betas: Vec<[Factor; DIMENSION]>,
}

impl Fingerprint {
    /// For tuples of at most `width` elements.
    pub fn new(alpha: Challenge, beta: Challenge, width: usize) -> Self {
        let betas = beta.powers().take(width).map(|power| factors(&power));
        Self { alpha: PackedChallenge::from(alpha), betas: betas.collect() }
    }

    #[inline(always)]
    pub fn of<'a>(&self, tuple: impl DoubleEndedIterator<Item = &'a P>) -> PackedChallenge {
        let mut sum = ChallengeSum::default();
        for (element, beta) in tuple.rev().zip(&self.betas) {
            sum.add(element, beta);
        }
        self.alpha - sum.value()
    }
}

/// An interaction: what the fraction of its tuple has below and above the line.
#[derive(Clone, Copy)]
pub(super) struct Term {
    pub denominator: PackedChallenge,
    pub count: P,
}

/// Rows at which a table is evaluated, all of one width; the next ones in the places that the table reads.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub main: [&'a [P]; 2],
    pub preprocessed: [&'a [P]; 2],
    pub public_values: &'a [Val],
    pub first: P,
    pub last: P,
    pub transition: P,
}

/// Combines constraints, and collects interactions.
pub struct Evaluator<'a> {
    rows: Rows<'a>,
    preprocessed: RowWindow<'a, P>,
    /// A power of the combining challenge for each constraint.
    weights: &'a [[Factor; DIMENSION]],
    /// The fingerprint of each interaction, in the order of their declaration.
    fingerprints: &'a [&'a Fingerprint],
    constraints: usize,
    sum: ChallengeSum,
    terms: &'a mut Vec<Term>,
    tuple: Vec<P>,
}

impl<'a> Evaluator<'a> {
    /// Interactions go to `terms`. `tuple` is memory that is used again.
    pub(super) fn new(
        rows: Rows<'a>,
        weights: &'a [[Factor; DIMENSION]],
        fingerprints: &'a [&'a Fingerprint],
        terms: &'a mut Vec<Term>,
        tuple: Vec<P>,
    ) -> Self {
        let preprocessed = RowWindow::from_two_rows(rows.preprocessed[0], rows.preprocessed[1]);
        terms.clear();
        Self { rows, preprocessed, weights, fingerprints, constraints: 0, sum: ChallengeSum::default(), terms, tuple }
    }

    /// The combination of all constraints, if all were evaluated, and the memory given.
    pub(super) fn finish(self) -> (Option<PackedChallenge>, Vec<P>) {
        let complete = self.constraints == self.weights.len() && self.terms.len() == self.fingerprints.len();
        (complete.then(|| self.sum.value()), self.tuple)
    }
}

/// Constraints that an [`Evaluator`] combines at most.
pub(super) const MOST_CONSTRAINTS: usize = MOST_PRODUCTS;

impl<'a> AirBuilder for Evaluator<'a> {
    type F = Val;
    type Expr = P;
    type Var = P;
    type PreprocessedWindow = RowWindow<'a, P>;
    type MainWindow = RowWindow<'a, P>;
    type PublicVar = Val;
    type PeriodicVar = P;

    #[inline(always)]
    fn main(&self) -> Self::MainWindow {
        RowWindow::from_two_rows(self.rows.main[0], self.rows.main[1])
    }

    #[inline(always)]
    fn preprocessed(&self) -> &Self::PreprocessedWindow {
        &self.preprocessed
    }

    #[inline(always)]
    fn is_first_row(&self) -> P {
        self.rows.first
    }

    #[inline(always)]
    fn is_last_row(&self) -> P {
        self.rows.last
    }

    #[inline(always)]
    fn is_transition(&self) -> P {
        self.rows.transition
    }

    #[inline(always)]
    fn assert_zero<I: Into<P>>(&mut self, x: I) {
        if let Some(weight) = self.weights.get(self.constraints) {
            self.sum.add(&x.into(), weight);
        }
        self.constraints += 1;
    }

    #[inline(always)]
    fn public_values(&self) -> &[Val] {
        self.rows.public_values
    }
}

impl InteractionBuilder for Evaluator<'_> {
    #[inline(always)]
    fn push_interaction<E: Into<P>>(
        &mut self,
        _bus_name: &str,
        fields: impl IntoIterator<Item = E>,
        count: impl Into<Count<P>>,
    ) {
        let Some(fingerprint) = self.fingerprints.get(self.terms.len()) else { return };
        self.tuple.clear();
        self.tuple.extend(fields.into_iter().map(Into::into));
        let denominator = fingerprint.of(self.tuple.iter());
        self.terms.push(Term { denominator, count: count.into().into_parts().0 });
    }

    fn push_local_interaction(&mut self, tuples: impl IntoIterator<Item = (Vec<P>, Count<P>)>) {
        // Refused when a prover is made, since these are no terms of the layout.
        tuples.into_iter().for_each(drop);
    }
}
