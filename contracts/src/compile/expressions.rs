//! Expressions to values. Functions are inlined where they are called.

use super::form::{Atom, Form, Interval, MODULUS};
use super::rows::context_bits;
use super::{CALLS, Compiler, Scope, Value, too_large};
use crate::diagnostic::{Code, Failure, Outcome, Span};
use crate::layout::HOLDING;
use crate::library::unknown;
use crate::program::{Check, Context, Local, Operation, Space, Type};
use crate::syntax::tree::{self, Binary, Expr, ExprKind, Name, Opening, TypeTree};

/// Receipts begin here, above every asset of L1.
const RECEIPT_BASE: i128 = 1 << 40;

impl Compiler<'_> {
    pub(super) fn number(&mut self, expr: &Expr, scope: &mut Scope) -> Outcome<Form> {
        match self.value(expr, scope)? {
            Value::Number(form) => Ok(form),
            Value::Page(_) => Err(Failure::new(Code::Kind, expr.span, "a number is needed here, this is a page")),
            Value::Array(_) => Err(Failure::new(Code::Kind, expr.span, "a number is needed here, this is an array")),
            Value::Nothing => Err(Failure::new(Code::Kind, expr.span, "this function has no result")),
        }
    }

    /// A number that is known now: an index, a bound.
    pub(super) fn constant(&mut self, expr: &Expr, scope: &mut Scope) -> Outcome<i128> {
        let form = self.number(expr, scope)?;
        form.as_constant().ok_or_else(|| Failure::new(Code::Constant, expr.span, "a constant is needed here"))
    }

    pub(super) fn value(&mut self, expr: &Expr, scope: &mut Scope) -> Outcome<Value> {
        self.burn_fuel(expr.span)?;
        let span = expr.span;
        match &expr.kind {
            ExprKind::Number(value) => Ok(Value::Number(Form::constant(*value))),
            ExprKind::Name(name) => self.named(name, span, scope),
            ExprKind::Field(base, field) => self.field(base, field, scope),
            ExprKind::Index(base, index) => {
                let base = self.value(base, scope)?;
                let at = self.constant(index, scope)?;
                match base {
                    Value::Array(values) => usize::try_from(at)
                        .ok()
                        .and_then(|at| values.get(at).cloned())
                        .ok_or_else(|| Failure::new(Code::Count, index.span, format!("no element {at}"))),
                    _ => Err(Failure::new(Code::Kind, span, "only arrays have elements")),
                }
            }
            ExprKind::Call(name, arguments) => self.call(name, arguments, span, scope),
            ExprKind::Not(inner) => {
                let bit = self.number(inner, scope)?;
                let bit = self.bool_form(bit, inner.span)?;
                Ok(Value::Number(self.not(&bit, span)?))
            }
            ExprKind::If(condition, yes, no) => {
                let bit = self.number(condition, scope)?;
                let bit = self.bool_form(bit, condition.span)?;
                if let Some(value) = bit.as_constant() {
                    return self.value(if value == 1 { yes } else { no }, scope);
                }
                let yes = self.guarded(&bit, yes, scope)?;
                let no = self.value(no, scope)?;
                self.select_value(&bit, yes, no, span)
            }
            ExprKind::Binary(operator, left, right) => {
                self.binary(expr, *operator, left, right, scope).map(Value::Number)
            }
        }
    }

    /// Evaluates what stands in the true branch of a bool.
    pub(super) fn guarded(&mut self, bit: &Form, expr: &Expr, scope: &mut Scope) -> Outcome<Value> {
        let pages = self.guards.get(&bit.key()).cloned().unwrap_or_default();
        self.typed.push(pages);
        let value = self.value(expr, scope);
        self.typed.pop();
        value
    }

    fn named(&self, name: &str, span: Span, scope: &Scope) -> Outcome<Value> {
        if let Some((_, value)) = scope.iter().rev().find(|(known, _)| known == name) {
            return Ok(value.clone());
        }
        if let Some(value) = self.library.constant(self.file, name) {
            return Ok(Value::Number(Form::constant(value)));
        }
        let context = match name {
            "now" => Some(Context::Now),
            "block" => Some(Context::Block),
            "fees_before" => Some(Context::FeesBefore),
            _ => None,
        };
        if let Some(context) = context {
            let interval = Interval::bits(context_bits(context));
            return Ok(Value::Number(Form::atom(Atom::Context(context), Some(interval))));
        }
        let layout = self.library.find_layout(self.file, name);
        if let Some(tag) = layout.and_then(|layout| self.library.layouts[layout].tag_number()) {
            return Ok(Value::Number(Form::constant(i128::from(tag))));
        }
        Err(unknown("value", &Name { text: name.to_string(), span }))
    }

    /// `page.field`, `page.tag`, `page.account`.
    fn field(&mut self, base: &Expr, field: &Name, scope: &mut Scope) -> Outcome<Value> {
        let Value::Page(page) = self.value(base, scope)? else {
            return Err(Failure::new(Code::Kind, base.span, "only pages have fields"));
        };
        if field.text == "account" {
            return Ok(Value::Number(self.address_form(self.pages[page].account)));
        }
        let (first, count, array) = self.field_cells(page, field)?;
        let values: Vec<Value> = (first..first + count).map(|cell| Value::Number(self.cell(page, cell))).collect();
        match (array, values.into_iter().next()) {
            (false, Some(value)) => Ok(value),
            _ => Ok(Value::Array((first..first + count).map(|cell| Value::Number(self.cell(page, cell))).collect())),
        }
    }

    /// First cell, number of cells, whether an array.
    pub(super) fn field_cells(&self, page: usize, field: &Name) -> Outcome<(usize, usize, bool)> {
        if field.text == "tag" {
            return Ok((0, 1, false));
        }
        let layout = self.layout_of(page);
        let found = layout.field(&field.text).map(|field| (field.cell as usize, field.count as usize, field.array));
        found.ok_or_else(|| {
            Failure::new(
                Code::UnknownName,
                field.span,
                format!("layout `{}` has no field `{}`", layout.name, field.text),
            )
        })
    }

    /// A cell as it stands, with its type's interval where that is known.
    pub(super) fn cell(&mut self, page: usize, cell: usize) -> Form {
        let ty = self.layout_of(page).cells[cell].ty;
        if self.layout_of(page).name == HOLDING && cell > 0 {
            self.pages[page].holding_used = true;
        }
        let state = &self.pages[page];
        let form = state.cells[cell].clone();
        let tested = state.opening == Opening::Raw && self.typed.iter().any(|pages| pages.contains(&page));
        match ty.bits() {
            Some(bits) if tested => form.with_interval(Interval::bits(bits)),
            _ => form,
        }
    }

    /// A cell before the transaction.
    pub(super) fn old_cell(&self, page: usize, cell: usize) -> Form {
        let state = &self.pages[page];
        if state.opening == Opening::New {
            return Form::constant(0);
        }
        let ty = self.layout_of(page).cells[cell].ty;
        let bits = if state.opening == Opening::Raw { None } else { ty.bits() };
        Form::local(Local::old_cell(page as u16, cell as u16), bits.map(Interval::bits))
    }

    fn binary(&mut self, expr: &Expr, operator: Binary, left: &Expr, right: &Expr, scope: &mut Scope) -> Outcome<Form> {
        let span = expr.span;
        match operator {
            Binary::Or => return self.or_value(expr, left, right, scope),
            Binary::Equal | Binary::NotEqual => {
                let left = self.value(left, scope)?;
                let right = self.value(right, scope)?;
                let same = self.equal(&left, &right, span)?;
                return if operator == Binary::Equal { Ok(same) } else { self.not(&same, span) };
            }
            _ => {}
        }
        let (x, y) = (self.number(left, scope)?, self.number(right, scope)?);
        match operator {
            Binary::And => self.and(x, y, span),
            Binary::Add => x.add_scaled(&y, 1).ok_or_else(|| too_large(span)),
            Binary::Subtract => x.add_scaled(&y, -1).ok_or_else(|| too_large(span)),
            Binary::Multiply => self.multiply(&x, &y, span),
            Binary::Power => {
                let power = x
                    .as_constant()
                    .zip(y.as_constant())
                    .and_then(|(base, exponent)| base.checked_pow(u32::try_from(exponent).ok()?));
                power.map(Form::constant).ok_or_else(|| Failure::new(Code::Constant, span, "`^` is for constants"))
            }
            Binary::Less => self.less(x, y, span),
            Binary::Greater => self.less(y, x, span),
            Binary::LessEqual => {
                let above = self.less(y, x, span)?;
                self.not(&above, span)
            }
            Binary::GreaterEqual => {
                let below = self.less(x, y, span)?;
                self.not(&below, span)
            }
            Binary::Or | Binary::Equal | Binary::NotEqual => Err(Failure::new(Code::Kind, span, "no number")),
        }
    }

    fn multiply(&mut self, x: &Form, y: &Form, span: Span) -> Outcome<Form> {
        for (constant, other) in [(x, y), (y, x)] {
            if let Some(factor) = constant.as_constant() {
                return Form::constant(0).add_scaled(other, factor).ok_or_else(|| too_large(span));
            }
        }
        let (Some(left), Some(right)) = (x.interval, y.interval) else {
            return Err(Failure::new(Code::FieldAsInteger, span, "a product of field elements"));
        };
        let hi = left.hi.checked_mul(right.hi).filter(|hi| left.lo >= 0 && right.lo >= 0 && *hi < MODULUS);
        let Some(hi) = hi else {
            return Err(Failure::new(Code::Product, span, "a product may leave the field")
                .label(format!("{} times {}", super::checks::show(left), super::checks::show(right)))
                .help("use `mul_div(a, b, c)`, or give the factors narrower types"));
        };
        Ok(self.product_form(x, y, Some(Interval { lo: left.lo * right.lo, hi })))
    }

    fn call(&mut self, name: &Name, arguments: &[Expr], span: Span, scope: &mut Scope) -> Outcome<Value> {
        let count = |wanted: usize| match arguments.len() == wanted {
            true => Ok(()),
            false => Err(Failure::new(Code::Count, span, format!("`{}` takes {wanted} values", name.text))),
        };
        match name.text.as_str() {
            "mul_div" | "mul_div_up" => {
                count(3)?;
                self.mul_div(arguments, name.text == "mul_div_up", span, scope).map(Value::Number)
            }
            "min" => {
                count(2)?;
                let (x, y) = (self.number(&arguments[0], scope)?, self.number(&arguments[1], scope)?);
                let first = self.less(x.clone(), y.clone(), span)?;
                if let Some(value) = first.as_constant() {
                    return Ok(Value::Number(if value == 1 { x } else { y }));
                }
                let x = self.narrowed(&first, x);
                Ok(Value::Number(self.select(&first, x, y, span)?))
            }
            "receipt" => {
                count(2)?;
                let account = self.number(&arguments[0], scope)?;
                let kind = self.constant(&arguments[1], scope)?;
                if !(0..16).contains(&kind) {
                    return Err(Failure::new(Code::Count, arguments[1].span, "an account has receipts 0 to 15"));
                }
                let account = self.fits(account, 32, arguments[0].span)?;
                let base = Form::constant(RECEIPT_BASE + kind);
                Ok(Value::Number(base.add_scaled(&account, 16).ok_or_else(|| too_large(span))?))
            }
            "old" => {
                count(1)?;
                Err(Failure::new(Code::Kind, span, "`old` stands in `ensure`"))
            }
            _ => {
                let (file, function) = self.function(name)?;
                let mut inner = self.arguments(&function, arguments, span, scope)?;
                let outer = self.enter(file, span)?;
                let value = self.block(&function.body, &mut inner);
                self.leave(outer);
                let value = value?;
                if let Some(ty) = &function.result {
                    self.check_kind(&value, ty, file, span)?;
                }
                Ok(value)
            }
        }
    }

    /// A function demanded to be true or false: its result is required, not calculated.
    pub(super) fn require_call(
        &mut self,
        name: &Name,
        arguments: &[Expr],
        wanted: bool,
        scope: &mut Scope,
    ) -> Outcome<()> {
        let (file, function) = self.function(name)?;
        let mut inner = self.arguments(&function, arguments, name.span, scope)?;
        let outer = self.enter(file, name.span)?;
        let done = self.statements(&function.body, &mut inner).and_then(|()| match &function.body.result {
            Some(result) => self.require(result, wanted, &mut inner),
            None => Err(Failure::new(Code::Kind, name.span, format!("`{}` has no result", name.text))),
        });
        self.leave(outer);
        done
    }

    fn function(&self, name: &Name) -> Outcome<(u32, tree::Function)> {
        let (file, function) = self.library.function(self.file, &name.text).ok_or_else(|| unknown("function", name))?;
        if !function.public && file != self.file {
            let owner = &self.library.files[file as usize];
            return Err(Failure::new(Code::Private, name.span, format!("`{}` is private to {owner}.braid", name.text)));
        }
        Ok((file, function.clone()))
    }

    fn arguments(
        &mut self,
        function: &tree::Function,
        arguments: &[Expr],
        span: Span,
        scope: &mut Scope,
    ) -> Outcome<Scope> {
        if arguments.len() != function.parameters.len() {
            let message = format!("`{}` takes {} values", function.name.text, function.parameters.len());
            return Err(Failure::new(Code::Count, span, message));
        }
        let mut inner = Scope::new();
        let file = self.library.function(self.file, &function.name.text).map_or(self.file, |(file, _)| file);
        for (argument, (name, ty)) in arguments.iter().zip(&function.parameters) {
            let value = self.value(argument, scope)?;
            if let Some(ty) = ty {
                self.check_kind(&value, ty, file, argument.span)?;
            }
            inner.push((name.text.clone(), value));
        }
        Ok(inner)
    }

    /// Types of functions say what kind of value is meant; they cost no check.
    fn check_kind(&self, value: &Value, ty: &TypeTree, file: u32, span: Span) -> Outcome<()> {
        let fits = match (value, ty) {
            (Value::Page(page), TypeTree::Page(name)) => {
                let wanted = self.library.layout_number(file, name)?;
                self.layout_of(*page).same_fields(&self.library.layouts[wanted])
            }
            (Value::Number(form), TypeTree::Base(Type::Bool)) => form.is_bool(),
            (Value::Number(_), TypeTree::Base(Type::Field | Type::Counter)) => true,
            (Value::Number(form), TypeTree::Base(_)) => form.interval.is_some(),
            (Value::Array(values), TypeTree::Array(inner, _)) => {
                return values.iter().try_for_each(|value| self.check_kind(value, inner, file, span));
            }
            _ => false,
        };
        if fits { Ok(()) } else { Err(Failure::new(Code::Kind, span, "a value of another kind is needed here")) }
    }

    fn enter(&mut self, file: u32, span: Span) -> Outcome<u32> {
        if self.calls == CALLS {
            return Err(Failure::new(Code::TooLarge, span, format!("functions nested deeper than {CALLS} calls")));
        }
        self.calls += 1;
        Ok(core::mem::replace(&mut self.file, file))
    }

    fn leave(&mut self, outer: u32) {
        self.calls -= 1;
        self.file = outer;
    }

    fn mul_div(&mut self, arguments: &[Expr], up: bool, span: Span, scope: &mut Scope) -> Outcome<Form> {
        let mut forms = Vec::new();
        for argument in arguments {
            let form = self.number(argument, scope)?;
            forms.push(self.fits(form, 62, argument.span)?);
        }
        self.may_fail(span)?;
        let [a, b, c] = &forms[..] else { return Err(Failure::new(Code::Count, span, "three values")) };
        // `fits` gives every form an interval within 62 bits.
        let interval = |form: &Form| form.interval.unwrap_or(Interval::bits(62));
        if interval(c).hi == 0 {
            return Err(Failure::new(Code::DivisionByZero, span, "division by zero"));
        }
        let product = interval(a).hi * interval(b).hi;
        let divisor = interval(c).lo.max(1);
        let hi = ((product + divisor - 1) / divisor).min(Interval::bits(62).hi);
        let wires = [self.rows.wire(a), self.rows.second_wire(b), self.rows.wire(c)];
        let op = if up { Operation::MulDivUp } else { Operation::MulDiv };
        let local = self.rows.row(op, wires, Default::default(), Check::None);
        Ok(Form::local(local, Some(Interval { lo: 0, hi })))
    }

    /// Type of the parameter or cell behind an atom.
    pub(super) fn atom_type(&self, atom: Atom) -> Option<Type> {
        let Atom::Local(Local { space, index }) = atom else { return None };
        match space {
            Space::Operand => self.operands.get(index as usize).map(|parameter| parameter.ty),
            Space::Hint => self.hints.get(index as usize).map(|parameter| parameter.ty),
            Space::OldCell => {
                let page = self.pages.get(index as usize / 8)?;
                Some(self.library.layouts[page.layout].cells[index as usize % 8].ty)
            }
            Space::Result | Space::Signing => None,
        }
    }
}
