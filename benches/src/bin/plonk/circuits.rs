//! Circuits of given sizes: one of hashes, one that verifies proofs.

use std::error::Error;

use plonky2::field::types::Field;
use plonky2::gates::noop::NoopGate;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::{CircuitConfig, CircuitData};
use plonky2::plonk::config::Hasher;

use crate::{C, D, F};

/// A circuit and what it is proven on.
pub struct Case {
    pub name: &'static str,
    pub data: CircuitData<F, C, D>,
    pub inputs: PartialWitness<F>,
}

fn config(challenges: usize) -> CircuitConfig {
    CircuitConfig { num_challenges: challenges, ..CircuitConfig::standard_recursion_config() }
}

/// A Poseidon gate on nearly every row, in 16 chains.
pub fn hashes(challenges: usize, bits: usize) -> Result<Case, Box<dyn Error>> {
    let mut builder = CircuitBuilder::<F, D>::new(config(challenges));
    let start = builder.add_virtual_hash();
    let mut chains = [start; 16];
    for chain in &mut chains {
        for _ in 0..(1 << bits) / 17 {
            let input = [chain.elements, chain.elements].concat();
            *chain = builder.hash_n_to_hash_no_pad::<PoseidonHash>(input);
        }
    }
    builder.register_public_inputs(&chains[15].elements);
    let mut inputs = PartialWitness::new();
    inputs.set_hash_target(start, PoseidonHash::hash_no_pad(&[F::ONE]))?;
    Ok(Case { name: "hashes", data: builder.build::<C>(), inputs })
}

/// Verifies as many proofs of a small circuit as fit.
pub fn recursion(challenges: usize, bits: usize) -> Result<Case, Box<dyn Error>> {
    let mut inner = CircuitBuilder::<F, D>::new(config(challenges));
    let x = inner.add_virtual_public_input();
    while inner.num_gates() < 1 << 12 {
        inner.add_gate(NoopGate, vec![]);
    }
    inner.square(x);
    let inner = inner.build::<C>();
    let mut inputs = PartialWitness::new();
    inputs.set_target(x, F::TWO)?;
    let proof = inner.prove(inputs)?;

    let mut builder = CircuitBuilder::<F, D>::new(config(challenges));
    let verifier = builder.constant_verifier_data(&inner.verifier_only);
    let mut inputs = PartialWitness::new();
    let mut one = 0;
    while builder.num_gates() + one + 64 < 1 << bits {
        let before = builder.num_gates();
        let target = builder.add_virtual_proof_with_pis(&inner.common);
        builder.verify_proof::<C>(&target, &verifier, &inner.common);
        inputs.set_proof_with_pis_target(&target, &proof)?;
        one = builder.num_gates() - before;
    }
    Ok(Case { name: "recursion", data: builder.build::<C>(), inputs })
}
