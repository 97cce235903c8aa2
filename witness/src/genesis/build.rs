//! From a genesis to pages, tree and parameters.

use super::check::{check_page, check_supplies};
use super::{Account, Asset, Contract, Genesis, GenesisError, NATIVE, StatePage, Value};
use crate::chunk::{Boundary, Parameters};
use crate::decimal::Decimal;
use braid_contracts::layout::{HOLDING, Layout, TAG_BASE};
use braid_contracts::registry::Registry;
use braid_primitives::schnorr::PublicKey;
use braid_primitives::{Digest, F, MODULUS, Page, domain, poseidon2};
use braid_state_tree::{Tree, first_upper_account};
use p3_field::PrimeCharacteristicRing;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Page of a contract account on which the treasury lies.
const TREASURY_SLOT: u64 = 8;
/// Greatest slot of a holding: the pages above are for the account's own protection.
const LAST_HOLDING: u64 = 13;

/// A chain that has not seen a transaction.
#[derive(Clone, Debug)]
pub struct Origin {
    /// What the chain is.
    pub parameters: Parameters,
    /// Its pages.
    pub tree: Tree,
    /// Where its first batch begins: the tree's root, and zeros.
    pub boundary: Boundary,
    /// Quanta of each asset and receipt in existence: what L1 must hold in escrow, for listed assets.
    pub totals: BTreeMap<u64, u128>,
}

/// The digest of the list of assets and quanta: a sponge over number and quantum of each, in order.
pub fn asset_digest(chain_id: F, assets: &[Asset]) -> Digest {
    let elements: Vec<F> = assets.iter().flat_map(|asset| [asset.id.0, asset.quantum.0]).map(F::from_u64).collect();
    let iv = domain::iv(domain::ASSETS, elements.len(), chain_id, F::ZERO, F::ZERO);
    poseidon2::digest(poseidon2::sponge(iv, &elements))
}

/// The pages of a genesis, with the key path of each.
pub(super) struct Pages<'a> {
    pub(super) registry: &'a Registry,
    pub(super) depth: u32,
    pub(super) pages: BTreeMap<u64, (Page, String)>,
}

impl Genesis {
    /// Builds the first state.
    ///
    /// # Errors
    /// [`GenesisError::Key`] with the path of the first key that breaks an invariant.
    pub fn build(&self, registry: &Registry) -> Result<Origin, GenesisError> {
        if self.chain_id.0 >= MODULUS {
            return Err(GenesisError::at("chain_id", format!("must be below {MODULUS}")));
        }
        let mut tree = Tree::new(self.depth).map_err(|error| GenesisError::at("depth", error.to_string()))?;
        self.check_assets()?;
        let mut pages = Pages { registry, depth: self.depth, pages: BTreeMap::new() };
        pages.insert(0, 0, pages.header("Contract", "account 0")?, "account 0")?;
        for (number, account) in self.accounts.iter().enumerate() {
            pages.user(account, &format!("accounts[{number}]"))?;
        }
        for (number, contract) in self.contracts.iter().enumerate() {
            pages.contract(contract, &format!("contracts[{number}]"), "number")?;
        }
        self.treasury(&mut pages)?;
        let totals = check_supplies(&pages, self)?;
        let content: Vec<(u64, Page)> = pages.pages.iter().map(|(address, (page, _))| (*address, *page)).collect();
        tree.update(&content).map_err(|error| GenesisError::Text(error.to_string()))?;
        let chain_id = F::from_u64(self.chain_id.0);
        let parameters = Parameters { chain_id, depth: self.depth, assets: asset_digest(chain_id, &self.assets) };
        let boundary = Boundary { root: tree.root(), ..Boundary::default() };
        Ok(Origin { parameters, tree, boundary, totals })
    }

    fn check_assets(&self) -> Result<(), GenesisError> {
        let mut seen = Vec::new();
        for (number, asset) in self.assets.iter().enumerate() {
            let at = |key, message: &str| GenesisError::at(format!("assets[{number}].{key}"), message);
            if asset.id.0 == 0 || asset.id.0 >> 32 != 0 {
                return Err(at("id", "must be 1..2^32"));
            }
            if seen.contains(&asset.id.0) {
                return Err(at("id", "is listed twice"));
            }
            if asset.quantum.0 == 0 || asset.quantum.0 >= MODULUS {
                return Err(at("quantum", "must be positive, and below the field's order"));
            }
            seen.push(asset.id.0);
        }
        if !seen.contains(&NATIVE) {
            return Err(GenesisError::at("assets", "the native asset, number 1, is missing"));
        }
        Ok(())
    }

    /// The treasury's account and page; its operator is a user.
    fn treasury(&self, pages: &mut Pages<'_>) -> Result<(), GenesisError> {
        let operator = self.treasury.operator.0;
        if !self.accounts.iter().any(|account| account.number.0 == operator) {
            return Err(GenesisError::at("treasury.operator", format!("account {operator} is not a user")));
        }
        let fields = [("operator".to_owned(), Value::One(self.treasury.operator))];
        let page = StatePage { slot: TREASURY_SLOT, layout: "Treasury".into(), fields: fields.into() };
        pages.contract(&Contract { number: self.treasury.account, pages: vec![page] }, "treasury", "account")
    }
}

