//! A circuit that verifies one proof of one fixed circuit and says the same: brings circuits that are too large to the
//! common shape.
//!
//! The inner key is a constant here, so the statement of the shrunk proof is exactly that of the inner circuit. The
//! set root stays free, as in the inner circuit, and is passed on.

use plonky2::iop::witness::WitnessWrite;
use plonky2::plonk::proof::ProofWithPublicInputsTarget;

use super::layout::StatementTargets;
use super::{Builder, CommonData, Config, D, Key, Proof, RecursionError, Witness};

/// What a prover supplies: the inner proof.
#[derive(Clone, Debug)]
pub struct ShrinkTargets {
    proof: ProofWithPublicInputsTarget<D>,
}

/// Adds the whole circuit to `builder`, which must be empty.
pub fn constrain(builder: &mut Builder, key: &Key, common: &CommonData) -> Result<ShrinkTargets, RecursionError> {
    let proof = builder.add_virtual_proof_with_pis(common);
    let statement = StatementTargets::from_targets(&proof.public_inputs)
        .ok_or(RecursionError::ForeignPublicInputs { count: common.num_public_inputs })?;
    let key = builder.constant_verifier_data::<Config>(key);
    builder.verify_proof::<Config>(&proof, &key, common);
    statement.register(builder);
    Ok(ShrinkTargets { proof })
}

impl ShrinkTargets {
    /// Sets the inner proof, which must have the inner circuit's shape: verify it first.
    pub fn assign(&self, witness: &mut Witness, proof: &Proof) -> Result<(), RecursionError> {
        witness.set_proof_with_pis_target(&self.proof, proof).map_err(RecursionError::witness)
    }
}
