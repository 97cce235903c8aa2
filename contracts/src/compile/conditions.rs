//! Bools: `&&`, `||`, `==`, `if`, and `require`, which needs no bool where a check says it directly.

use super::form::{Form, Interval};
use super::{Compiler, Scope, Value, too_large};
use crate::diagnostic::{Code, Failure, Outcome, Span};
use crate::program::{Check, Local, Operation, Space};
use crate::syntax::tree::{Binary, Expr, ExprKind, Opening};

use super::form::Atom;

impl Compiler<'_> {
    /// `1 − bool`, with its place in the interval.
    pub(super) fn not(&self, bit: &Form, span: Span) -> Outcome<Form> {
        Form::constant(1).add_scaled(bit, -1).ok_or_else(|| too_large(span))
    }

    /// `left && right`: narrows and guards whatever either does.
    pub(super) fn and(&mut self, left: Form, right: Form, span: Span) -> Outcome<Form> {
        let left = self.bool_form(left, span)?;
        let right = self.bool_form(right, span)?;
        for (constant, other) in [(&left, &right), (&right, &left)] {
            if let Some(value) = constant.as_constant() {
                return Ok(if value == 1 { other.clone() } else { Form::constant(0) });
            }
        }
        let both = self.product_form(&left, &right, Some(Interval::BIT));
        for part in [left.key(), right.key()] {
            let facts = self.branches.get(&part).cloned().unwrap_or_default();
            self.branches.entry(both.key()).or_default().extend(facts);
            let pages = self.guards.get(&part).cloned().unwrap_or_default();
            self.guards.entry(both.key()).or_default().extend(pages);
        }
        Ok(both)
    }

    /// `left || right = 1 + (1 − left)(right − 1)`.
    pub(super) fn or(&mut self, left: Form, right: Form, span: Span) -> Outcome<Form> {
        let left = self.bool_form(left, span)?;
        let right = self.bool_form(right, span)?;
        for (constant, other) in [(&left, &right), (&right, &left)] {
            if let Some(value) = constant.as_constant() {
                return Ok(if value == 1 { Form::constant(1) } else { other.clone() });
            }
        }
        let neither = self.not(&left, span)?;
        let below = right.add_scaled(&Form::constant(1), -1).ok_or_else(|| too_large(span))?;
        let product = self.product_form(&neither, &below, Some(Interval { lo: -1, hi: 0 }));
        let either = product.add_scaled(&Form::constant(1), 1).ok_or_else(|| too_large(span))?;
        Ok(either)
    }

    /// Two equalities joined by `||`, as differences: a product that is 0 says it without bools.
    fn two_equalities(&mut self, expr: &Expr, scope: &mut Scope) -> Outcome<Option<(Form, Form)>> {
        let ExprKind::Binary(Binary::Or, left, right) = &expr.kind else { return Ok(None) };
        let mut differences = Vec::new();
        for side in [left, right] {
            let ExprKind::Binary(Binary::Equal, x, y) = &side.kind else { return Ok(None) };
            let (Value::Number(x), Value::Number(y)) = (self.value(x, scope)?, self.value(y, scope)?) else {
                return Ok(None);
            };
            let difference = x.add_scaled(&y, -1).ok_or_else(|| too_large(side.span))?;
            self.exact(&difference, side.span)?;
            differences.push(difference);
        }
        let right = differences.pop();
        Ok(differences.pop().zip(right))
    }

    /// `||` as a value.
    pub(super) fn or_value(&mut self, expr: &Expr, left: &Expr, right: &Expr, scope: &mut Scope) -> Outcome<Form> {
        if let Some((x, y)) = self.two_equalities(expr, scope)? {
            let product = self.product_form(&x, &y, None);
            let either = self.is_zero(&product, expr.span)?;
            let page = self.tag_test(&x);
            if let (Some(page), true) = (page, page == self.tag_test(&y)) {
                self.guards.entry(either.key()).or_default().insert(page);
            }
            return Ok(either);
        }
        let left = self.number(left, scope)?;
        let right = self.number(right, scope)?;
        self.or(left, right, expr.span)
    }

    /// `==` as a value; of arrays, all elements.
    pub(super) fn equal(&mut self, left: &Value, right: &Value, span: Span) -> Outcome<Form> {
        match (left, right) {
            (Value::Number(left), Value::Number(right)) => {
                let difference = left.add_scaled(right, -1).ok_or_else(|| too_large(span))?;
                self.is_zero(&difference, span)
            }
            (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
                let mut all = Form::constant(1);
                for (left, right) in left.iter().zip(right) {
                    let one = self.equal(left, right, span)?;
                    all = self.and(all, one, span)?;
                }
                Ok(all)
            }
            _ => Err(Failure::new(Code::Kind, span, "only numbers, or arrays of one length, can be equal")),
        }
    }

    /// The raw page whose tag this difference compares with a constant or an asset.
    pub(super) fn tag_test(&self, difference: &Form) -> Option<usize> {
        let mut page = None;
        let mut others = 0;
        for atom in difference.terms.keys() {
            match *atom {
                Atom::Local(Local { space: Space::OldCell, index })
                    if index % 8 == 0
                        && self.pages.get(index as usize / 8).is_some_and(|page| page.opening == Opening::Raw) =>
                {
                    if page.replace(index as usize / 8).is_some() {
                        return None;
                    }
                }
                Atom::Local(Local { space: Space::Operand, index }) => {
                    let bits = self.operands.get(index as usize)?.ty.bits()?;
                    if bits > 48 || difference.constant != 0 {
                        return None;
                    }
                    others += 1;
                }
                _ => return None,
            }
        }
        page.filter(|_| others <= 1 && difference.terms.values().all(|coefficient| coefficient.abs() == 1))
    }

    /// The form as it is whenever the bool is 1: facts of comparisons narrow its interval.
    pub(super) fn narrowed(&self, bit: &Form, form: Form) -> Form {
        let Some(mut interval) = form.interval else { return form };
        for fact in self.branches.get(&bit.key()).into_iter().flatten() {
            // fact >= 0: if form + fact is a constant, it is an upper bound; if form − fact is, a lower one.
            if let Some(bound) = form.add_scaled(fact, 1).and_then(|sum| sum.as_constant()) {
                interval.hi = interval.hi.min(bound);
            }
            if let Some(bound) = form.add_scaled(fact, -1).and_then(|difference| difference.as_constant()) {
                interval.lo = interval.lo.max(bound);
            }
        }
        form.with_interval(interval)
    }

    /// `if bit { yes } else { no }` of numbers, `yes` already narrowed.
    pub(super) fn select(&mut self, bit: &Form, yes: Form, no: Form, span: Span) -> Outcome<Form> {
        let interval = yes.interval.zip(no.interval).map(|(yes, no)| yes.hull(no));
        if yes.key() == no.key() {
            return Ok(Form { interval, ..no });
        }
        if let (Some(yes), Some(no)) = (yes.as_constant(), no.as_constant()) {
            let difference = yes.checked_sub(no).ok_or_else(|| too_large(span))?;
            let form = Form::constant(no).add_scaled(bit, difference).ok_or_else(|| too_large(span))?;
            return Ok(Form { interval, ..form });
        }
        let a = self.rows.wire(&yes);
        let b = self.rows.second_wire(&no);
        let c = self.rows.wire(bit);
        let local = self.rows.row(Operation::Select, [a, b, c], Default::default(), Check::None);
        Ok(Form::local(local, interval))
    }

    /// `if` of numbers or arrays.
    pub(super) fn select_value(&mut self, bit: &Form, yes: Value, no: Value, span: Span) -> Outcome<Value> {
        match (yes, no) {
            (Value::Number(yes), Value::Number(no)) => {
                let yes = self.narrowed(bit, yes);
                Ok(Value::Number(self.select(bit, yes, no, span)?))
            }
            (Value::Array(yes), Value::Array(no)) if yes.len() == no.len() => {
                let pairs = yes.into_iter().zip(no);
                let values = pairs.map(|(yes, no)| self.select_value(bit, yes, no, span));
                Ok(Value::Array(values.collect::<Outcome<_>>()?))
            }
            _ => Err(Failure::new(Code::Kind, span, "both branches are numbers, or arrays of one length")),
        }
    }

    /// Demands that `expr` is `wanted`.
    pub(super) fn require(&mut self, expr: &Expr, wanted: bool, scope: &mut Scope) -> Outcome<()> {
        self.burn_fuel(expr.span)?;
        match &expr.kind {
            ExprKind::Not(inner) => return self.require(inner, !wanted, scope),
            ExprKind::Binary(Binary::And, left, right) if wanted => {
                self.require(left, true, scope)?;
                return self.require(right, true, scope);
            }
            ExprKind::Binary(Binary::Or, left, right) if !wanted => {
                self.require(left, false, scope)?;
                return self.require(right, false, scope);
            }
            ExprKind::Binary(Binary::Or, left, right) => {
                if let Some((x, y)) = self.two_equalities(expr, scope)? {
                    return self.assert_product_zero(&x, &y, expr.span);
                }
                return self.require_either(left, right, true, scope);
            }
            ExprKind::Binary(Binary::And, left, right) => return self.require_either(left, right, false, scope),
            ExprKind::Binary(operator, left, right) => {
                if let Some(operator) = comparison(*operator, wanted) {
                    return self.require_comparison(operator, left, right, expr.span, scope);
                }
            }
            ExprKind::Call(name, arguments) if self.library.function(self.file, &name.text).is_some() => {
                return self.require_call(name, arguments, wanted, scope);
            }
            _ => {}
        }
        let bit = self.number(expr, scope)?;
        let bit = self.bool_form(bit, expr.span)?;
        let wrong = if wanted { self.not(&bit, expr.span)? } else { bit };
        self.assert_zero(&wrong, expr.span)
    }

    /// One of two bools is `wanted`: the product of what they are otherwise is 0.
    fn require_either(&mut self, left: &Expr, right: &Expr, wanted: bool, scope: &mut Scope) -> Outcome<()> {
        let span = left.span.to(right.span);
        let mut wrong = Vec::new();
        for side in [left, right] {
            let bit = self.number(side, scope)?;
            let bit = self.bool_form(bit, side.span)?;
            wrong.push(if wanted { self.not(&bit, side.span)? } else { bit });
        }
        self.assert_product_zero(&wrong[0], &wrong[1], span)
    }

    fn require_comparison(
        &mut self,
        operator: Binary,
        left: &Expr,
        right: &Expr,
        span: Span,
        scope: &mut Scope,
    ) -> Outcome<()> {
        let left_value = self.value(left, scope)?;
        let right_value = self.value(right, scope)?;
        if matches!(operator, Binary::Equal) {
            return self.require_equal(&left_value, &right_value, span);
        }
        let (Value::Number(x), Value::Number(y)) = (&left_value, &right_value) else {
            if matches!(operator, Binary::NotEqual) {
                let same = self.equal(&left_value, &right_value, span)?;
                return self.assert_zero(&same, span);
            }
            return Err(Failure::new(Code::Kind, span, "only numbers have an order"));
        };
        if matches!(operator, Binary::NotEqual) {
            let difference = x.add_scaled(y, -1).ok_or_else(|| too_large(span))?;
            return self.assert_nonzero(&difference, span);
        }
        let x = self.fits(x.clone(), 62, left.span)?;
        let y = self.fits(y.clone(), 62, right.span)?;
        let (small, large) = match operator {
            Binary::Greater | Binary::GreaterEqual => (y, x),
            _ => (x, y),
        };
        let strict = matches!(operator, Binary::Less | Binary::Greater);
        let difference = large.add_scaled(&small, -1);
        let difference = difference.and_then(|form| form.add_scaled(&Form::constant(i128::from(strict)), -1));
        let difference = difference.ok_or_else(|| too_large(span))?;
        self.fits(difference, 62, span).map(drop)
    }

    fn require_equal(&mut self, left: &Value, right: &Value, span: Span) -> Outcome<()> {
        match (left, right) {
            (Value::Number(left), Value::Number(right)) => {
                let difference = left.add_scaled(right, -1).ok_or_else(|| too_large(span))?;
                self.assert_zero(&difference, span)
            }
            (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
                left.iter().zip(right).try_for_each(|(left, right)| self.require_equal(left, right, span))
            }
            _ => Err(Failure::new(Code::Kind, span, "only numbers, or arrays of one length, can be equal")),
        }
    }
}

/// The comparison that holds exactly if `operator` is `wanted`.
const fn comparison(operator: Binary, wanted: bool) -> Option<Binary> {
    use Binary::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
    match (operator, wanted) {
        (Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual, true) => Some(operator),
        (Equal, false) => Some(NotEqual),
        (NotEqual, false) => Some(Equal),
        (Less, false) => Some(GreaterEqual),
        (LessEqual, false) => Some(Greater),
        (Greater, false) => Some(LessEqual),
        (GreaterEqual, false) => Some(Less),
        _ => None,
    }
}
