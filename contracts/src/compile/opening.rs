//! Operands, hints and pages: what a program can name, and the checks that their types ask for.

use super::form::{Atom, Form, Interval};
use super::{Compiler, PageState, Scope, Value};
use crate::diagnostic::{Code, Failure, Outcome, Span};
use crate::layout::HOLDING;
use crate::program::{Check, Context, Element, Local, Operation, Parameter, Source, Space, Type, Wire};
use crate::syntax::tree::{self, Expr, Name, Opening, TypeTree};

/// Most operands, hints or pages of a program.
const MOST: usize = 256;
/// Accounts from 2^(depth − 5) up are handed out by L1 alone: `account · 2^(36 − depth)` has 31 bits below that.
const NEW_ACCOUNT_BITS: u8 = 31;

impl Compiler<'_> {
    pub(super) fn parameters(
        &mut self,
        tree: &tree::Program,
        generics: &[(String, i128)],
        scope: &mut Scope,
    ) -> Outcome<()> {
        for (space, list) in [(Space::Operand, &tree.operands), (Space::Hint, &tree.hints)] {
            for (name, ty) in list {
                if scope.iter().any(|(known, _)| *known == name.text) || name.text == "until" {
                    return Err(Failure::new(Code::Duplicate, name.span, format!("`{}` is taken", name.text)));
                }
                let value = match ty {
                    TypeTree::Base(ty) => Value::Number(self.parameter(space, name, name.text.clone(), *ty)?),
                    TypeTree::Array(inner, count) => {
                        let TypeTree::Base(ty) = **inner else {
                            return Err(Failure::new(Code::Kind, name.span, "an array of numbers is needed here"));
                        };
                        let count = self.library.constant_value(self.file, count, generics)?;
                        let elements = (0..count.clamp(0, MOST as i128 + 1))
                            .map(|k| self.parameter(space, name, format!("{}.{k}", name.text), ty).map(Value::Number));
                        Value::Array(elements.collect::<Outcome<_>>()?)
                    }
                    _ => return Err(Failure::new(Code::Kind, name.span, "a parameter is a number or an array")),
                };
                scope.push((name.text.clone(), value));
            }
        }
        if let (Source::Inbox(_), Some((name, _))) = (self.source, tree.hints.first()) {
            return Err(Failure::new(Code::InboxFails, name.span, "an inbox program has no hints")
                .help("the operator would choose what L1 has decided"));
        }
        if tree.signers.iter().any(|signer| signer.over.is_none()) {
            let index = self.operands.len() as u16;
            self.operands.push(Parameter { name: "until".to_string(), ty: Type::Until });
            let until = Wire::Local(Local::operand(index).id());
            // Proves the type, too: now is below 2^40.
            let wires = [until, Wire::Context(Context::Now), Wire::None];
            self.rows.row(Operation::Sub, wires, Default::default(), Check::Range(40));
        }
        Ok(())
    }

    fn parameter(&mut self, space: Space, name: &Name, full: String, ty: Type) -> Outcome<Form> {
        let list = if space == Space::Operand { &mut self.operands } else { &mut self.hints };
        if list.len() >= MOST {
            return Err(Failure::new(Code::TooLarge, name.span, format!("more than {MOST} operands or hints")));
        }
        let index = list.len() as u16;
        list.push(Parameter { name: full, ty });
        Ok(Form::local(Local { space, index }, parameter_interval(ty)))
    }

    pub(super) fn open_pages(
        &mut self,
        tree: &tree::Program,
        generics: &[(String, i128)],
        scope: &mut Scope,
    ) -> Outcome<()> {
        for page in &tree.pages {
            if scope.iter().any(|(known, _)| *known == page.name.text) {
                return Err(Failure::new(Code::Duplicate, page.name.span, format!("`{}` is taken", page.name.text)));
            }
            let value = match &page.array {
                None => Value::Page(self.open(page, None, scope)?),
                Some((index, count)) => {
                    let count = self.library.constant_value(self.file, count, generics)?;
                    let mut pages = Vec::new();
                    for k in 0..count {
                        scope.push((index.text.clone(), Value::Number(Form::constant(k))));
                        let opened = self.open(page, usize::try_from(k).ok(), scope);
                        scope.pop();
                        pages.push(Value::Page(opened?));
                    }
                    Value::Array(pages)
                }
            };
            scope.push((page.name.text.clone(), value));
        }
        Ok(())
    }

    fn open(&mut self, page: &tree::Page, repetition: Option<usize>, scope: &mut Scope) -> Outcome<usize> {
        if self.pages.len() >= MOST {
            return Err(Failure::new(Code::TooLarge, page.name.span, format!("more than {MOST} pages")));
        }
        let layout = self.library.layout_number(self.file, &page.layout)?;
        let account = self.address(&page.account, repetition, Type::Account, scope)?;
        let slot = match &page.slot {
            Some(slot) => self.address(slot, repetition, Type::Slot, scope)?,
            None => Element::ZERO,
        };
        let name = match repetition {
            Some(k) => format!("{}.{k}", page.name.text),
            None => page.name.text.clone(),
        };
        self.pages.push(PageState {
            name,
            layout,
            opening: page.opening,
            read: page.read,
            account,
            slot,
            slot_limit: 15,
            cells: core::array::from_fn(|_| Form::constant(0)),
            written: false,
            signer: 0,
            holding_used: false,
            span: page.name.span.to(page.slot.as_ref().map_or(page.account.span, |slot| slot.span)),
        });
        Ok(self.pages.len() - 1)
    }

    /// An operand, a hint or a constant itself: no sum, result or page cell.
    fn address(&mut self, expr: &Expr, repetition: Option<usize>, wanted: Type, scope: &mut Scope) -> Outcome<Element> {
        let mut value = self.value(expr, scope)?;
        if let (Value::Array(values), Some(k)) = (&value, repetition) {
            value = values
                .get(k)
                .cloned()
                .ok_or_else(|| Failure::new(Code::Count, expr.span, format!("no element {k}")))?;
        }
        let Value::Number(form) = value else {
            return Err(Failure::new(Code::Address, expr.span, format!("this is no {wanted}")));
        };
        if let Some(value) = form.as_constant() {
            let top = if wanted == Type::Slot { 15 } else { Interval::bits(32).hi };
            if !(0..=top).contains(&value) {
                return Err(Failure::new(Code::Address, expr.span, format!("there is no {wanted} {value}")));
            }
            return Ok(Element::Const(super::rows::field(value)));
        }
        match form.as_atom() {
            Some(Atom::Local(local)) if matches!(local.space, Space::Operand | Space::Hint) => {
                if self.atom_type(Atom::Local(local)) != Some(wanted) {
                    return Err(Failure::new(
                        Code::Address,
                        expr.span,
                        format!("a page is addressed by what is no {wanted}"),
                    ));
                }
                Ok(Element::Local(local.id()))
            }
            _ => Err(Failure::new(
                Code::Address,
                expr.span,
                format!("the {wanted} of a page is an operand, a hint or a constant itself"),
            )),
        }
    }

    /// Whether the page chip proves the type of that local, because it alone is an account or slot.
    fn is_address(&self, local: Local) -> bool {
        let element = Element::Local(local.id());
        self.pages.iter().any(|page| page.account == element || page.slot == element)
    }

    /// One check for each operand and hint, unless the page chip or L1 makes it.
    pub(super) fn check_parameters(&mut self, tree: &tree::Program) -> Outcome<()> {
        for (space, list) in [(Space::Operand, self.operands.clone()), (Space::Hint, self.hints.clone())] {
            for (index, parameter) in (0..).zip(&list) {
                let local = Local { space, index };
                let address = self.is_address(local);
                if parameter.ty == Type::Slot && !address {
                    let declared = tree.operands.iter().chain(&tree.hints);
                    let name = parameter.name.split('.').next().unwrap_or_default();
                    let span = declared.map(|(name, _)| name).find(|known| known.text == name);
                    let span = span.map_or(tree.name.span, |name| name.span);
                    let message = format!("slot `{}` addresses nothing", parameter.name);
                    return Err(Failure::new(Code::Address, span, message).help("use `u3` or `u4`"));
                }
                let bits = match (parameter.ty, parameter.ty.bits()) {
                    (Type::Counter | Type::Until, _) | (_, None) => continue,
                    (_, Some(bits)) => bits,
                };
                let by_l1 = matches!(self.source, Source::Inbox(_)) && space == Space::Operand;
                if !address && !by_l1 {
                    let wires = [Wire::Local(local.id()), Wire::None, Wire::None];
                    self.rows.row(Operation::Add, wires, Default::default(), Check::Range(bits));
                }
                self.narrow.insert(Form::local(local, None).key(), bits);
            }
        }
        Ok(())
    }

    /// Where pages of a layout may lie and how they may be opened (rules f, h, j, n and 1.4.9).
    pub(super) fn page_rules(&mut self) -> Outcome<()> {
        let mut supplies = Vec::new();
        for page in 0..self.pages.len() {
            let (state, layout) = (&self.pages[page], self.layout_of(page));
            let span = state.span;
            let refuse = |code, message: String| Err(Failure::new(code, span, message));
            if state.opening == Opening::Raw && !matches!(self.source, Source::Inbox(_)) {
                return refuse(Code::RawCell, "`raw` stands in inbox programs only".to_string());
            }
            let hinted = matches!(state.slot, Element::Local(id) if id >> 16 == Space::Hint as u32);
            if hinted && layout.name != HOLDING {
                return refuse(Code::Address, format!("state page `{}` at a hinted slot", state.name));
            }
            let made = matches!(state.opening, Opening::New | Opening::May) && !state.read;
            if made && layout.name == HOLDING {
                return refuse(
                    Code::Address,
                    "a holding is opened as `Holding(..)`; what moves in makes it".to_string(),
                );
            }
            if made && layout.name != "Contract" {
                self.own(page, span)?;
            }
            let header = state.slot == Element::ZERO;
            if layout.is_header() != header {
                let message =
                    if header { "is no header and lies not on page 0" } else { "is a header and lies on page 0" };
                return refuse(Code::Address, format!("a `{}` {message}", layout.name));
            }
            if layout.contract {
                self.contract_rules(page, &mut supplies)?;
            }
        }
        self.inbox_pages()?;
        self.slot_limits();
        Ok(())
    }

    fn contract_rules(&self, page: usize, supplies: &mut Vec<Element>) -> Outcome<()> {
        let (state, layout) = (&self.pages[page], self.layout_of(page));
        let refuse = |message: String| Err(Failure::new(Code::ContractLayout, state.span, message));
        let home = self.library.contract_pages.get(&state.layout);
        let lies = match state.slot {
            Element::Const(slot) => Some(i128::from(super::rows::integer(slot))),
            Element::Local(_) => None,
        };
        if lies.is_none() || home.is_some_and(|home| lies != Some(*home)) {
            let at = home.map_or_else(|| "at one constant page".to_string(), |home| format!("on page {home}"));
            return refuse(format!("contract layout `{}` lies {at}", layout.name));
        }
        match state.opening {
            Opening::Must => Ok(()),
            Opening::New => {
                let founded = self.pages.iter().enumerate().any(|(other, head)| {
                    head.opening == Opening::New
                        && head.account == state.account
                        && self.layout_of(other).name == "Contract"
                });
                if !founded {
                    return refuse(format!("a `{}` is made only beside `new Contract` of its account", layout.name));
                }
                if layout.has_supply() {
                    if supplies.contains(&state.account) {
                        return refuse("an account has one supply".to_string());
                    }
                    supplies.push(state.account);
                }
                Ok(())
            }
            Opening::May | Opening::Raw => refuse(format!("a `{}` is there or made, never either", layout.name)),
        }
    }

    /// Two pages of an inbox program may never be one: the entry would have no proof (rule n).
    fn inbox_pages(&self) -> Outcome<()> {
        if !matches!(self.source, Source::Inbox(_)) {
            return Ok(());
        }
        for (index, first) in self.pages.iter().enumerate() {
            for second in &self.pages[index + 1..] {
                if first.account != second.account || !slots_differ(first.slot, second.slot) {
                    let message = format!("`{}` and `{}` may be one page", first.name, second.name);
                    return Err(Failure::new(Code::InboxPages, second.span, message)
                        .help("pages differ by constants, or by a slot against 0 or 15"));
                }
            }
        }
        Ok(())
    }

    /// 1..=15 for an operand, 13 for a hint, 7 for the holding of an account that does not sign. L1 keeps deposits in
    /// 1..=7 and forced exits in 1..=14.
    fn slot_limits(&mut self) {
        let inbox = matches!(self.source, Source::Inbox(_));
        for page in 0..self.pages.len() {
            let state = &self.pages[page];
            let Element::Local(slot) = state.slot else { continue };
            let holding = self.layout_of(page).name == HOLDING;
            let beside_exit = self
                .pages
                .iter()
                .any(|other| other.account == state.account && other.slot == Element::Const(super::rows::field(15)));
            let stranger = !self.signed_accounts.contains(&state.account);
            let limit = match (inbox, holding) {
                (true, _) if beside_exit => 14,
                (_, true) if inbox || stranger => 7,
                _ if slot >> 16 == Space::Hint as u32 => 13,
                _ => 15,
            };
            self.pages[page].slot_limit = limit;
        }
    }

    /// What cells stand for at the beginning; a page opened as `T?` or `new T` has its tag from here on.
    pub(super) fn first_contents(&mut self) -> Outcome<()> {
        for page in 0..self.pages.len() {
            self.pages[page].cells = core::array::from_fn(|cell| self.old_cell(page, cell));
            let (opening, read, account, span): (_, _, _, Span) = {
                let state = &self.pages[page];
                (state.opening, state.read, state.account, state.span)
            };
            let Some(tag) = self.layout_of(page).tag_number() else { continue };
            if opening == Opening::New && self.layout_of(page).is_header() {
                let form = self.address_form(account);
                let scale = Form::atom(Atom::Context(Context::Scale), None);
                self.rows.product(&form, &scale, Check::Range(NEW_ACCOUNT_BITS));
            }
            if opening == Opening::New || opening == Opening::May && !read {
                self.set(page, 0, Form::constant(i128::from(tag)), span)?;
            }
        }
        Ok(())
    }
}

/// Whether two slots of one account are surely different.
fn slots_differ(first: Element, second: Element) -> bool {
    match (first, second) {
        (Element::Const(first), Element::Const(second)) => first != second,
        (Element::Local(_), Element::Const(constant)) | (Element::Const(constant), Element::Local(_)) => {
            matches!(super::rows::integer(constant), 0 | 15)
        }
        (Element::Local(_), Element::Local(_)) => false,
    }
}

/// What the check of a parameter's type proves; nothing is proven of a counter.
fn parameter_interval(ty: Type) -> Option<Interval> {
    match ty {
        Type::Counter => None,
        _ => ty.bits().map(Interval::bits),
    }
}
