//! Accumulator and fraction columns of a table's lookups.
//!
//! The fraction of a column is `Σ m / d` over its tuples, `d` being a tuple's fingerprint and `m` its multiplicity. The accumulator, which
//! comes first, has the sum of all fractions of all rows before its own. The library's `LogUpGadget` says so row by row.

use braid_circuits::stark::{Challenge, LeafAir, Setup, Val};
use p3_field::{
    BasedVectorSpace, PackedFieldExtension, PackedValue, PrimeCharacteristicRing, batch_multiplicative_inverse,
};
use p3_lookup::Lookup;
use p3_matrix::dense::RowMajorMatrix;
use rayon::prelude::*;

use super::evaluator::{DIMENSION, Fingerprint, Term};
use super::packing::{P, PackedChallenge, WIDTH, lane, store, transpose};
use super::program::{Compiler, Inputs, Program, Scratch as Values};

/// Packed denominators that are inverted at once: with their inverses, as many as stay in the cache.
const TOGETHER: usize = 1 << 10;

/// Products of denominators that grow side by side, since each waits for the one before it.
const CHAINS: usize = 4;

/// Where a program has the parts of a tuple.
struct Tuple {
    elements: Vec<usize>,
    multiplicity: usize,
}

/// The lookups of a table.
pub(super) struct Fractions {
    pub program: Program,
    /// The tuples of each column.
    columns: Vec<Vec<Tuple>>,
    /// Elements of the widest tuple.
    width: usize,
}

/// A tuple that is looked up has a fingerprint of zero, for which there is no fraction.
pub(super) struct ZeroDenominator;

/// Memory of a task.
struct Scratch {
    values: Values,
    terms: Vec<Term>,
    denominators: Vec<PackedChallenge>,
    inverses: Vec<PackedChallenge>,
    /// Fraction columns of a block, in whole squares.
    columns: Vec<P>,
}

impl Fractions {
    /// Of a table of a setup. `None` if a lookup is of a kind that is not supported.
    pub fn of<A: LeafAir>(setup: &Setup<A>, instance: usize) -> Option<Self> {
        let air = &setup.airs()[instance];
        let lookups = &setup.common().lookups[instance];
        Self::new(lookups, air.width(), setup.preprocessed_width(instance), air.num_public_values())
    }

    /// Of a table with so many columns, preprocessed columns and public values. `None` if a lookup reads others, too.
    fn new(lookups: &[Lookup<Val>], width: usize, preprocessed_width: usize, public_values: usize) -> Option<Self> {
        let mut compiler = Compiler::new(width, preprocessed_width, public_values);
        let mut columns = Vec::with_capacity(lookups.len());
        for (column, lookup) in lookups.iter().enumerate() {
            let count = lookup.elements.len();
            if lookup.column != column || lookup.flags.is_some() || lookup.multiplicities.len() != count {
                return None;
            }
            let tuples = lookup.elements.iter().zip(&lookup.multiplicities).map(|(elements, multiplicity)| {
                let elements = elements.iter().map(|element| compiler.add(element)).collect::<Option<_>>()?;
                Some(Tuple { elements, multiplicity: compiler.add(multiplicity)? })
            });
            columns.push(tuples.collect::<Option<Vec<Tuple>>>()?);
        }
        let width = columns.iter().flatten().map(|tuple| tuple.elements.len()).max().unwrap_or(0);
        Some(Self { program: compiler.finish(), columns, width })
    }

    /// Base columns of accumulator and fractions, none if there are no lookups.
    pub fn committed_width(&self) -> usize {
        if self.columns.is_empty() { 0 } else { DIMENSION * (self.columns.len() + 1) }
    }

