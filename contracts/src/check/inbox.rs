//! Inbox programs: an entry of L1's queue must always have a proof, or the chain stands still. So they have no checks, and
//! since they assign cells of pages that nothing was demanded of, they are checked case by case.
//!
//! The rows are run over forms. At each `is_eq` and `less` that is not decided the run splits, and goes on with what the
//! outcome says. A page whose tag is known in a case has the types of its layout; a page whose tag is not known there must
//! stay as it is. In every case: comparisons are of integers below 2^62, what is stored fits, and each asset is conserved but
//! for one operand, the same in all cases, which L1 holds in escrow.

use p3_field::PrimeField64;

use super::pages::address;
use super::value::{centred, context_interval};
use super::{Rule, Verdict};
use crate::form::{Atom, Form, Interval, Key, MODULUS};
use crate::layout::{AssetOf, Layout, Role};
use crate::program::{Check, Element, Local, LocalId, Mode, Operation, Program, Space, Type, Wire};

/// Most cases of a program.
const MOST_CASES: usize = 4096;
/// Widest asset.
const ASSET_BITS: u8 = 48;
/// Page of an account that says where forced exits pay.
const EXIT_SLOT: u64 = 15;

/// What comes in: asset and amount.
type Incoming = Option<(Key, Key)>;

/// What is assumed, and what the rows so far gave.
#[derive(Clone, Debug, Default)]
struct Case {
    solved: Vec<(Atom, Form)>,
    /// Forms that are at least 0.
    natural: Vec<Form>,
    results: Vec<Form>,
    /// Factors of outputs that are products.
    products: Vec<(Atom, Form, Form)>,
}

/// Content of a page, as far as its tag is known.
enum Content<'l> {
    Empty,
    Of(&'l Layout),
    Unknown,
}

struct Inbox<'p> {
    program: &'p Program,
    declared: &'p Program,
    layouts: &'p [Layout],
    holding: &'p Layout,
    cases: usize,
    incoming: Option<Incoming>,
}

pub(super) fn check(program: &Program, declared: &Program, layouts: &[Layout]) -> Verdict {
    if !program.hints.is_empty() {
        return Err(Rule::Program("an inbox program has no hints"));
    }
    if program.operands.len() != declared.operands.len() {
        return Err(Rule::Program("another number of operands than L1 knows"));
    }
    pages(program)?;
    for (row, instruction) in program.instructions.iter().enumerate() {
        let fails = matches!(instruction.op, Operation::MulDiv | Operation::MulDivUp | Operation::Fee);
        if fails || instruction.check != Check::None {
            return Err(Rule::Row { row, what: "may fail in an inbox program" });
        }
    }
    let Some(holding) = layouts.iter().find(|layout| layout.number.is_none()) else {
        return Err(Rule::Program("no layout of holdings"));
    };
    let mut inbox = Inbox { program, declared, layouts, holding, cases: 0, incoming: None };
    inbox.run(Case::default())
}

/// Nothing is demanded of the pages, and no two can be one.
fn pages(program: &Program) -> Verdict {
    for (page, slot) in program.pages.iter().enumerate() {
        let refuse = |what| Rule::Page { page, what };
        if slot.mode != Mode::Any {
            return Err(refuse("a demand that may fail in an inbox program"));
        }
        let beside_exit = program.pages.iter().any(|other| {
            other.account == slot.account
                && matches!(other.slot, Element::Const(value) if value.as_canonical_u64() == 15)
        });
        let top = if beside_exit { 14 } else { 7 };
        if slot.slot.local().is_some() && slot.slot_limit > top {
            return Err(refuse("reaches pages that L1 does not name"));
        }
        for element in [slot.account, slot.slot] {
            let operand = element.local().and_then(Local::from_id).is_none_or(|local| local.space == Space::Operand);
            if !operand {
                return Err(refuse("an address that L1 does not give"));
            }
        }
        for other in &program.pages[page + 1..] {
            let differ = match (slot.slot, other.slot) {
                (Element::Const(first), Element::Const(second)) => first != second,
                (Element::Local(_), Element::Const(constant)) | (Element::Const(constant), Element::Local(_)) => {
                    matches!(constant.as_canonical_u64(), 0 | 15)
                }
                (Element::Local(_), Element::Local(_)) => false,
            };
            if slot.account != other.account || !differ {
                return Err(refuse("may be one with another page"));
            }
        }
    }
    Ok(())
}

