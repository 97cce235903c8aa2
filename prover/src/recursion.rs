//! The fast prover behind the seam that the recursion circuits prove through.

use braid_circuits::recursion::range::RecursionProver;
use braid_circuits::recursion::{Circuit, Proof, RecursionError, Witness};

use crate::plonk::FastProver;

impl RecursionProver for FastProver {
    fn prove(&self, name: &str, circuit: &Circuit, witness: Witness) -> Result<Proof, RecursionError> {
        FastProver::prove(self, &circuit.prover_only, &circuit.common, witness)
            .map_err(|error| RecursionError::Prover { name: name.to_owned(), reason: error.to_string() })
    }
}