    /// The columns, and where the accumulator ends. There are two challenges a lookup.
    pub fn values(
        &self,
        inputs: &Inputs<'_>,
        challenges: &[Challenge],
    ) -> Result<(RowMajorMatrix<Val>, Challenge), ZeroDenominator> {
        let width = self.committed_width();
        let fingerprint = |pair: &[Challenge]| Fingerprint::new(pair[0], pair[1], self.width);
        let fingerprints: Vec<Fingerprint> = challenges.chunks_exact(2).map(fingerprint).collect();
        let tuples: usize = self.columns.iter().map(Vec::len).sum();
        let run = width * WIDTH * (TOGETHER / tuples.max(1)).max(1);
        let mut values = Val::zero_vec(inputs.height * width);
        let runs = values.par_chunks_mut(run).enumerate();
        let sums: Vec<Challenge> = runs
            .map_init(
                || self.scratch(),
                |scratch, (i, out)| self.run(inputs, i * (run / width), out, &fingerprints, scratch),
            )
            .collect::<Result<_, _>>()?;
        let starts: Vec<Challenge> = sums
            .iter()
            .scan(Challenge::ZERO, |total, sum| {
                *total += *sum;
                Some(*total - *sum)
            })
            .collect();
        values.par_chunks_mut(run).zip(starts).skip(1).for_each(|(out, start)| {
            let start: &[Val] = start.as_basis_coefficients_slice();
            for row in out.chunks_exact_mut(width) {
                row.iter_mut().zip(start).for_each(|(value, start)| *value += *start);
            }
        });
        Ok((RowMajorMatrix::new(values, width), sums.into_iter().sum()))
    }

    fn scratch(&self) -> Scratch {
        Scratch {
            values: self.program.scratch(),
            terms: Vec::new(),
            denominators: Vec::new(),
            inverses: Vec::new(),
            columns: P::zero_vec(self.committed_width().next_multiple_of(WIDTH)),
        }
    }

    /// Fills the rows from `start` on, with an accumulator that begins there, and returns what it ends with.
    fn run(
        &self,
        inputs: &Inputs<'_>,
        start: usize,
        out: &mut [Val],
        fingerprints: &[Fingerprint],
        scratch: &mut Scratch,
    ) -> Result<Challenge, ZeroDenominator> {
        let Scratch { values, terms, denominators, inverses, columns } = scratch;
        let width = self.committed_width();
        terms.clear();
        for block in (start..start + out.len() / width).step_by(WIDTH) {
            let values = self.program.run(inputs, block, values);
            for (tuples, fingerprint) in self.columns.iter().zip(fingerprints) {
                terms.extend(tuples.iter().map(|tuple| Term {
                    denominator: fingerprint.of(tuple.elements.iter().map(|&element| &values[element])),
                    count: values[tuple.multiplicity],
                }));
            }
        }
        denominators.clear();
        denominators.extend(terms.iter().map(|term| term.denominator));
        inverses.resize(terms.len(), PackedChallenge::ZERO);
        if !invert(denominators, inverses) {
            // What is looked up no times has no denominator.
            denominators.clear();
            denominators.extend(terms.iter().map(used));
            if !invert(denominators, inverses) {
                return Err(ZeroDenominator);
            }
        }

        let mut fractions = terms.iter().zip(&*inverses).map(|(term, inverse)| *inverse * term.count);
        let mut accumulator = Challenge::ZERO;
        for out in out.chunks_exact_mut(WIDTH * width) {
            let mut row_sums = PackedChallenge::ZERO;
            for (tuples, columns) in self.columns.iter().zip(columns[DIMENSION..].chunks_exact_mut(DIMENSION)) {
                let mut fraction = PackedChallenge::ZERO;
                fractions.by_ref().take(tuples.len()).for_each(|summand| fraction += summand);
                row_sums += fraction;
                columns.copy_from_slice(fraction.as_basis_coefficients_slice());
            }
            for (first, square) in (0..).step_by(WIDTH).zip(columns.as_chunks().0) {
                let mut square = *square;
                transpose(&mut square);
                for (row, values) in out.chunks_exact_mut(width).zip(&square) {
                    store(values, &mut row[first..]);
                }
            }
            for (i, row) in out.chunks_exact_mut(width).enumerate() {
                row[..DIMENSION].copy_from_slice(accumulator.as_basis_coefficients_slice());
                accumulator += lane(&row_sums, i);
            }
        }
        Ok(accumulator)
    }
}

/// The denominator where the multiplicity is not zero, and one elsewhere.
fn used(term: &Term) -> PackedChallenge {
    PackedChallenge::from_ext_fn(|i| match term.count.as_slice()[i] == Val::ZERO {
        true => Challenge::ONE,
        false => lane(&term.denominator, i),
    })
}

