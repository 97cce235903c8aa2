//! Signers and their messages (rules g, h, k), and what can be said only when all rows are there.

use super::form::{Atom, Form, Interval};
use super::{Compiler, Scope, too_large};
use crate::diagnostic::{Code, Failure, Outcome, Span};
use crate::layout::HOLDING;
use crate::program::{Context, Element, Local, Message, Source, Space};
use crate::syntax::tree::{self, Opening};

/// Page on which the second key of an account lies.
const GUARD_SLOT: i128 = 14;

impl Compiler<'_> {
    /// The pages that sign, in order; each is opened *must* and has its key in cells 1 to 5.
    pub(super) fn signers(&mut self, tree: &tree::Program, scope: &Scope) -> Outcome<Vec<usize>> {
        match (self.source, tree.signers.first()) {
            (Source::Signed, None) => {
                return Err(Failure::new(Code::Nonce, tree.name.span, "no signer")
                    .help("`signed by user`, or `system program` for what anyone may cause at any time"));
            }
            (Source::Inbox(_) | Source::System, Some(signer)) => {
                return Err(Failure::new(Code::Nonce, signer.page.span, "an inbox or system program has no signers"));
            }
            _ => {}
        }
        if tree.signers.len() > 15 {
            return Err(Failure::new(Code::TooLarge, tree.name.span, "more than 15 signers"));
        }
        let mut signers = Vec::new();
        for (number, signer) in (1..).zip(&tree.signers) {
            let page = self.page(&signer.page, scope)?;
            let span = signer.page.span;
            let state = &self.pages[page];
            let layout = self.layout_of(page);
            if state.opening != Opening::Must || !layout.has_key() || layout.number.is_none() {
                let message = format!("`{}` cannot sign: it is no page of a key opened as `T(x)`", state.name);
                return Err(Failure::new(Code::Signer, span, message));
            }
            if signers.contains(&page) {
                return Err(Failure::new(Code::Signer, span, format!("`{}` signs twice", state.name)));
            }
            if layout.nonce().is_some() {
                self.signed_accounts.push(state.account);
            }
            self.pages[page].signer = number;
            signers.push(page);
        }
        for page in &signers {
            let state = &self.pages[*page];
            let guarded = signers.iter().any(|other| {
                let guard = &self.pages[*other];
                self.layout_of(*other).name == "Guard"
                    && guard.account == state.account
                    && guard.slot == Element::Const(super::rows::field(GUARD_SLOT))
            });
            if self.layout_of(*page).name == "Guarded" && !guarded {
                return Err(Failure::new(Code::Signer, state.span, "a `Guarded` account signs only with its `Guard`"));
            }
        }
        Ok(signers)
    }

    /// The messages, over what is known before the first statement.
    pub(super) fn sign(&mut self, tree: &tree::Program, signers: &[usize], scope: &mut Scope) -> Outcome<()> {
        for signer in &tree.signers {
            let message = match &signer.over {
                None => self.default_message(signers, signer.page.span)?,
                Some((name, elements)) => {
                    let declared = self.library.message(self.file, name)?.clone();
                    if declared.file != self.home {
                        let owner = &self.library.files[declared.file as usize];
                        let message = format!("message `{}` is private to {owner}.braid", name.text);
                        return Err(Failure::new(Code::Message, name.span, message));
                    }
                    if declared.types.len() != elements.len() {
                        let message = format!("message `{}` has {} elements", name.text, declared.types.len());
                        return Err(Failure::new(Code::Count, name.span, message));
                    }
                    let mut values = Vec::new();
                    for (ty, element) in declared.types.iter().zip(elements) {
                        let form = self.number(element, scope)?;
                        let fits = match (form.as_constant(), form.as_atom()) {
                            (Some(value), _) => ty.bits().is_none_or(|bits| Interval::point(value).within_bits(bits)),
                            (None, Some(Atom::Local(Local { space: Space::Operand | Space::Hint, .. }))) => {
                                form.as_atom().and_then(|atom| self.atom_type(atom)) == Some(*ty)
                            }
                            _ => false,
                        };
                        if !fits {
                            let message = format!("this element of `{}` is an operand of type `{ty}`", name.text);
                            return Err(Failure::new(Code::Message, element.span, message));
                        }
                        values.push(self.rows.element(&form));
                    }
                    Message::Over { number: declared.number, elements: values }
                }
            };
            self.messages.push(message);
        }
        Ok(())
    }

    /// Nonce of the first signer, `until`, all other operands.
    fn default_message(&self, signers: &[usize], span: Span) -> Outcome<Message> {
        let header = signers.first().and_then(|page| self.layout_of(*page).nonce().map(|nonce| (*page, nonce)));
        let Some((page, nonce)) = header else {
            return Err(Failure::new(Code::Nonce, span, "a default message needs a header as the first signer")
                .help("its nonce is what stops a replay"));
        };
        // `until` is the last operand of every program with a default message.
        let until = self.operands.len() as u16 - 1;
        let nonce = Local::old_cell(page as u16, u16::from(nonce));
        let locals = [nonce, Local::operand(until)].into_iter().chain((0..until).map(Local::operand));
        Ok(Message::Default { elements: locals.map(|local| Element::Local(local.id())).collect() })
    }

    /// What holds of the finished program only.
    pub(super) fn end_rules(&self, tree: &tree::Program, signers: &[usize]) -> Outcome<()> {
        for ((page, message), signer) in signers.iter().zip(&self.messages).zip(&tree.signers) {
            let span = signer.page.span;
            let state = &self.pages[*page];
            let signed = |element: Element| element.local().is_none() || message.elements().contains(&element);
            let by_operand =
                |element: Element| !matches!(element, Element::Local(id) if id >> 16 == Space::Hint as u32);
            if !signed(state.account) || !by_operand(state.account) {
                let message = format!("the account of signer `{}` is no operand in the message he signs", state.name);
                return Err(Failure::new(Code::Signer, span, message));
            }
            if !signed(state.slot) && !self.compared_with_signed(*page, message) {
                let message =
                    format!("the page of signer `{}` is neither signed nor compared with what is", state.name);
                return Err(Failure::new(Code::Signer, span, message));
            }
            match (&signer.over, message) {
                (Some((name, _)), Message::Over { .. }) => self.replay_rule(name, message)?,
                _ => self.nonce_rule(signers, span)?,
            }
        }
        self.all_signed(tree)?;
        self.fee_claim_rule()?;
        self.tested_holdings()
    }

    /// A cell of the signer's page is asserted to equal an operand of the message.
    fn compared_with_signed(&self, page: usize, message: &Message) -> bool {
        self.zero.iter().any(|key| {
            let [(first, x), (second, y)] = key.terms[..] else { return false };
            let cell = |atom| matches!(atom, Atom::Local(Local { space: Space::OldCell, index }) if index as usize / 8 == page);
            let signed = |atom| {
                matches!(atom, Atom::Local(local) if local.space == Space::Operand
                    && message.elements().contains(&Element::Local(local.id())))
            };
            let opposite = u128::from(x) + u128::from(y) == super::form::MODULUS as u128 && (x == 1 || y == 1);
            key.constant == 0 && opposite && (cell(first) && signed(second) || cell(second) && signed(first))
        })
    }

    /// The header of the first signer is written with its nonce one up.
    fn nonce_rule(&self, signers: &[usize], span: Span) -> Outcome<()> {
        let stepped = signers.first().is_some_and(|page| {
            let Some(nonce) = self.layout_of(*page).nonce() else { return false };
            let next = self.old_cell(*page, nonce as usize).add_scaled(&Form::constant(1), 1);
            next.is_some_and(|next| next.key() == self.pages[*page].cells[nonce as usize].key())
        });
        if stepped {
            return Ok(());
        }
        Err(Failure::new(Code::Nonce, span, "the nonce is not stepped by one").help("call `begin(user, fee)`"))
    }

    /// The layout that a message names changes at a place that the message names.
    fn replay_rule(&self, name: &tree::Name, message: &Message) -> Outcome<()> {
        let by = self.library.message(self.file, name)?.by;
        let named = |element: Element| element.local().is_none() || message.elements().contains(&element);
        // A page that keeps its cells, or gets constants, would let the same message pass again; one that had to be there and is closed does not.
        let stops = |page: usize| {
            let state = &self.pages[page];
            let closed = state.opening == Opening::Must && state.cells[0].as_constant() == Some(0);
            let mut cells = state.cells.iter().enumerate().skip(1);
            closed
                || cells.any(|(cell, new)| new.as_constant().is_none() && new.key() != self.old_cell(page, cell).key())
        };
        let stopped = self.pages.iter().enumerate().any(|(number, page)| {
            page.layout == by
                && stops(number)
                && matches!(page.opening, Opening::Must | Opening::May)
                && named(page.account)
                && named(page.slot)
        });
        if stopped {
            return Ok(());
        }
        let by = &self.library.layouts[by].name;
        let message =
            format!("what stops a replay of `{}` is a `{by}`, which does not change at a signed place", name.text);
        Err(Failure::new(Code::Message, name.span, message))
    }

    /// Every operand of a signed program is signed by someone; the others are hints.
    fn all_signed(&self, tree: &tree::Program) -> Outcome<()> {
        if self.source != Source::Signed {
            return Ok(());
        }
        for (index, operand) in (0..).zip(&self.operands) {
            let element = Element::Local(Local::operand(index).id());
            if !self.messages.iter().any(|message| message.elements().contains(&element)) {
                let message = format!("operand `{}` is in no message", operand.name);
                return Err(Failure::new(Code::Unsigned, tree.name.span, message).help("make it a hint"));
            }
        }
        Ok(())
    }

    /// What leaves the fees is `fees_before − x` where the field `x` ends as `fees_before`: each fee is claimed once.
    fn fee_claim_rule(&self) -> Outcome<()> {
        let before = Form::atom(Atom::Context(Context::FeesBefore), Some(Interval::bits(62)));
        for (count, (amount, span)) in self.fee_claims.iter().enumerate() {
            let mut matched = false;
            for (page, state) in self.pages.iter().enumerate() {
                for (cell, form) in state.cells.iter().enumerate() {
                    let difference = before.add_scaled(&self.old_cell(page, cell), -1);
                    let difference = difference.ok_or_else(|| too_large(*span))?;
                    // The amount may be a checked row by now: then the row holds this very form.
                    let same = difference.key() == amount.key() || self.rows.holds(&difference, amount);
                    matched |= state.opening == Opening::Must && form.key() == before.key() && same;
                }
            }
            if !matched || count > 0 || self.source != Source::System {
                return Err(Failure::new(Code::Place, *span, "fees are claimed once")
                    .help("in a system program: `move fees_before - t.claimed of NATIVE from fees to ..; t.claimed = fees_before;`"));
            }
        }
        Ok(())
    }

    /// A holding whose amount is looked at, moved or closed has its tag tested against an asset.
    fn tested_holdings(&self) -> Outcome<()> {
        for (page, state) in self.pages.iter().enumerate() {
            if self.layout_of(page).name != HOLDING || state.opening == Opening::Raw || !state.holding_used {
                continue;
            }
            let tested = self.zero.iter().chain(self.zero_products.iter().map(|(_, key)| key));
            if !tested.into_iter().any(|key| self.tests_tag(page, key)) {
                let message = format!("the tag of holding `{}` is not tested", state.name);
                return Err(Failure::new(Code::Untested, state.span, message).help("`require a.tag == asset`"));
            }
        }
        Ok(())
    }

    /// Whether a form that is 0 says that the page's tag is an asset.
    fn tests_tag(&self, page: usize, key: &super::form::Key) -> bool {
        let tag = Atom::Local(Local::old_cell(page as u16, 0));
        // ±(tag − rest) with rest within 48 bits by the types of its atoms.
        [1, -1].into_iter().any(|sign: i128| {
            let Some((_, coefficient)) = key.terms.iter().find(|(atom, _)| *atom == tag) else { return false };
            if super::form::residue(sign) != *coefficient {
                return false;
            }
            let mut rest = Form::constant(super::rows::centred(super::form::residue(-sign * i128::from(key.constant))));
            for (atom, coefficient) in key.terms.iter().filter(|(atom, _)| *atom != tag) {
                let Some(bits) = self.atom_type(*atom).and_then(|ty| ty.bits()) else { return false };
                let factor = super::rows::centred(super::form::residue(-sign * i128::from(*coefficient)));
                let atom = Form::atom(*atom, Some(Interval::bits(bits)));
                let Some(sum) = rest.add_scaled(&atom, factor) else { return false };
                rest = sum;
            }
            rest.interval.is_some_and(|interval| interval.within_bits(48))
        })
    }
}
