//! Constraints of the gates over the extension field, [`WIDTH`] points at a time.
//!
//! plonky2 packs its gates over the base field; these, which every verifier of a proof is full of,
//! it evaluates one point at a time. Each is one formula over [`Element`]s here, and the tests
//! compare it with plonky2's on random wires.

use super::columns::TILE;
use super::packing::{F, P, WIDTH, lanes, packed};
use braid_primitives::sums::{Factor, Sum};
use plonky2::field::extension::Extendable;
use plonky2::field::packed::PackedField;
use plonky2::field::types::Field;
use plonky2::gates::arithmetic_extension::ArithmeticExtensionGate;
use plonky2::gates::coset_interpolation::CosetInterpolationGate;
use plonky2::gates::gate::GateRef;
use plonky2::gates::multiplication_extension::MulExtensionGate;
use plonky2::gates::poseidon_mds::PoseidonMdsGate;
use plonky2::gates::reducing::ReducingGate;
use plonky2::gates::reducing_extension::ReducingExtensionGate;
use plonky2::hash::poseidon::Poseidon;
use std::ops::{Add, Mul, Sub};

/// Elements of the extension of degree `D`, one a lane, by coordinates.
#[derive(Clone, Copy)]
struct Element<const D: usize>([P; D]);

impl<const D: usize> Element<D> {
    const ZERO: Self = Self([P::ZEROS; D]);

    /// Elements of the base field.
    #[inline(always)]
    fn base(value: P) -> Self {
        let mut element = Self::ZERO;
        element.0[0] = value;
        element
    }

    #[inline(always)]
    fn scale(self, factor: P) -> Self {
        Self(core::array::from_fn(|i| self.0[i] * factor))
    }
}

impl<const D: usize> Add for Element<D> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(core::array::from_fn(|i| self.0[i] + other.0[i]))
    }
}

impl<const D: usize> Sub for Element<D> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(core::array::from_fn(|i| self.0[i] - other.0[i]))
    }
}

impl<const D: usize> Mul for Element<D>
where
    F: Extendable<D>,
{
    type Output = Self;
    /// In `F[X] / (X^D − W)`.
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let (mut low, mut high) = ([P::ZEROS; D], [P::ZEROS; D]);
        for i in 0..D {
            for j in 0..D {
                let product = self.0[i] * other.0[j];
                if i + j < D { low[i + j] += product } else { high[i + j - D] += product }
            }
        }
        Self(core::array::from_fn(|i| match i + 1 < D {
            true => low[i] + high[i] * <F as Extendable<D>>::W,
            false => low[i],
        }))
    }
}

/// One vector of points of a tile.
#[derive(Clone, Copy)]
pub(super) struct Points<'a> {
    /// The gate's constants and the wires, [`TILE`] values a column.
    pub constants: &'a [F],
    pub wires: &'a [F],
    pub vector: usize,
}

impl Points<'_> {
    #[inline(always)]
    fn constant(&self, column: usize) -> P {
        packed(&self.constants[column * TILE + self.vector * WIDTH..][..WIDTH])[0]
    }

    #[inline(always)]
    fn wire(&self, column: usize) -> P {
        packed(&self.wires[column * TILE + self.vector * WIDTH..][..WIDTH])[0]
    }

    /// The element whose coordinates are the wires from `column` on.
    #[inline(always)]
    fn element<const D: usize>(&self, column: usize) -> Element<D> {
        Element(core::array::from_fn(|i| self.wire(column + i)))
    }
}

/// Adds up constraints, each times its coefficient, for each challenge.
pub(super) struct Combiner<'a> {
    /// `coefficients[challenge][k]` is for constraint k.
    pub coefficients: &'a [Vec<Factor>],
    pub sums: &'a mut [Sum<WIDTH>],
    /// Constraints seen so far.
    pub next: usize,
}

impl Combiner<'_> {
    #[inline(always)]
    fn add<const D: usize>(&mut self, constraint: Element<D>) {
        let coordinates: [_; D] = core::array::from_fn(|i| lanes(constraint.0[i]));
        for (sum, coefficients) in self.sums.iter_mut().zip(self.coefficients) {
            for (coordinate, coefficient) in coordinates.iter().zip(&coefficients[self.next..]) {
                sum.add(*coordinate, *coefficient);
            }
        }
        self.next += D;
    }
}

