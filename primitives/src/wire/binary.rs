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

/// The records of a file, each by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// Digest of the chain's parameters.
    pub parameters: Digest,
    /// In the order of submission: transactions, and why a record is none.
    pub transactions: Vec<Result<Transaction, OutOfRange>>,
}

/// A number in a record that is larger than its kind allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{0} out of range")]
pub struct OutOfRange(
    /// Which number.
    pub &'static str,
);

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
    #[error("{}: the file ends early", place(*.transaction))]
    Truncated {
        /// Counted from one; 0 for what stands before the first.
        transaction: usize,
    },
    /// A number is larger than its kind allows.
    #[error("{}: {what}", place(*.transaction))]
    Range {
        /// Counted from one; 0 for what stands before the first.
        transaction: usize,
        /// Which number.
        what: OutOfRange,
    },
    /// Bytes follow the last transaction.
    #[error("{0} bytes after the last transaction")]
    Trailing(usize),
}

fn place(transaction: usize) -> String {
    if transaction == 0 { "before the first transaction".into() } else { format!("transaction {transaction}") }
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
///
/// # Errors
/// If a number anywhere is out of range, or as [`decode_records`].
pub fn decode(bytes: &[u8]) -> Result<File, BinaryError> {
    let Records { parameters, transactions } = decode_records(bytes)?;
    let transactions = (1..)
        .zip(transactions)
        .map(|(transaction, record)| record.map_err(|what| BinaryError::Range { transaction, what }));
    Ok(File { parameters, transactions: transactions.collect::<Result<_, _>>()? })
}

/// Reads the bytes of a file record by record: a number out of range refuses its own record and not the neighbours, as a bad
/// line among JSON lines does. Memory is taken in proportion to the bytes.
///
/// # Errors
/// If what tells where a record ends is damaged: the beginning, a number of operands, hints or signatures, or the length.
pub fn decode_records(bytes: &[u8]) -> Result<Records, BinaryError> {
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
    for parameter in &mut parameters {
        *parameter = element(reader.word()?, "digest of the parameters").map_err(|what| reader.range(what))?;
    }
    let count = reader.word()?;
    let fits = reader.bytes.len() / (8 * FIXED_WORDS);
    if count > fits as u64 {
        return Err(BinaryError::Truncated { transaction: fits + 1 });
    }
    let mut transactions = Vec::with_capacity(count as usize);
    for transaction in 1..=count as usize {
        reader.transaction = transaction;
        let record = reader.record()?;
        transactions.push(record.transaction());
    }
    if !reader.bytes.is_empty() {
        return Err(BinaryError::Trailing(reader.bytes.len()));
    }
    Ok(Records { parameters, transactions })
}

struct Reader<'a> {
    bytes: &'a [u8],
    transaction: usize,
}

impl<'a> Reader<'a> {
    fn word(&mut self) -> Result<u64, BinaryError> {
        let (word, rest) =
            self.bytes.split_first_chunk().ok_or(BinaryError::Truncated { transaction: self.transaction })?;
        self.bytes = rest;
        Ok(u64::from_le_bytes(*word))
    }

    fn range(&self, what: OutOfRange) -> BinaryError {
        BinaryError::Range { transaction: self.transaction, what }
    }

    fn length(&mut self, limit: usize, what: &'static str) -> Result<usize, BinaryError> {
        let length = self.word()?;
        if length <= limit as u64 { Ok(length as usize) } else { Err(self.range(OutOfRange(what))) }
    }

    /// The words of one transaction. Only the lengths are checked, as the next record's place depends on them.
    fn record(&mut self) -> Result<Record<'a>, BinaryError> {
        let (program, nonce) = (self.word()?, self.word()?);
        let operands = self.length(MAX_ELEMENTS, "number of operands")?;
        let hints = self.length(MAX_ELEMENTS, "number of hints")?;
        let signatures = self.length(MAX_SIGNATURES, "number of signatures")?;
        let truncated = BinaryError::Truncated { transaction: self.transaction };
        let mut take = |words: usize| {
            let (part, rest) = self.bytes.split_at_checked(8 * words).ok_or(truncated)?;
            self.bytes = rest;
            Ok(part.as_chunks().0)
        };
        Ok(Record {
            program,
            nonce,
            operands: take(operands)?,
            hints: take(hints)?,
            signatures: take(SIGNATURE_WORDS * signatures)?,
        })
    }
}

