//! Rows read what is there before them, and only what their operation takes.

use p3_field::PrimeCharacteristicRing;

use super::{Rule, Verdict};
use crate::program::{Check, Context, Element, Instruction, Local, LocalId, Mode, Operation, Program, Space, Wire};
use braid_primitives::F;

pub(super) fn check(program: &Program) -> Verdict {
    for (pc, row) in program.instructions.iter().enumerate() {
        instruction(program, row, pc).map_err(|what| Rule::Row { row: pc, what })?;
    }
    for (page, slot) in program.pages.iter().enumerate() {
        for (cell, element) in slot.new.iter().enumerate() {
            if !readable(program, *element) {
                return Err(Rule::Cell { page, cell, what: "stores a local that is not there" });
            }
        }
    }
    for (index, message) in program.messages.iter().enumerate() {
        if message.elements().iter().any(|element| !readable(program, *element)) {
            return Err(Rule::Message { message: index + 1, what: "signs a local that is not there" });
        }
        if message.elements().is_empty() {
            return Err(Rule::Message { message: index + 1, what: "signs nothing" });
        }
    }
    for (record, elements) in program.records.iter().enumerate() {
        if elements.iter().any(|element| !readable(program, *element)) {
            return Err(Rule::Record { record, what: "sends a local that is not there" });
        }
    }
    Ok(())
}

fn instruction(program: &Program, row: &Instruction, pc: usize) -> Result<(), &'static str> {
    for wire in [row.a, row.b, row.c] {
        if let Wire::Local(id) = wire {
            match Local::from_id(id) {
                // A forward reference would let the prover choose a solution of a cycle.
                Some(Local { space: Space::Result, index }) if index as usize >= pc => {
                    return Err("reads a row that is not before it");
                }
                _ if !exists(program, id) => return Err("reads a local that is not there"),
                _ => {}
            }
        }
    }
    if matches!(row.a, Wire::Context(_)) || matches!(row.c, Wire::Context(_)) {
        return Err("reads the context in another slot than b");
    }
    let (b, c, k) = (row.b != Wire::None, row.c != Wire::None, row.k != F::ZERO);
    match row.op {
        Operation::Add | Operation::Sub | Operation::ReverseSub | Operation::Mul | Operation::IsEqual if c => {
            Err("a slot c that is not used")
        }
        Operation::Select | Operation::MulDiv | Operation::MulDivUp if k => Err("an immediate that is not used"),
        Operation::Select if !c => Err("selects by nothing"),
        Operation::Less if c || k => Err("a slot c or immediate that is not used"),
        Operation::Less if row.check != Check::None => Err("`less` has no check of its own"),
        Operation::MulDiv | Operation::MulDivUp if !c => Err("divides by zero"),
        Operation::Fee if b || c || k => Err("a slot or immediate that is not used"),
        // The scale is no amount: it only bounds accounts.
        op if row.b == Wire::Context(Context::Scale) && op != Operation::Mul => Err("calculates with the scale"),
        _ => Ok(()),
    }
}

/// An element that rows do not order: any local the program has.
fn readable(program: &Program, element: Element) -> bool {
    element.local().is_none_or(|id| exists(program, id))
}

fn exists(program: &Program, id: LocalId) -> bool {
    let Some(Local { space, index }) = Local::from_id(id) else { return false };
    let index = index as usize;
    match space {
        Space::Operand => index < program.operands.len(),
        Space::Hint => index < program.hints.len(),
        Space::Result => index < program.instructions.len(),
        // Cells of an empty page are the constant 0; nothing produces them.
        Space::OldCell => program.pages.get(index / 8).is_some_and(|page| page.mode != Mode::Empty),
        Space::Signing => false,
    }
}
