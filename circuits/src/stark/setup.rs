//! What a list of AIRs with their heights fixes: lookup layout, preprocessed commitment, sizes. Shapes for which
//! the library's verifier would check less than it appears to are refused here, once, for prover, verifier and
//! recursion circuit alike.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use p3_air::symbolic::AirLayout;
use p3_batch_stark::symbolic::get_log_num_quotient_chunks;
use p3_batch_stark::{CommonData, ProverData};
use p3_field::TwoAdicField;
use p3_lookup::{LogUpGadget, check_multiplicity_height_bound};

use super::config::{Challenge, Config, LeafParameters, MerkleCap, Val, config};
use super::proof::LeafAir;
use super::soundness::LeafProfile;

/// Degree that the constraint of a lookup column may have: two fractions of one bus share a column also in tables whose own
/// constraints have degree 2.
const LOOKUP_DEGREE: usize = 3;

/// Why a shape is refused.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// One height for each AIR is needed, and at least one AIR.
    #[error("{airs} AIRs, {heights} heights")]
    Counts {
        /// Number of AIRs given.
        airs: usize,
        /// Number of heights given.
        heights: usize,
    },
    /// Rows of a table whose extension is shorter than the cap are authenticated by nothing.
    #[error("instance {instance}: extended height 2^{log_height} is below the cap of 2^{cap_height}")]
    BelowCap {
        /// Position of the table.
        instance: usize,
        /// log2 of its extended height.
        log_height: usize,
        /// log2 of the number of digests in a commitment.
        cap_height: usize,
    },
    /// Folding stops above this table or at it, so it could not be rolled in.
    #[error("instance {instance}: 2^{degree_bits} rows, the final polynomial has 2^{log_final_len} coefficients")]
    BelowFinal {
        /// Position of the table.
        instance: usize,
        /// log2 of its rows.
        degree_bits: usize,
        /// log2 of the final polynomial's length.
        log_final_len: usize,
    },
    /// The field has no subgroup of the extended height.
    #[error("instance {instance}: 2^{degree_bits} rows are too many")]
    TooTall {
        /// Position of the table.
        instance: usize,
        /// log2 of its rows.
        degree_bits: usize,
    },
    /// The quotient would have more chunks than the blowup certifies.
    #[error("instance {instance}: 2^{log_chunks} quotient chunks at a blowup of 2^{log_blowup}")]
    QuotientChunks {
        /// Position of the table.
        instance: usize,
        /// log2 of the number of chunks.
        log_chunks: usize,
        /// log2 of the blowup.
        log_blowup: usize,
    },
    /// Exclusive lookup columns rest on constraints the library does not check for.
    #[error("instance {instance}: exclusive lookup columns are not allowed")]
    ExclusiveLookup {
        /// Position of the table.
        instance: usize,
    },
    /// Periodic columns are not supported by the recursion circuit.
    #[error("instance {instance}: periodic columns are not supported")]
    Periodic {
        /// Position of the table.
        instance: usize,
    },
    /// Public values declared for binding outside the constraints would be bound by nothing.
    #[error("instance {instance}: public values outside the constraints are not supported")]
    BoundaryValues {
        /// Position of the table.
        instance: usize,
    },
    /// Other heights were asked for, and this table's rows are committed to.
    #[error("instance {instance}: its rows are fixed, and 2^{degree_bits} of them were asked for")]
    Fixed {
        /// Position of the table.
        instance: usize,
        /// log2 of the rows asked for.
        degree_bits: usize,
    },
    /// Declared multiplicities times heights could wrap around the field.
    #[error("multiplicities: {0}")]
    Multiplicity(String),
    /// The library refused the AIRs: widths of a bus differ, a preprocessed table has the wrong height, …
    #[error("the proof system refused the AIRs: {0}")]
    Library(String),
}

/// A list of AIRs with pinned heights, ready to prove and verify.
pub struct Setup<A> {
    airs: Arc<[A]>,
    degree_bits: Vec<usize>,
    log_chunks: Vec<usize>,
    parameters: LeafParameters,
    config: Config,
    data: Arc<ProverData<Config>>,
}

impl<A: LeafAir> Setup<A> {
    /// Commits the preprocessed tables and lays out the lookups. `degree_bits` is log2 of the rows of each table.
    pub fn new(parameters: LeafParameters, airs: Vec<A>, degree_bits: Vec<usize>) -> Result<Self, SetupError> {
        check_tables(&parameters, &airs, &degree_bits)?;
        let config = config(&parameters);
        let data = caught(|| {
            let budgets = vec![LOOKUP_DEGREE; airs.len()];
            ProverData::<Config>::from_airs_and_degrees_with_lookup_budgets(
                &config,
                &airs,
                &degree_bits,
                &budgets,
                parameters.log_blowup,
            )
            .map_err(|e| format!("{e:?}"))
        })?;
        let log_chunks = quotient_chunks(&parameters, &airs, &degree_bits, &data.common)?;
        Ok(Self { airs: airs.into(), degree_bits, log_chunks, parameters, config, data: Arc::new(data) })
    }

