//! Assets only move: for each asset, what is added to pages, fees and records is what is taken from pages.
//!
//! Every balance before and after is a form over atoms, equal over the integers ([`super::value`]). They are grouped by
//! asset, where assets that the rows prove equal count as one, and each group must sum to the zero form. A balance whose
//! asset cell is 0 is 0 (CONTRACTS 1.3), so where the rows prove `x = 0 or x = A`, an old balance of `x` counts as one of `A`.
//!
//! Two groups may leave something: receipts of an account, if the supply grows by more than the holdings do (those shares
//! are locked for ever); and NATIVE, if it is `fees_before − x` and the cell `x` ends as `fees_before`.

use std::collections::BTreeMap;

use super::Rule;
use super::pages::Opened;
use super::value::Values;
use crate::form::{Atom, Form, Interval, Key};
use crate::layout::{AssetOf, Role};
use crate::program::{Context, Local, Mode, Operation, Program, Source, Space};

/// The asset in which fees are paid.
const NATIVE: i128 = 1;
/// Receipts begin here: `2^40 + 16 · account`.
const RECEIPT_BASE: i128 = 1 << 40;

/// What each asset's balances sum to, by the form of the asset.
#[derive(Debug, Default)]
struct Ledger {
    /// Atoms that facts replace by forms.
    solved: Vec<(Atom, Form)>,
    groups: BTreeMap<Key, Form>,
    /// Assets of which a supply changes here.
    supplies: Vec<Key>,
}

