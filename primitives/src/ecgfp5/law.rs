//! The group law without inversions: addition and doubling in fractional coordinates.
//!
//! In affine (x, u), with b the coefficient of the curve:
//!
//! ```text
//! t1 = x1·x2    t3 = u1·u2    t5 = x1 + x2    t6 = u1 + u2    t7 = t1 + b
//! t9 = t3·(2b·t5 + 2·t7)      t10 = (1 + 2·t3)·(t5 + t7)
//! x3 = b·(t10 - t7) / (t7 - t9)               u3 = t6·(b - t1) / (t7 + t9)
//! ```
//!
//! Neither divisor is zero for points of the group, equal, opposite or neutral: the law is complete (Pornin, section 4).
//!
//! Doubling goes through the curve's 2-isogeny. In (X, W, Z) with x = X/Z² and w = W/Z it is, with D = 2(X + Z²) - W²,
//!
//! ```text
//! X' = 16b·(WZ)⁴     W' = 4(1 - b)·Z⁴ - W⁴     Z' = 2WZ·D
//! ```
//!
//! D is never 0: x - b/x = D/Z² would make b a square.

use super::fp5::Fp5;
use super::point::Point;

/// b = `B_SCALE`·z.
pub const B_SCALE: u32 = 263;

/// x = X/Z, u = U/T; Z and T are never zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fractional {
    pub x: Fp5,
    pub z: Fp5,
    pub u: Fp5,
    pub t: Fp5,
}

/// b·value.
#[inline(always)]
fn times_b(value: Fp5) -> Fp5 {
    value.times_z().scale(B_SCALE)
}

impl From<Point> for Fractional {
    fn from(point: Point) -> Self {
        Self { x: point.x, z: Fp5::ONE, u: point.u, t: Fp5::ONE }
    }
}

impl Fractional {
    /// The neutral.
    pub(super) const NEUTRAL: Self = Self { x: Fp5::ZERO, z: Fp5::ONE, u: Fp5::ZERO, t: Fp5::ONE };

    /// The sum; ten products.
    pub(crate) fn add(&self, other: &Self) -> Self {
        let t1 = self.x * other.x;
        let t2 = self.z * other.z;
        let t3 = self.u * other.u;
        let t4 = self.t * other.t;
        let t5 = (self.x + self.z) * (other.x + other.z) - t1 - t2;
        let t6 = (self.u + self.t) * (other.u + other.t) - t3 - t4;
        Self::finish(t1, times_b(t2), t3, t4, t5, t6)
    }

    /// The sum with a point whose fractions have divisor 1; eight products.
    pub(super) fn add_affine(&self, other: &Point) -> Self {
        let Point { x, u } = *other;
        let t1 = self.x * x;
        let t3 = self.u * u;
        let t5 = self.x + self.z * x;
        let t6 = self.u + self.t * u;
        Self::finish(t1, times_b(self.z), t3, self.t, t5, t6)
    }

    /// The part after the first products that both additions share; `bt2` is b·t2.
    #[inline(always)]
    fn finish(t1: Fp5, bt2: Fp5, t3: Fp5, t4: Fp5, t5: Fp5, t6: Fp5) -> Self {
        let t7 = t1 + bt2;
        let t8 = t4 * t7;
        let t9 = t3 * (times_b(t5) + t7).double();
        let t10 = (t4 + t3.double()) * (t5 + t7);
        Self { x: times_b(t10 - t8), z: t8 - t9, u: t6 * (bt2 - t1), t: t8 + t9 }
    }

    /// The point doubled `count` times.
    pub(super) fn double_times(&self, count: u32) -> Self {
        if count == 0 {
            return *self;
        }
        let zu = self.z * self.u;
        let mut x = self.x * self.u * zu;
        let mut w = self.t * self.z;
        let mut z = zu;
        for _ in 1..count {
            let (w2, z2) = (w.square(), z.square());
            let wz = (w + z).square() - w2 - z2;
            let (w4, z4) = (w2.square(), z2.square());
            z = wz * ((x + z2).double() - w2);
            x = times_b(wz.square().square());
            w = (z4 - times_b(z4)).double().double() - w4;
        }
        // The last doubling returns to fractions: x = 4b(WZ)²/D², u = 1/w.
        let (w2, z2) = (w.square(), z.square());
        let wz = (w + z).square() - w2 - z2;
        let (w4, z4) = (w2.square(), z2.square());
        let d = (x + z2).double() - w2;
        Self { x: times_b(wz.square()), z: d.square(), u: wz * d, t: (z4 - times_b(z4)).double().double() - w4 }
    }

    /// The opposite.
    pub(crate) fn negate(&self) -> Self {
        Self { u: -self.u, ..*self }
    }

    /// Whether this is the neutral.
    pub(crate) fn is_neutral(&self) -> bool {
        self.u.is_zero()
    }

    /// Whether the encoding of the point is `w`, and the point is not the neutral.
    pub(super) fn encodes(&self, w: Fp5) -> bool {
        !self.is_neutral() && w * self.u == self.t
    }

    /// The affine forms of many points, with one inversion.
    pub(super) fn to_affine(points: &[Self]) -> Vec<Point> {
        let mut divisors: Vec<Fp5> = points.iter().flat_map(|point| [point.z, point.t]).collect();
        Fp5::invert_all(&mut divisors);
        points
            .iter()
            .zip(divisors.chunks_exact(2))
            .map(|(point, inverse)| Point { x: point.x * inverse[0], u: point.u * inverse[1] })
            .collect()
    }
}
