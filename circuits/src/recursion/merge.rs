//! The two-to-one circuit: two range proofs become the proof of both ranges, one after the other.
//!
//! # Soundness
//!
//! For each child, with its verification key supplied by the prover:
//!
//! 1. *The key is a member's.* The whole key — circuit digest and all cap elements, since plonky2 does not bind one to
//!    the other — is hashed as the leaf of a Merkle tree of fixed depth. Its root must be the set root that this
//!    circuit exposes. The leaf is 68 elements long, so it is really hashed (plonky2 leaves up to 4 elements as they
//!    are).
//! 2. *The proof verifies* under that key and the shape that all members share, which is a constant of this circuit.
//! 3. *The child says the same root.* Its own children were therefore checked against the same set.
//! 4. *The two statements are about one batch*: parameters, programs root, level and block context are equal in both
//!    and in the result, where they are literally the same targets.
//! 5. *The ranges are adjacent*: left's boundary after is right's boundary before, all 18 elements.
//!
//! Counts and fees are carried as they stand in the boundaries. Nothing is added here, so nothing can wrap.

use plonky2::hash::merkle_proofs::MerkleProofTarget;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::target::{BoolTarget, Target};
use plonky2::iop::witness::WitnessWrite;
use plonky2::plonk::circuit_data::VerifierCircuitTarget;
use plonky2::plonk::proof::ProofWithPublicInputsTarget;

use super::keys::{KeyTree, SET_DEPTH};
use super::layout::{StatementTargets, hash_target};
use super::{Builder, CommonData, Config, D, Key, Proof, RecursionError, Witness};

/// What a prover supplies for one child.
#[derive(Clone, Debug)]
struct ChildTargets {
    proof: ProofWithPublicInputsTarget<D>,
    key: VerifierCircuitTarget,
    index: [BoolTarget; SET_DEPTH],
    path: MerkleProofTarget,
}

/// What a prover supplies to the merge circuit.
#[derive(Clone, Debug)]
pub struct MergeTargets {
    left: ChildTargets,
    right: ChildTargets,
}

/// A proof with the key it verifies under and the key's place in the set.
#[derive(Clone, Copy, Debug)]
pub struct Child<'a> {
    /// Proof of a member circuit.
    pub proof: &'a Proof,
    /// That member's key.
    pub key: &'a Key,
    /// Position of the key in the tree of keys.
    pub index: usize,
}

fn connect_all(builder: &mut Builder, left: &[Target], right: &[Target]) {
    debug_assert_eq!(left.len(), right.len());
    for (&a, &b) in left.iter().zip(right) {
        builder.connect(a, b);
    }
}

fn allocate_child(builder: &mut Builder, common: &CommonData) -> ChildTargets {
    ChildTargets {
        proof: builder.add_virtual_proof_with_pis(common),
        key: builder.add_virtual_verifier_data(common.config.fri_config.cap_height),
        index: core::array::from_fn(|_| builder.add_virtual_bool_target_safe()),
        path: MerkleProofTarget { siblings: builder.add_virtual_hashes(SET_DEPTH) },
    }
}

/// Points 1 to 3 of the argument above; returns what the child states.
fn verify_child(builder: &mut Builder, child: &ChildTargets, common: &CommonData) -> Option<StatementTargets> {
    let statement = StatementTargets::from_targets(&child.proof.public_inputs)?;
    let mut leaf = child.key.circuit_digest.elements.to_vec();
    leaf.extend(child.key.constants_sigmas_cap.0.iter().flat_map(|digest| digest.elements));
    let root = hash_target(statement.set_root);
    builder.verify_merkle_proof::<PoseidonHash>(leaf, &child.index, root, &child.path);
    builder.verify_proof::<Config>(&child.proof, &child.key, common);
    Some(statement)
}

/// Adds the whole circuit to `builder`, which must be empty. `common` is the shape of the children, and of the result
/// once it is padded.
pub fn constrain(builder: &mut Builder, common: &CommonData) -> Result<MergeTargets, RecursionError> {
    let targets = MergeTargets { left: allocate_child(builder, common), right: allocate_child(builder, common) };
    let foreign = || RecursionError::ForeignPublicInputs { count: common.num_public_inputs };
    let left = verify_child(builder, &targets.left, common).ok_or_else(foreign)?;
    let right = verify_child(builder, &targets.right, common).ok_or_else(foreign)?;

    connect_all(builder, &left.set_root, &right.set_root);
    connect_all(builder, &left.parameters, &right.parameters);
    connect_all(builder, &left.programs_root, &right.programs_root);
    builder.connect(left.security, right.security);
    connect_all(builder, &left.context, &right.context);
    connect_all(builder, &left.after, &right.before);

    StatementTargets { after: right.after, ..left }.register(builder);
    Ok(targets)
}

impl MergeTargets {
    /// Sets everything the prover supplies. Both proofs must have the common shape: verify them first.
    pub fn assign(
        &self,
        witness: &mut Witness,
        tree: &KeyTree,
        left: Child<'_>,
        right: Child<'_>,
    ) -> Result<(), RecursionError> {
        for (targets, child) in [(&self.left, left), (&self.right, right)] {
            let path = tree.path(child.index)?;
            witness.set_proof_with_pis_target(&targets.proof, child.proof).map_err(RecursionError::witness)?;
            witness.set_verifier_data_target(&targets.key, child.key).map_err(RecursionError::witness)?;
            for (bit, &target) in targets.index.iter().enumerate() {
                let value = child.index >> bit & 1 == 1;
                witness.set_bool_target(target, value).map_err(RecursionError::witness)?;
            }
            for (&target, &digest) in targets.path.siblings.iter().zip(&path.siblings) {
                witness.set_hash_target(target, digest).map_err(RecursionError::witness)?;
            }
        }
        Ok(())
    }
}
