//! The circuits of a level, and what identifies a chain to the verifier.

use braid_aggregator::stated;
use braid_circuits::leaf::shape::Shape;
use braid_circuits::recursion::cache::Cache;
use braid_circuits::stark::Security;
use braid_contracts::Registry;
use braid_prover::leaf::LeafCircuit;
use braid_prover::level::Level;

use crate::chain::Chain;
use crate::{failure, progress};

/// The circuits of a level, by their keys: loaded from a cache, or built, when they are needed. Who only predicts needs none.
pub fn open(security: Security, registry: &Registry, cache: Option<&Cache>) -> anyhow::Result<Level> {
    let leaf = LeafCircuit::new(security, Shape::Tiny, registry).map_err(failure::machine)?;
    Level::open(&leaf, cache).map_err(failure::machine)
}

/// The circuits of a level with the built-in registry, for tests that prove nothing.
#[cfg(test)]
pub fn of(security: Security) -> Level {
    open(security, &Registry::builtin(), None).unwrap()
}

/// Builds what the user's cache lacks of the circuits that prove chunks of these shapes.
pub fn prepare(level: &Level, chunks: &[Shape], quiet: bool) -> anyhow::Result<()> {
    let message = format!("circuits of {}: loading, or building them once (a minute)", level.security().name());
    progress::patiently(&message, quiet, || level.prepare(chunks)).map_err(failure::machine)
}

/// The user's cache of circuits.
///
/// # Errors
/// If its limit is no number.
pub fn cache() -> anyhow::Result<Option<Cache>> {
    const LIMIT: &str = "BRAID_CACHE_LIMIT";
    match std::env::var(LIMIT) {
        Ok(limit) if limit.parse::<u64>().is_err() => {
            Err(failure::usage(format!("{LIMIT}: {limit:?} is no whole number of GiB")))
        }
        _ => Ok(Cache::of_user()),
    }
}

/// Digest of the chain's parameters as the verifier writes it.
pub fn parameters(chain: &Chain) -> braid_verifier::Digest {
    stated::digest(&chain.head.parameters.digest())
}
