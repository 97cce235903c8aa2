/// What can go wrong in describing a leaf shape, building its verifier, or assigning a proof to it.
#[derive(Debug, thiserror::Error)]
pub enum LeafError {
    /// The shape cannot be verified in a circuit.
    #[error("leaf shape: {0}")]
    Shape(&'static str),
    /// The shape does not reach the level it is to be used at.
    #[error(transparent)]
    Insufficient(#[from] crate::stark::Insufficient),
    /// The native verifier rejects the proof.
    #[error(transparent)]
    Rejected(#[from] crate::stark::VerifyError),
    /// Parts of a proof do not fit the shape.
    #[error("malformed leaf proof: {0}")]
    Malformed(String),
    /// Values of the witness contradict each other.
    #[error("leaf witness: {0}")]
    Witness(String),
}
