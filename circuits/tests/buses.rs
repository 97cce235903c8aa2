//! Lints over all chips of the leaf machine: who speaks on which bus and who controls how often.
//!
//! A bus is sound if at most one side of it counts freely, and that side provides from a function table or under unique
//! keys (SOUNDNESS 1.30). Which side is free is pinned here, so that a change of it is a visible one.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use braid_circuits::leaf::bucket::Bucket;
use braid_circuits::leaf::bus;
use braid_circuits::leaf::combine::Combine;
use braid_circuits::leaf::cpu::Cpu;
use braid_circuits::leaf::page::PageChip;
use braid_circuits::leaf::range::Range;
use braid_circuits::leaf::rom::RomChip;
use braid_circuits::leaf::signature::Signature;
use braid_circuits::leaf::sponge::SpongeChip;
use braid_circuits::leaf::tree::TreeChip;
use braid_circuits::leaf::wide::Wide;
use braid_contracts::Rom;
use braid_primitives::F;
use p3_air::symbolic::{AirLayout, BaseEntry, BaseLeaf, SymbolicExpr, SymbolicExpression, SymbolicVariable};
use p3_air::{Air, BaseAir};
use p3_field::PrimeCharacteristicRing;
use p3_field::extension::BinomialExtensionField;
use p3_lookup::logup::LogUpGadget;
use p3_lookup::{InteractionSymbolicBuilder, LookupProtocol, Lookups};

type Builder = InteractionSymbolicBuilder<F, BinomialExtensionField<F, 2>>;

/// A chip as it states itself.
struct Chip {
    name: &'static str,
    builder: Builder,
    public_values: usize,
    opens_next_row: bool,
}

fn chip(name: &'static str, air: &(impl BaseAir<F> + Air<Builder>)) -> Chip {
    Chip {
        name,
        builder: Builder::from_air(air, AirLayout::from_air(air)),
        public_values: air.num_public_values(),
        opens_next_row: !air.main_next_row_columns().is_empty(),
    }
}

fn chips() -> Vec<Chip> {
    let rom = Rom::default();
    vec![
        chip("cpu", &Cpu),
        chip("page", &PageChip),
        chip("tree", &TreeChip),
        chip("sponge", &SpongeChip),
        chip("wide", &Wide),
        chip("signature", &Signature),
        chip("bucket", &Bucket),
        chip("combine", &Combine),
        chip("instruction_rom", &RomChip::instructions(&rom).unwrap()),
        chip("page_rom", &RomChip::pages(&rom).unwrap()),
        chip("schedule_rom", &RomChip::schedule(&rom).unwrap()),
        chip("range", &Range),
    ]
}

/// Calls `visit` on every leaf, shared parts once.
fn leaves(expression: &SymbolicExpression<F>, visit: &mut impl FnMut(&BaseLeaf<F>)) {
    let mut seen: HashSet<*const SymbolicExpression<F>> = HashSet::new();
    let mut todo = vec![Arc::new(expression.clone())];
    while let Some(node) = todo.pop() {
        if !seen.insert(Arc::as_ptr(&node)) {
            continue;
        }
        match node.as_ref() {
            SymbolicExpr::Leaf(leaf) => visit(leaf),
            SymbolicExpr::Add { x, y, .. } | SymbolicExpr::Sub { x, y, .. } | SymbolicExpr::Mul { x, y, .. } => {
                todo.extend([x.clone(), y.clone()]);
            }
            SymbolicExpr::Neg { x, .. } => todo.push(x.clone()),
        }
    }
}

fn variables(expression: &SymbolicExpression<F>) -> Vec<SymbolicVariable<F>> {
    let mut variables = Vec::new();
    leaves(expression, &mut |leaf| {
        if let BaseLeaf::Variable(variable) = leaf {
            variables.push(*variable);
        }
    });
    variables
}

/// Main columns of this row that an expression depends on.
fn columns(expression: &SymbolicExpression<F>) -> BTreeSet<usize> {
    let this_row = |variable: &SymbolicVariable<F>| variable.entry == BaseEntry::Main { offset: 0 };
    variables(expression).iter().filter(|variable| this_row(variable)).map(|variable| variable.index).collect()
}

