//! Programs with one part weakened or changed, registered as rows: the registry must object without having seen the text.

use braid_contracts::Registry;
use braid_contracts::check::{ReplayRule, Rule, check};
use braid_contracts::program::{Check, Element, Message, Mode, Operation, Program, Wire};
use braid_contracts::rom::{Rom, program_digest};
use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;

const FILES: [&str; 10] =
    ["account", "pool", "oracle", "gov", "orders", "lending", "invoice", "farm", "call", "channel"];

fn registry() -> Registry {
    let texts = FILES.map(|name| {
        let path = format!("{}/sources/{name}.braid", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    });
    let sources: Vec<(&str, &str)> = FILES.into_iter().zip(texts.iter().map(String::as_str)).collect();
    Registry::from_sources(&sources).unwrap_or_else(|errors| panic!("{errors}"))
}

fn replay() -> Vec<ReplayRule> {
    [(1, "Fill"), (2, "Channel"), (3, "Channel")]
        .map(|(number, layout)| ReplayRule { number, layout: layout.to_string() })
        .to_vec()
}

/// Registers one program alone.
fn verdict(registry: &Registry, program: &Program) -> Option<Rule> {
    let rom = Rom::of_program(program, 0, program_digest(program));
    let refusals = check(&rom, registry.layouts(), &replay(), core::slice::from_ref(program)).err()?;
    Some(refusals[0].rule.clone())
}

/// Every way to change one part of a program, with what it is.
fn mutants(program: &Program) -> Vec<(String, Program)> {
    let mut mutants = Vec::new();
    let mut add = |what: String, change: &dyn Fn(&mut Program)| {
        let mut mutant = program.clone();
        change(&mut mutant);
        if mutant != *program {
            mutants.push((what, mutant));
        }
    };
    for (pc, row) in program.instructions.iter().enumerate() {
        if row.check != Check::None {
            add(format!("row {pc} {row:?} without its check"), &move |p| p.instructions[pc].check = Check::None);
        }
        if let Check::Range(bits) = row.check {
            add(format!("row {pc} {row:?} with two bits more"), &move |p| {
                p.instructions[pc].check = Check::Range(63.min(bits + 2));
            });
        }
        add(format!("row {pc} {row:?} with another immediate"), &move |p| p.instructions[pc].k += F::ONE);
        if row.op == Operation::Sub || row.op == Operation::Add {
            let other = if row.op == Operation::Sub { Operation::Add } else { Operation::Sub };
            add(format!("row {pc} {row:?} as {other:?}"), &move |p| p.instructions[pc].op = other);
        }
        if row.op == Operation::Fee {
            add(format!("row {pc} {row:?} without the fee"), &move |p| p.instructions[pc].op = Operation::Add);
        }
        add(format!("row {pc} {row:?} without b"), &move |p| p.instructions[pc].b = Wire::None);
        add(format!("row {pc} {row:?} without a"), &move |p| p.instructions[pc].a = Wire::None);
    }
    for (at, page) in program.pages.iter().enumerate() {
        add(format!("page {} opened as anything", page.name), &move |p| p.pages[at].mode = Mode::Any);
        if let Mode::Must(tag) = page.mode {
            add(format!("page {} perhaps empty", page.name), &move |p| p.pages[at].mode = Mode::May(tag));
        }
        if page.slot.local().is_some() {
            add(format!("page {} up to 15", page.name), &move |p| p.pages[at].slot_limit = 15);
        }
        add(format!("page {} signs nothing", page.name), &move |p| p.pages[at].signer = 0);
        for cell in 0..8 {
            add(format!("page {} cell {cell} set to 5", page.name), &move |p| {
                p.pages[at].new[cell] = Element::Const(F::from_u8(5));
            });
            for operand in 0..program.operands.len() as u16 {
                let id = braid_contracts::program::Local::operand(operand).id();
                add(format!("page {} cell {cell} set to operand {operand}", page.name), &move |p| {
                    p.pages[at].new[cell] = Element::Local(id);
                });
            }
            let old = braid_contracts::program::Local::old_cell(at as u16, cell as u16).id();
            if page.mode != Mode::Empty {
                add(format!("page {} cell {cell} kept", page.name), &move |p| {
                    p.pages[at].new[cell] = Element::Local(old);
                });
            }
        }
    }
    for (m, message) in program.messages.iter().enumerate() {
        for at in 0..message.elements().len() {
            add(format!("message {m} without element {at}"), &move |p| {
                let (Message::Default { elements } | Message::Over { elements, .. }) = &mut p.messages[m];
                elements.remove(at);
            });
        }
    }
    mutants
}

#[test]
fn programs_stand_alone() {
    let registry = registry();
    for program in registry.programs() {
        assert_eq!(verdict(&registry, program), None, "{}", program.name);
    }
}

#[test]
fn survivors() {
    let registry = registry();
    let mut total = 0;
    for program in registry.programs() {
        for (what, mutant) in mutants(program) {
            total += 1;
            if verdict(&registry, &mutant).is_none() {
                println!("{}: {what}", program.name);
            }
        }
    }
    println!("of {total}");
}
