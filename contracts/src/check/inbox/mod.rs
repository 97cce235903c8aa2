//! Inbox programs: an entry of L1's queue must always have a proof, or the chain stands still. So they have no checks, and
//! since they assign cells of pages that nothing was demanded of, they are checked case by case.
//!
//! The rows are run over forms. At each `is_eq` and `less` that is not decided the run splits, and goes on with what the
//! outcome says. A page whose tag is known in a case has the types of its layout; a page whose tag is not known there must
//! stay as it is. In every case: comparisons are of integers below 2^62, what is stored fits, and each asset is conserved but
//! for one operand, the same in all cases, which L1 holds in escrow.

mod ending;
mod knowledge;

use p3_field::PrimeField64;

use super::value::centred;
use super::{Rule, Verdict};
use crate::form::{Atom, Form, Key};
use crate::layout::Layout;
use crate::program::{Check, Element, Local, Mode, Operation, Program, Space};

/// Most cases of a program.
const MOST_CASES: usize = 4096;

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
}
