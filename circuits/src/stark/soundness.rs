//! Bits of every round of a leaf proof.
//!
//! The bounds are those of `p3-security`, applied to what a shape really has: committed columns, opened values,
//! interactions, heights. Two things the crate does not model are added here. Tables of different heights join
//! the folding with a factor beta^arity, so the folded curve has degree `arity`, not `arity - 1`. And LogUp's number of
//! denominators is summed over tables of different heights, padding included.

use p3_air::symbolic::AirLayout;
use p3_batch_stark::num_batched_openings;
use p3_batch_stark::symbolic::get_symbolic_constraints;
use p3_lookup::LogUpGadget;
use p3_security::air::composition_error;
use p3_security::assumption::SecurityAssumption;
use p3_security::deep::deep_ali_error;
use p3_security::error::ErrorBits;
use p3_security::fri::{FriRegime, commit_phase_error_udr, conjectured_error, query_phase_error};
use p3_security::logup::{LogUpAir, fingerprint_error};
use p3_security::proximity::{alpha_udr, list_size_udr};
use p3_security::shape::{InstanceShape, StarkAirParams};
use p3_uni_stark::OpeningShape;

use super::config::{Challenge, LeafParameters, Val};
use super::proof::LeafAir;
use super::security::{Report, Round, Security};
use super::setup::Setup;

/// floor(log2 |F|^2): one less than the true size to 10 decimals, to stay on the safe side.
const CHALLENGE_BITS: usize = 127;
/// Collision resistance of a sponge with capacity 4 elements.
const HASH_BITS: usize = 128;

/// Sizes of one table that enter the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableProfile {
    /// log2 of the rows.
    pub degree_bits: usize,
    /// Constraints folded into the quotient, lookups included.
    pub constraints: usize,
    /// Largest degree of a constraint.
    pub degree: usize,
    /// Quotient chunks.
    pub chunks: usize,
    /// Lookup denominators on a row.
    pub interactions: usize,
    /// Committed columns times points they are opened at.
    pub openings: usize,
}

/// Sizes of a leaf shape that enter the bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafProfile {
    /// One entry a table.
    pub tables: Vec<TableProfile>,
    /// Elements of the widest bus tuple.
    pub widest_tuple: usize,
}

impl LeafProfile {
    pub(super) fn of<A: LeafAir>(setup: &Setup<A>) -> Self {
        let lookups = &setup.common().lookups;
        let chunks = setup.log_quotient_chunks();
        let tables = (setup.airs().iter().zip(setup.degree_bits()).zip(lookups).zip(chunks).enumerate())
            .map(|(instance, (((air, &degree_bits), contexts), &log_chunks))| {
                let preprocessed_width = setup.preprocessed_width(instance);
                let layout = AirLayout { preprocessed_width, ..AirLayout::from_air::<Val>(air) };
                let (base, extension) = get_symbolic_constraints::<Val, Challenge, A, LogUpGadget>(
                    air,
                    layout,
                    contexts,
                    &LogUpGadget::new(),
                );
                let degrees = base.iter().map(|c| c.degree_multiple());
                let degree = degrees.chain(extension.iter().map(|c| c.degree_multiple())).max();
                TableProfile {
                    degree_bits,
                    constraints: base.len() + extension.len(),
                    degree: degree.unwrap_or(0),
                    chunks: 1 << log_chunks,
                    interactions: contexts.iter().map(|l| l.elements.len()).sum(),
                    openings: num_batched_openings(
                        air.width(),
                        !air.main_next_row_columns().is_empty(),
                        preprocessed_width,
                        !air.preprocessed_next_row_columns().is_empty(),
                        1 << log_chunks,
                        contexts.len(),
                        2,
                        OpeningShape::new(),
                    ),
                }
            })
            .collect();
        let tuples = lookups.iter().flat_map(|l| l.iter()).flat_map(|l| &l.elements);
        Self { tables, widest_tuple: tuples.map(Vec::len).max().unwrap_or(0) }
    }

    /// log2 of the rows of the tallest table.
    pub fn log_max_rows(&self) -> usize {
        self.tables.iter().map(|t| t.degree_bits).max().unwrap_or(0)
    }

    /// Values combined by the batching challenge.
    pub fn openings(&self) -> usize {
        self.tables.iter().map(|t| t.openings).sum()
    }

