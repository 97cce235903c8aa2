//! Expressions of columns as straight-line programs over packed elements.

use std::collections::{BTreeSet, HashMap};

use braid_circuits::stark::Val;
use p3_air::SymbolicExpression;
use p3_air::symbolic::{BaseEntry, BaseLeaf, SymbolicExpr, SymbolicVariable};
use p3_field::{PackedValue, PrimeCharacteristicRing};
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;
use rayon::prelude::*;

use super::packing::{P, WIDTH, load, transpose};
use super::rows::groups_of;

/// Rows of a table that are copied by one task.
const RUN: usize = 1 << 10;

/// The two matrices that a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    Main,
    Preprocessed,
}

/// One value, of others that come before it in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    Column {
        source: Source,
        /// Whether of the row after this one; the first follows the last.
        next: bool,
        column: usize,
    },
    Public(usize),
    Constant(Val),
    IsFirst,
    IsLast,
    IsTransition,
    Add(usize, usize),
    Sub(usize, usize),
    Mul(usize, usize),
    Neg(usize),
}

/// The columns of a matrix that a program reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// Those that are kept, in their order. None if the matrix is kept as it is, since most of it is read.
    kept: Option<Vec<usize>>,
    /// Groups of [`WIDTH`] kept columns of which a row, and the row after it, is read.
    groups: [Vec<usize>; 2],
    /// Columns that are kept.
    pub width: usize,
}

impl Columns {
    /// From those that are read of a row and of the next one, of so many.
    fn new(read: [&BTreeSet<usize>; 2], width: usize) -> Self {
        let all: Vec<usize> = read[0].union(read[1]).copied().collect();
        let kept = (2 * all.len() <= width).then_some(all);
        let mut columns = Self { width: kept.as_ref().map_or(width, Vec::len), kept, groups: Default::default() };
        columns.groups =
            read.map(|read| groups_of(&read.iter().map(|&column| columns.place(column)).collect::<Vec<_>>()));
        columns
    }

    /// Where a column that is read stands among those that are kept.
    fn place(&self, column: usize) -> usize {
        self.kept.as_ref().map_or(column, |kept| kept.partition_point(|&other| other < column))
    }

    /// Whether [`Self::keep`] makes a matrix beside the one it gets.
    pub fn are_copied(&self) -> bool {
        self.kept.is_some()
    }

    /// What is kept of a table.
    pub fn keep(&self, table: RowMajorMatrix<Val>) -> RowMajorMatrix<Val> {
        let Some(kept) = &self.kept else { return table };
        if kept.is_empty() {
            return RowMajorMatrix::new(Vec::new(), 0);
        }
        let mut values = Val::zero_vec(table.height() * kept.len());
        values.par_chunks_mut(RUN * kept.len()).zip(table.values.par_chunks(RUN * table.width)).for_each(
            |(to, from)| {
                for (to, from) in to.chunks_exact_mut(kept.len()).zip(from.chunks_exact(table.width)) {
                    to.iter_mut().zip(kept).for_each(|(to, &column)| *to = from[column]);
                }
            },
        );
        RowMajorMatrix::new(values, kept.len())
    }

    /// Reads [`WIDTH`] rows, and those after them, of a table of which [`Self::keep`] kept this.
    #[inline(always)]
    fn load(&self, kept: &RowMajorMatrix<Val>, start: usize, out: &mut [Vec<P>; 2]) {
        if self.width == 0 {
            return;
        }
        let last = kept.values.len() / self.width - 1;
        for (after, (groups, out)) in self.groups.iter().zip(out).enumerate() {
            let (out, _) = out.as_chunks_mut::<WIDTH>();
            for &group in groups {
                for (lane, out) in out[group].iter_mut().enumerate() {
                    let row = ((start + after + lane) & last) * self.width;
                    *out = load(&kept.values[row + group * WIDTH..row + self.width]);
                }
                transpose(&mut out[group]);
            }
        }
    }

    fn scratch(&self) -> [Vec<P>; 2] {
        [0, 1].map(|_| P::zero_vec(self.width.next_multiple_of(WIDTH)))
    }
}

/// Puts a program together.
pub(super) struct Compiler {
    steps: Vec<Step>,
    numbers: HashMap<Step, usize>,
    widths: [usize; 2],
    public_values: usize,
}

impl Compiler {
    /// For tables with so many columns, preprocessed columns and public values.
    pub fn new(width: usize, preprocessed_width: usize, public_values: usize) -> Self {
        Self { steps: Vec::new(), numbers: HashMap::new(), widths: [width, preprocessed_width], public_values }
    }

