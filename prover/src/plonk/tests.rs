//! Whole proofs: against plonky2's prover, its verifier, and on tampered witnesses.

use super::*;
use plonky2::field::types::PrimeField64;
use plonky2::gates::noop::NoopGate;
use plonky2::hash::hash_types::HashOutTarget;
use plonky2::iop::target::Target;
use plonky2::iop::witness::WitnessWrite;
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::{CircuitConfig, CircuitData};
use plonky2::plonk::config::PoseidonGoldilocksConfig;
use plonky2::plonk::prover::prove_with_partition_witness;
use plonky2::util::timing::TimingTree;

const D: usize = 2;
type C = PoseidonGoldilocksConfig;
type Builder = CircuitBuilder<F, D>;
type Data = CircuitData<F, C, D>;

fn config(challenges: usize) -> CircuitConfig {
    let mut config = CircuitConfig::standard_recursion_config();
    config.num_challenges = challenges;
    config.security_bits = 64;
    config.fri_config.proof_of_work_bits = 4;
    config
}

/// Several chains of hashes, in parallel and in sequence.
fn hashes(challenges: usize, rows: usize) -> (Data, PartialWitness<F>) {
    let mut builder = Builder::new(config(challenges));
    let start = builder.add_virtual_hash();
    let mut chains = [start; 20];
    for chain in &mut chains {
        for _ in 0..rows / 24 {
            let input = [chain.elements, chain.elements].concat();
            *chain = builder.hash_n_to_hash_no_pad::<PoseidonHash>(input);
        }
    }
    builder.register_public_inputs(&chains[0].elements);
    while builder.num_gates() <= rows / 2 {
        builder.add_gate(NoopGate, vec![]);
    }
    let mut inputs = PartialWitness::new();
    set_hash(&mut inputs, start, 5);
    (builder.build(), inputs)
}

fn set_hash(inputs: &mut PartialWitness<F>, target: HashOutTarget, value: u64) {
    let hash = PoseidonHash::hash_no_pad(&[F::from_canonical_u64(value)]);
    inputs.set_hash_target(target, hash).unwrap();
}

/// Base and extension arithmetic, range checks, lookups by random access, exponentiation.
fn arithmetic(challenges: usize) -> (Data, PartialWitness<F>, Target) {
    let mut builder = Builder::new(config(challenges));
    let x = builder.add_virtual_target();
    let mut sum = x;
    for i in 0..400 {
        let product = builder.mul(sum, x);
        sum = builder.add_const(product, F::from_canonical_u64(i));
    }
    builder.range_check(x, 20);
    let bits = builder.split_le(x, 20);
    let power = builder.exp_from_bits(sum, bits.iter());
    let index = builder.le_sum(bits[..4].iter());
    let list = (0..16).map(|i| builder.constant(F::from_canonical_u64(3 * i))).collect();
    let element = builder.random_access(index, list);
    let extended = builder.convert_to_ext(power);
    let square = builder.mul_extension(extended, extended);
    let quotient = builder.div_extension(square, extended);
    builder.register_public_inputs(&[sum, element, quotient.0[0]]);
    while builder.num_gates() <= 513 {
        builder.add_gate(NoopGate, vec![]);
    }
    let mut inputs = PartialWitness::new();
    inputs.set_target(x, F::from_canonical_u64(123_456)).unwrap();
    (builder.build(), inputs, x)
}

/// A circuit that verifies a proof of another.
fn recursive(challenges: usize) -> (Data, PartialWitness<F>) {
    let (inner, inputs, _) = arithmetic(challenges);
    let proof = inner.prove(inputs).unwrap();
    let mut builder = Builder::new(config(challenges));
    let target = builder.add_virtual_proof_with_pis(&inner.common);
    let verifier = builder.constant_verifier_data(&inner.verifier_only);
    builder.verify_proof::<C>(&target, &verifier, &inner.common);
    builder.register_public_inputs(&target.public_inputs);
    let mut inputs = PartialWitness::new();
    inputs.set_proof_with_pis_target(&target, &proof).unwrap();
    (builder.build(), inputs)
}

/// Proves one witness with both provers; all commitments and openings must be equal.
fn compare(data: &Data, inputs: PartialWitness<F>) {
    let prover = FastProver::new();
    let witness = prover.witness(&data.prover_only, &data.common, inputs).unwrap();
    let ours = prover.prove_witness(&data.prover_only, &data.common, &witness).unwrap();
    let theirs =
        prove_with_partition_witness(&data.prover_only, &data.common, witness, &mut TimingTree::default()).unwrap();
    assert_eq!(ours.public_inputs, theirs.public_inputs);
    assert_eq!(ours.proof.wires_cap, theirs.proof.wires_cap);
    assert_eq!(ours.proof.plonk_zs_partial_products_cap, theirs.proof.plonk_zs_partial_products_cap);
    assert_eq!(ours.proof.quotient_polys_cap, theirs.proof.quotient_polys_cap);
    assert_eq!(ours.proof.openings, theirs.proof.openings);
    let (ours_fri, theirs_fri) = (&ours.proof.opening_proof, &theirs.proof.opening_proof);
    assert_eq!(ours_fri.commit_phase_merkle_caps, theirs_fri.commit_phase_merkle_caps);
    assert_eq!(ours_fri.final_poly, theirs_fri.final_poly);
    data.verify(ours).unwrap();
}

