//! Plays operations through in order and writes down the transactions that they become.

use super::ledger::{Assets, ETHER, Ledger, WRAPPED_ETHER};
use super::origin::houses;
use super::pools::{Hop, Pool, Prices};
use super::{Block, Exact, Operation, Options, Reductions, Units};
use crate::genesis::Genesis;
use crate::resolve::call;
use crate::workload::WorkloadError;
use braid_primitives::schnorr::SecretKey;
use braid_primitives::wire::json;
use std::collections::{BTreeMap, BTreeSet};

/// Fee of every transaction, in quanta of ether.
pub(super) const FEE: u64 = 1;
/// Number of the first receipt.
pub(super) const FIRST_RECEIPT: u64 = 1 << 40;

/// Calls still to be signed, each with the place of the account that signs it.
type Calls = Vec<(usize, json::Transaction)>;

/// An address and an asset that it has at some time.
type Owner<'o> = (&'o String, &'o String);

/// Everything that a replay needs but signatures.
pub(super) struct Converted {
    pub(super) genesis: Genesis,
    /// By account number − 1.
    pub(super) keys: Vec<SecretKey>,
    /// Block, time, calls.
    pub(super) batches: Vec<(u64, u64, Calls)>,
    pub(super) reductions: Reductions,
}

pub(super) struct Converter {
    pub(super) assets: Assets,
    pub(super) quanta: Vec<(String, u64)>,
    pub(super) ledger: Ledger,
    /// Addresses that pay themselves.
    spare: BTreeSet<String>,
    pub(super) pools: BTreeMap<(u64, u64), Pool>,
    /// Account number of the first pool; the others follow in order.
    pub(super) first_pool: u64,
    calls: Calls,
    reductions: Reductions,
}

/// Converts blocks; the genesis that comes out gives every account what it needs, and no more.
pub(super) fn convert(blocks: &[Block], options: &Options) -> Result<Converted, WorkloadError> {
    let operations = || blocks.iter().flat_map(|block| &block.operations);
    let mut converter = Converter {
        assets: Assets::default(),
        quanta: Vec::new(),
        ledger: Ledger::default(),
        spare: BTreeSet::new(),
        pools: BTreeMap::new(),
        first_pool: 0,
        calls: Vec::new(),
        reductions: Reductions::default(),
    };
    converter.scan(operations())?;
    let houses = houses(converter.pools.len());
    let treasury = converter.ledger.accounts.len() as u64 + houses + 1;
    converter.first_pool = treasury + 1;

    let mut batches: Vec<(u64, u64, Calls)> = Vec::new();
    for block in blocks {
        block.operations.iter().for_each(|operation| converter.play(operation));
        let calls = std::mem::take(&mut converter.calls);
        match batches.last_mut() {
            Some((number, timestamp, all)) if !options.by_block => {
                (*number, *timestamp) = (block.number, block.timestamp);
                all.extend(calls);
            }
            _ => batches.push((block.number, block.timestamp, calls)),
        }
    }
    converter.reductions.operations = operations().count();
    converter.reductions.transactions = batches.iter().map(|(_, _, calls)| calls.len()).sum();
    let (genesis, keys) = converter.genesis(options, houses, treasury)?;
    Ok(Converted { genesis, keys, batches, reductions: converter.reductions })
}

fn hops(path: &[u64]) -> Vec<Hop> {
    path.windows(2).map(|pair| Hop::new(pair[0], pair[1])).collect() // windows of two
}

