//! A chain of six users and a chunk of signed transfers, payrolls and swaps with the built-in programs, for the tests of chips and circuits.

use std::sync::LazyLock;

use braid_contracts::Registry;
use braid_contracts::program::Message;
use braid_primitives::schnorr::{self, SecretKey};
use braid_primitives::{F, Page, domain, poseidon2};
use braid_state_tree::Tree;
use braid_witness::chunk::{BlockContext, Boundary, Chunk, Parameters, Transaction};
use braid_witness::record::ChunkRecord;
use p3_field::PrimeCharacteristicRing;

use super::execution::Execution;

/// Depth of the fixture's tree.
pub const DEPTH: u32 = 12;
/// The asset that everyone holds on page 1.
pub const ASSET: u64 = 5;
/// The account of a pool of assets 5 and 6.
pub const POOL: u64 = 30;
const NOW: u64 = 1_000;
const NEVER: u64 = (1 << 40) - 1;
const TAG: u64 = 1 << 48;

/// The built-in programs, compiled once.
pub fn registry() -> &'static Registry {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::builtin);
    &REGISTRY
}

/// Account `n`'s development key.
pub fn key(account: u64) -> SecretKey {
    SecretKey::for_development(1, account)
}

/// What the tests' chain is, and the block of their chunks.
pub fn chain() -> (Parameters, BlockContext) {
    let parameters = Parameters { chain_id: F::from_u32(7), depth: DEPTH, assets: [F::from_u32(9); 4] };
    (parameters, BlockContext { number: 3, timestamp: NOW, fees_before: 11 })
}

fn page(cells: &[u64]) -> Page {
    core::array::from_fn(|i| F::from_u64(cells.get(i).copied().unwrap_or(0)))
}

/// Users 1..=6 with credit and 1000 of asset 5 on page 1; a pool with reserves.
pub fn state() -> Tree {
    let mut tree = Tree::new(DEPTH).unwrap();
    let mut pages = Vec::new();
    for account in 1..=6 {
        let key = key(account).public_key().0;
        let tag = F::from_u64(TAG + 1);
        pages.push((16 * account, [tag, key[0], key[1], key[2], key[3], key[4], F::from_u64(40), F::from_u64(1000)]));
        pages.push((16 * account + 1, page(&[ASSET, 1000])));
    }
    pages.push((16 * POOL, page(&[TAG + 2])));
    pages.push((16 * POOL + 8, page(&[TAG + 7, ASSET, 6, 1_000_000, 2_000_000, 5_000])));
    tree.update(&pages).unwrap();
    tree
}

/// A transaction of a program by name, signed by the account of its first operand with `nonce`; `until` is never.
pub fn signed(registry: &Registry, name: &str, operands: &[u64], hints: &[u64], nonce: u64) -> Transaction {
    let program = registry.index_of(name).unwrap();
    let (parameters, _) = chain();
    let digest = registry.digest(program).unwrap();
    let mut operands: Vec<F> = operands.iter().map(|&value| F::from_u64(value)).collect();
    operands.push(F::from_u64(NEVER));
    let Some(Message::Default { elements }) = registry.program(program).unwrap().messages.first() else {
        panic!("{name} has no default message");
    };
    let (until, rest) = operands.split_last().unwrap();
    let absorbed = [&[digest[2], digest[3], F::from_u64(nonce), *until], rest].concat();
    assert_eq!(absorbed.len(), elements.len() + 2);
    let iv = domain::iv(domain::MESSAGE, absorbed.len(), parameters.chain_id, digest[0], digest[1]);
    let message = poseidon2::digest(poseidon2::sponge(iv, &absorbed));
    let account = p3_field::PrimeField64::as_canonical_u64(&operands[0]);
    let signatures = vec![schnorr::sign(&key(account), parameters.chain_id, message)];
    let hints = hints.iter().map(|&value| F::from_u64(value)).collect();
    Transaction { program: program as u32, operands, hints, signatures }
}

/// A chunk of these transactions on the fixture's state: opens the pages listed.
pub fn chunk(transactions: Vec<Transaction>, addresses: &[u64]) -> Chunk {
    let (tree, (parameters, context)) = (state(), chain());
    let before = Boundary {
        root: tree.root(),
        data: [F::from_u32(1); 4],
        inbox: [F::from_u32(2); 4],
        outbox: [F::from_u32(3); 4],
        count: 100,
        fees: 13,
    };
    let mut addresses = addresses.to_vec();
    addresses.sort_unstable();
    addresses.dedup();
    let pages = addresses.iter().map(|&address| (address, tree.page(address))).collect();
    let proof = tree.prove(&addresses).unwrap();
    Chunk { parameters, context, before, transactions, pages, proof }
}

/// Transfers among users, one of them to a new page, then a swap and a withdrawal.
pub fn mixed(registry: &Registry) -> Chunk {
    let transactions = vec![
        signed(registry, "transfer", &[1, 2, ASSET, 10, 1], &[1, 1], 40),
        signed(registry, "transfer", &[2, 3, ASSET, 1005, 2], &[1, 1], 40),
        signed(registry, "transfer", &[1, 3, ASSET, 5, 0], &[1, 4], 41),
        signed(registry, "swap_in.0", &[4, POOL, 100, 1, 3], &[1, 2], 40),
        signed(registry, "withdraw", &[5, ASSET, 7, 21, 22, 23, 1], &[1], 40),
    ];
    let users = (1..=5).flat_map(|account| [16 * account, 16 * account + 1]);
    let addresses: Vec<u64> = users.chain([16 * 3 + 4, 16 * 4 + 2, 16 * POOL + 8]).collect();
    chunk(transactions, &addresses)
}

/// Replays a chunk and hands its execution to a test.
pub fn with_execution<T>(registry: &Registry, chunk: &Chunk, test: impl FnOnce(&Execution<'_>) -> T) -> T {
    let record: ChunkRecord = chunk.replay(registry).unwrap();
    test(&Execution::new(chunk, &record, registry).unwrap())
}
