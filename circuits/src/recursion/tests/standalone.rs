//! One circuit as a set of its own, with parameters and gates to choose: cheap proofs at every security level.

use braid_verifier::{CircuitSetKey, ProofFile, Statement};
use plonky2::gates::base_sum::BaseSumGate;
use plonky2::gates::coset_interpolation::CosetInterpolationGate;
use plonky2::gates::exponentiation::ExponentiationGate;
use plonky2::gates::gate::GateRef;
use plonky2::gates::multiplication_extension::MulExtensionGate;
use plonky2::gates::noop::NoopGate;
use plonky2::gates::poseidon_mds::PoseidonMdsGate;
use plonky2::gates::random_access::RandomAccessGate;
use plonky2::gates::reducing::ReducingGate;
use plonky2::gates::reducing_extension::ReducingExtensionGate;
use plonky2::iop::witness::WitnessWrite;

use super::toy::statement;
use crate::recursion::export::{export_shape, member};
use crate::recursion::layout::{StatementTargets, public_inputs};
use crate::recursion::{Builder, Circuit, Proof, Witness};
use crate::stark::Security;

/// A circuit, the key of the set that has no other member, and a proof.
pub struct Standalone {
    pub circuit: Circuit,
    pub key: CircuitSetKey,
    pub statement: Statement,
    pub proof: Proof,
}

/// Every kind of gate, in layouts that recursion circuits have and in others. It is enough to name a gate: its
/// constraints are evaluated at ζ, where its filter is not zero, whether or not a row uses it.
fn gates(security: Security) -> Vec<crate::recursion::shape::Gate> {
    let config = security.recursion().circuit_config();
    let mut gates = vec![
        GateRef::new(ExponentiationGate::new_from_config(&config)),
        GateRef::new(ExponentiationGate::new(5)),
        GateRef::new(MulExtensionGate::new_from_config(&config)),
        GateRef::new(PoseidonMdsGate::new()),
        GateRef::new(ReducingGate::new(43)),
        GateRef::new(ReducingGate::new(1)),
        GateRef::new(ReducingExtensionGate::new(32)),
        GateRef::new(CosetInterpolationGate::new(1)),
        GateRef::new(CosetInterpolationGate::new(2)),
        GateRef::new(CosetInterpolationGate::new(3)),
        GateRef::new(BaseSumGate::<2>::new(63)),
        GateRef::new(BaseSumGate::<2>::new(1)),
    ];
    gates.extend((1..=6).map(|bits| GateRef::new(RandomAccessGate::new_from_config(&config, bits))));
    gates
}

/// A proof of a circuit with 2^12 rows and all gates.
pub fn standalone(security: Security) -> Standalone {
    let mut builder = Builder::new(security.recursion().circuit_config());
    let targets = StatementTargets::allocate(&mut builder);
    targets.register(&mut builder);
    for gate in gates(security) {
        builder.add_gate_to_gate_set(gate);
    }
    // Something to evaluate besides no-ops.
    let mut x = targets.parameters[0];
    let zero = builder.zero();
    let mut point = builder.convert_to_ext(x);
    for _ in 0..40 {
        x = builder.mul_add(x, targets.parameters[1], zero);
        point = builder.mul_extension(point, point);
    }
    while builder.num_gates() <= 1 << 11 {
        builder.add_gate(NoopGate, vec![]);
    }
    let circuit: Circuit = builder.build();
    let shape = export_shape(&circuit.common).expect("only known gates");
    let members = vec![member(&circuit.verifier_only)];
    let unbound = Statement { security: security.into(), ..statement(0, 1) };
    let key = CircuitSetKey::new(security.into(), shape, members, unbound.programs_root).expect("consistent");
    let statement = Statement { set_root: key.set_root(), ..unbound };

    let mut witness = Witness::new();
    witness.set_target_arr(&targets.elements(), &public_inputs(&statement)).expect("52 targets");
    let proof = circuit.prove(witness).expect("nothing constrains the statement");
    circuit.verify(proof.clone()).expect("plonky2 accepts its own proof");
    Standalone { circuit, key, statement, proof }
}

impl Standalone {
    /// The proof file, with these bytes in place of the proof.
    pub fn file(&self, proof: &[u8]) -> Vec<u8> {
        let Self { key, statement, .. } = self;
        let (level, set_root) = (key.level(), key.set_root());
        ProofFile { level, member: 0, set_root, statement: *statement, proof, notes: &[] }.to_bytes()
    }
}
