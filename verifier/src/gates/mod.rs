//! The gates of Braid's recursion circuits: what each demands of a row, evaluated at a point outside the trace.
//!
//! Constraints, their order and the wires they read are those of plonky2 1.1.0's gates of the same names; tests in the
//! circuits crate compare every one of them with plonky2 on real proofs.

mod arithmetic;
mod interpolation;
mod poseidon;
mod random_access;
mod reducing;

use crate::extension::{Algebra, Quadratic};
use crate::poseidon::{HALF_FULL_ROUNDS, Hash, PARTIAL_ROUNDS, WIDTH};

/// A kind of gate with the numbers that fix its layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Demands nothing.
    Noop,
    /// Wires equal to the row's constants.
    Constant {
        /// How many.
        count: usize,
    },
    /// Four wires equal to the hash of the public inputs.
    PublicInput,
    /// c₀·x·y + c₁·z.
    Arithmetic {
        /// Operations in a row.
        operations: usize,
    },
    /// The same over the extension.
    ArithmeticExtension {
        /// Operations in a row.
        operations: usize,
    },
    /// c₀·x·y over the extension.
    MulExtension {
        /// Operations in a row.
        operations: usize,
    },
    /// A number and its bits.
    BaseSum {
        /// Bits in a row.
        limbs: usize,
    },
    /// Horner evaluation with coefficients from the base field.
    Reducing {
        /// Coefficients in a row.
        coefficients: usize,
    },
    /// Horner evaluation with coefficients from the extension.
    ReducingExtension {
        /// Coefficients in a row.
        coefficients: usize,
    },
    /// The element of a list at an index.
    RandomAccess {
        /// Bits of the index; the list has 2^bits elements.
        bits: usize,
        /// Accesses in a row.
        copies: usize,
        /// Constants placed on the wires that are left over.
        extra_constants: usize,
    },
    /// A power with its exponent in bits.
    Exponentiation {
        /// Bits of the exponent.
        bits: usize,
    },
    /// One permutation, with a switch that swaps the two halves of the rate.
    Poseidon,
    /// The linear layer of the permutation over the extension.
    PoseidonMds,
    /// The value, at some point, of the polynomial through values on a coset.
    CosetInterpolation {
        /// log2 of the coset's size.
        subgroup_bits: usize,
        /// Degree of the constraints; intermediate values are on wires of their own.
        degree: usize,
    },
}

/// What a gate sees of a row.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub constants: &'a [Quadratic],
    pub wires: &'a [Quadratic],
    pub public_inputs_hash: &'a Hash,
}

impl Row<'_> {
    /// The extension element that lies on two adjacent wires.
    fn algebra(&self, wire: usize) -> Algebra {
        Algebra(self.wires[wire], self.wires[wire + 1])
    }
}

fn push(out: &mut Vec<Quadratic>, constraint: Algebra) {
    out.extend([constraint.0, constraint.1]);
}

/// Largest number in a gate's layout: keeps the products below far from overflow.
const MAX_PARAMETER: usize = 1 << 10;

impl Gate {
    fn parameters(&self) -> [usize; 3] {
        match *self {
            Self::Noop | Self::PublicInput | Self::Poseidon | Self::PoseidonMds => [0; 3],
            Self::Constant { count } => [count, 0, 0],
            Self::Arithmetic { operations }
            | Self::ArithmeticExtension { operations }
            | Self::MulExtension { operations } => [operations, 0, 0],
            Self::BaseSum { limbs } => [limbs, 0, 0],
            Self::Reducing { coefficients } | Self::ReducingExtension { coefficients } => [coefficients, 0, 0],
            Self::RandomAccess { bits, copies, extra_constants } => [bits, copies, extra_constants],
            Self::Exponentiation { bits } => [bits, 0, 0],
            Self::CosetInterpolation { subgroup_bits, degree } => [subgroup_bits, degree, 0],
        }
    }

    /// A kind number and three parameters: the form in which keys are written.
    pub(crate) fn encode(&self) -> [u32; 4] {
        let kind = match self {
            Self::Noop => 0,
            Self::Constant { .. } => 1,
            Self::PublicInput => 2,
            Self::Arithmetic { .. } => 3,
            Self::ArithmeticExtension { .. } => 4,
            Self::MulExtension { .. } => 5,
            Self::BaseSum { .. } => 6,
            Self::Reducing { .. } => 7,
            Self::ReducingExtension { .. } => 8,
            Self::RandomAccess { .. } => 9,
            Self::Exponentiation { .. } => 10,
            Self::Poseidon => 11,
            Self::PoseidonMds => 12,
            Self::CosetInterpolation { .. } => 13,
        };
        let [a, b, c] = self.parameters();
        // A key with larger parameters is refused before it can be written.
        [kind, a as u32, b as u32, c as u32]
    }

