//! Who is which account, and what genesis must give each.

use super::Units;
use crate::workload::WorkloadError;
use std::collections::BTreeMap;

/// Assets of one account: strangers may pay into pages 1..=7 only.
const ASSETS_PER_ACCOUNT: usize = 7;
/// Names of ether: itself, and wrapped.
pub(super) const ETHER: &str = "ETH";
pub(super) const WRAPPED_ETHER: &str = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2";
/// A file's volume of each asset stays below this many quanta.
const VOLUME: u128 = 1 << 50;
/// The same for tokens that are swapped: a thousandth of the deepest reserve, so that a file's own volume moves prices
/// little. Ether has other uses; its volume in a pool is that of the token.
const SWAPPED_VOLUME: u128 = 1 << 40;

/// Assets by name, with what they move in the file.
#[derive(Default)]
pub(super) struct Assets {
    numbers: BTreeMap<String, u64>,
    /// By number − 1: name, volume in smallest units, and what it must stay below in quanta.
    list: Vec<(String, u128, u128)>,
}

impl Assets {
    /// The number of an asset, by order of appearance; ether is 1.
    pub(super) fn number(&mut self, name: &str) -> u64 {
        let name = if name == WRAPPED_ETHER { ETHER } else { name };
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        self.list.push((name.to_owned(), 0, VOLUME));
        let number = self.list.len() as u64;
        self.numbers.insert(name.to_owned(), number);
        number
    }

    pub(super) fn add_volume(&mut self, asset: u64, amount: Units) {
        if let Some((_, volume, _)) = self.list.get_mut(asset as usize - 1) {
            *volume = volume.saturating_add(amount.0);
        }
    }

    /// Notes that an asset lies in a pool.
    pub(super) fn swapped(&mut self, asset: u64) {
        if let Some((_, _, most)) = self.list.get_mut(asset as usize - 1).filter(|(name, _, _)| name != ETHER) {
            *most = SWAPPED_VOLUME;
        }
    }

    /// Name and quantum by number: the smallest power of ten that keeps the volume small enough.
    ///
    /// # Errors
    /// If none of 64 bits does.
    pub(super) fn quanta(&self) -> Result<Vec<(String, u64)>, WorkloadError> {
        let quantum = |(name, volume, most): &(String, u128, u128)| {
            let quantum = (0..20).map(|power| 10u64.pow(power)).find(|quantum| volume / u128::from(*quantum) < *most);
            let too_much = || {
                WorkloadError::Spec(format!(
                    "asset `{name}` moves {volume} units, more than {most} quanta of 10^19, the largest there is"
                ))
            };
            Ok((name.clone(), quantum.ok_or_else(too_much)?))
        };
        self.list.iter().map(quantum).collect()
    }
}

/// One account: whose it is, and what it owns in the course of the file.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) address: String,
    pub(super) sibling: usize,
    /// Assets that live here, in order of appearance: page 1, 2, …
    pub(super) homes: Vec<u64>,
    pub(super) nonce: u64,
}

/// All accounts by number − 1.
#[derive(Default)]
pub(super) struct Ledger {
    pub(super) accounts: Vec<Account>,
    /// Places in `accounts` of an address.
    addresses: BTreeMap<String, Vec<usize>>,
    /// By place and asset: balance now, and at its lowest, from zero.
    balances: BTreeMap<(usize, u64), (i128, i128)>,
}

impl Ledger {
    /// The account of an address in which an asset lives; opened, beside others if those are full, when first asked for.
    /// `spare` keeps one page free, for a transfer to oneself.
    pub(super) fn home(&mut self, address: &str, asset: u64, spare: bool) -> usize {
        let places = self.addresses.entry(address.to_owned()).or_default();
        let limit = ASSETS_PER_ACCOUNT - usize::from(spare);
        let accounts = &mut self.accounts;
        let holds = |place: &&usize| accounts.get(**place).is_some_and(|account| account.homes.contains(&asset));
        if let Some(place) = places.iter().find(holds) {
            return *place;
        }
        let last = places
            .last()
            .copied()
            .filter(|place| accounts.get(*place).is_some_and(|account| account.homes.len() < limit));
        let place = last.unwrap_or_else(|| {
            accounts.push(Account { address: address.to_owned(), sibling: places.len(), homes: Vec::new(), nonce: 0 });
            places.push(accounts.len() - 1);
            accounts.len() - 1
        });
        if let Some(account) = accounts.get_mut(place) {
            account.homes.push(asset);
        }
        place
    }

    /// The next nonce of an account.
    pub(super) fn next_nonce(&mut self, place: usize) -> u64 {
        let Some(account) = self.accounts.get_mut(place) else { return 0 };
        account.nonce += 1;
        account.nonce - 1
    }

    pub(super) fn take(&mut self, place: usize, asset: u64, amount: u64) {
        let (balance, lowest) = self.balances.entry((place, asset)).or_default();
        *balance -= i128::from(amount);
        *lowest = (*lowest).min(*balance);
    }

    pub(super) fn give(&mut self, place: usize, asset: u64, amount: u64) {
        self.balances.entry((place, asset)).or_default().0 += i128::from(amount);
    }

    /// What genesis must give an account of an asset so that it never runs short.
    pub(super) fn needed(&self, place: usize, asset: u64) -> u64 {
        let lowest = self.balances.get(&(place, asset)).map_or(0, |(_, lowest)| -lowest);
        u64::try_from(lowest).unwrap_or(u64::MAX)
    }
}
