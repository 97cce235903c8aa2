//! A few programs with every operation, and a chunk of their transactions.

use braid_contracts::Rom;
use braid_contracts::program::{Check, Context, Instruction, Local, Operation, Wire};
use braid_primitives::F;
use braid_witness::{Access, Boundary};
use p3_field::{Field, PrimeCharacteristicRing, PrimeField64};

use super::*;

/// Instructions of a program and what else the instruction table says of it.
pub struct Sample {
    pub instructions: Vec<Instruction>,
    pub pages: bool,
    pub inbox: bool,
    pub emits: u64,
}

fn operand(index: u16) -> Wire {
    Wire::Local(Local::operand(index).id())
}
fn result(pc: u16) -> Wire {
    Wire::Local(Local::result(pc).id())
}
fn row(op: Operation, a: Wire, b: Wire, c: Wire, k: F, check: Check) -> Instruction {
    Instruction { op, a, b, c, k, check }
}

const NONE: Wire = Wire::None;

/// Rows of program 0 by what they do.
pub mod pc {
    pub const REVERSE_SUB: usize = 2;
    pub const SELECT: usize = 4;
    pub const IS_EQUAL_FALSE: usize = 5;
    pub const IS_EQUAL_TRUE: usize = 6;
    pub const LESS_TRUE: usize = 7;
    pub const MUL_DIV: usize = 9;
    pub const NOW: usize = 11;
    pub const BLOCK: usize = 12;
    pub const FEES_BEFORE: usize = 13;
    pub const SCALE: usize = 14;
    pub const FEE: usize = 15;
    pub const ZERO: usize = 16;
    pub const LAST: usize = 18;
}

/// The program of that number: 0 has every operation, 1 one row of the inbox, 2 a fee and odd ranges.
pub fn program(number: usize) -> Sample {
    use Operation::*;
    let zero = F::ZERO;
    let context = Wire::Context;
    let old_cell = Wire::Local(Local::old_cell(0, 1).id());
    match number {
        0 => Sample {
            instructions: vec![
                row(Add, operand(0), operand(1), NONE, F::from_u8(5), Check::Range(62)),
                row(Sub, operand(0), operand(1), NONE, zero, Check::Range(17)),
                row(ReverseSub, operand(1), operand(0), NONE, F::from_u8(3), Check::Range(10)),
                row(Mul, result(0), result(1), NONE, F::TWO, Check::None),
                row(Select, result(0), result(1), operand(2), zero, Check::None),
                row(IsEqual, result(0), result(1), NONE, zero, Check::None),
                row(IsEqual, result(3), result(3), NONE, zero, Check::None),
                row(Less, operand(1), operand(0), NONE, zero, Check::None),
                row(Less, operand(0), operand(1), NONE, zero, Check::None),
                row(MulDiv, result(0), operand(0), operand(1), zero, Check::None),
                row(MulDivUp, result(0), operand(0), operand(1), zero, Check::Range(62)),
                row(Add, NONE, context(Context::Now), NONE, zero, Check::None),
                row(Add, Wire::Local(Local::hint(0).id()), context(Context::Block), NONE, zero, Check::None),
                row(ReverseSub, operand(1), context(Context::FeesBefore), NONE, zero, Check::None),
                row(Mul, operand(1), context(Context::Scale), NONE, zero, Check::Range(32)),
                row(Fee, operand(1), NONE, NONE, zero, Check::Range(40)),
                row(Sub, result(7), result(6), NONE, zero, Check::Zero),
                row(Add, old_cell, result(9), NONE, -F::from_u8(9), Check::None),
                row(Add, NONE, NONE, NONE, -F::ONE, Check::None),
            ],
            pages: true,
            inbox: false,
            emits: 2,
        },
        1 => Sample {
            instructions: vec![row(Add, operand(0), NONE, NONE, zero, Check::Range(63))],
            pages: false,
            inbox: true,
            emits: 0,
        },
        _ => Sample {
            instructions: vec![
                row(Fee, operand(0), NONE, NONE, zero, Check::Range(16)),
                row(Add, operand(1), NONE, NONE, zero, Check::Range(1)),
                row(Mul, result(0), NONE, NONE, F::from_u8(3), Check::Range(48)),
            ],
            pages: false,
            inbox: false,
            emits: 1,
        },
    }
}

/// The instruction rows of the three programs.
pub fn rom() -> Rom {
    Rom { instructions: (0..3).flat_map(|number| table(number, &program(number))).collect(), ..Rom::default() }
}

