//! Rows of the bucket chip: as many windows at once as a packed element has lanes, one inversion a lane and block of rows.

use braid_primitives::F;
use p3_field::{Field, PackedValue, PrimeCharacteristicRing};
use p3_matrix::dense::RowMajorMatrix;
use p3_maybe_rayon::prelude::*;

use super::columns::Columns;
use super::{RADIX, WINDOWS};
use crate::leaf::curve::{Addition, Fraction, Point, generator};
use crate::leaf::signature::{GROUP_BYTES, Terms};
use crate::leaf::tables::{TooTall, split_rows};

/// Eight windows with AVX-512, fewer without.
type Packed = <F as Field>::Packing;
/// Columns of the chip.
const WIDTH: usize = Columns::<F>::WIDTH;

/// Rows between two inversions: as many as the caches hold.
const BLOCK: usize = 128;

/// A row before its accumulator is known.
#[derive(Clone, Copy)]
struct Entry {
    digit: u8,
    /// The point, or none on a marker.
    addend: Option<Point<F>>,
}

/// The main trace of `height` rows, and the running sums by window and digit, `RADIX` a window (0 for digit 0, which has none).
///
/// # Errors
/// If the table has fewer rows than the terms and the markers need.
pub fn rows(terms: &Terms, height: usize) -> Result<(RowMajorMatrix<F>, Vec<Point<F>>), TooTall> {
    let windows: Vec<Vec<Entry>> = (0..WINDOWS).into_par_iter().map(|window| entries(terms, window)).collect();
    let lengths = || windows.iter().map(Vec::len);
    let too_tall = TooTall { chip: "bucket", rows: lengths().sum(), height };
    let mut values = F::zero_vec(height * WIDTH);
    let mut parts = split_rows(&mut values, WIDTH, lengths()).ok_or(too_tall)?;
    let mut running = vec![Point::neutral(); WINDOWS * RADIX];
    parts
        .par_chunks_mut(Packed::WIDTH)
        .zip(windows.par_chunks(Packed::WIDTH))
        .zip(running.par_chunks_mut(Packed::WIDTH * RADIX))
        .enumerate()
        .for_each(|(group, ((parts, windows), running))| fill(group * Packed::WIDTH, windows, parts, running));
    Ok((RowMajorMatrix::new(values, WIDTH), running))
}

/// What the rows of a window add: the points of each digit in the order of the signatures, then its marker.
fn entries(terms: &Terms, window: usize) -> Vec<Entry> {
    let signatures = terms.signatures.iter();
    let digits = signatures.flat_map(|term| {
        let nonce = term.nonce_digits.get(window).map(|digit| (*digit, term.nonce));
        let key = term.key_digits.get(window).map(|digit| (*digit, term.key));
        nonce.into_iter().chain(key)
    });
    let bytes = terms.response.iter().enumerate().filter_map(|(group, bytes)| {
        let byte = window.checked_sub(GROUP_BYTES * group).and_then(|byte| bytes.get(byte));
        byte.map(|digit| (*digit, generator()))
    });
    let points: Vec<(u8, Point<F>)> = digits.chain(bytes).collect();

    // A counting sort from the largest digit, with room for the markers.
    let mut at = [0; RADIX];
    points.iter().for_each(|(digit, _)| at[usize::from(*digit)] += 1);
    let mut sorted = vec![Entry { digit: 0, addend: None }; points.len() + RADIX];
    let mut end = 0;
    for digit in (0..=u8::MAX).rev() {
        let count = core::mem::replace(&mut at[usize::from(digit)], end);
        end += count;
        sorted[end].digit = digit;
        end += 1;
    }
    for (digit, point) in points {
        let place = &mut at[usize::from(digit)];
        sorted[*place] = Entry { digit, addend: Some(point) };
        *place += 1;
    }
    sorted
}

/// The rows of up to `Packed::WIDTH` windows from number `first` on, each in its part, and their running sums.
fn fill(first: usize, windows: &[Vec<Entry>], parts: &mut [&mut [F]], running: &mut [Point<F>]) {
    let length = windows.iter().map(Vec::len).max().unwrap_or(0);
    // Shorter windows go on with nothing.
    let addend = |window: usize, row: usize| {
        let entry = windows.get(window).and_then(|window| window.get(row));
        entry.and_then(|entry| entry.addend).unwrap_or_else(Point::neutral)
    };
    let mut acc = Fraction::from(Point::<Packed>::neutral());
    let (mut fractions, mut addends) = (Vec::with_capacity(BLOCK), Vec::with_capacity(BLOCK));
    for start in (0..length).step_by(BLOCK) {
        fractions.clear();
        addends.clear();
        for row in start..(start + BLOCK).min(length) {
            let lanes = Point::from_lanes(|lane| addend(lane, row));
            fractions.push(acc);
            acc = acc.add(&lanes);
            addends.push(lanes);
        }
        for (row, (acc, addend)) in (start..).zip(Fraction::reduce_all(&fractions).iter().zip(&addends)) {
            let sums = Addition::of(acc, addend);
            for (lane, (entries, part)) in windows.iter().zip(parts.iter_mut()).enumerate() {
                let Some(entry) = entries.get(row) else { continue };
                let columns = columns(first + lane, entry, sums.lane(lane));
                columns.write(&mut part[row * WIDTH..]);
                if entry.addend.is_none() && entry.digit > 0 {
                    running[lane * RADIX + usize::from(entry.digit)] = columns.sum.acc();
                }
            }
        }
    }
}

/// The row of an entry, whose addition is that of the addend that it has, or of none.
fn columns(window: usize, entry: &Entry, sum: Addition<F>) -> Columns<F> {
    let marker = entry.addend.is_none();
    let last = marker && entry.digit == 0;
    Columns {
        window: F::from_usize(window),
        digit: F::from_u8(entry.digit),
        point: F::from_bool(!marker),
        marker: F::from_bool(marker),
        last: F::from_bool(last),
        sum: if last { Addition::of(&sum.acc(), &sum.acc::<F>().negate()) } else { sum },
    }
}
