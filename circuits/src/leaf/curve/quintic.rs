//! The field GF(p⁵) = `GF(p)[z]/(z⁵ - 3)` as five coordinates.

use braid_primitives::F;
use braid_primitives::ecgfp5::{Fp5, LANES, Lanes};
use braid_primitives::sums::Packed;
use p3_field::extension::BinomialExtensionField;
use p3_field::{BasedVectorSpace, Field, PackedValue, PrimeCharacteristicRing};

/// The curve's constant is this many z.
const CURVE: u16 = 263;

/// An element of GF(p⁵), the coefficient of z⁰ first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quintic<A>(pub [A; 5]);

/// The coefficient of z⁰ for one of z⁵ = 3: two sums are cheaper than a product.
#[inline]
fn fold<A: PrimeCharacteristicRing>(value: &A) -> A {
    value.double() + value.dup()
}

impl<A: PrimeCharacteristicRing> Quintic<A> {
    /// Zero.
    pub fn zero() -> Self {
        Self([A::ZERO; 5])
    }

    /// An element of the base field.
    pub fn base(value: A) -> Self {
        Self(core::array::from_fn(|i| if i == 0 { value.dup() } else { A::ZERO }))
    }

    /// One.
    pub fn one() -> Self {
        Self::base(A::ONE)
    }

    /// The element with coordinates `cells`.
    pub fn of<T: Clone + Into<A>>(cells: &[T; 5]) -> Self {
        Self(core::array::from_fn(|i| cells[i].clone().into()))
    }

    /// Sum.
    #[inline]
    pub fn add(&self, other: &Self) -> Self {
        Self(core::array::from_fn(|i| self.0[i].dup() + other.0[i].dup()))
    }

    /// Difference.
    #[inline]
    pub fn sub(&self, other: &Self) -> Self {
        Self(core::array::from_fn(|i| self.0[i].dup() - other.0[i].dup()))
    }

    /// Opposite.
    #[inline]
    pub fn negate(&self) -> Self {
        Self(core::array::from_fn(|i| -self.0[i].dup()))
    }

    /// Twice the element.
    #[inline]
    pub fn double(&self) -> Self {
        Self(core::array::from_fn(|i| self.0[i].double()))
    }

    /// Product with an element of the base field.
    #[inline]
    pub fn scale(&self, factor: &A) -> Self {
        Self(core::array::from_fn(|i| self.0[i].dup() * factor.dup()))
    }

    /// Product.
    #[inline]
    pub fn mul(&self, other: &Self) -> Self {
        let folded: [A; 5] = core::array::from_fn(|i| fold(&other.0[i]));
        Self(core::array::from_fn(|k| {
            let column: [A; 5] =
                core::array::from_fn(|i| if i <= k { other.0[k - i].dup() } else { folded[5 + k - i].dup() });
            A::dot_product(&self.0, &column)
        }))
    }

    /// Square.
    #[inline]
    pub fn square(&self) -> Self {
        let [a, b, c, d, e] = &self.0;
        let (a2, b2, c2) = (a.double(), b.double(), c.double());
        let (d3, e3) = (fold(d), fold(e));
        Self([
            A::dot_product(&[a.dup(), b2.dup(), c2.dup()], &[a.dup(), e3.dup(), d3.dup()]),
            A::dot_product(&[a2.dup(), c2.dup(), d.dup()], &[b.dup(), e3.dup(), d3.dup()]),
            A::dot_product(&[a2.dup(), b.dup(), d.double()], &[c.dup(), b.dup(), e3.dup()]),
            A::dot_product(&[a2.dup(), b2.dup(), e.dup()], &[d.dup(), c.dup(), e3]),
            A::dot_product(&[a2, b2, c.dup()], &[e.dup(), d.dup(), c.dup()]),
        ])
    }

    /// Product with the curve's constant 263z.
    #[inline]
    pub fn mul_curve(&self) -> Self {
        let [a, b, c, d, e] = &self.0;
        let (once, folded) = (A::from_u16(CURVE), fold(&A::from_u16(CURVE)));
        Self([e.dup() * folded, a.dup() * once.dup(), b.dup() * once.dup(), c.dup() * once.dup(), d.dup() * once])
    }

    /// The curve's constant 263z times an element of the base field.
    pub fn curve(factor: &A) -> Self {
        Self::base(factor.dup()).mul_curve()
    }
}

impl<P: PrimeCharacteristicRing + PackedValue<Value = F>> Quintic<P> {
    /// [`Quintic::mul`] by the instructions that the processor has for it.
    #[inline(always)]
    pub fn times(&self, other: &Self) -> Self {
        match (self.lanes(), other.lanes()) {
            (Some(a), Some(b)) => Self::of_lanes(a * b),
            _ => Self::from_lanes(|lane| Quintic((Fp5(self.lane(lane).0) * Fp5(other.lane(lane).0)).0)),
        }
    }

    /// [`Quintic::square`] by the instructions that the processor has for it.
    #[inline(always)]
    pub fn squared(&self) -> Self {
        match self.lanes() {
            Some(a) => Self::of_lanes(a.square()),
            None => Self::from_lanes(|lane| Quintic(Fp5(self.lane(lane).0).square().0)),
        }
    }

    /// The element as one of `primitives`, if it has as many lanes.
    #[inline(always)]
    fn lanes(&self) -> Option<Lanes> {
        (P::WIDTH == LANES).then(|| Lanes(self.0.map(|coordinate| *Packed::from_slice(coordinate.as_slice()))))
    }

    #[inline(always)]
    fn of_lanes(lanes: Lanes) -> Self {
        Self(lanes.0.map(|coordinate| *P::from_slice(coordinate.as_slice())))
    }

    /// One lane.
    #[inline]
    pub fn lane(&self, lane: usize) -> Quintic<F> {
        Quintic(core::array::from_fn(|i| self.0[i].as_slice()[lane]))
    }

    /// The element whose lanes are given.
    #[inline]
    pub fn from_lanes(lane: impl Fn(usize) -> Quintic<F>) -> Self {
        let mut packed = Self::zero();
        for at in 0..P::WIDTH {
            let value = lane(at);
            (0..5).for_each(|i| packed.0[i].as_slice_mut()[at] = value.0[i]);
        }
        packed
    }

    /// The inverse of every lane, zero for zero.
    pub fn invert(&self) -> Self {
        Self::from_lanes(|lane| {
            let element = BinomialExtensionField::<F, 5>::from_basis_coefficients_fn(|i| self.0[i].as_slice()[lane]);
            let inverse = element.try_inverse().unwrap_or_default();
            let coordinates: &[F] = inverse.as_basis_coefficients_slice();
            Quintic(core::array::from_fn(|i| coordinates[i]))
        })
    }

    /// Inverts all elements with one inversion per lane. A zero among them makes all of its lane zero.
    pub fn invert_all(elements: &mut [Self]) {
        let mut product = Self::one();
        let mut before = Vec::with_capacity(elements.len());
        for element in elements.iter() {
            before.push(product);
            product = product.times(element);
        }
        let mut inverse = product.invert();
        for (element, before) in elements.iter_mut().zip(before).rev() {
            let next = inverse.times(element);
            *element = inverse.times(&before);
            inverse = next;
        }
    }
}
