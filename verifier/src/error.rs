//! Why a proof is not accepted.

use crate::level::SecurityLevel;
use crate::statement::{Digest, StatementError};

/// The first thing that did not hold. No input makes the verifier panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The file does not begin as a proof file does.
    #[error("this is no Braid proof file")]
    NotAProofFile,
    /// The file is of a version that this verifier does not know.
    #[error("proof file version {found} is not supported")]
    Version {
        /// Version in the file.
        found: u32,
    },
    /// The file ends too early.
    #[error("the proof file is truncated")]
    Truncated,
    /// The file goes on after its end.
    #[error("the proof file has bytes after its end")]
    TrailingBytes,
    /// A number is not below the modulus of the field.
    #[error("the proof contains a number that is no field element")]
    NotCanonical,
    /// The file names a level that does not exist.
    #[error("security level {tag} is unknown")]
    UnknownLevel {
        /// Tag in the file.
        tag: u32,
    },
    /// The caller does not accept this level.
    #[error("the proof is of level {level}, which was not accepted")]
    LevelNotAccepted {
        /// Level in the file.
        level: SecurityLevel,
    },
    /// This verifier knows no circuits of this level.
    #[error("this verifier was built without circuits of level {level}")]
    NoCircuits {
        /// Level in the file.
        level: SecurityLevel,
    },
    /// The proof belongs to other circuits than those this verifier knows.
    #[error("the proof is of circuit set {found:x?}, expected is {expected:x?}")]
    CircuitSet {
        /// Root in the file.
        found: Digest,
        /// Root that this verifier knows.
        expected: Digest,
    },
    /// The circuit set has no such member.
    #[error("the circuit set has no member {member}")]
    Member {
        /// Member in the file.
        member: u32,
    },
    /// The statement in the file is not well-formed.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The statement in front of the proof is not the one that is proven.
    #[error("the statement in the file is not the one that its proof proves")]
    StatementMismatch,
    /// Level or circuit set inside the statement differ from those of the file.
    #[error("the proven statement names another level or circuit set than the file")]
    HeaderMismatch,
    /// The programs are not among those accepted.
    #[error("programs root {found:x?} was not accepted")]
    ProgramsRoot {
        /// Root in the statement.
        found: Digest,
    },
    /// The chain has other parameters than those expected.
    #[error("chain parameters {found:x?} are not the ones expected")]
    Parameters {
        /// Digest in the statement.
        found: Digest,
    },
    /// The range does not begin at the state expected.
    #[error("the range begins at state root {found:x?}, which is not the one expected")]
    RootBefore {
        /// State root in the statement.
        found: Digest,
    },
    /// The range does not end at the state expected.
    #[error("the range ends at state root {found:x?}, which is not the one expected")]
    RootAfter {
        /// State root in the statement.
        found: Digest,
    },
    /// The fees that the transactions saw are not those at the beginning of the range.
    #[error("the block context says {context} fees before the batch, the range begins with {boundary}")]
    FeesBefore {
        /// Fees in the context.
        context: u64,
        /// Fees at the boundary.
        boundary: u64,
    },
    /// Fees or the transaction count ran backwards or out of their range.
    #[error("fees or transaction count at the end of the range are impossible")]
    Counters,
    /// The proof has another length than every proof of its circuits.
    #[error("the proof has the wrong length for its circuits")]
    ProofLength,
    /// A length inside the proof is not the one of its circuits.
    #[error("the proof has the wrong shape for its circuits")]
    ProofShape,
    /// The constraint identity fails: the trace behind the proof breaks a rule.
    #[error("the constraints do not hold")]
    Constraints,
    /// Too little work was put into the proof of work.
    #[error("the grinding of the proof is insufficient")]
    Grinding,
    /// A row of a commitment does not lead to it.
    #[error("an opened row does not belong to its commitment")]
    Commitment,
    /// The layers of the low-degree test contradict each other.
    #[error("the layers of the low-degree test are inconsistent")]
    Folding,
    /// The low-degree test ends in another polynomial than the one sent.
    #[error("the low-degree test does not end in its final polynomial")]
    FinalPolynomial,
}
