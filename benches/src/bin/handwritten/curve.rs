//! Points of EcGFp5 inside a circuit, in affine coordinates with slopes that the prover supplies.
//!
//! Braid holds the group as a coset of the points of order n, for which one law is complete. A circuit is cheaper on the points of
//! order n themselves, by chords and tangents: Braid's (x, u) is b/x here, and w is -y/x. With x moved by 2/3 the curve is
//! `y² = x³ + (b - 4/3)·x + 16/27 - 2b/3`, so that no coefficient of x² has to be taken away.
//!
//! Chords are incomplete: of two equal points any slope passes. Where that matters is said in [`crate::signature`].

use braid_primitives::ecgfp5::Point as Known;
use plonky2::field::types::Field;
use plonky2::iop::target::Target;

use crate::field5::{self, Element, Value, combine, connect, constant, of_braid, product, quotient};
use crate::{Builder, F};

/// A point inside a circuit, with x moved.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    pub x: Element,
    pub y: Element,
}

/// A point as values, with x moved.
#[derive(Clone, Copy, Debug)]
pub struct Coordinates {
    pub x: Value,
    pub y: Value,
}

/// 2/3, by which x is moved.
fn shift() -> F {
    F::TWO / F::from_canonical_u64(3)
}

/// The coefficients of x and of 1.
fn coefficients() -> [Value; 2] {
    let b = of_braid(Known::B);
    let fraction = |over: u64, under: u64| F::from_canonical_u64(over) / F::from_canonical_u64(under);
    [b - fraction(4, 3).into(), Value::from(fraction(16, 27)) - b * shift().into()]
}

impl Coordinates {
    /// A point of Braid's group, which is not the neutral.
    pub fn of(point: &Known) -> Option<Self> {
        let [x, u, b] = [point.x, point.u, Known::B].map(of_braid);
        let x = b * x.try_inverse()?;
        Some(Self { x: x + shift().into(), y: -x * u.try_inverse()? })
    }
}

impl Point {
    /// A point whose coordinates are given with the witness: any point of the curve.
    pub fn input(builder: &mut Builder) -> Self {
        let point = Self { x: field5::input(builder), y: field5::input(builder) };
        let [a, c] = coefficients().map(|value| constant(builder, value));
        let rest = product(builder, 1, [point.x; 2], Some((1, a)));
        let right = product(builder, 1, [point.x, rest], Some((1, c)));
        let left = product(builder, 1, [point.y; 2], None);
        connect(builder, left, right);
        point
    }

    /// A constant.
    pub fn constant(builder: &mut Builder, point: Coordinates) -> Self {
        Self { x: constant(builder, point.x), y: constant(builder, point.y) }
    }

    /// The opposite.
    pub fn negate(&self, builder: &mut Builder) -> Self {
        let one = builder.neg_one();
        Self { y: self.y.map(|coefficient| builder.mul(one, coefficient)), ..*self }
    }

    /// The opposite if `sign` is -1, this point if it is 1.
    pub fn signed(&self, builder: &mut Builder, sign: Target) -> Self {
        Self { y: self.y.map(|coefficient| builder.mul(sign, coefficient)), ..*self }
    }

    /// The entry of a table that an index names; the gate proves that it is one.
    pub fn access(builder: &mut Builder, index: Target, table: &[Self]) -> Self {
        let mut coefficient =
            |of: &dyn Fn(&Self) -> Target| builder.random_access(index, table.iter().map(of).collect());
        Self {
            x: std::array::from_fn(|i| coefficient(&|point| point.x[i])),
            y: std::array::from_fn(|i| coefficient(&|point| point.y[i])),
        }
    }

    /// The sum with a point that is neither equal nor opposite: 80 operations.
    pub fn add(&self, builder: &mut Builder, other: &Self) -> Self {
        let distance = combine(builder, (1, other.x), (-1, self.x));
        let slope = quotient(builder, other.y, Some((1, self.y)), (1, distance));
        let square = product(builder, 1, [slope; 2], Some((-1, self.x)));
        let x = combine(builder, (1, square), (-1, other.x));
        self.along(builder, slope, x)
    }

    /// The double: 85 operations. The order of the curve has one factor of two, that of (x, y) = (2/3, 0), which fails.
    pub fn double(&self, builder: &mut Builder) -> Self {
        let a = constant(builder, coefficients()[0]);
        let rise = product(builder, 3, [self.x; 2], Some((1, a)));
        let slope = quotient(builder, rise, None, (2, self.y));
        let x = product(builder, 1, [slope; 2], Some((-2, self.x)));
        self.along(builder, slope, x)
    }

    /// `2·self + other` as `(self + other) + self`, without y of the sum in brackets: 130 operations.
    ///
    /// The second slope is `2y/(x - x') - slope`, with x' of that sum (Eisenträger, Lauter and Montgomery).
    pub fn double_add(&self, builder: &mut Builder, other: &Self) -> Self {
        let zero = builder.zero();
        let distance = combine(builder, (1, other.x), (-1, self.x));
        let first = quotient(builder, other.y, Some((1, self.y)), (1, distance));
        // x - x', where x' = first² - x - other.x.
        let square = product(builder, -1, [first; 2], Some((1, other.x)));
        let difference = combine(builder, (2, self.x), (1, square));
        let both = quotient(builder, [zero; 5], Some((-2, self.y)), (1, difference));
        let second = combine(builder, (1, both), (-1, first));
        // second² - x - x'.
        let square = product(builder, 1, [second; 2], Some((1, difference)));
        let x = combine(builder, (1, square), (-2, self.x));
        self.along(builder, second, x)
    }

    /// The third point at x of a line through this one, mirrored.
    fn along(&self, builder: &mut Builder, slope: Element, x: Element) -> Self {
        let distance = combine(builder, (1, self.x), (-1, x));
        Self { x, y: product(builder, 1, [slope, distance], Some((-1, self.y))) }
    }

    /// Requires w to be the encoding -y/x.
    pub fn encodes(&self, builder: &mut Builder, w: Element) {
        let mut x = self.x;
        x[0] = builder.add_const(x[0], -shift());
        let zero = builder.zero();
        let sum = product(builder, 1, [w, x], Some((1, self.y)));
        connect(builder, sum, [zero; 5]);
    }
}