#[test]
fn hash_circuits_equal_plonky2() {
    for challenges in 1..=3 {
        let (data, inputs) = hashes(challenges, 1 << 10);
        assert_eq!(data.common.degree_bits(), 10);
        compare(&data, inputs);
    }
}

#[test]
fn arithmetic_circuits_equal_plonky2() {
    for challenges in 1..=3 {
        let (data, inputs, _) = arithmetic(challenges);
        compare(&data, inputs);
    }
}

#[test]
fn recursive_circuits_equal_plonky2() {
    for challenges in [2, 3] {
        let (data, inputs) = recursive(challenges);
        assert!(data.common.degree_bits() >= 12);
        compare(&data, inputs);
    }
}

#[test]
fn other_rates_and_foldings_equal_plonky2() {
    use plonky2::fri::reduction_strategies::FriReductionStrategy;
    for (rate_bits, cap_height, arities) in [(4, 0, vec![1, 2, 3]), (5, 6, vec![2, 2]), (3, 4, vec![])] {
        let mut config = config(2);
        config.fri_config.rate_bits = rate_bits;
        config.fri_config.cap_height = cap_height;
        config.fri_config.reduction_strategy = FriReductionStrategy::Fixed(arities);
        let mut builder = Builder::new(config);
        let x = builder.add_virtual_target();
        let y = builder.exp_u64(x, 1 << 40);
        builder.register_public_input(y);
        while builder.num_gates() <= 100 {
            builder.add_gate(NoopGate, vec![]);
        }
        let mut inputs = PartialWitness::new();
        inputs.set_target(x, F::TWO).unwrap();
        compare(&builder.build(), inputs);
    }
}

#[test]
fn proofs_do_not_depend_on_threads_or_on_used_buffers() {
    let (data, inputs) = hashes(2, 1 << 10);
    let prover = FastProver::new();
    let prove = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| prover.prove(&data.prover_only, &data.common, inputs.clone())).unwrap()
    };
    let first = prove(1);
    assert_eq!(prove(2), first);
    assert_eq!(prove(1), first);
}

#[test]
fn a_prover_serves_circuits_of_several_sizes() {
    let prover = FastProver::new();
    let circuits = [hashes(2, 1 << 10), hashes(3, 1 << 11)];
    for _ in 0..2 {
        for (data, inputs) in &circuits {
            let proof = prover.prove(&data.prover_only, &data.common, inputs.clone()).unwrap();
            data.verify(proof).unwrap();
        }
    }
}

#[test]
fn every_tampered_wire_is_noticed() {
    let (data, inputs, _) = arithmetic(2);
    let prover = FastProver::new();
    let witness = prover.witness(&data.prover_only, &data.common, inputs).unwrap();
    let set: Vec<usize> = (0..witness.values.len()).filter(|&i| witness.values[i].is_some()).collect();
    let public: Vec<usize> = data
        .prover_only
        .public_inputs
        .iter()
        .map(|t| witness.representative_map[t.index(data.common.config.num_wires, data.common.degree())])
        .collect();
    let mut rejected = 0;
    for &class in set.iter().step_by(set.len() / 8).chain(&public) {
        let mut tampered = witness.clone();
        tampered.values[class] = tampered.values[class].map(|value| value + F::ONE);
        let proof = prover.prove_witness(&data.prover_only, &data.common, &tampered);
        match proof.and_then(|proof| verified(&data.prover_only, &data.common, proof)) {
            Err(ProveError::Unsatisfied | ProveError::Rejected(_)) => rejected += 1,
            // Wires that no gate constrains have any values.
            Ok(_) => assert!(!public.contains(&class)),
            Err(error) => panic!("unexpected: {error}"),
        }
    }
    assert!(rejected >= 8, "only {rejected} rejected");
}

#[test]
fn contradicting_and_missing_inputs_are_errors() {
    let (data, mut inputs, x) = arithmetic(2);
    let prover = FastProver::new();
    let missing = prover.prove(&data.prover_only, &data.common, PartialWitness::new());
    assert!(matches!(missing, Err(ProveError::Witness(_))));
    let out = data.prover_only.public_inputs[0];
    inputs.set_target(out, F::ONE).unwrap();
    let contradicting = prover.prove(&data.prover_only, &data.common, inputs);
    assert!(matches!(contradicting, Err(ProveError::Witness(_))), "{x:?}");
}

#[test]
fn an_input_out_of_range_is_an_error() {
    let (data, _, x) = arithmetic(2);
    let mut inputs = PartialWitness::new();
    inputs.set_target(x, F::from_canonical_u64(1 << 20)).unwrap();
    let result = FastProver::new().prove(&data.prover_only, &data.common, inputs);
    assert!(matches!(result, Err(ProveError::Witness(_) | ProveError::Unsatisfied)));
}

#[test]
fn unsupported_circuits_fall_back() {
    let mut config = CircuitConfig::standard_recursion_zk_config();
    config.security_bits = 64;
    config.fri_config.proof_of_work_bits = 1;
    let mut builder = Builder::new(config);
    let x = builder.add_virtual_target();
    let y = builder.square(x);
    builder.register_public_input(y);
    let data: Data = builder.build();
    assert_eq!(unsupported(&data.common), Some("zero knowledge"));
    let mut inputs = PartialWitness::new();
    inputs.set_target(x, F::from_canonical_u64(9)).unwrap();
    let proof = FastProver::new().prove(&data.prover_only, &data.common, inputs).unwrap();
    assert_eq!(proof.public_inputs[0].to_canonical_u64(), 81);
}
