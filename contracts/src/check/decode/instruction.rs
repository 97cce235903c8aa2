//! Rows of the instruction table.

use braid_primitives::F;
use p3_field::{PrimeCharacteristicRing, PrimeField64};

use super::{Flags, demand, small};
use crate::program::{Check, Context, Instruction, Operation, Wire};
use crate::rom::instruction_flag;

/// What the other tables say that an instruction row must agree with.
pub(super) struct Call {
    pub(super) last: bool,
    pub(super) pages: bool,
    pub(super) inbox: bool,
    pub(super) emits: usize,
}

const OPERATIONS: [Operation; 10] = [
    Operation::Add,
    Operation::Sub,
    Operation::ReverseSub,
    Operation::Mul,
    Operation::Select,
    Operation::IsEqual,
    Operation::Less,
    Operation::MulDiv,
    Operation::MulDivUp,
    Operation::Fee,
];

pub(super) fn read(row: &[F; 10], pc: usize, call: &Call) -> Result<Instruction, &'static str> {
    let [valid, _, number, flags, a, b, c, k, shift, emits] = *row;
    demand(valid == F::ONE, "not marked valid")?;
    demand(number == F::from_usize(pc), "a gap in the program counter")?;
    demand(emits == F::from_usize(if call.last { call.emits } else { 0 }), "another number of records")?;
    let mut flags = Flags(small(flags)?);
    let chosen: Vec<Operation> = (0..).zip(OPERATIONS).filter(|(bit, _)| flags.take(*bit)).map(|(_, op)| op).collect();
    let [op] = chosen[..] else { return Err("not exactly one operation") };
    let zero = flags.take(instruction_flag::ZERO);
    let wire = |value: F, read: bool| match (read, small(value)?) {
        (true, id) if id != 0 => Ok(Wire::Local(id)),
        (true, _) => Err("reads no local"),
        (false, 0) => Ok(Wire::None),
        (false, _) => Err("a reference that is not read"),
    };
    let a = wire(a, flags.take(instruction_flag::READ_A))?;
    let mut b = wire(b, flags.take(instruction_flag::READ_B))?;
    let c = wire(c, flags.take(instruction_flag::READ_C))?;
    let contexts = [
        (instruction_flag::NOW, Context::Now),
        (instruction_flag::BLOCK, Context::Block),
        (instruction_flag::FEES_BEFORE, Context::FeesBefore),
        (instruction_flag::SCALE, Context::Scale),
    ];
    for (bit, context) in contexts {
        if flags.take(bit) {
            demand(b == Wire::None, "slot b reads two values")?;
            b = Wire::Context(context);
        }
    }
    flags.demand(instruction_flag::START, pc == 0, "a start elsewhere than at the first row")?;
    flags.demand(instruction_flag::LAST, call.last, "an end elsewhere than at the last row")?;
    flags.demand(instruction_flag::CALL_PAGE, pc == 0 && call.pages, "calls the page chip wrongly")?;
    flags.demand(instruction_flag::INBOX, call.last && call.inbox, "takes an inbox entry wrongly")?;
    let limbs = [0, 1, 2].map(|limb| flags.take(instruction_flag::LIMB + limb));
    flags.finish()?;
    let limbs = match limbs {
        [false, false, false] => 1,
        [true, false, false] => 2,
        [true, true, false] => 3,
        [true, true, true] => 4,
        _ => return Err("limbs with a gap"),
    };
    let shift = shift.as_canonical_u64();
    demand(shift.is_power_of_two() && shift <= 1 << 15, "a shift that is no power of two below 2^16")?;
    let bits = 16 * limbs - shift.trailing_zeros() as u8;
    let check = match (op, zero, bits) {
        (Operation::Less, false, 62) => Check::None,
        (Operation::Less, ..) => return Err("the check of `less` is of 62 bits"),
        (_, true, 64) => Check::Zero,
        (_, false, 64) => Check::None,
        (_, false, 1..=63) => Check::Range(bits),
        _ => return Err("two checks on one row"),
    };
    Ok(Instruction { op, a, b, c, k, check })
}