/// Inverts all lanes of all elements with one inversion, unless one is zero.
fn invert(values: &[PackedChallenge], inverses: &mut [PackedChallenge]) -> bool {
    let mut products = [PackedChallenge::ONE; CHAINS];
    for (values, before) in values.chunks(CHAINS).zip(inverses.chunks_mut(CHAINS)) {
        for ((value, before), product) in values.iter().zip(before).zip(&mut products) {
            *before = *product;
            *product *= *value;
        }
    }
    let lanes: Vec<Challenge> = products.iter().flat_map(|product| (0..WIDTH).map(|i| lane(product, i))).collect();
    if lanes.contains(&Challenge::ZERO) {
        return false;
    }
    let lanes = batch_multiplicative_inverse(&lanes);
    let mut products: [PackedChallenge; CHAINS] =
        std::array::from_fn(|chain| PackedChallenge::from_ext_fn(|i| lanes[chain * WIDTH + i]));
    for (values, inverses) in values.chunks(CHAINS).zip(inverses.chunks_mut(CHAINS)).rev() {
        for ((value, inverse), product) in values.iter().zip(inverses).zip(&mut products) {
            *inverse *= *product;
            *product *= *value;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use p3_air::SymbolicExpression;
    use p3_air::symbolic::{BaseEntry, BaseLeaf, SymbolicVariable};
    use p3_field::PrimeField64;
    use p3_lookup::{Kind, LogUpGadget, LookupProtocol};

    type Expression = SymbolicExpression<Val>;

    /// Words that look random.
    struct Words(Val);

    impl Words {
        fn value(&mut self) -> Val {
            self.0 = self.0.square() + Val::from_u64(0x9e37_79b9_7f4a_7c15);
            self.0
        }

        fn below(&mut self, bound: usize) -> usize {
            self.value().as_canonical_u64() as usize % bound
        }

        fn challenge(&mut self) -> Challenge {
            Challenge::from_basis_coefficients_fn(|_| self.value())
        }
    }

    fn variable(entry: BaseEntry, index: usize) -> Expression {
        SymbolicVariable::new(entry, index).into()
    }

    fn main(column: usize) -> Expression {
        variable(BaseEntry::Main { offset: 0 }, column)
    }

    /// A table of some sizes: the trace, preprocessed columns and public values.
    struct Table {
        main: RowMajorMatrix<Val>,
        preprocessed: RowMajorMatrix<Val>,
        public_values: Vec<Val>,
    }

    impl Table {
        fn new(words: &mut Words, height: usize, width: usize) -> Self {
            // Small values, with many zeros among them.
            let mut values = |count: usize| (0..count).map(|_| Val::from_usize(words.below(3))).collect::<Vec<Val>>();
            Self {
                main: RowMajorMatrix::new(values(height * width), width),
                preprocessed: RowMajorMatrix::new(values(height * 12), 12),
                public_values: values(3),
            }
        }

        fn leaf(&self, words: &mut Words) -> Expression {
            let offset = words.below(2);
            match words.below(10) {
                0 => Expression::Leaf(BaseLeaf::IsFirstRow),
                1 => Expression::Leaf(BaseLeaf::IsLastRow),
                2 => Expression::Leaf(BaseLeaf::IsTransition),
                3 => Expression::from(words.value()),
                4 => variable(BaseEntry::Public, words.below(self.public_values.len())),
                5 => variable(BaseEntry::Preprocessed { offset }, words.below(self.preprocessed.width)),
                _ => variable(BaseEntry::Main { offset }, words.below(self.main.width)),
            }
        }

        fn expression(&self, words: &mut Words) -> Expression {
            let [x, y, z] = [(); 3].map(|()| self.leaf(words));
            match words.below(6) {
                0 => x + y * z,
                1 => x - (y + z.clone()) * z,
                2 => -(x * y) - z,
                _ => x,
            }
        }

        fn lookups(&self, words: &mut Words) -> Vec<Lookup<Val>> {
            (0..1 + words.below(6))
                .map(|column| {
                    let (count, width) = (words.below(4), 1 + words.below(5));
                    let elements = (0..count).map(|_| (0..width).map(|_| self.expression(words)).collect());
                    lookup(column, elements.collect(), (0..count).map(|_| self.expression(words)).collect())
                })
                .collect()
        }

        fn fractions(&self, lookups: &[Lookup<Val>]) -> Option<Fractions> {
            Fractions::new(lookups, self.main.width, self.preprocessed.width, self.public_values.len())
        }

        fn values(
            &self,
            lookups: &[Lookup<Val>],
            challenges: &[Challenge],
        ) -> Result<(RowMajorMatrix<Val>, Challenge), ZeroDenominator> {
            let fractions = self.fractions(lookups).unwrap();
            let inputs = Inputs {
                height: self.preprocessed.values.len() / self.preprocessed.width,
                main: &fractions.program.main.keep(self.main.clone()),
                preprocessed: &fractions.program.preprocessed.keep(self.preprocessed.clone()),
                public_values: &self.public_values,
            };
            fractions.values(&inputs, challenges)
        }

        fn library(&self, lookups: &[Lookup<Val>], challenges: &[Challenge]) -> (RowMajorMatrix<Val>, Challenge) {
            let preprocessed = Some(self.preprocessed.clone());
            let (table, terminal) = LogUpGadget::new().generate_permutation(
                &self.main,
                &preprocessed,
                &self.public_values,
                lookups,
                challenges,
            );
            (table.flatten_to_base(), terminal.unwrap().0)
        }
    }

    fn lookup(column: usize, elements: Vec<Vec<Expression>>, multiplicities: Vec<Expression>) -> Lookup<Val> {
        Lookup { kind: Kind::Local, elements, multiplicities, count_weight: 0, column, flags: None }
    }

    #[test]
    fn fractions_equal_the_librarys() {
        let mut words = Words(Val::ONE);
        // Tables that are kept as they are, and such of which a few columns are; shorter and longer than what a task takes.
        for width in [1, 3, 17, 300] {
            for bits in [WIDTH.trailing_zeros(), 7, 11] {
                for _ in 0..5 {
                    let table = Table::new(&mut words, 1 << bits, width);
                    let lookups = table.lookups(&mut words);
                    let challenges: Vec<Challenge> = (0..2 * lookups.len()).map(|_| words.challenge()).collect();
                    let values = table.values(&lookups, &challenges).ok();
                    assert_eq!(values, Some(table.library(&lookups, &challenges)), "2^{bits} rows, {width} columns");
                }
            }
        }
        let height = 1 << 14;
        let table = Table::new(&mut words, height, 2);
        let lookups = [lookup(0, vec![vec![main(0)]], vec![main(1)])];
        assert!(height > WIDTH * TOGETHER);
        let challenges = [words.challenge(), words.challenge()];
        assert_eq!(table.values(&lookups, &challenges).ok(), Some(table.library(&lookups, &challenges)));
    }

    #[test]
    fn a_denominator_may_be_zero_where_the_multiplicity_is() {
        let mut words = Words(Val::TWO);
        let mut table = Table::new(&mut words, 64, 2);
        let lookups = [lookup(0, vec![vec![main(0)]], vec![main(1)])];
        let challenges = [Challenge::from_u64(2), words.challenge()];
        for row in table.main.values.chunks_exact_mut(2).filter(|row| row[0] == Val::TWO) {
            row[1] = Val::ZERO;
        }
        assert_eq!(table.values(&lookups, &challenges).ok(), Some(table.library(&lookups, &challenges)));
        table.main.values[..2].copy_from_slice(&[Val::TWO, Val::ONE]);
        assert!(table.values(&lookups, &challenges).is_err());
    }

    #[test]
    fn what_a_table_does_not_have_is_refused() {
        let table = Table::new(&mut Words(Val::ONE), 8, 4);
        let with = |element: Expression| table.fractions(&[lookup(0, vec![vec![element]], vec![main(0)])]).is_some();
        assert!(with(main(3)));
        assert!(!with(main(4)));
        assert!(!with(-(main(0) * variable(BaseEntry::Public, 3))));
        assert!(!with(variable(BaseEntry::Main { offset: 2 }, 0)));
        assert!(!with(variable(BaseEntry::Preprocessed { offset: 0 }, 12)));
        assert!(!with(variable(BaseEntry::Periodic, 0)));
        let good = lookup(0, vec![vec![main(0)]], vec![main(1)]);
        let bad = [
            Lookup { column: 1, ..good.clone() },
            Lookup { flags: Some(vec![main(2)]), ..good.clone() },
            Lookup { multiplicities: Vec::new(), ..good },
        ];
        bad.into_iter().for_each(|lookup| assert!(table.fractions(&[lookup]).is_none()));
    }
}
