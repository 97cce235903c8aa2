//! Genesis, choices, signatures.

use super::draw::{Random, Ranks};
use super::{Distribution, Spec, WorkloadError};
use crate::chunk::{BlockContext, Parameters};
use crate::decimal::Decimal;
use crate::genesis::{Account, Asset, Contract, Genesis, Holding, StatePage, Treasury, Value};
use crate::hints::Draft;
use crate::interpreter::{Environment, Interpreter};
use crate::resolve::{call, resolve};
use crate::signing;
use braid_contracts::registry::Registry;
use braid_primitives::F;
use braid_primitives::ecgfp5::Fp5;
use braid_primitives::schnorr::SecretKey;
use braid_primitives::wire::json;
use braid_state_tree::first_upper_account;
use p3_field::PrimeCharacteristicRing;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Credit of each user, in quanta.
const CREDIT: u64 = 1_000_000_000_000;
/// Quanta of each asset that a user owns.
const BALANCE: u64 = 1_000_000_000_000;
/// Quanta of each asset in a pool, far below the 2^51 that a reserve may reach.
const RESERVE: u64 = 100_000_000_000_000;
/// Receipts that nobody owns, as after the first deposit.
const LOCKED: u64 = 1000;
/// Number of the first receipt.
const FIRST_RECEIPT: u64 = 1 << 40;
/// Assets beside the native one; the pools are those of the native asset with each.
const ASSETS: u64 = 3;

/// A genesis, the keys of its users, and signed transactions in order. Slots are open.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The state that the transactions expect.
    pub genesis: Genesis,
    /// Signed transactions.
    pub drafts: Vec<Draft>,
}

/// Development keys of the users of one seed.
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    seed: u64,
}

impl Keys {
    /// The keys of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The key of an account.
    pub fn secret(&self, account: u64) -> SecretKey {
        SecretKey::for_development(self.seed, account)
    }

    /// Its public part in hexadecimal, as genesis has it.
    pub fn public(&self, account: u64) -> String {
        hex::encode(Fp5(self.secret(account).public_key().0).to_bytes())
    }
}

/// Makes a genesis and signed transactions.
///
/// # Errors
/// [`WorkloadError`] for a specification that no chain fits, or a registry without the programs.
pub fn generate(spec: &Spec, registry: &Registry) -> Result<Workload, WorkloadError> {
    let room = first_upper_account(spec.depth).saturating_sub(2 + ASSETS);
    if spec.users < 2 || spec.users > room {
        return Err(WorkloadError::Spec(format!(
            "{} users: a tree of depth {} has room for 2..={room}",
            spec.users, spec.depth
        )));
    }
    if spec.mix.transfers == 0 && spec.mix.swaps == 0 && spec.mix.liquidity == 0 {
        return Err(WorkloadError::Spec("the mix is empty".into()));
    }
    let keys = Keys::new(spec.seed);
    let genesis = genesis(spec, &keys);
    let mut writer = Writer::new(spec);
    let mut calls: Vec<(u64, json::Transaction)> = (0..spec.transactions).map(|_| writer.next(spec)).collect();
    let interpreter = Interpreter::new(registry).map_err(|error| WorkloadError::Registry(error.to_string()))?;
    // Messages hold the chain's number; time and state are none of theirs.
    let parameters = Parameters { chain_id: F::from_u64(spec.chain_id), depth: spec.depth, assets: Default::default() };
    let environment = Environment::new(&parameters, &BlockContext::default());
    let sign = |(signer, call): (u64, json::Transaction)| {
        let mut draft = resolve(registry, call).map_err(|error| WorkloadError::Registry(error.to_string()))?;
        let key = keys.secret(signer);
        let signed = signing::sign(&interpreter, &environment, &mut draft, &[&key]);
        signed.map(|()| draft).map_err(|reason| WorkloadError::Registry(reason.to_string()))
    };
    let drafts = calls.par_drain(..).map(sign).collect::<Result<_, _>>()?;
    Ok(Workload { genesis, drafts })
}

/// The number of the treasury's account; pools follow.
fn treasury(spec: &Spec) -> u64 {
    spec.users + 1
}

/// The pool of the native asset with asset `2 + index`.
fn pool(spec: &Spec, index: u64) -> u64 {
    treasury(spec) + 1 + index
}

