use braid_primitives::poseidon2::{compress, permute};
use braid_primitives::{Digest, F};
use braid_witness::record::TransactionRecord;
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use p3_matrix::dense::RowMajorMatrix;
use rayon::prelude::*;

use super::columns::{Columns, WIDTH};
use crate::leaf::execution::{Execution, local};
use crate::leaf::permutation;
use crate::leaf::tables::{TooTall, flag, split_rows};
use crate::leaf::tally::Tally;

/// Rows that one task fills with permutations.
const ROWS: usize = 128;
/// Bits of the schedule's flags for a step of the four chains: data, inbox, outbox, seed.
const CHAINS: [usize; 4] = [6, 7, 8, 17];
/// Bit of the block of a randomizer.
const RANDOMIZER: usize = 18;

/// Rows that an execution needs: the schedules of its programs.
pub fn height(execution: &Execution<'_>) -> usize {
    execution.record.transactions.iter().map(|transaction| execution.tables(transaction).schedule.len()).sum()
}

/// The table, `height` rows: the transactions in order, then padding. Counts the uses of schedule rows. `seed` is where the
/// chain of the signatures ends.
///
/// # Errors
/// If the table has fewer rows than the execution needs.
pub fn rows(
    execution: &Execution<'_>,
    height: usize,
    seed: Digest,
    tally: &Tally,
) -> Result<RowMajorMatrix<F>, TooTall> {
    let transactions = &execution.record.transactions;
    let counts = || transactions.iter().map(|transaction| execution.tables(transaction).schedule.len());
    let mut values = F::zero_vec(height * WIDTH);
    let too_tall = TooTall { chip: "sponge", rows: self::height(execution), height };
    let mut parts = split_rows(&mut values, WIDTH, counts()).ok_or(too_tall)?;

    parts.par_iter_mut().enumerate().for_each(|(tx, rows)| absorb(execution, tx, rows, tally));
    let signatures = chain(execution, &mut parts, seed);
    // The first row of the table ends the seed chain.
    if let Some(row) = values.get_mut(..WIDTH) {
        let mut columns = Columns::read(&row[permutation::WIDTH..]);
        (columns.position, columns.origin) = (signatures, F::ONE);
        columns.write(&mut row[permutation::WIDTH..]);
    }
    values.par_chunks_mut(ROWS * WIDTH).for_each(|rows| permutation::fill(rows, WIDTH));
    Ok(RowMajorMatrix::new(values, WIDTH))
}

/// Chains run through all transactions: each step takes the chain from the one before. Puts these values, the positions of
/// signatures and the seed in the rows; returns the number of signatures.
fn chain(execution: &Execution<'_>, parts: &mut [&mut [F]], seed: Digest) -> F {
    let before = &execution.record.before;
    let mut chains = [before.data, before.inbox, before.outbox, [F::ZERO; 4]];
    let mut signatures = F::ZERO;
    for (transaction, rows) in execution.record.transactions.iter().zip(parts) {
        let schedule = execution.tables(transaction).schedule;
        for (entry, row) in schedule.iter().zip(rows.chunks_mut(WIDTH)) {
            if let Some(chain) = CHAINS.iter().position(|bit| flag(entry[3], *bit)) {
                let digest: Digest = core::array::from_fn(|j| row[4 + j]);
                row[..4].copy_from_slice(&chains[chain]);
                chains[chain] = compress(chains[chain], digest);
            }
            let (is_seed, randomizer) = (flag(entry[3], CHAINS[3]), flag(entry[3], RANDOMIZER));
            if is_seed || randomizer {
                let mut columns = Columns::read(&row[permutation::WIDTH..]);
                columns.position = signatures;
                columns.write(&mut row[permutation::WIDTH..]);
            }
            if randomizer {
                row[..4].copy_from_slice(&seed);
                row[6] = signatures;
                signatures += F::ONE;
            }
        }
    }
    signatures
}

/// Fills all but the chain values and the permutations of one transaction's rows.
fn absorb(execution: &Execution<'_>, tx: usize, rows: &mut [F], tally: &Tally) {
    let transaction: &TransactionRecord = &execution.record.transactions[tx];
    let tables = execution.tables(transaction);
    let [inbox_before, outbox_before] = execution.positions[tx].map(F::from_u32);
    let mut state = [F::ZERO; 8];
    for (k, (entry, row)) in tables.schedule.iter().zip(rows.chunks_mut(WIDTH)).enumerate() {
        tally.schedule.add(tables.first_row[2] + k);
        let bit = |bit: usize| F::from_bool(flag(entry[3], bit));
        let element: [F; 4] = core::array::from_fn(|j| entry[4 + j]);
        let receive: [F; 4] = core::array::from_fn(|j| bit(9 + j));
        let provide: [F; 4] = core::array::from_fn(|j| bit(13 + j));
        let mut value = element;
        let mut count = [F::ZERO; 4];
        for j in 0..4 {
            let id = element[j].as_canonical_u64();
            if flag(entry[3], 9 + j) {
                (value[j], count[j]) = (local(transaction, id), F::NEG_ONE);
            } else if flag(entry[3], 13 + j) {
                (value[j], count[j]) = (local(transaction, id), F::from_u32(tables.readers(id)));
            }
        }
        let [is_data, is_inbox, is_outbox] = [bit(6), bit(7), bit(8)];
        let (start, x, tx) = (bit(2), entry[11], F::from_usize(tx));
        let columns = Columns {
            real: F::ONE,
            tx,
            program: entry[1],
            k: entry[2],
            first: bit(0),
            last: bit(1),
            start,
            end_message: bit(3),
            end_signature: bit(4),
            is_data,
            is_inbox,
            is_outbox,
            is_seed: bit(CHAINS[3]),
            randomizer: bit(RANDOMIZER),
            receive,
            provide,
            element,
            iv: [entry[8], entry[9], entry[10]],
            x,
            value,
            count,
            inbox_before,
            outbox_before,
            position: is_data * tx + is_inbox * inbox_before + is_outbox * (outbox_before + x),
            origin: F::ZERO,
        };
        columns.write(&mut row[permutation::WIDTH..]);

        if flag(entry[3], 5) {
            // A chain step: the digest that just ended; the chain's value comes later.
            row[4..8].copy_from_slice(&state[..4]);
            continue;
        }
        if flag(entry[3], RANDOMIZER) {
            // Seed and position come later.
            row[4..6].copy_from_slice(&[entry[8], execution.parameters.chain_id]);
            continue;
        }
        if start == F::ONE {
            state = [F::ZERO; 8];
            state[4..].copy_from_slice(&[entry[8], execution.parameters.chain_id, entry[9], entry[10]]);
        }
        for j in 0..4 {
            state[j] += value[j];
        }
        row[..8].copy_from_slice(&state);
        permute(&mut state);
    }
}
