//! `move`, `mint`, `burn`: subtract here, add there, and both places hold that asset.
//!
//! A holding is tested where it is used: out of it its tag is the asset; into it its tag is the asset or 0. A field of a
//! page names its asset in its layout.

use super::form::Form;
use super::{Compiler, Scope, Value, too_large};
use crate::diagnostic::{Code, Failure, Outcome, Span};
use crate::layout::{AssetOf, HOLDING, Role};
use crate::library::{NATIVE, unknown};
use crate::program::{Check, Element, Operation, Transfer, Wire};
use crate::syntax::tree::{Expr, ExprKind, Movement, Name};

/// Width of an asset, and of a fee.
const ASSET_BITS: u8 = 48;
const FEE_BITS: u8 = 40;

/// What moves.
struct Moved {
    amount: Form,
    asset: Form,
    kind: Movement,
    span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Out,
    In,
}

impl Compiler<'_> {
    pub(super) fn transfer(
        &mut self,
        kind: Movement,
        [amount, asset]: [&Expr; 2],
        [from, to]: [&Expr; 2],
        span: Span,
        scope: &mut Scope,
    ) -> Outcome<()> {
        let form = self.number(amount, scope)?;
        let amount = self.fits(form, 62, amount.span)?;
        let asset_form = self.number(asset, scope)?;
        if !asset_form.interval.is_some_and(|interval| interval.within_bits(ASSET_BITS)) {
            return Err(Failure::new(Code::Asset, asset.span, "this is no asset: it may exceed 48 bits")
                .help("tags of state pages begin at 2^48; give it the type `asset`"));
        }
        let moved = Moved { amount, asset: asset_form, kind, span };
        let names = match kind {
            Movement::Move => {
                [self.place(from, Direction::Out, &moved, scope)?, self.place(to, Direction::In, &moved, scope)?]
            }
            Movement::Mint => [self.supply(from, &moved, scope)?, self.place(to, Direction::In, &moved, scope)?],
            Movement::Burn => {
                let supply = self.supply(to, &moved, scope)?;
                [self.place(from, Direction::Out, &moved, scope)?, supply]
            }
        };
        let [from, to] = names;
        self.transfers.push(Transfer { from, to });
        Ok(())
    }

    /// The supply that a mint raises or a burn lowers.
    fn supply(&mut self, place: &Expr, moved: &Moved, scope: &mut Scope) -> Outcome<String> {
        let target = self.cell_reference(place, scope)?;
        let (page, cell) = (target.page, target.cell);
        let layout = self.layout_of(page);
        if layout.cells[cell].role != Role::Supply || target.count != 1 {
            return Err(Failure::new(Code::Place, place.span, "only a supply can be minted from or burnt into"));
        }
        self.own(page, place.span)?;
        let account = self.address_form(self.pages[page].account);
        let receipt = Form::constant(1 << 40).add_scaled(&account, 16).ok_or_else(|| too_large(place.span))?;
        if receipt.key() != moved.asset.key() {
            return Err(Failure::new(Code::Asset, moved.span, "a supply counts the receipt of its own account")
                .help(format!("`receipt({}.account, 0)`", self.page_name(page))));
        }
        self.change(page, cell, if moved.kind == Movement::Mint { 1 } else { -1 }, moved, place.span)
    }

    /// Takes out of or puts into any place; the name is for `explain`.
    fn place(&mut self, place: &Expr, direction: Direction, moved: &Moved, scope: &mut Scope) -> Outcome<String> {
        match &place.kind {
            ExprKind::Name(name) if name == "fees" && !in_scope(name, scope) => self.fees(direction, moved),
            ExprKind::Name(name) if name == "locked" && !in_scope(name, scope) => {
                if moved.kind == Movement::Mint && direction == Direction::In {
                    return Ok(name.clone());
                }
                Err(Failure::new(Code::Place, place.span, "`locked` is only a target of `mint`"))
            }
            ExprKind::Call(name, elements) if self.library.record(self.file, &name.text).is_some() => {
                if direction == Direction::Out || moved.kind != Movement::Move {
                    return Err(Failure::new(Code::Place, place.span, "a record is only the target of a `move`"));
                }
                let mut forms = vec![moved.asset.clone(), moved.amount.clone()];
                for element in elements {
                    forms.push(self.number(element, scope)?);
                }
                self.record(name, forms)?;
                Ok(name.text.clone())
            }
            _ => {
                if let Some(page) = self.whole_page(place, scope)? {
                    return self.holding(page, direction, moved, place.span);
                }
                self.balance(place, direction, moved, scope)
            }
        }
    }

    fn whole_page(&mut self, place: &Expr, scope: &mut Scope) -> Outcome<Option<usize>> {
        let candidate = match &place.kind {
            ExprKind::Name(_) => true,
            ExprKind::Index(base, _) => matches!(base.kind, ExprKind::Name(_)),
            _ => false,
        };
        match candidate.then(|| self.value(place, scope)).transpose()? {
            Some(Value::Page(page)) => Ok(Some(page)),
            Some(_) => Err(Failure::new(Code::Place, place.span, "assets are in pages, `fees` and records")),
            None => Ok(None),
        }
    }

    fn fees(&mut self, direction: Direction, moved: &Moved) -> Outcome<String> {
        if moved.asset.as_constant() != Some(NATIVE) {
            return Err(Failure::new(Code::Asset, moved.span, "fees are paid in NATIVE"));
        }
        if direction == Direction::Out {
            // The accumulator never falls: a field that ends as `fees_before` is its counterpart, see `end_rules`.
            self.fee_claims.push((moved.amount.clone(), moved.span));
            return Ok("fees".to_string());
        }
        if moved.kind != Movement::Move {
            return Err(Failure::new(Code::Place, moved.span, "fees are moved, not minted"));
        }
        let fee = self.fits(moved.amount.clone(), FEE_BITS, moved.span)?;
        let a = self.rows.wire(&fee);
        self.rows.row(Operation::Fee, [a, Wire::None, Wire::None], Default::default(), Check::None);
        Ok("fees".to_string())
    }

    fn holding(&mut self, page: usize, direction: Direction, moved: &Moved, span: Span) -> Outcome<String> {
        if self.layout_of(page).name != HOLDING {
            let message = format!("page `{}` is no holding", self.page_name(page));
            return Err(Failure::new(Code::Place, span, message).help("name a balance of it"));
        }
        let tag = self.pages[page].cells[0].clone();
        let difference = tag.add_scaled(&moved.asset, -1).ok_or_else(|| too_large(span))?;
        if direction == Direction::Out {
            self.owner_signs(page, span)?;
            self.assert_zero(&difference, moved.span)?;
        } else {
            self.assert_product_zero(&tag, &difference, moved.span)?;
            self.set(page, 0, moved.asset.clone(), span)?;
        }
        self.pages[page].holding_used = true;
        self.change(page, 1, sign(direction), moved, span)
    }

    /// A field of a page of this file.
    fn balance(&mut self, place: &Expr, direction: Direction, moved: &Moved, scope: &mut Scope) -> Outcome<String> {
        let target = self.cell_reference(place, scope)?;
        let (page, cell) = (target.page, target.cell);
        let layout = self.layout_of(page);
        let Role::Balance(of) = layout.cells[cell].role else {
            return Err(Failure::new(Code::Place, place.span, format!("`{}` is no balance", layout.cell_name(cell))));
        };
        if target.count != 1 {
            return Err(Failure::new(Code::Place, place.span, "this is an array of balances; name one"));
        }
        if layout.name == HOLDING {
            return Err(Failure::new(Code::Place, place.span, "name the holding itself"));
        }
        self.own(page, place.span)?;
        if layout.nonce().is_some() && direction == Direction::Out {
            self.owner_signs(page, place.span)?;
        }
        let asset = match of {
            AssetOf::Constant(asset) => Form::constant(i128::from(asset)),
            AssetOf::Cell(cell) => self.pages[page].cells[cell as usize].clone(),
        };
        let difference = asset.add_scaled(&moved.asset, -1).ok_or_else(|| too_large(place.span))?;
        self.assert_zero(&difference, moved.span)?;
        self.change(page, cell, sign(direction), moved, place.span)
    }

    fn owner_signs(&self, page: usize, span: Span) -> Outcome<()> {
        if self.signed_accounts.contains(&self.pages[page].account) {
            return Ok(());
        }
        let place = if self.layout_of(page).name == HOLDING { "a holding" } else { "the credit of an account" };
        Err(Failure::new(Code::OwnerDoesNotSign, span, format!("takes from {place} whose owner does not sign"))
            .help("add a signer, or swap the places"))
    }

    fn change(&mut self, page: usize, cell: usize, sign: i128, moved: &Moved, span: Span) -> Outcome<String> {
        let new = self.pages[page].cells[cell].add_scaled(&moved.amount, sign).ok_or_else(|| too_large(span))?;
        self.store(page, cell, new, moved.span)?;
        Ok(format!("{}.{}", self.page_name(page), self.layout_of(page).cell_name(cell)))
    }

    /// A record of kind `name` with these elements after the kind.
    pub(super) fn record(&mut self, name: &Name, forms: Vec<Form>) -> Outcome<()> {
        let kind = self.library.record(self.file, &name.text).ok_or_else(|| unknown("record", name))?;
        if forms.len() > 7 {
            return Err(Failure::new(Code::Count, name.span, "a record has a kind, an asset, an amount and five more"));
        }
        let mut record = [Element::ZERO; 8];
        record[0] = Element::Const(super::rows::field(i128::from(kind)));
        for (element, form) in record[1..].iter_mut().zip(&forms) {
            *element = self.rows.element(form);
        }
        self.records.push(record);
        Ok(())
    }
}

const fn sign(direction: Direction) -> i128 {
    match direction {
        Direction::Out => -1,
        Direction::In => 1,
    }
}

fn in_scope(name: &str, scope: &Scope) -> bool {
    scope.iter().any(|(known, _)| known == name)
}
