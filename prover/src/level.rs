//! All circuits of one level of security: a leaf circuit for every shape, their wraps, and the merge.

use braid_circuits::leaf::shape::{Shape, TABLES};
use braid_circuits::recursion::range::{RangeProof, RecursionProver};
use braid_circuits::recursion::set::CircuitSet;
use braid_circuits::recursion::wrap::{LeafInterface, LeafWrap};
use braid_circuits::recursion::{RecursionError, leaf_verifier};
use braid_circuits::stark::Security;
use braid_contracts::Registry;
use braid_primitives::Digest;

use crate::leaf::{LeafCircuit, LeafProof, LeafSetupError};
use crate::memory;

/// Where the chips that have public values stand among the tables.
const INTERFACE: LeafInterface =
    LeafInterface { cpu: place("cpu"), page: place("page"), tree: place("tree"), sponge: place("sponge") };

/// Place of a table in the order of the instances.
const fn place(name: &str) -> usize {
    let mut table = 0;
    while table < TABLES.len() {
        if equal(TABLES[table].as_bytes(), name.as_bytes()) {
            return table;
        }
        table += 1;
    }
    panic!("no table has this name")
}

const fn equal(left: &[u8], right: &[u8]) -> bool {
    let mut i = 0;
    while i < left.len() && i < right.len() && left[i] == right[i] {
        i += 1;
    }
    i == left.len() && i == right.len()
}

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

/// The circuits of one level for one registry.
pub struct Level {
    security: Security,
    leaves: Vec<(LeafCircuit, LeafWrap)>,
    set: CircuitSet<LeafWrap>,
}

impl Level {
    /// Builds all circuits: seconds at `Insecure`, minutes at the secure levels.
    ///
    /// # Errors
    /// If the registry does not fit the tables, or a circuit cannot be built.
    pub fn build(security: Security, registry: &Registry) -> Result<Self, LevelError> {
        let mut leaves = Vec::new();
        for shape in Shape::ALL {
            let leaf = LeafCircuit::new(security, shape, registry);
            let leaf = leaf.map_err(|error| LevelError::Leaf { shape, error })?;
            let wrap = LeafWrap::new(shape.name(), security, leaf.setup(), INTERFACE);
            leaves.push((leaf, wrap.map_err(|error| LevelError::Wrap { shape, error })?));
        }
        let set = CircuitSet::build(security, leaves.iter().map(|(_, wrap)| wrap.clone()).collect())?;
        Ok(Self { security, leaves, set })
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

    /// Predicted peak of the wrap of a shape and its shrinks, in bytes.
    pub fn wrap_memory(&self, shape: Shape) -> u64 {
        let stages = self.set.wrap_stages(shape as usize);
        stages.map(|stage| memory::recursion(&stage.verifier().common)).max().unwrap_or(0)
    }

    fn circuits(&self, shape: Shape) -> &(LeafCircuit, LeafWrap) {
        // `build` makes one entry for every shape, in their order.
        &self.leaves[shape as usize]
    }
}