/// Value of an expression in which every variable is `at`; `None` where it has selectors.
fn evaluate(expression: &SymbolicExpression<F>, at: F) -> Option<F> {
    let side = |x: &SymbolicExpression<F>| evaluate(x, at);
    Some(match expression {
        SymbolicExpr::Leaf(BaseLeaf::Variable(_)) => at,
        SymbolicExpr::Leaf(BaseLeaf::Constant(value)) => *value,
        SymbolicExpr::Leaf(_) => return None,
        SymbolicExpr::Add { x, y, .. } => side(x)? + side(y)?,
        SymbolicExpr::Sub { x, y, .. } => side(x)? - side(y)?,
        SymbolicExpr::Mul { x, y, .. } => side(x)? * side(y)?,
        SymbolicExpr::Neg { x, .. } => -side(x)?,
    })
}

/// Columns of a chip that one constraint forces to be 0 or 1.
fn boolean_columns(chip: &Chip) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for constraint in chip.builder.base_constraints() {
        let on = variables(&constraint);
        let column = on.first().filter(|first| first.entry == BaseEntry::Main { offset: 0 }).map(|first| first.index);
        let alone = on.iter().all(|other| other.entry == on[0].entry && Some(other.index) == column);
        let is_root = |at: F| evaluate(&constraint, at).map(|value| value == F::ZERO);
        if let (Some(column), true) = (column, alone)
            && [F::ZERO, F::ONE, F::TWO].map(is_root) == [Some(true), Some(true), Some(false)]
        {
            found.insert(column);
        }
    }
    found
}

#[test]
fn tuples_have_the_width_of_their_bus() {
    for chip in chips() {
        for interaction in chip.builder.global_interactions() {
            let bus = bus::ALL.iter().find(|bus| bus.name == interaction.bus_name);
            let bus = bus.unwrap_or_else(|| panic!("{} speaks on {}", chip.name, interaction.bus_name));
            assert_eq!(interaction.fields.len(), bus.width, "{} on {}", chip.name, bus.name);
        }
        assert!(chip.builder.local_interactions().is_empty(), "{}: lookups within a chip", chip.name);
        assert!(chip.builder.exclusive_interactions().is_empty(), "{}: exclusive columns (SOUNDNESS 1.33)", chip.name);
    }
}

/// Chip, bus, tuples with a bounded count, tuples with a free one.
const SPEAKERS: [(&str, &str, usize, usize); 24] = [
    ("bucket", "curve", 2, 0),
    ("combine", "curve", 1, 0),
    ("cpu", "instruction", 1, 0),
    ("cpu", "link", 9, 0),
    // A result, under (tx, 3 · 2^16 + pc).
    ("cpu", "local", 3, 1),
    ("cpu", "range", 5, 0),
    ("instruction_rom", "instruction", 0, 1),
    ("page", "link", 4, 0),
    // Old cells, under (tx, 4 · 2^16 + 8 · page + cell).
    ("page", "local", 10, 8),
    ("page", "page", 1, 0),
    ("page", "range", 7, 0),
    ("page_rom", "page", 0, 1),
    ("range", "range", 0, 1),
    ("schedule_rom", "schedule", 0, 1),
    ("signature", "curve", 16, 0),
    ("signature", "link", 4, 0),
    ("signature", "local", 12, 0),
    ("signature", "range", 14, 0),
    // Operands and hints are provided, everything is read, by one tuple each: −1, or a free count where the schedule
    // says `provide`, which it does once for each operand and hint.
    ("sponge", "link", 8, 0),
    ("sponge", "local", 4, 0),
    ("sponge", "schedule", 1, 0),
    ("tree", "link", 4, 0),
    // True statements about integers.
    ("wide", "link", 0, 1),
    ("wide", "range", 34, 0),
];

