//! Rows of the cpu.

use braid_primitives::F;
use braid_witness::TransactionRecord;
use p3_field::{Field, PrimeCharacteristicRing, PrimeField64};
use p3_matrix::dense::RowMajorMatrix;
use rayon::prelude::*;

use super::columns::FLAGS;
use super::{Columns, Flags, PublicValues, RESULT};
use crate::leaf::execution::{Execution, local};
use crate::leaf::tables::{ProgramTables, TooTall, split_rows};
use crate::leaf::tally::Tally;
use crate::leaf::wide::Operation;

const WIDTH: usize = Columns::<F>::WIDTH;

/// Rows that an execution needs: one for each instruction of each transaction.
pub fn height(execution: &Execution<'_>) -> usize {
    execution.record.transactions.iter().map(|transaction| execution.tables(transaction).instructions.len()).sum()
}

/// The divisions of an execution in the order of their rows.
///
/// One without result is left out; replay finds none, and the bus would not balance.
pub fn divisions(execution: &Execution<'_>) -> Vec<Operation> {
    let of = |transaction| {
        execution.tables(transaction).instructions.iter().filter_map(move |instruction| {
            let flags = flags(instruction[3]);
            let up = flags.mul_div_up == F::ONE;
            let read = |slot: usize| value(transaction, instruction[4 + slot]).as_canonical_u64();
            (up || flags.mul_div == F::ONE).then(|| Operation::new(up, read(0), read(1), read(2))).flatten()
        })
    };
    execution.record.transactions.iter().flat_map(of).collect()
}

/// What the rows before one add up to.
#[derive(Clone, Copy)]
struct Counters {
    n_in: F,
    n_out: F,
    fees: F,
}

/// The counters before each transaction, and after the last.
fn counters(execution: &Execution<'_>) -> Vec<Counters> {
    let mut fees = F::from_u64(execution.record.before.fees);
    let mut counters = Vec::with_capacity(execution.positions.len());
    for (at, [n_in, n_out]) in execution.positions.iter().enumerate() {
        counters.push(Counters { n_in: F::from_u32(*n_in), n_out: F::from_u32(*n_out), fees });
        if let Some(transaction) = execution.record.transactions.get(at) {
            let instructions = execution.tables(transaction).instructions.iter();
            let paid = instructions.filter(|instruction| flags(instruction[3]).fee == F::ONE);
            fees += paid.map(|instruction| value(transaction, instruction[4])).sum::<F>();
        }
    }
    counters
}

/// The table of `height` rows: the transactions in order, then padding. Counts uses of instructions and of the range
/// table.
///
/// # Errors
/// If the table has fewer rows than the execution needs.
pub fn rows(execution: &Execution<'_>, height: usize, tally: &Tally) -> Result<RowMajorMatrix<F>, TooTall> {
    let transactions = &execution.record.transactions;
    let used = self::height(execution);
    let too_tall = TooTall { chip: "cpu", rows: used, height };
    let padding = height.checked_sub(used).ok_or(too_tall)?;
    let public = PublicValues::new(execution);
    let counters = counters(execution);

    let mut values = F::zero_vec(height * WIDTH);
    let lengths = transactions.iter().map(|transaction| execution.tables(transaction).instructions.len());
    let mut parts = split_rows(&mut values, WIDTH, lengths.chain([padding])).ok_or(too_tall)?;
    let rest = parts.pop().unwrap_or_default();
    parts.into_par_iter().zip(&counters).enumerate().for_each(|(tx, (part, counters))| {
        let transaction = &transactions[tx];
        write(part, tx, transaction, execution.tables(transaction), &public, *counters, tally);
    });

    // Padding keeps the counters; each row of it looks up 0 five times.
    tally.range.add_many(0, 5 * padding as u32);
    let mut blank = Columns::read(&[F::ZERO; WIDTH]);
    blank.tx = F::from_usize(transactions.len());
    if let Some(Counters { n_in, n_out, fees }) = counters.last() {
        (blank.n_in, blank.n_out, blank.fees) = (*n_in, *n_out, *fees);
    }
    rest.par_chunks_exact_mut(WIDTH).for_each(|row| blank.write(row));

    // The first column marks the first row.
    values.iter_mut().take(1).for_each(|first| *first = F::ONE);
    Ok(RowMajorMatrix::new(values, WIDTH))
}

/// Writes the rows of one transaction.
fn write(
    part: &mut [F],
    tx: usize,
    transaction: &TransactionRecord,
    tables: &ProgramTables<'_>,
    public: &PublicValues<F>,
    Counters { n_in, n_out, mut fees }: Counters,
    tally: &Tally,
) {
    for (pc, (row, instruction)) in part.chunks_exact_mut(WIDTH).zip(tables.instructions).enumerate() {
        let [_, prog, _, word, ref_a, ref_b, ref_c, k, shift, emits] = *instruction;
        let flags = flags(word);
        let read = |flag: F, id: F| if flag == F::ONE { value(transaction, id) } else { F::ZERO };
        let context: F = flags.contexts().into_iter().zip(public.context).map(|(flag, value)| flag * value).sum();
        let (a, b, c) = (read(flags.read_a, ref_a), read(flags.read_b, ref_b) + context, read(flags.read_c, ref_c));
        let out = transaction.results.get(pc).copied().unwrap_or_default();

        let checked = match (flags.less == F::ONE, out == F::ONE) {
            (false, _) => out,
            (true, true) => b - a - F::ONE,
            (true, false) => a - b,
        };
        let checked = checked.as_canonical_u64();
        let limbs: [F; 4] = core::array::from_fn(|i| F::from_u64(checked >> (16 * i) & 0xffff));
        let highest = [flags.limb_1, flags.limb_2, flags.limb_3].iter().filter(|flag| **flag == F::ONE).count();
        let top = shift * limbs[highest];
        let inverse = match flags.is_equal == F::ONE {
            true => (a - b + k).try_inverse().unwrap_or_default(),
            false => F::ZERO,
        };

        let mut columns = Columns {
            first: F::ZERO,
            tx: F::from_usize(tx),
            prog,
            pc: F::from_usize(pc),
            flags: [F::ZERO; FLAGS],
            ref_a,
            ref_b,
            ref_c,
            k,
            a,
            b,
            c,
            out,
            uses: F::from_u32(tables.readers(RESULT + pc as u64)),
            inverse,
            limbs,
            shift,
            top,
            emits,
            n_in,
            n_out,
            fees,
        };
        flags.write(&mut columns.flags);
        columns.write(row);
        fees += flags.fee * a;

        tally.instructions.add(tables.first_row[0] + pc);
        limbs.iter().chain([&top]).for_each(|value| tally.check(*value));
    }
}

/// The bits of a flags word.
fn flags(word: F) -> Flags<F> {
    let word = word.as_canonical_u64();
    let bits: [F; FLAGS] = core::array::from_fn(|bit| F::from_bool(word >> bit & 1 == 1));
    Flags::read(&bits)
}

/// Value of the local of that number.
fn value(transaction: &TransactionRecord, id: F) -> F {
    local(transaction, id.as_canonical_u64())
}
