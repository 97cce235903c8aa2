//! Decoding and square roots of many: one in each lane.

use super::affine::Affine;
use super::fp5::{Fp5, ROOTS, SIXTEENTH, power};
use super::lanes::{LANES, Lanes};
use super::point::Point;
use crate::F;
use crate::sums::Packed;
use p3_field::{PackedValue, PrimeCharacteristicRing, PrimeField64};

/// The point that each `w` encodes, if any, as [`Point::decode`] says it.
pub fn decode_many(encodings: &[Fp5]) -> Vec<Option<Point>> {
    let point = |w: Lanes| {
        let ([_, x], valid) = solve(w);
        let mut inverted = w;
        for lane in 0..LANES {
            if w.lane(lane).is_zero() {
                inverted.set(lane, Fp5::ONE);
            }
        }
        let u = inverted.inverse_unless_zero();
        move |lane: usize| match w.lane(lane).is_zero() {
            true => Some(Point::NEUTRAL),
            false => valid[lane].then(|| Point { x: x.lane(lane), u: u.lane(lane) }),
        }
    };
    in_lanes(encodings, point).collect()
}

/// The point of order n that belongs to each `w`, if it encodes a point other than the neutral.
pub(crate) fn decode_affine(encodings: &[Fp5]) -> Vec<Option<Affine>> {
    let point = |w: Lanes| {
        let ([x, _], valid) = solve(w);
        let y = -(w * x);
        move |lane: usize| (valid[lane] && !w.lane(lane).is_zero()).then(|| Affine { x: x.lane(lane), y: y.lane(lane) })
    };
    in_lanes(encodings, point).collect()
}

/// A square root of each element, or none: the one that [`Fp5::sqrt`] returns.
pub fn sqrt_many(elements: &[Fp5]) -> Vec<Option<Fp5>> {
    let root = |value: Lanes| {
        let (root, valid) = square_root(value);
        move |lane: usize| match value.lane(lane).is_zero() {
            true => Some(Fp5::ZERO),
            false => valid[lane].then(|| root.lane(lane)),
        }
    };
    in_lanes(elements, root).collect()
}

/// What `of` makes of each element, as many at once as there are lanes. Lanes without an element hold 0.
fn in_lanes<T, R: Fn(usize) -> T>(elements: &[Fp5], of: impl Fn(Lanes) -> R) -> impl Iterator<Item = T> {
    elements.chunks(LANES).flat_map(move |chunk| {
        let result = of(Lanes::from_fn(|lane| chunk.get(lane).copied().unwrap_or(Fp5::ZERO)));
        (0..chunk.len()).map(result)
    })
}

/// Both solutions of x² - (w² - 2)x + b for each w other than 0, the square first, and whether there are any. The square is x of a
/// point of order n, the other x of a point of the group.
fn solve(w: Lanes) -> ([Lanes; 2], [bool; LANES]) {
    let sum = w.square() - Lanes::all(Fp5::ONE.double());
    let (root, valid) = square_root(sum.square() - Lanes::all(Point::B.double().double()));
    let first = (sum + root).halve();
    // b is no square, so one of both is. Its norm tells, by a power that is 1 or -1.
    let norm = first.conjugates_and_norm().1;
    let mut symbol = norm;
    for width in [1, 2, 4, 8, 16] {
        symbol *= symbol.exp_power_of_2(width);
    }
    let symbol = symbol.exp_power_of_2(31);
    let mut solutions = [first, first - root];
    for lane in 0..LANES {
        if symbol.as_slice()[lane] != F::ONE {
            let [first, second] = solutions.map(|solution| solution.lane(lane));
            solutions[0].set(lane, second);
            solutions[1].set(lane, first);
        }
    }
    (solutions, valid)
}

/// A root of each lane, and whether it is one. As `Fp5::sqrt`, without an inversion: the norm to the power of -1/2 comes at once.
fn square_root(value: Lanes) -> (Lanes, [bool; LANES]) {
    // value^((p + 1)/2), where (p + 1)/2 = 2^31·(2^32 - 1) + 1.
    let mut ones = value;
    for width in [1, 2, 4, 8, 16] {
        ones = ones.square_times(width) * ones;
    }
    let half = ones.square_times(31) * value;
    let root = value * half.frobenius::<1>() * half.frobenius::<3>();
    let (scale, valid) = inverse_root_base(value.conjugates_and_norm().1);
    (root.scale(scale), valid)
}