    /// The number of the step with an expression's value. `None` if it reads what the table does not have.
    pub fn add(&mut self, expression: &SymbolicExpression<Val>) -> Option<usize> {
        let step = match expression {
            SymbolicExpr::Leaf(leaf) => match leaf {
                BaseLeaf::Variable(variable) => self.variable(variable)?,
                BaseLeaf::IsFirstRow => Step::IsFirst,
                BaseLeaf::IsLastRow => Step::IsLast,
                BaseLeaf::IsTransition => Step::IsTransition,
                BaseLeaf::Constant(value) => Step::Constant(*value),
            },
            SymbolicExpr::Add { x, y, .. } => Step::Add(self.add(x)?, self.add(y)?),
            SymbolicExpr::Sub { x, y, .. } => Step::Sub(self.add(x)?, self.add(y)?),
            SymbolicExpr::Mul { x, y, .. } => Step::Mul(self.add(x)?, self.add(y)?),
            SymbolicExpr::Neg { x, .. } => Step::Neg(self.add(x)?),
        };
        Some(*self.numbers.entry(step).or_insert_with(|| {
            self.steps.push(step);
            self.steps.len() - 1
        }))
    }

    fn variable(&self, variable: &SymbolicVariable<Val>) -> Option<Step> {
        let (source, offset) = match variable.entry {
            BaseEntry::Main { offset } => (Source::Main, offset),
            BaseEntry::Preprocessed { offset } => (Source::Preprocessed, offset),
            BaseEntry::Public => return (variable.index < self.public_values).then_some(Step::Public(variable.index)),
            BaseEntry::Periodic => return None,
        };
        let exists = offset <= 1 && variable.index < self.widths[source as usize];
        exists.then_some(Step::Column { source, next: offset == 1, column: variable.index })
    }

    /// The program.
    pub fn finish(mut self) -> Program {
        let columns = [Source::Main, Source::Preprocessed].map(|wanted| {
            let read = [false, true].map(|wanted_next| {
                let read = self.steps.iter().filter_map(|step| match *step {
                    Step::Column { source, next, column } => {
                        (source == wanted && next == wanted_next).then_some(column)
                    }
                    _ => None,
                });
                read.collect::<BTreeSet<usize>>()
            });
            Columns::new(read.each_ref(), self.widths[wanted as usize])
        });
        for step in &mut self.steps {
            if let Step::Column { source, column, .. } = step {
                *column = columns[*source as usize].place(*column);
            }
        }
        let [main, preprocessed] = columns;
        Program { steps: self.steps, main, preprocessed }
    }
}

/// Steps, each with a value that later ones refer to by its number.
pub(super) struct Program {
    steps: Vec<Step>,
    pub main: Columns,
    pub preprocessed: Columns,
}

/// What a program runs on: the columns that it keeps, and public values.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    pub height: usize,
    pub main: &'a RowMajorMatrix<Val>,
    pub preprocessed: &'a RowMajorMatrix<Val>,
    pub public_values: &'a [Val],
}

/// Memory of a task: rows and those after them, and the values of all steps.
pub(super) struct Scratch {
    columns: [[Vec<P>; 2]; 2],
    values: Vec<P>,
}

impl Program {
    pub fn scratch(&self) -> Scratch {
        let values = Vec::with_capacity(self.steps.len());
        Scratch { columns: [self.main.scratch(), self.preprocessed.scratch()], values }
    }

    /// The values of all steps on [`WIDTH`] rows from `start` on.
    #[inline(always)]
    pub fn run<'a>(&self, inputs: &Inputs<'_>, start: usize, scratch: &'a mut Scratch) -> &'a [P] {
        let Scratch { columns, values } = scratch;
        self.main.load(inputs.main, start, &mut columns[Source::Main as usize]);
        self.preprocessed.load(inputs.preprocessed, start, &mut columns[Source::Preprocessed as usize]);
        let rows = |holds: &dyn Fn(usize) -> bool| P::from_fn(|lane| Val::from_bool(holds(start + lane)));
        let last = inputs.height - 1;
        values.clear();
        for step in &self.steps {
            let value = match *step {
                Step::Column { source, next, column } => columns[source as usize][usize::from(next)][column],
                Step::Public(number) => P::from(inputs.public_values.get(number).copied().unwrap_or_default()),
                Step::Constant(value) => P::from(value),
                Step::IsFirst => rows(&|row| row == 0),
                Step::IsLast => rows(&|row| row == last),
                Step::IsTransition => rows(&|row| row < last),
                Step::Add(x, y) => values[x] + values[y],
                Step::Sub(x, y) => values[x] - values[y],
                Step::Mul(x, y) => values[x] * values[y],
                Step::Neg(x) => -values[x],
            };
            values.push(value);
        }
        values
    }
}
