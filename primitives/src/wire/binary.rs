//! Transactions as little-endian words, for one chain.
//!
//! ```text
//! file         magic (8 bytes), version, digest of the chain's parameters (4 words), count, transactions
//! transaction  program, nonce, operands, hints, signatures (counts), then the words of each; a signature is w_R and s, ten words
//! ```
//!
//! Every field is a word of 64 bits; elements are below p, responses below the order of the group. A file has one form: whatever is
//! decoded encodes to the same bytes.

use crate::ecgfp5::Scalar;
use crate::schnorr::Signature;
use crate::{Digest, F, MODULUS};
use p3_field::PrimeField64;
use thiserror::Error;

/// The first eight bytes of a file.
pub const MAGIC: [u8; 8] = *b"braid-tx";
/// The version of the layout.
pub const VERSION: u64 = 1;
/// Operands, and hints, of one transaction.
pub const MAX_ELEMENTS: usize = 256;
/// Signatures of one transaction.
pub const MAX_SIGNATURES: usize = 16;

/// Words of a transaction without operands, hints and signatures.
const FIXED_WORDS: usize = 5;
const SIGNATURE_WORDS: usize = 10;

/// A transaction whose program goes by its number in the registry, and operands by their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Number of the program.
    pub program: u32,
    /// The nonce of the first signer's account; 0 unless signed.
    pub nonce: u64,
    /// All operands, the time of expiry among them.
    pub operands: Vec<F>,
    /// All hints.
    pub hints: Vec<F>,
    /// One for each message.
    pub signatures: Vec<Signature>,
}

/// The transactions of a file and the chain they are for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Digest of the chain's parameters.
    pub parameters: Digest,
    /// In the order of submission.
    pub transactions: Vec<Transaction>,
}

/// Why bytes are no file of transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BinaryError {
    /// The first bytes are others.
    #[error("not a file of transactions")]
    Magic,
    /// Written by another version.
    #[error("version {0} is not {VERSION}")]
    Version(u64),
    /// The bytes end before the file does.
    #[error("transaction {transaction}: the file ends early")]
    Truncated {
        /// Counted from zero; the number of the first one for the header.
        transaction: usize,
    },
    /// A number is larger than its kind allows.
    #[error("transaction {transaction}: {what} out of range")]
    Range {
        /// Counted from zero; the number of the first one for the header.
        transaction: usize,
        /// Which number.
        what: &'static str,
    },
    /// Bytes follow the last transaction.
    #[error("{0} bytes after the last transaction")]
    Trailing(usize),
}

/// The bytes of a file.
pub fn encode(file: &File) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    let mut word = |value: u64| bytes.extend_from_slice(&value.to_le_bytes());
    word(VERSION);
    file.parameters.iter().for_each(|element| word(element.as_canonical_u64()));
    word(file.transactions.len() as u64);
    for transaction in &file.transactions {
        word(transaction.program.into());
        word(transaction.nonce);
        word(transaction.operands.len() as u64);
        word(transaction.hints.len() as u64);
        word(transaction.signatures.len() as u64);
        for element in transaction.operands.iter().chain(&transaction.hints) {
            word(element.as_canonical_u64());
        }
        for signature in &transaction.signatures {
            signature.w_r.iter().for_each(|element| word(element.as_canonical_u64()));
            signature.s.words().into_iter().for_each(&mut word);
        }
    }
    bytes
}

/// Reads the bytes of a file. Memory is taken in proportion to the bytes, whatever lengths they claim.
pub fn decode(bytes: &[u8]) -> Result<File, BinaryError> {
    if bytes.first_chunk() != Some(&MAGIC) {
        return Err(BinaryError::Magic);
    }
    let mut reader = Reader { bytes, transaction: 0 };
    reader.word()?;
    let version = reader.word()?;
    if version != VERSION {
        return Err(BinaryError::Version(version));
    }
    let mut parameters = Digest::default();
    for element in &mut parameters {
        *element = reader.element()?;
    }
    let count = reader.word()?;
    let fits = reader.bytes.len() / (8 * FIXED_WORDS);
    if count > fits as u64 {
        return Err(BinaryError::Truncated { transaction: fits });
    }
    let mut transactions = Vec::with_capacity(count as usize);
    for transaction in 0..count as usize {
        reader.transaction = transaction;
        transactions.push(reader.transaction()?);
    }
    if !reader.bytes.is_empty() {
        return Err(BinaryError::Trailing(reader.bytes.len()));
    }
    Ok(File { parameters, transactions })
}

struct Reader<'a> {
    bytes: &'a [u8],
    transaction: usize,
}