impl Pages<'_> {
    fn layout(&self, name: &str, path: &str) -> Result<&Layout, GenesisError> {
        self.registry
            .layout(name)
            .ok_or_else(|| GenesisError::at(path, format!("no contract declares a layout {name}")))
    }

    /// A page with nothing but a tag.
    fn header(&self, name: &str, path: &str) -> Result<Page, GenesisError> {
        let mut page = Page::default();
        page[0] = self.layout(name, path)?.tag().unwrap_or_default();
        Ok(page)
    }

    fn insert(&mut self, account: u64, slot: u64, page: Page, path: &str) -> Result<(), GenesisError> {
        match self.pages.entry(16 * account + slot) {
            Entry::Vacant(vacant) => {
                vacant.insert((page, path.to_owned()));
                Ok(())
            }
            Entry::Occupied(taken) => {
                let other = &taken.get().1;
                Err(GenesisError::at(path, format!("account {account}, page {slot} is already taken by {other}")))
            }
        }
    }

    /// A number that genesis may give away: not 0, not one of those that L1 makes.
    fn number(&self, number: u64, path: &str, key: &str) -> Result<u64, GenesisError> {
        let end = first_upper_account(self.depth);
        if (1..end).contains(&number) {
            return Ok(number);
        }
        Err(GenesisError::at(
            format!("{path}.{key}"),
            format!("{number} is not in 1..{end}, where numbers are made on this chain"),
        ))
    }

    fn user(&mut self, account: &Account, path: &str) -> Result<(), GenesisError> {
        let number = self.number(account.number.0, path, "number")?;
        let key = parse_key(&account.key).ok_or_else(|| {
            GenesisError::at(format!("{path}.key"), "is not a public key: 80 hexadecimal digits that encode a point")
        })?;
        let mut header = self.header("User", path)?;
        header[1..6].copy_from_slice(&key.0);
        header[7] = element(account.credit, &format!("{path}.credit"))?;
        check_page(self.layout("User", path)?, &header, path)?;
        self.insert(number, 0, header, path)?;
        for (place, holding) in account.holdings.iter().enumerate() {
            let path = format!("{path}.holdings[{place}]");
            let slot = match holding.slot {
                Some(slot) => slot,
                None => self.free_slot(number).ok_or_else(|| GenesisError::at(&path, "no page is free"))?,
            };
            if !(1..=LAST_HOLDING).contains(&slot) {
                return Err(GenesisError::at(format!("{path}.slot"), format!("must be 1..={LAST_HOLDING}")));
            }
            let mut page = Page::default();
            if !(1..TAG_BASE).contains(&holding.asset.0) {
                return Err(GenesisError::at(format!("{path}.asset"), "must be 1..2^48"));
            }
            page[0] = element(holding.asset, &path)?;
            page[1] = element(holding.amount, &format!("{path}.amount"))?;
            check_page(self.layout(HOLDING, &path)?, &page, &path)?;
            self.insert(number, slot, page, &path)?;
        }
        Ok(())
    }

    fn free_slot(&self, account: u64) -> Option<u64> {
        (1..=LAST_HOLDING).find(|slot| !self.pages.contains_key(&(16 * account + slot)))
    }

    /// A contract whose number stands under that key.
    fn contract(&mut self, contract: &Contract, path: &str, key: &str) -> Result<(), GenesisError> {
        let number = self.number(contract.number.0, path, key)?;
        self.insert(number, 0, self.header("Contract", path)?, path)?;
        for (place, page) in contract.pages.iter().enumerate() {
            let path = format!("{path}.pages[{place}]");
            if !(1..=15).contains(&page.slot) {
                return Err(GenesisError::at(format!("{path}.slot"), "must be 1..=15"));
            }
            let layout = self.layout(&page.layout, &format!("{path}.layout"))?;
            if layout.is_header() || layout.tag().is_none() {
                return Err(GenesisError::at(format!("{path}.layout"), "is not the layout of a contract's page"));
            }
            let content = fill(layout, &page.fields, &path)?;
            check_page(layout, &content, &path)?;
            self.insert(number, page.slot, content, &path)?;
        }
        Ok(())
    }
}

/// A page from fields by name.
fn fill(layout: &Layout, fields: &BTreeMap<String, Value>, path: &str) -> Result<Page, GenesisError> {
    let mut page = Page::default();
    page[0] = layout.tag().unwrap_or_default();
    for (name, value) in fields {
        let at = |message: String| GenesisError::at(format!("{path}.fields.{name}"), message);
        let field = layout.field(name).ok_or_else(|| at(format!("{} has no such field", layout.name)))?;
        let values = match value {
            Value::One(value) => std::slice::from_ref(value),
            Value::Many(values) => values.as_slice(),
        };
        if values.len() != usize::from(field.count) {
            return Err(at(format!("wants {} values", field.count)));
        }
        for (cell, value) in page.iter_mut().skip(usize::from(field.cell)).zip(values) {
            *cell = element(*value, &format!("{path}.fields.{name}"))?;
        }
    }
    Ok(page)
}

/// The field element of an integer.
fn element(value: Decimal, path: &str) -> Result<F, GenesisError> {
    if value.0 >= MODULUS {
        return Err(GenesisError::at(path, format!("{} is not below the field's order", value.0)));
    }
    Ok(F::from_u64(value.0))
}

/// A key that encodes a point.
fn parse_key(text: &str) -> Option<PublicKey> {
    let key = PublicKey::from_hex(text).ok()?;
    key.point().is_some().then_some(key)
}
