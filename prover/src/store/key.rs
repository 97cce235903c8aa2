use std::fmt;

use sha2::{Digest, Sha256};

/// Name of an artifact: the digest of everything it was made from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArtifactKey([u8; 32]);

impl ArtifactKey {
    /// The digest's bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ArtifactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ArtifactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ArtifactKey({self})")
    }
}

/// Absorbs the inputs of a job, each with its length, so that no two lists of inputs are one string of bytes.
#[derive(Clone)]
pub struct KeyBuilder(Sha256);

impl KeyBuilder {
    /// A key of one kind of job, such as `"leaf"`; the kind's format version is part of it.
    pub fn new(kind: &str, version: u32) -> Self {
        Self(Sha256::new()).with(b"braid artifact").with(kind.as_bytes()).with(&version.to_le_bytes())
    }

    /// Adds one input.
    #[must_use]
    pub fn with(mut self, input: &[u8]) -> Self {
        self.0.update((input.len() as u64).to_le_bytes());
        self.0.update(input);
        self
    }

    /// The key.
    pub fn finish(self) -> ArtifactKey {
        ArtifactKey(self.0.finalize().into())
    }
}