    /// Denominators of the whole lookup argument: interactions times rows.
    pub fn denominators(&self) -> usize {
        self.tables.iter().map(|t| t.interactions << t.degree_bits).sum()
    }
}

impl Security {
    /// Bits of every round of a leaf proof of a shape. Queries are counted as the level says; all other rounds
    /// by theorems, at either secure level.
    pub fn leaf_report(self, parameters: &LeafParameters, profile: &LeafProfile) -> Report {
        let log_rows = profile.log_max_rows();
        let shape = InstanceShape {
            log_trace_length: log_rows,
            modulus_bits: CHALLENGE_BITS,
            collision_resistance: HASH_BITS,
            num_batched_functions: profile.openings(),
        };
        let fri = FriRegime {
            log_blowup: parameters.log_blowup,
            num_queries: parameters.queries,
            log_final_poly_len: parameters.log_final_len,
            max_log_arity: parameters.log_arity,
            commit_pow_bits: parameters.commit_pow,
            query_pow_bits: parameters.query_pow,
        };
        let mut rounds = Vec::new();
        if profile.denominators() > 0 {
            let all = LogUpAir { num_interactions: profile.denominators(), max_message_width: profile.widest_tuple };
            let rows = InstanceShape { log_trace_length: 0, ..shape };
            rounds.push(Round::new(
                "lookup challenges",
                fingerprint_error(&all, &rows).bits() + parameters.lookup_pow as f64,
                "Schwartz-Zippel, LogUp (eprint 2022/1530), N(W+2)/|F|",
            ));
        }
        let constraints = profile.tables.iter().map(|t| t.constraints).sum();
        rounds.push(Round::new(
            "constraint combination",
            composition_error(constraints, list_size_udr(), CHALLENGE_BITS).bits(),
            "ALI (eprint 2024/1553, Theorem 2)",
        ));
        rounds.push(Round::new(
            "out-of-domain point",
            out_of_domain(profile, shape) + parameters.ood_pow as f64,
            "DEEP-ALI (eprint 2024/1553, Theorem 2), summed over tables",
        ));
        rounds.push(Round::new(
            "opening combination",
            SecurityAssumption::UniqueDecoding.prox_gaps_error(
                log_rows,
                parameters.log_blowup,
                CHALLENGE_BITS,
                profile.openings().max(2),
            ) + parameters.batch_pow as f64,
            "proximity gaps, unique decoding (eprint 2020/654, Theorem 1.2)",
        ));
        if let Some(folding) = commit_phase_error_udr(&fri, &shape) {
            let arity = (1u64 << parameters.log_arity) as f64;
            rounds.push(Round::new(
                "folding",
                folding.bits() - (arity / (arity - 1.0)).log2(),
                "proximity gaps, unique decoding (eprint 2020/654), curve of degree arity for roll-ins",
            ));
        }
        rounds.push(self.queries(&fri, &shape));
        rounds.push(Round::new("hash collisions", HASH_BITS as f64, "sponge capacity 4 elements"));
        Report { rounds }
    }

    fn queries(self, fri: &FriRegime, shape: &InstanceShape) -> Round {
        match self {
            Self::Conjectured100 => Round::new(
                "queries",
                conjectured_error(fri, shape).bits(),
                "conjecture: random words (eprint 2025/2010)",
            ),
            Self::Insecure | Self::Provable100 => {
                let agreement = alpha_udr(shape.log_trace_length, fri.log_blowup, 2);
                Round::new(
                    "queries",
                    query_phase_error(agreement, fri.num_queries, fri.query_pow_bits).bits(),
                    "unique decoding radius (eprint 2020/654)",
                )
            }
        }
    }
}

/// The point fails if it is bad for one table, so the errors add up.
fn out_of_domain(profile: &LeafProfile, shape: InstanceShape) -> f64 {
    let errors: Vec<ErrorBits> = (profile.tables.iter())
        .map(|table| {
            let air = StarkAirParams {
                num_constraints: table.constraints,
                max_constraint_degree: table.degree,
                num_quotient_chunks: table.chunks,
                max_combo: 2,
            };
            let rows = InstanceShape { log_trace_length: table.degree_bits, ..shape };
            deep_ali_error(&air, &rows, list_size_udr())
        })
        .collect();
    ErrorBits::sum(&errors).bits()
}
