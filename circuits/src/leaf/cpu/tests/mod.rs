//! The cpu next to everything that other tables could say in its favour.

mod cells;
mod honest;
mod order;
mod sample;
mod table;
mod values;

use std::collections::BTreeSet;

use braid_contracts::Rom;
use braid_primitives::F;
use braid_witness::{BlockContext, ChunkRecord, Parameters, TransactionRecord};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use p3_matrix::dense::RowMajorMatrix;

use super::*;
use crate::leaf::audit::Ledger;
use crate::leaf::bus::{RANGE, Tag};
use crate::leaf::execution::{Execution, local};
use crate::leaf::tables::ProgramTables;
use crate::leaf::tally::Tally;
use crate::leaf::wide;

/// A chunk and its programs.
struct Bench {
    rom: Rom,
    programs: usize,
    record: ChunkRecord,
    parameters: Parameters,
    context: BlockContext,
}

/// What is wrong with a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Findings {
    /// Violated constraints, see [`constraint`].
    constraints: BTreeSet<usize>,
    /// Buses that do not balance.
    buses: BTreeSet<&'static str>,
}

impl Findings {
    fn is_honest(&self) -> bool {
        self.constraints.is_empty() && self.buses.is_empty()
    }

    /// Exactly these constraints fail, and no bus.
    #[track_caller]
    fn are_constraints(&self, expected: &[usize]) {
        assert_eq!((&self.constraints, self.buses.len()), (&expected.iter().copied().collect(), 0), "{self:?}");
    }

    /// No constraint fails, and exactly these buses do not balance.
    #[track_caller]
    fn are_buses(&self, expected: &[&'static str]) {
        assert_eq!((self.constraints.len(), &self.buses), (0, &expected.iter().copied().collect()), "{self:?}");
    }
}

/// Numbers of the constraints in the order in which the chip states them.
mod constraint {
    pub const BOOLEAN_FLAGS: std::ops::Range<usize> = 0..25;
    pub const ONE_OPERATION: usize = 25;
    pub const PADDING_FLAGS: usize = 26;
    pub const PADDING_EMITS: usize = 27;
    pub const PADDING_USES: usize = 28;
    pub const FIRST_MARKED: usize = 29;
    pub const FIRST_TX: usize = 30;
    pub const FIRST_PC: usize = 31;
    pub const OTHERS_UNMARKED: usize = 32;
    pub const GOES_ON: usize = 33;
    pub const NO_RESTART: usize = 34;
    pub const ONE_PROGRAM: usize = 35;
    pub const NEXT_PC: usize = 36;
    pub const NEXT_TX: usize = 37;
    pub const ENDS_WHOLE: usize = 38;
    pub const COUNT: usize = 39;
    pub const FIRST_IN: usize = 40;
    pub const FIRST_OUT: usize = 41;
    pub const FIRST_FEES: usize = 42;
    pub const NEXT_IN: usize = 43;
    pub const NEXT_OUT: usize = 44;
    pub const NEXT_FEES: usize = 45;
    pub const LAST_FEES: usize = 46;
    pub const UNREAD_A: usize = 47;
    pub const UNREAD_B: usize = 48;
    pub const UNREAD_C: usize = 49;
    pub const NOW: usize = 50;
    pub const BLOCK: usize = 51;
    pub const FEES_BEFORE: usize = 52;
    pub const SCALE: usize = 53;
    pub const ADD: usize = 54;
    pub const SELECT: usize = 58;
    pub const SELECT_BOOLEAN: usize = 59;
    pub const IS_EQUAL: usize = 60;
    pub const IS_EQUAL_ZERO: usize = 61;
    pub const LESS_BOOLEAN: usize = 62;
    pub const FEE: usize = 63;
    pub const ZERO: usize = 64;
    pub const LIMBS: usize = 65;
    pub const UNUSED_LIMBS: std::ops::Range<usize> = 66..69;
    pub const TOP: usize = 69;
    pub const ALL: usize = 70;
}

impl Bench {
    fn execution(&self) -> Execution<'_> {
        let mut positions = vec![[0, 0]];
        for transaction in &self.record.transactions {
            let sample = sample::program(transaction.program as usize);
            let [n_in, n_out] = positions[positions.len() - 1];
            positions.push([n_in + u32::from(sample.inbox), n_out + sample.emits as u32]);
        }
        Execution {
            parameters: self.parameters,
            context: self.context,
            record: &self.record,
            programs: ProgramTables::of_rom(&self.rom, self.programs),
            positions,
        }
    }

    fn public(&self) -> PublicValues<F> {
        PublicValues::new(&self.execution())
    }

    /// The honest table.
    fn rows(&self, height: usize) -> RowMajorMatrix<F> {
        rows(&self.execution(), height, &tally()).unwrap()
    }

