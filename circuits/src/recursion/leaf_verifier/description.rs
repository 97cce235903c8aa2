//! Everything about a leaf shape that a verifier circuit holds as constants: sizes, the order of commitments and
//! openings, the seeds of the transcript, the folding schedule, the constraints.

use std::collections::HashMap;

use p3_air::symbolic::AirLayout;
use p3_batch_stark::BatchShape;
use p3_challenger::CanObserve;
use p3_fri::{FriShape, PcsShape, fold_schedule};
use p3_lookup::{Kind, Lookup};

use super::LeafError;
use crate::recursion::constraints::Constraints;
use crate::stark::{Challenge, LeafAir, LeafParameters, Setup, Val};

/// Sizes and constraints of one table.
#[derive(Clone, Debug)]
pub struct Table {
    /// log2 of the rows.
    pub degree_bits: usize,
    /// Main columns.
    pub width: usize,
    /// Public values.
    pub public_values: usize,
    /// Preprocessed columns.
    pub preprocessed_width: usize,
    /// log2 of the quotient chunks.
    pub log_chunks: usize,
    /// Bus of each lookup column, in column order.
    pub buses: Vec<usize>,
    /// Position of the main matrix, and of the others if there are any, in their commitments.
    pub matrices: TableMatrices,
    /// The constraints, in emission order.
    pub constraints: Constraints,
}

/// Where a table's matrices stand in the commitments.
#[derive(Clone, Copy, Debug, Default)]
pub struct TableMatrices {
    /// First quotient chunk.
    pub quotient: usize,
    /// Preprocessed matrix.
    pub preprocessed: Option<usize>,
    /// Lookup columns.
    pub permutation: Option<usize>,
}

/// One committed matrix.
#[derive(Clone, Copy, Debug)]
pub struct Matrix {
    /// The table it belongs to.
    pub table: usize,
    /// log2 of its extended height.
    pub log_height: usize,
    /// Columns over the base field.
    pub width: usize,
    /// Opened at the point and, if set, at the point times the generator of the trace domain.
    pub next: bool,
}

impl Matrix {
    /// Number of opening points.
    pub fn points(&self) -> usize {
        1 + usize::from(self.next)
    }
}

/// What a commitment holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Main traces.
    Main,
    /// Quotient chunks.
    Quotient,
    /// Preprocessed tables.
    Preprocessed,
    /// Lookup columns.
    Permutation,
}

/// One commitment.
#[derive(Clone, Debug)]
pub struct Commitment {
    /// What it holds.
    pub contents: Contents,
    /// Its matrices, in order.
    pub matrices: Vec<Matrix>,
}

/// Elements that separate one transcript from another, absorbed at the start of each of its three parts.
#[derive(Clone, Debug, Default)]
pub struct Seeds {
    /// Before anything else.
    pub batch: Vec<Val>,
    /// Before the opened values.
    pub openings: Vec<Val>,
    /// Before the first folding commitment.
    pub fri: Vec<Val>,
}

/// A leaf shape as constants.
#[derive(Clone, Debug)]
pub struct LeafDescription {
    /// Parameters of the proof system.
    pub parameters: LeafParameters,
    /// The tables, in instance order.
    pub tables: Vec<Table>,
    /// The commitments, in the order in which they are opened.
    pub commitments: Vec<Commitment>,
    /// Number of buses.
    pub buses: usize,
    /// Elements of the widest tuple on any bus.
    pub widest_tuple: usize,
    /// Transcript seeds.
    pub seeds: Seeds,
    /// log2 of the arity of each folding round.
    pub arities: Vec<usize>,
}