/// A transaction's words, as bytes.
struct Record<'a> {
    program: u64,
    nonce: u64,
    operands: &'a [[u8; 8]],
    hints: &'a [[u8; 8]],
    signatures: &'a [[u8; 8]],
}

impl Record<'_> {
    fn transaction(&self) -> Result<Transaction, OutOfRange> {
        let elements = |words: &[[u8; 8]], what: &'static str| {
            words.iter().map(|word| element(u64::from_le_bytes(*word), what)).collect::<Result<Vec<F>, _>>()
        };
        Ok(Transaction {
            program: self.program.try_into().map_err(|_| OutOfRange("program"))?,
            nonce: element(self.nonce, "nonce")?.as_canonical_u64(),
            operands: elements(self.operands, "operand")?,
            hints: elements(self.hints, "hint")?,
            signatures: self.signatures.as_chunks().0.iter().map(signature).collect::<Result<_, _>>()?,
        })
    }
}

fn element(word: u64, what: &'static str) -> Result<F, OutOfRange> {
    if word < MODULUS { Ok(F::new(word)) } else { Err(OutOfRange(what)) }
}

fn signature(words: &[[u8; 8]; SIGNATURE_WORDS]) -> Result<Signature, OutOfRange> {
    let [w0, w1, w2, w3, w4, response @ ..] = words.map(u64::from_le_bytes);
    let mut w_r = [F::default(); 5];
    for (to, word) in w_r.iter_mut().zip([w0, w1, w2, w3, w4]) {
        *to = element(word, "commitment")?;
    }
    let s = Scalar::from_words(response).ok_or(OutOfRange("response"))?;
    Ok(Signature { w_r, s })
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
        let range = |transaction, what| Err(BinaryError::Range { transaction, what: OutOfRange(what) });
        assert_eq!(with_word(0, 0), Err(BinaryError::Magic));
        assert_eq!(with_word(1, 2), Err(BinaryError::Version(2)));
        assert_eq!(with_word(2, MODULUS), range(0, "digest of the parameters"));
        for count in [3, u64::MAX, 1 << 40] {
            assert!(matches!(with_word(6, count), Err(BinaryError::Truncated { .. })));
        }
        assert_eq!(with_word(6, 1), Err(BinaryError::Trailing(8 * FIXED_WORDS)));
        assert_eq!(with_word(7, 1 << 32), range(1, "program"));
        assert_eq!(with_word(8, MODULUS), range(1, "nonce"));
        assert_eq!(with_word(9, 257), range(1, "number of operands"));
        assert_eq!(with_word(10, u64::MAX), range(1, "number of hints"));
        assert_eq!(with_word(11, 17), range(1, "number of signatures"));
        assert_eq!(with_word(9, 256), Err(BinaryError::Truncated { transaction: 1 }));
        assert_eq!(with_word(12, MODULUS), range(1, "operand"));
        assert_eq!(with_word(15, MODULUS), range(1, "hint"));
        assert_eq!(with_word(16, MODULUS), range(1, "commitment"));
        assert_eq!(with_word(25, u64::MAX), range(1, "response"));
        assert_eq!(with_word(37, MODULUS), range(2, "nonce"));
    }

    #[test]
    fn a_bad_record_leaves_its_neighbours() {
        let example = example();
        let word = |index: usize, value: u64| {
            let mut bytes = encode(&example);
            bytes[8 * index..8 * index + 8].copy_from_slice(&value.to_le_bytes());
            decode_records(&bytes)
        };
        let bad = [(7, "program"), (8, "nonce"), (14, "operand"), (15, "hint"), (20, "commitment"), (35, "response")];
        for (index, what) in bad {
            let records = word(index, u64::MAX).unwrap();
            let expected = vec![Err(OutOfRange(what)), Ok(example.transactions[1].clone())];
            assert_eq!((records.parameters, records.transactions), (example.parameters, expected));
        }
        // A length says where the next record begins: with a wrong one there are no neighbours to keep.
        for index in [2, 9, 10, 11] {
            assert!(matches!(word(index, u64::MAX), Err(BinaryError::Range { .. })));
        }
    }

    #[test]
    fn places_count_from_one() {
        let text = |result: Result<File, BinaryError>| result.unwrap_err().to_string();
        assert_eq!(text(with_word(2, MODULUS)), "before the first transaction: digest of the parameters out of range");
        assert_eq!(text(with_word(8, MODULUS)), "transaction 1: nonce out of range");
        assert_eq!(text(decode(&encode(&example())[..8 * 37])), "transaction 2: the file ends early");
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