impl<'p> Inbox<'p> {
    /// Runs from the first row that the case has no output of.
    fn run(&mut self, mut case: Case) -> Verdict {
        self.cases += 1;
        if self.cases > MOST_CASES {
            return Err(Rule::Program("more cases than are looked at"));
        }
        while let Some(row) = self.program.instructions.get(case.results.len()) {
            let pc = case.results.len();
            let refuse = |what| Rule::Row { row: pc, what };
            let too_large = || refuse("numbers beyond 2^127 arise");
            let [a, b, c] = [row.a, row.b, row.c].map(|wire| self.wire(wire, &case));
            let k = Form::constant(centred(row.k));
            let sum = |x: &Form, y: &Form, sign| {
                x.add_scaled(y, sign).and_then(|form| form.add_scaled(&k, 1)).ok_or_else(too_large)
            };
            let out = match row.op {
                Operation::Add => sum(&a, &b, 1)?,
                Operation::Sub => sum(&a, &b, -1)?,
                Operation::ReverseSub => sum(&b, &a, -1)?,
                Operation::Mul => {
                    let b = b.add_scaled(&k, 1).ok_or_else(too_large)?;
                    match (a.as_constant(), b.as_constant()) {
                        (Some(factor), _) => Form::constant(0).add_scaled(&b, factor).ok_or_else(too_large)?,
                        (_, Some(factor)) => Form::constant(0).add_scaled(&a, factor).ok_or_else(too_large)?,
                        (None, None) => {
                            let atom = Atom::Local(Local::result(pc as u16));
                            case.products.push((atom, a, b));
                            Form::atom(atom, None)
                        }
                    }
                }
                Operation::Select => match c.as_constant() {
                    Some(1) => a,
                    Some(0) => b,
                    _ => return Err(refuse("selects by what is not decided")),
                },
                Operation::IsEqual => return self.split_equal(case, &sum(&a, &b, -1)?),
                Operation::Less => {
                    if !self.within(&a, 62, &case) || !self.within(&b, 62, &case) {
                        return Err(refuse("compares what may exceed 62 bits"));
                    }
                    return self.split_less(case, &a, &b);
                }
                Operation::MulDiv | Operation::MulDivUp | Operation::Fee => return Err(refuse("may fail")),
            };
            case.results.push(out);
        }
        self.finish(&case)
    }

    fn decided(&mut self, mut case: Case, outcome: bool) -> Verdict {
        case.results.push(Form::constant(i128::from(outcome)));
        self.run(case)
    }

    fn split_equal(&mut self, case: Case, difference: &Form) -> Verdict {
        if difference.terms.is_empty() {
            return self.decided(case, difference.is_zero());
        }
        let product = difference.as_atom().and_then(|atom| case.products.iter().find(|(known, ..)| *known == atom));
        let zeros = match product {
            Some((_, x, y)) => vec![self.reduce(x, &case), self.reduce(y, &case)],
            None => vec![difference.clone()],
        };
        for zero in zeros {
            let mut case = case.clone();
            if zero.terms.is_empty() && !zero.is_zero() {
                continue;
            }
            Self::assume(&mut case, &zero);
            self.decided(case, true)?;
        }
        self.decided(case, false)
    }

    fn split_less(&mut self, case: Case, a: &Form, b: &Form) -> Verdict {
        if let (Some(a), Some(b)) = (a.as_constant(), b.as_constant()) {
            return self.decided(case, a < b);
        }
        let above = b.add_scaled(a, -1).and_then(|form| form.add_scaled(&Form::constant(1), -1));
        let below = a.add_scaled(b, -1);
        for (fact, outcome) in [(above, true), (below, false)] {
            let mut case = case.clone();
            case.natural.extend(fact);
            self.decided(case, outcome)?;
        }
        Ok(())
    }

