//! The wrap: a leaf proof of one chunk becomes a statement that merges can go on from.
//!
//! Its public inputs are what the leaf's public values say, with three things done on the way (SOUNDNESS 1.18, 1.28):
//! the digest of the chain parameters is computed from the numbers that the chips used, each a single target for all chips
//! that use it; the programs root is the hash of the commitment to the preprocessed tables; and no public value of any table
//! is left over that nothing binds.

use braid_primitives::domain;
use p3_field::PrimeCharacteristicRing;
use plonky2::hash::hash_types::HashOutTarget;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::target::Target;
use plonky2::iop::witness::WitnessWrite;

use super::layout::StatementTargets;
use super::leaf_verifier::description::Contents;
use super::leaf_verifier::{LeafDescription, LeafError, LeafVerifierTargets, ProofValues, build_leaf_verifier, expand};
use super::range::WrapCircuit;
use super::{Builder, RecursionError, Witness, embed};
use crate::leaf::sponge;
use crate::stark::{LeafAir, Proof, Security, Setup, Val};

#[cfg(test)]
mod sizes;
#[cfg(test)]
mod tests;

/// Positions in the public values of the cpu chip.
mod cpu {
    pub const DATA: usize = 0;
    pub const INBOX: usize = 8;
    pub const OUTBOX: usize = 16;
    pub const COUNT: usize = 24;
    pub const FEES: usize = 26;
    pub const NOW: usize = 28;
    pub const BLOCK: usize = 29;
    pub const CONTEXT_FEES: usize = 30;
    pub const SCALE: usize = 31;
    pub const LENGTH: usize = 32;
}

/// Positions in the public values of the tree chip.
mod tree {
    pub const BEFORE: usize = 0;
    pub const AFTER: usize = 4;
    pub const DEPTH: usize = 8;
    pub const LENGTH: usize = 9;
}

/// Which tables of a leaf have public values. All others must have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeafInterface {
    /// The cpu chip: chains, counters, context, scale (32 values).
    pub cpu: usize,
    /// The page chip: scale.
    pub page: usize,
    /// The tree chip: roots, depth (9 values).
    pub tree: usize,
    /// The sponge chip: chain id, and the seed of the chunk's randomizers (5 values). The seed is between this table and itself:
    /// its constraints bind it to the signatures, and nothing outside of the leaf speaks of it.
    pub sponge: usize,
}

impl LeafInterface {
    /// The leaf machine: the order of its tables never changes.
    pub const MACHINE: Self = Self { cpu: 0, page: 1, tree: 2, sponge: 3 };
}

/// The wrap circuit of one leaf shape.
#[derive(Clone, Debug)]
pub struct LeafWrap {
    name: String,
    security: Security,
    shape: LeafDescription,
    interface: LeafInterface,
}

/// What a wrap proves: an expanded leaf proof and the digest of the asset list, which the leaf does not know.
#[derive(Clone, Debug)]
pub struct WrapInput {
    /// The leaf proof.
    pub proof: ProofValues,
    /// Digest of the asset list, part of the chain parameters.
    pub assets: [Val; 4],
}

/// Where it goes.
#[derive(Clone, Debug)]
pub struct WrapTargets {
    leaf: LeafVerifierTargets,
    assets: HashOutTarget,
}

impl WrapTargets {
    /// The leaf verifier inside the wrap.
    pub fn leaf(&self) -> &LeafVerifierTargets {
        &self.leaf
    }
}

impl LeafWrap {
    /// The wrap of a leaf shape. `name` is unique in the circuit set: `[a-z0-9-]`. A shape that does not reach the bits of
    /// the level is refused.
    pub fn new<A: LeafAir>(
        name: impl Into<String>,
        security: Security,
        setup: &Setup<A>,
        interface: LeafInterface,
    ) -> Result<Self, LeafError> {
        security.check(&security.leaf_report(setup.parameters(), &setup.profile()))?;
        let shape = LeafDescription::new(setup)?;
        for (table, found) in shape.tables.iter().map(|t| t.public_values).enumerate() {
            let expected = match table {
                _ if table == interface.cpu => cpu::LENGTH,
                _ if table == interface.tree => tree::LENGTH,
                _ if table == interface.page => 1,
                _ if table == interface.sponge => sponge::PUBLIC_VALUES,
                _ => 0,
            };
            if found != expected {
                return Err(LeafError::Shape("public values of a table are not those that a wrap binds"));
            }
        }
        let tables = [interface.cpu, interface.page, interface.tree, interface.sponge];
        if tables.iter().any(|&t| t >= shape.tables.len()) {
            return Err(LeafError::Shape("the interface names a table that the leaf does not have"));
        }
        if shape.position(Contents::Preprocessed).is_none() {
            return Err(LeafError::Shape("a leaf without preprocessed tables has no programs"));
        }
        Ok(Self { name: name.into(), security, shape, interface })
    }

