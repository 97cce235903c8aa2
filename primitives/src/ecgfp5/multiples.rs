//! Sums of many multiples (Pippenger): every digit of a factor puts its point into a bucket, buckets are summed up, and the sums
//! weighed by their digits.
//!
//! Digits are signed, -2^(c-1) to 2^(c-1) - 1, which halves the buckets. All sums are trees of [`add_pairs`]. Buckets are weighed bit by
//! bit: with pairs R'(q) = R(2q) + R(2q + 1), `Σ d·R(d) = Σ over odd d of R(d) + 2·Σ q·R'(q)`, so that a sum belongs to each bit of a
//! factor, and one chain of doublings joins all.

use super::affine::{Affine, add_pairs};
use super::fixed::add_generator;
use super::law::Fractional;
use super::scalar::Scalar;
use rayon::prelude::*;

/// A point and what it is multiplied with, lowest word first: at most `SHORT` or `LONG` bits.
pub(crate) type Multiple = (Affine, [u64; 4]);

/// Bits of a short factor.
const SHORT: usize = 128;
/// Bits of a long one.
const LONG: usize = 256;

/// Points that one task adds up, unless a window has more: fewer do not pay for its inversions.
const TASK: usize = 1 << 12;

/// `scalar·G` less the sum of all multiples, as [`sum_of_multiples`] takes them.
pub(crate) fn generator_less(scalar: &Scalar, short: &[Multiple], long: &[Multiple]) -> Fractional {
    add_generator(sum_of_multiples(short, long).negate(), scalar)
}

/// The sum of all multiples. The factors of `short` have no more than [`SHORT`] bits. Parallel; the result depends on no number of threads.
fn sum_of_multiples(short: &[Multiple], long: &[Multiple]) -> Fractional {
    let bits = (2..=MOST_BITS).min_by_key(|bits| cost(*bits, short.len(), long.len())).unwrap_or(MOST_BITS);
    let digits = Digits { bits, short: &shifted(short, bits, SHORT), long: &shifted(long, bits, LONG) };
    let windows = windows(bits, LONG);
    let together = (TASK / (short.len() + long.len()).max(1)).clamp(1, windows);
    let tasks: Vec<usize> = (0..windows).step_by(together).collect();
    let sums: Vec<Vec<Affine>> =
        tasks.into_par_iter().map(|first| digits.sums(first..windows.min(first + together))).collect();
    let from_the_top = sums.iter().flatten().rev();
    from_the_top.fold(Fractional::NEUTRAL, |sum, bit| sum.double_times(1).add(&Fractional::from(*bit)))
}

/// Bits of a digit at most.
const MOST_BITS: usize = 14;

/// Digits of `bits` bits of a factor of `length` bits, with room for the shift of all digits.
fn windows(bits: usize, length: usize) -> usize {
    (length + 2).div_ceil(bits)
}

/// Additions.
fn cost(bits: usize, short: usize, long: usize) -> usize {
    windows(bits, SHORT) * short + windows(bits, LONG) * (long + (1 << bits))
}

/// Points with factors to which half of 2^bits is added at each digit, so that unsigned digits are signed ones plus that.
fn shifted(multiples: &[Multiple], bits: usize, length: usize) -> Vec<(Affine, [u64; 5])> {
    let mut shift = [0_u64; 5];
    for window in 0..windows(bits, length) {
        let position = bits * window + bits - 1;
        shift[position / 64] |= 1 << (position % 64);
    }
    let add = |(point, factor): &Multiple| {
        let mut sum = shift;
        let mut carry = 0;
        for (i, sum) in sum.iter_mut().enumerate() {
            let wide = u128::from(*sum) + u128::from(factor.get(i).copied().unwrap_or(0)) + carry;
            *sum = wide as u64;
            carry = wide >> 64;
        }
        (*point, sum)
    };
    multiples.iter().map(add).collect()
}

/// All factors in digits.
struct Digits<'a> {
    bits: usize,
    short: &'a [(Affine, [u64; 5])],
    long: &'a [(Affine, [u64; 5])],
}

impl Digits<'_> {
    /// Calls `take` with the bucket, below `half`, of every digit of a window that is not 0, and its point with the digit's sign. The
    /// digit -half is in bucket 0.
    fn window(&self, window: usize, mut take: impl FnMut(usize, Affine)) {
        let half = 1 << (self.bits - 1);
        let position = window * self.bits;
        let short = if window < windows(self.bits, SHORT) { self.short } else { &[] };
        for (point, words) in short.iter().chain(self.long) {
            let word = |index: usize| u128::from(words.get(index).copied().unwrap_or(0));
            let pair = word(position / 64) | word(position / 64 + 1) << 64;
            let digit = (pair >> (position % 64)) as usize % (2 * half);
            if digit > half {
                take(digit - half, *point);
            } else if digit < half {
                take((half - digit) % half, point.negate());
            }
        }
    }

    /// What each bit of some windows counts, lowest bit first.
    fn sums(&self, windows: std::ops::Range<usize>) -> Vec<Affine> {
        let half = 1 << (self.bits - 1);
        let count = windows.len();
        let mut lists = Lists::new(count * half);
        for (number, window) in windows.clone().enumerate() {
            self.window(window, |bucket, _| lists.announce(number * half + bucket));
        }
        lists.make_room();
        for (number, window) in windows.enumerate() {
            self.window(window, |bucket, point| lists.put(number * half + bucket, point));
        }
        weigh(lists.sums(), self.bits, count)
    }
}

