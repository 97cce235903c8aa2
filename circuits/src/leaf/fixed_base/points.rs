//! Windows of a scalar, and the multiples of the generator that belong to their digits.

use std::sync::OnceLock;

use braid_primitives::F;

use crate::leaf::curve::{Fraction, Point, generator};

/// Number of windows.
pub const WINDOWS: usize = 37;
/// The first windows have nine bits, the others eight.
const WIDE: usize = 24;

/// Bits of a window.
const fn width(window: usize) -> u32 {
    if window < WIDE { 9 } else { 8 }
}

/// Number of digits of a window.
pub const fn digits(window: usize) -> usize {
    1 << width(window)
}

/// Lowest bit of a window.
const fn position(window: usize) -> usize {
    if window < WIDE { 9 * window } else { 9 * WIDE + 8 * (window - WIDE) }
}

const _: () = assert!(position(WINDOWS) == 320, "the windows cover five words");

/// The digit of a scalar, lowest word first, in a window; 0 in windows that do not exist.
pub fn digit(scalar: &[u64; 5], window: usize) -> usize {
    let (word, shift) = (position(window) / 64, position(window) % 64);
    let limb = |at: usize| u128::from(scalar.get(at).copied().unwrap_or(0));
    let bits = (limb(word) | limb(word + 1) << 64) >> shift;
    bits as usize & (digits(window) - 1)
}

/// The row of the table for a digit of a window.
pub const fn row(window: usize, digit: usize) -> usize {
    let narrow = window.saturating_sub(WIDE);
    (window - narrow) * 512 + narrow * 256 + digit
}

/// The multiple of the generator that belongs to a digit of a window; the neutral where there is none.
pub fn multiple(window: usize, digit: usize) -> Point<F> {
    static TABLE: OnceLock<Vec<Point<F>>> = OnceLock::new();
    TABLE.get_or_init(table).get(row(window, digit)).copied().unwrap_or_else(Point::neutral)
}

fn table() -> Vec<Point<F>> {
    let mut points = Vec::with_capacity(row(WINDOWS, 0));
    let mut base = generator();
    for window in 0..WINDOWS {
        let mut fractions = vec![Fraction::from(Point::neutral())];
        for at in 0..digits(window) {
            fractions.push(fractions[at].add(&base));
        }
        let mut multiples = Fraction::reduce_all(&fractions);
        // The last one, 2^width times the base, is the base of the next window.
        base = multiples.pop().unwrap_or(base);
        points.append(&mut multiples);
    }
    points
}
