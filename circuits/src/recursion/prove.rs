//! Producing range proofs. Every proof is verified before it leaves, and every child before it is used.

use braid_verifier::Statement;
use plonky2::field::types::Field as _;
use plonky2::iop::witness::WitnessWrite;

use super::layout::statement_of;
use super::merge::Child;
use super::range::{RangeProof, RecursionProver, WrapCircuit};
use super::set::CircuitSet;
use super::stage::{Stage, Verifier};
use super::{Circuit, Field, Proof, RecursionError, Witness};

fn verified(name: &str, verifier: &Verifier, proof: Proof) -> Result<Proof, RecursionError> {
    match verifier.verify(proof.clone()) {
        Ok(()) => Ok(proof),
        Err(error) => Err(RecursionError::InvalidProof { name: name.to_string(), reason: error.to_string() }),
    }
}

fn prove_stage(
    prover: &dyn RecursionProver,
    stage: &Stage,
    circuit: &Circuit,
    witness: Witness,
) -> Result<Proof, RecursionError> {
    let proof = prover.prove(stage.name(), circuit, witness)?;
    verified(stage.name(), stage.verifier(), proof)
}

/// Which part of two statements keeps them from being merged, if any.
fn obstacle(left: &Statement, right: &Statement) -> Option<&'static str> {
    if left.parameters != right.parameters {
        Some("the digest of the chain parameters")
    } else if left.programs_root != right.programs_root {
        Some("the programs root")
    } else if left.security != right.security {
        Some("the security level")
    } else if left.context != right.context {
        Some("the block context")
    } else if left.after != right.before {
        Some("the boundary between them")
    } else {
        None
    }
}

impl<W: WrapCircuit> CircuitSet<W> {
    /// Takes in a proof that was made elsewhere: `proof` is verified as a proof of member `member`, and must name this
    /// set. The proof must come from a deserialiser that was given the set's shape.
    pub fn admit(&self, member: usize, proof: Proof) -> Result<RangeProof, RecursionError> {
        let stage = self.member(member)?;
        let proof = verified(stage.name(), stage.verifier(), proof)?;
        let statement = statement_of(&proof)?;
        if statement.set_root != self.root() {
            return Err(RecursionError::ForeignSet { found: statement.set_root, expected: self.root() });
        }
        Ok(RangeProof { member, statement, proof })
    }

    /// Reads a stored range proof and verifies it; bytes that plonky2's reader panics on are an error too.
    pub fn range_from_bytes(&self, bytes: &[u8]) -> Result<RangeProof, RecursionError> {
        let damaged = || RecursionError::InvalidProof { name: "stored range".into(), reason: "damaged".into() };
        let (member, proof) = bytes.split_at_checked(4).ok_or_else(damaged)?;
        let member = u32::from_le_bytes(member.try_into().map_err(|_| damaged())?);
        let read = || Proof::from_bytes(proof.to_vec(), &self.common);
        let proof = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).ok().and_then(Result::ok);
        self.admit(member as usize, proof.ok_or_else(damaged)?)
    }

    /// Proves the range of one chunk with wrap number `wrap`, and shrinks the proof to the common shape.
    pub fn prove_wrap(
        &self,
        prover: &dyn RecursionProver,
        wrap: usize,
        input: &W::Input,
    ) -> Result<RangeProof, RecursionError> {
        let stages = self.wrap(wrap)?;
        let (circuit, (statement, targets)) = self.wrap_circuit(stages)?;
        let mut witness = Witness::new();
        stages.circuit.assign(targets, input, &mut witness)?;
        let root = self.root().map(Field::from_noncanonical_u64);
        witness.set_target_arr(&statement.set_root, &root).map_err(RecursionError::witness)?;
        let mut proof = prove_stage(prover, &stages.first, circuit, witness)?;
        for (index, shrink) in stages.shrinks.iter().enumerate() {
            let (circuit, targets) = self.shrink_circuit(stages, index)?;
            let mut witness = Witness::new();
            targets.assign(&mut witness, &proof)?;
            proof = prove_stage(prover, &shrink.stage, circuit, witness)?;
        }
        self.admit(wrap, proof)
    }

    /// Proves `left` followed by `right`.
    pub fn prove_merge(
        &self,
        prover: &dyn RecursionProver,
        left: &RangeProof,
        right: &RangeProof,
    ) -> Result<RangeProof, RecursionError> {
        for child in [left, right] {
            if child.statement.set_root != self.root() {
                return Err(RecursionError::ForeignSet { found: child.statement.set_root, expected: self.root() });
            }
        }
        if let Some(what) = obstacle(&left.statement, &right.statement) {
            return Err(RecursionError::NotAdjacent { what });
        }
        let (circuit, targets) = self.merge_circuit()?;
        let mut witness = Witness::new();
        targets.assign(&mut witness, &self.tree, self.child(left)?, self.child(right)?)?;
        let proof = prove_stage(prover, &self.merge, circuit, witness)?;
        self.admit(self.merge_index(), proof)
    }

    fn child<'a>(&'a self, range: &'a RangeProof) -> Result<Child<'a>, RecursionError> {
        let key = &self.member(range.member)?.verifier().verifier_only;
        Ok(Child { proof: &range.proof, key, index: range.member })
    }
}
