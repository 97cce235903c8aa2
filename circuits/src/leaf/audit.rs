//! Checks rows against constraints and buses directly, without a proof: for tests, and for the message that a prover
//! gives when its own witness is wrong.

use std::collections::BTreeMap;

use braid_primitives::F;
use p3_air::{Air, AirBuilder, BaseAir, RowWindow};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use p3_lookup::{Count, InteractionBuilder};
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;

/// A constraint that does not hold on a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Row of the table.
    pub row: usize,
    /// Index of the constraint in the order in which the chip states them.
    pub constraint: usize,
}

/// One interaction of one row.
#[derive(Clone, Debug)]
struct Message {
    bus: String,
    fields: Vec<F>,
    count: F,
}

/// Evaluates one row of a chip to plain field elements.
pub struct RowBuilder<'a> {
    main: RowWindow<'a, F>,
    preprocessed: RowWindow<'a, F>,
    public_values: &'a [F],
    row: usize,
    height: usize,
    constraint: usize,
    violations: &'a mut Vec<Violation>,
    messages: &'a mut Vec<Message>,
}

impl<'a> AirBuilder for RowBuilder<'a> {
    type F = F;
    type Expr = F;
    type Var = F;
    type PreprocessedWindow = RowWindow<'a, F>;
    type MainWindow = RowWindow<'a, F>;
    type PublicVar = F;
    type PeriodicVar = F;

    fn main(&self) -> Self::MainWindow {
        self.main
    }
    fn preprocessed(&self) -> &Self::PreprocessedWindow {
        &self.preprocessed
    }
    fn is_first_row(&self) -> F {
        F::from_bool(self.row == 0)
    }
    fn is_last_row(&self) -> F {
        F::from_bool(self.row + 1 == self.height)
    }
    fn is_transition(&self) -> F {
        F::from_bool(self.row + 1 != self.height)
    }
    fn public_values(&self) -> &[F] {
        self.public_values
    }
    fn assert_zero<I: Into<F>>(&mut self, x: I) {
        if x.into() != F::ZERO {
            self.violations.push(Violation { row: self.row, constraint: self.constraint });
        }
        self.constraint += 1;
    }
}

impl InteractionBuilder for RowBuilder<'_> {
    fn push_interaction<E: Into<F>>(
        &mut self,
        bus: &str,
        fields: impl IntoIterator<Item = E>,
        count: impl Into<Count<F>>,
    ) {
        let (count, _) = count.into().into_parts();
        let fields = fields.into_iter().map(Into::into).collect();
        self.messages.push(Message { bus: bus.to_owned(), fields, count });
    }

    fn push_local_interaction(&mut self, _tuples: impl IntoIterator<Item = (Vec<F>, Count<F>)>) {}

    fn num_global_interactions(&self) -> usize {
        self.messages.len()
    }
}

/// The balance of all buses over the tables recorded so far.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    entries: BTreeMap<(String, Vec<u64>), F>,
}

/// A tuple that is sent and received unequally often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imbalance {
    /// Name of the bus.
    pub bus: String,
    /// The tuple, canonical.
    pub tuple: Vec<u64>,
    /// Sent minus received, canonical modulo p.
    pub excess: u64,
}

impl Ledger {
    /// Evaluates all rows of a table: returns the violated constraints and records its messages.
    pub fn record<A>(&mut self, air: &A, main: &RowMajorMatrix<F>, public_values: &[F]) -> Vec<Violation>
    where
        A: BaseAir<F> + for<'a> Air<RowBuilder<'a>>,
    {
        self.record_rows(air, main, public_values, 0..main.height())
    }

    /// [`Ledger::record`] for some rows of a table.
    pub fn record_rows<A>(
        &mut self,
        air: &A,
        main: &RowMajorMatrix<F>,
        public_values: &[F],
        rows: impl IntoIterator<Item = usize>,
    ) -> Vec<Violation>
    where
        A: BaseAir<F> + for<'a> Air<RowBuilder<'a>>,
    {
        let preprocessed = air.preprocessed_trace();
        let (height, empty) = (main.height(), Vec::new());
        let mut violations = Vec::new();
        let mut messages = Vec::new();
        for row in rows {
            let next = (row + 1) % height;
            let window = |m: &'_ RowMajorMatrix<F>, r: usize| m.values[r * m.width..(r + 1) * m.width].to_vec();
            let (local, following) = (window(main, row), window(main, next));
            let (fixed, fixed_next) = match &preprocessed {
                Some(m) if next < m.height() && row < m.height() => (window(m, row), window(m, next)),
                _ => (empty.clone(), empty.clone()),
            };
            let mut builder = RowBuilder {
                main: RowWindow::from_two_rows(&local, &following),
                preprocessed: RowWindow::from_two_rows(&fixed, &fixed_next),
                public_values,
                row,
                height,
                constraint: 0,
                violations: &mut violations,
                messages: &mut messages,
            };
            air.eval(&mut builder);
            for message in messages.drain(..) {
                if message.count != F::ZERO {
                    let tuple = message.fields.iter().map(F::as_canonical_u64).collect();
                    *self.entries.entry((message.bus, tuple)).or_insert(F::ZERO) += message.count;
                }
            }
        }
        violations
    }

    /// Adds `count` messages of a table that is not there: positive ones sent, negative ones received.
    pub fn post(&mut self, bus: &str, tuple: &[u64], count: F) {
        *self.entries.entry((bus.to_owned(), tuple.to_vec())).or_insert(F::ZERO) += count;
    }

    /// Tuples of `bus` (all buses if `None`) that do not balance.
    pub fn imbalances(&self, bus: Option<&str>) -> Vec<Imbalance> {
        self.entries
            .iter()
            .filter(|((name, _), count)| **count != F::ZERO && bus.is_none_or(|b| b == name))
            .map(|((name, tuple), count)| Imbalance {
                bus: name.clone(),
                tuple: tuple.clone(),
                excess: count.as_canonical_u64(),
            })
            .collect()
    }
}
