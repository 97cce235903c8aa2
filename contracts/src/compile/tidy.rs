//! Last: rows that nobody needs go, and the type check of a fee moves onto the row that counts it.

use std::collections::BTreeSet;

use crate::program::{Check, Element, Instruction, Local, LocalId, Message, Operation, Program, Space, Wire};

/// The program without dead rows, renumbered.
pub(super) fn tidy(mut program: Program) -> Program {
    merge_fee_checks(&mut program);
    loop {
        let used = used_results(&mut program);
        let keep: Vec<bool> =
            program.instructions.iter().zip(0..).map(|(row, pc)| needed(row) || used.contains(&pc)).collect();
        if keep.iter().all(|keep| *keep) {
            return program;
        }
        renumber(&mut program, &keep);
    }
}

/// Rows that do something beside their output. A `Select` proves its condition a bool, which the types already have.
fn needed(row: &Instruction) -> bool {
    row.check != Check::None
        || matches!(row.op, Operation::Fee | Operation::MulDiv | Operation::MulDivUp | Operation::Less)
}

/// `range n` of an operand and `fee` of it are one row: the fee's output is the operand.
fn merge_fee_checks(program: &mut Program) {
    let used = used_results(program);
    let mut keep = vec![true; program.instructions.len()];
    for at in 0..program.instructions.len() {
        let fee = program.instructions[at];
        if fee.op != Operation::Fee || fee.check != Check::None || fee.a == Wire::None {
            continue;
        }
        let plain = |row: &Instruction| {
            row.op == Operation::Add
                && row.a == fee.a
                && row.b == Wire::None
                && row.k == Default::default()
                && matches!(row.check, Check::Range(_))
        };
        let found = program.instructions.iter().zip(0..).find(|(row, pc)| plain(row) && !used.contains(pc));
        if let Some((row, pc)) = found {
            let check = row.check;
            if core::mem::replace(&mut keep[pc as usize], false) {
                program.instructions[at].check = check;
            }
        }
    }
    renumber(program, &keep);
}

fn used_results(program: &mut Program) -> BTreeSet<u16> {
    let mut used = BTreeSet::new();
    for_locals(program, &mut |id| {
        if let Some(Local { space: Space::Result, index }) = Local::from_id(*id) {
            used.insert(index);
        }
    });
    used
}

/// Removes rows and moves every reference with them. Rows that go are not referred to.
fn renumber(program: &mut Program, keep: &[bool]) {
    let mut next = 0;
    let places: Vec<u16> = keep
        .iter()
        .map(|keep| {
            let place = next;
            next += u16::from(*keep);
            place
        })
        .collect();
    for_locals(program, &mut |id| {
        if let Some(Local { space: Space::Result, index }) = Local::from_id(*id)
            && let Some(place) = places.get(index as usize)
        {
            *id = Local::result(*place).id();
        }
    });
    let mut keep = keep.iter();
    program.instructions.retain(|_| keep.next().is_none_or(|keep| *keep));
}

/// Calls `visit` on every local that the program reads.
fn for_locals(program: &mut Program, visit: &mut impl FnMut(&mut LocalId)) {
    let element = |element: &mut Element, visit: &mut dyn FnMut(&mut LocalId)| {
        if let Element::Local(id) = element {
            visit(id);
        }
    };
    for row in &mut program.instructions {
        for wire in [&mut row.a, &mut row.b, &mut row.c] {
            if let Wire::Local(id) = wire {
                visit(id);
            }
        }
    }
    for page in &mut program.pages {
        page.new.iter_mut().for_each(|cell| element(cell, visit));
    }
    for message in &mut program.messages {
        let (Message::Default { elements } | Message::Over { elements, .. }) = message;
        elements.iter_mut().for_each(|cell| element(cell, visit));
    }
    program.records.iter_mut().flatten().for_each(|cell| element(cell, visit));
    for ensure in &mut program.ensures {
        ensure.left.locals_mut(visit);
        ensure.right.locals_mut(visit);
    }
}