    /// Adds that a form is 0, as the value of one of its atoms, a tag if there is one.
    fn assume(case: &mut Case, zero: &Form) {
        let tag = |atom: &Atom| matches!(atom, Atom::Local(Local { space: Space::OldCell, index }) if index % 8 == 0);
        let cell = |atom: &Atom| matches!(atom, Atom::Local(Local { space: Space::OldCell, .. }));
        let unit = zero.terms.iter().filter(|(_, coefficient)| coefficient.abs() == 1);
        let Some((atom, sign)) = unit.max_by_key(|(atom, _)| (tag(atom), cell(atom))) else { return };
        let (atom, sign) = (*atom, *sign);
        let mut rest = zero.clone();
        rest.terms.remove(&atom);
        let Some(mut value) = Form::constant(0).add_scaled(&rest, -sign) else { return };
        value.interval = value.interval.filter(|_| value.terms.is_empty());
        case.solved.push((atom, value));
    }

    fn wire(&self, wire: Wire, case: &Case) -> Form {
        match wire {
            Wire::None => Form::constant(0),
            Wire::Local(id) => self.local(id, case),
            Wire::Context(context) => Form::atom(Atom::Context(context), context_interval(context)),
        }
    }

    fn local(&self, id: LocalId, case: &Case) -> Form {
        let form = match Local::from_id(id) {
            Some(Local { space: Space::Result, index }) => {
                case.results.get(index as usize).cloned().unwrap_or_else(|| Form::constant(0))
            }
            Some(local) => Form::local(local, None),
            None => Form::constant(0),
        };
        self.reduce(&form, case)
    }

    fn element(&self, element: Element, case: &Case) -> Form {
        match element {
            Element::Const(value) => Form::constant(centred(value)),
            Element::Local(id) => self.local(id, case),
        }
    }

    /// The form with everything put in that the case knows.
    fn reduce(&self, form: &Form, case: &Case) -> Form {
        let mut form = form.clone();
        // Each step removes an atom for good or stops; solved values may hold atoms solved later.
        for _ in 0..64 {
            let step = form.terms.iter().find_map(|(atom, coefficient)| {
                let value = self.known_value(*atom, case)?;
                Some((*atom, *coefficient, value))
            });
            let Some((atom, coefficient, value)) = step else { break };
            form.terms.remove(&atom);
            match form.add_scaled(&value, coefficient) {
                Some(reduced) => form = reduced,
                None => break,
            }
        }
        if form.terms.is_empty() {
            form.interval = Some(Interval::point(form.constant));
        }
        form
    }

    fn known_value(&self, atom: Atom, case: &Case) -> Option<Form> {
        if let Some((_, value)) = case.solved.iter().find(|(known, _)| *known == atom) {
            return Some(value.clone());
        }
        let Atom::Local(Local { space: Space::OldCell, index }) = atom else { return None };
        if index % 8 == 0 {
            return None;
        }
        match self.content(index / 8, case) {
            Content::Empty => Some(Form::constant(0)),
            Content::Of(layout) if layout.cells[index as usize % 8].role == Role::Unused => Some(Form::constant(0)),
            _ => None,
        }
    }

