//! What row generation reads: the record of a chunk beside the tables of its programs.

use braid_contracts::Registry;
use braid_primitives::F;
use braid_primitives::ecgfp5::Scalar;
use braid_witness::chunk::{BlockContext, Chunk, Parameters};
use braid_witness::record::{ChunkRecord, TransactionRecord};
use p3_field::PrimeCharacteristicRing;

use super::tables::{ProgramTables, flag};

/// The execution of a chunk, and all that its rows depend on.
#[derive(Clone, Debug)]
pub struct Execution<'a> {
    /// The chain.
    pub parameters: Parameters,
    /// The block.
    pub context: BlockContext,
    /// What happened.
    pub record: &'a ChunkRecord,
    /// Tables by program number.
    pub programs: Vec<ProgramTables<'a>>,
    /// Inbox entries and outbox records before each transaction of the chunk, and after the last.
    pub positions: Vec<[u32; 2]>,
}

/// A record names a program that the registry does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("transaction {transaction} of the chunk names program {program}, which the registry does not have")]
pub struct UnknownProgram {
    /// Place in the chunk.
    pub transaction: usize,
    /// The program's number.
    pub program: u32,
}

impl<'a> Execution<'a> {
    /// Puts the record of a chunk beside the tables of the registry it was replayed with.
    ///
    /// # Errors
    /// If the record names a program that is not in the registry.
    pub fn new(chunk: &Chunk, record: &'a ChunkRecord, registry: &'a Registry) -> Result<Self, UnknownProgram> {
        let programs = ProgramTables::of(registry);
        let mut positions = vec![[0, 0]];
        let mut at = [0, 0];
        for (transaction, entry) in record.transactions.iter().enumerate() {
            let program = programs.get(entry.program as usize);
            let last = program.and_then(|program| program.instructions.last());
            let last = last.ok_or(UnknownProgram { transaction, program: entry.program })?;
            at[0] += u32::from(flag(last[3], 24));
            at[1] += p3_field::PrimeField64::as_canonical_u64(&last[9]) as u32;
            positions.push(at);
        }
        Ok(Self { parameters: chunk.parameters, context: chunk.context, record, programs, positions })
    }

    /// The tables of a transaction's program.
    pub fn tables(&self, transaction: &TransactionRecord) -> &ProgramTables<'a> {
        // `new` has looked up every program of the record.
        &self.programs[transaction.program as usize]
    }
}

/// The value of a transaction's local; zero for a number that names none.
pub fn local(transaction: &TransactionRecord, id: u64) -> F {
    let index = (id & 0xffff) as usize;
    let value = match id >> 16 {
        1 => transaction.operands.get(index).copied(),
        2 => transaction.hints.get(index).copied(),
        3 => transaction.results.get(index).copied(),
        4 => transaction.pages.get(index / 8).map(|page| page.old[index % 8]),
        5 => signing(transaction, index / 32, index % 32),
        _ => None,
    };
    value.unwrap_or(F::ZERO)
}

/// Element `j` of a signature: what its challenge is drawn from, which is commitment, key and digest, then its response.
fn signing(transaction: &TransactionRecord, message: usize, j: usize) -> Option<F> {
    match j {
        0..5 => transaction.signatures.get(message).map(|signature| signature.w_r[j]),
        5..10 => transaction.keys.get(message).map(|key| key[j - 5]),
        10..14 => transaction.digests.get(message).map(|digest| digest[j - 10]),
        14..21 => transaction.signatures.get(message).map(|signature| F::from_u64(response(&signature.s)[j - 14])),
        _ => None,
    }
}

/// The response of a signature in seven words of 48 bits, the lowest first.
///
/// Words of 64 bits could be p or more, and would then have no form as an element, or two.
pub fn response(s: &Scalar) -> [u64; 7] {
    let words = s.words();
    core::array::from_fn(|i| {
        let (word, shift) = (48 * i / 64, 48 * i % 64);
        let high = words.get(word + 1).copied().unwrap_or(0);
        ((u128::from(words[word]) | u128::from(high) << 64) >> shift) as u64 & 0xffff_ffff_ffff
    })
}
