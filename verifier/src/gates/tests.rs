//! What every gate promises about its own size. Agreement with plonky2 is tested where plonky2 is at hand.

use super::*;
use crate::field::Goldilocks;

const GATES: [Gate; 15] = [
    Gate::Noop,
    Gate::Constant { count: 2 },
    Gate::PublicInput,
    Gate::Arithmetic { operations: 20 },
    Gate::ArithmeticExtension { operations: 10 },
    Gate::MulExtension { operations: 13 },
    Gate::BaseSum { limbs: 63 },
    Gate::Reducing { coefficients: 43 },
    Gate::ReducingExtension { coefficients: 32 },
    Gate::RandomAccess { bits: 4, copies: 4, extra_constants: 2 },
    Gate::Exponentiation { bits: 66 },
    Gate::Poseidon,
    Gate::PoseidonMds,
    Gate::CosetInterpolation { subgroup_bits: 3, degree: 8 },
    Gate::CosetInterpolation { subgroup_bits: 4, degree: 6 },
];

#[test]
fn gates_read_and_yield_what_they_announce() {
    for gate in GATES {
        assert!(gate.fits(135, 2), "{gate:?}");
        let wires: Vec<Quadratic> =
            (0..gate.wires() as u64).map(|i| Quadratic(Goldilocks::new(3 * i + 1), Goldilocks::new(i * i))).collect();
        let constants: Vec<Quadratic> =
            (0..gate.constants() as u64).map(|i| Quadratic(Goldilocks::new(i + 5), Goldilocks::ONE)).collect();
        let hash = [Goldilocks::ONE; 4];
        let row = Row { constants: &constants, wires: &wires, public_inputs_hash: &hash };
        assert_eq!(gate.evaluate(row).len(), gate.constraints(), "{gate:?}");
        assert_eq!(Gate::decode(gate.encode()), Some(gate));
    }
}

#[test]
fn refuses_layouts_that_do_not_fit_a_row() {
    assert!(!Gate::Arithmetic { operations: 34 }.fits(135, 2));
    assert!(!Gate::Arithmetic { operations: 20 }.fits(135, 1));
    assert!(!Gate::RandomAccess { bits: 60, copies: 1, extra_constants: 0 }.fits(135, 2));
    assert!(!Gate::CosetInterpolation { subgroup_bits: 3, degree: 1 }.fits(135, 2));
    assert!(!Gate::CosetInterpolation { subgroup_bits: 63, degree: 2 }.fits(135, 2));
    assert!(!Gate::BaseSum { limbs: usize::MAX }.fits(135, 2));
    assert!(!Gate::Reducing { coefficients: 0 }.fits(135, 2));
    assert!(!Gate::Exponentiation { bits: 0 }.fits(135, 2));
    assert_eq!(Gate::decode([14, 0, 0, 0]), None);
}
