//! GF(p^5) = `GF(p)[z] / (z^5 - 3)` inside a circuit: products, sums, and quotients that the prover supplies.

use braid_primitives::ecgfp5::Fp5;
use p3_field::PrimeField64;
use plonky2::field::extension::quintic::QuinticExtension;
use plonky2::field::types::Field;
use plonky2::iop::generator::{GeneratedValues, SimpleGenerator};
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartitionWitness, Witness, WitnessWrite};
use plonky2::plonk::circuit_data::CommonCircuitData;
use plonky2::util::serialization::{Buffer, IoResult, Read, Write};

use crate::gate::{self, ProductGate};
use crate::{Builder, D, F, Gates};

/// An element as a value.
pub type Value = QuinticExtension<F>;

/// An element inside a circuit: coefficients, the lowest first.
pub type Element = [Target; 5];

/// Braid's element as a value here.
pub fn of_braid(element: Fp5) -> Value {
    QuinticExtension(element.0.map(|coefficient| F::from_canonical_u64(coefficient.as_canonical_u64())))
}

/// A small integer of either sign.
pub fn integer(value: i64) -> F {
    F::from_noncanonical_i64(value)
}

/// An element whose value is given with the witness.
pub fn input(builder: &mut Builder) -> Element {
    [(); 5].map(|()| builder.add_virtual_target())
}

/// A constant.
pub fn constant(builder: &mut Builder, value: Value) -> Element {
    value.0.map(|coefficient| builder.constant(coefficient))
}

/// Requires two elements to be equal.
pub fn connect(builder: &mut Builder, a: Element, b: Element) {
    a.into_iter().zip(b).for_each(|(a, b)| builder.connect(a, b));
}

/// `factor·a·b + weight·c`, without c if there is none: 25 operations of the arithmetic gate, 15 for a square; or one of
/// [`ProductGate`].
pub fn product(builder: &mut Builder, factor: i64, [a, b]: [Element; 2], sum: Option<(i64, Element)>) -> Element {
    let zero = builder.zero();
    let (weight, start) = sum.unwrap_or((1, [zero; 5]));
    if builder.gates == Gates::Product {
        let constants = [factor, weight].map(integer);
        let (row, operation) = builder.find_slot(ProductGate, &constants, &constants);
        let operands = [a, b, start].into_iter().enumerate();
        operands.for_each(|(part, operand)| connect(builder, operand, gate::target(row, operation, part)));
        return gate::target(row, operation, 3);
    }
    std::array::from_fn(|k| {
        let (mut weight, mut total) = (weight, start[k]);
        for i in 0..5 {
            let j = (5 + k - i) % 5;
            // A square has most products twice.
            let times = match (a == b, i.cmp(&j)) {
                (true, std::cmp::Ordering::Greater) => continue,
                (true, std::cmp::Ordering::Less) => 2,
                _ => 1,
            };
            let wrapped = if i + j == k { 1 } else { 3 };
            total = builder.arithmetic(integer(factor * times * wrapped), integer(weight), a[i], b[j], total);
            weight = 1;
        }
        total
    })
}

/// `factor·a + weight·b`: five operations.
pub fn combine(builder: &mut Builder, (factor, a): (i64, Element), (weight, b): (i64, Element)) -> Element {
    let one = builder.one();
    std::array::from_fn(|i| builder.arithmetic(integer(factor), integer(weight), a[i], one, b[i]))
}

/// q with `factor·q·divisor + weight·less = whole`: the prover divides, the circuit multiplies. Any q does if both sides are zero.
pub fn quotient(
    builder: &mut Builder,
    whole: Element,
    less: Option<(i64, Element)>,
    (factor, divisor): (i64, Element),
) -> Element {
    let result = input(builder);
    let product = product(builder, factor, [result, divisor], less);
    connect(builder, product, whole);
    let (weight, less) = less.unwrap_or((0, whole));
    let inputs = [whole, less, divisor].concat();
    builder.add_simple_generator(Division { inputs, weight: integer(weight), factor: integer(factor), result });
    result
}

/// Fills in a [`quotient`].
#[derive(Debug)]
struct Division {
    /// The coefficients of `whole`, `less`, `divisor`.
    inputs: Vec<Target>,
    weight: F,
    factor: F,
    result: Element,
}

impl SimpleGenerator<F, D> for Division {
    fn id(&self) -> String {
        "Division in GF(p^5)".into()
    }

    fn dependencies(&self) -> Vec<Target> {
        self.inputs.clone()
    }

    fn run_once(&self, witness: &PartitionWitness<F>, out_buffer: &mut GeneratedValues<F>) -> anyhow::Result<()> {
        let element = |n: usize| QuinticExtension(std::array::from_fn(|i| witness.get_target(self.inputs[5 * n + i])));
        let [whole, less, divisor]: [Value; 3] = std::array::from_fn(element);
        let inverse = (divisor * self.factor.into()).try_inverse().unwrap_or(Value::ZERO);
        let quotient = (whole - less * self.weight.into()) * inverse;
        self.result.into_iter().zip(quotient.0).try_for_each(|(target, value)| out_buffer.set_target(target, value))
    }

    fn serialize(&self, dst: &mut Vec<u8>, _common_data: &CommonCircuitData<F, D>) -> IoResult<()> {
        dst.write_target_vec(&self.inputs)?;
        dst.write_field_vec(&[self.weight, self.factor])?;
        dst.write_target_array(&self.result)
    }

    fn deserialize(src: &mut Buffer, _common_data: &CommonCircuitData<F, D>) -> IoResult<Self> {
        let inputs = src.read_target_vec()?;
        let (weight, factor) = (src.read_field()?, src.read_field()?);
        Ok(Self { inputs, weight, factor, result: src.read_target_array()? })
    }
}
