//! From forms to rows: a row has two slots, an immediate and a check, so a form of `n` terms with coefficients of ±1 takes
//! `n − 1` rows, and one more for each other coefficient.
//!
//! Rows are values: the same operation on the same inputs is emitted once, and a check asked for later is put on the row
//! that is there, since all rows hold at once whatever their order.

use std::collections::HashMap;

use braid_primitives::F;
use p3_field::{PrimeCharacteristicRing, PrimeField64};

use super::form::{Atom, Form, Key, MODULUS, residue};
use crate::program::{Check, Context, Element, Instruction, Local, Operation, Wire};

/// Most rows of a program; far above what fits a table.
const MOST_ROWS: usize = 4096;

/// A term of a sum once coefficients are gone.
#[derive(Clone, Copy)]
struct Term {
    atom: Atom,
    negative: bool,
}

/// The rows of one program, growing.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) instructions: Vec<Instruction>,
    /// Rows by what they compute.
    known: HashMap<(Operation, Wire, Wire, Wire, F), u16>,
    /// Atoms that hold a form.
    held: HashMap<Key, Atom>,
    /// More rows were asked for than a program may have.
    pub(crate) overflow: bool,
}

impl Rows {
    /// The row of an operation, emitted if there is none, with `check` on its output. A check already there is kept if it
    /// says more; `None` is returned where both cannot stand on one row.
    pub(crate) fn row(&mut self, op: Operation, [a, b, c]: [Wire; 3], k: F, check: Check) -> Local {
        let key = (op, a, b, c, k);
        if let (Some(pc), true) = (self.known.get(&key).copied(), op != Operation::Fee) {
            // Every known row is in the list.
            let there = &mut self.instructions[pc as usize].check;
            *there = stronger(*there, check);
            return Local::result(pc);
        }
        if self.instructions.len() >= MOST_ROWS {
            self.overflow = true;
            return Local::result(0);
        }
        let pc = self.instructions.len() as u16;
        self.instructions.push(Instruction { op, a, b, c, k, check });
        self.known.insert(key, pc);
        Local::result(pc)
    }

    /// An atom that holds the form, with rows emitted if it is not one already.
    pub(crate) fn hold(&mut self, form: &Form) -> Atom {
        if let Some(atom) = form.as_atom() {
            return atom;
        }
        if let Some(atom) = self.held.get(&form.key()) {
            return *atom;
        }
        self.linear(form, Check::None)
    }

    /// As [`Rows::hold`], but never a context value: what slots `a`, `c`, messages and pages take.
    pub(crate) fn hold_local(&mut self, form: &Form) -> Local {
        let atom = self.hold(form);
        self.local(atom)
    }

    /// A constant or a local.
    pub(crate) fn element(&mut self, form: &Form) -> Element {
        match form.as_constant() {
            Some(value) => Element::Const(field(value)),
            None => Element::Local(self.hold_local(form).id()),
        }
    }

    /// Whether the other form is the row that holds this one.
    pub(crate) fn holds(&self, form: &Form, other: &Form) -> bool {
        other.as_atom().is_some_and(|atom| self.held.get(&form.key()) == Some(&atom))
    }

    /// A slot other than `b`: zero reads as nothing.
    pub(crate) fn wire(&mut self, form: &Form) -> Wire {
        if form.is_zero() { Wire::None } else { Wire::Local(self.hold_local(form).id()) }
    }

    /// Slot `b`, which also takes a context value: zero reads as nothing.
    pub(crate) fn second_wire(&mut self, form: &Form) -> Wire {
        if form.is_zero() {
            return Wire::None;
        }
        let atom = self.hold(form);
        self.second(atom)
    }

    fn local(&mut self, atom: Atom) -> Local {
        match atom {
            Atom::Local(local) => local,
            Atom::Context(context) => {
                let wires = [Wire::None, Wire::Context(context), Wire::None];
                self.row(Operation::Add, wires, F::ZERO, Check::None)
            }
        }
    }

    /// The form in the output of a row, with a check on it.
    pub(crate) fn linear(&mut self, form: &Form, check: Check) -> Atom {
        let key = form.key();
        let local = self.sum(&key, check);
        self.held.insert(key, Atom::Local(local));
        Atom::Local(local)
    }

