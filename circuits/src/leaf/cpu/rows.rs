//! Rows of the cpu.

use braid_contracts::program::{Local, Space};
use braid_primitives::F;
use braid_witness::{ChunkRecord, TransactionRecord};
use p3_field::{Field, PrimeCharacteristicRing, PrimeField64};
use p3_matrix::dense::RowMajorMatrix;
use rayon::prelude::*;

use super::columns::FLAGS;
use super::{Columns, Flags, PublicValues, RESULT};
use crate::leaf::tables::{ProgramTables, TooTall, split_rows};
use crate::leaf::tally::Tally;
use crate::leaf::wide::Operation;

/// Rows that a chunk needs: the instructions of its transactions.
pub fn height(record: &ChunkRecord, programs: &[ProgramTables<'_>]) -> usize {
    record.transactions.iter().map(|transaction| length(transaction, programs)).sum()
}

fn length(transaction: &TransactionRecord, programs: &[ProgramTables<'_>]) -> usize {
    tables(transaction, programs).map_or(0, |tables| tables.instructions.len())
}

fn tables<'p, 'a>(transaction: &TransactionRecord, programs: &'p [ProgramTables<'a>]) -> Option<&'p ProgramTables<'a>> {
    programs.get(transaction.program as usize)
}

/// The divisions of a chunk in the order of their rows.
///
/// One without result is left out; replay finds none, and the bus would not balance.
pub fn divisions(record: &ChunkRecord, programs: &[ProgramTables<'_>]) -> Vec<Operation> {
    let of = |transaction| {
        let instructions = tables(transaction, programs).map_or(&[][..], |tables| tables.instructions);
        instructions.iter().filter_map(move |instruction| {
            let flags = flags(instruction[3]);
            let up = flags.mul_div_up == F::ONE;
            let read = |slot: usize| value(transaction, instruction[4 + slot]).as_canonical_u64();
            (up || flags.mul_div == F::ONE).then(|| Operation::new(up, read(0), read(1), read(2))).flatten()
        })
    };
    record.transactions.iter().flat_map(of).collect()
}

/// What the transactions before one add up to.
#[derive(Clone, Copy)]
struct Counters {
    n_in: F,
    n_out: F,
    fees: F,
}

impl Counters {
    /// Passes over one instruction.
    fn advance(&mut self, flags: &Flags<F>, emits: F, a: F) {
        self.n_in += flags.inbox;
        self.n_out += emits;
        self.fees += flags.fee * a;
    }

    /// Passes over a transaction.
    fn skip(mut self, transaction: &TransactionRecord, programs: &[ProgramTables<'_>]) -> Self {
        for instruction in tables(transaction, programs).map_or(&[][..], |tables| tables.instructions) {
            let flags = flags(instruction[3]);
            if flags.fee + flags.last != F::ZERO {
                self.advance(&flags, instruction[9], value(transaction, instruction[4]));
            }
        }
        self
    }
}

/// The table of `height` rows, with its lookups counted in `tally`.
pub fn rows(
    record: &ChunkRecord,
    programs: &[ProgramTables<'_>],
    public: &PublicValues<F>,
    height: usize,
    tally: &Tally,
) -> Result<RowMajorMatrix<F>, TooTall> {
    let width = Columns::<F>::WIDTH;
    let transactions = &record.transactions;
    let used = self::height(record, programs);
    let too_tall = TooTall { chip: "cpu", rows: used, height };
    let padding = height.checked_sub(used).ok_or(too_tall)?;

    let mut counters = Counters { n_in: F::ZERO, n_out: F::ZERO, fees: public.fees_before };
    let mut before = Vec::with_capacity(transactions.len());
    for transaction in transactions {
        before.push(counters);
        counters = counters.skip(transaction, programs);
    }

    let mut values = F::zero_vec(height * width);
    let lengths = transactions.iter().map(|transaction| length(transaction, programs));
    let mut parts = split_rows(&mut values, width, lengths.chain([padding])).ok_or(too_tall)?;
    let rest = parts.pop().unwrap_or_default();
    parts.into_par_iter().zip(before).enumerate().for_each(|(tx, (part, counters))| {
        let transaction = &transactions[tx];
        if let Some(tables) = tables(transaction, programs) {
            write(part, tx, transaction, tables, public, counters, tally);
        }
    });

    // Five lookups of 0 on every row of padding.
    tally.range.add_many(0, 5 * padding as u32);
    let blank = Columns {
        tx: F::from_usize(transactions.len()),
        n_in: counters.n_in,
        n_out: counters.n_out,
        fees: counters.fees,
        ..Columns::read(&[F::ZERO; Columns::<F>::WIDTH])
    };
    rest.par_chunks_exact_mut(width).for_each(|row| blank.write(row));

    // The first column marks the first row.
    values.iter_mut().take(1).for_each(|first| *first = F::ONE);
    Ok(RowMajorMatrix::new(values, width))
}

/// Writes the rows of one transaction.
fn write(
    part: &mut [F],
    tx: usize,
    transaction: &TransactionRecord,
    tables: &ProgramTables<'_>,
    public: &PublicValues<F>,
    mut counters: Counters,
    tally: &Tally,
) {
    for (pc, (row, instruction)) in part.chunks_exact_mut(Columns::<F>::WIDTH).zip(tables.instructions).enumerate() {
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
            n_in: counters.n_in,
            n_out: counters.n_out,
            fees: counters.fees,
        };
        flags.write(&mut columns.flags);
        columns.write(row);
        counters.advance(&flags, emits, a);

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

/// Value of a local that an instruction may read.
///
/// Zero for one that the record lacks; replay has found them all, and the bus would not balance.
fn value(transaction: &TransactionRecord, id: F) -> F {
    let local = u32::try_from(id.as_canonical_u64()).ok().and_then(Local::from_id);
    let find = |Local { space, index }: Local| {
        let index = usize::from(index);
        match space {
            Space::Operand => transaction.operands.get(index),
            Space::Hint => transaction.hints.get(index),
            Space::Result => transaction.results.get(index),
            Space::OldCell => transaction.pages.get(index / 8).map(|page| &page.old[index % 8]),
            Space::Signing => None,
        }
    };
    local.and_then(find).copied().unwrap_or_default()
}
