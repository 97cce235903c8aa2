//! What the transcript starts from, what is opened, and where the opened values stand in the proof.

use braid_circuits::stark::{Challenge, ProveError, Val};
use p3_batch_stark::proof::OpenedValuesWithLookups;
use p3_batch_stark::{BatchShape, OpenedValues, StarkGenericConfig};
use p3_commit::OpeningRequest;
use p3_field::TwoAdicField;
use p3_uni_stark::PreprocessedOpenedValues;

use super::opening::Committed;
use super::{Run, StarkAir};

impl<A: StarkAir> Run<'_, A> {
    /// What the transcript starts from.
    pub fn shape(&self) -> BatchShape {
        let (setup, config) = (self.setup, self.setup.config());
        let instances = 0..setup.airs().len();
        BatchShape {
            trace_widths: setup.airs().iter().map(|air| air.width()).collect(),
            public_value_counts: self.public_values.iter().map(Vec::len).collect(),
            preprocessed_widths: instances.map(|i| setup.preprocessed_width(i)).collect(),
            has_preprocessed_commitment: setup.common().preprocessed.is_some(),
            num_lookup_instances: setup.common().lookups.iter().filter(|lookups| !lookups.is_empty()).count(),
            lookup_pow_bits: config.lookup_proof_of_work_bits(),
            has_randomization_commitment: false,
            ood_pow_bits: config.ood_proof_of_work_bits(),
        }
    }

    /// The place of a table's preprocessed rows in their commitment, if it has any.
    pub fn preprocessed_place(&self, instance: usize) -> Option<usize> {
        let common = self.setup.common().preprocessed.as_ref()?;
        Some(common.instances.get(instance)?.as_ref()?.matrix_index)
    }

    /// What is opened where, in the order of the protocol: rows, pieces of quotients, preprocessed rows, fractions.
    pub fn requests<'b>(
        &self,
        main: &'b Committed,
        quotient: &'b Committed,
        fractions: Option<&'b Committed>,
        zeta: Challenge,
    ) -> Vec<OpeningRequest<'b, Committed, Challenge>>
    where
        Self: 'b,
    {
        let setup = self.setup;
        let next = |instance: usize| zeta * Val::two_adic_generator(setup.degree_bits()[instance]);
        let points = |instance: usize, columns: Vec<usize>| match columns.is_empty() {
            true => vec![zeta],
            false => vec![zeta, next(instance)],
        };
        let pieces: usize = setup.log_quotient_chunks().iter().map(|log| 1 << log).sum();
        let airs = || setup.airs().iter().enumerate();
        let request = |prover_data: &'b Committed, points| OpeningRequest { prover_data, points };
        let mut requests = vec![
            request(main, airs().map(|(i, air)| points(i, air.main_next_row_columns())).collect()),
            request(quotient, vec![vec![zeta]; pieces]),
        ];
        let preprocessed = setup.prover_data().prover_only.preprocessed_prover_data.as_ref();
        if let (Some(tables), Some(common)) = (preprocessed, &setup.common().preprocessed) {
            let of = |&i: &usize| points(i, setup.airs()[i].preprocessed_next_row_columns());
            requests.push(request(tables, common.matrix_to_instance.iter().map(of).collect()));
        }
        if let Some(fractions) = fractions {
            let with = airs().filter(|&(i, _)| !setup.common().lookups[i].is_empty());
            requests.push(request(fractions, with.map(|(i, _)| vec![zeta, next(i)]).collect()));
        }
        requests
    }

    /// The opened values by table.
    pub fn opened(
        &self,
        opened: p3_commit::OpenedValues<Challenge>,
    ) -> Result<Vec<OpenedValuesWithLookups<Challenge>>, ProveError> {
        let missing = || ProveError::Library("an opened value is missing".to_owned());
        let setup = self.setup;
        let mut rounds = opened.into_iter().map(Vec::into_iter);
        let mut round = || rounds.next().unwrap_or_default();
        let (mut main, mut pieces) = (round(), round());
        let preprocessed: Vec<Vec<Vec<Challenge>>> = match setup.common().preprocessed {
            Some(_) => round().collect(),
            None => Vec::new(),
        };
        let mut fractions = round();
        let mut instances = Vec::with_capacity(setup.airs().len());
        for instance in 0..setup.airs().len() {
            let mut trace = main.next().ok_or_else(missing)?.into_iter();
            let preprocessed = match self.preprocessed_place(instance) {
                Some(place) => {
                    let mut rows = preprocessed.get(place).ok_or_else(missing)?.iter().cloned();
                    let local = rows.next().ok_or_else(missing)?;
                    Some(PreprocessedOpenedValues { local, next: rows.next() })
                }
                None => None,
            };
            let chunks = 1 << setup.log_quotient_chunks()[instance];
            let quotient_chunks: Vec<Vec<Challenge>> = pieces.by_ref().take(chunks).flatten().collect();
            let mut fractions = match setup.common().lookups[instance].is_empty() {
                true => Vec::new().into_iter(),
                false => fractions.next().ok_or_else(missing)?.into_iter(),
            };
            instances.push(OpenedValuesWithLookups {
                base_opened_values: OpenedValues {
                    trace_local: trace.next().ok_or_else(missing)?,
                    trace_next: trace.next(),
                    preprocessed,
                    quotient_chunks,
                    random: None,
                },
                permutation_local: fractions.next().unwrap_or_default(),
                permutation_next: fractions.next().unwrap_or_default(),
            });
        }
        Ok(instances)
    }
}