/// The sums of each bit, from the buckets of `count` windows, 2^(bits - 1) each.
fn weigh(mut buckets: Vec<Affine>, bits: usize, count: usize) -> Vec<Affine> {
    let mut lists = Lists::new(count * bits);
    for window in 0..count {
        for bit in 0..bits - 1 {
            lists.announce_many(window * bits + bit, 1 << (bits - 2 - bit));
        }
        lists.announce(window * bits + bits - 1);
    }
    lists.make_room();
    for (window, buckets) in buckets.chunks_exact(1 << (bits - 1)).enumerate() {
        // The digit of greatest value; as bucket 0 of the others it counts nothing.
        lists.put(window * bits + bits - 1, buckets[0]);
    }
    for bit in 0..bits - 1 {
        for (window, buckets) in buckets.chunks_exact(1 << (bits - 1 - bit)).enumerate() {
            buckets.iter().skip(1).step_by(2).for_each(|odd| lists.put(window * bits + bit, *odd));
        }
        let mut pairs = vec![Affine::NEUTRAL; buckets.len() / 2];
        add_pairs(pairs.len(), |i| [buckets[2 * i], buckets[2 * i + 1]], |i, sum| pairs[i] = sum);
        buckets = pairs;
    }
    lists.sums()
}

/// Lists of points, one after the other, to be summed up. The length of each is announced before its points come.
struct Lists {
    /// Lengths; then where the next point of each list goes.
    places: Vec<usize>,
    points: Vec<Affine>,
}

impl Lists {
    fn new(count: usize) -> Self {
        Self { places: vec![0; count], points: Vec::new() }
    }

    fn announce(&mut self, list: usize) {
        self.announce_many(list, 1);
    }

    fn announce_many(&mut self, list: usize, count: usize) {
        self.places[list] += count;
    }

    fn make_room(&mut self) {
        let mut end = 0;
        for place in &mut self.places {
            end += std::mem::replace(place, end);
        }
        self.points.resize(end, Affine::NEUTRAL);
    }

    fn put(&mut self, list: usize, point: Affine) {
        self.points[self.places[list]] = point;
        self.places[list] += 1;
    }

    /// The sum of each list; the neutral for an empty one. Halves all lists until none has two points.
    fn sums(self) -> Vec<Affine> {
        let Self { places: mut ends, mut points } = self;
        let mut pairs = Vec::with_capacity(points.len() / 2);
        loop {
            pairs.clear();
            let mut halves = Vec::with_capacity(points.len() / 2 + ends.len());
            let mut start = 0;
            for end in &mut ends {
                for first in (start..*end).step_by(2) {
                    if first + 1 < *end {
                        pairs.push((first, halves.len()));
                    }
                    halves.push(points[first]);
                }
                start = std::mem::replace(end, halves.len());
            }
            if pairs.is_empty() {
                break;
            }
            add_pairs(pairs.len(), |i| [points[pairs[i].0], points[pairs[i].0 + 1]], |i, sum| halves[pairs[i].1] = sum);
            points = halves;
        }
        let mut start = 0;
        ends.iter()
            .map(|end| {
                let list = points.get(std::mem::replace(&mut start, *end)..*end);
                list.and_then(|list| list.first()).copied().unwrap_or(Affine::NEUTRAL)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecgfp5::Point;
    use crate::ecgfp5::decode::decode_affine;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    /// Multiples of small points, among them the same and opposite ones, and their sum.
    fn multiples(rng: &mut StdRng, count: usize, length: usize) -> (Vec<Multiple>, Scalar) {
        let encodings: Vec<_> = (1..9).map(|i| Point::mul_generator(&Scalar::from(i)).encode()).collect();
        let points: Vec<Affine> = decode_affine(&encodings).into_iter().map(|point| point.expect("a point")).collect();
        let mut sum = Scalar::ZERO;
        let multiples = (0..count).map(|_| {
            let (i, negate) = (rng.random_range(0..8), rng.random());
            let mut factor = [0; 4];
            for word in &mut factor[..length / 64] {
                *word = match rng.random_range(0..4) {
                    0 => 0,
                    1 => u64::MAX,
                    2 => 1 << 63,
                    _ => rng.random(),
                };
            }
            let term = Scalar::from(i as u128 + 1)
                * Scalar::from_words([factor[0], factor[1], factor[2], factor[3], 0]).expect("small");
            sum = sum + if negate { -term } else { term };
            (if negate { points[i].negate() } else { points[i] }, factor)
        });
        (multiples.collect(), sum)
    }

    #[test]
    fn sums_are_those_of_the_factors() {
        let mut rng = StdRng::seed_from_u64(60);
        for (short, long) in [(0, 0), (1, 0), (0, 1), (3, 2), (20, 20), (100, 7), (700, 700)] {
            let (short, s) = multiples(&mut rng, short, SHORT);
            let (long, l) = multiples(&mut rng, long, LONG);
            let sum = Fractional::to_affine(&[sum_of_multiples(&short, &long)])[0];
            assert_eq!(sum, Point::mul_generator(&(s + l)));
        }
    }

    #[test]
    fn every_size_of_digits() {
        let mut rng = StdRng::seed_from_u64(61);
        let (multiples, sum) = multiples(&mut rng, 10, LONG);
        for bits in 2..=MOST_BITS {
            let digits = Digits { bits, short: &[], long: &shifted(&multiples, bits, LONG) };
            let sums = digits.sums(0..windows(bits, LONG));
            let total = sums
                .iter()
                .rev()
                .fold(Fractional::NEUTRAL, |sum, bit| sum.double_times(1).add(&Fractional::from(*bit)));
            assert_eq!(Fractional::to_affine(&[total])[0], Point::mul_generator(&sum), "{bits} bits");
        }
    }
}
