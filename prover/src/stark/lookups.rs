//! Where the interactions of a table stand in its fraction columns.

use braid_circuits::stark::{Challenge, LeafAir, Val};
use p3_air::{Air, SymbolicExpression};
use p3_field::{BasedVectorSpace, PackedValue, PrimeCharacteristicRing};
use p3_lookup::Lookup;
use p3_lookup::traits::LookupTraceBuilder;
use p3_matrix::dense::RowMajorMatrixView;
use p3_matrix::stack::VerticalPair;

use super::evaluator::{Evaluator, Fingerprint, Rows, Term};
use super::packing::{P, lane};

/// Interactions of a table, numbered as its AIR declares them, by fraction column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The interactions of each column.
    pub columns: Vec<Vec<usize>>,
    /// The column of each interaction.
    pub column_of: Vec<usize>,
    /// Elements of the widest tuple.
    pub width: usize,
}

impl Layout {
    /// Finds each tuple of the library's columns among the interactions by its value on a row of many different values, so that it rests
    /// on nothing that the library does not say. `None` if some tuple is not an interaction or the other way round.
    pub fn find<A>(air: &A, lookups: &[Lookup<Val>], preprocessed_width: usize) -> Option<Self>
    where
        A: LeafAir + for<'a> Air<Evaluator<'a>>,
    {
        let width = lookups.iter().flat_map(|lookup| &lookup.elements).map(Vec::len).max().unwrap_or(0);
        let count = lookups.iter().map(|lookup| lookup.elements.len()).sum();
        let mut seed = Val::from_u64(0x0123_4567_89ab_cdef);
        let mut values = |count: usize| -> Vec<Val> {
            let next = || {
                seed = seed.square() + Val::ONE;
                seed
            };
            std::iter::repeat_with(next).take(count).collect()
        };
        let main = [values(air.width()), values(air.width())];
        let preprocessed = [values(preprocessed_width), values(preprocessed_width)];
        let public_values = values(air.num_public_values());
        let [alpha, beta] = [values(2), values(2)].map(|pair| Challenge::from_basis_coefficients_fn(|i| pair[i]));

        let packed = |row: &Vec<Val>| row.iter().map(|value| P::from(*value)).collect::<Vec<P>>();
        let (packed_main, packed_preprocessed) = (main.each_ref().map(packed), preprocessed.each_ref().map(packed));
        let rows = Rows {
            main: packed_main.each_ref().map(Vec::as_slice),
            preprocessed: packed_preprocessed.each_ref().map(Vec::as_slice),
            public_values: &public_values,
            first: P::ZERO,
            last: P::ZERO,
            transition: P::ONE,
        };
        let fingerprint = Fingerprint::new(alpha, beta, width);
        // One more than there should be, so that a surplus shows.
        let fingerprints = vec![&fingerprint; count + 1];
        let mut terms = Vec::new();
        let mut evaluator = Evaluator::new(rows, &[], &fingerprints, &mut terms, Vec::new());
        air.eval(&mut evaluator);
        if terms.len() != count {
            return None;
        }

        let builder = LookupTraceBuilder::<Val, Challenge>::new(
            VerticalPair::new(RowMajorMatrixView::new_row(&main[0]), RowMajorMatrixView::new_row(&main[1])),
            VerticalPair::new(
                RowMajorMatrixView::new_row(&preprocessed[0]),
                RowMajorMatrixView::new_row(&preprocessed[1]),
            ),
            &public_values,
            &[],
            4,
            1,
        );
        let mut column_of = vec![None; count];
        let mut columns = Vec::with_capacity(lookups.len());
        for (column, lookup) in lookups.iter().enumerate() {
            let mut interactions = Vec::with_capacity(lookup.elements.len());
            for (tuple, multiplicity) in lookup.elements.iter().zip(&lookup.multiplicities) {
                let resolve = |e: &SymbolicExpression<Val>| -> Val { e.resolve(&builder) };
                let combined = tuple.iter().fold(Challenge::ZERO, |sum, e| sum * beta + resolve(e));
                let (denominator, count) = (alpha - combined, resolve(multiplicity));
                let same = |term: &Term| {
                    lane(&term.denominator, 0) == denominator && term.count.as_slice().first() == Some(&count)
                };
                let found = (0..terms.len()).find(|&i| column_of[i].is_none() && same(&terms[i]))?;
                column_of[found] = Some(column);
                interactions.push(found);
            }
            columns.push(interactions);
        }
        Some(Self { columns, column_of: column_of.into_iter().collect::<Option<_>>()?, width })
    }
}
