//! Chunks as bytes: what a worker fetches, and what a job's identity is a digest of.
//!
//! A magic number with the version, then the chunk in postcard's encoding: integers as variable-length numbers, elements
//! as canonical 8 bytes, little-endian. A chunk has one encoding; any other bytes are refused.

use crate::chunk::Chunk;
use thiserror::Error;

/// First bytes of a chunk, with the format's version.
const MAGIC: &[u8; 8] = b"BRAIDCH1";

/// Why bytes are not a chunk.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EncodingError {
    /// They do not begin as a chunk does.
    #[error("not a chunk, or of another version")]
    Magic,
    /// They end too early, or hold a value that cannot stand there.
    #[error("damaged chunk: {0}")]
    Damaged(String),
    /// They say the same as other bytes: an integer is written too long, or bytes follow the end.
    #[error("damaged chunk: not in its one encoding")]
    NotCanonical,
}

impl Chunk {
    /// The chunk's one encoding.
    ///
    /// # Errors
    /// None for a chunk in memory; the encoder's signature allows for one.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EncodingError> {
        postcard::to_extend(self, MAGIC.to_vec()).map_err(|error| EncodingError::Damaged(error.to_string()))
    }

    /// The inverse of [`Chunk::to_bytes`]. Says nothing about whether the chunk is valid: that is for its replay.
    ///
    /// # Errors
    /// [`EncodingError`] for whatever that would not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EncodingError> {
        let body = bytes.strip_prefix(MAGIC.as_slice()).ok_or(EncodingError::Magic)?;
        let chunk: Self = postcard::from_bytes(body).map_err(|error| EncodingError::Damaged(error.to_string()))?;
        if chunk.to_bytes()? == bytes { Ok(chunk) } else { Err(EncodingError::NotCanonical) }
    }
}

/// Signatures in serde: 5 elements and 5 words of 8 bytes each; a scalar that is not reduced is refused.
pub(crate) mod signatures {
    use braid_primitives::F;
    use braid_primitives::ecgfp5::Scalar;
    use braid_primitives::schnorr::Signature;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    type Words = [[u8; 8]; 5];

    pub(crate) fn serialize<S: Serializer>(signatures: &[Signature], serializer: S) -> Result<S::Ok, S::Error> {
        let words = |signature: &Signature| (signature.w_r, signature.s.words().map(u64::to_le_bytes));
        signatures.iter().map(words).collect::<Vec<([F; 5], Words)>>().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Signature>, D::Error> {
        let read = |(w_r, words): ([F; 5], Words)| {
            let s = Scalar::from_words(words.map(u64::from_le_bytes));
            s.map(|s| Signature { w_r, s }).ok_or_else(|| D::Error::custom("scalar is not below the group's order"))
        };
        Vec::deserialize(deserializer)?.into_iter().map(read).collect()
    }
}
