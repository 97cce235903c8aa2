//! Group elements as fractions, so that a whole table needs one inversion.

use braid_primitives::F;
use p3_field::{PackedValue, PrimeCharacteristicRing};

use super::{Point, Quintic};

/// A group element with x = `x`/`z` and u = `u`/`t`.
#[derive(Clone, Copy, Debug)]
pub struct Fraction<A> {
    /// Numerator of x.
    pub x: Quintic<A>,
    /// Denominator of x.
    pub z: Quintic<A>,
    /// Numerator of u.
    pub u: Quintic<A>,
    /// Denominator of u.
    pub t: Quintic<A>,
}

impl<A: PrimeCharacteristicRing + Copy> From<Point<A>> for Fraction<A> {
    fn from(point: Point<A>) -> Self {
        Self { x: point.x, z: Quintic::one(), u: point.u, t: Quintic::one() }
    }
}

impl<A: PrimeCharacteristicRing + PackedValue<Value = F>> Fraction<A> {
    /// Sum with a point, by the complete law (section 3, the fractional formulas with z = t = 1 on one side).
    #[inline]
    pub fn add(&self, other: &Point<A>) -> Self {
        let t1 = self.x.times(&other.x);
        let t3 = self.u.times(&other.u);
        let t5 = self.x.add(&self.z.times(&other.x));
        let t6 = self.u.add(&self.t.times(&other.u));
        let bz = self.z.mul_curve();
        let t7 = t1.add(&bz);
        let t8 = self.t.times(&t7);
        let t9 = t3.times(&t5.mul_curve().add(&t7).double());
        let t10 = self.t.add(&t3.double()).times(&t5.add(&t7));
        Self { x: t10.sub(&t8).mul_curve(), z: t8.sub(&t9), u: t6.times(&bz.sub(&t1)), t: t8.add(&t9) }
    }

    /// Twice the element (section 3, 4 products and 5 squares).
    #[inline]
    pub fn double(&self) -> Self {
        let t1 = self.z.times(&self.t);
        let t2 = t1.times(&self.t);
        let x1 = t2.squared();
        let z1 = t1.times(&self.u);
        let w1 = t2.sub(&self.x.add(&self.z).double().times(&self.u.squared()));
        let t4 = z1.squared();
        let four = t4.double().double();
        let z = w1.squared();
        let u = w1.add(&z1).squared().sub(&t4).sub(&z);
        Self { x: four.mul_curve(), t: x1.double().sub(&four).sub(&z), u, z }
    }
}

impl<P: PrimeCharacteristicRing + PackedValue<Value = F>> Fraction<P> {
    /// The fractions of as many lanes as there are.
    pub fn from_lanes(lanes: &[Fraction<F>]) -> Self {
        Self {
            x: Quintic::from_lanes(|lane| lanes[lane].x),
            z: Quintic::from_lanes(|lane| lanes[lane].z),
            u: Quintic::from_lanes(|lane| lanes[lane].u),
            t: Quintic::from_lanes(|lane| lanes[lane].t),
        }
    }

    /// The points of all fractions, with one inversion per lane.
    pub fn reduce_all(fractions: &[Self]) -> Vec<Point<P>> {
        let mut denominators: Vec<Quintic<P>> = fractions.iter().flat_map(|f| [f.z, f.t]).collect();
        Quintic::invert_all(&mut denominators);
        fractions
            .iter()
            .zip(denominators.chunks_exact(2))
            .map(|(f, inverses)| Point { x: f.x.times(&inverses[0]), u: f.u.times(&inverses[1]) })
            .collect()
    }
}
