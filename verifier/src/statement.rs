//! What a range proof says, as a typed value and as the 52 field elements that every circuit of a set exposes.
//!
//! The order of the elements is part of every verification key: circuits are built from it, so a change here changes
//! all of them. [`Statement::to_elements`] and [`Statement::from_elements`] are its one definition.

use crate::field::MODULUS;
use crate::level::SecurityLevel;

/// Number of public inputs of every circuit of a set.
pub const STATEMENT_LENGTH: usize = 52;

/// Where each part of a statement begins among its elements.
pub mod offset {
    /// Root of the circuit set, 4 elements.
    pub const SET_ROOT: usize = 0;
    /// Digest of the chain parameters, 4 elements.
    pub const PARAMETERS: usize = 4;
    /// Programs root, 4 elements.
    pub const PROGRAMS_ROOT: usize = 8;
    /// Security level, 1 element.
    pub const SECURITY: usize = 12;
    /// Block number, timestamp, fees before the batch: 3 elements.
    pub const CONTEXT: usize = 13;
    /// Boundary before the range, 18 elements.
    pub const BEFORE: usize = 16;
    /// Boundary after the range, 18 elements.
    pub const AFTER: usize = 34;
}

/// Number of elements of one [`Boundary`].
pub const BOUNDARY_LENGTH: usize = 18;

/// Four canonical field elements (each below the modulus), the size of every hash in Braid.
pub type Digest = [u64; 4];

/// The chain between two transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Boundary {
    /// Root of the state tree.
    pub root: Digest,
    /// Chain over every transaction's program, operands and hints.
    pub data: Digest,
    /// Chain over the L1 messages consumed so far.
    pub inbox: Digest,
    /// Chain over the records sent to L1 so far.
    pub outbox: Digest,
    /// Transactions since genesis.
    pub count: u64,
    /// Fees ever collected, in quanta of the fee asset.
    pub fees: u64,
}

/// What all transactions of one batch see of their block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlockContext {
    /// Block number.
    pub number: u64,
    /// Seconds since 1970-01-01.
    pub timestamp: u64,
    /// Fees ever collected before this *batch* (not before this chunk).
    pub fees_before: u64,
}

/// The claim of a range proof: executing some run of transactions leads from `before` to `after`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Statement {
    /// Root of the circuit set that every proof underneath belongs to.
    pub set_root: Digest,
    /// Digest of the chain parameters (chain id, depth, assets).
    pub parameters: Digest,
    /// Names the set of programs that the transactions may run.
    pub programs_root: Digest,
    /// Security level of every layer underneath.
    pub security: SecurityLevel,
    /// Block that all transactions of the range stand in.
    pub context: BlockContext,
    /// Where the range begins.
    pub before: Boundary,
    /// Where the range ends.
    pub after: Boundary,
}

/// Why a list of numbers is not a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// The list has another length than [`STATEMENT_LENGTH`].
    #[error("a statement has {STATEMENT_LENGTH} elements, this one has {0}")]
    Length(usize),
    /// An element is not below the modulus.
    #[error("element {0} of the statement is not a canonical field element")]
    NotCanonical(usize),
    /// The security tag belongs to no level.
    #[error("{0} is no security level")]
    SecurityTag(u64),
}

impl Boundary {
    /// The 18 elements: root, data, inbox, outbox, count, fees.
    pub fn to_elements(&self) -> [u64; BOUNDARY_LENGTH] {
        let mut out = [0; BOUNDARY_LENGTH];
        out[0..4].copy_from_slice(&self.root);
        out[4..8].copy_from_slice(&self.data);
        out[8..12].copy_from_slice(&self.inbox);
        out[12..16].copy_from_slice(&self.outbox);
        out[16] = self.count;
        out[17] = self.fees;
        out
    }

    fn read(elements: &[u64; STATEMENT_LENGTH], at: usize) -> Self {
        Self {
            root: digest(elements, at),
            data: digest(elements, at + 4),
            inbox: digest(elements, at + 8),
            outbox: digest(elements, at + 12),
            count: elements[at + 16],
            fees: elements[at + 17],
        }
    }
}

/// Callers pass constant offsets of at most 48.
fn digest(elements: &[u64; STATEMENT_LENGTH], at: usize) -> Digest {
    [elements[at], elements[at + 1], elements[at + 2], elements[at + 3]]
}

impl Statement {
    /// The 52 elements, in the order in which circuits expose them.
    pub fn to_elements(&self) -> [u64; STATEMENT_LENGTH] {
        let mut out = [0; STATEMENT_LENGTH];
        out[offset::SET_ROOT..offset::PARAMETERS].copy_from_slice(&self.set_root);
        out[offset::PARAMETERS..offset::PROGRAMS_ROOT].copy_from_slice(&self.parameters);
        out[offset::PROGRAMS_ROOT..offset::SECURITY].copy_from_slice(&self.programs_root);
        out[offset::SECURITY] = self.security.tag();
        out[offset::CONTEXT] = self.context.number;
        out[offset::CONTEXT + 1] = self.context.timestamp;
        out[offset::CONTEXT + 2] = self.context.fees_before;
        out[offset::BEFORE..offset::AFTER].copy_from_slice(&self.before.to_elements());
        out[offset::AFTER..STATEMENT_LENGTH].copy_from_slice(&self.after.to_elements());
        out
    }

    /// Reads back what [`Self::to_elements`] wrote. Every element must be canonical and the tag known.
    pub fn from_elements(elements: &[u64]) -> Result<Self, StatementError> {
        let elements: &[u64; STATEMENT_LENGTH] =
            elements.try_into().map_err(|_| StatementError::Length(elements.len()))?;
        if let Some(position) = elements.iter().position(|&element| element >= MODULUS) {
            return Err(StatementError::NotCanonical(position));
        }
        let tag = elements[offset::SECURITY];
        Ok(Self {
            set_root: digest(elements, offset::SET_ROOT),
            parameters: digest(elements, offset::PARAMETERS),
            programs_root: digest(elements, offset::PROGRAMS_ROOT),
            security: SecurityLevel::from_tag(tag).ok_or(StatementError::SecurityTag(tag))?,
            context: BlockContext {
                number: elements[offset::CONTEXT],
                timestamp: elements[offset::CONTEXT + 1],
                fees_before: elements[offset::CONTEXT + 2],
            },
            before: Boundary::read(elements, offset::BEFORE),
            after: Boundary::read(elements, offset::AFTER),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered() -> [u64; STATEMENT_LENGTH] {
        let mut elements: [u64; STATEMENT_LENGTH] = core::array::from_fn(|i| 1000 + i as u64);
        elements[offset::SECURITY] = SecurityLevel::Conjectured100.tag();
        elements
    }

    #[test]
    fn every_element_has_one_place() {
        let elements = numbered();
        let statement = Statement::from_elements(&elements).expect("canonical");
        assert_eq!(statement.to_elements(), elements);
        assert_eq!(statement.after.fees, 1051);
        assert_eq!(statement.before.count, 1032);
    }

    #[test]
    fn refuses_other_lengths_tags_and_large_numbers() {
        let elements = numbered();
        assert_eq!(Statement::from_elements(&elements[1..]), Err(StatementError::Length(51)));
        let mut large = elements;
        large[7] = MODULUS;
        assert_eq!(Statement::from_elements(&large), Err(StatementError::NotCanonical(7)));
        let mut tag = elements;
        tag[offset::SECURITY] = 3;
        assert_eq!(Statement::from_elements(&tag), Err(StatementError::SecurityTag(3)));
    }
}