    /// What the page holds before the transaction.
    fn content(&self, page: u16, case: &Case) -> Content<'p> {
        let tag = self.local(Local::old_cell(page, 0).id(), case);
        self.content_of(&tag, Some(Local::old_cell(page, 0)))
    }

    /// What a page of that tag holds. `itself` is a tag that says nothing.
    fn content_of(&self, tag: &Form, itself: Option<Local>) -> Content<'p> {
        if let Some(tag) = tag.as_constant() {
            if tag == 0 {
                return Content::Empty;
            }
            let found = self.layouts.iter().find(|layout| layout.tag_number().map(i128::from) == Some(tag));
            let holding = (0..1 << ASSET_BITS).contains(&tag).then_some(self.holding);
            return found.or(holding).map_or(Content::Unknown, Content::Of);
        }
        match tag.as_atom() {
            Some(Atom::Local(local)) if Some(local) != itself && local.space == Space::Operand => {
                let asset = self.operand_type(local).and_then(Type::bits).is_some_and(|bits| bits <= ASSET_BITS);
                if asset { Content::Of(self.holding) } else { Content::Unknown }
            }
            _ => Content::Unknown,
        }
    }

    fn operand_type(&self, local: Local) -> Option<Type> {
        self.declared.operands.get(local.index as usize).map(|operand| operand.ty)
    }

    /// Where the integer lies in this case.
    fn interval(&self, form: &Form, case: &Case) -> Option<Interval> {
        let form = self.reduce(form, case);
        let mut interval = Interval::point(form.constant);
        for (atom, coefficient) in &form.terms {
            let bits = match *atom {
                Atom::Local(local @ Local { space: Space::Operand, .. }) => self.operand_type(local)?.bits()?,
                Atom::Local(Local { space: Space::OldCell, index }) if index % 8 == 0 => 49,
                Atom::Local(Local { space: Space::OldCell, index }) => match self.content(index / 8, case) {
                    Content::Of(layout) => layout.cells[index as usize % 8].ty.bits()?,
                    Content::Empty | Content::Unknown => return None,
                },
                Atom::Context(context) => {
                    let hi = context_interval(context)?.hi;
                    (128 - hi.leading_zeros()) as u8
                }
                Atom::Local(_) => return None,
            };
            let bounds = Interval::bits(bits);
            let (x, y) = (bounds.lo.checked_mul(*coefficient)?, bounds.hi.checked_mul(*coefficient)?);
            interval.lo = interval.lo.checked_add(x.min(y))?;
            interval.hi = interval.hi.checked_add(x.max(y))?;
        }
        for fact in &case.natural {
            let fact = self.reduce(fact, case);
            if let Some(bound) = form.add_scaled(&fact, 1).and_then(|sum| sum.as_constant()) {
                interval.hi = interval.hi.min(bound);
            }
            if let Some(bound) = form.add_scaled(&fact, -1).and_then(|difference| difference.as_constant()) {
                interval.lo = interval.lo.max(bound);
            }
        }
        Some(interval)
    }

    fn within(&self, form: &Form, bits: u8, case: &Case) -> bool {
        self.interval(form, case).is_some_and(|interval| interval.within_bits(bits) && interval.hi < MODULUS)
    }

    /// What the case leaves: contents of pages, records, and the sum of each asset.
    fn finish(&mut self, case: &Case) -> Verdict {
        let mut ledger: Vec<(Key, Form)> = Vec::new();
        for page in 0..self.program.pages.len() {
            self.page(page, case, &mut ledger)?;
        }
        for (record, elements) in self.program.records.iter().enumerate() {
            let [kind, asset, amount] = [elements[0], elements[1], elements[2]].map(|part| self.element(part, case));
            let what = if kind.as_constant().is_none_or(|kind| kind == 0) {
                "a record without a constant kind"
            } else if !self.within(&asset, ASSET_BITS, case) {
                "a record of what may be no asset"
            } else if !self.within(&amount, 62, case) {
                "a record of an amount that may exceed 62 bits"
            } else {
                enter(&mut ledger, &asset, &amount, 1)?;
                continue;
            };
            return Err(Rule::Record { record, what });
        }
        ledger.retain(|(_, left)| !left.is_zero());
        let incoming = match &ledger[..] {
            [] => None,
            [(asset, left)] if is_operand(left) => Some((asset.clone(), left.key())),
            _ => return Err(Rule::Conservation("a case of an inbox program makes or loses assets".to_string())),
        };
        if *self.incoming.get_or_insert_with(|| incoming.clone()) != incoming {
            return Err(Rule::Conservation("cases of an inbox program take in different amounts".to_string()));
        }
        Ok(())
    }

    fn page(&self, page: usize, case: &Case, ledger: &mut Vec<(Key, Form)>) -> Verdict {
        let refuse = |cell, what| Err(Rule::Cell { page, cell, what });
        let slot = &self.program.pages[page];
        let new: Vec<Form> = slot.new.iter().map(|element| self.element(*element, case)).collect();
        let old: Vec<Form> = (0..8).map(|cell| self.local(Local::old_cell(page as u16, cell).id(), case)).collect();
        if new.iter().zip(&old).all(|(new, old)| new.key() == old.key()) {
            return Ok(());
        }
        match self.content(page as u16, case) {
            Content::Unknown => return refuse(0, "changes a page whose tag is not known"),
            Content::Empty => {}
            Content::Of(layout) => {
                let falls = |(cell, kind): (usize, &crate::layout::CellType)| {
                    let gain = new[cell].add_scaled(&old[cell], -1);
                    let gain = gain.and_then(|gain| self.interval(&gain, case));
                    matches!(kind.role, Role::Balance(_)) && gain.is_none_or(|gain| gain.lo < 0)
                };
                if layout.cells.iter().enumerate().any(falls) && !self.exits(page, case) {
                    return refuse(1, "what is owned falls without its owner's exit");
                }
                self.balances(layout, &old, -1, ledger)?;
            }
        }
        let layout = match self.content_of(&new[0], None) {
            Content::Unknown => return refuse(0, "a tag that is no layout's"),
            Content::Empty if new.iter().all(Form::is_zero) => return Ok(()),
            Content::Empty => return refuse(0, "a page with content and without a tag"),
            Content::Of(layout) => layout,
        };
        let lies = Element::Const(Default::default()) == slot.slot;
        if layout.contract || layout.is_header() != lies || address(slot, layout).is_err() {
            return refuse(0, "a layout at a place where it does not lie");
        }
        for (cell, kind) in layout.cells.iter().enumerate().skip(1) {
            let form = &new[cell];
            match (kind.role, kind.ty, kind.ty.bits()) {
                _ if form.key() == old[cell].key() && kind.role != Role::Unused => {}
                (Role::Supply, ..) => return refuse(cell, "a supply that an inbox program sets"),
                (Role::Unused, ..) if !form.is_zero() => return refuse(cell, "stores into an unused cell"),
                (_, Type::Counter, _) if form.as_constant().is_none() => return refuse(cell, "sets a counter"),
                (Role::Unused, ..) | (_, _, None) => {}
                (_, _, Some(bits)) if !self.within(form, bits, case) => {
                    return refuse(cell, "a value that may exceed its type");
                }
                _ => {}
            }
        }
        self.balances(layout, &new, 1, ledger)
    }

    /// Whether all records pay where the `Exit` page of the account says.
    fn exits(&self, page: usize, case: &Case) -> bool {
        let account = self.program.pages[page].account;
        let mut pages = self.program.pages.iter().zip(0..);
        pages.any(|(slot, exit)| {
            let lies = matches!(slot.slot, Element::Const(slot) if slot.as_canonical_u64() == EXIT_SLOT);
            let known = matches!(self.content(exit, case), Content::Of(layout) if layout.name == "Exit");
            let paid = self.program.records.iter().all(|record| {
                (1..4).zip(&record[3..]).all(|(cell, limb)| {
                    let own = self.local(Local::old_cell(exit, cell).id(), case);
                    own.key() == self.element(*limb, case).key()
                })
            });
            lies && slot.account == account && known && paid
        })
    }

    fn balances(&self, layout: &Layout, cells: &[Form], sign: i128, ledger: &mut Vec<(Key, Form)>) -> Verdict {
        for (form, kind) in cells.iter().zip(&layout.cells) {
            match kind.role {
                Role::Balance(AssetOf::Constant(asset)) => {
                    enter(ledger, &Form::constant(i128::from(asset)), form, sign)?;
                }
                Role::Balance(AssetOf::Cell(of)) => enter(ledger, &cells[of as usize], form, sign)?,
                Role::Tag | Role::Plain | Role::Supply | Role::Unused => {}
            }
        }
        Ok(())
    }
}

fn enter(ledger: &mut Vec<(Key, Form)>, asset: &Form, amount: &Form, sign: i128) -> Verdict {
    let key = asset.key();
    let place = ledger.iter().position(|(known, _)| *known == key);
    let place = place.unwrap_or_else(|| {
        ledger.push((key, Form::constant(0)));
        ledger.len() - 1
    });
    let sum = ledger[place].1.add_scaled(amount, sign);
    ledger[place].1 = sum.ok_or_else(|| Rule::Conservation("numbers beyond 2^127 arise".to_string()))?;
    Ok(())
}

/// One operand, once.
fn is_operand(form: &Form) -> bool {
    matches!(form.as_atom(), Some(Atom::Local(Local { space: Space::Operand, .. })))
}