    /// A row whose output is 0 exactly if the form is, with a check for 0.
    pub(crate) fn assert_zero(&mut self, form: &Form) {
        self.sum(&positive(form.key()), Check::Zero);
    }

    /// 1 if the form is 0, else 0.
    pub(crate) fn is_zero(&mut self, form: &Form, check: Check) -> Local {
        let mut key = positive(form.key());
        let constant = field_of(core::mem::take(&mut key.constant));
        let (a, b) = match self.terms(&key)[..] {
            [Term { atom: Atom::Local(first), negative: false }, Term { atom, negative: true }] => {
                (Wire::Local(first.id()), self.second(atom))
            }
            [Term { atom, negative: true }, Term { atom: Atom::Local(first), negative: false }] => {
                (Wire::Local(first.id()), self.second(atom))
            }
            [Term { atom: Atom::Local(only), negative: false }] => (Wire::Local(only.id()), Wire::None),
            _ => (Wire::Local(self.sum(&key, Check::None).id()), Wire::None),
        };
        self.row(Operation::IsEqual, [a, b, Wire::None], constant, check)
    }

    fn second(&self, atom: Atom) -> Wire {
        match atom {
            Atom::Local(local) => Wire::Local(local.id()),
            Atom::Context(context) => Wire::Context(context),
        }
    }

    /// The product of two forms, or for [`Check::Zero`] one that is 0 exactly if it is.
    pub(crate) fn product(&mut self, left: &Form, right: &Form, check: Check) -> Local {
        let (left, right) =
            if foldable(left).is_some() && foldable(right).is_none() { (right, left) } else { (left, right) };
        let a = self.wire(left);
        let (b, k) = match foldable(right) {
            Some((atom, constant)) => (self.second(atom), field(constant)),
            None => {
                let held = self.hold(right);
                (self.second(held), F::ZERO)
            }
        };
        self.row(Operation::Mul, [a, b, Wire::None], k, check)
    }

    /// `Σ ± atom + constant` of a key whose coefficients may be anything.
    fn sum(&mut self, key: &Key, check: Check) -> Local {
        if let Some(local) = self.factored(key, check) {
            return local;
        }
        let constant = field_of(key.constant);
        let mut terms = self.terms(key);
        // Positive ones first: a row cannot negate both of its inputs. A context value goes last, into slot `b`.
        terms.sort_by_key(|term| (matches!(term.atom, Atom::Context(_)), term.negative));
        let Some((last, rest)) = terms.split_last() else {
            return self.row(Operation::Add, [Wire::None; 3], constant, check);
        };
        let Some((first, middle)) = rest.split_first() else {
            return self.pair(None, *last, constant, check);
        };
        let mut first = *first;
        if first.negative && (last.negative || rest.len() > 1) {
            first = Term { atom: Atom::Local(self.pair(None, first, F::ZERO, Check::None)), negative: false };
        }
        for term in middle {
            first = Term { atom: Atom::Local(self.pair(Some(first), *term, F::ZERO, Check::None)), negative: false };
        }
        self.pair(Some(first), *last, constant, check)
    }

    /// `first + second + constant`; `first` is no context value, and not negative if `second` is.
    fn pair(&mut self, first: Option<Term>, second: Term, constant: F, check: Check) -> Local {
        let a = match first {
            Some(Term { atom: Atom::Local(local), .. }) => Wire::Local(local.id()),
            _ => Wire::None,
        };
        let b = self.second(second.atom);
        let op = match (first.is_some_and(|term| term.negative), second.negative) {
            (false, false) => Operation::Add,
            (false, true) => Operation::Sub,
            (true, _) => Operation::ReverseSub,
        };
        // `a + b` and `b + a` are one row.
        let swap = op == Operation::Add && matches!(b, Wire::Local(_)) && (a == Wire::None || order(b) < order(a));
        let wires = if swap { [b, a, Wire::None] } else { [a, b, Wire::None] };
        self.row(op, wires, constant, check)
    }

