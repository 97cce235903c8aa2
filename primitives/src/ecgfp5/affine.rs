//! Points as (x, y), and additions that share one inversion.
//!
//! The points P of order n on y² = x(x² + 2x + b) are a group by chords and tangents, which P ↦ P + N maps to *the* group: a point of
//! the encoding w is the image of that P whose x solves the same equation and *is* a square, with y = -w·x. An addition takes five
//! products and a square when its quotient is known, fewer than in fractions; three more products a quotient make all of them with one
//! inversion. Chords do not cover every pair. All do here: equal points, opposite ones and the neutral are told apart, whoever made them.

use super::fp5::Fp5;
use super::lanes::{LANES, Lanes};
use super::law::Fractional;
use super::point::Point;
use crate::F;
use p3_field::{PackedValue, PrimeCharacteristicRing};

/// A point of order n; the neutral is (0, 0), which is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Affine {
    pub(super) x: Fp5,
    pub(super) y: Fp5,
}

/// Vectors of additions between two inversions: as many as the caches hold.
const BLOCK: usize = 64;

/// The coefficient 2 of the curve.
const A: Fp5 = Fp5([F::TWO, F::ZERO, F::ZERO, F::ZERO, F::ZERO]);

impl Affine {
    pub(super) const NEUTRAL: Self = Self { x: Fp5::ZERO, y: Fp5::ZERO };

    fn is_neutral(&self) -> bool {
        self.y.is_zero()
    }

    /// The opposite.
    pub(crate) fn negate(&self) -> Self {
        Self { x: self.x, y: -self.y }
    }
}

/// The image in the group: x is b/x, and u = 1/w is -x/y.
impl From<Affine> for Fractional {
    fn from(point: Affine) -> Self {
        if point.is_neutral() {
            return Self::NEUTRAL;
        }
        Self { x: Point::B, z: point.x, u: -point.x, t: point.y }
    }
}

/// Additions under way, one in each lane: the quotient, and what else the sum needs.
struct Chord {
    numerator: Lanes,
    denominator: Lanes,
    /// The product of all denominators before this one.
    before: Lanes,
    x: Lanes,
    y: Lanes,
    /// The other point's x.
    other: Lanes,
}

/// Adds `count` pairs: calls `put` with the number and the sum of each, in no particular order and the last time with the right sum.
pub(super) fn add_pairs(count: usize, pair: impl Fn(usize) -> [Affine; 2], mut put: impl FnMut(usize, Affine)) {
    let mut chords = Vec::with_capacity(BLOCK.min(count.div_ceil(LANES)));
    let mut exceptions = Vec::new();
    for start in (0..count).step_by(BLOCK * LANES) {
        chords.clear();
        let mut product = Lanes::all(Fp5::ONE);
        for first in (start..count.min(start + BLOCK * LANES)).step_by(LANES) {
            // Lanes without a pair repeat the last one.
            let pairs: [_; LANES] = std::array::from_fn(|lane| pair((first + lane).min(count - 1)));
            let mut chord = chord(&pairs, product);
            // Only a difference or x of 0 asks for more; the lowest coefficient of others is almost never 0.
            let suspects = [chord.denominator, chord.x, chord.other];
            if suspects.iter().any(|lanes| lanes.0[0].as_slice().contains(&F::ZERO)) {
                for (lane, [p, q]) in pairs.iter().enumerate() {
                    if let Some(sum) = exception(p, q, lane, &mut chord) {
                        exceptions.push((first + lane, sum));
                    }
                }
            }
            product = product * chord.denominator;
            chords.push(chord);
        }
        let mut inverse = product.inverse_unless_zero();
        for (number, chord) in chords.iter().enumerate().rev() {
            let slope = chord.numerator * (inverse * chord.before);
            inverse = inverse * chord.denominator;
            let x = slope.square() - Lanes::all(A) - chord.x - chord.other;
            let y = slope * (chord.x - x) - chord.y;
            let first = start + number * LANES;
            for lane in 0..LANES.min(count - first) {
                put(first + lane, Affine { x: x.lane(lane), y: y.lane(lane) });
            }
        }
        exceptions.drain(..).filter(|(number, _)| *number < count).for_each(|(number, sum)| put(number, sum));
    }
}

#[inline(always)]
fn chord(pairs: &[[Affine; 2]; LANES], before: Lanes) -> Chord {
    let x = Lanes::from_fn(|lane| pairs[lane][0].x);
    let y = Lanes::from_fn(|lane| pairs[lane][0].y);
    let other = Lanes::from_fn(|lane| pairs[lane][1].x);
    let numerator = Lanes::from_fn(|lane| pairs[lane][1].y) - y;
    Chord { numerator, denominator: other - x, before, x, y, other }
}

/// Makes a lane's chord a tangent for equal points. For opposite points, or with the neutral, returns the sum, and the lane holds any
/// quotient but one of zero.
#[cold]
fn exception(p: &Affine, q: &Affine, lane: usize, chord: &mut Chord) -> Option<Affine> {
    let sum = match (p.is_neutral(), q.is_neutral()) {
        (true, _) => *q,
        (_, true) => *p,
        _ if p.x != q.x => return None,
        _ if p.y != q.y => Affine::NEUTRAL,
        _ => {
            // y is not 0: the order is odd.
            let square = p.x.square();
            chord.numerator.set(lane, square.double() + square + (A * p.x).double() + Point::B);
            chord.denominator.set(lane, p.y.double());
            return None;
        }
    };
    chord.denominator.set(lane, Fp5::ONE);
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecgfp5::Scalar;
    use crate::ecgfp5::decode::decode_affine;

    fn multiple(factor: u128) -> Affine {
        let w = Point::mul_generator(&Scalar::from(factor)).encode();
        if w.is_zero() { Affine::NEUTRAL } else { decode_affine(&[w])[0].expect("a point") }
    }

    fn encode(point: Affine) -> Fp5 {
        Fractional::to_affine(&[point.into()])[0].encode()
    }

    #[test]
    fn every_pair_has_its_sum() {
        let small: Vec<Affine> = (0..7).map(multiple).collect();
        let points: Vec<Affine> = small.iter().copied().chain(small.iter().map(Affine::negate)).collect();
        let pairs: Vec<[usize; 2]> =
            (0..points.len()).flat_map(|i| (0..points.len()).map(move |j| [i, j])).cycle().take(1500).collect();
        for count in [0, 1, 7, 8, 9, 196, 511, 512, 513, 1500] {
            let mut sums = vec![None; count];
            add_pairs(count, |i| pairs[i].map(|j| points[j]), |i, sum| sums[i] = Some(sum));
            for (pair, sum) in pairs.iter().zip(sums) {
                let [p, q] = pair.map(|j| Fractional::from(points[j]));
                let expected = Fractional::to_affine(&[p.add(&q)])[0].encode();
                assert_eq!(encode(sum.expect("every pair is summed")), expected, "{pair:?}");
            }
        }
    }
}