    /// The shape.
    pub fn shape(&self) -> &LeafDescription {
        &self.shape
    }

    /// Verifies a leaf proof natively and makes it an input.
    pub fn input<A: LeafAir>(
        &self,
        setup: &Setup<A>,
        proof: &Proof,
        public_values: &[Vec<Val>],
        assets: [Val; 4],
    ) -> Result<WrapInput, LeafError> {
        Ok(WrapInput { proof: expand(setup, &self.shape, proof, public_values)?, assets })
    }

    /// The statement that the leaf's public values make.
    fn statement(&self, builder: &mut Builder, leaf: &LeafVerifierTargets, assets: HashOutTarget) -> StatementTargets {
        let values = leaf.public_values();
        let at = |table: usize, from: usize| values[table][from];
        let four = |table: usize, from: usize| -> [Target; 4] { core::array::from_fn(|i| at(table, from + i)) };
        let LeafInterface { cpu: c, page, tree: t, sponge: s } = self.interface;

        // One scale for all chips, so that depth and scale of the digest are those the constraints used.
        let scale = at(c, cpu::SCALE);
        builder.connect(at(page, 0), scale);
        let kind = embed::constant(builder, Val::from_u64(domain::PARAMETERS));
        let mut parameters = vec![kind, at(s, 0), at(t, tree::DEPTH), scale];
        parameters.extend(assets.elements);
        let parameters = builder.hash_n_to_hash_no_pad::<PoseidonHash>(parameters);

        let cap = leaf.preprocessed_cap().unwrap_or_default();
        let cap: Vec<Target> = cap.iter().flat_map(|digest| digest.elements).collect();
        let programs_root = builder.hash_n_to_hash_no_pad::<PoseidonHash>(cap);

        // The cpu's values come in pairs (before, after).
        let boundary = |root: usize, side: usize| -> [Target; 18] {
            let mut all = Vec::with_capacity(18);
            all.extend(four(t, root));
            for chain in [cpu::DATA, cpu::INBOX, cpu::OUTBOX] {
                all.extend(four(c, chain + 4 * side));
            }
            all.extend([at(c, cpu::COUNT + side), at(c, cpu::FEES + side)]);
            core::array::from_fn(|i| all[i])
        };
        // The circuit set ties the level to its own as well: a wrap of another level has no proof in it.
        let level = embed::constant(builder, Val::from_u64(self.security.tag()));
        StatementTargets {
            set_root: builder.add_virtual_target_arr(),
            parameters: parameters.elements,
            programs_root: programs_root.elements,
            security: level,
            context: [at(c, cpu::BLOCK), at(c, cpu::NOW), at(c, cpu::CONTEXT_FEES)],
            before: boundary(tree::BEFORE, 0),
            after: boundary(tree::AFTER, 1),
        }
    }
}

impl WrapCircuit for LeafWrap {
    type Input = WrapInput;
    type Targets = WrapTargets;

    fn name(&self) -> &str {
        &self.name
    }

    fn fingerprint(&self) -> Vec<u8> {
        // Every constant of the circuit, in a form that differs whenever one of them does.
        format!("{:?}{:?}{:?}", self.security, self.interface, self.shape).into_bytes()
    }

    fn constrain(&self, builder: &mut Builder) -> Result<(StatementTargets, WrapTargets), RecursionError> {
        let leaf = build_leaf_verifier(builder, &self.shape)?;
        let assets = builder.add_virtual_hash();
        let statement = self.statement(builder, &leaf, assets);
        Ok((statement, WrapTargets { leaf, assets }))
    }

    fn assign(&self, targets: &WrapTargets, input: &WrapInput, witness: &mut Witness) -> Result<(), RecursionError> {
        targets.leaf.assign(witness, &input.proof)?;
        let assets = input.assets.map(embed::base);
        witness.set_target_arr(&targets.assets.elements, &assets).map_err(RecursionError::witness)
    }
}
