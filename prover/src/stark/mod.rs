//! Leaf proofs, faster than Plonky3 makes them and equal to its own to the last bit.
//!
//! The protocol, its transcript, its hashes and its verifier are those of `p3-batch-stark`, which stays the judge: the tests compare
//! whole proofs. What is done otherwise:
//!
//! * [`extension`]: tables are extended a few columns at a time, without a copy of the table, in transforms that fit the order of the commitment.
//! * [`evaluator`], [`quotient`]: constraints run on packed rows that are read in the order of the commitment; interactions are
//!   evaluated where the AIR declares them, not from symbolic expressions.
//! * [`fractions`], [`program`]: the lookups' columns are computed on packed rows, and of a trace that is extended nothing is kept but what
//!   they read.
//! * [`opening`]: one pass over all tables of a height.

mod assembly;
mod evaluator;
mod extension;
mod fractions;
mod lookups;
mod opening;
mod packing;
mod peak;
mod program;
mod quotient;
mod rows;
mod small;
mod transform;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use braid_circuits::stark::proof::panic_message;
use braid_circuits::stark::{Challenge, Challenger, LeafAir, MerkleCap, Proof, ProveError, Setup, Val};
use p3_air::Air;
use p3_air::symbolic::{AirLayout, ConstraintLayout};
use p3_batch_stark::symbolic::get_constraint_layout;
use p3_batch_stark::{BatchCommitments, BatchOpenedValues, BatchProof, BatchProverTranscript, StarkGenericConfig};
use p3_commit::Mmcs as _;
use p3_field::{Field, PrimeCharacteristicRing, TwoAdicField};
use p3_lookup::{LogUpGadget, Lookup, LookupProtocol, LookupTerminal};
use p3_matrix::dense::RowMajorMatrix;

use crate::stage::stage;

pub use evaluator::Evaluator;

use evaluator::{Fingerprint, MOST_CONSTRAINTS};
use extension::Domain;
use fractions::{Fractions, ZeroDenominator};
use lookups::Layout;
use opening::Committed;
use packing::{LOG_WIDTH, powers, reverse_bits};
use program::Inputs;
use quotient::{Miscounted, Quotient};
use rows::{Blocks, groups_of};

/// An AIR that a [`StarkProver`] proves.
pub trait StarkAir: LeafAir + for<'a> Air<Evaluator<'a>> {}

impl<A> StarkAir for A where A: LeafAir + for<'a> Air<Evaluator<'a>> {}

/// Why there is no fast prover for a list of AIRs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StarkSetupError {
    /// A table shorter than a packed element.
    #[error("instance {instance}: 2^{degree_bits} rows are too few for packed arithmetic")]
    TooShort {
        /// Position of the table.
        instance: usize,
        /// log2 of its rows.
        degree_bits: usize,
    },
    /// More constraints than are combined without a reduction in between.
    #[error("instance {instance}: {constraints} constraints, at most {MOST_CONSTRAINTS} are supported")]
    TooManyConstraints {
        /// Position of the table.
        instance: usize,
        /// Constraints it has.
        constraints: usize,
    },
    /// A lookup reads what is no column, public value or selector of its table, or excludes others.
    #[error("instance {instance}: a lookup with expressions of a kind that is not supported")]
    Expression {
        /// Position of the table.
        instance: usize,
    },
    /// The lookups of a table are not its interactions.
    #[error("instance {instance}: lookups other than interactions on a bus are not supported")]
    Lookups {
        /// Position of the table.
        instance: usize,
    },
}

/// What is fixed for a table.
struct Table {
    layout: Layout,
    fractions: Fractions,
    constraints: ConstraintLayout,
    next_groups: Vec<usize>,
    next_preprocessed_groups: Vec<usize>,
}

/// Proves tables of the heights of one [`Setup`].
pub struct StarkProver {
    tables: Arc<[Table]>,
    /// Made for the first proof: they take some time and memory, and not everybody who asks for a prover proves.
    domains: OnceLock<Domains>,
}

/// What all proofs of the same heights compute with.
struct Domains {
    /// By log2 of the rows.
    by_height: BTreeMap<usize, Domain>,
    /// The domain of the tallest extended table, in bit-reversed order.
    points: Vec<Val>,
}

