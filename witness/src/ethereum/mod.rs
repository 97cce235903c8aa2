//! Real operations of Ethereum blocks as a workload: payments, swaps and liquidity with their own amounts and in their own
//! order, on a chain whose genesis lets them succeed.
//!
//! A file says what was asked for, not what anybody owned, so balances and reserves are chosen: operations are played
//! through in order (`convert.rs`), each balance's lowest point tells what genesis must give, and pools get the prices that
//! swaps demanded (`pools.rs`). What does not fit a transaction one to one is reduced by fixed rules (DECISIONS 28), and
//! every reduction is counted in [`Reductions`].

mod convert;
mod ledger;
mod liquidity;
mod origin;
mod pools;
mod read;
#[cfg(test)]
mod tests;

pub use read::{Block, Exact, Operation, ReadError, Units, read};

use crate::chunk::{BlockContext, Parameters};
use crate::genesis::Genesis;
use crate::hints::Draft;
use crate::interpreter::{Environment, Interpreter};
use crate::resolve::resolve;
use crate::signing;
use crate::workload::WorkloadError;
use braid_contracts::registry::Registry;
use braid_primitives::schnorr::SecretKey;
use braid_primitives::{F, domain, poseidon2};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use rayon::prelude::*;
use std::fmt;

/// How a file is replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The chain's number.
    pub chain_id: u64,
    /// Levels of the state tree.
    pub depth: u32,
    /// Seed of the keys.
    pub seed: u64,
    /// One batch a block; else one batch for the file.
    pub by_block: bool,
}

/// A file as a chain and its batches.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The state that the batches expect.
    pub genesis: Genesis,
    /// Batches in order.
    pub batches: Vec<ReplayBatch>,
    /// What was changed on the way.
    pub reductions: Reductions,
}

/// Signed transactions of one block, or of all blocks of a file.
#[derive(Clone, Debug)]
pub struct ReplayBatch {
    /// The number of the block, the last one's for a file.
    pub block: u64,
    /// Its time in seconds since 1970.
    pub timestamp: u64,
    /// Signed transactions; slots are open.
    pub drafts: Vec<Draft>,
}

/// How often operations were changed to fit, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reductions {
    /// Operations in the file.
    pub operations: usize,
    /// Transactions that came of them.
    pub transactions: usize,
    /// Transfers by an allowance, signed by the owner instead.
    pub spender_transfers: usize,
    /// Transfers to oneself, which move to a second page.
    pub self_transfers: usize,
    /// Accounts beyond the first of an address that owns more assets than an account has pages for.
    pub sibling_accounts: usize,
    /// Operations that became several transactions.
    pub sequences: usize,
    /// Swaps and deposits whose demand was weakened, since one chain of pools cannot give the prices of many days.
    pub demands_lowered: usize,
    /// Amounts below a quantum, which became one.
    pub rounded_up: usize,
    /// Operations in wrapped ether, which counts as ether.
    pub wrapped_ether: usize,
    /// Operations that no pool of this chain could carry out; they are left out.
    pub dropped: usize,
}

impl fmt::Display for Reductions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} operations became {} transactions", self.operations, self.transactions)?;
        let counts = [
            (self.spender_transfers, "transfers by an allowance are signed by the owner"),
            (self.self_transfers, "transfers to oneself use a second page"),
            (self.sibling_accounts, "accounts were opened beside others for more assets"),
            (self.sequences, "operations became sequences"),
            (self.demands_lowered, "minimums or maximums were weakened"),
            (self.rounded_up, "amounts below a quantum became one"),
            (self.wrapped_ether, "operations in wrapped ether count as ether"),
            (self.dropped, "operations were left out"),
        ];
        counts.iter().filter(|(count, _)| *count > 0).try_for_each(|(count, what)| writeln!(f, "{count} {what}"))
    }
}

/// The key of an account of an address: hashed from seed, address and account, for development only.
pub(crate) fn key(seed: u64, address: &str, sibling: usize) -> Option<SecretKey> {
    let words = address
        .as_bytes()
        .chunks(7)
        .map(|bytes| F::from_u64(bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))));
    let elements: Vec<F> = [F::from_u64(seed), F::from_usize(sibling)].into_iter().chain(words).collect();
    let iv = domain::iv(domain::NONCE, elements.len(), F::ZERO, F::ZERO, F::ZERO);
    let state = poseidon2::sponge(iv, &elements);
    let mut entropy = [0u8; 64];
    for (bytes, element) in entropy.chunks_exact_mut(8).zip(state) {
        bytes.copy_from_slice(&element.as_canonical_u64().to_le_bytes());
    }
    SecretKey::from_entropy(&entropy).ok()
}

/// Turns blocks into a genesis and signed batches.
///
/// # Errors
/// [`WorkloadError`] if the tree is too small or the registry lacks the programs.
pub fn replay(blocks: &[Block], options: &Options, registry: &Registry) -> Result<Replay, WorkloadError> {
    let converted = convert::convert(blocks, options)?;
    let interpreter = Interpreter::new(registry).map_err(|error| WorkloadError::Registry(error.to_string()))?;
    let parameters =
        Parameters { chain_id: F::from_u64(options.chain_id), depth: options.depth, assets: Default::default() };
    let environment = Environment::new(&parameters, &BlockContext::default());
    let sign = |(signer, call): (usize, _)| {
        let mut draft = resolve(registry, call).map_err(|error| WorkloadError::Registry(error.to_string()))?;
        let key = converted.keys.get(signer).ok_or_else(|| WorkloadError::Spec("a signer without a key".into()))?;
        let signed = signing::sign(&interpreter, &environment, &mut draft, &[key]);
        signed.map(|()| draft).map_err(|reason| WorkloadError::Registry(reason.to_string()))
    };
    let batches = converted.batches.into_iter().map(|(block, timestamp, calls)| {
        let drafts = calls.into_par_iter().map(sign).collect::<Result<_, _>>()?;
        Ok(ReplayBatch { block, timestamp, drafts })
    });
    let batches = batches.collect::<Result<_, WorkloadError>>()?;
    Ok(Replay { genesis: converted.genesis, batches, reductions: converted.reductions })
}