fn table(number: usize, sample: &Sample) -> Vec<[F; 10]> {
    let last = sample.instructions.len() - 1;
    let of = |(pc, instruction): (usize, &Instruction)| {
        let Instruction { op, a, b, c, k, check } = *instruction;
        let bits = match (check, op) {
            (Check::Range(bits), _) => u32::from(bits),
            (_, Operation::Less) => 62,
            _ => 64,
        };
        let limbs = bits.div_ceil(16);
        let reads = |wire| matches!(wire, Wire::Local(_));
        let flag = |bit: u32, set: bool| u64::from(set) << bit;
        let mut word = 1 << op as u32;
        word |= flag(10, check == Check::Zero);
        word |= flag(11, reads(a)) | flag(12, reads(b)) | flag(13, reads(c));
        word |= match b {
            Wire::Context(context) => 1 << (14 + context as u32),
            _ => 0,
        };
        word |= flag(18, pc == 0) | flag(19, pc == last) | flag(20, pc == 0 && sample.pages);
        word |= flag(21, limbs > 1) | flag(22, limbs > 2) | flag(23, limbs > 3) | flag(24, pc == last && sample.inbox);
        let id = |wire| match wire {
            Wire::Local(id) => u64::from(id),
            _ => 0,
        };
        let shift = 1 << (16 * limbs - bits);
        let emits = if pc == last { sample.emits } else { 0 };
        let head = [1, number as u64, pc as u64, word, id(a), id(b), id(c)].map(F::from_u64);
        let tail = [k, F::from_u64(shift), F::from_u64(emits)];
        core::array::from_fn(|i| if i < 7 { head[i] } else { tail[i - 7] })
    };
    sample.instructions.iter().enumerate().map(of).collect()
}

const CONTEXT: BlockContext = BlockContext { number: 41, timestamp: 1_700_000_000, fees_before: 5_000 };

fn execute(number: usize, operands: &[u64], parameters: &Parameters) -> TransactionRecord {
    let mut transaction = TransactionRecord {
        program: number as u32,
        operands: operands.iter().copied().map(F::from_u64).collect(),
        hints: vec![F::from_u16(333)],
        results: Vec::new(),
        pages: vec![Access {
            account: F::ONE,
            slot: F::ZERO,
            address: 16,
            previous: 0,
            old: [F::from_u8(70); 8],
            new: [F::from_u8(70); 8],
        }],
        digests: Vec::new(),
        keys: Vec::new(),
        signatures: Vec::new(),
    };
    for Instruction { op, a, b, c, k, .. } in program(number).instructions {
        let read = |wire| match wire {
            Wire::None => F::ZERO,
            Wire::Local(id) => local(&transaction, id.into()),
            Wire::Context(Context::Now) => F::from_u64(CONTEXT.timestamp),
            Wire::Context(Context::Block) => F::from_u64(CONTEXT.number),
            Wire::Context(Context::FeesBefore) => F::from_u64(CONTEXT.fees_before),
            Wire::Context(Context::Scale) => F::from_u64(parameters.scale()),
        };
        let (a, b, c) = (read(a), read(b), read(c));
        let divide = |up| {
            let [a, b, c] = [a, b, c].map(|x| x.as_canonical_u64());
            F::from_u64(wide::Operation::new(up, a, b, c).unwrap().quotient())
        };
        transaction.results.push(match op {
            Operation::Add => a + b + k,
            Operation::Sub => a - b + k,
            Operation::ReverseSub => b - a + k,
            Operation::Mul => a * (b + k),
            Operation::Select => c * (a - b) + b,
            Operation::IsEqual => F::from_bool((a - b + k).is_zero()),
            Operation::Less => F::from_bool(a.as_canonical_u64() < b.as_canonical_u64()),
            Operation::MulDiv => divide(false),
            Operation::MulDivUp => divide(true),
            Operation::Fee => a,
        });
    }
    transaction
}

/// First rows of the transactions of [`bench`].
pub const STARTS: [usize; 6] = [0, 19, 20, 23, 42, 43];

/// Six transactions of 46 rows in all.
pub fn bench() -> Bench {
    chunk(&[(0, &[1000, 77, 1]), (1, &[(1 << 63) - 1]), (2, &[65535, 1]), (0, &[900, 400, 0]), (1, &[5]), (2, &[7, 0])])
}

/// A chunk of transactions, each a program and its operands.
pub fn chunk(transactions: &[(usize, &[u64])]) -> Bench {
    let parameters = Parameters { chain_id: F::from_u8(9), depth: 24, assets: Default::default() };
    let transactions: Vec<TransactionRecord> =
        transactions.iter().map(|(number, operands)| execute(*number, operands, &parameters)).collect();
    let digest = |seed: u64| core::array::from_fn(|i| F::from_u64(1000 * seed + i as u64));
    let fees: F = transactions
        .iter()
        .map(|t| match t.program {
            0 => t.operands[1],
            1 => F::ZERO,
            _ => t.operands[0],
        })
        .sum();
    let before =
        Boundary { root: digest(1), data: digest(2), inbox: digest(3), outbox: digest(4), count: 12, fees: 1_000_000 };
    // A chain without steps ends where it began.
    let inbox = transactions.iter().any(|t| t.program == 1);
    let outbox = transactions.iter().any(|t| t.program != 1);
    let after = Boundary {
        root: digest(5),
        data: if transactions.is_empty() { before.data } else { digest(6) },
        inbox: if inbox { digest(7) } else { before.inbox },
        outbox: if outbox { digest(8) } else { before.outbox },
        count: before.count + transactions.len() as u64,
        fees: before.fees + fees.as_canonical_u64(),
    };
    let record = ChunkRecord { transactions, touches: Vec::new(), nodes: Vec::new(), before, after };
    Bench { rom: rom(), programs: 3, record, parameters, context: CONTEXT }
}
