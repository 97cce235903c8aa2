//! Public values of the cpu: chains, counters and context of a chunk.

use braid_primitives::{Digest, F};
use p3_field::PrimeCharacteristicRing;

use crate::leaf::execution::Execution;

crate::columns! {
    /// The public values in order.
    pub struct PublicValues {
        /// Data chain before and after.
        data: [8],
        /// Inbox chain before and after.
        inbox: [8],
        /// Outbox chain before and after.
        outbox: [8],
        /// Transactions before.
        count_before,
        /// Transactions after.
        count_after,
        /// Fees before.
        fees_before,
        /// Fees after.
        fees_after,
        /// Time, number of the block, fees before the batch, 2^(36 − depth).
        context: [4],
    }
}

/// Number of public values.
pub const PUBLIC_VALUES: usize = PublicValues::<F>::WIDTH;

impl PublicValues<F> {
    /// The public values of an execution.
    pub fn new(execution: &Execution<'_>) -> Self {
        let Execution { parameters, context, record, .. } = execution;
        let (before, after) = (&record.before, &record.after);
        Self {
            data: join(before.data, after.data),
            inbox: join(before.inbox, after.inbox),
            outbox: join(before.outbox, after.outbox),
            count_before: F::from_u64(before.count),
            count_after: F::from_u64(after.count),
            fees_before: F::from_u64(before.fees),
            fees_after: F::from_u64(after.fees),
            context: [context.timestamp, context.number, context.fees_before, parameters.scale()].map(F::from_u64),
        }
    }

    /// As the proof system takes them.
    pub fn to_vec(&self) -> Vec<F> {
        let mut values = F::zero_vec(PUBLIC_VALUES);
        self.write(&mut values);
        values
    }
}

fn join(before: Digest, after: Digest) -> [F; 8] {
    core::array::from_fn(|i| if i < 4 { before[i] } else { after[i - 4] })
}
