//! Operands of a system program, from the state.

use crate::interpreter::{Environment, FIRST_OPERAND, Prepared, PreparedPage, Row, Value};
use braid_contracts::program::{Check, Mode, Operation};
use braid_primitives::F;
use braid_state_tree::Tree;
use p3_field::{PrimeCharacteristicRing, PrimeField64};

/// Every list of operands that the state yields for a program, by rising account; none if it leaves one open.
///
/// The account of the first page that is neither a header nor at a variable slot is looked for among all pages of the state:
/// those at that slot with the tag that the program demands. All else follows from the rows.
pub(super) fn operands(prepared: &Prepared, environment: &Environment, tree: &Tree) -> Vec<Vec<F>> {
    let count = prepared.program.operands.len();
    let anchor = prepared.pages.iter().find_map(|page| anchor(page, count));
    let Some((operand, slot, tag)) = anchor else {
        return solve(prepared, environment, tree, vec![None; count]).into_iter().collect();
    };
    let pages = tree.pages().filter(|(address, page)| address % 16 == slot && page[0] == tag);
    let given = pages.map(|(address, _)| {
        let mut operands = vec![None; count];
        if let Some(account) = operands.get_mut(operand) {
            *account = Some(F::from_u64(address / 16));
        }
        operands
    });
    given.filter_map(|given| solve(prepared, environment, tree, given)).collect()
}

/// Operand, slot and tag of a page that finds the accounts which have it.
fn anchor(page: &PreparedPage, operands: usize) -> Option<(usize, u64, F)> {
    let (Value::Register(register), Value::Const(slot), Mode::Must(tag)) = (page.account, page.slot, page.mode) else {
        return None;
    };
    let operand = (register as usize).checked_sub(FIRST_OPERAND).filter(|operand| *operand < operands)?;
    // Users have headers by the million; what a contract keeps lies beside its own.
    Some((operand, slot.as_canonical_u64(), tag)).filter(|(_, slot, _)| *slot != 0)
}

/// Completes operands from the rows that demand an equality, until nothing follows any more.
fn solve(prepared: &Prepared, environment: &Environment, tree: &Tree, given: Vec<Option<F>>) -> Option<Vec<F>> {
    let mut operands = given;
    loop {
        if let Some(complete) = operands.iter().copied().collect::<Option<Vec<F>>>() {
            return Some(complete);
        }
        let registers = registers(prepared, environment, tree, &operands);
        let (operand, value) = prepared.rows.iter().find_map(|row| equality(row, &registers, operands.len()))?;
        // Each round finds one that was open, so there are no more rounds than operands.
        *operands.get_mut(operand).filter(|operand| operand.is_none())? = Some(value);
    }
}

/// Registers as far as they are known: context, known operands, the pages at known places, and what rows make of these.
fn registers(prepared: &Prepared, environment: &Environment, tree: &Tree, operands: &[Option<F>]) -> Vec<Option<F>> {
    let mut registers = vec![None; prepared.size];
    let mut set = |place: usize, value: Option<F>| {
        if let Some(register) = registers.get_mut(place) {
            *register = value;
        }
    };
    set(0, Some(F::ZERO));
    environment.context.iter().zip(1..).for_each(|(value, place)| set(place, Some(*value)));
    operands.iter().zip(FIRST_OPERAND..).for_each(|(value, place)| set(place, *value));
    for (number, page) in prepared.pages.iter().enumerate() {
        let known = |value| match value {
            Value::Const(value) => Some(value.as_canonical_u64()),
            Value::Register(register) => {
                let operand = (register as usize).checked_sub(FIRST_OPERAND)?;
                operands.get(operand).copied().flatten().map(|value: F| value.as_canonical_u64())
            }
        };
        let (Some(account), Some(slot)) = (known(page.account), known(page.slot)) else { continue };
        if account >> 32 == 0 && slot < 16 {
            let content = tree.page(16 * account + slot);
            content.iter().zip(prepared.cells + 8 * number..).for_each(|(cell, place)| set(place, Some(*cell)));
        }
    }
    for (row, place) in prepared.rows.iter().zip(prepared.results..) {
        let value = |register: u32| registers.get(register as usize).copied().flatten();
        let output = match (value(row.a), value(row.b), value(row.c)) {
            (Some(a), Some(b), Some(c)) => row.output(a, b, c),
            _ => None,
        };
        if let Some(register) = registers.get_mut(place) {
            *register = output;
        }
    }
    registers
}

/// The open operand that a row determines: one side of a difference that must be zero, the other side known.
fn equality(row: &Row, registers: &[Option<F>], operands: usize) -> Option<(usize, F)> {
    if row.check != Check::Zero {
        return None;
    }
    let value = |register: u32| registers.get(register as usize).copied().flatten();
    let open = |register: u32| {
        let operand = (register as usize).checked_sub(FIRST_OPERAND).filter(|operand| *operand < operands);
        operand.filter(|_| value(register).is_none())
    };
    match (row.op, open(row.a), open(row.b)) {
        (Operation::Sub, Some(a), None) => Some((a, value(row.b)? - row.k)),
        (Operation::Sub, None, Some(b)) => Some((b, value(row.a)? + row.k)),
        (Operation::ReverseSub, Some(a), None) => Some((a, value(row.b)? + row.k)),
        (Operation::ReverseSub, None, Some(b)) => Some((b, value(row.a)? - row.k)),
        (Operation::Add, Some(a), None) => Some((a, -value(row.b)? - row.k)),
        (Operation::Add, None, Some(b)) => Some((b, -value(row.a)? - row.k)),
        _ => None,
    }
}
