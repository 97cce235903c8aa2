//! The shape that all circuits of a set share, and how a circuit is brought into it.
//!
//! plonky2 verifies a proof in circuit against a constant `CommonCircuitData`. That data follows from four things
//! only: the configuration, the *set* of gates (not how often each is used), the number of rows, and the number of
//! public inputs. So a circuit takes a given shape by naming gates that it does not use and by padding with no-ops,
//! and the shape of a circuit that verifies its own shape is found by iterating until nothing changes.

use plonky2::gates::gate::GateRef;
use plonky2::gates::noop::NoopGate;
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::CircuitConfig;

use braid_verifier::statement::STATEMENT_LENGTH;

use super::merge;
use super::{Builder, Circuit, CommonData, Config, D, Field, RecursionError};

/// Smallest number of rows of a member: below it FRI has nothing to fold.
const MIN_DEGREE_BITS: usize = 12;

/// Largest number of rows of a member. 2^16 rows are 3.8 CPU seconds and several GiB.
const MAX_DEGREE_BITS: usize = 16;

/// A gate of the circuits of this crate.
pub type Gate = GateRef<Field, D>;

/// Adds those of `gates` that are not in the list yet.
pub fn unite(gates: &mut Vec<Gate>, more: &[Gate]) {
    for gate in more {
        if !gates.contains(gate) {
            gates.push(gate.clone());
        }
    }
}

/// The shape that this circuit would have, without computing any commitment.
pub fn draft(builder: Builder) -> CommonData {
    builder.mock_build::<Config>().common
}

/// The shape of any circuit with this configuration that has 52 public inputs, at most 2^`degree_bits` rows and these
/// gates, once it is brought to this size.
fn shape(config: &CircuitConfig, gates: &[Gate], degree_bits: usize) -> CommonData {
    let mut builder = Builder::new(config.clone());
    let inputs = builder.add_virtual_targets(STATEMENT_LENGTH);
    builder.register_public_inputs(&inputs);
    for gate in gates {
        builder.add_gate_to_gate_set(gate.clone());
    }
    pad(&mut builder, degree_bits);
    draft(builder)
}

/// Adds no-ops until the builder, which pads to a power of two, must arrive at 2^`degree_bits` rows or more.
fn pad(builder: &mut Builder, degree_bits: usize) {
    while builder.num_gates() <= 1 << (degree_bits - 1) {
        builder.add_gate(NoopGate, vec![]);
    }
}

/// The smallest shape that has these gates among its own and holds a merge of two proofs of itself.
pub fn common_shape(config: &CircuitConfig, gates: &[Gate]) -> Result<CommonData, RecursionError> {
    let mut gates = gates.to_vec();
    let mut degree_bits = MIN_DEGREE_BITS;
    // Gates and rows only ever grow, so this ends: each round adds a gate, adds a row bit, or is the last.
    while degree_bits <= MAX_DEGREE_BITS {
        let common = shape(config, &gates, degree_bits);
        let mut builder = CircuitBuilder::new(config.clone());
        merge::constrain(&mut builder, &common)?;
        let merged = draft(builder);
        let known = gates.len();
        unite(&mut gates, &common.gates);
        unite(&mut gates, &merged.gates);
        let fits = merged.degree_bits() <= degree_bits;
        if fits && gates.len() == known {
            return Ok(common);
        }
        degree_bits = degree_bits.max(merged.degree_bits());
    }
    Err(RecursionError::NoCommonShape { degree_bits: MAX_DEGREE_BITS })
}

/// Whether this circuit's gates fit the rows of the shape, with room for the few that building adds.
pub fn fits(builder: &Builder, common: &CommonData) -> bool {
    /// The hash of the public inputs, its gate, and constants (at most two new ones a gate).
    const RESERVE: usize = 128;
    builder.num_gates() + RESERVE <= common.degree()
}

/// Builds a circuit in the given shape, or says that it does not have it.
pub fn build_in_shape(mut builder: Builder, common: &CommonData, name: &str) -> Result<Circuit, RecursionError> {
    for gate in &common.gates {
        builder.add_gate_to_gate_set(gate.clone());
    }
    pad(&mut builder, common.degree_bits());
    let circuit = builder.build::<Config>();
    if circuit.common != *common {
        return Err(RecursionError::ShapeMismatch { name: name.to_string() });
    }
    Ok(circuit)
}
