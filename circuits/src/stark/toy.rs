//! A machine of four small tables for tests: next-row and single-row tables, preprocessed columns with and without
//! next rows, a table without lookups, buses across tables, public values, four different heights.

use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use p3_lookup::{Count, InteractionBuilder, LookupBus};
use p3_matrix::dense::RowMajorMatrix;

use super::config::{LeafParameters, Val};
use super::setup::Setup;

/// log2 of the rows of the four tables.
pub const HEIGHTS: [usize; 4] = [5, 4, 6, 3];

/// The tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toy {
    /// x, y, i, i²: a recurrence with public first x and last y; looks up (i, i²) and i.
    Steps,
    /// i, i², uses: provides squares, looks up i.
    Squares,
    /// Preprocessed value; uses: provides 0..2^6.
    Range,
    /// Preprocessed a, b; s: s' = s + a' b, public last s. No lookups.
    Fold,
}

/// All four.
pub const TABLES: [Toy; 4] = [Toy::Steps, Toy::Squares, Toy::Range, Toy::Fold];

impl BaseAir<Val> for Toy {
    fn width(&self) -> usize {
        match self {
            Self::Steps => 4,
            Self::Squares => 3,
            Self::Range | Self::Fold => 1,
        }
    }

    fn num_public_values(&self) -> usize {
        match self {
            Self::Steps => 2,
            Self::Fold => 1,
            _ => 0,
        }
    }

    fn preprocessed_width(&self) -> usize {
        match self {
            Self::Range => 1,
            Self::Fold => 2,
            _ => 0,
        }
    }

    fn preprocessed_trace(&self) -> Option<RowMajorMatrix<Val>> {
        match self {
            Self::Range => Some(RowMajorMatrix::new((0..1 << HEIGHTS[2]).map(Val::from_u64).collect(), 1)),
            Self::Fold => {
                Some(RowMajorMatrix::new((0..2 << HEIGHTS[3]).map(|i| Val::from_u64(i * i + 7)).collect(), 2))
            }
            _ => None,
        }
    }

    fn main_next_row_columns(&self) -> Vec<usize> {
        match self {
            Self::Steps => vec![0, 1],
            Self::Fold => vec![0],
            _ => vec![],
        }
    }

    fn preprocessed_next_row_columns(&self) -> Vec<usize> {
        match self {
            Self::Fold => vec![0],
            _ => vec![],
        }
    }
}

impl<AB: AirBuilder<F = Val> + InteractionBuilder> Air<AB> for Toy {
    fn eval(&self, builder: &mut AB) {
        let square = LookupBus::new("square");
        let range = LookupBus::new("range");
        let main = builder.main();
        let row: Vec<AB::Var> = main.current_slice().to_vec();
        let public: Vec<AB::Expr> = builder.public_values().iter().map(|&p| p.into()).collect();
        match self {
            Self::Steps => {
                let next: Vec<AB::Var> = main.next_slice().to_vec();
                builder.when_first_row().assert_eq(row[0], public[0].clone());
                builder.when_transition().assert_eq(next[0], row[1]);
                builder.when_transition().assert_eq(next[1], row[0] * row[1] + row[2] - AB::Expr::from_u64(3));
                builder.when_last_row().assert_eq(row[1], public[1].clone());
                builder.assert_zero(row[2] * (row[3] - row[2] * row[2]));
                square.lookup_key(builder, [row[2], row[3]], Count::bounded(AB::Expr::ONE, 1));
                range.lookup_key(builder, [row[2]], Count::bounded(AB::Expr::ONE, 1));
                range.lookup_key(builder, [row[2] + AB::Expr::ONE], Count::bounded(AB::Expr::ONE, 1));
                range.lookup_key(builder, [row[2].into() * AB::Expr::TWO], Count::bounded(AB::Expr::ONE, 1));
            }
            Self::Squares => {
                builder.assert_eq(row[0] * row[0], row[1]);
                square.table_entry(builder, [row[0], row[1]], row[2]);
                range.lookup_key(builder, [row[0]], Count::bounded(AB::Expr::ONE, 1));
            }
            Self::Range => {
                let value = builder.preprocessed().current_slice()[0];
                range.table_entry(builder, [value], row[0]);
            }
            Self::Fold => {
                let next = main.next_slice()[0];
                let (b, next_a) = {
                    let window = builder.preprocessed();
                    (window.current_slice()[1], window.next_slice()[0])
                };
                builder.when_first_row().assert_zero(row[0]);
                builder.when_transition().assert_eq(next, row[0] + next_a * b);
                builder.when_last_row().assert_eq(row[0], public[0].clone());
            }
        }
    }
}

/// Parameters small enough for the toy's heights; every grinding site is used.
pub fn parameters() -> LeafParameters {
    LeafParameters {
        log_blowup: 1,
        queries: 3,
        query_pow: 3,
        lookup_pow: 2,
        batch_pow: 2,
        ood_pow: 1,
        commit_pow: 1,
        log_arity: 3,
        cap_height: 2,
        log_final_len: 1,
    }
}

/// The same without any grinding.
pub fn without_grinding() -> LeafParameters {
    LeafParameters { query_pow: 0, lookup_pow: 0, batch_pow: 0, ood_pow: 0, commit_pow: 0, ..parameters() }
}

/// The toy machine's setup.
pub fn setup(parameters: LeafParameters) -> Setup<Toy> {
    Setup::new(parameters, TABLES.to_vec(), HEIGHTS.to_vec()).expect("toy shape is valid")
}

/// Rows and public values of one honest execution.
pub fn execution() -> (Vec<RowMajorMatrix<Val>>, Vec<Vec<Val>>) {
    let f = Val::from_u64;
    let (mut x, mut y) = (f(5), f(11));
    let first = x;
    let mut steps = Vec::new();
    let mut square_uses = [0u64; 16];
    let mut range_uses = [0u64; 64];
    for r in 0..1u64 << HEIGHTS[0] {
        let i = (r * 5 + 2) % 16;
        steps.extend([x, y, f(i), f(i * i)]);
        square_uses[i as usize] += 1;
        for used in [i, i + 1, 2 * i] {
            range_uses[used as usize] += 1;
        }
        (x, y) = (y, x * y + f(i) - f(3));
    }
    // The loop stepped once past the last row.
    let last = x;
    let mut squares = Vec::new();
    for i in 0..16u64 {
        squares.extend([f(i), f(i * i), f(square_uses[i as usize])]);
        range_uses[i as usize] += 1;
    }
    let fold = Toy::Fold.preprocessed_trace().expect("table has preprocessed columns").values;
    let mut sums = vec![Val::ZERO];
    for r in 1..1 << HEIGHTS[3] {
        sums.push(sums[r - 1] + fold[2 * r] * fold[2 * (r - 1) + 1]);
    }
    let total = sums[sums.len() - 1];
    debug_assert!(total.as_canonical_u64() > 0);
    (
        vec![
            RowMajorMatrix::new(steps, 4),
            RowMajorMatrix::new(squares, 3),
            RowMajorMatrix::new(range_uses.iter().map(|&u| f(u)).collect(), 1),
            RowMajorMatrix::new(sums, 1),
        ],
        vec![vec![first, last], vec![], vec![], vec![total]],
    )
}