/// A gate that is evaluated here.
pub(super) enum ExtensionGate {
    /// `c0·x·y + c1·z` per operation.
    Arithmetic { operations: usize },
    /// `c0·x·y` per operation.
    Multiplication { operations: usize },
    /// Horner's rule over coefficients in the base field.
    Reducing { coefficients: usize },
    /// Horner's rule over coefficients in the extension.
    ReducingExtension { coefficients: usize },
    /// Barycentric interpolation on a coset, in runs of bounded degree.
    Interpolation { domain: Vec<F>, weights: Vec<F>, degree: usize },
    /// Poseidon's linear layer.
    Mds,
}

impl ExtensionGate {
    /// None if plonky2 is to evaluate the gate.
    pub fn recognise<const D: usize>(gate: &GateRef<F, D>) -> Option<Self>
    where
        F: Extendable<D>,
    {
        let gate = gate.0.as_any();
        if let Some(gate) = gate.downcast_ref::<ArithmeticExtensionGate<D>>() {
            Some(Self::Arithmetic { operations: gate.num_ops })
        } else if let Some(gate) = gate.downcast_ref::<MulExtensionGate<D>>() {
            Some(Self::Multiplication { operations: gate.num_ops })
        } else if let Some(gate) = gate.downcast_ref::<ReducingGate<D>>() {
            Some(Self::Reducing { coefficients: gate.num_coeffs })
        } else if let Some(gate) = gate.downcast_ref::<ReducingExtensionGate<D>>() {
            Some(Self::ReducingExtension { coefficients: gate.num_coeffs })
        } else if let Some(gate) = gate.downcast_ref::<CosetInterpolationGate<F, D>>() {
            Some(Self::Interpolation {
                domain: F::two_adic_subgroup(gate.subgroup_bits),
                weights: gate.barycentric_weights.clone(),
                degree: gate.degree,
            })
        } else if gate.is::<PoseidonMdsGate<F, D>>() {
            Some(Self::Mds)
        } else {
            None
        }
    }

    /// Gives the gate's constraints to `out`, in plonky2's order.
    pub fn evaluate<const D: usize>(&self, points: Points, out: &mut Combiner)
    where
        F: Extendable<D>,
    {
        match self {
            Self::Arithmetic { operations } => {
                let (c0, c1) = (points.constant(0), points.constant(1));
                for first in (0..*operations).map(|operation| operation * 4 * D) {
                    let [x, y, z, output] = elements::<D, 4>(points, first);
                    out.add(output - (x * y).scale(c0) - z.scale(c1));
                }
            }
            Self::Multiplication { operations } => {
                let c0 = points.constant(0);
                for first in (0..*operations).map(|operation| operation * 3 * D) {
                    let [x, y, output] = elements::<D, 3>(points, first);
                    out.add(output - (x * y).scale(c0));
                }
            }
            Self::Reducing { coefficients } => {
                let coefficient = |i| Element::base(points.wire(3 * D + i));
                horner::<D>(points, *coefficients, 3 * D + coefficients, coefficient, out);
            }
            Self::ReducingExtension { coefficients } => {
                let coefficient = |i| points.element(3 * D + i * D);
                horner::<D>(points, *coefficients, 3 * D + coefficients * D, coefficient, out);
            }
            Self::Interpolation { domain, weights, degree } => {
                interpolation::<D>(points, domain, weights, *degree, out);
            }
            Self::Mds => {
                let inputs = elements::<D, 12>(points, 0);
                for r in 0..12 {
                    let mut sum = inputs[r].scale(constant(F::MDS_MATRIX_DIAG[r]));
                    for (i, factor) in F::MDS_MATRIX_CIRC.into_iter().enumerate() {
                        sum = sum + inputs[(i + r) % 12].scale(constant(factor));
                    }
                    out.add(points.element::<D>((12 + r) * D) - sum);
                }
            }
        }
    }
}

fn constant(value: u64) -> P {
    P::from(F::from_canonical_u64(value))
}

/// `N` consecutive elements, from wire `first` on.
#[inline(always)]
fn elements<const D: usize, const N: usize>(points: Points, first: usize) -> [Element<D>; N] {
    core::array::from_fn(|i| points.element(first + i * D))
}

/// The two reducing gates: output, base, and start lie first, the accumulators from `accumulators`
/// on except the last, which is the output.
#[inline(always)]
fn horner<const D: usize>(
    points: Points,
    count: usize,
    accumulators: usize,
    coefficient: impl Fn(usize) -> Element<D>,
    out: &mut Combiner,
) where
    F: Extendable<D>,
{
    let [output, base, mut before] = elements::<D, 3>(points, 0);
    for i in 0..count {
        let after = if i + 1 == count { output } else { points.element(accumulators + i * D) };
        out.add(before * base + coefficient(i) - after);
        before = after;
    }
}

