//! What every accepted program keeps: the types of pages, the amount of every asset, and what its text ensures.

use std::collections::BTreeMap;

use braid_contracts::Registry;
use braid_contracts::layout::{AssetOf, Layout, Role, TAG_BASE};
use braid_contracts::program::{Element, Local, Parameter, Program, Space};
use p3_field::PrimeField64;

use super::machine::{Inputs, Outcome};

/// The layout of a page by its tag; nothing for an empty page.
fn layout_of<'r>(registry: &'r Registry, page: &[u64; 8]) -> Option<&'r Layout> {
    match page[0] {
        0 => None,
        tag if tag < TAG_BASE => registry.layout("Holding"),
        tag => registry.layouts().iter().find(|layout| layout.tag_number() == Some(tag)),
    }
}

/// The asset of a balance.
fn asset(of: AssetOf, page: &[u64; 8]) -> u64 {
    match of {
        AssetOf::Constant(asset) => asset,
        AssetOf::Cell(cell) => page[cell as usize],
    }
}

/// Whether a page is one that genesis and programs leave: in its types, empty if its tag is 0, nothing of no asset.
fn valid(registry: &Registry, page: &[u64; 8]) -> bool {
    let Some(layout) = layout_of(registry, page) else { return *page == [0; 8] };
    layout.cells.iter().zip(page).all(|(kind, value)| {
        let typed = kind.ty.bits().is_none_or(|bits| value >> bits == 0);
        match kind.role {
            Role::Unused => *value == 0,
            Role::Balance(of) => typed && (asset(of, page) != 0 || *value == 0),
            _ => typed,
        }
    })
}

/// What is in pages, fees and records afterwards less what was in pages and came in before, by asset.
fn gains(registry: &Registry, program: &Program, inputs: &Inputs, outcome: &Outcome) -> BTreeMap<u64, i128> {
    let mut sums: BTreeMap<u64, i128> = BTreeMap::new();
    let mut add = |asset: u64, amount: i128| *sums.entry(asset).or_default() += amount;
    for (pages, sign) in [(&inputs.pages, -1), (&outcome.pages, 1)] {
        for (page, slot) in pages.iter().zip(&program.pages) {
            let Some(layout) = layout_of(registry, page) else { continue };
            for (kind, value) in layout.cells.iter().zip(page) {
                match kind.role {
                    Role::Balance(of) => add(asset(of, page), sign * i128::from(*value)),
                    Role::Supply => {
                        let account = match slot.account {
                            Element::Const(account) => account.as_canonical_u64(),
                            Element::Local(id) => inputs.operands[(id & 0xffff) as usize],
                        };
                        add((1 << 40) + 16 * account, -sign * i128::from(*value));
                    }
                    _ => {}
                }
            }
        }
    }
    add(1, i128::from(outcome.fees));
    for record in &outcome.records {
        add(record[1], i128::from(record[2]));
    }
    let operand = |name: &str| inputs.operands[program.operand(name).unwrap()];
    match program.name.as_str() {
        "deposit" => add(operand("asset"), -i128::from(operand("amount"))),
        "enter" => add(1, -i128::from(operand("amount"))),
        "fee_claim" => add(1, i128::from(inputs.pages[0][2]) - i128::from(inputs.fees_before)),
        // The first shares of a pool belong to nobody.
        "pool_create" => add((1 << 40) + 16 * operand("pool"), 1000),
        _ => {}
    }
    sums
}

/// Conservation, types of pages and the text's `ensure`s, of a program that was accepted on pages that can exist.
pub fn holds(registry: &Registry, program: &Program, inputs: &Inputs, outcome: &Outcome) -> bool {
    let registered = |name| program.operand(name).is_none_or(|at| inputs.operands[at] < 1 << 32);
    // What the page chip and L1 check, rows do not; zero is no listed asset.
    let typed = |parameters: &[Parameter], values: &[u64]| {
        let mut all = parameters.iter().zip(values);
        all.all(|(parameter, value)| parameter.ty.bits().is_none_or(|bits| value >> bits == 0))
    };
    let listed = program.operand("asset").is_none_or(|at| inputs.operands[at] != 0);
    let possible = inputs.pages.iter().all(|page| valid(registry, page))
        && registered("pool")
        && typed(&program.operands, &inputs.operands)
        && typed(&program.hints, &inputs.hints)
        && listed;
    if !possible {
        return false;
    }
    for page in &outcome.pages {
        assert!(valid(registry, page), "{}: {inputs:?} leaves {page:?}", program.name);
    }
    for (asset, gain) in gains(registry, program, inputs, outcome) {
        assert_eq!(gain, 0, "{}: {asset} from {inputs:?} to {outcome:?}", program.name);
    }
    for ensure in &program.ensures {
        let local = |id: u32| {
            let Local { space, index } = Local::from_id(id)?;
            let index = index as usize;
            match space {
                Space::Operand => inputs.operands.get(index).copied(),
                Space::Hint => inputs.hints.get(index).copied(),
                Space::OldCell => Some(inputs.pages[index / 8][index % 8]),
                Space::Result | Space::Signing => None,
            }
        };
        let new = |page: u16, cell: u8| Some(outcome.pages[page as usize][cell as usize]);
        assert_eq!(ensure.holds(&local, &|_| None, &new), Some(true), "{}: {inputs:?}", program.name);
    }
    true
}
