//! What a case knows: values of atoms, contents of pages, intervals.

use super::super::value::{centred, context_interval};
use super::{Case, Content, Inbox};
use crate::form::{Atom, Form, Interval, MODULUS};
use crate::layout::Role;
use crate::program::{Element, Local, LocalId, Space, Type, Wire};

/// Widest asset.
pub(super) const ASSET_BITS: u8 = 48;

impl<'p> Inbox<'p> {
    pub(super) fn wire(&self, wire: Wire, case: &Case) -> Form {
        match wire {
            Wire::None => Form::constant(0),
            Wire::Local(id) => self.local(id, case),
            Wire::Context(context) => Form::atom(Atom::Context(context), context_interval(context)),
        }
    }

    pub(super) fn local(&self, id: LocalId, case: &Case) -> Form {
        let form = match Local::from_id(id) {
            Some(Local { space: Space::Result, index }) => {
                case.results.get(index as usize).cloned().unwrap_or_else(|| Form::constant(0))
            }
            Some(local) => Form::local(local, None),
            None => Form::constant(0),
        };
        self.reduce(&form, case)
    }

    pub(super) fn element(&self, element: Element, case: &Case) -> Form {
        match element {
            Element::Const(value) => Form::constant(centred(value)),
            Element::Local(id) => self.local(id, case),
        }
    }

    /// The form with everything put in that the case knows.
    pub(super) fn reduce(&self, form: &Form, case: &Case) -> Form {
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

    pub(super) fn known_value(&self, atom: Atom, case: &Case) -> Option<Form> {
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
    pub(super) fn content(&self, page: u16, case: &Case) -> Content<'p> {
        let tag = self.local(Local::old_cell(page, 0).id(), case);
        self.content_of(&tag, Some(Local::old_cell(page, 0)))
    }

    /// What a page of that tag holds. `itself` is a tag that says nothing.
    pub(super) fn content_of(&self, tag: &Form, itself: Option<Local>) -> Content<'p> {
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

    pub(super) fn operand_type(&self, local: Local) -> Option<Type> {
        self.declared.operands.get(local.index as usize).map(|operand| operand.ty)
    }

    /// Where the integer lies in this case.
    pub(super) fn interval(&self, form: &Form, case: &Case) -> Option<Interval> {
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

    pub(super) fn within(&self, form: &Form, bits: u8, case: &Case) -> bool {
        self.interval(form, case).is_some_and(|interval| interval.within_bits(bits) && interval.hi < MODULUS)
    }
}
