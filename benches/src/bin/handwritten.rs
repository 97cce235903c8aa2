//! A transfer as circuits on plonky2 are written by hand, but without its signature: a bound from below on what it takes.
//!
//! `handwritten [log2 of rows, default 14] [repetitions, default 3]` fills a circuit with transfers in a tree of depth 20 and proves
//! it with plonky2's own prover: standard recursion wires, rate 3, 3 challenges. It prints Markdown and, last, one line of JSON. Times
//! are wall time, the minimum of the repetitions.
//!
//! Each transfer opens the payer's and the payee's leaf (balance, count, key), replaces both, and checks that amount and remaining
//! balance have 62 bits, with plonky2's gates alone: Poseidon, base sums, arithmetic. Left out are signatures, fees, records and
//! all programs, each of which would add rows. A transfer of Braid has all of them.

use std::collections::HashMap;
use std::error::Error;
use std::time::Instant;

use plonky2::field::goldilocks_field::GoldilocksField as F;
use plonky2::field::types::Field;
use plonky2::hash::hash_types::{HashOut, HashOutTarget};
use plonky2::hash::merkle_proofs::MerkleProofTarget;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::target::{BoolTarget, Target};
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::CircuitConfig;
use plonky2::plonk::config::{Hasher, PoseidonGoldilocksConfig};
use serde_json::json;

const D: usize = 2;
const DEPTH: usize = 20;
/// Bits of amounts and balances: sums of two stay below the field's order.
const BITS: usize = 62;

/// Balance, count of transactions, key.
type Leaf = [F; 6];

/// A tree whose leaves are all zero but for a few.
struct Tree {
    nodes: HashMap<(usize, usize), HashOut<F>>,
    empty: Vec<HashOut<F>>,
}

impl Tree {
    fn new() -> Self {
        let mut empty = vec![PoseidonHash::hash_or_noop(&Leaf::default())];
        for level in 0..DEPTH {
            empty.push(PoseidonHash::two_to_one(empty[level], empty[level]));
        }
        Self { nodes: HashMap::new(), empty }
    }

    fn node(&self, level: usize, index: usize) -> HashOut<F> {
        self.nodes.get(&(level, index)).copied().unwrap_or(self.empty[level])
    }

    fn root(&self) -> HashOut<F> {
        self.node(DEPTH, 0)
    }

    fn siblings(&self, index: usize) -> Vec<HashOut<F>> {
        (0..DEPTH).map(|level| self.node(level, (index >> level) ^ 1)).collect()
    }

    fn set(&mut self, index: usize, leaf: &Leaf) {
        self.nodes.insert((0, index), PoseidonHash::hash_or_noop(leaf));
        for level in 0..DEPTH {
            let parent = index >> (level + 1);
            let hash = PoseidonHash::two_to_one(self.node(level, 2 * parent), self.node(level, 2 * parent + 1));
            self.nodes.insert((level + 1, parent), hash);
        }
    }
}

/// What is filled in for the replacement of one leaf.
struct Update {
    old: [Target; 6],
    bits: Vec<BoolTarget>,
    path: MerkleProofTarget,
    after: HashOutTarget,
}

/// Replaces a leaf's balance and count under a root.
fn update(
    builder: &mut CircuitBuilder<F, D>,
    before: HashOutTarget,
    change: impl FnOnce(&mut CircuitBuilder<F, D>, &mut [Target; 6]),
) -> Update {
    let old = [(); 6].map(|()| builder.add_virtual_target());
    let bits: Vec<BoolTarget> = (0..DEPTH).map(|_| builder.add_virtual_bool_target_safe()).collect();
    let path = MerkleProofTarget { siblings: builder.add_virtual_hashes(DEPTH) };
    let after = builder.add_virtual_hash();
    builder.verify_merkle_proof::<PoseidonHash>(old.to_vec(), &bits, before, &path);
    let mut new = old;
    change(builder, &mut new);
    builder.verify_merkle_proof::<PoseidonHash>(new.to_vec(), &bits, after, &path);
    Update { old, bits, path, after }
}

