//! The quotient of a table's constraints by the polynomial that vanishes on its rows.

use braid_circuits::stark::{Challenge, LeafAir, Val};
use braid_primitives::sums::Factor;
use p3_air::Air;
use p3_field::{
    BasedVectorSpace, Field, PackedValue, PrimeCharacteristicRing, TwoAdicField, batch_multiplicative_inverse,
};
use p3_matrix::dense::RowMajorMatrix;
use rayon::prelude::*;

use super::evaluator::{DIMENSION, Evaluator, Fingerprint, Rows, Term, factors};
use super::lookups::Layout;
use super::packing::{LOG_WIDTH, P, PackedChallenge, WIDTH, lane, reverse_bits};
use super::rows::Blocks;

/// Points that a task evaluates at, all in one coset of the rows.
const RUN: usize = 1 << 9;

/// A table with everything its constraints are about.
pub(super) struct Quotient<'a, A> {
    pub air: &'a A,
    pub layout: &'a Layout,
    /// log2 of the rows of the table, and of the pieces of the quotient.
    pub bits: usize,
    pub log_chunks: usize,
    pub main: Blocks<'a>,
    pub preprocessed: Blocks<'a>,
    /// Accumulator and fractions.
    pub fractions: Blocks<'a>,
    /// Groups of columns of which the next row is read.
    pub next_groups: &'a [usize],
    pub next_preprocessed_groups: &'a [usize],
    pub public_values: &'a [Val],
    pub fingerprints: &'a [Fingerprint],
    /// What the accumulator ends with.
    pub terminal: Challenge,
    /// Powers of the combining challenge for constraints of the table, and for those of its lookups.
    pub weights: &'a [[Factor; DIMENSION]],
    pub lookup_weights: &'a [Challenge],
    /// The points of the domain in bit-reversed order, perhaps more of them.
    pub points: &'a [Val],
}

/// The AIR did not evaluate to as many constraints and interactions as it declares.
pub(super) struct Miscounted;

/// Memory of a task.
struct Scratch {
    main: [Vec<P>; 2],
    preprocessed: [Vec<P>; 2],
    fractions: [Vec<P>; 2],
    terms: Vec<Term>,
    tuple: Vec<P>,
}

