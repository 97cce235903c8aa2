//! Rows of the instruction table.

use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;

use super::INSTRUCTION_WIDTH;
use super::flags::{bits, instruction_flag as flag};
use crate::program::{Check, Context, Instruction, Operation, Program, Source, Wire};

/// Bits of a limb of the range check.
const LIMB_BITS: u32 = 16;
/// Width in which `less` proves its hidden difference.
const LESS_BITS: u8 = 62;

pub(super) fn rows(program: &Program, number: u32) -> Vec<[F; INSTRUCTION_WIDTH]> {
    let last = program.instructions.len().saturating_sub(1);
    program.instructions.iter().enumerate().map(|(pc, row)| self::row(program, number, row, pc, pc == last)).collect()
}

fn row(program: &Program, number: u32, row: &Instruction, pc: usize, last: bool) -> [F; INSTRUCTION_WIDTH] {
    let range = match (row.op, row.check) {
        (Operation::Less, _) => Some(LESS_BITS),
        (_, Check::Range(bits)) => Some(bits),
        (_, Check::None | Check::Zero) => None,
    };
    let (limbs, shift) = limbs(range);
    let context = |context| row.b == Wire::Context(context);
    let flags = bits(&[
        (flag::OPERATION + row.op as u32, true),
        (flag::ZERO, row.check == Check::Zero),
        (flag::READ_A, matches!(row.a, Wire::Local(_))),
        (flag::READ_B, matches!(row.b, Wire::Local(_))),
        (flag::READ_C, matches!(row.c, Wire::Local(_))),
        (flag::NOW, context(Context::Now)),
        (flag::BLOCK, context(Context::Block)),
        (flag::FEES_BEFORE, context(Context::FeesBefore)),
        (flag::SCALE, context(Context::Scale)),
        (flag::START, pc == 0),
        (flag::LAST, last),
        (flag::CALL_PAGE, pc == 0 && !program.pages.is_empty()),
        (flag::LIMB, limbs > 1),
        (flag::LIMB + 1, limbs > 2),
        (flag::LIMB + 2, limbs > 3),
        (flag::INBOX, last && matches!(program.source, Source::Inbox(_))),
    ]);
    [
        F::ONE,
        F::from_u32(number),
        F::from_usize(pc),
        F::from_u32(flags),
        reference(row.a),
        reference(row.b),
        reference(row.c),
        row.k,
        F::from_u64(shift),
        F::from_usize(if last { program.records.len() } else { 0 }),
    ]
}

/// Number of limbs in use and the factor that keeps the top one short. Without a check all limbs are in use, so that the
/// columns can hold any element.
const fn limbs(range: Option<u8>) -> (u32, u64) {
    match range {
        None => (4, 1),
        Some(bits) => {
            let bits = bits as u32;
            let limbs = bits.div_ceil(LIMB_BITS);
            (limbs, 1 << (LIMB_BITS * limbs - bits))
        }
    }
}

fn reference(wire: Wire) -> F {
    match wire {
        Wire::Local(id) => F::from_u32(id),
        Wire::None | Wire::Context(_) => F::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::limbs;

    #[test]
    fn limbs_of_widths() {
        assert_eq!(limbs(None), (4, 1));
        assert_eq!(limbs(Some(1)), (1, 1 << 15));
        assert_eq!(limbs(Some(16)), (1, 1));
        assert_eq!(limbs(Some(17)), (2, 1 << 15));
        assert_eq!(limbs(Some(40)), (3, 1 << 8));
        assert_eq!(limbs(Some(62)), (4, 4));
        assert_eq!(limbs(Some(63)), (4, 2));
    }
}
