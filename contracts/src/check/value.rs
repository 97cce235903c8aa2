//! What each value can be: an abstract run of the rows over linear forms and intervals.
//!
//! *Atoms* are operands, hints, old cells, context values and outputs of rows that are not linear. Every local is a form
//! over atoms that it equals in the field; where the form's interval lies within `[0, p)`, or a range check proves it
//! (SOUNDNESS B2.3), it equals it over the integers. A row whose check does not prove that becomes an atom of its own: the
//! relation is lost, the bound stays. Intervals of atoms come from checks that stand anywhere among the rows, since all rows
//! hold at once.

use std::collections::HashMap;

use p3_field::PrimeField64;

use super::pages::Opened;
use crate::form::{Atom, Form, Interval, Key, MODULUS, provable};
use crate::program::{Check, Context, Element, Instruction, Local, LocalId, Operation, Program, Space, Type, Wire};
use braid_primitives::F;

/// Bits of an account and of a slot that the page chip proves.
const ACCOUNT_BITS: u8 = 32;
const SLOT_BITS: u8 = 4;

/// Result of the abstract run.
#[derive(Debug)]
pub(super) struct Values {
    bounds: HashMap<Atom, Interval>,
    results: Vec<Form>,
    /// Intervals of forms that a row checks.
    checked: HashMap<Key, Interval>,
    /// Forms that are 0 in the field.
    pub(super) equal: Vec<Form>,
    /// Forms that are 0 over the integers.
    pub(super) zero: Vec<Form>,
    /// Pairs of forms one of which is 0 over the integers.
    pub(super) zero_products: Vec<(Form, Form)>,
    /// First row that compares what may not be compared, or selects by what is no bool.
    pub(super) fault: Option<(usize, &'static str)>,
}

impl Values {
    pub(super) fn new(program: &Program, opened: &[Opened<'_>]) -> Self {
        let mut values = Self {
            bounds: bounds(program, opened),
            results: Vec::new(),
            checked: HashMap::new(),
            equal: Vec::new(),
            zero: Vec::new(),
            zero_products: Vec::new(),
            fault: None,
        };
        for (pc, row) in program.instructions.iter().enumerate() {
            let out = values.output(row, pc);
            let out = values.checked(row, pc, out);
            values.results.push(out);
        }
        values
    }

    /// The form of an element of a page, message or record.
    pub(super) fn element(&self, element: Element) -> Form {
        match element {
            Element::Const(value) => Form::constant(centred(value)),
            Element::Local(id) => self.local(id),
        }
    }

    pub(super) fn local(&self, id: LocalId) -> Form {
        match Local::from_id(id) {
            Some(Local { space: Space::Result, index }) => {
                self.results.get(index as usize).cloned().unwrap_or_else(|| Form::local(Local::result(index), None))
            }
            Some(local) => self.atom(Atom::Local(local)),
            None => Form::constant(0),
        }
    }

    pub(super) fn atom(&self, atom: Atom) -> Form {
        let interval = match atom {
            Atom::Context(context) => context_interval(context),
            Atom::Local(_) => self.bounds.get(&atom).copied(),
        };
        Form::atom(atom, interval)
    }

    fn wire(&self, wire: Wire) -> Form {
        match wire {
            Wire::None => Form::constant(0),
            Wire::Local(id) => self.local(id),
            Wire::Context(context) => self.atom(Atom::Context(context)),
        }
    }

    fn output(&mut self, row: &Instruction, pc: usize) -> Form {
        let (a, b, c) = (self.wire(row.a), self.wire(row.b), self.wire(row.c));
        let k = Form::constant(centred(row.k));
        let sum = |x: &Form, y: &Form, sign| x.add_scaled(y, sign).and_then(|form| form.add_scaled(&k, 1));
        let form = match row.op {
            Operation::Add => sum(&a, &b, 1),
            Operation::Sub => sum(&a, &b, -1),
            Operation::ReverseSub => sum(&b, &a, -1),
            Operation::Fee => Some(a),
            Operation::Mul => b.add_scaled(&k, 1).and_then(|b| self.product(&a, &b, pc, row.check)),
            Operation::Select => {
                if !c.is_bool() {
                    self.fault.get_or_insert((pc, "selects by what may be neither 0 nor 1"));
                }
                let either = a.interval.zip(b.interval).map(|(a, b)| a.hull(b)).filter(natural);
                Some(self.opaque(pc, either))
            }
            Operation::IsEqual => Some(self.opaque(pc, Some(Interval::BIT))),
            Operation::Less => {
                if !within(&a, 62) || !within(&b, 62) {
                    self.fault.get_or_insert((pc, "compares what may exceed 62 bits"));
                }
                Some(self.opaque(pc, Some(Interval::BIT)))
            }
            // The wide chip proves the quotient, whatever a and b are.
            Operation::MulDiv | Operation::MulDivUp => Some(self.opaque(pc, Some(Interval::bits(62)))),
        };
        form.unwrap_or_else(|| self.opaque(pc, None))
    }

    fn product(&mut self, a: &Form, b: &Form, pc: usize, check: Check) -> Option<Form> {
        for (constant, other) in [(a, b), (b, a)] {
            if let Some(factor) = constant.as_constant() {
                return Form::constant(0).add_scaled(other, factor);
            }
        }
        if check == Check::Zero && exact(a) && exact(b) {
            self.zero_products.push((a.clone(), b.clone()));
        }
        let interval = a.interval.zip(b.interval).and_then(|(a, b)| {
            let hi = a.hi.checked_mul(b.hi)?;
            (a.lo >= 0 && b.lo >= 0 && hi < MODULUS).then_some(Interval { lo: a.lo * b.lo, hi })
        });
        Some(self.opaque(pc, interval))
    }

    /// What the check of the row adds.
    fn checked(&mut self, row: &Instruction, pc: usize, out: Form) -> Form {
        match row.check {
            Check::None => out,
            Check::Zero => {
                // The output of `is_eq` that is 0 says that two values differ, which nothing here uses.
                if row.op != Operation::IsEqual {
                    self.equal.push(out.clone());
                    self.zero.extend(Some(out).filter(exact));
                }
                Form::constant(0)
            }
            Check::Range(bits) => {
                let full = Interval::bits(bits);
                match out.interval {
                    Some(interval) if provable(interval, bits) => {
                        let narrowed = Interval { lo: interval.lo.max(0), hi: interval.hi.min(full.hi) };
                        self.checked.insert(out.key(), narrowed);
                        out.with_interval(narrowed)
                    }
                    _ => self.opaque(pc, Some(full)),
                }
            }
        }
    }

    /// An output that is no linear form of what is known: an atom of its own.
    fn opaque(&mut self, pc: usize, interval: Option<Interval>) -> Form {
        let local = Local::result(pc as u16);
        if let Some(interval) = interval {
            self.bounds.insert(Atom::Local(local), interval);
        }
        Form::local(local, interval)
    }

    /// Where the integer lies, by its atoms or by a check of this very form.
    pub(super) fn interval(&self, form: &Form) -> Option<Interval> {
        if let Some(known) = self.checked.get(&form.key()) {
            return Some(*known);
        }
        let mut sum = Form::constant(form.constant);
        for (atom, coefficient) in &form.terms {
            sum = sum.add_scaled(&self.atom(*atom), *coefficient)?;
        }
        sum.interval
    }

    /// The value of `atom` where `form` is 0, if the form is `±(atom − that value)`.
    pub(super) fn solved(&self, form: &Form, atom: Atom) -> Option<Form> {
        let sign = *form.terms.get(&atom)?;
        if sign.abs() != 1 {
            return None;
        }
        let mut value = Form::constant(form.constant.checked_mul(-sign)?);
        for (other, coefficient) in form.terms.iter().filter(|(other, _)| **other != atom) {
            value = value.add_scaled(&self.atom(*other), coefficient.checked_mul(-sign)?)?;
        }
        Some(value)
    }
}

/// Whether the value is an integer of so many bits.
pub(super) fn within(form: &Form, bits: u8) -> bool {
    form.interval.is_some_and(|interval| interval.within_bits(bits))
}

/// Whether being 0 in the field means being 0.
fn exact(form: &Form) -> bool {
    form.interval.is_some_and(|interval| interval.lo > -MODULUS && interval.hi < MODULUS)
}

/// Whether the field element is the integer itself.
fn natural(interval: &Interval) -> bool {
    interval.lo >= 0 && interval.hi < MODULUS
}

/// The representative of smallest magnitude.
pub(super) fn centred(value: F) -> i128 {
    let value = i128::from(value.as_canonical_u64());
    if value > MODULUS / 2 { value - MODULUS } else { value }
}

pub(super) const fn context_interval(context: Context) -> Option<Interval> {
    match context {
        Context::Now | Context::Block => Some(Interval::bits(40)),
        Context::FeesBefore => Some(Interval::bits(62)),
        Context::Scale => None,
    }
}

/// Intervals of operands, hints and old cells.
fn bounds(program: &Program, opened: &[Opened<'_>]) -> HashMap<Atom, Interval> {
    let mut bounds: HashMap<Atom, Interval> = HashMap::new();
    let mut bound = |local: Local, interval: Interval| {
        let entry = bounds.entry(Atom::Local(local)).or_insert(interval);
        entry.hi = entry.hi.min(interval.hi);
    };
    for (page, slot) in program.pages.iter().enumerate() {
        for (element, bits) in [(slot.account, ACCOUNT_BITS), (slot.slot, SLOT_BITS)] {
            if let Some(local) = element.local().and_then(Local::from_id) {
                bound(local, Interval::bits(bits));
            }
        }
        for (cell, kind) in opened.get(page).into_iter().flat_map(|page| page.layout.cells.iter().enumerate()) {
            let local = Local::old_cell(page as u16, cell as u16);
            // A page is in its layout's types: every store was, and genesis.
            let bits = if cell > 0 && kind.role == crate::layout::Role::Unused { None } else { kind.ty.bits() };
            let bits = if kind.ty == Type::Tag { Some(49) } else { bits };
            if let Some(bits) = bits {
                bound(local, Interval::bits(bits));
            }
        }
    }
    for row in &program.instructions {
        let (Check::Range(bits), Wire::Local(id)) = (row.check, row.a) else { continue };
        let Some(local) = Local::from_id(id).filter(|local| matches!(local.space, Space::Operand | Space::Hint)) else {
            continue;
        };
        let plain = row.b == Wire::None && row.k == F::default();
        match row.op {
            Operation::Add if plain => bound(local, Interval::bits(bits)),
            Operation::Fee => bound(local, Interval::bits(bits)),
            // `until − now` of so many bits, now below 2^40, and no wrap since their sum is below p.
            Operation::Sub if row.b == Wire::Context(Context::Now) && row.k == F::default() && bits <= 62 => {
                bound(local, Interval { lo: 0, hi: Interval::bits(bits).hi + Interval::bits(40).hi });
            }
            _ => {}
        }
    }
    bounds
}
