//! Statements. A store changes what the page's cell stands for from here on; the tables hold only the last.

use super::form::{Atom, Form, Interval};
use super::{CellReference, Compiler, Scope, Value, too_large};
use crate::diagnostic::{Code, Failure, Outcome, Span};
use crate::layout::{AssetOf, HOLDING, Role};
use crate::library::unknown;
use crate::program::{Element, Source, Type};
use crate::syntax::tree::{Assignment, Block, Expr, ExprKind, Name, Opening, Statement, StatementKind, TypeTree};

impl Compiler<'_> {
    /// Statements and result of a block, whose names end with it.
    pub(super) fn block(&mut self, block: &Block, scope: &mut Scope) -> Outcome<Value> {
        let names = scope.len();
        self.statements(block, scope)?;
        let value = match &block.result {
            Some(result) => self.value(result, scope)?,
            None => Value::Nothing,
        };
        scope.truncate(names);
        Ok(value)
    }

    pub(super) fn statements(&mut self, block: &Block, scope: &mut Scope) -> Outcome<()> {
        block.statements.iter().try_for_each(|statement| self.statement(statement, scope))
    }

    fn statement(&mut self, statement: &Statement, scope: &mut Scope) -> Outcome<()> {
        let span = statement.span;
        self.burn_fuel(span)?;
        match &statement.kind {
            StatementKind::Let { name, ty, value } => {
                let mut bound = self.value(value, scope)?;
                if let (Some(ty), Value::Number(form)) = (ty, &bound) {
                    let TypeTree::Base(ty) = ty else {
                        return Err(Failure::new(Code::Kind, name.span, "a name has a plain type"));
                    };
                    if let Some(bits) = ty.bits() {
                        bound = Value::Number(self.fits(form.clone(), bits, value.span)?);
                    }
                }
                scope.push((name.text.clone(), bound));
                Ok(())
            }
            StatementKind::Assign { place, how, value } => self.assign(place, *how, value, span, scope),
            StatementKind::Fill { page, layout, fields } => self.fill(page, layout, fields, scope),
            StatementKind::Require(condition) => self.require(condition, true, scope),
            StatementKind::Ensure(condition) => self.ensure(condition, scope),
            StatementKind::Claim { place, value } => self.claim(place, value, span, scope),
            StatementKind::Close(name) => self.close(name, scope),
            StatementKind::Retag { page, layout } => self.retag(page, layout, scope),
            StatementKind::Transfer { kind, amount, asset, from, to } => {
                self.transfer(*kind, [amount, asset], [from, to], span, scope)
            }
            StatementKind::Emit { record, elements } => {
                if !matches!(self.source, Source::Inbox(_)) {
                    return Err(Failure::new(Code::Place, span, "`emit` stands in inbox programs only")
                        .help("elsewhere a record is the target of a `move`"));
                }
                let mut forms = Vec::new();
                for element in elements {
                    forms.push(self.number(element, scope)?);
                }
                self.record(record, forms)
            }
            StatementKind::For { name, from, to, body } => {
                let (from, to) = (self.constant(from, scope)?, self.constant(to, scope)?);
                for value in from..to {
                    self.burn_fuel(span)?;
                    scope.push((name.text.clone(), Value::Number(Form::constant(value))));
                    let done = self.block(body, scope);
                    scope.pop();
                    done?;
                }
                Ok(())
            }
            StatementKind::Call(call) => self.value(call, scope).map(drop),
        }
    }

    /// The page of that name.
    pub(super) fn page(&self, name: &Name, scope: &Scope) -> Outcome<usize> {
        match scope.iter().rev().find(|(known, _)| *known == name.text) {
            Some((_, Value::Page(page))) => Ok(*page),
            _ => Err(unknown("page", name)),
        }
    }

    /// `page.field` or `page.field[i]`, on the left of a statement.
    pub(super) fn cell_reference(&mut self, expr: &Expr, scope: &mut Scope) -> Outcome<CellReference> {
        let (base, field, index) = match &expr.kind {
            ExprKind::Field(base, field) => (base, field, None),
            ExprKind::Index(inner, index) => match &inner.kind {
                ExprKind::Field(base, field) => (base, field, Some(index)),
                _ => return Err(Failure::new(Code::Kind, expr.span, "a field of a page is needed here")),
            },
            _ => return Err(Failure::new(Code::Kind, expr.span, "a field of a page is needed here")),
        };
        let Value::Page(page) = self.value(base, scope)? else {
            return Err(Failure::new(Code::Kind, base.span, "only pages have fields"));
        };
        let (first, count, _) = self.field_cells(page, field)?;
        let Some(index) = index else { return Ok(CellReference { page, cell: first, count }) };
        let at = self.constant(index, scope)?;
        match usize::try_from(at) {
            Ok(at) if at < count => Ok(CellReference { page, cell: first + at, count: 1 }),
            _ => Err(Failure::new(Code::Count, index.span, format!("no element {at}"))),
        }
    }

    /// Only a layout's own file changes what its pages say (rule f).
    pub(super) fn own(&self, page: usize, span: Span) -> Outcome<()> {
        let layout = self.pages[page].layout;
        if self.library.layout_file(layout) == self.file || self.layout_of(page).name == HOLDING {
            return Ok(());
        }
        let layout = self.layout_of(page);
        let message = format!("pages of `{}` are written, made and closed only in {}.braid", layout.name, layout.file);
        Err(Failure::new(Code::Private, span, message).help("call one of its `pub fn`s"))
    }

    /// Sets a cell, whatever it is.
    pub(super) fn set(&mut self, page: usize, cell: usize, form: Form, span: Span) -> Outcome<()> {
        let state = &mut self.pages[page];
        if state.read {
            let message = format!("page `{}` is opened with `read`", state.name);
            return Err(Failure::new(Code::ReadOnly, span, message));
        }
        state.cells[cell] = form;
        state.written = true;
        Ok(())
    }

    /// Sets a cell to a value of its type.
    pub(super) fn store(&mut self, page: usize, cell: usize, form: Form, span: Span) -> Outcome<()> {
        let ty = self.layout_of(page).cells[cell].ty;
        let form = match (ty, ty.bits()) {
            (Type::Counter, _) => {
                if !self.is_counter(&form) {
                    return Err(Failure::new(
                        Code::Counter,
                        span,
                        "a counter takes `+= 1`, a constant or another counter",
                    ));
                }
                form
            }
            (_, Some(bits)) => self.fits(form, bits, span)?,
            (_, None) => form,
        };
        self.set(page, cell, form, span)
    }

    fn is_counter(&self, form: &Form) -> bool {
        if let Some(value) = form.as_constant() {
            return Interval::point(value).within_bits(62);
        }
        let mut atoms = form.terms.iter();
        let (Some((atom, 1)), None) = (atoms.next(), atoms.next()) else { return false };
        let cell = matches!(atom, Atom::Local(local) if local.space == crate::program::Space::OldCell);
        cell && self.atom_type(*atom) == Some(Type::Counter) && (0..=1).contains(&form.constant)
    }

    /// A plain cell: neither tag nor balance nor supply, and no asset of a balance that is not 0.
    fn assignable(&self, page: usize, cell: usize, new: &Form, span: Span) -> Outcome<()> {
        let layout = self.layout_of(page);
        let name = layout.cell_name(cell);
        match layout.cells[cell].role {
            Role::Plain => {}
            Role::Tag => return Err(Failure::new(Code::Assigned, span, "a tag is not assigned")),
            Role::Balance(_) => {
                return Err(Failure::new(Code::Assigned, span, format!("`{name}` is a balance"))
                    .help("assets only move: `move x of A from P to Q`"));
            }
            Role::Supply => {
                return Err(
                    Failure::new(Code::Assigned, span, format!("`{name}` is a supply")).help("use `mint` or `burn`")
                );
            }
            Role::Unused => return Err(Failure::new(Code::Assigned, span, "an unused cell is not assigned")),
        }
        let state = &self.pages[page];
        for (other, kind) in layout.cells.iter().enumerate() {
            let holds = matches!(kind.role, Role::Balance(AssetOf::Cell(of)) if of as usize == cell);
            if holds && !state.cells[other].is_zero() && state.cells[cell].key() != new.key() {
                let balance = layout.cell_name(other);
                let message = format!("`{name}` may change only while `{balance}` is 0");
                return Err(Failure::new(Code::Assigned, span, message));
            }
        }
        Ok(())
    }

    fn assign(&mut self, place: &Expr, how: Assignment, value: &Expr, span: Span, scope: &mut Scope) -> Outcome<()> {
        let target = self.cell_reference(place, scope)?;
        let (page, cell) = (target.page, target.cell);
        self.own(page, place.span)?;
        if self.pages[page].opening == Opening::Raw {
            return self.assign_raw(&target, how, value, span, scope);
        }
        let value_span = value.span;
        match self.value(value, scope)? {
            Value::Number(form) if target.count == 1 => {
                let old = self.pages[page].cells[cell].clone();
                let form = match how {
                    Assignment::Set => Some(form),
                    Assignment::Add => old.add_scaled(&form, 1),
                    Assignment::Subtract => old.add_scaled(&form, -1),
                };
                let form = form.ok_or_else(|| too_large(value_span))?;
                self.assignable(page, cell, &form, place.span)?;
                self.store(page, cell, form, value_span)
            }
            Value::Array(values) if how == Assignment::Set && values.len() == target.count => {
                self.store_array(page, cell, values, place.span)
            }
            _ => {
                Err(Failure::new(Code::Kind, value_span, "a number, or an array of the field's length, is needed here"))
            }
        }
    }

    fn store_array(&mut self, page: usize, first: usize, values: Vec<Value>, span: Span) -> Outcome<()> {
        for (cell, value) in (first..).zip(values) {
            let Value::Number(form) = value else {
                return Err(Failure::new(Code::Kind, span, "an array of numbers is needed here"));
            };
            self.assignable(page, cell, &form, span)?;
            self.store(page, cell, form, span)?;
        }
        Ok(())
    }

    /// A cell of a raw page is stored as `if c { e } else { itself }`, where `e` fits the cell whenever `c` holds.
    fn assign_raw(
        &mut self,
        target: &CellReference,
        how: Assignment,
        value: &Expr,
        span: Span,
        scope: &mut Scope,
    ) -> Outcome<()> {
        let wrong = |span, message: &str| {
            Failure::new(Code::RawCell, span, message.to_string()).help("`cell = if c { e } else { cell };`")
        };
        let (page, cell) = (target.page, target.cell);
        let (ExprKind::If(condition, yes, no), Assignment::Set, 1) = (&value.kind, how, target.count) else {
            return Err(wrong(span, "a cell of a raw page is stored in one way only"));
        };
        let itself = self.pages[page].cells[cell].clone();
        if self.number(no, scope)?.key() != itself.key() {
            return Err(wrong(no.span, "the other branch is not the cell itself"));
        }
        let bit = self.number(condition, scope)?;
        let bit = self.bool_form(bit, condition.span)?;
        let Value::Number(form) = self.guarded(&bit, yes, scope)? else {
            return Err(wrong(yes.span, "a number is needed here"));
        };
        let form = self.narrowed(&bit, form);
        let bits = self.layout_of(page).cells[cell].ty.bits();
        if bits.is_some_and(|bits| !form.interval.is_some_and(|interval| interval.within_bits(bits))) {
            return Err(wrong(yes.span, "the value may not fit the cell"));
        }
        let form = self.select(&bit, form, itself, span)?;
        self.set(page, cell, form, span)
    }

    /// `page = Layout { .. }`: all plain fields, none forgotten.
    fn fill(&mut self, name: &Name, layout: &Name, fields: &[(Name, Expr)], scope: &mut Scope) -> Outcome<()> {
        let page = self.page(name, scope)?;
        self.own(page, name.span)?;
        if self.library.layout_number(self.file, layout)? != self.pages[page].layout {
            let message = format!("page `{}` is no `{}`", name.text, layout.text);
            return Err(Failure::new(Code::Kind, layout.span, message));
        }
        if self.pages[page].opening == Opening::Raw {
            return Err(Failure::new(Code::RawCell, name.span, "a raw page is stored cell by cell"));
        }
        let declared = self.layout_of(page).fields.clone();
        let plain = |cell: u8| self.layout_of(page).cells[cell as usize].role == Role::Plain;
        let missing =
            declared.iter().find(|field| plain(field.cell) && !fields.iter().any(|(name, _)| name.text == field.name));
        if let Some(field) = missing {
            return Err(Failure::new(Code::Count, layout.span, format!("field `{}` is missing", field.name)));
        }
        for (name, value) in fields {
            if fields.iter().filter(|(other, _)| other.text == name.text).count() > 1 {
                return Err(Failure::new(Code::Duplicate, name.span, format!("field `{}` stands twice", name.text)));
            }
            let (first, count, _) = self.field_cells(page, name)?;
            match self.value(value, scope)? {
                Value::Number(form) if count == 1 => {
                    self.assignable(page, first, &form, name.span)?;
                    self.store(page, first, form, value.span)?;
                }
                Value::Array(values) if values.len() == count => self.store_array(page, first, values, name.span)?,
                _ => return Err(Failure::new(Code::Kind, value.span, "a value of the field's length is needed here")),
            }
        }
        Ok(())
    }

    /// `claim x = e`: `require x == 0 || x == e; x = e`, for an `e` that an open page vouches for (rule l).
    fn claim(&mut self, place: &Expr, value: &Expr, span: Span, scope: &mut Scope) -> Outcome<()> {
        let target = self.cell_reference(place, scope)?;
        let (page, cell) = (target.page, target.cell);
        self.own(page, place.span)?;
        let kind = self.layout_of(page).cells[cell];
        if kind.role != Role::Plain || kind.ty == Type::Counter || target.count != 1 {
            return Err(Failure::new(Code::Claim, place.span, "only a plain field can be claimed"));
        }
        let form = self.number(value, scope)?;
        if !self.vouched(&form) {
            return Err(Failure::new(Code::Claim, value.span, "no open page vouches for this value")
                .help("claim the account of a page opened as `T(x)`, or an asset field of one"));
        }
        let old = self.pages[page].cells[cell].clone();
        let difference = old.add_scaled(&form, -1).ok_or_else(|| too_large(span))?;
        self.assert_product_zero(&old, &difference, span)?;
        self.store(page, cell, form, span)
    }

    fn vouched(&self, form: &Form) -> bool {
        let must = |page: &super::PageState| {
            page.opening == Opening::Must && self.library.layouts[page.layout].number.is_some()
        };
        let account = self.pages.iter().any(|page| must(page) && self.address_form(page.account).key() == form.key());
        let asset = form.as_atom().is_some_and(|atom| {
            let Atom::Local(local) = atom else { return false };
            local.space == crate::program::Space::OldCell
                && self.pages.get(local.index as usize / 8).is_some_and(must)
                && self.atom_type(atom) == Some(Type::Asset)
        });
        account || asset
    }

    /// `close p`: all cells 0, once every balance and supply is known to be (rule d).
    fn close(&mut self, name: &Name, scope: &Scope) -> Outcome<()> {
        let page = self.page(name, scope)?;
        let span = name.span;
        self.own(page, span)?;
        let state = &self.pages[page];
        if !matches!(state.opening, Opening::Must | Opening::May) {
            return Err(Failure::new(Code::Close, span, format!("page `{}` cannot be closed", state.name)));
        }
        let layout = self.layout_of(page);
        if layout.name == HOLDING && !self.signed_accounts.contains(&state.account) {
            return Err(Failure::new(Code::Close, span, "closes a holding whose owner does not sign"));
        }
        for (cell, kind) in layout.cells.iter().enumerate() {
            let form = &state.cells[cell];
            let holds = matches!(kind.role, Role::Balance(_) | Role::Supply);
            if holds && !form.is_zero() && !self.zero.contains(&form.key()) {
                let message = format!("`{}.{}` may not be 0", state.name, layout.cell_name(cell));
                return Err(Failure::new(Code::Close, span, message).help("require it to be 0, or move it out first"));
            }
        }
        self.pages[page].holding_used = true;
        (0..8).try_for_each(|cell| self.set(page, cell, Form::constant(0), span))
    }

    /// `retag p as L`: between layouts of one file with equal fields (rule e).
    fn retag(&mut self, name: &Name, to: &Name, scope: &Scope) -> Outcome<()> {
        let page = self.page(name, scope)?;
        let new = self.library.layout_number(self.file, to)?;
        let (old, wanted) = (self.layout_of(page), &self.library.layouts[new]);
        let own = self.library.layout_file(self.pages[page].layout) == self.file
            && self.library.layout_file(new) == self.file;
        let allowed = own && old.same_fields(wanted) && old.contract == wanted.contract;
        match (allowed && self.pages[page].opening == Opening::Must, wanted.tag_number()) {
            (true, Some(tag)) => self.set(page, 0, Form::constant(i128::from(tag)), name.span),
            _ => {
                let message = format!("a `{}` cannot become a `{}`", old.name, to.text);
                Err(Failure::new(Code::Retag, to.span, message)
                    .help("both layouts are of this file and have equal fields, the page is opened as `T(x)`"))
            }
        }
    }

    /// An account or slot as a form.
    pub(super) fn address_form(&self, element: Element) -> Form {
        match element {
            Element::Const(value) => Form::constant(i128::from(super::rows::integer(value))),
            Element::Local(id) => match crate::program::Local::from_id(id) {
                Some(local) => {
                    let bits = self.atom_type(Atom::Local(local)).and_then(Type::bits);
                    Form::local(local, bits.map(Interval::bits))
                }
                None => Form::constant(0),
            },
        }
    }
}
