//! Transfers: the payer's leaf and the payee's are replaced, and the payer's key has signed.

use anyhow::Result;
use braid_primitives::ecgfp5::{Point, Scalar};
use plonky2::field::types::Field;
use plonky2::hash::hash_types::{HashOut, HashOutTarget};
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::config::Hasher;

use crate::field5::of_braid;
use crate::signature::{CHAIN, MESSAGE, Tables, Verification, sign};
use crate::tree::{Leaf, Tree, Update};
use crate::{Builder, F};

/// Bits of amounts and balances: sums of two stay below the field's order.
const BITS: usize = 62;

/// Rows by part. Operations of different parts share rows of the arithmetic gate; such a row counts where it was begun.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rows {
    /// Hashes of both leaves and their paths, amounts and balances.
    pub state: usize,
    /// Hashes of the message and of the challenge.
    pub hashes: usize,
    /// The equation of the signature.
    pub equation: usize,
}

/// What is filled in for a transfer.
pub struct Transfer {
    payer: Update,
    payee: Update,
    amount: Target,
    signature: Option<Verification>,
}

impl Transfer {
    /// A payment under a root, signed if there are tables to check it with.
    pub fn new(builder: &mut Builder, before: HashOutTarget, tables: Option<&Tables>, rows: &mut Rows) -> Self {
        let start = builder.num_gates();
        let amount = builder.add_virtual_target();
        builder.range_check(amount, BITS);
        let payer = Update::new(builder, before, |builder, [balance, count, ..]| {
            *balance = builder.sub(*balance, amount);
            builder.range_check(*balance, BITS);
            *count = builder.add_const(*count, F::ONE);
        });
        let payee =
            Update::new(builder, payer.after, |builder, [balance, ..]| *balance = builder.add(*balance, amount));
        let (state, mut hashed) = (builder.num_gates(), 0);
        let signature = tables.map(|tables| {
            let [domain, chain] = [MESSAGE, CHAIN].map(|number| builder.constant(F::from_canonical_u64(number)));
            let [from, to] = [&payer, &payee].map(|update| builder.le_sum(update.bits.iter()));
            let [_, count, key @ ..] = payer.old;
            let message = vec![domain, chain, from, to, amount, count];
            let digest = builder.hash_n_to_hash_no_pad::<PoseidonHash>(message);
            Verification::new(builder, tables, key, digest.elements, |builder| hashed = builder.num_gates())
        });
        rows.state += state - start;
        if signature.is_some() {
            rows.hashes += hashed - state;
            rows.equation += builder.num_gates() - hashed;
        }
        Self { payer, payee, amount, signature }
    }

    /// The root afterwards.
    pub fn after(&self) -> HashOutTarget {
        self.payee.after
    }
}

/// What a payer signs.
fn message(from: usize, to: usize, amount: F, count: F) -> HashOut<F> {
    let [domain, chain] = [MESSAGE, CHAIN].map(F::from_canonical_u64);
    let [from, to] = [from, to].map(F::from_canonical_usize);
    PoseidonHash::hash_no_pad(&[domain, chain, from, to, amount, count])
}

/// Everybody pays a neighbour. `signed` changes the amount that is signed.
///
/// # Errors
/// If a target is set already.
pub fn witness(first: HashOutTarget, transfers: &[Transfer], signed: impl Fn(F) -> F) -> Result<PartialWitness<F>> {
    const ACCOUNTS: usize = 64;
    /// Far apart in the tree.
    const STEP: usize = (1 << crate::tree::DEPTH) / ACCOUNTS;
    let secrets: Vec<Scalar> = (0..ACCOUNTS as u64).map(secret).collect();
    let keys: Vec<Point> = secrets.iter().map(Point::mul_generator).collect();
    let leaf = |key: &Point| {
        let [a, b, c, d, e] = of_braid(key.encode()).0;
        [F::from_canonical_u64(1_000_000), F::ZERO, a, b, c, d, e]
    };
    let mut leaves: Vec<Leaf> = keys.iter().map(leaf).collect();
    let mut tree = Tree::new();
    leaves.iter().enumerate().for_each(|(account, leaf)| tree.set(STEP * account, leaf));
    let mut inputs = PartialWitness::new();
    inputs.set_hash_target(first, tree.root())?;
    for (number, transfer) in transfers.iter().enumerate() {
        let amount = F::from_canonical_usize(1 + number);
        inputs.set_target(transfer.amount, amount)?;
        let [from, to] = [number % ACCOUNTS, (number + 1) % ACCOUNTS];
        if let Some(verification) = &transfer.signature {
            let message = |amount| message(STEP * from, STEP * to, amount, leaves[from][1]);
            let signature = sign(&secrets[from], message(signed(amount)));
            verification.set(&mut inputs, &keys[from], message(amount), &signature)?;
        }
        let old = [from, to].map(|account| leaves[account]);
        leaves[from][0] -= amount;
        leaves[from][1] += F::ONE;
        leaves[to][0] += amount;
        transfer.payer.set(&mut inputs, &mut tree, STEP * from, [&old[0], &leaves[from]])?;
        transfer.payee.set(&mut inputs, &mut tree, STEP * to, [&old[1], &leaves[to]])?;
    }
    Ok(inputs)
}

/// An account's secret key: a hash of its number, 512 bits modulo the order.
pub fn secret(account: u64) -> Scalar {
    let hash = |block| PoseidonHash::hash_no_pad(&[account, block].map(F::from_canonical_u64)).elements;
    let elements = [hash(0), hash(1)].concat();
    let bytes: Vec<u8> = elements.iter().flat_map(|element| element.0.to_le_bytes()).collect();
    Scalar::reduce(&bytes)
}
