//! Group elements as (x, u), and the complete law as an identity between columns.

use braid_primitives::F;
use p3_field::{PackedValue, PrimeCharacteristicRing};

use super::Quintic;

/// A group element: x and u = x/y; the neutral is (0, 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point<A> {
    /// Abscissa.
    pub x: Quintic<A>,
    /// Inverse of the encoding w = y/x.
    pub u: Quintic<A>,
}

impl<A: PrimeCharacteristicRing> Point<A> {
    /// The neutral.
    pub fn neutral() -> Self {
        Self { x: Quintic::zero(), u: Quintic::zero() }
    }

    /// The point with the coordinates in `cells`, x first.
    pub fn of<T: Clone + Into<A>>(x: &[T; 5], u: &[T; 5]) -> Self {
        Self { x: Quintic::of(x), u: Quintic::of(u) }
    }

    /// Opposite.
    pub fn negate(&self) -> Self {
        Self { x: Quintic(self.x.0.each_ref().map(A::dup)), u: self.u.negate() }
    }

    /// The ten coordinates, x first.
    pub fn cells(&self) -> [A; 10] {
        core::array::from_fn(|i| if i < 5 { self.x.0[i].dup() } else { self.u.0[i - 5].dup() })
    }

    /// What is zero exactly if `result` = `self` + `other`, where t1 = x·x' and t3 = u·u' for the two addends.
    ///
    /// Degree 3. The law is complete on the group: both factors of the result are then invertible, so that it is the
    /// only solution. Outside the group (the other abscissa of an encoding) one of them can vanish.
    pub fn sum_residues(&self, other: &Self, t1: &Quintic<A>, t3: &Quintic<A>, result: &Self) -> [Quintic<A>; 4] {
        let b = Quintic::curve(&A::ONE);
        let t5 = self.x.add(&other.x);
        let t6 = self.u.add(&other.u);
        let t7 = t1.add(&b);
        let t9 = t3.mul(&t5.mul_curve().add(&t7).double());
        let t10 = t3.double().add(&Quintic::one()).mul(&t5.add(&t7));
        [
            self.x.mul(&other.x).sub(t1),
            self.u.mul(&other.u).sub(t3),
            result.x.mul(&t7.sub(&t9)).sub(&t10.sub(&t7).mul_curve()),
            result.u.mul(&t7.add(&t9)).sub(&t6.mul(&b.sub(t1))),
        ]
    }

    /// What is zero exactly if (x, u) is the group element with the encoding `w` ≠ 0, where `valid` is 1; where `valid`
    /// is 0 all-zero columns pass. `root` is a square root of x/7. Degree 3.
    ///
    /// The encoding has two abscissas x and b/x; b is not a square and 7 neither, so that x = 7·root² singles out the
    /// one in the group. w = 0, the encoding of the neutral, has no u.
    pub fn decode_residues(&self, w: &Quintic<A>, root: &Quintic<A>, valid: &A) -> [Quintic<A>; 3] {
        let two = Quintic::base(A::TWO);
        let seven = A::from_u8(NON_SQUARE);
        [
            self.u.mul(w).sub(&Quintic::base(valid.dup())),
            self.x.square().sub(&w.square().sub(&two).mul(&self.x)).add(&Quintic::curve(valid)),
            self.x.sub(&root.square().scale(&seven)),
        ]
    }
}

impl<P: PrimeCharacteristicRing + PackedValue<Value = F>> Point<P> {
    /// One lane.
    #[inline]
    pub fn lane(&self, lane: usize) -> Point<F> {
        Point { x: self.x.lane(lane), u: self.u.lane(lane) }
    }

    /// The point whose lanes are given.
    #[inline]
    pub fn from_lanes(lane: impl Fn(usize) -> Point<F>) -> Self {
        Self { x: Quintic::from_lanes(|at| lane(at).x), u: Quintic::from_lanes(|at| lane(at).u) }
    }
}

/// Not a square in GF(p), hence not in GF(p⁵), whose degree is odd.
pub const NON_SQUARE: u8 = 7;

/// The generator of the group, of encoding 4.
pub fn generator() -> Point<F> {
    let x = [12883135586176881569, 4356519642755055268, 5248930565894896907, 2165973894480315022, 2448410071095648785];
    Point { x: Quintic(x.map(F::from_u64)), u: Quintic::base(F::from_u64(13835058052060938241)) }
}