    /// The same tables at other heights. Lookups and preprocessed tables, which may not change their height, are shared.
    pub fn resized(&self, degree_bits: Vec<usize>) -> Result<Self, SetupError> {
        let Self { airs, parameters, data, .. } = self;
        check_tables(parameters, airs, &degree_bits)?;
        for (instance, (&asked, &bits)) in degree_bits.iter().zip(&self.degree_bits).enumerate() {
            if asked != bits && self.preprocessed_width(instance) > 0 {
                return Err(SetupError::Fixed { instance, degree_bits: asked });
            }
        }
        let log_chunks = quotient_chunks(parameters, airs, &degree_bits, &data.common)?;
        let (airs, data) = (Arc::clone(airs), Arc::clone(data));
        Ok(Self { airs, degree_bits, log_chunks, parameters: *parameters, config: config(parameters), data })
    }

    /// The tables, in instance order.
    pub fn airs(&self) -> &[A] {
        &self.airs
    }

    /// log2 of the rows of each table.
    pub fn degree_bits(&self) -> &[usize] {
        &self.degree_bits
    }

    /// log2 of the number of quotient chunks of each table.
    pub fn log_quotient_chunks(&self) -> &[usize] {
        &self.log_chunks
    }

    /// The parameters.
    pub fn parameters(&self) -> &LeafParameters {
        &self.parameters
    }

    /// The library configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Lookups and preprocessed commitment.
    pub fn common(&self) -> &CommonData<Config> {
        &self.data.common
    }

    /// What proving needs beyond [`Setup::common`]: the preprocessed tables with their Merkle tree.
    pub fn prover_data(&self) -> &ProverData<Config> {
        &self.data
    }

    /// The one commitment over all preprocessed tables; `None` when no table has any.
    pub fn preprocessed_cap(&self) -> Option<&MerkleCap> {
        self.data.common.preprocessed.as_ref().map(|p| &p.commitment)
    }

    /// Preprocessed columns of a table; 0 if it has none.
    pub fn preprocessed_width(&self, instance: usize) -> usize {
        preprocessed_width(&self.data.common, instance)
    }

    /// Sizes that enter the soundness bounds.
    pub fn profile(&self) -> LeafProfile {
        LeafProfile::of(self)
    }
}

fn preprocessed_width(common: &CommonData<Config>, instance: usize) -> usize {
    common.preprocessed.as_ref().and_then(|p| p.instances.get(instance)?.as_ref()).map_or(0, |meta| meta.width)
}

fn check_tables<A: LeafAir>(parameters: &LeafParameters, airs: &[A], degree_bits: &[usize]) -> Result<(), SetupError> {
    if airs.is_empty() || airs.len() != degree_bits.len() {
        return Err(SetupError::Counts { airs: airs.len(), heights: degree_bits.len() });
    }
    let mut tables = airs.iter().zip(degree_bits).enumerate();
    tables.try_for_each(|(instance, (air, &bits))| check_table(parameters, instance, air, bits))
}

/// log2 of the number of quotient chunks of each table.
fn quotient_chunks<A: LeafAir>(
    parameters: &LeafParameters,
    airs: &[A],
    degree_bits: &[usize],
    common: &CommonData<Config>,
) -> Result<Vec<usize>, SetupError> {
    let lookups = &common.lookups;
    let heights: Vec<usize> = degree_bits.iter().map(|&b| 1usize << b).collect();
    check_multiplicity_height_bound(lookups, &heights).map_err(|e| SetupError::Multiplicity(e.to_string()))?;
    let mut log_chunks = Vec::with_capacity(airs.len());
    for (instance, (air, contexts)) in airs.iter().zip(lookups).enumerate() {
        if contexts.iter().any(|l| l.flags.is_some()) {
            return Err(SetupError::ExclusiveLookup { instance });
        }
        let layout =
            AirLayout { preprocessed_width: preprocessed_width(common, instance), ..AirLayout::from_air::<Val>(air) };
        let log = caught(|| {
            Ok(get_log_num_quotient_chunks::<Val, Challenge, A, LogUpGadget>(
                air,
                layout,
                heights[instance],
                contexts,
                0,
                &LogUpGadget::new(),
            ))
        })?;
        if log > parameters.log_blowup {
            return Err(SetupError::QuotientChunks { instance, log_chunks: log, log_blowup: parameters.log_blowup });
        }
        log_chunks.push(log);
    }
    Ok(log_chunks)
}

fn check_table<A: LeafAir>(
    parameters: &LeafParameters,
    instance: usize,
    air: &A,
    degree_bits: usize,
) -> Result<(), SetupError> {
    let log_height = degree_bits.saturating_add(parameters.log_blowup);
    if log_height > Val::TWO_ADICITY {
        return Err(SetupError::TooTall { instance, degree_bits });
    }
    if log_height < parameters.cap_height {
        return Err(SetupError::BelowCap { instance, log_height, cap_height: parameters.cap_height });
    }
    if degree_bits <= parameters.log_final_len {
        return Err(SetupError::BelowFinal { instance, degree_bits, log_final_len: parameters.log_final_len });
    }
    if air.num_periodic_columns() > 0 {
        return Err(SetupError::Periodic { instance });
    }
    if !air.public_boundary_io().is_empty() {
        return Err(SetupError::BoundaryValues { instance });
    }
    Ok(())
}

/// Runs library code that asserts on malformed AIRs.
fn caught<T>(run: impl FnOnce() -> Result<T, String>) -> Result<T, SetupError> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(SetupError::Library),
        Err(payload) => Err(SetupError::Library(super::proof::panic_message(&*payload))),
    }
}
