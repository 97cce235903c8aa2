//! The public inputs of every circuit of a set, as targets.
//!
//! Their order is [`braid_verifier::Statement`]'s; nothing else in this crate knows it.

use braid_verifier::SecurityLevel;
use braid_verifier::statement::{BOUNDARY_LENGTH, Digest, STATEMENT_LENGTH, Statement, StatementError, offset};
use plonky2::field::types::{Field as _, PrimeField64};
use plonky2::hash::hash_types::{HashOut, HashOutTarget};
use plonky2::iop::target::Target;

use super::{Builder, Field, Proof};
use crate::stark::Security;

/// A statement inside a circuit.
#[derive(Clone, Copy, Debug)]
pub struct StatementTargets {
    /// Root of the circuit set. Every member must leave it free or tie it to its children's.
    pub set_root: [Target; 4],
    /// Digest of the chain parameters.
    pub parameters: [Target; 4],
    /// Programs root.
    pub programs_root: [Target; 4],
    /// Tag of the security level.
    pub security: Target,
    /// Block number, timestamp, fees before the batch.
    pub context: [Target; 3],
    /// Boundary before the range.
    pub before: [Target; BOUNDARY_LENGTH],
    /// Boundary after the range.
    pub after: [Target; BOUNDARY_LENGTH],
}

impl StatementTargets {
    /// Fresh targets that nothing constrains yet.
    pub fn allocate(builder: &mut Builder) -> Self {
        Self::from_array(builder.add_virtual_target_arr())
    }

    /// Names the parts of a list of public inputs; `None` unless there are exactly 52.
    pub fn from_targets(targets: &[Target]) -> Option<Self> {
        Some(Self::from_array(targets.try_into().ok()?))
    }

    fn from_array(t: [Target; STATEMENT_LENGTH]) -> Self {
        let part = |at: usize| core::array::from_fn(|i| t[at + i]);
        Self {
            set_root: part(offset::SET_ROOT),
            parameters: part(offset::PARAMETERS),
            programs_root: part(offset::PROGRAMS_ROOT),
            security: t[offset::SECURITY],
            context: core::array::from_fn(|i| t[offset::CONTEXT + i]),
            before: core::array::from_fn(|i| t[offset::BEFORE + i]),
            after: core::array::from_fn(|i| t[offset::AFTER + i]),
        }
    }

    /// All 52 targets in the order of the public inputs.
    pub fn elements(&self) -> Vec<Target> {
        let mut out = Vec::with_capacity(STATEMENT_LENGTH);
        out.extend(self.set_root);
        out.extend(self.parameters);
        out.extend(self.programs_root);
        out.push(self.security);
        out.extend(self.context);
        out.extend(self.before);
        out.extend(self.after);
        out
    }

    /// Makes this statement the circuit's public inputs. A circuit registers no others.
    pub fn register(&self, builder: &mut Builder) {
        builder.register_public_inputs(&self.elements());
    }
}

impl From<Security> for SecurityLevel {
    fn from(security: Security) -> Self {
        match security {
            Security::Insecure => Self::Insecure,
            Security::Conjectured100 => Self::Conjectured100,
            Security::Provable100 => Self::Provable100,
        }
    }
}

/// The set root as plonky2 types it.
pub fn hash_target(elements: [Target; 4]) -> HashOutTarget {
    HashOutTarget { elements }
}

/// A canonical digest as plonky2's hash.
pub fn hash_from_digest(digest: &Digest) -> HashOut<Field> {
    HashOut { elements: digest.map(Field::from_noncanonical_u64) }
}

/// plonky2's hash as a canonical digest.
pub fn digest_from_hash(hash: &HashOut<Field>) -> Digest {
    hash.elements.map(|element| element.to_canonical_u64())
}

/// The public inputs that state this.
pub fn public_inputs(statement: &Statement) -> [Field; STATEMENT_LENGTH] {
    statement.to_elements().map(Field::from_noncanonical_u64)
}

/// What a proof of a member circuit states.
pub fn statement_of(proof: &Proof) -> Result<Statement, StatementError> {
    let elements: Vec<u64> = proof.public_inputs.iter().map(PrimeField64::to_canonical_u64).collect();
    Statement::from_elements(&elements)
}

#[cfg(test)]
mod tests {
    use plonky2::plonk::circuit_data::CircuitConfig;

    use super::*;

    #[test]
    fn prover_and_verifier_mean_the_same_level_by_a_tag() {
        for security in Security::ALL {
            let level = SecurityLevel::from(security);
            assert_eq!((level.tag(), level.name()), (security.tag(), security.name()));
        }
    }

    #[test]
    fn elements_come_back_in_the_order_of_the_statement() {
        let mut builder = Builder::new(CircuitConfig::standard_recursion_config());
        let targets: Vec<Target> = builder.add_virtual_targets(STATEMENT_LENGTH);
        let statement = StatementTargets::from_targets(&targets).expect("52 targets");
        assert_eq!(statement.elements(), targets);
        assert!(StatementTargets::from_targets(&targets[..51]).is_none());
    }
}