impl Domains {
    fn new(degree_bits: &[usize], log_blowup: usize) -> Self {
        let heights: BTreeSet<usize> = degree_bits.iter().copied().collect();
        let bits = heights.last().map_or(0, |bits| bits + log_blowup);
        let natural = powers(Val::two_adic_generator(bits), Val::GENERATOR, 1 << bits);
        let points = (0..1 << bits).map(|i| natural[reverse_bits(i, bits)]).collect();
        Self { by_height: heights.into_iter().map(|bits| (bits, Domain::new(bits, log_blowup))).collect(), points }
    }
}

impl StarkProver {
    /// Prepares for a setup.
    ///
    /// # Errors
    /// If a table is of a kind that is not supported.
    pub fn new<A: StarkAir>(setup: &Setup<A>) -> Result<Self, StarkSetupError> {
        let mut tables = Vec::with_capacity(setup.airs().len());
        for (instance, air) in setup.airs().iter().enumerate() {
            let lookups = &setup.common().lookups[instance];
            let preprocessed_width = setup.preprocessed_width(instance);
            let fractions = Fractions::of(setup, instance).ok_or(StarkSetupError::Expression { instance })?;
            let air_layout = AirLayout { preprocessed_width, ..AirLayout::from_air::<Val>(air) };
            let constraints =
                get_constraint_layout::<Val, Challenge, A, LogUpGadget>(air, air_layout, lookups, &LogUpGadget::new());
            let count = constraints.base_indices.len();
            if count > MOST_CONSTRAINTS {
                return Err(StarkSetupError::TooManyConstraints { instance, constraints: count });
            }
            let layout = Layout::find(air, lookups, preprocessed_width).ok_or(StarkSetupError::Lookups { instance })?;
            tables.push(Table {
                layout,
                fractions,
                constraints,
                next_groups: groups_of(&air.main_next_row_columns()),
                next_preprocessed_groups: groups_of(&air.preprocessed_next_row_columns()),
            });
        }
        Self { tables: tables.into(), domains: OnceLock::new() }.resized(setup)
    }

    /// Prepares for the same tables at other heights ([`Setup::resized`]).
    ///
    /// # Errors
    /// If a table is too short.
    pub fn resized<A: StarkAir>(&self, setup: &Setup<A>) -> Result<Self, StarkSetupError> {
        let mut heights = setup.degree_bits().iter().enumerate();
        match heights.find(|(_, bits)| **bits < LOG_WIDTH) {
            Some((instance, &degree_bits)) => Err(StarkSetupError::TooShort { instance, degree_bits }),
            None => Ok(Self { tables: Arc::clone(&self.tables), domains: OnceLock::new() }),
        }
    }

    /// Proves the traces, one a table.
    ///
    /// The result need not verify if the traces do not satisfy the constraints.
    ///
    /// # Errors
    /// If the traces are not of the setup's sizes, or the proof system fails.
    pub fn prove<A: StarkAir>(
        &self,
        setup: &Setup<A>,
        traces: Vec<RowMajorMatrix<Val>>,
        public_values: &[Vec<Val>],
    ) -> Result<Proof, ProveError> {
        setup.check_traces(&traces, public_values)?;
        let prove = || {
            let new = || Domains::new(setup.degree_bits(), setup.parameters().log_blowup);
            let domains = self.domains.get_or_init(new);
            Run { tables: &self.tables, domains, setup, public_values }.prove(traces)
        };
        catch_unwind(AssertUnwindSafe(prove))
            .unwrap_or_else(|payload| Err(ProveError::Library(panic_message(&*payload))))
    }
}

/// Runs a stage.
fn within<T>(name: &'static str, run: impl FnOnce() -> T) -> T {
    let _stage = stage(name);
    run()
}

/// A proof in the making.
struct Run<'a, A> {
    tables: &'a [Table],
    domains: &'a Domains,
    setup: &'a Setup<A>,
    public_values: &'a [Vec<Val>],
}

type Transcript<'a> = BatchProverTranscript<'a, Challenger, Val, Challenge, MerkleCap>;

