//! One complete addition as a row: its columns, its constraints and its cells, for the chips that add up points.

use braid_primitives::F;
use p3_air::AirBuilder;
use p3_field::{PackedValue, PrimeCharacteristicRing};

use super::{Point, Quintic};
use crate::leaf::bus::LeafBuilder;

crate::columns! {
    /// `acc` + `addend` is the next row's `acc`.
    pub struct Addition {
        /// Accumulator.
        acc_x: [5],
        /// Accumulator.
        acc_u: [5],
        /// What is added.
        addend_x: [5],
        /// What is added.
        addend_u: [5],
        /// Product of the abscissas.
        t1: [5],
        /// Product of the u.
        t3: [5],
    }
}

impl<T: Copy> Addition<T> {
    /// The accumulator.
    pub fn acc<A: PrimeCharacteristicRing>(&self) -> Point<A>
    where
        T: Into<A>,
    {
        Point::of(&self.acc_x, &self.acc_u)
    }

    /// What is added.
    pub fn addend<A: PrimeCharacteristicRing>(&self) -> Point<A>
    where
        T: Into<A>,
    {
        Point::of(&self.addend_x, &self.addend_u)
    }

    /// Constrains the products, and the accumulator of the row after this one: 20 constraints.
    pub fn eval<AB: LeafBuilder<Var = T>>(&self, builder: &mut AB, next: &Self)
    where
        T: Into<AB::Expr>,
    {
        let (acc, addend, following) = (self.acc::<AB::Expr>(), self.addend(), next.acc());
        let [t1, t3, x, u] = acc.sum_residues(&addend, &Quintic::of(&self.t1), &Quintic::of(&self.t3), &following);
        builder.assert_zeros(t1.0);
        builder.assert_zeros(t3.0);
        builder.when_transition().assert_zeros(x.0);
        builder.when_transition().assert_zeros(u.0);
    }
}

impl<A: PrimeCharacteristicRing + PackedValue<Value = F>> Addition<A> {
    /// The cells of a row, or of as many rows as `A` has lanes.
    pub fn of(acc: &Point<A>, addend: &Point<A>) -> Self {
        Self {
            acc_x: acc.x.0,
            acc_u: acc.u.0,
            addend_x: addend.x.0,
            addend_u: addend.u.0,
            t1: acc.x.times(&addend.x).0,
            t3: acc.u.times(&addend.u).0,
        }
    }
}

impl<P: PackedValue<Value = F>> Addition<P> {
    /// The cells of one lane.
    pub fn lane(&self, lane: usize) -> Addition<F> {
        let cells = |lanes: &[P; 5]| lanes.map(|value| value.as_slice()[lane]);
        Addition {
            acc_x: cells(&self.acc_x),
            acc_u: cells(&self.acc_u),
            addend_x: cells(&self.addend_x),
            addend_u: cells(&self.addend_u),
            t1: cells(&self.t1),
            t3: cells(&self.t3),
        }
    }
}
