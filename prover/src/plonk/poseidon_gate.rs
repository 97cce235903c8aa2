//! The constraints of plonky2's `PoseidonGate`, which fills most rows of a recursive circuit and
//! which plonky2 evaluates one point at a time.
//!
//! All but its first five constraints say that some wire equals an affine form of S-box outputs.
//! A random combination of them is therefore one affine form of the S-box outputs and wires, whose
//! coefficients depend on the challenge only: no matrix is multiplied at any point. The forms are
//! read off plonky2's own round functions, so no constant is repeated here.

use super::columns::TILE;
use super::packing::{F, P, WIDTH, factors, lanes, packed};
use braid_primitives::sums::{Factor, Sum};
use plonky2::field::ops::Square;
use plonky2::field::packed::PackedField;
use plonky2::field::types::Field;
use plonky2::hash::poseidon::{ALL_ROUND_CONSTANTS, Poseidon};
use std::sync::LazyLock;

/// S-boxes of a permutation: 8 full rounds of 12, 22 partial rounds of 1.
const SBOXES: usize = 118;
/// Constraints that are not affine in S-box outputs: the swap flag and the four swapped differences.
const SWAP_CONSTRAINTS: usize = 5;
/// All constraints of the gate; the affine ones are as many as the S-boxes.
pub(super) const CONSTRAINTS: usize = SWAP_CONSTRAINTS + SBOXES;

// The gate's wires, in plonky2's order.
const OUTPUT: usize = 12;
const SWAP: usize = 24;
const DELTA: usize = 25;
/// Inputs of all S-boxes after the first round, round by round.
const SBOX_INPUTS: usize = 29;

/// Row r: constant and coefficients of the form that affine constraint r compares with a wire.
static FORMS: LazyLock<Vec<([F; SBOXES], F)>> = LazyLock::new(|| {
    let constants = forms(&[F::ZERO; SBOXES]);
    let mut rows = constants.map(|constant| ([F::ZERO; SBOXES], constant)).to_vec();
    for sbox in 0..SBOXES {
        let mut unit = [F::ZERO; SBOXES];
        unit[sbox] = F::ONE;
        for (row, value) in rows.iter_mut().zip(forms(&unit)) {
            row.0[sbox] = value - row.1;
        }
    }
    rows
});

/// The states that the gate compares with its wires, given the S-box outputs.
fn forms(outputs: &[F; SBOXES]) -> [F; SBOXES] {
    let mut outputs = outputs.iter().copied();
    let mut full = || core::array::from_fn(|_| outputs.next().unwrap_or_default());
    let mut states = Vec::with_capacity(SBOXES);
    let mut state: [F; 12] = full();
    for round in 1..4 {
        state = F::mds_layer(&state);
        F::constant_layer(&mut state, round);
        states.extend(state);
        state = full();
    }
    state = F::mds_layer(&state);
    F::partial_first_constant_layer(&mut state);
    state = F::mds_partial_layer_init(&state);
    for round in 0..22 {
        states.push(state[0]);
        let [output] = core::array::from_fn(|_| outputs.next().unwrap_or_default());
        state[0] = output;
        if round < 21 {
            state[0] += F::from_canonical_u64(F::FAST_PARTIAL_ROUND_CONSTANTS[round]);
        }
        state = F::mds_partial_layer_fast(&state, round);
    }
    for round in 26..30 {
        F::constant_layer(&mut state, round);
        states.extend(state);
        state = F::mds_layer(&core::array::from_fn(|_| outputs.next().unwrap_or_default()));
    }
    states.extend(state);
    core::array::from_fn(|i| states[i])
}

/// The combination of the gate's constraints by the powers of one challenge.
pub(super) struct Combination {
    swap: Vec<Factor>,
    /// Of the S-box outputs, in order.
    sboxes: Vec<Factor>,
    /// Of the wires compared: S-box inputs from the second round on, then the outputs.
    wires: Vec<Factor>,
    /// A factor of one.
    constant: Factor,
}

