//! Programs with one part weakened or changed, registered as rows: the registry must object without having seen the text.

use braid_contracts::Registry;
use braid_contracts::check::{ReplayRule, Rule, check};
use braid_contracts::program::{Element, Local, Program, Type};
use braid_contracts::rom::{Rom, program_digest};

mod mutants;
mod rules;
mod tables;
#[path = "../texts/mod.rs"]
mod texts;

fn registry() -> Registry {
    Registry::from_sources(&texts::SOURCES).unwrap_or_else(|errors| panic!("{errors}"))
}

fn replay() -> Vec<ReplayRule> {
    use Type::{Account, Amount, Asset, Counter, Slot, Time, Unsigned};
    let order = vec![Account, Slot, Unsigned(32), Asset, Amount, Asset, Amount, Time, Unsigned(40)];
    let split = vec![Account, Slot, Counter, Unsigned(32), Amount];
    let close = vec![Account, Account, Slot, Counter, Amount, Amount];
    [(1, order, "Fill"), (2, split, "Channel"), (3, close, "Channel")]
        .map(|(number, types, layout)| ReplayRule { number, types, layout: layout.to_string() })
        .to_vec()
}

/// Registers one program alone.
fn verdict(registry: &Registry, program: &Program) -> Option<Rule> {
    let rom = Rom::of_program(program, 0, program_digest(program));
    let refusals = check(&rom, registry.layouts(), &replay(), core::slice::from_ref(program)).err()?;
    Some(refusals[0].rule.clone())
}

/// Changes a program and returns what the registry says.
#[track_caller]
fn changed(name: &str, change: impl FnOnce(&mut Program)) -> Rule {
    let registry = registry();
    let mut program = registry.program(registry.index_of(name).unwrap()).unwrap().clone();
    change(&mut program);
    verdict(&registry, &program).expect("accepted")
}

fn page(program: &Program, name: &str) -> usize {
    program.pages.iter().position(|page| page.name == name).unwrap()
}

fn operand(program: &Program, name: &str) -> Element {
    Element::Local(Local::operand(program.operand(name).unwrap() as u16).id())
}

#[test]
fn programs_stand_alone() {
    let registry = registry();
    for program in registry.programs() {
        assert_eq!(verdict(&registry, program), None, "{}", program.name);
    }
}

#[test]
fn fees_have_one_claimant() {
    let registry = registry();
    let claim = registry.program(registry.index_of("fee_claim").unwrap()).unwrap();
    let mut rom = Rom::of_program(claim, 0, program_digest(claim));
    rom.append(Rom::of_program(claim, 1, program_digest(claim)));
    let refusals = check(&rom, registry.layouts(), &replay(), &[claim.clone(), claim.clone()]).unwrap_err();
    assert_eq!(refusals[0].rule, Rule::Program("fees are claimed by another program already"));
}
