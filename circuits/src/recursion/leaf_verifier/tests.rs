use std::sync::OnceLock;

use p3_field::PrimeCharacteristicRing;
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::witness::Witness as _;
use plonky2::plonk::circuit_data::{CircuitConfig, MockCircuitData};

use super::expand::expand_with_challenges;
use super::transcript::Challenges;
use super::*;
use crate::recursion::embed;
use crate::recursion::{Builder, Config, D, Field, Witness};
use crate::stark::toy::{self, Toy};
use crate::stark::{Challenge, Setup};

/// A toy machine's verifier, built once, and an honest proof.
struct Fixture {
    setup: Setup<Toy>,
    shape: LeafDescription,
    targets: LeafVerifierTargets,
    circuit: MockCircuitData<Field, Config, D>,
    values: ProofValues,
    challenges: Challenges<Challenge, usize>,
}

fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let setup = toy::setup(toy::parameters());
        let shape = LeafDescription::new(&setup).unwrap();
        let (traces, publics) = toy::execution();
        let proof = setup.prove(&traces, &publics).unwrap();
        let (values, challenges) = expand_with_challenges(&setup, &shape, &proof, &publics).unwrap();
        let mut builder = Builder::new(CircuitConfig::standard_recursion_config());
        let targets = build_leaf_verifier(&mut builder, &shape).unwrap();
        let circuit = builder.mock_build::<Config>();
        Fixture { setup, shape, targets, circuit, values, challenges }
    })
}

#[test]
fn an_honest_proof_satisfies_the_circuit_and_every_challenge_agrees() {
    let f = fixture();
    println!("{:#?}", f.targets.rows());
    let mut witness = Witness::new();
    f.targets.assign(&mut witness, &f.values).unwrap();
    let filled =
        generate_partial_witness::<Field, Config, D>(witness, &f.circuit.prover_only, &f.circuit.common).unwrap();
    let get = |t| filled.get_extension_target(t);
    let (c, t) = (&f.challenges, f.targets.challenges());
    assert_eq!(get(t.alpha), embed::extension(c.alpha));
    assert_eq!(get(t.zeta), embed::extension(c.zeta));
    assert_eq!(get(t.batch), embed::extension(c.batch));
    assert_eq!(get(t.lookup.unwrap().1), embed::extension(c.lookup.unwrap().1));
    for (&target, &beta) in t.betas.iter().zip(&c.betas) {
        assert_eq!(get(target), embed::extension(beta));
    }
    for (bits, &index) in t.indices.iter().zip(&c.indices) {
        for (i, bit) in bits.iter().enumerate() {
            assert_eq!(filled.get_bool_target(*bit), index >> i & 1 == 1);
        }
    }
    let _ = (&f.setup, &f.shape, Challenge::ZERO);
}
