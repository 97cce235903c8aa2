//! Reading and writing the little-endian numbers of keys and proofs. Reading never allocates ahead of what is there.

use crate::extension::Quadratic;
use crate::field::Goldilocks;
use crate::poseidon::Hash;

/// What is left to read.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

/// Why reading failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// The bytes end before the item does.
    Truncated,
    /// A number is not below the modulus.
    NotCanonical,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether everything has been read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], ReadError> {
        let (head, rest) = self.rest.split_at_checked(length).ok_or(ReadError::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let (head, rest) = self.rest.split_first_chunk().ok_or(ReadError::Truncated)?;
        self.rest = rest;
        Ok(*head)
    }

    pub fn u8(&mut self) -> Result<u8, ReadError> {
        self.array().map(u8::from_le_bytes)
    }

    pub fn u32(&mut self) -> Result<u32, ReadError> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Result<u64, ReadError> {
        self.array().map(u64::from_le_bytes)
    }

    pub fn element(&mut self) -> Result<Goldilocks, ReadError> {
        Goldilocks::from_canonical(self.u64()?).ok_or(ReadError::NotCanonical)
    }

    pub fn elements(&mut self, count: usize) -> Result<Vec<Goldilocks>, ReadError> {
        self.repeat(count, Self::element)
    }

    pub fn extension(&mut self) -> Result<Quadratic, ReadError> {
        let constant = self.element()?;
        Ok(Quadratic(constant, self.element()?))
    }

    pub fn extensions(&mut self, count: usize) -> Result<Vec<Quadratic>, ReadError> {
        self.repeat(count, Self::extension)
    }

    pub fn hash(&mut self) -> Result<Hash, ReadError> {
        let [a, b, c, d] = [self.element()?, self.element()?, self.element()?, self.element()?];
        Ok([a, b, c, d])
    }

    pub fn hashes(&mut self, count: usize) -> Result<Vec<Hash>, ReadError> {
        self.repeat(count, Self::hash)
    }

    fn repeat<T>(
        &mut self,
        count: usize,
        read: impl Fn(&mut Self) -> Result<T, ReadError>,
    ) -> Result<Vec<T>, ReadError> {
        // No item is shorter than 8 bytes, so a count that the bytes cannot hold is refused before it costs memory.
        if count > self.rest.len() / 8 {
            return Err(ReadError::Truncated);
        }
        (0..count).map(|_| read(self)).collect()
    }
}

pub(crate) fn put_u32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

pub(crate) fn put_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

pub(crate) fn put_digest(out: &mut Vec<u8>, digest: &[u64; 4]) {
    digest.iter().for_each(|&element| put_u64(out, element));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::MODULUS;

    #[test]
    fn reads_what_is_there_and_not_more() {
        let mut bytes = Vec::new();
        put_u32(&mut bytes, 7);
        put_digest(&mut bytes, &[1, 2, 3, 4]);
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.u32(), Ok(7));
        assert_eq!(reader.hashes(5), Err(ReadError::Truncated));
        assert_eq!(reader.hash(), Ok([1, 2, 3, 4].map(Goldilocks::new)));
        assert!(reader.is_empty());
        assert_eq!(reader.u8(), Err(ReadError::Truncated));
        assert_eq!(Reader::new(&bytes).elements(usize::MAX), Err(ReadError::Truncated));
        assert_eq!(Reader::new(&bytes).bytes(usize::MAX), Err(ReadError::Truncated));
    }

    #[test]
    fn refuses_numbers_that_are_not_reduced() {
        let bytes = MODULUS.to_le_bytes();
        assert_eq!(Reader::new(&bytes).element(), Err(ReadError::NotCanonical));
    }
}
