//! Attacks on contracts (SOUNDNESS B3) by the book: signed transactions on a chain with all contracts of the repository,
//! also those that the built-in registry leaves out, run and cut as any batch is.

use std::sync::LazyLock;

use braid_contracts::Registry;
use braid_contracts::program::{Element, Local, Space};
use braid_primitives::F;
use braid_primitives::schnorr::SecretKey;
use braid_primitives::wire::{Source, json};
use braid_state_tree::Tree;
use braid_witness::capacity::Rows;
use braid_witness::genesis::{Account, Asset, Genesis, Holding, Treasury};
use braid_witness::hints::Draft;
use braid_witness::resolve::{call, resolve};
use braid_witness::{
    Batch, BlockContext, Boundary, Decimal, Environment, Interpreter, Parameters, Policy, Reason, TransactionRecord,
    signing,
};
use p3_field::PrimeField64;

mod account_zero;
mod channel;
#[path = "../../../contracts/tests/texts/mod.rs"]
mod texts;

/// Users, with 1000 of credit and of each asset.
const ADA: u64 = 1;
const BOB: u64 = 2;
const EVE: u64 = 3;
/// The treasury's account.
const TREASURY: u64 = 4;
/// An asset that is not the native one.
const GOLD: u64 = 2;
const PLENTY: u64 = 1_000_000;
const DEPTH: u32 = 14;

static REGISTRY: LazyLock<Registry> =
    LazyLock::new(|| Registry::from_sources(&texts::SOURCES).unwrap_or_else(|errors| panic!("{errors}")));
static INTERPRETER: LazyLock<Interpreter> = LazyLock::new(|| Interpreter::new(&REGISTRY).unwrap());

/// The key that an account has at genesis; those of `account + 100` are for changes.
fn key(account: u64) -> SecretKey {
    SecretKey::for_development(1, account)
}

fn public(account: u64) -> Vec<F> {
    key(account).public_key().0.to_vec()
}

/// A chain of one batch a transaction.
struct Chain {
    parameters: Parameters,
    tree: Tree,
    boundary: Boundary,
    now: u64,
}

impl Chain {
    fn new() -> Self {
        let user = |number: u64| Account {
            number: Decimal(number),
            key: hex::encode(braid_primitives::ecgfp5::Fp5(key(number).public_key().0).to_bytes()),
            credit: Decimal(PLENTY),
            holdings: [1, GOLD]
                .map(|asset| Holding { asset: Decimal(asset), amount: Decimal(PLENTY), slot: None })
                .into(),
        };
        let asset = |id: u64| Asset { id: Decimal(id), name: format!("asset {id}"), quantum: Decimal(1) };
        let genesis = Genesis {
            chain_id: Decimal(7),
            depth: DEPTH,
            treasury: Treasury { account: Decimal(TREASURY), operator: Decimal(ADA) },
            assets: vec![asset(1), asset(GOLD)],
            accounts: [ADA, BOB, EVE].map(user).into(),
            contracts: Vec::new(),
        };
        let origin = genesis.build(&REGISTRY).unwrap();
        Self { parameters: origin.parameters, tree: origin.tree, boundary: origin.boundary, now: 1_700_000_000 }
    }

    /// Nonce of a user.
    fn nonce(&self, account: u64) -> u64 {
        self.page(account, 0)[6]
    }

    fn page(&self, account: u64, slot: u64) -> [u64; 8] {
        self.tree.page(16 * account + slot).map(|cell| cell.as_canonical_u64())
    }

    /// A transaction of the account that its first operand names, signed with these keys, one a message.
    fn signed(&self, call: json::Transaction, keys: &[&SecretKey]) -> Draft {
        let mut draft = resolve(&REGISTRY, call).unwrap();
        let context = BlockContext { timestamp: self.now, ..BlockContext::default() };
        let environment = Environment::new(&self.parameters, &context);
        signing::sign(&INTERPRETER, &environment, &mut draft, keys).unwrap();
        draft
    }

    /// Runs a batch of one transaction; refused ones leave the state alone.
    fn run(&mut self, draft: Draft) -> Result<TransactionRecord, Reason> {
        let many = 1 << 20;
        let capacity =
            Rows { cpu: many, page: many, tree: many, sponge: many, wide: many, signature: many, bucket: many };
        let context = BlockContext { number: 1, timestamp: self.now, fees_before: self.boundary.fees };
        let Self { parameters, .. } = *self;
        let batch = Batch { interpreter: &INTERPRETER, parameters, context, policy: Policy::default(), capacity };
        let before = self.boundary;
        let mut result = batch.run(&mut self.tree, before, vec![draft]).unwrap();
        if let Some(rejection) = result.rejections.pop() {
            assert_eq!((self.tree.root(), result.after), (before.root, before));
            return Err(rejection.reason);
        }
        self.boundary = result.after;
        // Whoever proves the chunk comes to the same.
        let mut record = result.cuts[0].chunk.replay_prepared(&INTERPRETER).unwrap();
        assert_eq!(record.after, self.boundary);
        Ok(record.transactions.remove(0))
    }

    /// A call of single numbers by a user, signed with the key of genesis.
    fn user(&mut self, program: &str, operands: &[(&str, u64)]) -> Result<TransactionRecord, Reason> {
        let account = operands[0].1;
        let draft = self.signed(call(program, operands, self.nonce(account)), &[&key(account)]);
        self.run(draft)
    }

    /// An entry that comes from L1.
    fn inbox(&mut self, program: &str, operands: &[(&str, json::Value)]) -> Result<TransactionRecord, Reason> {
        let operands = operands.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let entry = json::Transaction {
            program: program.into(),
            source: Source::Inbox,
            operands,
            ..json::Transaction::default()
        };
        self.run(resolve(&REGISTRY, entry).unwrap())
    }
}

/// The first record that a transaction sent out.
fn sent(record: &TransactionRecord) -> [u64; 8] {
    let program = REGISTRY.program(record.program as usize).unwrap();
    program.records[0].map(|element| match element {
        Element::Const(value) => value.as_canonical_u64(),
        Element::Local(id) => match Local::from_id(id).unwrap() {
            Local { space: Space::Operand, index } => record.operands[usize::from(index)].as_canonical_u64(),
            Local { space: Space::Result, index } => record.results[usize::from(index)].as_canonical_u64(),
            Local { space: Space::OldCell, index } => {
                record.pages[usize::from(index / 8)].old[usize::from(index % 8)].as_canonical_u64()
            }
            other => panic!("{other:?}"),
        },
    })
}

#[test]
fn honest_transactions_run() {
    let mut chain = Chain::new();
    chain.user("transfer", &[("from", ADA), ("to", BOB), ("asset", GOLD), ("amount", 5), ("fee", 1)]).unwrap();
    assert_eq!((chain.page(ADA, 2)[1], chain.page(BOB, 2)[1]), (PLENTY - 5, PLENTY + 5));
    assert_eq!((chain.nonce(ADA), chain.page(ADA, 0)[7], chain.boundary.fees), (1, PLENTY - 1, 1));
}