fn genesis(spec: &Spec, keys: &Keys) -> Genesis {
    let assets = (1..=1 + ASSETS).map(|id| Asset { id: Decimal(id), name: format!("asset {id}"), quantum: Decimal(1) });
    let account = |number: u64| {
        let holding = |asset| Holding { asset: Decimal(asset), amount: Decimal(BALANCE), slot: None };
        let mut holdings: Vec<Holding> = (1..=1 + ASSETS).map(holding).collect();
        if number == 1 {
            // The first user filled the pools.
            let receipt = |index| Holding {
                asset: Decimal(FIRST_RECEIPT + 16 * pool(spec, index)),
                amount: Decimal(RESERVE - LOCKED),
                slot: None,
            };
            holdings.extend((0..ASSETS).map(receipt));
        }
        Account { number: Decimal(number), key: keys.public(number), credit: Decimal(CREDIT), holdings }
    };
    let contract = |index: u64| {
        let fields = [
            ("asset", Value::Many(vec![Decimal(1), Decimal(2 + index)])),
            ("reserve", Value::Many(vec![Decimal(RESERVE), Decimal(RESERVE)])),
            ("shares", Value::One(Decimal(RESERVE))),
        ];
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let pages = vec![StatePage { slot: 8, layout: "Pool".into(), fields }];
        Contract { number: Decimal(pool(spec, index)), pages }
    };
    Genesis {
        chain_id: Decimal(spec.chain_id),
        depth: spec.depth,
        treasury: Treasury { account: Decimal(treasury(spec)), operator: Decimal(1) },
        assets: assets.collect(),
        accounts: (1..=spec.users).into_par_iter().map(account).collect(),
        contracts: (0..ASSETS).map(contract).collect(),
    }
}

/// Writes one transaction after the other, and keeps count of what signers own that they cannot know otherwise.
struct Writer {
    random: Random,
    accounts: Ranks,
    pools: Ranks,
    hot: bool,
    nonces: Vec<u64>,
    /// Receipts by user and pool, of users that added liquidity.
    receipts: BTreeMap<(u64, u64), u64>,
}

impl Writer {
    fn new(spec: &Spec) -> Self {
        let hot = spec.distribution == Distribution::OneHot;
        Self {
            random: Random::new(spec.seed),
            accounts: Ranks::new(spec.distribution, spec.users),
            pools: Ranks::new(spec.distribution, ASSETS),
            hot,
            nonces: vec![0; spec.users as usize],
            receipts: BTreeMap::new(),
        }
    }

    /// The next transaction, with the account that signs it.
    fn next(&mut self, spec: &Spec) -> (u64, json::Transaction) {
        let mix = spec.mix;
        let total = u64::from(mix.transfers) + u64::from(mix.swaps) + u64::from(mix.liquidity);
        let kind = self.random.below(total);
        let signer = self.signer(spec);
        let (program, mut operands) = if kind < u64::from(mix.transfers) {
            self.transfer(spec, signer)
        } else if kind < u64::from(mix.transfers) + u64::from(mix.swaps) {
            self.swap(spec, signer)
        } else {
            self.liquidity(spec, signer)
        };
        operands.push(("fee", 1 + self.random.below(100)));
        let nonce = self.nonces.get_mut(signer as usize - 1); // users are numbered from 1
        let nonce = nonce.map_or(0, |nonce| std::mem::replace(nonce, *nonce + 1));
        (signer, call(&program, &operands, nonce))
    }

    /// One hot account is paid, so it must not sign.
    fn signer(&mut self, spec: &Spec) -> u64 {
        if self.hot { 2 + self.random.below(spec.users - 1) } else { 1 + self.accounts.draw(&mut self.random) }
    }

    fn transfer(&mut self, spec: &Spec, from: u64) -> (String, Vec<(&'static str, u64)>) {
        let mut to = 1 + self.accounts.draw(&mut self.random);
        if to == from {
            to = 1 + from % spec.users;
        }
        let asset = 1 + self.random.below(1 + ASSETS);
        let amount = 1 + self.random.below(1_000_000);
        ("transfer".into(), vec![("from", from), ("to", to), ("asset", asset), ("amount", amount)])
    }

    fn swap(&mut self, spec: &Spec, who: u64) -> (String, Vec<(&'static str, u64)>) {
        let pool = pool(spec, self.pools.draw(&mut self.random));
        let side = self.random.below(2);
        let x = 1 + self.random.below(1_000_000);
        (format!("swap_in.{side}"), vec![("who", who), ("pool", pool), ("x", x), ("min", 0)])
    }

    fn liquidity(&mut self, spec: &Spec, who: u64) -> (String, Vec<(&'static str, u64)>) {
        let pool = pool(spec, self.pools.draw(&mut self.random));
        let owned = self.receipts.entry((who, pool)).or_default();
        if *owned > 0 && self.random.below(2) == 0 {
            let shares = 1 + self.random.below(*owned);
            *owned -= shares;
            return (
                "pool_remove".into(),
                vec![("who", who), ("pool", pool), ("shares", shares), ("min0", 0), ("min1", 0)],
            );
        }
        let shares = 1 + self.random.below(1_000_000);
        *owned += shares;
        (
            "pool_add".into(),
            vec![("who", who), ("pool", pool), ("shares", shares), ("max0", BALANCE), ("max1", BALANCE)],
        )
    }
}
