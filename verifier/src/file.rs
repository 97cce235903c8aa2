//! The proof file: what `braid prove` writes and [`crate::verify`] reads.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | `BRAIDPRF` |
//! | 4 | version, 1 |
//! | 4 | tag of the security level |
//! | 4 | member of the circuit set that proves it |
//! | 32 | circuit set root |
//! | 416 | statement, 52 elements |
//! | 8 + n | plonky2 proof with public inputs, its length first |
//! | 8 + m | notes, their length first: **unauthenticated**, anybody can change them (timings, list of chunks) |
//!
//! All numbers are little-endian. What stands before the proof is repeated inside it, and must agree.

use crate::bytes::{ReadError, Reader, put_digest, put_u32, put_u64};
use crate::error::VerifyError;
use crate::field::Goldilocks;
use crate::level::SecurityLevel;
use crate::statement::{Digest, STATEMENT_LENGTH, Statement};

const MAGIC: &[u8; 8] = b"BRAIDPRF";
const VERSION: u32 = 1;

/// The parts of a proof file. Nothing in it has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFile<'a> {
    /// The level that the proof claims.
    pub level: SecurityLevel,
    /// Which member of the circuit set proves it.
    pub member: u32,
    /// The circuit set that the proof claims.
    pub set_root: Digest,
    /// What the proof claims to state.
    pub statement: Statement,
    /// plonky2's `ProofWithPublicInputs`.
    pub proof: &'a [u8],
    /// Unauthenticated notes.
    pub notes: &'a [u8],
}

impl From<ReadError> for VerifyError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Truncated => Self::Truncated,
            ReadError::NotCanonical => Self::NotCanonical,
        }
    }
}

impl<'a> ProofFile<'a> {
    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        put_u32(&mut out, VERSION);
        put_u32(&mut out, self.level.tag() as u32);
        put_u32(&mut out, self.member);
        put_digest(&mut out, &self.set_root);
        self.statement.to_elements().iter().for_each(|&element| put_u64(&mut out, element));
        for section in [self.proof, self.notes] {
            put_u64(&mut out, section.len() as u64);
            out.extend_from_slice(section);
        }
        out
    }

    /// Takes a file apart. The bytes must be exactly one file.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, VerifyError> {
        let reader = &mut Reader::new(bytes);
        if reader.bytes(MAGIC.len())? != MAGIC {
            return Err(VerifyError::NotAProofFile);
        }
        let version = reader.u32()?;
        if version != VERSION {
            return Err(VerifyError::Version { found: version });
        }
        let tag = reader.u32()?;
        let level = SecurityLevel::from_tag(u64::from(tag)).ok_or(VerifyError::UnknownLevel { tag })?;
        let member = reader.u32()?;
        let set_root = reader.hash()?.map(Goldilocks::value);
        let elements: Vec<u64> = reader.elements(STATEMENT_LENGTH)?.iter().map(|element| element.value()).collect();
        let statement = Statement::from_elements(&elements)?;
        let proof = section(reader)?;
        let notes = section(reader)?;
        if !reader.is_empty() {
            return Err(VerifyError::TrailingBytes);
        }
        Ok(Self { level, member, set_root, statement, proof, notes })
    }
}

fn section<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], ReadError> {
    let length = usize::try_from(reader.u64()?).map_err(|_| ReadError::Truncated)?;
    reader.bytes(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes() -> Vec<u8> {
        let elements: [u64; STATEMENT_LENGTH] = core::array::from_fn(|i| i as u64 % 12);
        let statement = Statement::from_elements(&elements).expect("element 12 is 0, the tag of a level");
        let level = SecurityLevel::Insecure;
        ProofFile { level, member: 3, set_root: [5; 4], statement, proof: &[1, 2, 3], notes: b"fast" }.to_bytes()
    }

    #[test]
    fn a_file_reads_back() {
        let bytes = bytes();
        let file = ProofFile::from_bytes(&bytes).expect("whole");
        assert_eq!((file.proof, file.notes), (&[1, 2, 3][..], &b"fast"[..]));
        assert_eq!(file.to_bytes(), bytes);
    }

    #[test]
    fn every_truncation_and_any_addition_is_refused() {
        let bytes = bytes();
        for length in 0..bytes.len() {
            assert!(ProofFile::from_bytes(&bytes[..length]).is_err());
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(ProofFile::from_bytes(&longer), Err(VerifyError::TrailingBytes));
    }

    #[test]
    fn says_what_is_wrong_with_a_header() {
        let changed = |at: usize, value: u8| {
            let mut bytes = bytes();
            bytes[at] = value;
            ProofFile::from_bytes(&bytes).map(|_| ())
        };
        assert_eq!(changed(0, b'X'), Err(VerifyError::NotAProofFile));
        assert_eq!(changed(8, 9), Err(VerifyError::Version { found: 9 }));
        assert_eq!(changed(12, 77), Err(VerifyError::UnknownLevel { tag: 77 }));
        // The length of the proof section: longer than the file.
        assert_eq!(changed(20 + 32 + 416 + 7, 0xff), Err(VerifyError::Truncated));
    }
}
