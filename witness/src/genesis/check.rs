//! The invariants that programs and proofs take for granted of every page (CONTRACTS 1.3), checked one by one.

use super::build::Pages;
use super::{Genesis, GenesisError};
use braid_contracts::layout::{AssetOf, Layout, Role};
use braid_primitives::Page;
use p3_field::PrimeField64;
use std::collections::BTreeMap;

/// Receipts of an account are numbered from here, 16 an account.
const FIRST_RECEIPT: u64 = 1 << 40;
/// Receipts that the first deposit of a pool locks away.
const LOCKED: u128 = 1000;

/// Each cell has its type, unused ones are 0, and a balance without an asset is 0.
pub(super) fn check_page(layout: &Layout, page: &Page, path: &str) -> Result<(), GenesisError> {
    for (cell, (ty, value)) in layout.cells.iter().zip(page).enumerate() {
        let value = value.as_canonical_u64();
        let at = |message: String| GenesisError::at(format!("{path}.{}", layout.cell_name(cell)), message);
        if ty.role == Role::Unused && value != 0 {
            return Err(at("is unused and must be 0".into()));
        }
        if let Some(bits) = ty.ty.bits()
            && value >> bits != 0
        {
            return Err(at(format!("{value} is not below 2^{bits}")));
        }
        if let Role::Balance(AssetOf::Cell(asset)) = ty.role
            && value != 0
            && page.get(usize::from(asset)).is_none_or(|asset| asset.as_canonical_u64() == 0)
        {
            return Err(at(format!("holds {value} of no asset")));
        }
    }
    Ok(())
}

/// Sums every asset over all pages; every asset is listed or a receipt of a supply, which its holders and the locked
/// receipts add up to.
pub(super) fn check_supplies(pages: &Pages<'_>, genesis: &Genesis) -> Result<BTreeMap<u64, u128>, GenesisError> {
    let mut totals: BTreeMap<u64, u128> = BTreeMap::new();
    let mut supplies: BTreeMap<u64, (u128, &str)> = BTreeMap::new();
    let mut treasuries = 0;
    for (address, (page, path)) in &pages.pages {
        let tag = page[0];
        let layouts = pages.registry.layouts();
        let layout = layouts.iter().find(|layout| layout.tag() == Some(tag));
        let Some(layout) = layout.or_else(|| layouts.iter().find(|layout| layout.tag().is_none())) else { continue };
        treasuries += usize::from(layout.name == "Treasury");
        for (ty, value) in layout.cells.iter().zip(page) {
            let value = value.as_canonical_u64();
            let asset = match ty.role {
                Role::Balance(AssetOf::Constant(asset)) => asset,
                Role::Balance(AssetOf::Cell(cell)) => {
                    page.get(usize::from(cell)).map_or(0, |asset| asset.as_canonical_u64())
                }
                Role::Supply => {
                    supplies.insert(FIRST_RECEIPT + address / 16 * 16, (value.into(), path));
                    continue;
                }
                Role::Tag | Role::Plain | Role::Unused => continue,
            };
            if asset == 0 {
                continue;
            }
            let listed = genesis.assets.iter().any(|listed| listed.id.0 == asset);
            if !listed && asset < FIRST_RECEIPT {
                return Err(GenesisError::at(path, format!("asset {asset} is not listed")));
            }
            *totals.entry(asset).or_default() += u128::from(value);
        }
    }
    for (asset, total) in totals.iter().filter(|(asset, _)| **asset >= FIRST_RECEIPT) {
        if !supplies.contains_key(asset) {
            return Err(GenesisError::at(
                "accounts",
                format!("{total} of receipt {asset} are held, but no contract issues it"),
            ));
        }
    }
    for (receipt, (supply, path)) in supplies {
        let held = totals.get(&receipt).copied().unwrap_or(0);
        if supply != held && supply != held + LOCKED {
            let message = format!(
                "its supply is {supply}, but {held} of receipt {receipt} are held (and {LOCKED} may be locked)"
            );
            return Err(GenesisError::at(path, message));
        }
    }
    if treasuries != 1 {
        return Err(GenesisError::at("treasury", format!("there are {treasuries} Treasury pages, and must be one")));
    }
    Ok(totals)
}