impl LeafDescription {
    /// Describes the shape of a setup.
    pub fn new<A: LeafAir>(setup: &Setup<A>) -> Result<Self, LeafError> {
        let parameters = *setup.parameters();
        let (buses, bus_count, widest_tuple) = number_buses(&setup.common().lookups);
        let mut tables = Vec::with_capacity(setup.airs().len());
        for (i, (air, buses)) in setup.airs().iter().zip(buses).enumerate() {
            let layout =
                AirLayout { preprocessed_width: setup.preprocessed_width(i), ..AirLayout::from_air::<Val>(air) };
            tables.push(Table {
                degree_bits: setup.degree_bits()[i],
                width: layout.main_width,
                public_values: layout.num_public_values,
                preprocessed_width: layout.preprocessed_width,
                log_chunks: setup.log_quotient_chunks()[i],
                buses,
                matrices: TableMatrices::default(),
                constraints: Constraints::of(air, layout, &setup.common().lookups[i])?,
            });
        }
        let commitments = commitments(setup, &mut tables);
        let mut description = Self {
            parameters,
            tables,
            commitments,
            buses: bus_count,
            widest_tuple,
            seeds: Seeds::default(),
            arities: Vec::new(),
        };
        description.arities = description.fold_schedule()?;
        description.seeds = description.seeds();
        Ok(description)
    }

    /// log2 of the extended height of the tallest table: bits of a query index.
    pub fn log_max_height(&self) -> usize {
        self.tables.iter().map(|t| t.degree_bits).max().unwrap_or(0) + self.parameters.log_blowup
    }

    /// log2 of the length at which folding stops.
    pub fn log_final_height(&self) -> usize {
        self.parameters.log_blowup + self.parameters.log_final_len
    }

    /// Extended heights of all tables, as log2, tallest first, without repetition.
    pub fn log_heights(&self) -> Vec<usize> {
        let mut heights: Vec<usize> = self.tables.iter().map(|t| t.degree_bits + self.parameters.log_blowup).collect();
        heights.sort_unstable_by(|a, b| b.cmp(a));
        heights.dedup();
        heights
    }

    /// Number of tables with lookups.
    pub fn lookup_tables(&self) -> usize {
        self.tables.iter().filter(|t| !t.buses.is_empty()).count()
    }

    /// Position of a commitment in the opening order.
    pub fn position(&self, contents: Contents) -> Option<usize> {
        self.commitments.iter().position(|c| c.contents == contents)
    }

    fn fold_schedule(&self) -> Result<Vec<usize>, LeafError> {
        let heights = self.log_heights();
        let lowest = heights.last().copied().unwrap_or(0);
        if self.log_final_height() < self.parameters.cap_height {
            return Err(LeafError::Shape("folding ends below the height of the caps"));
        }
        if lowest < self.log_final_height() || self.log_max_height() <= self.log_final_height() {
            return Err(LeafError::Shape("a table is shorter than the final polynomial"));
        }
        if self.log_max_height() > 32 || self.parameters.log_arity == 0 || self.parameters.queries == 0 {
            return Err(LeafError::Shape("a table is too tall, or no folding or no queries are asked for"));
        }
        Ok(fold_schedule(&heights, self.log_final_height(), self.parameters.log_arity))
    }

    /// The library's description of the first part of the transcript.
    pub fn batch_shape(&self) -> BatchShape {
        BatchShape {
            trace_widths: self.tables.iter().map(|t| t.width).collect(),
            public_value_counts: self.tables.iter().map(|t| t.public_values).collect(),
            preprocessed_widths: self.tables.iter().map(|t| t.preprocessed_width).collect(),
            has_preprocessed_commitment: self.position(Contents::Preprocessed).is_some(),
            num_lookup_instances: self.lookup_tables(),
            lookup_pow_bits: self.parameters.lookup_pow,
            has_randomization_commitment: false,
            ood_pow_bits: self.parameters.ood_pow,
        }
    }

