//! What the caller accepts. The proof never has a say in it.

use crate::error::VerifyError;
use crate::key::CircuitSetKey;
use crate::level::SecurityLevel;
use crate::statement::{Digest, Statement};

/// Conditions on a proof, besides being one. The default accepts [`SecurityLevel::Provable100`] and the built-in
/// programs only, on any chain, from any state to any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptable {
    levels: Vec<SecurityLevel>,
    programs_roots: Option<Vec<Digest>>,
    parameters: Option<Digest>,
    root_before: Option<Digest>,
    root_after: Option<Digest>,
}

impl Default for Acceptable {
    fn default() -> Self {
        Self {
            levels: vec![SecurityLevel::Provable100],
            programs_roots: None,
            parameters: None,
            root_before: None,
            root_after: None,
        }
    }
}

impl Acceptable {
    /// The default: proven security, built-in programs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts exactly these levels. [`SecurityLevel::Insecure`] proves nothing: accept it only in tests.
    pub fn levels(mut self, levels: &[SecurityLevel]) -> Self {
        self.levels = levels.to_vec();
        self
    }

    /// Accepts exactly these sets of programs, instead of the built-in one.
    pub fn programs_roots(mut self, roots: &[Digest]) -> Self {
        self.programs_roots = Some(roots.to_vec());
        self
    }

    /// Demands the chain with this digest of its parameters. Without it, a proof about any chain is accepted: another
    /// chain id, another depth, other assets.
    pub fn parameters(mut self, digest: Digest) -> Self {
        self.parameters = Some(digest);
        self
    }

    /// Demands that the range begins at this state root.
    pub fn root_before(mut self, root: Digest) -> Self {
        self.root_before = Some(root);
        self
    }

    /// Demands that the range ends at this state root.
    pub fn root_after(mut self, root: Digest) -> Self {
        self.root_after = Some(root);
        self
    }

    /// Whether chain parameters were given: a caller may want to warn otherwise.
    pub fn names_chain(&self) -> bool {
        self.parameters.is_some()
    }

    pub(crate) fn check_level(&self, level: SecurityLevel) -> Result<(), VerifyError> {
        if self.levels.contains(&level) { Ok(()) } else { Err(VerifyError::LevelNotAccepted { level }) }
    }

    pub(crate) fn check(&self, statement: &Statement, key: &CircuitSetKey) -> Result<(), VerifyError> {
        let accepted = match &self.programs_roots {
            Some(roots) => roots.contains(&statement.programs_root),
            None => statement.programs_root == key.programs_root(),
        };
        if !accepted {
            return Err(VerifyError::ProgramsRoot { found: statement.programs_root });
        }
        let differs = |expected: Option<Digest>, found| expected.is_some_and(|expected| expected != found);
        if differs(self.parameters, statement.parameters) {
            return Err(VerifyError::Parameters { found: statement.parameters });
        }
        if differs(self.root_before, statement.before.root) {
            return Err(VerifyError::RootBefore { found: statement.before.root });
        }
        if differs(self.root_after, statement.after.root) {
            return Err(VerifyError::RootAfter { found: statement.after.root });
        }
        Ok(())
    }
}

/// What must hold of the whole range and no circuit says: transactions saw the fees collected before the *batch*, so
/// that is where the range must begin; and sums of fees in the field are only sums of integers below their bound.
pub(crate) fn check_counters(statement: &Statement) -> Result<(), VerifyError> {
    /// Fees ever collected stay below this.
    const MAX_FEES: u64 = 1 << 62;
    let (before, after) = (&statement.before, &statement.after);
    if statement.context.fees_before != before.fees {
        return Err(VerifyError::FeesBefore { context: statement.context.fees_before, boundary: before.fees });
    }
    if before.fees > after.fees || after.fees >= MAX_FEES || before.count > after.count {
        return Err(VerifyError::Counters);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::{STATEMENT_LENGTH, offset};

    fn statement(change: impl Fn(&mut Statement)) -> Statement {
        let mut elements = [1; STATEMENT_LENGTH];
        elements[offset::SECURITY] = 2;
        let mut statement = Statement::from_elements(&elements).expect("canonical");
        change(&mut statement);
        statement
    }

    #[test]
    fn the_default_accepts_the_strongest_level_only() {
        let default = Acceptable::new();
        assert_eq!(default.check_level(SecurityLevel::Provable100), Ok(()));
        for level in [SecurityLevel::Insecure, SecurityLevel::Conjectured100] {
            assert_eq!(default.check_level(level), Err(VerifyError::LevelNotAccepted { level }));
        }
        assert!(!default.names_chain());
    }

    #[test]
    fn counters_must_run_forward_within_bounds() {
        assert_eq!(check_counters(&statement(|_| ())), Ok(()));
        let refused = |change: fn(&mut Statement)| check_counters(&statement(change));
        assert_eq!(refused(|s| s.after.count = 0), Err(VerifyError::Counters));
        assert_eq!(refused(|s| s.after.fees = 0), Err(VerifyError::Counters));
        // Five fees of 2^62 wrap around the field; what is left looks harmless from below only.
        assert_eq!(refused(|s| s.after.fees = 1 << 62), Err(VerifyError::Counters));
        let fees = refused(|s| s.context.fees_before = 9);
        assert_eq!(fees, Err(VerifyError::FeesBefore { context: 9, boundary: 1 }));
    }
}
