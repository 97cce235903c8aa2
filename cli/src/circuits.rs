//! The circuits of a level, and what identifies a chain to the verifier.

use braid_circuits::recursion::cache::Cache;
use braid_circuits::stark::Security;
use braid_contracts::Registry;
use braid_primitives::Digest;
use braid_prover::level::Level;
use braid_witness::Boundary;
use p3_field::PrimeField64;

use crate::chain::Chain;
use crate::{failure, progress};

/// The circuits of a level: from the user's cache, or built and put there.
pub fn load(security: Security, registry: &Registry, quiet: bool) -> anyhow::Result<Level> {
    let spinner = progress::spinner(&format!("circuits of {}", security.name()), quiet);
    let level = Level::open(security, registry, Cache::of_user().as_ref()).map_err(failure::machine);
    spinner.finish_and_clear();
    level
}

/// Digest of the chain's parameters as the verifier writes it.
pub fn parameters(chain: &Chain) -> [u64; 4] {
    chain.head.parameters.digest().map(|element| element.as_canonical_u64())
}

/// A boundary as the verifier writes it.
pub fn boundary(boundary: &Boundary) -> braid_verifier::Boundary {
    let digest = |digest: Digest| digest.map(|element| element.as_canonical_u64());
    braid_verifier::Boundary {
        root: digest(boundary.root),
        data: digest(boundary.data),
        inbox: digest(boundary.inbox),
        outbox: digest(boundary.outbox),
        count: boundary.count,
        fees: boundary.fees,
    }
}