/// A payment: the payer's update, the payee's, and the amount.
fn transfer(builder: &mut CircuitBuilder<F, D>, before: HashOutTarget) -> (Update, Update, Target) {
    let amount = builder.add_virtual_target();
    builder.range_check(amount, BITS);
    let payer = update(builder, before, |builder, [balance, count, ..]| {
        *balance = builder.sub(*balance, amount);
        builder.range_check(*balance, BITS);
        *count = builder.add_const(*count, F::ONE);
    });
    let payee = update(builder, payer.after, |builder, [balance, ..]| *balance = builder.add(*balance, amount));
    (payer, payee, amount)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let bits: usize = arguments.next().map_or(Ok(14), |text| text.parse())?;
    let repetitions: usize = arguments.next().map_or(Ok(3), |text| text.parse())?;
    let config = CircuitConfig { num_challenges: 3, ..CircuitConfig::standard_recursion_config() };
    let mut builder = CircuitBuilder::<F, D>::new(config);
    let first = builder.add_virtual_hash();
    builder.register_public_inputs(&first.elements);
    let (mut root, mut transfers) = (first, Vec::new());
    // The last rows hold public inputs, constants and the rest of gates that transfers share.
    let (mut rows, mut most) = (0, 0);
    while rows + most + 64 < 1 << bits {
        transfers.push(transfer(&mut builder, root));
        root = transfers.last().map_or(first, |(_, payee, _)| payee.after);
        most = most.max(builder.num_gates() - rows);
        rows = builder.num_gates();
    }
    builder.register_public_inputs(&root.elements);
    let data = builder.build::<PoseidonGoldilocksConfig>();
    let inputs = witness(first, &transfers)?;
    let mut least = f64::INFINITY;
    for _ in 0..repetitions {
        let start = Instant::now();
        let proof = data.prove(inputs.clone())?;
        least = least.min(start.elapsed().as_secs_f64());
        data.verify(proof)?;
    }
    let count = transfers.len();
    let each = rows as f64 / count as f64;
    println!("| transfers without signature | rows each | rows of the circuit | plonky2, s |\n|---|---|---|---|");
    println!("| {count} | {each:.1} | 2^{} | {least:.3} |\n", data.common.degree_bits());
    println!(
        "{}",
        json!({ "transfers": count, "rows_each": each, "rows_log2": data.common.degree_bits(), "plonky2_s": least })
    );
    Ok(())
}

/// Everybody pays a neighbour.
fn witness(first: HashOutTarget, transfers: &[(Update, Update, Target)]) -> Result<PartialWitness<F>, Box<dyn Error>> {
    const ACCOUNTS: usize = 64;
    /// Far apart in the tree.
    const STEP: usize = (1 << DEPTH) / ACCOUNTS;
    let mut leaves: Vec<Leaf> =
        (0..ACCOUNTS).map(|i| [1_000_000, 0, 1, 2, 3, i as u64].map(F::from_canonical_u64)).collect();
    let mut tree = Tree::new();
    leaves.iter().enumerate().for_each(|(account, leaf)| tree.set(STEP * account, leaf));
    let mut inputs = PartialWitness::new();
    inputs.set_hash_target(first, tree.root())?;
    for (number, (payer, payee, amount)) in transfers.iter().enumerate() {
        let value = F::from_canonical_usize(1 + number);
        inputs.set_target(*amount, value)?;
        let accounts = [number % ACCOUNTS, (number + 1) % ACCOUNTS];
        for (side, (update, account)) in [payer, payee].into_iter().zip(accounts).enumerate() {
            let leaf = &mut leaves[account];
            inputs.set_target_arr(&update.old, leaf)?;
            for (level, bit) in update.bits.iter().enumerate() {
                inputs.set_bool_target(*bit, ((STEP * account) >> level) & 1 == 1)?;
            }
            for (target, sibling) in update.path.siblings.iter().zip(tree.siblings(STEP * account)) {
                inputs.set_hash_target(*target, sibling)?;
            }
            if side == 0 {
                leaf[0] -= value;
                leaf[1] += F::ONE;
            } else {
                leaf[0] += value;
            }
            tree.set(STEP * account, leaf);
            inputs.set_hash_target(update.after, tree.root())?;
        }
    }
    Ok(inputs)
}