impl<A> Quotient<'_, A>
where
    A: LeafAir + for<'a> Air<Evaluator<'a>>,
{
    /// Values on the domain in bit-reversed order, one row each.
    pub fn values(&self) -> Result<RowMajorMatrix<Val>, Miscounted> {
        let rows = 1 << (self.bits + self.log_chunks);
        let run = RUN.min(1 << self.bits);
        let by_interaction: Vec<&Fingerprint> =
            self.layout.column_of.iter().map(|&column| &self.fingerprints[column]).collect();
        let weights: Vec<PackedChallenge> = self.lookup_weights.iter().map(|w| PackedChallenge::from(*w)).collect();
        let mut values = Val::zero_vec(rows * DIMENSION);
        values.par_chunks_mut(run * DIMENSION).enumerate().try_for_each_init(
            || self.scratch(),
            |scratch, (i, out)| self.run(i * run, out, &by_interaction, &weights, scratch),
        )?;
        Ok(RowMajorMatrix::new(values, DIMENSION))
    }

    fn scratch(&self) -> Scratch {
        let two = |blocks: &Blocks<'_>| [0, 1].map(|_| P::zero_vec(blocks.padded_width()));
        Scratch {
            main: two(&self.main),
            preprocessed: two(&self.preprocessed),
            fractions: two(&self.fractions),
            terms: Vec::new(),
            tuple: Vec::new(),
        }
    }

    /// At the points from `start` on.
    fn run(
        &self,
        start: usize,
        out: &mut [Val],
        by_interaction: &[&Fingerprint],
        lookup_weights: &[PackedChallenge],
        scratch: &mut Scratch,
    ) -> Result<(), Miscounted> {
        let points = &self.points[start..start + out.len() / DIMENSION];
        let vanishing = self.vanishing(start);
        let unvanishing = P::from(vanishing.inverse());
        let last_row = Val::two_adic_generator(self.bits).inverse();
        // Zeros are outside of the domain, which is a coset.
        let denominators: Vec<Val> = points.iter().flat_map(|x| [*x - Val::ONE, *x - last_row]).collect();
        let inverses = batch_multiplicative_inverse(&denominators);
        for (block, points) in points.chunks_exact(WIDTH).enumerate() {
            let number = start / WIDTH + block;
            let inverses = &inverses[2 * block * WIDTH..2 * (block + 1) * WIDTH];
            let rows = Rows {
                main: [&[]; 2],
                preprocessed: [&[]; 2],
                public_values: self.public_values,
                first: P::from_fn(|lane| inverses[2 * lane]) * vanishing,
                last: P::from_fn(|lane| inverses[2 * lane + 1]) * vanishing,
                transition: *P::from_slice(points) - last_row,
            };
            let value = self.block(number, rows, by_interaction, lookup_weights, scratch)? * unvanishing;
            for (i, out) in out[block * WIDTH * DIMENSION..].chunks_exact_mut(DIMENSION).take(WIDTH).enumerate() {
                out.copy_from_slice(lane(&value, i).as_basis_coefficients_slice());
            }
        }
        Ok(())
    }

    /// `x^n - 1` on the coset of the rows that point `point` is in.
    fn vanishing(&self, point: usize) -> Val {
        let coset = reverse_bits(point >> self.bits, self.log_chunks);
        let root = Val::two_adic_generator(self.bits + self.log_chunks).exp_u64(coset as u64);
        (Val::GENERATOR * root).exp_power_of_2(self.bits) - Val::ONE
    }

    fn block(
        &self,
        block: usize,
        rows: Rows<'_>,
        by_interaction: &[&Fingerprint],
        lookup_weights: &[PackedChallenge],
        scratch: &mut Scratch,
    ) -> Result<PackedChallenge, Miscounted> {
        self.main.load(block, &mut scratch.main[0]);
        self.main.load_next(block, self.next_groups, &mut scratch.main[1]);
        if self.preprocessed.width() > 0 {
            self.preprocessed.load(block, &mut scratch.preprocessed[0]);
            self.preprocessed.load_next(block, self.next_preprocessed_groups, &mut scratch.preprocessed[1]);
        }
        let rows = Rows {
            main: [&scratch.main[0][..self.main.width()], &scratch.main[1][..self.main.width()]],
            preprocessed: [
                &scratch.preprocessed[0][..self.preprocessed.width()],
                &scratch.preprocessed[1][..self.preprocessed.width()],
            ],
            ..rows
        };
        let tuple = std::mem::take(&mut scratch.tuple);
        let mut evaluator = Evaluator::new(rows, self.weights, by_interaction, &mut scratch.terms, tuple);
        self.air.eval(&mut evaluator);
        let (value, tuple) = evaluator.finish();
        let mut value = value.ok_or(Miscounted)?;
        scratch.tuple = tuple;
        if self.layout.columns.is_empty() {
            return Ok(value);
        }

        self.fractions.load(block, &mut scratch.fractions[0]);
        self.fractions.load_next(block, &[0], &mut scratch.fractions[1]);
        let at =
            |rows: &[P], column: usize| PackedChallenge::from_basis_coefficients_fn(|i| rows[column * DIMENSION + i]);
        let mut weights = lookup_weights.iter();
        let mut add = |constraint: PackedChallenge| {
            if let Some(weight) = weights.next() {
                value += constraint * *weight;
            }
        };
        let mut row_sum = PackedChallenge::ZERO;
        for (column, interactions) in self.layout.columns.iter().enumerate() {
            let fraction = at(&scratch.fractions[0], column + 1);
            row_sum += fraction;
            add(pin(fraction, interactions.iter().map(|&i| &scratch.terms[i])));
        }
        let accumulator = at(&scratch.fractions[0], 0);
        add(accumulator * rows.first);
        add((at(&scratch.fractions[1], 0) - accumulator - row_sum) * rows.transition);
        add((PackedChallenge::from(self.terminal) - accumulator - row_sum) * rows.last);
        Ok(value)
    }
}

/// `fraction · Π d - Σ m · Π (other d)`, which is zero where the fraction is `Σ m / d`.
#[inline(always)]
fn pin<'a>(fraction: PackedChallenge, terms: impl Iterator<Item = &'a Term>) -> PackedChallenge {
    let mut product = None::<PackedChallenge>;
    let mut sum = PackedChallenge::ZERO;
    for term in terms {
        (product, sum) = match product {
            None => (Some(term.denominator), PackedChallenge::from(term.count)),
            Some(product) => (Some(product * term.denominator), sum * term.denominator + product * term.count),
        };
    }
    product.map_or(fraction, |product| product * fraction) - sum
}

/// Factors for the constraints of a table, in the order of their evaluation.
pub(super) fn weights(coefficients: &[Vec<Val>]) -> Vec<[Factor; DIMENSION]> {
    let count = coefficients.first().map_or(0, Vec::len);
    let weight = |i: usize| factors(&Challenge::from_basis_coefficients_fn(|d| coefficients[d][i]));
    (0..count).map(weight).collect()
}

const _: () = assert!(LOG_WIDTH <= RUN.trailing_zeros() as usize);
