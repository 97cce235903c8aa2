//! `ensure`: conditions that cost no rows. They are kept as expressions, for tests on random states.

use super::form::{Atom, Form};
use super::{Compiler, Scope, Value};
use crate::diagnostic::{Code, Failure, Outcome};
use crate::program::{Comparison, Ensure, Local, Term};
use crate::syntax::tree::{Binary, Expr, ExprKind, Opening};

impl Compiler<'_> {
    pub(super) fn ensure(&mut self, expr: &Expr, scope: &mut Scope) -> Outcome<()> {
        let wrong = || Failure::new(Code::Kind, expr.span, "`ensure` takes comparisons of numbers, joined by `&&`");
        let ExprKind::Binary(operator, left, right) = &expr.kind else { return Err(wrong()) };
        if *operator == Binary::And {
            self.ensure(left, scope)?;
            return self.ensure(right, scope);
        }
        let (comparison, swap) = match operator {
            Binary::Equal => (Comparison::Equal, false),
            Binary::NotEqual => (Comparison::NotEqual, false),
            Binary::Less => (Comparison::Less, false),
            Binary::LessEqual => (Comparison::LessEqual, false),
            Binary::Greater => (Comparison::Less, true),
            Binary::GreaterEqual => (Comparison::LessEqual, true),
            _ => return Err(wrong()),
        };
        let left = self.term(left, false, scope)?;
        let right = self.term(right, false, scope)?;
        let (left, right) = if swap { (right, left) } else { (left, right) };
        self.ensures.push(Ensure { left, comparison, right });
        Ok(())
    }

    /// `old`: whether cells are read as they were before the transaction.
    fn term(&mut self, expr: &Expr, old: bool, scope: &mut Scope) -> Outcome<Term> {
        self.burn_fuel(expr.span)?;
        match &expr.kind {
            ExprKind::Call(name, arguments) if name.text == "old" => match &arguments[..] {
                [inner] => self.term(inner, true, scope),
                _ => Err(Failure::new(Code::Count, expr.span, "`old` takes one value")),
            },
            ExprKind::Binary(operator, left, right) => {
                let left = Box::new(self.term(left, old, scope)?);
                let right = Box::new(self.term(right, old, scope)?);
                match operator {
                    Binary::Add => Ok(Term::Sum(left, right)),
                    Binary::Subtract => Ok(Term::Difference(left, right)),
                    Binary::Multiply => Ok(Term::Product(left, right)),
                    _ => Err(Failure::new(Code::Kind, expr.span, "`ensure` calculates with `+`, `-` and `*`")),
                }
            }
            ExprKind::Field(..) | ExprKind::Index(..) if self.names_cell(expr, scope) => {
                let place = self.cell_reference(expr, scope)?;
                if place.count != 1 {
                    return Err(Failure::new(Code::Kind, expr.span, "a number is needed here, this is an array"));
                }
                Ok(match (old, self.pages[place.page].opening) {
                    (false, _) => Term::New(place.page as u16, place.cell as u8),
                    (true, Opening::New) => Term::Const(0),
                    (true, _) => Term::Local(Local::old_cell(place.page as u16, place.cell as u16).id()),
                })
            }
            _ => Ok(form_term(&self.number(expr, scope)?)),
        }
    }

    /// Whether the innermost name is a page.
    fn names_cell(&self, expr: &Expr, scope: &Scope) -> bool {
        match &expr.kind {
            ExprKind::Field(base, _) | ExprKind::Index(base, _) => self.names_cell(base, scope),
            ExprKind::Name(name) => match scope.iter().rev().find(|(known, _)| known == name) {
                Some((_, Value::Page(_))) => true,
                Some((_, Value::Array(values))) => matches!(values.first(), Some(Value::Page(_))),
                _ => false,
            },
            _ => false,
        }
    }
}

fn form_term(form: &Form) -> Term {
    let mut sum = Term::Const(form.constant);
    for (atom, coefficient) in &form.terms {
        let atom = match atom {
            Atom::Local(local) => Term::Local(local.id()),
            Atom::Context(context) => Term::Context(*context),
        };
        let product = Term::Product(Box::new(Term::Const(*coefficient)), Box::new(atom));
        sum = Term::Sum(Box::new(sum), Box::new(product));
    }
    sum
}
