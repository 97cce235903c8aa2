//! All circuits of one level of security: a leaf circuit for every shape, their wraps, and the merge.

use std::collections::BTreeSet;

use braid_circuits::leaf::shape::Shape;
use braid_circuits::recursion::cache::Cache;
use braid_circuits::recursion::export::ExportError;
use braid_circuits::recursion::open::Pinned;
use braid_circuits::recursion::range::{RangeProof, RecursionProver};
use braid_circuits::recursion::set::CircuitSet;
use braid_circuits::recursion::wrap::{LeafInterface, LeafWrap};
use braid_circuits::recursion::{CommonData, RecursionError, leaf_verifier};
use braid_circuits::stark::Security;
use braid_primitives::{Digest, F, poseidon};
use braid_verifier::CircuitSetKey;
use p3_field::PrimeField64;

use crate::leaf::{LeafCircuit, LeafProof, LeafSetupError};
use crate::memory;

/// Why the circuits of a level could not be built.
#[derive(Debug, thiserror::Error)]
pub enum LevelError {
    /// A leaf circuit.
    #[error("the leaf circuit of shape {shape}: {error}")]
    Leaf {
        /// The shape.
        shape: Shape,
        /// Why.
        error: LeafSetupError,
    },
    /// A wrap circuit.
    #[error("the wrap circuit of shape {shape}: {error}")]
    Wrap {
        /// The shape.
        shape: Shape,
        /// Why.
        error: leaf_verifier::LeafError,
    },
    /// The circuit set.
    #[error("the circuit set: {0}")]
    Set(#[from] RecursionError),
}

/// The keys of all circuits of a level, as `prover/tests/pins.rs` writes them.
fn keys(security: Security) -> &'static [u8] {
    match security {
        Security::Insecure => include_bytes!("../../circuits/pins/insecure.keys"),
        Security::Conjectured100 => include_bytes!("../../circuits/pins/conjectured-100.keys"),
        Security::Provable100 => include_bytes!("../../circuits/pins/provable-100.keys"),
    }
}

/// What is pinned of a level: the root is that of the verifier's built-in key. Circuits do not depend on the registry.
fn pinned(security: Security) -> Option<Pinned<'static>> {
    let key = CircuitSetKey::built_in(security.into())?;
    Some(Pinned { root: key.set_root(), keys: keys(security) })
}

/// The circuits of one level for one registry.
pub struct Level {
    security: Security,
    leaves: Vec<(LeafCircuit, LeafWrap)>,
    set: CircuitSet<LeafWrap>,
}

impl Level {
    /// All circuits of the level and the registry of one leaf circuit, by their pinned keys: those of recursion are loaded from the cache, if
    /// there is one, or built, when they are first used, or by [`Self::prepare`].
    ///
    /// # Errors
    /// If a wrap misses the bits of the level, the cache fails, or the pinned keys are of other circuits and those cannot be built.
    pub fn open(leaf: &LeafCircuit, cache: Option<&Cache>) -> Result<Self, LevelError> {
        let security = leaf.security();
        Self::with(leaf, |wraps| CircuitSet::open(security, wraps, cache, pinned(security)))
    }

    /// Builds all circuits, whatever is pinned: seconds at `Insecure`, minutes at the secure levels.
    ///
    /// # Errors
    /// If a circuit cannot be built.
    pub fn build(leaf: &LeafCircuit) -> Result<Self, LevelError> {
        Self::with(leaf, |wraps| CircuitSet::build(leaf.security(), wraps))
    }

    fn with(
        leaf: &LeafCircuit,
        set: impl FnOnce(Vec<LeafWrap>) -> Result<CircuitSet<LeafWrap>, RecursionError>,
    ) -> Result<Self, LevelError> {
        let security = leaf.security();
        let mut leaves = Vec::new();
        for shape in Shape::ALL {
            let leaf = leaf.resized(shape).map_err(|error| LevelError::Leaf { shape, error })?;
            let wrap = LeafWrap::new(shape.name(), security, leaf.setup(), LeafInterface::MACHINE);
            leaves.push((leaf, wrap.map_err(|error| LevelError::Wrap { shape, error })?));
        }
        let set = set(leaves.iter().map(|(_, wrap)| wrap.clone()).collect())?;
        Ok(Self { security, leaves, set })
    }

    /// Puts into the cache what it lacks of the circuits that prove chunks of these shapes, and merge them if there are several.
    ///
    /// # Errors
    /// If a circuit cannot be built, or is not the pinned one.
    pub fn prepare(&self, chunks: &[Shape]) -> Result<(), LevelError> {
        let shapes: BTreeSet<usize> = chunks.iter().map(|shape| *shape as usize).collect();
        Ok(self.set.prepare(&shapes.into_iter().collect::<Vec<_>>(), chunks.len() > 1)?)
    }

    /// Hash of the commitment to the program tables and the other fixed ones: what a proof's programs root must be.
    pub fn programs_root(&self) -> Digest {
        // All shapes share them.
        let cap = self.leaf(Shape::Tiny).setup().preprocessed_cap();
        let elements: Vec<F> = cap.into_iter().flat_map(|cap| cap.roots().iter().flatten().copied()).collect();
        poseidon::hash_no_pad(&elements)
    }

    /// The key under which proofs of this level and registry are verified.
    ///
    /// # Errors
    /// If the verifier does not know a gate of the circuits.
    pub fn verifier_key(&self) -> Result<CircuitSetKey, ExportError> {
        self.set.verifier_key(self.programs_root().map(|element| element.as_canonical_u64()))
    }

    /// The level.
    pub fn security(&self) -> Security {
        self.security
    }

    /// The recursion circuits.
    pub fn set(&self) -> &CircuitSet<LeafWrap> {
        &self.set
    }

    /// The leaf circuit of a shape.
    pub fn leaf(&self, shape: Shape) -> &LeafCircuit {
        &self.circuits(shape).0
    }

    /// Wraps a leaf proof of a shape. `assets` is the digest of the chain's list of assets, which the leaf does not know.
    ///
    /// # Errors
    /// If the leaf proof does not hold or no wrap that verifies comes out.
    pub fn wrap(
        &self,
        prover: &dyn RecursionProver,
        shape: Shape,
        leaf: &LeafProof,
        assets: Digest,
    ) -> Result<RangeProof, RecursionError> {
        let (circuit, wrap) = self.circuits(shape);
        let input = wrap.input(circuit.setup(), &leaf.proof, &leaf.public_values, assets)?;
        self.set.prove_wrap(prover, shape as usize, &input)
    }

    /// Predicted peak of the wrap of a shape and its shrinks, in bytes. Circuits that were used stay in memory, so that a
    /// shrink is made beside the circuit before it.
    pub fn wrap_memory(&self, shape: Shape) -> u64 {
        let commons = || self.set.wrap_stages(shape as usize).map(|stage| &stage.verifier().common);
        let circuits = self.wrap_circuits(shape);
        let beside = |common: &CommonData| circuits.saturating_sub(memory::circuit(common)) + memory::recursion(common);
        commons().map(beside).max().unwrap_or(0)
    }

    /// Bytes of the circuits of a shape's wrap and its shrinks, loaded.
    pub fn wrap_circuits(&self, shape: Shape) -> u64 {
        let stages = self.set.wrap_stages(shape as usize);
        stages.map(|stage| memory::circuit(&stage.verifier().common)).sum()
    }

    fn circuits(&self, shape: Shape) -> &(LeafCircuit, LeafWrap) {
        // `with` makes one entry for every shape, in their order.
        &self.leaves[shape as usize]
    }
}
