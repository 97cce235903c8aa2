//! The circuits of a level, and what identifies a chain to the verifier.

use braid_circuits::stark::Security;
use braid_contracts::Registry;
use braid_prover::level::Level;
use p3_field::PrimeField64;

use crate::chain::Chain;
use crate::{failure, progress};

/// Loads or builds the circuits of a level.
pub fn load(security: Security, registry: &Registry, quiet: bool) -> anyhow::Result<Level> {
    let spinner = progress::spinner(&format!("circuits of {}", security.name()), quiet);
    let level = Level::build(security, registry).map_err(failure::machine);
    spinner.finish_and_clear();
    level
}

/// Digest of the chain's parameters as the verifier writes it.
pub fn parameters(chain: &Chain) -> [u64; 4] {
    chain.head.parameters.digest().map(|element| element.as_canonical_u64())
}