    /// Checks a table against the calls and chains of this chunk, in the kindest of worlds: the lookup tables count
    /// whatever they contain, and operands, hints and pages are provided as often as they are read.
    fn audit(&self, matrix: &RowMajorMatrix<F>) -> Findings {
        self.audit_with(matrix, &self.public())
    }

    /// The same with other public values.
    fn audit_with(&self, matrix: &RowMajorMatrix<F>, public: &PublicValues<F>) -> Findings {
        let mut ledger = Ledger::default();
        let violations = ledger.record(&Cpu, matrix, &public.to_vec());
        self.post_calls(&mut ledger);
        self.post_chains(&mut ledger);
        let rom: BTreeSet<Vec<u64>> =
            self.rom.instructions.iter().map(|row| row.iter().map(F::as_canonical_u64).collect()).collect();
        let buses = ledger.imbalances(None).into_iter().filter_map(|found| {
            let tuple = &found.tuple;
            match found.bus.as_str() {
                "range" => (tuple[0] >= RANGE as u64).then_some("range"),
                "instruction" => (!rom.contains(tuple)).then_some("instruction"),
                "local" => (!self.outside_provides(tuple)).then_some("local"),
                "link" => (!is_true_division(tuple)).then_some("link"),
                _ => Some("unknown"),
            }
        });
        Findings { constraints: violations.iter().map(|found| found.constraint).collect(), buses: buses.collect() }
    }

    /// The calls that the other chips wait for.
    fn post_calls(&self, ledger: &mut Ledger) {
        let (mut entries, mut records) = (0, 0);
        let mut receive = |tag: Tag, fields: [u64; 4]| {
            let mut tuple = vec![tag as u64];
            tuple.extend(fields);
            tuple.resize(12, 0);
            ledger.post("link", &tuple, -F::ONE);
        };
        for (tx, transaction) in self.record.transactions.iter().enumerate() {
            let (tx, program) = (tx as u64, u64::from(transaction.program));
            receive(Tag::CallHash, [tx, program, entries, records]);
            let sample = sample::program(program as usize);
            if sample.pages {
                receive(Tag::CallPage, [tx, program, 0, 0]);
            }
            entries += u64::from(sample.inbox);
            records += sample.emits;
        }
    }

    /// The hash chip's side of the ends of the chains.
    fn post_chains(&self, ledger: &mut Ledger) {
        let (before, after) = (self.record.before, self.record.after);
        let samples = || self.record.transactions.iter().map(|t| sample::program(t.program as usize));
        let lengths = [
            self.record.transactions.len() as u64,
            samples().map(|sample| u64::from(sample.inbox)).sum(),
            samples().map(|sample| sample.emits).sum(),
        ];
        let starts = [before.data, before.inbox, before.outbox];
        let ends = [after.data, after.inbox, after.outbox];
        for stream in 0..3 {
            for (position, digest, count) in [(0, starts[stream], -F::ONE), (lengths[stream], ends[stream], F::ONE)] {
                let mut tuple = vec![Tag::Chain as u64, stream as u64, position];
                tuple.extend(digest.map(|x| x.as_canonical_u64()));
                tuple.resize(12, 0);
                ledger.post("link", &tuple, count);
            }
        }
    }

    /// Whether another chip provides this local.
    fn outside_provides(&self, tuple: &[u64]) -> bool {
        let Some(transaction) = self.record.transactions.get(tuple[0] as usize) else { return false };
        tuple[1] >> 16 != 3 && local(transaction, tuple[1]) == F::from_u64(tuple[2])
    }
}

fn is_true_division(tuple: &[u64]) -> bool {
    tuple[0] == Tag::Wide as u64
        && tuple[1] <= 1
        && tuple[6..].iter().all(|x| *x == 0)
        && wide::Operation::new(tuple[1] == 1, tuple[2], tuple[3], tuple[4]).is_some_and(|o| o.quotient() == tuple[5])
}

fn tally() -> Tally {
    Tally::new(1 << 12, 1 << 11, 1 << 12)
}

/// Columns of a row.
fn get(matrix: &RowMajorMatrix<F>, row: usize) -> Columns<F> {
    Columns::read(&matrix.values[row * matrix.width..])
}

/// Changes a row.
fn edit(matrix: &mut RowMajorMatrix<F>, row: usize, change: impl FnOnce(&mut Columns<F>)) {
    let mut columns = get(matrix, row);
    change(&mut columns);
    columns.write(&mut matrix.values[row * matrix.width..]);
}

/// Rewrites limbs and top so that they fit the output of a row.
fn refit(columns: &mut Columns<F>) {
    let flags = Flags::read(&columns.flags);
    let value = columns.out.as_canonical_u64();
    columns.limbs = core::array::from_fn(|i| F::from_u64(value >> (16 * i) & 0xffff));
    let used = [flags.limb_1, flags.limb_2, flags.limb_3].iter().filter(|flag| **flag == F::ONE).count();
    columns.top = columns.shift * columns.limbs[used];
}
