//! Where a value must be an integer of so many bits, where two values must be equal, where one must be a bool
//! (CONTRACTS 1.4). Nothing is emitted for what intervals prove.

use super::Compiler;
use super::form::{Form, Interval, MODULUS, provable};
use crate::diagnostic::{Code, Failure, Outcome, Span};
use crate::program::{Check, Operation, Source, Wire};

impl Compiler<'_> {
    /// The form as an integer of `bits` bits: proven by its interval, by a check made before, or by one more row.
    pub(super) fn fits(&mut self, form: Form, bits: u8, span: Span) -> Outcome<Form> {
        let Some(interval) = form.interval else {
            return Err(Failure::new(Code::FieldAsInteger, span, "a field element is used as an integer")
                .help("a `field` is only compared and stored"));
        };
        if interval.within_bits(bits) {
            return Ok(form);
        }
        let key = form.key();
        let known = self.narrow.get(&key).is_some_and(|known| *known <= bits);
        if !known {
            if !provable(interval, bits) {
                return Err(Failure::new(Code::Exceeds, span, format!("value may exceed {bits} bits"))
                    .label(format!("in {}, which no check of {bits} bits can prove", show(interval)))
                    .help("give parts of it a narrower type: `let y: u51 = …` (one range check)"));
            }
            if form.terms.is_empty() {
                return Err(Failure::new(
                    Code::NeverHolds,
                    span,
                    format!("{} is no value of {bits} bits", form.constant),
                ));
            }
            if matches!(self.source, Source::Inbox(_)) {
                return Err(Failure::new(Code::InboxFails, span, "an inbox program may not fail")
                    .label(format!("in {}, may exceed {bits} bits", show(interval)))
                    .help("choose with `if` between a value that fits and another"));
            }
            self.rows.linear(&form, Check::Range(bits));
            self.narrow.insert(key, bits);
        }
        let atom = self.rows.hold(&form);
        let narrowed = Interval { lo: interval.lo.max(0), hi: interval.hi.min(Interval::bits(bits).hi) };
        let held = Form::atom(atom, Some(narrowed));
        self.narrow.insert(held.key(), bits);
        Ok(held)
    }

    /// An equality of integers is one in the field only within `(−p, p)`.
    pub(super) fn exact(&self, difference: &Form, span: Span) -> Outcome<()> {
        match difference.interval {
            Some(interval) if interval.lo <= -MODULUS || interval.hi >= MODULUS => {
                Err(Failure::new(Code::Equality, span, "the two sides may differ by the order of the field")
                    .label(format!("their difference is in {}", show(interval)))
                    .help("give a sum a type first: `let total: amount = …`"))
            }
            _ => Ok(()),
        }
    }

    /// `form = 0`.
    pub(super) fn assert_zero(&mut self, form: &Form, span: Span) -> Outcome<()> {
        self.exact(form, span)?;
        if form.is_zero() {
            return Ok(());
        }
        if form.terms.is_empty() {
            return Err(Failure::new(Code::NeverHolds, span, "this never holds"));
        }
        self.may_fail(span)?;
        if self.zero.insert(form.key()) {
            self.rows.assert_zero(form);
        }
        Ok(())
    }

    /// `left · right = 0`; both are exact, so one of the integers is 0.
    pub(super) fn assert_product_zero(&mut self, left: &Form, right: &Form, span: Span) -> Outcome<()> {
        self.exact(left, span)?;
        self.exact(right, span)?;
        if left.is_zero() || right.is_zero() {
            return Ok(());
        }
        for (constant, other) in [(left, right), (right, left)] {
            if constant.terms.is_empty() {
                return self.assert_zero(other, span);
            }
        }
        self.may_fail(span)?;
        let keys = (left.key(), right.key());
        if !self.zero.contains(&keys.0) && !self.zero.contains(&keys.1) && self.zero_products.insert(keys) {
            self.rows.product(left, right, Check::Zero);
        }
        Ok(())
    }

    /// `form ≠ 0`.
    pub(super) fn assert_nonzero(&mut self, form: &Form, span: Span) -> Outcome<()> {
        self.exact(form, span)?;
        if form.terms.is_empty() {
            return match form.is_zero() {
                true => Err(Failure::new(Code::NeverHolds, span, "this never holds")),
                false => Ok(()),
            };
        }
        self.may_fail(span)?;
        self.rows.is_zero(form, Check::Zero);
        Ok(())
    }

    /// Refuses what could fail in an inbox program: an entry that no proof can take in would stop the chain.
    pub(super) fn may_fail(&self, span: Span) -> Outcome<()> {
        match self.source {
            Source::Inbox(_) => Err(Failure::new(Code::InboxFails, span, "an inbox program may not fail")
                .help("choose with `if`, and send back what cannot be taken in")),
            Source::Signed | Source::System => Ok(()),
        }
    }

    pub(super) fn bool_form(&self, form: Form, span: Span) -> Outcome<Form> {
        if form.is_bool() {
            return Ok(form);
        }
        Err(Failure::new(Code::NotBool, span, "a condition is 0 or 1 by its type").help("compare it: `x != 0`"))
    }

    /// 1 if the form is 0, else 0.
    pub(super) fn is_zero(&mut self, form: &Form, span: Span) -> Outcome<Form> {
        self.exact(form, span)?;
        if form.terms.is_empty() {
            return Ok(Form::constant(i128::from(form.is_zero())));
        }
        let local = self.rows.is_zero(form, Check::None);
        let bit = Form::local(local, Some(Interval::BIT));
        if let Some(page) = self.tag_test(form) {
            self.guards.entry(bit.key()).or_default().insert(page);
        }
        Ok(bit)
    }

    /// `left · right` of integers or bools, whatever their interval is said to be.
    pub(super) fn product_form(&mut self, left: &Form, right: &Form, interval: Option<Interval>) -> Form {
        Form::local(self.rows.product(left, right, Check::None), interval)
    }

    /// 1 if `left < right`, else 0.
    pub(super) fn less(&mut self, left: Form, right: Form, span: Span) -> Outcome<Form> {
        let left = self.fits(left, 62, span)?;
        let right = self.fits(right, 62, span)?;
        if let (Some(left), Some(right)) = (left.as_constant(), right.as_constant()) {
            return Ok(Form::constant(i128::from(left < right)));
        }
        let a = self.rows.wire(&left);
        let b = self.rows.second_wire(&right);
        let local = self.rows.row(Operation::Less, [a, b, Wire::None], Default::default(), Check::None);
        let bit = Form::local(local, Some(Interval::BIT));
        let not = Form::constant(1).add_scaled(&bit, -1).ok_or_else(|| super::too_large(span))?;
        let above = right.add_scaled(&left, -1).and_then(|form| form.add_scaled(&Form::constant(1), -1));
        let below = left.add_scaled(&right, -1);
        self.branches.entry(bit.key()).or_default().extend(above);
        self.branches.entry(not.key()).or_default().extend(below);
        Ok(bit)
    }
}

/// An interval for people.
pub(super) fn show(interval: Interval) -> String {
    format!("[{}, {}]", show_number(interval.lo), show_number(interval.hi))
}

fn show_number(value: i128) -> String {
    if value.unsigned_abs() < 100_000 {
        return value.to_string();
    }
    let digits = value.unsigned_abs().to_string();
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}.{}e{}", &digits[..1], &digits[1..2], digits.len() - 1)
}
