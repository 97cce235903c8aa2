//! What a case leaves: contents of pages, records, and the sum of each asset.

use p3_field::PrimeField64;

use super::super::pages::address;
use super::super::{Rule, Verdict};
use super::knowledge::ASSET_BITS;
use super::{Case, Content, Inbox};
use crate::form::{Atom, Form, Key};
use crate::layout::{AssetOf, Layout, Role};
use crate::program::{Element, Local, Space, Type};

/// Page of an account that says where forced exits pay.
const EXIT_SLOT: u64 = 15;

impl Inbox<'_> {
    /// What the case leaves: contents of pages, records, and the sum of each asset.
    pub(super) fn finish(&mut self, case: &Case) -> Verdict {
        let mut ledger: Vec<(Key, Form)> = Vec::new();
        for page in 0..self.program.pages.len() {
            self.page(page, case, &mut ledger)?;
        }
        for (record, elements) in self.program.records.iter().enumerate() {
            let [kind, asset, amount] = [elements[0], elements[1], elements[2]].map(|part| self.element(part, case));
            let what = if kind.as_constant().is_none_or(|kind| kind == 0) {
                "a record without a constant kind"
            } else if !self.within(&asset, ASSET_BITS, case) {
                "a record of what may be no asset"
            } else if !self.within(&amount, 62, case) {
                "a record of an amount that may exceed 62 bits"
            } else {
                enter(&mut ledger, &asset, &amount, 1)?;
                continue;
            };
            return Err(Rule::Record { record, what });
        }
        ledger.retain(|(_, left)| !left.is_zero());
        let incoming = match &ledger[..] {
            [] => None,
            [(asset, left)] if is_operand(left) => Some((asset.clone(), left.key())),
            _ => return Err(Rule::Conservation("a case of an inbox program makes or loses assets".to_string())),
        };
        if *self.incoming.get_or_insert_with(|| incoming.clone()) != incoming {
            return Err(Rule::Conservation("cases of an inbox program take in different amounts".to_string()));
        }
        Ok(())
    }

    fn page(&self, page: usize, case: &Case, ledger: &mut Vec<(Key, Form)>) -> Verdict {
        let refuse = |cell, what| Err(Rule::Cell { page, cell, what });
        let slot = &self.program.pages[page];
        let new: Vec<Form> = slot.new.iter().map(|element| self.element(*element, case)).collect();
        let old: Vec<Form> = (0..8).map(|cell| self.local(Local::old_cell(page as u16, cell).id(), case)).collect();
        if new.iter().zip(&old).all(|(new, old)| new.key() == old.key()) {
            return Ok(());
        }
        match self.content(page as u16, case) {
            Content::Unknown => return refuse(0, "changes a page whose tag is not known"),
            Content::Empty => {}
            Content::Of(layout) => {
                let falls = |(cell, kind): (usize, &crate::layout::CellType)| {
                    let gain = new[cell].add_scaled(&old[cell], -1);
                    let gain = gain.and_then(|gain| self.interval(&gain, case));
                    matches!(kind.role, Role::Balance(_)) && gain.is_none_or(|gain| gain.lo < 0)
                };
                if layout.cells.iter().enumerate().any(falls) && !self.exits(page, case) {
                    return refuse(1, "what is owned falls without its owner's exit");
                }
                self.balances(layout, &old, -1, ledger)?;
            }
        }
        let layout = match self.content_of(&new[0], None) {
            Content::Unknown => return refuse(0, "a tag that is no layout's"),
            Content::Empty if new.iter().all(Form::is_zero) => return Ok(()),
            Content::Empty => return refuse(0, "a page with content and without a tag"),
            Content::Of(layout) => layout,
        };
        let lies = Element::Const(Default::default()) == slot.slot;
        if layout.contract || layout.is_header() != lies || address(slot, layout).is_err() {
            return refuse(0, "a layout at a place where it does not lie");
        }
        for (cell, kind) in layout.cells.iter().enumerate().skip(1) {
            let form = &new[cell];
            match (kind.role, kind.ty, kind.ty.bits()) {
                _ if form.key() == old[cell].key() && kind.role != Role::Unused => {}
                (Role::Supply, ..) => return refuse(cell, "a supply that an inbox program sets"),
                (Role::Unused, ..) if !form.is_zero() => return refuse(cell, "stores into an unused cell"),
                (_, Type::Counter, _) if form.as_constant().is_none() => return refuse(cell, "sets a counter"),
                (Role::Unused, ..) | (_, _, None) => {}
                (_, _, Some(bits)) if !self.within(form, bits, case) => {
                    return refuse(cell, "a value that may exceed its type");
                }
                _ => {}
            }
        }
        self.balances(layout, &new, 1, ledger)
    }

    /// Whether all records pay where the `Exit` page of the account says.
    fn exits(&self, page: usize, case: &Case) -> bool {
        let account = self.program.pages[page].account;
        let mut pages = self.program.pages.iter().zip(0..);
        pages.any(|(slot, exit)| {
            let lies = matches!(slot.slot, Element::Const(slot) if slot.as_canonical_u64() == EXIT_SLOT);
            let known = matches!(self.content(exit, case), Content::Of(layout) if layout.name == "Exit");
            let paid = self.program.records.iter().all(|record| {
                (1..4).zip(&record[3..]).all(|(cell, limb)| {
                    let own = self.local(Local::old_cell(exit, cell).id(), case);
                    own.key() == self.element(*limb, case).key()
                })
            });
            lies && slot.account == account && known && paid
        })
    }

    fn balances(&self, layout: &Layout, cells: &[Form], sign: i128, ledger: &mut Vec<(Key, Form)>) -> Verdict {
        for (form, kind) in cells.iter().zip(&layout.cells) {
            match kind.role {
                Role::Balance(AssetOf::Constant(asset)) => {
                    enter(ledger, &Form::constant(i128::from(asset)), form, sign)?;
                }
                Role::Balance(AssetOf::Cell(of)) => enter(ledger, &cells[of as usize], form, sign)?,
                Role::Tag | Role::Plain | Role::Supply | Role::Unused => {}
            }
        }
        Ok(())
    }
}

fn enter(ledger: &mut Vec<(Key, Form)>, asset: &Form, amount: &Form, sign: i128) -> Verdict {
    let key = asset.key();
    let place = ledger.iter().position(|(known, _)| *known == key);
    let place = place.unwrap_or_else(|| {
        ledger.push((key, Form::constant(0)));
        ledger.len() - 1
    });
    let sum = ledger[place].1.add_scaled(amount, sign);
    ledger[place].1 = sum.ok_or_else(|| Rule::Conservation("numbers beyond 2^127 arise".to_string()))?;
    Ok(())
}

/// One operand, once.
fn is_operand(form: &Form) -> bool {
    matches!(form.as_atom(), Some(Atom::Local(Local { space: Space::Operand, .. })))
}