/// Checks conservation. Returns the name of the layout whose page counts claimed fees, if the program claims any.
pub(super) fn check(program: &Program, opened: &[Opened<'_>], values: &Values) -> Result<Option<String>, Rule> {
    let mut claims = None;
    let mut ledger = Ledger::default();
    for fact in &values.zero {
        ledger.learn(fact, values);
    }
    entries(program, opened, values, &mut ledger)
        .ok_or_else(|| Rule::Conservation("numbers beyond 2^127 arise".to_string()))?;
    for (asset, left) in &ledger.groups {
        let locked = ledger.supplies.contains(asset) && values.interval(left).is_some_and(|left| left.hi <= 0);
        if left.is_zero() || locked {
            continue;
        }
        let native = *asset == Form::constant(NATIVE).key();
        let counter = fee_counter(program, opened, values, left).filter(|_| native && program.source == Source::System);
        if let Some(page) = counter {
            claims = Some(opened[page].layout.name.clone());
            continue;
        }
        return Err(Rule::Conservation(format!("{} of asset {} too many", show(left), show_key(asset))));
    }
    Ok(claims)
}

/// Enters everything that holds or takes assets; `None` if calculations leave 127 bits.
fn entries(program: &Program, opened: &[Opened<'_>], values: &Values, ledger: &mut Ledger) -> Option<()> {
    for (page, (slot, open)) in program.pages.iter().zip(opened).enumerate() {
        let old = |cell: usize| match slot.mode {
            Mode::Empty => Form::constant(0),
            _ => values.local(Local::old_cell(page as u16, cell as u16).id()),
        };
        let new = |cell: usize| values.element(slot.new[cell]);
        for (cell, kind) in open.layout.cells.iter().enumerate() {
            match kind.role {
                Role::Balance(AssetOf::Constant(asset)) => {
                    let asset = Form::constant(i128::from(asset));
                    ledger.enter(&asset, &new(cell), 1)?;
                    ledger.enter(&asset, &old(cell), -1)?;
                }
                Role::Balance(AssetOf::Cell(of)) => {
                    ledger.enter(&new(of as usize), &new(cell), 1)?;
                    let asset = claimed(&old(of as usize), values);
                    ledger.enter(&asset, &old(cell), -1)?;
                }
                Role::Supply => {
                    let account = values.element(slot.account);
                    let receipt = Form::constant(RECEIPT_BASE).add_scaled(&account, 16)?;
                    ledger.enter(&receipt, &new(cell), -1)?;
                    ledger.enter(&receipt, &old(cell), 1)?;
                    let key = ledger.reduce(&receipt)?.key();
                    ledger.supplies.push(key);
                }
                Role::Tag | Role::Plain | Role::Unused => {}
            }
        }
    }
    for (pc, row) in program.instructions.iter().enumerate() {
        if row.op == Operation::Fee {
            ledger.enter(&Form::constant(NATIVE), &values.local(Local::result(pc as u16).id()), 1)?;
        }
    }
    for record in &program.records {
        ledger.enter(&values.element(record[1]), &values.element(record[2]), 1)?;
    }
    Some(())
}

/// `A` where the rows prove that the asset is `A` or 0; otherwise the asset.
fn claimed(asset: &Form, values: &Values) -> Form {
    let Some(atom) = asset.as_atom() else { return asset.clone() };
    let pairs = values.zero_products.iter().flat_map(|(x, y)| [(x, y), (y, x)]);
    let mut forms = pairs.filter(|(x, _)| x.key() == asset.key()).filter_map(|(_, y)| values.solved(y, atom));
    forms.next().unwrap_or_else(|| asset.clone())
}

impl Ledger {
    /// Uses a form that is 0: one of its atoms, an old cell if there is one, is what the others say.
    fn learn(&mut self, fact: &Form, values: &Values) {
        let Some(fact) = self.reduce(fact) else { return };
        let unit = |(_, coefficient): &(&Atom, &i128)| coefficient.abs() == 1;
        let cell = |atom: &Atom| matches!(atom, Atom::Local(local) if local.space == Space::OldCell);
        let atom = fact.terms.iter().filter(unit).max_by_key(|(atom, _)| cell(atom)).map(|(atom, _)| *atom);
        let Some((atom, value)) = atom.and_then(|atom| Some((atom, values.solved(&fact, atom)?))) else { return };
        let mut solved = Vec::new();
        for (known, form) in &self.solved {
            let Some(form) = replace(form, atom, &value) else { return };
            solved.push((*known, form));
        }
        solved.push((atom, value));
        self.solved = solved;
    }

    fn reduce(&self, form: &Form) -> Option<Form> {
        self.solved.iter().try_fold(form.clone(), |form, (atom, value)| replace(&form, *atom, value))
    }

    fn enter(&mut self, asset: &Form, amount: &Form, sign: i128) -> Option<()> {
        if amount.is_zero() {
            return Some(());
        }
        let (asset, amount) = (self.reduce(asset)?.key(), self.reduce(amount)?);
        let group = self.groups.entry(asset).or_insert_with(|| Form::constant(0));
        *group = group.add_scaled(&amount, sign)?;
        Some(())
    }
}

/// The form with a value in place of an atom.
fn replace(form: &Form, atom: Atom, value: &Form) -> Option<Form> {
    let Some(coefficient) = form.terms.get(&atom).copied() else { return Some(form.clone()) };
    let interval = form.interval;
    let mut rest = form.clone();
    rest.terms.remove(&atom);
    let mut replaced = rest.add_scaled(value, coefficient)?;
    // Both intervals hold; the one before is of the whole.
    replaced.interval = if replaced.terms.is_empty() { Some(Interval::point(replaced.constant)) } else { interval };
    Some(replaced)
}

/// The page whose cell `x` ends as `fees_before`, if what is left of NATIVE is `fees_before − x`.
fn fee_counter(program: &Program, opened: &[Opened<'_>], values: &Values, left: &Form) -> Option<usize> {
    let before = values.atom(Atom::Context(Context::FeesBefore));
    let mut pages = program.pages.iter().zip(opened).enumerate();
    let found = pages.find(|(page, (slot, open))| {
        matches!(slot.mode, Mode::Must(_))
            && open.layout.cells.iter().enumerate().any(|(cell, kind)| {
                let old = values.local(Local::old_cell(*page as u16, cell as u16).id());
                kind.role == Role::Plain
                    && values.element(slot.new[cell]).key() == before.key()
                    && before.add_scaled(&old, -1).is_some_and(|claim| claim.key() == left.key())
            })
    });
    found.map(|(page, _)| page)
}

fn show(form: &Form) -> String {
    show_key(&form.key())
}

fn show_key(key: &Key) -> String {
    let atom = |atom: &Atom| match atom {
        Atom::Context(context) => format!("{context:?}"),
        Atom::Local(Local { space: Space::OldCell, index }) => format!("page {} cell {}", index / 8, index % 8),
        Atom::Local(Local { space, index }) => format!("{space:?} {index}"),
    };
    let terms = key.terms.iter().map(|(name, coefficient)| match crate::compile::rows::centred(*coefficient) {
        1 => atom(name),
        -1 => format!("−({})", atom(name)),
        coefficient => format!("{coefficient}·({})", atom(name)),
    });
    let constant = crate::compile::rows::centred(key.constant);
    let mut parts: Vec<String> = terms.collect();
    if constant != 0 || parts.is_empty() {
        parts.push(constant.to_string());
    }
    parts.join(" + ")
}
