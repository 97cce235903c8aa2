//! The circuits of a level, and what identifies a chain to the verifier.

use braid_aggregator::stated;
use braid_circuits::recursion::cache::Cache;
use braid_circuits::stark::Security;
use braid_contracts::Registry;
use braid_prover::level::Level;

use crate::chain::Chain;
use crate::{failure, progress};

/// The circuits of a level: from the user's cache, or built and put there.
pub fn load(security: Security, registry: &Registry, quiet: bool) -> anyhow::Result<Level> {
    let message = format!("circuits of {}: loading, or building them once (minutes)", security.name());
    let open = || Level::open(security, registry, Cache::of_user().as_ref());
    progress::patiently(&message, quiet, open).map_err(failure::machine)
}

/// Digest of the chain's parameters as the verifier writes it.
pub fn parameters(chain: &Chain) -> braid_verifier::Digest {
    stated::digest(&chain.head.parameters.digest())
}