impl Combination {
    /// `coefficients` of the gate's constraints, [`CONSTRAINTS`] of them.
    pub fn new(coefficients: &[F]) -> Self {
        let (swap, affine) = coefficients.split_at(SWAP_CONSTRAINTS);
        let (mut sboxes, mut sum) = ([F::ZERO; SBOXES], F::ZERO);
        for ((form, constant), coefficient) in FORMS.iter().zip(affine) {
            sum += *constant * *coefficient;
            for (sum, value) in sboxes.iter_mut().zip(form) {
                *sum += *value * *coefficient;
            }
        }
        let wires: Vec<F> = affine.iter().map(|coefficient| -*coefficient).collect();
        Self { swap: factors(swap), sboxes: factors(&sboxes), wires: factors(&wires), constant: Factor::new(sum.0) }
    }
}

/// Adds the combinations at [`WIDTH`] points, vector `vector` of a tile of wires.
pub(super) fn evaluate(wires: &[F], vector: usize, combinations: &[Combination], sums: &mut [Sum<WIDTH>]) {
    let wire = |i: usize| packed(&wires[i * TILE + vector * WIDTH..][..WIDTH])[0];
    let swap = wire(SWAP);
    let mut swaps = [swap * (swap - P::ONES); SWAP_CONSTRAINTS];
    for i in 0..4 {
        swaps[1 + i] = swap * (wire(4 + i) - wire(i)) - wire(DELTA + i);
    }
    for (sum, combination) in sums.iter_mut().zip(combinations) {
        sum.add(lanes(P::ONES), combination.constant);
        for (term, coefficient) in swaps.iter().zip(&combination.swap) {
            sum.add(lanes(*term), *coefficient);
        }
    }
    for i in 0..SBOXES {
        let input = match i {
            0..4 => wire(i) + wire(DELTA + i) + F::from_canonical_u64(ALL_ROUND_CONSTANTS[i]),
            4..8 => wire(i) - wire(DELTA + i - 4) + F::from_canonical_u64(ALL_ROUND_CONSTANTS[i]),
            8..12 => wire(i) + F::from_canonical_u64(ALL_ROUND_CONSTANTS[i]),
            _ => wire(SBOX_INPUTS + i - 12),
        };
        // The S-box inputs from the second round on, then the outputs.
        let compared = match i {
            0..12 => wire(OUTPUT + i),
            _ => input,
        };
        let compared_index = if i < 12 { SBOXES - 12 + i } else { i - 12 };
        let square = input.square();
        let output = square.square() * (square * input);
        let (output, compared) = (lanes(output), lanes(compared));
        for (sum, combination) in sums.iter_mut().zip(combinations) {
            sum.add(output, combination.sboxes[i]);
            sum.add(compared, combination.wires[compared_index]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::packing::total;
    use super::*;
    use plonky2::field::types::Sample;
    use plonky2::gates::gate::Gate;
    use plonky2::gates::poseidon::PoseidonGate;
    use plonky2::hash::hash_types::HashOut;
    use plonky2::plonk::vars::EvaluationVarsBaseBatch;

    #[test]
    fn equals_plonky2_on_random_wires() {
        let gate = PoseidonGate::<F, 2>::new();
        let count = Gate::num_wires(&gate);
        assert_eq!(Gate::num_constraints(&gate), CONSTRAINTS);
        let wires = F::rand_vec(count * TILE);
        let hash = HashOut::ZERO;
        let expected = gate.eval_unfiltered_base_batch(EvaluationVarsBaseBatch::new(TILE, &[], &wires, &hash));
        let alphas: Vec<F> = F::rand_vec(3);
        let powers: Vec<Vec<F>> = alphas.iter().map(|alpha| alpha.powers().take(CONSTRAINTS).collect()).collect();
        let combinations: Vec<_> = powers.iter().map(|p| Combination::new(p)).collect();
        for vector in 0..TILE / WIDTH {
            let mut sums = [Sum::new(); 3];
            evaluate(&wires, vector, &combinations, &mut sums);
            for (sum, powers) in sums.iter().zip(&powers) {
                let sum = total(sum);
                for (lane, value) in sum.as_slice().iter().enumerate() {
                    let point = vector * WIDTH + lane;
                    let combined: F = (0..CONSTRAINTS).map(|k| powers[k] * expected[k * TILE + point]).sum();
                    assert_eq!(*value, combined);
                }
            }
        }
    }
}