impl Converter {
    /// Numbers assets and accounts, finds quanta, opens pools.
    fn scan<'o>(&mut self, operations: impl Iterator<Item = &'o Operation> + Clone) -> Result<(), WorkloadError> {
        self.assets.number(ETHER);
        for operation in operations.clone() {
            if let Operation::Transfer { from, to, .. } = operation
                && from == to
            {
                self.spare.insert(from.clone());
            }
        }
        for operation in operations.clone() {
            let (owners, amounts): (Vec<Owner<'_>>, Vec<(&String, Units)>) = match operation {
                Operation::Transfer { from, to, asset, amount, .. } => {
                    (vec![(from, asset), (to, asset)], vec![(asset, *amount)])
                }
                Operation::Swap { trader, path, amount_in, amount_out_min, to, .. } => {
                    let (Some(first), Some(last)) = (path.first(), path.last()) else { continue };
                    (
                        vec![(trader, first), (trader, last), (to, last)],
                        vec![(first, *amount_in), (last, *amount_out_min)],
                    )
                }
                Operation::AddLiquidity { provider, asset_a, asset_b, amount_a, amount_b } => {
                    (vec![(provider, asset_a), (provider, asset_b)], vec![(asset_a, *amount_a), (asset_b, *amount_b)])
                }
                Operation::RemoveLiquidity { provider, asset_a, asset_b, amount_a_min, amount_b_min } => (
                    vec![(provider, asset_a), (provider, asset_b)],
                    vec![(asset_a, *amount_a_min), (asset_b, *amount_b_min)],
                ),
            };
            let ether = amounts.iter().any(|(asset, _)| *asset == WRAPPED_ETHER);
            self.reductions.wrapped_ether += usize::from(ether);
            for (address, asset) in owners {
                self.home(address, asset);
            }
            for (asset, amount) in amounts {
                let number = self.assets.number(asset);
                self.assets.add_volume(number, amount);
            }
            let pooled: Vec<&String> = match operation {
                Operation::Transfer { .. } => Vec::new(),
                Operation::Swap { path, .. } => path.iter().collect(),
                Operation::AddLiquidity { asset_a, asset_b, .. }
                | Operation::RemoveLiquidity { asset_a, asset_b, .. } => {
                    vec![asset_a, asset_b]
                }
            };
            for asset in pooled {
                let number = self.assets.number(asset);
                self.assets.swapped(number);
            }
        }
        self.reductions.sibling_accounts = self.ledger.accounts.iter().filter(|account| account.sibling > 0).count();
        self.quanta = self.assets.quanta()?;
        let mut prices = Prices::default();
        for operation in operations {
            match operation {
                Operation::Transfer { .. } => {}
                Operation::Swap { path, amount_in, amount_out_min, .. } => {
                    let path: Vec<u64> = path.iter().map(|asset| self.assets.number(asset)).collect();
                    let (Some(first), Some(last)) = (path.first(), path.last()) else { continue };
                    let (given, wanted) =
                        (self.quantised(*first, *amount_in).0, self.quantised(*last, *amount_out_min).0);
                    prices.demand(&hops(&path), given, wanted);
                }
                Operation::AddLiquidity { asset_a, asset_b, amount_a: a, amount_b: b, .. }
                | Operation::RemoveLiquidity { asset_a, asset_b, amount_a_min: a, amount_b_min: b, .. } => {
                    let (first, second) = (self.assets.number(asset_a), self.assets.number(asset_b));
                    prices.liquidity(first, second, self.quantised(first, *a).0, self.quantised(second, *b).0);
                }
            }
        }
        self.pools = prices.pools();
        Ok(())
    }

    /// The place of the account in which an address has an asset.
    pub(super) fn home(&mut self, address: &str, asset: &str) -> usize {
        let number = self.assets.number(asset);
        self.ledger.home(address, number, self.spare.contains(address))
    }

    /// Quanta of an amount, and whether it was rounded up to one.
    fn quantised(&self, asset: u64, amount: Units) -> (u64, bool) {
        let quantum = self.quanta.get(asset as usize - 1).map_or(1, |(_, quantum)| *quantum);
        let quanta = u64::try_from(amount.0 / u128::from(quantum)).unwrap_or(u64::MAX);
        if quanta == 0 && amount.0 > 0 { (1, true) } else { (quanta, false) }
    }

    pub(super) fn amount(&mut self, asset: u64, amount: Units) -> u64 {
        let (quanta, rounded) = self.quantised(asset, amount);
        self.reductions.rounded_up += usize::from(rounded);
        quanta
    }

    /// Writes a call of the account at `place`, whose number is the operand `who`.
    pub(super) fn emit(&mut self, place: usize, program: &str, who: &str, operands: &[(&str, u64)]) {
        let nonce = self.ledger.next_nonce(place);
        let all = [&[(who, place as u64 + 1), ("fee", FEE)], operands].concat();
        self.calls.push((place, call(program, &all, nonce)));
    }

    /// Moves an amount between two accounts; nothing to do if they are one.
    pub(super) fn pay(&mut self, from: usize, to: usize, asset: u64, amount: u64) {
        self.emit(from, "transfer", "from", &[("to", to as u64 + 1), ("asset", asset), ("amount", amount)]);
        self.ledger.take(from, asset, amount);
        if from != to {
            self.ledger.give(to, asset, amount);
        }
    }

    fn play(&mut self, operation: &Operation) {
        let before = self.calls.len();
        let done = match operation {
            Operation::Transfer { from, to, asset, amount, spender } => {
                self.reductions.spender_transfers += usize::from(spender.is_some());
                self.reductions.self_transfers += usize::from(from == to);
                let (payer, payee) = (self.home(from, asset), self.home(to, asset));
                let number = self.assets.number(asset);
                let amount = self.amount(number, *amount);
                self.pay(payer, payee, number, amount);
                Some(())
            }
            Operation::Swap { .. } => self.swap(operation),
            Operation::AddLiquidity { provider, asset_a, asset_b, amount_a, amount_b } => {
                self.add_liquidity(provider, [asset_a, asset_b], [*amount_a, *amount_b])
            }
            Operation::RemoveLiquidity { provider, asset_a, asset_b, amount_a_min, amount_b_min } => {
                self.remove_liquidity(provider, [asset_a, asset_b], [*amount_a_min, *amount_b_min])
            }
        };
        self.reductions.dropped += usize::from(done.is_none());
        self.reductions.sequences += usize::from(self.calls.len() > before + 1);
    }

    /// A swap in the account where the trader has what he gives; what he gets goes on to where `to` has it.
    fn swap(&mut self, operation: &Operation) -> Option<()> {
        let Operation::Swap { trader, path, amount_in, amount_out_min, exact, to } = operation else { return None };
        let (from, to) = (self.home(trader, path.first()?), self.home(to, path.last()?));
        let path: Vec<u64> = path.iter().map(|asset| self.assets.number(asset)).collect();
        let (first, last) = (*path.first()?, *path.last()?);
        let hops = hops(&path);
        let distinct: BTreeSet<(u64, u64)> = hops.iter().map(|hop| hop.pool).collect();
        if distinct.len() != hops.len() || hops.is_empty() {
            return None;
        }
        let (given, wanted) = (self.amount(first, *amount_in), self.amount(last, *amount_out_min));
        let amounts = match exact {
            Exact::In => self.forward(&hops, given)?,
            Exact::Out => self.backward(&hops, wanted)?,
        };
        let (paid, got) = (*amounts.first()?, *amounts.last()?);
        let lowered = match exact {
            Exact::In => got < wanted,
            Exact::Out => paid > given,
        };
        self.reductions.demands_lowered += usize::from(lowered);
        match (hops.as_slice(), exact) {
            ([a, b], Exact::In) => {
                let pools = [("first", self.pool_account(a)?), ("second", self.pool_account(b)?)];
                let operands = [pools[0], pools[1], ("x", paid), ("min", wanted.min(got))];
                self.emit(from, &format!("swap_two.{}.{}", a.side, b.side), "who", &operands);
            }
            (hops, exact) => {
                let alone = hops.len() == 1;
                for (hop, pair) in hops.iter().zip(amounts.windows(2)) {
                    let &[x, y] = pair else { continue };
                    let pool = ("pool", self.pool_account(hop)?);
                    match exact {
                        Exact::In => {
                            let min = if alone { wanted.min(y) } else { y };
                            self.emit(from, &format!("swap_in.{}", hop.side), "who", &[pool, ("x", x), ("min", min)]);
                        }
                        Exact::Out => {
                            let max = if alone { given.max(x) } else { x };
                            self.emit(from, &format!("swap_out.{}", hop.side), "who", &[pool, ("y", y), ("max", max)]);
                        }
                    }
                }
            }
        }
        for (hop, pair) in hops.iter().zip(amounts.windows(2)) {
            if let (Some(pool), [x, y]) = (self.pools.get_mut(&hop.pool), pair) {
                pool.swap(hop.side, *x, *y);
            }
        }
        self.ledger.take(from, first, paid);
        self.ledger.give(from, last, got);
        if from != to {
            self.pay(from, to, last, got);
        }
        Some(())
    }

    /// Amounts along a path of which the first is given.
    fn forward(&self, hops: &[Hop], given: u64) -> Option<Vec<u64>> {
        let mut amounts = vec![given];
        for hop in hops {
            amounts.push(self.pools.get(&hop.pool)?.out_for(hop.side, *amounts.last()?)?);
        }
        Some(amounts)
    }

    /// Amounts along a path of which the last is wanted.
    fn backward(&self, hops: &[Hop], wanted: u64) -> Option<Vec<u64>> {
        let mut amounts = vec![wanted];
        for hop in hops.iter().rev() {
            amounts.push(self.pools.get(&hop.pool)?.in_for(hop.side, *amounts.last()?)?);
        }
        amounts.reverse();
        Some(amounts)
    }

    pub(super) fn pool_account(&self, hop: &Hop) -> Option<u64> {
        let place = self.pools.keys().position(|pool| *pool == hop.pool)?;
        Some(self.first_pool + place as u64)
    }
}