#[test]
fn free_counts_are_where_the_argument_has_them() {
    let mut found: BTreeMap<(&str, String), (usize, usize)> = BTreeMap::new();
    for chip in chips() {
        for interaction in chip.builder.global_interactions() {
            let (bounded, free) = found.entry((chip.name, interaction.bus_name.clone())).or_default();
            *(if interaction.count_weight == 0 { free } else { bounded }) += 1;
        }
    }
    let found: Vec<(&str, &str, usize, usize)> =
        found.iter().map(|((chip, bus), (bounded, free))| (*chip, bus.as_str(), *bounded, *free)).collect();
    assert_eq!(found, SPEAKERS);
}

/// Chips with bounded counts in columns that no constraint of their own makes boolean, and why they are bounded.
const BOUNDED_OTHERWISE: [(&str, &str); 2] = [
    ("cpu", "`first` of the next row: 1 in row 0, 0 elsewhere by transition"),
    (
        "sponge",
        "−1 where an element is read, free where one is provided; `origin`: 1 in row 0, 0 elsewhere by transition",
    ),
];

#[test]
fn bounded_counts_are_boolean() {
    for chip in chips() {
        let boolean = boolean_columns(&chip);
        let otherwise = BOUNDED_OTHERWISE.iter().any(|(name, _)| *name == chip.name);
        for interaction in chip.builder.global_interactions() {
            let all_boolean = columns(&interaction.count).is_subset(&boolean);
            assert!(
                interaction.count_weight == 0 || otherwise || all_boolean,
                "{} on {}: {:?}",
                chip.name,
                interaction.bus_name,
                interaction.count
            );
        }
    }
}

#[test]
fn no_selector_stands_in_a_message() {
    // The library's selectors are not normalised: 1 on a row when a witness is made, another number when it is checked.
    for chip in chips() {
        for interaction in chip.builder.global_interactions() {
            for expression in interaction.fields.iter().chain([&interaction.count]) {
                leaves(expression, &mut |leaf| {
                    assert!(
                        matches!(leaf, BaseLeaf::Variable(_) | BaseLeaf::Constant(_)),
                        "{} on {}: {leaf:?}",
                        chip.name,
                        interaction.bus_name
                    );
                });
            }
        }
    }
}

#[test]
fn degrees_are_at_most_three() {
    let gadget = LogUpGadget::new();
    for chip in chips() {
        let degree = chip.builder.base_constraints().iter().map(SymbolicExpression::degree_multiple).max();
        assert!(degree.unwrap_or(0) <= 3, "{}: {degree:?}", chip.name);
        for column in Lookups::from_builder(&chip.builder).pack_same_bus(&gadget, 3).iter() {
            assert!(gadget.constraint_degree(column) <= 3, "{}: {:?}", chip.name, column.kind);
        }
    }
}

#[test]
fn next_rows_are_opened_where_they_are_used() {
    for chip in chips() {
        let interactions = chip.builder.global_interactions().iter();
        let mut expressions = chip.builder.base_constraints();
        expressions.extend(interactions.flat_map(|i| i.fields.iter().cloned().chain([i.count.clone()])));
        let used = expressions
            .iter()
            .any(|expression| variables(expression).iter().any(|v| v.entry == BaseEntry::Main { offset: 1 }));
        assert_eq!(used, chip.opens_next_row, "{}", chip.name);
    }
}

#[test]
fn every_public_value_is_constrained() {
    for chip in chips() {
        let interactions = chip.builder.global_interactions().iter();
        let mut expressions = chip.builder.base_constraints();
        expressions.extend(interactions.flat_map(|i| i.fields.iter().cloned()));
        let used: BTreeSet<usize> = expressions
            .iter()
            .flat_map(variables)
            .filter(|variable| variable.entry == BaseEntry::Public)
            .map(|variable| variable.index)
            .collect();
        assert_eq!(used, (0..chip.public_values).collect(), "{}", chip.name);
    }
}

#[test]
fn counts_cannot_wrap() {
    // Every table at 2^22 rows, more than any shape has.
    let weight: u64 = chips().iter().map(|chip| Lookups::from_builder(&chip.builder).total_count_weight()).sum();
    assert!(u128::from(weight) << 22 < u128::from(braid_primitives::MODULUS));
}
