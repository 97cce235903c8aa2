//! The rows of a scalar multiplication, in their order.

use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;

use crate::columns;
use crate::leaf::fixed_base;

/// Multiples 0, 1, …, 15 of the point, by which a row adds a digit of four bits.
pub const MULTIPLES: usize = 16;
/// Digits of the scalar.
pub const DIGITS: usize = 32;
/// Digits of a word of the scalar.
pub const WORD_DIGITS: usize = 8;
/// First row that adds a digit of the scalar.
const FIRST_DIGIT: usize = MULTIPLES;
/// First row that adds a multiple of the generator.
pub const FIRST_BASE: usize = FIRST_DIGIT + 1 + 5 * (DIGITS - 1);
/// Rows of a scalar multiplication.
pub const ROWS: usize = FIRST_BASE + fixed_base::WINDOWS + 1;

/// Rows on which the words of the scalar are complete, the highest word first.
pub const WORD_ROWS: [usize; 4] = {
    let mut rows = [0; 4];
    let mut word = 0;
    while word < 4 {
        rows[word] = digit_row(WORD_DIGITS * (word + 1) - 1);
        word += 1;
    }
    rows
};

/// The row that adds the digit of that number, the highest digit being number 0.
const fn digit_row(digit: usize) -> usize {
    FIRST_DIGIT + 5 * digit
}

/// What a row adds to its accumulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addend {
    /// The point: the accumulator runs through the multiples of the point.
    Point,
    /// The accumulator's opposite: the next accumulator is the neutral.
    Cancel,
    /// The multiple of the point for the digit of that number, the highest first.
    Digit(usize),
    /// The accumulator.
    Double,
    /// The multiple of the generator for the digit of that window.
    Base(usize),
}

/// What a row of a scalar multiplication adds; `row` counts from 0 to [`ROWS`].
pub const fn addend(row: usize) -> Addend {
    if row + 1 < MULTIPLES {
        Addend::Point
    } else if row + 1 == MULTIPLES || row + 1 == ROWS {
        Addend::Cancel
    } else if row >= FIRST_BASE {
        Addend::Base(row - FIRST_BASE)
    } else if (row - FIRST_DIGIT).is_multiple_of(5) {
        Addend::Digit((row - FIRST_DIGIT) / 5)
    } else {
        Addend::Double
    }
}

columns! {
    /// A step: its number, from 1, and what its row does. All zero: the idle step of padding rows.
    pub struct Step {
        /// Row of the scalar multiplication, plus 1; 0 when idle.
        step,
        /// Not idle.
        real,
        /// The first row: the accumulator is the neutral, the addend the point.
        first,
        /// The accumulator is a multiple of the point, offered to the digits.
        build,
        /// The addend is the multiple of the point for a digit.
        window,
        /// A word of the scalar is complete.
        word,
        /// The addend is a multiple of the generator.
        base,
        /// The addend is the accumulator's opposite.
        cancel,
    }
}

impl Step<F> {
    /// The step of a row of a scalar multiplication; idle after the last.
    pub fn of(row: usize) -> Self {
        let real = row < ROWS;
        let addend = addend(row);
        let flag = |value: bool| F::from_bool(value && real);
        Self {
            step: if real { F::from_usize(row + 1) } else { F::ZERO },
            real: flag(true),
            first: flag(row == 0),
            build: flag(row < MULTIPLES),
            window: flag(matches!(addend, Addend::Digit(_))),
            word: flag(WORD_ROWS.contains(&row)),
            base: flag(matches!(addend, Addend::Base(_))),
            cancel: flag(addend == Addend::Cancel),
        }
    }
}
