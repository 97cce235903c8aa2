//! A service that mirrors a chain: it moves on to a new state only with a proof that leads there.

use braid_verifier::{Acceptable, Digest, Statement, VerifyError, verify};

/// What the service believes about the chain.
#[derive(Clone, Debug)]
pub struct Mirror {
    /// Root of the state tree.
    pub root: Digest,
    /// Digest of the parameters of the one chain it follows.
    pub parameters: Digest,
}

impl Mirror {
    /// Checks the proof of the next batch, and moves to the state it leads to. Errors leave the mirror as it was.
    pub fn advance(&mut self, proof: &[u8]) -> Result<Statement, VerifyError> {
        let acceptable = Acceptable::new().parameters(self.parameters).root_before(self.root);
        let statement = verify(proof, &acceptable)?;
        self.root = statement.after.root;
        Ok(statement)
    }
}