    /// `c · (Σ ± atom + constant)` where all coefficients are `± c`.
    fn factored(&mut self, key: &Key, check: Check) -> Option<Local> {
        let magnitude = |coefficient: u64| centred(coefficient).unsigned_abs();
        let factor = magnitude(key.terms.first()?.1);
        let constant = centred(key.constant);
        let same = key.terms.iter().all(|(_, coefficient)| magnitude(*coefficient) == factor);
        let factor = factor as i128;
        if factor == 1 || !same || key.terms.len() == 1 && constant != 0 || constant % factor != 0 {
            return None;
        }
        let terms = key.terms.iter().map(|(atom, coefficient)| (*atom, residue(centred(*coefficient) / factor)));
        let inner = Key { terms: terms.collect(), constant: residue(constant / factor) };
        if let [(atom, sign)] = inner.terms[..] {
            let local = self.local(atom);
            let factor = field(factor * centred(sign));
            return Some(self.row(Operation::Mul, [Wire::Local(local.id()), Wire::None, Wire::None], factor, check));
        }
        let local = match self.held.get(&inner) {
            Some(atom) => {
                let atom = *atom;
                self.local(atom)
            }
            None => self.sum(&inner, Check::None),
        };
        Some(self.row(Operation::Mul, [Wire::Local(local.id()), Wire::None, Wire::None], field(factor), check))
    }

    /// The terms with coefficients multiplied out, at most one of them a context value.
    fn terms(&mut self, key: &Key) -> Vec<Term> {
        let mut terms = Vec::new();
        let mut context = false;
        for (atom, coefficient) in &key.terms {
            let coefficient = centred(*coefficient);
            let mut atom = *atom;
            if matches!(atom, Atom::Context(_)) && (context || coefficient.unsigned_abs() != 1) {
                atom = Atom::Local(self.local(atom));
            }
            context |= matches!(atom, Atom::Context(_));
            match (coefficient, atom) {
                (1, atom) => terms.push(Term { atom, negative: false }),
                (-1, atom) => terms.push(Term { atom, negative: true }),
                (coefficient, atom) => {
                    let local = self.local(atom);
                    let wires = [Wire::Local(local.id()), Wire::None, Wire::None];
                    let magnitude = field(coefficient.abs());
                    let product = self.row(Operation::Mul, wires, magnitude, Check::None);
                    terms.push(Term { atom: Atom::Local(product), negative: coefficient < 0 });
                }
            }
        }
        terms
    }
}

/// The check that implies both.
const fn stronger(left: Check, right: Check) -> Check {
    match (left, right) {
        (Check::None, other) | (other, Check::None) => other,
        (Check::Zero, _) | (_, Check::Zero) => Check::Zero,
        (Check::Range(left), Check::Range(right)) => Check::Range(if left < right { left } else { right }),
    }
}

/// `atom + constant`, which slot `b` of a product takes with the immediate.
fn foldable(form: &Form) -> Option<(Atom, i128)> {
    match form.terms.iter().next() {
        Some((atom, 1)) if form.terms.len() == 1 => Some((*atom, form.constant)),
        _ => None,
    }
}

/// The key or its negative, whichever has fewer negative terms: both are 0 together.
fn positive(key: Key) -> Key {
    let negative = key.terms.iter().filter(|(_, coefficient)| centred(*coefficient) < 0).count();
    if 2 * negative <= key.terms.len() {
        return key;
    }
    let terms = key.terms.iter().map(|(atom, coefficient)| (*atom, residue(-i128::from(*coefficient))));
    Key { terms: terms.collect(), constant: residue(-i128::from(key.constant)) }
}

fn order(wire: Wire) -> u32 {
    match wire {
        Wire::Local(id) => id,
        Wire::None | Wire::Context(_) => u32::MAX,
    }
}

/// The representative of smallest magnitude.
pub(crate) fn centred(residue: u64) -> i128 {
    let value = i128::from(residue);
    if value > MODULUS / 2 { value - MODULUS } else { value }
}

/// An integer as element of the field.
pub(crate) fn field(value: i128) -> F {
    F::from_u64(residue(value))
}

fn field_of(residue: u64) -> F {
    F::from_u64(residue)
}

/// The context value `context`, as a row reads it.
pub(crate) const fn context_bits(context: Context) -> u8 {
    match context {
        Context::Now | Context::Block => 40,
        Context::FeesBefore => 62,
        Context::Scale => 37,
    }
}

/// The integer below p that an element is.
pub(crate) fn integer(value: F) -> u64 {
    value.as_canonical_u64()
}
