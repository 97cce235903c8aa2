//! What is hashed of a transaction, and the chains that grow by it.
//!
//! Every digest is a sponge whose initial value names domain, length, chain and, where it is bound to a program, half of
//! the program's digest; the other half is absorbed first (DECISIONS 8). A chain takes in a digest by
//! `compress(chain, digest)`.
//!
//! Where the first message names the program and all operands, the data is the same sponge, going on with the hints.

use crate::chunk::{Boundary, Transaction};
use crate::interpreter::{Environment, Prepared, PreparedMessage, Registers};
use braid_contracts::program::Source;
use braid_primitives::{Digest, F, domain, poseidon2};
use p3_field::PrimeCharacteristicRing;

/// Digests that one transaction adds to the chains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Program, operands and hints.
    pub data: Digest,
    /// The inbox entry, for a program that takes one in.
    pub inbox: Option<Digest>,
    /// One a record.
    pub records: Vec<Digest>,
}

/// The state whose digest is signed as one message, given registers with everything it names.
pub(crate) fn message(
    environment: &Environment,
    prepared: &Prepared,
    message: &PreparedMessage,
    registers: &Registers,
) -> [F; 8] {
    let [d0, d1, d2, d3] = prepared.digest;
    let mut elements = Vec::with_capacity(message.elements.len() + 2);
    let (number, first, second) = match message.number {
        None => {
            elements.extend_from_slice(&[d2, d3]);
            (domain::MESSAGE, d0, d1)
        }
        Some(number) => (domain::OVER, F::from_u32(number), F::ZERO),
    };
    elements.extend(message.elements.iter().map(|value| registers.value(*value)));
    let iv = domain::iv(number, elements.len(), environment.chain_id, first, second);
    poseidon2::sponge(iv, &elements)
}

/// The digest of the published data: program, operands and hints, and with them the nonce of a first message that is published.
/// `first` is the state of the first message; `None` if that is not known, and the data goes on from it.
pub(crate) fn data(
    environment: &Environment,
    prepared: &Prepared,
    transaction: &Transaction,
    first: Option<[F; 8]>,
) -> Option<Digest> {
    if prepared.program().publishes_message() {
        return first.map(|state| poseidon2::digest(poseidon2::absorb(state, &transaction.hints)));
    }
    let [d0, d1, d2, d3] = prepared.digest;
    let elements = [&[d2, d3], &transaction.operands[..], &transaction.hints].concat();
    let iv = domain::iv(domain::TRANSACTION, elements.len(), environment.chain_id, d0, d1);
    Some(poseidon2::digest(poseidon2::sponge(iv, &elements)))
}

/// The inbox entry of a program that takes one in.
pub(crate) fn inbox(environment: &Environment, prepared: &Prepared, transaction: &Transaction) -> Option<Digest> {
    let Source::Inbox(kind) = prepared.source() else { return None };
    let operands = &transaction.operands;
    let iv = domain::iv(domain::INBOX, operands.len(), environment.chain_id, F::from_u32(kind), F::ZERO);
    Some(poseidon2::digest(poseidon2::sponge(iv, operands)))
}

/// The digests of the records that a transaction sends out, given the registers after its run.
pub(crate) fn records(environment: &Environment, prepared: &Prepared, registers: &Registers) -> Vec<Digest> {
    let record = |values: &[_; 8]| {
        let elements = values.map(|value| registers.value(value));
        let iv = domain::iv(domain::RECORD, elements.len(), environment.chain_id, F::ZERO, F::ZERO);
        poseidon2::digest(poseidon2::sponge(iv, &elements))
    };
    prepared.records.iter().map(record).collect()
}

impl Boundary {
    /// Takes in one transaction: its digests, its fee. The root is left alone.
    pub(crate) fn absorb(&mut self, published: &Published, fee: u64) {
        self.data = poseidon2::compress(self.data, published.data);
        if let Some(entry) = published.inbox {
            self.inbox = poseidon2::compress(self.inbox, entry);
        }
        for record in &published.records {
            self.outbox = poseidon2::compress(self.outbox, *record);
        }
        self.count = self.count.saturating_add(1);
        self.fees = self.fees.saturating_add(fee);
    }
}