impl<A: StarkAir> Run<'_, A> {
    fn prove(&self, traces: Vec<RowMajorMatrix<Val>>) -> Result<Proof, ProveError> {
        let (setup, config) = (self.setup, self.setup.config());
        let common = setup.common();
        let mut challenger = config.initialise_challenger();
        let mut transcript = Transcript::new(&mut challenger, self.shape());
        transcript.instance_bindings(setup.degree_bits());

        let (extended, kept) = within("extend", || self.extend(traces));
        let (main_cap, main) = self.commit(extended);
        let values: Vec<&[Val]> = self.public_values.iter().map(Vec::as_slice).collect();
        transcript.main_phase(main_cap.clone(), &values);
        transcript.preprocessed_phase(common.preprocessed.as_ref().map(|p| p.commitment.clone()));

        let lookups: Vec<&[Lookup<Val>]> = common.lookups.iter().map(|lookups| &**lookups).collect();
        let (challenges, lookup_pow_witness) = transcript.lookup_phase(&lookups, &LogUpGadget::new());
        let mut terminals = Vec::with_capacity(kept.len());
        let mut fractions = Vec::new();
        for (instance, kept) in kept.into_iter().enumerate() {
            let _stage = stage("lookups");
            let values = match self.fractions(instance, &kept, &challenges[instance]) {
                Ok(values) => values,
                Err(error) => {
                    transcript.abort();
                    return Err(error);
                }
            };
            let (table, terminal) = values.unzip();
            terminals.push(terminal.map(LookupTerminal));
            fractions.extend(table.map(|table| (instance, table)));
        }
        let extend = |(instance, table)| self.domain(instance).extend(&table);
        let fractions: Vec<_> = within("extend", || fractions.into_iter().map(extend).collect());
        let committed = (!fractions.is_empty()).then(|| self.commit(fractions));
        let (fractions_cap, fractions) = committed.unzip();
        let present: Vec<Challenge> = terminals.iter().flatten().map(|terminal| terminal.0).collect();
        let alpha = transcript.permutation_phase(fractions_cap.clone(), &present);

        let pieces = match self.quotients(&main, fractions.as_ref(), &challenges, &terminals, alpha) {
            Ok(pieces) => pieces,
            Err(error) => {
                transcript.abort();
                return Err(error);
            }
        };
        let (quotient_cap, quotient) = self.commit(pieces);
        transcript.quotient_phase(quotient_cap.clone(), None);

        let (zeta, ood_pow_witness): (Challenge, Val) = transcript.ood_phase();
        let requests = self.requests(&main, &quotient, fractions.as_ref(), zeta);
        let opening = transcript
            .delegate(|challenger| opening::open(setup.parameters(), &self.domains.points, &requests, challenger));
        let (opened, opening_proof) = match opening {
            Ok(opening) => opening,
            Err(error) => {
                transcript.abort();
                return Err(ProveError::Library(format!("{error:?}")));
            }
        };
        transcript.finish();
        Ok(BatchProof {
            commitments: BatchCommitments {
                main: main_cap,
                quotient_chunks: quotient_cap,
                random: None,
                permutation: fractions_cap,
            },
            opened_values: BatchOpenedValues { instances: self.opened(opened)? },
            opening_proof,
            lookup_terminals: terminals,
            degree_bits: setup.degree_bits().to_vec(),
            lookup_pow_witness,
            ood_pow_witness,
        })
    }

    fn domain(&self, instance: usize) -> &Domain {
        &self.domains.by_height[&self.setup.degree_bits()[instance]]
    }

    fn commit(&self, tables: Vec<RowMajorMatrix<Val>>) -> (MerkleCap, Committed) {
        within("hash", || self.setup.parameters().mmcs().commit(tables))
    }

    /// The extensions of all traces, and what lookups read of them. The largest comes first, so that the others' extensions find the room
    /// that it leaves.
    fn extend(&self, traces: Vec<RowMajorMatrix<Val>>) -> (Vec<RowMajorMatrix<Val>>, Vec<RowMajorMatrix<Val>>) {
        let mut traces: Vec<_> = traces.into_iter().enumerate().collect();
        traces.sort_by_key(|(_, trace)| Reverse(trace.values.len()));
        let extend = |(instance, trace): (usize, RowMajorMatrix<Val>)| {
            let extended = self.domain(instance).extend(&trace);
            (instance, (extended, self.tables[instance].fractions.program.main.keep(trace)))
        };
        let mut tables: Vec<_> = traces.into_iter().map(extend).collect();
        tables.sort_by_key(|(instance, _)| *instance);
        tables.into_iter().map(|(_, tables)| tables).unzip()
    }

    /// Accumulator and fraction columns of a table with lookups, and where the accumulator ends.
    fn fractions(
        &self,
        instance: usize,
        main: &RowMajorMatrix<Val>,
        challenges: &[Challenge],
    ) -> Result<Option<(RowMajorMatrix<Val>, Challenge)>, ProveError> {
        let fractions = &self.tables[instance].fractions;
        if fractions.committed_width() == 0 {
            return Ok(None);
        }
        let air = &self.setup.airs()[instance];
        let columns = &fractions.program.preprocessed;
        let preprocessed = if columns.width == 0 { None } else { air.preprocessed_trace() };
        let inputs = Inputs {
            height: 1 << self.setup.degree_bits()[instance],
            main,
            preprocessed: &preprocessed.map_or_else(|| RowMajorMatrix::new(Vec::new(), 0), |table| columns.keep(table)),
            public_values: &self.public_values[instance],
        };
        let values = fractions.values(&inputs, challenges).map_err(|ZeroDenominator| {
            ProveError::Library(format!("instance {instance} looks up what has a fingerprint of zero"))
        })?;
        Ok(Some(values))
    }

    /// The extended pieces of all quotients.
    fn quotients(
        &self,
        main: &Committed,
        fractions: Option<&Committed>,
        challenges: &[Vec<Challenge>],
        terminals: &[Option<LookupTerminal<Challenge>>],
        alpha: Challenge,
    ) -> Result<Vec<RowMajorMatrix<Val>>, ProveError> {
        let setup = self.setup;
        let mmcs = setup.parameters().mmcs();
        let main = mmcs.get_matrices(main);
        let mut fractions = fractions.map(|fractions| mmcs.get_matrices(fractions)).unwrap_or_default().into_iter();
        let preprocessed = setup.prover_data().prover_only.preprocessed_prover_data.as_ref();
        let preprocessed = preprocessed.map(|tables| mmcs.get_matrices(tables)).unwrap_or_default();
        let matrix_of = |instance: usize| preprocessed.get(self.preprocessed_place(instance)?).copied();
        let mut pieces = Vec::new();
        for (instance, air) in setup.airs().iter().enumerate() {
            let (table, bits) = (&self.tables[instance], setup.degree_bits()[instance]);
            let log_chunks = setup.log_quotient_chunks()[instance];
            let blocks = |table| Blocks::new(table, bits, log_chunks);
            let own_fractions = (!table.layout.columns.is_empty()).then(|| fractions.next()).flatten();
            let fingerprint = |pair: &[Challenge]| Fingerprint::new(pair[0], pair[1], table.layout.width);
            let fingerprints: Vec<Fingerprint> =
                challenges[instance].chunks_exact(LogUpGadget::new().num_challenges()).map(fingerprint).collect();
            let (weights, lookup_weights) = table.constraints.decompose_alpha::<Val, Challenge>(alpha);
            let quotient = Quotient {
                air,
                layout: &table.layout,
                bits,
                log_chunks,
                main: Blocks::new(main[instance], bits, log_chunks),
                preprocessed: matrix_of(instance).map_or_else(Blocks::none, blocks),
                fractions: own_fractions.map_or_else(Blocks::none, blocks),
                next_groups: &table.next_groups,
                next_preprocessed_groups: &table.next_preprocessed_groups,
                public_values: &self.public_values[instance],
                fingerprints: &fingerprints,
                terminal: terminals[instance].as_ref().map_or(Challenge::ZERO, |terminal| terminal.0),
                weights: &quotient::weights(&weights),
                lookup_weights: &lookup_weights,
                points: &self.domains.points,
            };
            let values = within("quotient", || quotient.values()).map_err(|Miscounted| {
                ProveError::Library(format!(
                    "instance {instance} evaluates to another number of constraints than it has"
                ))
            })?;
            pieces.extend(within("extend", || self.domain(instance).pieces(&values, log_chunks)));
        }
        Ok(pieces)
    }
}