impl Reader<'_> {
    fn word(&mut self) -> Result<u64, BinaryError> {
        let (word, rest) =
            self.bytes.split_first_chunk().ok_or(BinaryError::Truncated { transaction: self.transaction })?;
        self.bytes = rest;
        Ok(u64::from_le_bytes(*word))
    }

    fn range(&self, what: &'static str) -> BinaryError {
        BinaryError::Range { transaction: self.transaction, what }
    }

    fn element(&mut self) -> Result<F, BinaryError> {
        let word = self.word()?;
        if word < MODULUS { Ok(F::new(word)) } else { Err(self.range("element")) }
    }

    fn length(&mut self, limit: usize, what: &'static str) -> Result<usize, BinaryError> {
        let length = self.word()?;
        if length <= limit as u64 { Ok(length as usize) } else { Err(self.range(what)) }
    }

    fn transaction(&mut self) -> Result<Transaction, BinaryError> {
        let program = self.word()?.try_into().map_err(|_| self.range("program"))?;
        let nonce = self.element()?.as_canonical_u64();
        let operands = self.length(MAX_ELEMENTS, "number of operands")?;
        let hints = self.length(MAX_ELEMENTS, "number of hints")?;
        let signatures = self.length(MAX_SIGNATURES, "number of signatures")?;
        if self.bytes.len() < 8 * (operands + hints + SIGNATURE_WORDS * signatures) {
            return Err(BinaryError::Truncated { transaction: self.transaction });
        }
        Ok(Transaction {
            program,
            nonce,
            operands: (0..operands).map(|_| self.element()).collect::<Result<_, _>>()?,
            hints: (0..hints).map(|_| self.element()).collect::<Result<_, _>>()?,
            signatures: (0..signatures).map(|_| self.signature()).collect::<Result<_, _>>()?,
        })
    }

    fn signature(&mut self) -> Result<Signature, BinaryError> {
        let mut w_r = [F::default(); 5];
        for element in &mut w_r {
            *element = self.element()?;
        }
        let mut words = [0; 5];
        for word in &mut words {
            *word = self.word()?;
        }
        let s = Scalar::from_words(words).ok_or_else(|| self.range("response"))?;
        Ok(Signature { w_r, s })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schnorr::{SecretKey, sign};
    use p3_field::PrimeCharacteristicRing;
    use proptest::prelude::*;

    fn example() -> File {
        let signature = sign(&SecretKey::for_development(0, 0), F::ONE, [F::ONE; 4]);
        let first = Transaction {
            program: 7,
            nonce: 9,
            operands: vec![F::ONE, -F::ONE, F::ZERO],
            hints: vec![F::TWO],
            signatures: vec![signature, signature],
        };
        File { parameters: [1, 2, 3, 4].map(F::new), transactions: vec![first, Transaction::default()] }
    }

    fn with_word(index: usize, value: u64) -> Result<File, BinaryError> {
        let mut bytes = encode(&example());
        bytes[8 * index..8 * index + 8].copy_from_slice(&value.to_le_bytes());
        decode(&bytes)
    }

    #[test]
    fn files_return() {
        for file in [example(), File::default()] {
            assert_eq!(decode(&encode(&file)), Ok(file));
        }
        assert_eq!(encode(&File::default()).len(), 8 * 7);
    }

    #[test]
    fn every_shorter_file_is_refused() {
        let bytes = encode(&example());
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err());
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(decode(&longer), Err(BinaryError::Trailing(1)));
    }

    #[test]
    fn numbers_out_of_range() {
        let range = |transaction, what| Err(BinaryError::Range { transaction, what });
        assert_eq!(with_word(0, 0), Err(BinaryError::Magic));
        assert_eq!(with_word(1, 2), Err(BinaryError::Version(2)));
        assert_eq!(with_word(2, MODULUS), range(0, "element"));
        for count in [3, u64::MAX, 1 << 40] {
            assert!(matches!(with_word(6, count), Err(BinaryError::Truncated { .. })));
        }
        assert_eq!(with_word(6, 1), Err(BinaryError::Trailing(8 * FIXED_WORDS)));
        assert_eq!(with_word(7, 1 << 32), range(0, "program"));
        assert_eq!(with_word(8, MODULUS), range(0, "element"));
        assert_eq!(with_word(9, 257), range(0, "number of operands"));
        assert_eq!(with_word(10, u64::MAX), range(0, "number of hints"));
        assert_eq!(with_word(11, 17), range(0, "number of signatures"));
        assert_eq!(with_word(9, 256), Err(BinaryError::Truncated { transaction: 0 }));
        assert_eq!(with_word(12, MODULUS), range(0, "element"));
        assert_eq!(with_word(16, MODULUS), range(0, "element"));
        assert_eq!(with_word(25, u64::MAX), range(0, "response"));
    }

    proptest! {
        #[test]
        fn what_decodes_has_one_form(position in 0usize..2000, byte in any::<u8>()) {
            let mut bytes = encode(&example());
            let position = position % bytes.len();
            bytes[position] = byte;
            if let Ok(file) = decode(&bytes) {
                prop_assert_eq!(encode(&file), bytes);
            }
        }

        #[test]
        fn no_bytes_panic(rest in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&[&MAGIC[..], &1u64.to_le_bytes(), &rest].concat());
        }
    }
}
