//! A gate of its own for GF(p^5): `factor·a·b + weight·c`, four times a row of eighty routed wires.
//!
//! Libraries for EcGFp5 on plonky2 have a gate for such products: the arithmetic gate needs a row and a quarter for what fits a
//! quarter of a row here.

use anyhow::Result;
use plonky2::field::extension::Extendable;
use plonky2::field::types::Field;
use plonky2::gates::gate::Gate;
use plonky2::gates::util::StridedConstraintConsumer;
use plonky2::iop::ext_target::ExtensionTarget;
use plonky2::iop::generator::{GeneratedValues, SimpleGenerator, WitnessGeneratorRef};
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartitionWitness, Witness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::CommonCircuitData;
use plonky2::plonk::vars::{EvaluationTargets, EvaluationVars, EvaluationVarsBase};
use plonky2::util::serialization::{Buffer, IoResult, Read, Write};

use crate::field5::Element;
use crate::{D, F};

/// Operations in a row.
const OPERATIONS: usize = 4;
/// Wires of one: a, b, c, and the result.
const WIRES: usize = 20;

/// Four operations with the same two constants.
#[derive(Clone, Copy, Debug)]
pub struct ProductGate;

/// The first wire of part `part` of an operation: a, b, c, result.
fn wire(operation: usize, part: usize) -> usize {
    WIRES * operation + 5 * part
}

/// Targets of the same.
pub fn target(row: usize, operation: usize, part: usize) -> Element {
    std::array::from_fn(|i| Target::wire(row, wire(operation, part) + i))
}

/// Which coefficient, and how many times, a product of two coefficients counts: z^5 = 3.
fn place(i: usize, j: usize) -> (usize, u64) {
    ((i + j) % 5, if i + j < 5 { 1 } else { 3 })
}

/// `factor·a·b + weight·c`.
fn evaluate<T: Field>([factor, weight]: [T; 2], [a, b, c]: [[T; 5]; 3]) -> [T; 5] {
    let mut product = [T::ZERO; 5];
    for i in 0..5 {
        for j in 0..5 {
            let (k, times) = place(i, j);
            product[k] += a[i] * b[j] * T::from_canonical_u64(times);
        }
    }
    std::array::from_fn(|k| factor * product[k] + weight * c[k])
}

type Extension = <F as Extendable<D>>::Extension;

impl Gate<F, D> for ProductGate {
    fn id(&self) -> String {
        "Product in GF(p^5)".into()
    }

    fn serialize(&self, _dst: &mut Vec<u8>, _common_data: &CommonCircuitData<F, D>) -> IoResult<()> {
        Ok(())
    }

    fn deserialize(_src: &mut Buffer, _common_data: &CommonCircuitData<F, D>) -> IoResult<Self> {
        Ok(Self)
    }

    fn eval_unfiltered(&self, vars: EvaluationVars<F, D>) -> Vec<Extension> {
        let constants = [vars.local_constants[0], vars.local_constants[1]];
        let operation = |operation| {
            let [a, b, c, result] =
                [0, 1, 2, 3].map(|part| std::array::from_fn(|i| vars.local_wires[wire(operation, part) + i]));
            let expected = evaluate(constants, [a, b, c]);
            (0..5).map(move |k| result[k] - expected[k])
        };
        (0..OPERATIONS).flat_map(operation).collect()
    }

    fn eval_unfiltered_base_one(&self, vars: EvaluationVarsBase<F>, mut yield_constr: StridedConstraintConsumer<F>) {
        let constants = [vars.local_constants[0], vars.local_constants[1]];
        for operation in 0..OPERATIONS {
            let [a, b, c, result]: [[F; 5]; 4] =
                [0, 1, 2, 3].map(|part| std::array::from_fn(|i| vars.local_wires[wire(operation, part) + i]));
            let expected = evaluate(constants, [a, b, c]);
            (0..5).for_each(|k| yield_constr.one(result[k] - expected[k]));
        }
    }

    fn eval_unfiltered_circuit(
        &self,
        builder: &mut CircuitBuilder<F, D>,
        vars: EvaluationTargets<D>,
    ) -> Vec<ExtensionTarget<D>> {
        let mut constraints = Vec::new();
        for operation in 0..OPERATIONS {
            let [a, b, c, result]: [[ExtensionTarget<D>; 5]; 4] =
                [0, 1, 2, 3].map(|part| std::array::from_fn(|i| vars.local_wires[wire(operation, part) + i]));
            let mut product = [builder.zero_extension(); 5];
            for i in 0..5 {
                for j in 0..5 {
                    let (k, times) = place(i, j);
                    let times = F::from_canonical_u64(times);
                    product[k] = builder.arithmetic_extension(times, F::ONE, a[i], b[j], product[k]);
                }
            }
            for k in 0..5 {
                let sum = builder.mul_extension(vars.local_constants[1], c[k]);
                let sum = builder.mul_add_extension(vars.local_constants[0], product[k], sum);
                constraints.push(builder.sub_extension(result[k], sum));
            }
        }
        constraints
    }

    fn generators(&self, row: usize, local_constants: &[F]) -> Vec<WitnessGeneratorRef<F, D>> {
        let constants = [local_constants[0], local_constants[1]];
        let generator = |operation| WitnessGeneratorRef::new(Evaluation { row, operation, constants }.adapter());
        (0..OPERATIONS).map(generator).collect()
    }

    fn num_wires(&self) -> usize {
        WIRES * OPERATIONS
    }

    fn num_constants(&self) -> usize {
        2
    }

    fn degree(&self) -> usize {
        3
    }

    fn num_constraints(&self) -> usize {
        5 * OPERATIONS
    }

    /// As many as [`ProductGate::generators`], which is how plonky2 counts them.
    fn num_ops(&self) -> usize {
        OPERATIONS
    }
}

/// Fills in the result of an operation.
#[derive(Clone, Debug)]
struct Evaluation {
    row: usize,
    operation: usize,
    constants: [F; 2],
}

impl SimpleGenerator<F, D> for Evaluation {
    fn id(&self) -> String {
        "Evaluation of a product in GF(p^5)".into()
    }

    fn dependencies(&self) -> Vec<Target> {
        (0..3).flat_map(|part| target(self.row, self.operation, part)).collect()
    }

    fn run_once(&self, witness: &PartitionWitness<F>, out_buffer: &mut GeneratedValues<F>) -> Result<()> {
        let operands =
            [0, 1, 2].map(|part| target(self.row, self.operation, part).map(|wire| witness.get_target(wire)));
        out_buffer.set_target_arr(&target(self.row, self.operation, 3), &evaluate(self.constants, operands))
    }

    fn serialize(&self, dst: &mut Vec<u8>, _common_data: &CommonCircuitData<F, D>) -> IoResult<()> {
        dst.write_usize(self.row)?;
        dst.write_usize(self.operation)?;
        dst.write_field_vec(&self.constants)
    }

    fn deserialize(src: &mut Buffer, _common_data: &CommonCircuitData<F, D>) -> IoResult<Self> {
        let (row, operation) = (src.read_usize()?, src.read_usize()?);
        Ok(Self { row, operation, constants: [src.read_field()?, src.read_field()?] })
    }
}
