//! Columns of the ladder.

use crate::columns;
use crate::leaf::curve::Point;

use super::schedule::Step;

columns! {
    /// One addition: `acc` + `addend` is the next row's `acc`.
    pub struct Columns {
        /// The columns of [`Step`].
        step,
        /// See [`Step`].
        real,
        /// See [`Step`].
        first,
        /// See [`Step`].
        build,
        /// See [`Step`].
        window,
        /// See [`Step`].
        word,
        /// See [`Step`].
        base,
        /// See [`Step`].
        cancel,
        /// The signature that this is about.
        signature,
        /// Where the addend is looked up: the window of the generator on `base` rows, else the signature.
        id,
        /// The digit of the scalar, or of s, that the addend stands for.
        digit,
        /// Digits of the current word before this row, as a number.
        value,
        /// On `build` rows: how many digits use the multiple.
        uses,
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

impl<T: Copy> Columns<T> {
    /// The step of this row.
    pub fn step(&self) -> Step<T> {
        Step {
            step: self.step,
            real: self.real,
            first: self.first,
            build: self.build,
            window: self.window,
            word: self.word,
            base: self.base,
            cancel: self.cancel,
        }
    }

    /// The accumulator.
    pub fn acc<A: p3_field::PrimeCharacteristicRing>(&self) -> Point<A>
    where
        T: Into<A>,
    {
        Point::of(&self.acc_x, &self.acc_u)
    }

    /// The addend.
    pub fn addend<A: p3_field::PrimeCharacteristicRing>(&self) -> Point<A>
    where
        T: Into<A>,
    {
        Point::of(&self.addend_x, &self.addend_u)
    }
}
