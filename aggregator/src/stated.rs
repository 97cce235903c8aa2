//! Digests and boundaries of an execution in the words of a proof's statement, where elements are canonical integers.

use braid_primitives::Digest;
use braid_witness::Boundary;
use p3_field::PrimeField64;

/// A digest as statements write it.
pub fn digest(digest: &Digest) -> braid_verifier::Digest {
    digest.map(|element| element.as_canonical_u64())
}

/// A boundary as statements write it.
pub fn boundary(boundary: &Boundary) -> braid_verifier::Boundary {
    braid_verifier::Boundary {
        root: digest(&boundary.root),
        data: digest(&boundary.data),
        inbox: digest(&boundary.inbox),
        outbox: digest(&boundary.outbox),
        count: boundary.count,
        fees: boundary.fees,
    }
}