/// Digits of four bits of a logarithm in the group of order 2^32.
const DIGITS: usize = ROOTS.len();

/// `STEPS[j][d]` is the generator of the group of order 2^32 to the power of -d·16^j.
const STEPS: [[u64; 16]; DIGITS] = {
    let mut table = ROOTS;
    let mut j = 0;
    while j < DIGITS {
        let mut d = 0;
        while d < 16 {
            table[j][d] = power(ROOTS[j][d], 2);
            d += 1;
        }
        j += 1;
    }
    table
};

/// The power -1/2 in GF(p) of each lane, and whether it is a square other than 0.
///
/// With p - 1 = 2^32·q, value^q is g^k for a generator g of the group of order 2^32, and value^((q - 1)/2)·g^(-k/2) is sought. The
/// digits of k are found from the lowest on, as in `fp5::sqrt_base`, but the squarings that each needs are those of the first.
fn inverse_root_base(value: Packed) -> (Packed, [bool; LANES]) {
    // 2^31 - 1, from 2^2 - 1, 2^3 - 1, 2^5 - 1, 2^10 - 1, 2^15 - 1 and 2^30 - 1.
    let two = value.square() * value;
    let three = two.square() * value;
    let five = three.exp_power_of_2(2) * two;
    let ten = five.exp_power_of_2(5) * five;
    let fifteen = ten.exp_power_of_2(5) * five;
    let power = (fifteen.exp_power_of_2(15) * fifteen).square() * value;
    // probes[j] = g^(k·16^j)
    let mut probes = [power.square() * value; DIGITS];
    for j in 1..DIGITS {
        probes[j] = probes[j - 1].exp_power_of_2(4);
    }
    let mut root = power;
    let mut valid = [false; LANES];
    for lane in 0..LANES {
        let mut digits = [0; DIGITS];
        let mut scale = F::ONE;
        let found = (0..DIGITS).all(|j| {
            // g^(16^(7 - j)·(k without its lowest j digits)) is a power of g^(16^7) by the next digit.
            let place = DIGITS - 1 - j;
            let mut probe = probes[place].as_slice()[lane];
            for (i, digit) in digits[..j].iter().enumerate() {
                probe *= F::new(STEPS[place + i][*digit]);
            }
            let probe = probe.as_canonical_u64();
            let Some(digit) = SIXTEENTH.iter().position(|power| *power == probe) else { return false };
            digits[j] = digit;
            scale *= F::new(ROOTS[j][digit]);
            j > 0 || digit % 2 == 0
        });
        valid[lane] = found;
        root.as_slice_mut()[lane] *= scale;
    }
    (root, valid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecgfp5::law::Fractional;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    /// As the functions for one say.
    fn compare(elements: &[Fp5]) {
        let (points, affine, roots) = (decode_many(elements), decode_affine(elements), sqrt_many(elements));
        assert_eq!([points.len(), affine.len(), roots.len()], [elements.len(); 3]);
        for (((w, point), affine), root) in elements.iter().zip(points).zip(affine).zip(roots) {
            assert_eq!(point, Point::decode(*w));
            let image = affine.map(|point| Fractional::to_affine(&[point.into()])[0]);
            assert_eq!(image, point.filter(|point| !point.is_neutral()));
            assert_eq!(root, w.sqrt());
        }
    }

    #[test]
    fn random_elements_as_one_by_one() {
        let mut rng = StdRng::seed_from_u64(50);
        for count in [0, 1, 7, 8, 9, 500] {
            let mut elements: Vec<Fp5> =
                (0..count).map(|_| Fp5(std::array::from_fn(|_| F::new(rng.random())))).collect();
            if let Some(last) = elements.last_mut() {
                *last = Fp5::ZERO;
            }
            compare(&elements);
        }
    }

    #[test]
    fn small_elements_as_one_by_one() {
        let elements: Vec<Fp5> = (0..300).map(|i| Fp5([i % 20, i / 20, 0, 0, 0].map(F::new))).collect();
        compare(&elements);
        compare(&elements.iter().map(|element| -element.square()).collect::<Vec<_>>());
    }
}
