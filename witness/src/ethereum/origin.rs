//! The genesis under a replay: every account has what it will need, and no more.

use super::convert::{Converter, FEE, FIRST_RECEIPT};
use super::{Options, key};
use crate::decimal::Decimal;
use crate::genesis::{Account, Asset, Contract, Genesis, Holding, StatePage, Treasury, Value};
use crate::workload::WorkloadError;
use braid_primitives::ecgfp5::Fp5;
use braid_primitives::schnorr::SecretKey;

/// Receipts of the first deposit that nobody owns.
const LOCKED: u64 = 1000;
/// Pages of an account that receipts may fill.
const RECEIPTS_PER_ACCOUNT: usize = 13;

/// Accounts that hold the receipts of that many pools.
pub(super) fn houses(pools: usize) -> u64 {
    pools.div_ceil(RECEIPTS_PER_ACCOUNT).max(1) as u64
}

impl Converter {
    /// The genesis: users in order of appearance, houses that own the pools, treasury, pools.
    pub(super) fn genesis(
        &self,
        options: &Options,
        houses: u64,
        treasury: u64,
    ) -> Result<(Genesis, Vec<SecretKey>), WorkloadError> {
        let users = self.ledger.accounts.len();
        let mut keys = Vec::with_capacity(users);
        let mut accounts = Vec::with_capacity(users);
        let mut add = |number: u64, name: &str, sibling: usize, credit: u64, holdings: Vec<Holding>| {
            let key =
                key(options.seed, name, sibling).ok_or_else(|| WorkloadError::Spec(format!("no key for {name}")))?;
            let public = hex::encode(Fp5(key.public_key().0).to_bytes());
            accounts.push(Account { number: Decimal(number), key: public, credit: Decimal(credit), holdings });
            keys.push(key);
            Ok::<(), WorkloadError>(())
        };
        let holding = |asset: u64, amount: u64| Holding { asset: Decimal(asset), amount: Decimal(amount), slot: None };
        let receipts: Vec<u64> =
            (0..self.pools.len() as u64).map(|place| FIRST_RECEIPT + 16 * (self.first_pool + place)).collect();
        let mut given = vec![0u64; receipts.len()];
        for (place, account) in self.ledger.accounts.iter().enumerate() {
            let mut holdings: Vec<Holding> =
                account.homes.iter().map(|asset| holding(*asset, self.ledger.needed(place, *asset))).collect();
            for (receipt, given) in receipts.iter().zip(&mut given) {
                let needed = self.ledger.needed(place, *receipt);
                if needed > 0 {
                    holdings.push(holding(*receipt, needed));
                    *given += needed;
                }
            }
            add(place as u64 + 1, &account.address, account.sibling, FEE * account.nonce, holdings)?;
        }
        let mut owned = receipts.iter().zip(self.pools.values()).zip(&given);
        for house in 0..houses {
            let next = owned.by_ref().take(RECEIPTS_PER_ACCOUNT);
            let holdings = next.map(|((receipt, pool), given)| {
                holding(*receipt, pool.initial_shares.saturating_sub(LOCKED).saturating_sub(*given))
            });
            add(users as u64 + 1 + house, "house", house as usize, 0, holdings.collect())?;
        }
        let contracts = self.pools.iter().zip(self.first_pool..).map(|(((first, second), pool), number)| {
            let list = |values: [u64; 2]| Value::Many(values.map(Decimal).to_vec());
            let fields = [
                ("asset".to_owned(), list([*first, *second])),
                ("reserve".to_owned(), list(pool.initial)),
                ("shares".to_owned(), Value::One(Decimal(pool.initial_shares))),
            ];
            let page = StatePage { slot: 8, layout: "Pool".into(), fields: fields.into() };
            Contract { number: Decimal(number), pages: vec![page] }
        });
        let assets = self.quanta.iter().zip(1..);
        let genesis = Genesis {
            chain_id: Decimal(options.chain_id),
            depth: options.depth,
            treasury: Treasury { account: Decimal(treasury), operator: Decimal(users as u64 + 1) },
            assets: assets
                .map(|((name, quantum), id)| Asset { id: Decimal(id), name: name.clone(), quantum: Decimal(*quantum) })
                .collect(),
            contracts: contracts.collect(),
            accounts,
        };
        Ok((genesis, keys))
    }
}