#[inline(always)]
fn interpolation<const D: usize>(points: Points, domain: &[F], weights: &[F], degree: usize, out: &mut Combiner)
where
    F: Extendable<D>,
{
    let count = domain.len();
    let intermediates = (count - 2) / (degree - 1);
    // Wires: shift, values, point, result, intermediate values, intermediate products, point / shift.
    let point = 1 + count * D;
    let results = point + 2 * D;
    let products = results + intermediates * D;
    let shifted = points.element::<D>(products + intermediates * D);
    out.add(points.element::<D>(point) - shifted.scale(points.wire(0)));

    let (mut value, mut product) = (Element::<D>::ZERO, Element::<D>::base(P::ONES));
    let mut next = 0;
    for run in 0..=intermediates {
        let end = (1 + (degree - 1) * (run + 1)).min(count);
        for i in next..end {
            let factor = shifted - Element::base(P::from(domain[i]));
            let term = points.element::<D>(1 + i * D).scale(P::from(weights[i])) * product;
            value = value * factor + term;
            product = product * factor;
        }
        next = end;
        if run < intermediates {
            let at = points.element::<D>(results + run * D);
            let to = points.element::<D>(products + run * D);
            out.add(at - value);
            out.add(to - product);
            (value, product) = (at, to);
        }
    }
    out.add(points.element::<D>(point + D) - value);
}

#[cfg(test)]
mod tests {
    use super::super::packing::{factors, total};
    use super::*;
    use plonky2::field::types::Sample;
    use plonky2::gates::gate::Gate;
    use plonky2::hash::hash_types::HashOut;
    use plonky2::plonk::circuit_data::CircuitConfig;
    use plonky2::plonk::vars::EvaluationVarsBaseBatch;

    fn compare<const D: usize>(gate: impl Gate<F, D>)
    where
        F: Extendable<D>,
    {
        let gate = GateRef::new(gate);
        let name = gate.0.id();
        let ours = ExtensionGate::recognise(&gate).expect(&name);
        let (constants, wires) = (F::rand_vec(2 * TILE), F::rand_vec(gate.0.num_wires() * TILE));
        let hash = HashOut::ZERO;
        let expected = gate.0.eval_unfiltered_base_batch(EvaluationVarsBaseBatch::new(TILE, &constants, &wires, &hash));
        let count = gate.0.num_constraints();
        let coefficients = [F::rand_vec(count), F::rand_vec(count), F::rand_vec(count)];
        let prepared: Vec<_> = coefficients.iter().map(|coefficients| factors(coefficients)).collect();
        for vector in 0..TILE / WIDTH {
            let mut sums = [Sum::new(); 3];
            let mut out = Combiner { coefficients: &prepared, sums: &mut sums, next: 0 };
            let points = Points { constants: &constants, wires: &wires, vector };
            ours.evaluate::<D>(points, &mut out);
            assert_eq!(out.next, count, "{name}");
            for (sum, coefficients) in sums.iter().zip(&coefficients) {
                for (lane, sum) in total(sum).as_slice().iter().enumerate() {
                    let at = |k: usize| expected[k * TILE + vector * WIDTH + lane];
                    let combined: F = (0..count).map(|k| coefficients[k] * at(k)).sum();
                    assert_eq!(*sum, combined, "{name}");
                }
            }
        }
    }

    fn compare_all<const D: usize>()
    where
        F: Extendable<D>,
    {
        let config = CircuitConfig::standard_recursion_config();
        compare::<D>(ArithmeticExtensionGate::new_from_config(&config));
        compare::<D>(MulExtensionGate::new_from_config(&config));
        compare::<D>(ReducingGate::new(1));
        compare::<D>(ReducingGate::new(11));
        compare::<D>(ReducingExtensionGate::new(7));
        compare::<D>(PoseidonMdsGate::new());
        for bits in 1..=4 {
            compare::<D>(CosetInterpolationGate::new(bits));
        }
        // As the recursive verifier makes it, with intermediate values.
        let mut bounded = CosetInterpolationGate::<F, D>::new(4);
        bounded.degree = 6;
        compare::<D>(bounded);
    }

    #[test]
    fn degree_two_equals_plonky2() {
        compare_all::<2>();
    }

    #[test]
    fn degree_four_equals_plonky2() {
        compare_all::<4>();
    }

    #[test]
    fn other_gates_are_left_to_plonky2() {
        let gate = GateRef::<F, 2>::new(plonky2::gates::noop::NoopGate);
        assert!(ExtensionGate::recognise(&gate).is_none());
    }
}
