use braid_primitives::F;
use braid_witness::record::Access;
use p3_field::{Field, PrimeCharacteristicRing, PrimeField64};
use p3_matrix::dense::RowMajorMatrix;
use rayon::prelude::*;

use super::columns::Columns;
use crate::leaf::execution::Execution;
use crate::leaf::tables::{TooTall, flag, split_rows};
use crate::leaf::tally::Tally;

const WIDTH: usize = Columns::<F>::WIDTH;

/// Rows that an execution needs: one for each access.
pub fn height(execution: &Execution<'_>) -> usize {
    execution.record.transactions.iter().map(|transaction| execution.tables(transaction).pages.len()).sum()
}

/// The table, `height` rows: the transactions in order, then padding. Counts uses of page rows and of the range table.
///
/// # Errors
/// If the table has fewer rows than the execution needs.
pub fn rows(execution: &Execution<'_>, height: usize, tally: &Tally) -> Result<RowMajorMatrix<F>, TooTall> {
    let transactions = &execution.record.transactions;
    let counts = || transactions.iter().map(|transaction| execution.tables(transaction).pages.len());
    let rows = self::height(execution);
    let mut values = F::zero_vec(height * WIDTH);
    let parts = split_rows(&mut values, WIDTH, counts()).ok_or(TooTall { chip: "page", rows, height })?;
    parts.into_par_iter().enumerate().for_each(|(tx, part)| {
        let transaction = &transactions[tx];
        for (k, (access, row)) in transaction.pages.iter().zip(part.chunks_mut(WIDTH)).enumerate() {
            open(execution, tx, k, access, tally).write(row);
        }
    });
    let padding = Columns { cleared: F::ONE, ..Columns::read(&[F::ZERO; WIDTH]) };
    values[rows * WIDTH..].chunks_mut(WIDTH).for_each(|row| padding.write(row));
    Ok(RowMajorMatrix::new(values, WIDTH))
}

/// The columns of one access.
fn open(execution: &Execution<'_>, tx: usize, k: usize, access: &Access, tally: &Tally) -> Columns<F> {
    let tables = execution.tables(&execution.record.transactions[tx]);
    let entry = &tables.pages[k];
    tally.pages.add(tables.first_row[1] + k);
    let bit = |bit: usize| F::from_bool(flag(entry[3], bit));
    let low_high = |value: u64| [F::from_u64(value & 0xffff), F::from_u64(value >> 16)];
    let account = access.account.as_canonical_u64();
    let [low, high] = low_high(account);
    let [scaled_low, scaled_high] = low_high(account.wrapping_mul(execution.parameters.scale()));
    let columns = Columns {
        real: F::ONE,
        tx: F::from_usize(tx),
        program: entry[1],
        k: entry[2],
        first: bit(0),
        last: bit(1),
        must: bit(2),
        may: bit(3),
        empty: bit(4),
        slot_is_local: bit(5),
        signer: bit(6),
        account_is_local: bit(7),
        cell_is_local: core::array::from_fn(|j| bit(8 + j)),
        account_source: entry[4],
        slot_source: entry[5],
        tag: entry[6],
        delta: entry[7],
        message: entry[8],
        cell_source: core::array::from_fn(|j| entry[9 + j]),
        account: access.account,
        slot: access.slot,
        limbs: [low, high, scaled_low, scaled_high],
        previous: F::from_u32(access.previous),
        old: access.old,
        new: access.new,
        uses: core::array::from_fn(|j| F::from_u32(tables.readers((4 << 16) + (8 * k + j) as u64))),
        inverse: access.new[0].try_inverse().unwrap_or(F::ZERO),
        cleared: F::from_bool(access.new[0] == F::ZERO),
    };
    columns.limbs.into_iter().for_each(|limb| tally.check(limb));
    tally.check(columns.tx - columns.previous);
    tally.check(columns.slot - columns.slot_is_local);
    tally.check((columns.slot + columns.delta) * F::from_u32(1 << 12));
    columns
}