    /// Reads what [`Self::encode`] wrote; `None` for unknown kinds.
    pub(crate) fn decode([kind, a, b, c]: [u32; 4]) -> Option<Self> {
        let [a, b, c] = [a as usize, b as usize, c as usize];
        let gate = match kind {
            0 => Self::Noop,
            1 => Self::Constant { count: a },
            2 => Self::PublicInput,
            3 => Self::Arithmetic { operations: a },
            4 => Self::ArithmeticExtension { operations: a },
            5 => Self::MulExtension { operations: a },
            6 => Self::BaseSum { limbs: a },
            7 => Self::Reducing { coefficients: a },
            8 => Self::ReducingExtension { coefficients: a },
            9 => Self::RandomAccess { bits: a, copies: b, extra_constants: c },
            10 => Self::Exponentiation { bits: a },
            11 => Self::Poseidon,
            12 => Self::PoseidonMds,
            13 => Self::CosetInterpolation { subgroup_bits: a, degree: b },
            _ => return None,
        };
        Some(gate)
    }

    /// Whether a row of this many wires and constants holds the gate. [`Self::evaluate`] reads nothing beyond.
    pub(crate) fn fits(&self, wires: usize, constants: usize) -> bool {
        let sane = self.parameters().iter().all(|&parameter| parameter <= MAX_PARAMETER)
            && match *self {
                Self::RandomAccess { bits, .. } => bits <= 8,
                Self::CosetInterpolation { subgroup_bits, degree } => {
                    (1..=8).contains(&subgroup_bits) && (2..=1 << subgroup_bits).contains(&degree)
                }
                Self::Reducing { coefficients } | Self::ReducingExtension { coefficients } => coefficients > 0,
                Self::Exponentiation { bits } => bits > 0,
                _ => true,
            };
        sane && self.wires() <= wires && self.constants() <= constants
    }

    /// Wires in use.
    fn wires(&self) -> usize {
        match *self {
            Self::Noop => 0,
            Self::Constant { count } => count,
            Self::PublicInput => 4,
            Self::Arithmetic { operations } => 4 * operations,
            Self::ArithmeticExtension { operations } => 8 * operations,
            Self::MulExtension { operations } => 6 * operations,
            Self::BaseSum { limbs } => 1 + limbs,
            Self::Reducing { coefficients } => reducing::wires(coefficients, 1),
            Self::ReducingExtension { coefficients } => reducing::wires(coefficients, 2),
            Self::RandomAccess { bits, copies, extra_constants } => random_access::wires(bits, copies, extra_constants),
            Self::Exponentiation { bits } => 2 + 2 * bits,
            Self::Poseidon => poseidon::WIRES,
            Self::PoseidonMds => 4 * WIDTH,
            Self::CosetInterpolation { subgroup_bits, degree } => interpolation::wires(subgroup_bits, degree),
        }
    }

    /// Constants of the row in use.
    fn constants(&self) -> usize {
        match *self {
            Self::Constant { count } => count,
            Self::Arithmetic { .. } | Self::ArithmeticExtension { .. } => 2,
            Self::MulExtension { .. } => 1,
            Self::RandomAccess { extra_constants, .. } => extra_constants,
            _ => 0,
        }
    }

    /// Constraints on a row.
    pub fn constraints(&self) -> usize {
        match *self {
            Self::Noop => 0,
            Self::Constant { count } => count,
            Self::PublicInput => 4,
            Self::Arithmetic { operations } => operations,
            Self::ArithmeticExtension { operations } | Self::MulExtension { operations } => 2 * operations,
            Self::BaseSum { limbs } => 1 + limbs,
            Self::Reducing { coefficients } | Self::ReducingExtension { coefficients } => 2 * coefficients,
            Self::RandomAccess { bits, copies, extra_constants } => copies * (bits + 2) + extra_constants,
            Self::Exponentiation { bits } => bits + 1,
            Self::Poseidon => 5 + WIDTH * (2 * HALF_FULL_ROUNDS - 1) + PARTIAL_ROUNDS + WIDTH,
            Self::PoseidonMds => 2 * WIDTH,
            Self::CosetInterpolation { subgroup_bits, degree } => {
                4 + 4 * interpolation::intermediates(subgroup_bits, degree)
            }
        }
    }

    /// The values of the constraints on a row that the gate fits, all 0 on a row of the trace that satisfies it.
    pub(crate) fn evaluate(&self, row: Row<'_>) -> Vec<Quadratic> {
        let mut out = Vec::with_capacity(self.constraints());
        match *self {
            Self::Noop => {}
            Self::Constant { count } => arithmetic::constant(row, count, &mut out),
            Self::PublicInput => arithmetic::public_input(row, &mut out),
            Self::Arithmetic { operations } => arithmetic::arithmetic(row, operations, &mut out),
            Self::ArithmeticExtension { operations } => arithmetic::extension(row, operations, &mut out),
            Self::MulExtension { operations } => arithmetic::multiplication(row, operations, &mut out),
            Self::BaseSum { limbs } => arithmetic::base_sum(row, limbs, &mut out),
            Self::Reducing { coefficients } => reducing::base(row, coefficients, &mut out),
            Self::ReducingExtension { coefficients } => reducing::extension(row, coefficients, &mut out),
            Self::RandomAccess { bits, copies, extra_constants } => {
                random_access::evaluate(row, bits, copies, extra_constants, &mut out);
            }
            Self::Exponentiation { bits } => arithmetic::exponentiation(row, bits, &mut out),
            Self::Poseidon => poseidon::permutation(row, &mut out),
            Self::PoseidonMds => poseidon::linear(row, &mut out),
            Self::CosetInterpolation { subgroup_bits, degree } => {
                interpolation::evaluate(row, subgroup_bits, degree, &mut out);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests;
