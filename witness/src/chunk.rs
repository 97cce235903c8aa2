//! What a leaf proof is about: a run of consecutive transactions with all the state it needs.
//!
//! A chunk is self-contained: with the registry of programs it determines every row of the leaf's tables. Whoever
//! replays it ([`Chunk::replay`](crate::replay)) trusts nothing in it but what the proof will show.

use braid_primitives::schnorr::Signature;
use braid_primitives::{Digest, F, Page, domain, poseidon};
use braid_state_tree::MultiProof;
use p3_field::PrimeCharacteristicRing;
use serde::{Deserialize, Serialize};

/// Greatest number of transactions of a chunk: the time of an access, 1 + the transaction's place, has 16 bits.
pub const MAX_TRANSACTIONS: usize = (1 << 16) - 1;

/// What a chain is, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    /// The chain's number, part of every digest.
    pub chain_id: F,
    /// Levels of the state tree, 8..=32.
    pub depth: u32,
    /// Digest of the list of assets and their quanta.
    pub assets: Digest,
}

impl Parameters {
    /// `2^(36 − depth)`: an account number times this has 32 bits exactly if the account is in the tree.
    #[must_use]
    pub fn scale(&self) -> u64 {
        1 << 36u32.saturating_sub(self.depth).min(63)
    }

    /// The digest that proofs and L1 know the chain by.
    pub fn digest(&self) -> Digest {
        let mut elements =
            vec![F::from_u64(domain::PARAMETERS), self.chain_id, F::from_u32(self.depth), F::from_u64(self.scale())];
        elements.extend_from_slice(&self.assets);
        poseidon::hash_no_pad(&elements)
    }
}

/// Everything that one range of transactions hands to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boundary {
    /// Root of the state tree.
    pub root: Digest,
    /// Chain over the data of all transactions.
    pub data: Digest,
    /// Chain over the inbox entries taken in.
    pub inbox: Digest,
    /// Chain over the records sent out.
    pub outbox: Digest,
    /// Transactions so far.
    pub count: u64,
    /// Fees ever collected, in quanta of the native asset.
    pub fees: u64,
}

/// The block that all chunks of a batch belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockContext {
    /// Number of the block, below 2^40.
    pub number: u64,
    /// Seconds since 1970, below 2^40.
    pub timestamp: u64,
    /// Fees collected before the batch, below 2^62.
    pub fees_before: u64,
}

impl BlockContext {
    /// Bits of a block's number and of its time.
    pub const BITS: u32 = 40;
}

/// One transaction as a program reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Number of the program in the registry.
    pub program: u32,
    /// Operands in order, `until` among them.
    pub operands: Vec<F>,
    /// Hints in order.
    pub hints: Vec<F>,
    /// One signature a message, in order.
    #[serde(with = "crate::encoding::signatures")]
    pub signatures: Vec<Signature>,
}

/// A run of consecutive transactions of one batch, with the old content of every page they open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// The chain.
    pub parameters: Parameters,
    /// The batch's block.
    pub context: BlockContext,
    /// Where the run begins.
    pub before: Boundary,
    /// The transactions in order.
    pub transactions: Vec<Transaction>,
    /// Pages before the run, by rising address.
    pub pages: Vec<(u64, Page)>,
    /// What proves the pages under `before.root`.
    pub proof: MultiProof,
}
