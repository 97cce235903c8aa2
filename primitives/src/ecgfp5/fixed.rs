//! Multiples of the generator that need no doubling: `digit · 256^window · G`.
//!
//! Natively they make `s·G` a sum of 40 table entries; the circuits' fixed-base table has the same entries in the same order.

use super::law::Fractional;
use super::point::Point;
use super::scalar::Scalar;
use std::sync::LazyLock;

/// Digits of eight bits in a scalar of 320 bits.
pub const WINDOWS: usize = 40;
/// Values of a digit.
pub const DIGITS: usize = 256;

/// Entry `[window][digit]` is `digit · 256^window · G`.
pub type Multiples = Vec<[Point; DIGITS]>;

static MULTIPLES: LazyLock<Multiples> = LazyLock::new(|| {
    let mut base = Fractional::from(Point::GENERATOR);
    let mut all = Vec::with_capacity(WINDOWS * DIGITS);
    for _ in 0..WINDOWS {
        let mut multiple = Fractional::NEUTRAL;
        for _ in 0..DIGITS {
            all.push(multiple);
            multiple = multiple.add(&base);
        }
        base = multiple;
    }
    let affine = Fractional::to_affine(&all);
    affine.chunks_exact(DIGITS).map(|row| std::array::from_fn(|digit| row[digit])).collect()
});

/// The table of 40 × 256 points; computed on first use in some milliseconds.
pub fn fixed_multiples() -> &'static Multiples {
    &MULTIPLES
}

/// `start + scalar·G`.
pub(super) fn add_generator(start: Fractional, scalar: &Scalar) -> Fractional {
    scalar
        .to_bytes()
        .iter()
        .zip(fixed_multiples())
        .fold(start, |sum, (&digit, row)| if digit == 0 { sum } else { sum.add_affine(&row[usize::from(digit)]) })
}