    fn seeds(&self) -> Seeds {
        let batch = self.batch_shape();
        let counts = |m: &Matrix| vec![m.width; m.points()];
        let openings = PcsShape {
            claimed_evaluation_counts: (self.commitments.iter())
                .map(|c| c.matrices.iter().map(counts).collect())
                .collect(),
            batch_pow_bits: self.parameters.batch_pow,
        };
        let fri = FriShape::with_schedule(&self.parameters.fri(()), self.arities.clone(), self.log_max_height());
        Seeds {
            batch: recorded(|r| batch.domain_separator::<Val, Challenge>().seed(r)),
            openings: recorded(|r| openings.domain_separator::<Val, Challenge>().seed(r)),
            fri: recorded(|r| fri.domain_separator::<Val, Challenge>().seed(r)),
        }
    }
}

/// Notes what a library absorbs.
struct Recorder(Vec<Val>);

impl CanObserve<Val> for Recorder {
    fn observe(&mut self, value: Val) {
        self.0.push(value);
    }
}

fn recorded(seed: impl FnOnce(&mut Recorder)) -> Vec<Val> {
    let mut recorder = Recorder(Vec::new());
    seed(&mut recorder);
    recorder.0
}

/// Numbers the buses as the library does: by first appearance over instances, local lookups each on their own.
/// Returns the bus of each lookup column, the number of buses and the widest tuple (at least 1).
fn number_buses<L: AsRef<[Lookup<Val>]>>(lookups: &[L]) -> (Vec<Vec<usize>>, usize, usize) {
    let mut named: HashMap<&str, usize> = HashMap::new();
    let mut count = 0;
    let mut fresh = || {
        count += 1;
        count - 1
    };
    let mut widest = 1;
    let mut numbered = Vec::with_capacity(lookups.len());
    for table in lookups {
        let mut buses = Vec::new();
        for lookup in table.as_ref() {
            widest = widest.max(lookup.elements.iter().map(Vec::len).max().unwrap_or(0));
            buses.push(match &lookup.kind {
                Kind::Global(name) => *named.entry(name.as_str()).or_insert_with(&mut fresh),
                Kind::Local => fresh(),
            });
        }
        numbered.push(buses);
    }
    (numbered, count, widest)
}

/// Lists the commitments in opening order and notes in each table where its matrices are.
fn commitments<A: LeafAir>(setup: &Setup<A>, tables: &mut [Table]) -> Vec<Commitment> {
    let log_blowup = setup.parameters().log_blowup;
    let matrix = |table: usize, degree_bits: usize, width: usize, next: bool| Matrix {
        table,
        log_height: degree_bits + log_blowup,
        width,
        next,
    };
    let mut main = Vec::new();
    let mut quotient = Vec::new();
    let mut permutation = Vec::new();
    for (i, (air, table)) in setup.airs().iter().zip(tables.iter_mut()).enumerate() {
        main.push(matrix(i, table.degree_bits, table.width, !air.main_next_row_columns().is_empty()));
        table.matrices.quotient = quotient.len();
        quotient.extend(std::iter::repeat_n(matrix(i, table.degree_bits, 2, false), 1 << table.log_chunks));
        if !table.buses.is_empty() {
            table.matrices.permutation = Some(permutation.len());
            permutation.push(matrix(i, table.degree_bits, 2 * (table.buses.len() + 1), true));
        }
    }
    let mut all = vec![
        Commitment { contents: Contents::Main, matrices: main },
        Commitment { contents: Contents::Quotient, matrices: quotient },
    ];
    if let Some(global) = &setup.common().preprocessed {
        let mut matrices = Vec::new();
        for &i in &global.matrix_to_instance {
            let next = !setup.airs()[i].preprocessed_next_row_columns().is_empty();
            tables[i].matrices.preprocessed = Some(matrices.len());
            matrices.push(matrix(i, tables[i].degree_bits, tables[i].preprocessed_width, next));
        }
        all.push(Commitment { contents: Contents::Preprocessed, matrices });
    }
    if !permutation.is_empty() {
        all.push(Commitment { contents: Contents::Permutation, matrices: permutation });
    }
    all
}
