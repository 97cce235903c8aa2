//! What happened in a chunk: the values from which every table's rows are built, each determined by the chunk.

use crate::chunk::Boundary;
use braid_primitives::schnorr::Signature;
use braid_primitives::{Digest, F, Page};

pub use braid_state_tree::Node;

/// The execution of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkRecord {
    /// By place in the chunk.
    pub transactions: Vec<TransactionRecord>,
    /// Every page of the chunk, by rising address.
    pub touches: Vec<Touch>,
    /// Every tree node above the pages: the root first, then by level, each level from left to right.
    pub nodes: Vec<Node>,
    /// The boundary that the chunk begins with.
    pub before: Boundary,
    /// The boundary that it ends with.
    pub after: Boundary,
}

/// The execution of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionRecord {
    /// Number of its program.
    pub program: u32,
    /// Operands in order.
    pub operands: Vec<F>,
    /// Hints in order.
    pub hints: Vec<F>,
    /// Outputs of the rows, by pc.
    pub results: Vec<F>,
    /// Pages in the program's order.
    pub pages: Vec<Access>,
    /// Digest of each message.
    pub digests: Vec<Digest>,
    /// Encoded key of each message's signer.
    pub keys: Vec<[F; 5]>,
    /// One signature a message.
    pub signatures: Vec<Signature>,
}

/// One transaction's access to one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Account as the program names it.
    pub account: F,
    /// Slot as the program names it.
    pub slot: F,
    /// `16 · account + slot`.
    pub address: u64,
    /// Time of the access before this one; 0 if there is none in the chunk. The access itself has time 1 + the
    /// transaction's place.
    pub previous: u32,
    /// Content before.
    pub old: Page,
    /// Content after.
    pub new: Page,
}

/// What a chunk did to one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The page.
    pub address: u64,
    /// Content before the chunk.
    pub old: Page,
    /// Content after it.
    pub new: Page,
    /// Time of the last access; 0 if there was none.
    pub last_time: u32,
}
