//! From the rows of a table to its low-degree extension.

use braid_circuits::stark::Val;
use braid_primitives::memory::prefetch;
use p3_field::{Field, PrimeCharacteristicRing, TwoAdicField};
use p3_matrix::Matrix;
use p3_matrix::dense::{RowMajorMatrix, RowMajorMatrixView};
use rayon::prelude::*;

use super::packing::{P, WIDTH, load, powers, reverse_bits, store};
use super::transform::Factors;

/// Packed columns that are extended together: what is read from a row at a time, and twice the rows of these is the memory needed.
const TOGETHER: usize = 4;

/// Elements that are held beside a table of `2^bits` rows and its extension while that is made.
pub(super) fn scratch_elements(bits: usize, columns: usize, log_blowup: usize) -> usize {
    // Coefficients, and their values on every coset but the last.
    let copies = if log_blowup == 0 { 1 } else { 2 };
    (copies * columns.div_ceil(WIDTH).min(TOGETHER) * WIDTH) << bits
}

/// Factors of all transforms between tables of one height and their extensions.
pub(super) struct Domain {
    bits: usize,
    log_blowup: usize,
    inverse: Factors,
    /// The cosets of an extended table, in the order in which its rows are kept.
    cosets: Vec<Factors>,
}

impl Domain {
    /// For tables of `2^bits` rows.
    pub fn new(bits: usize, log_blowup: usize) -> Self {
        let blowup = 1usize << log_blowup;
        let root = Val::two_adic_generator(bits + log_blowup);
        let cosets = (0..blowup)
            .map(|coset| Val::GENERATOR * root.exp_u64(reverse_bits(coset, log_blowup) as u64))
            .map(|shift| Factors::to_values(bits, shift));
        Self { bits, log_blowup, inverse: Factors::to_coefficients(bits), cosets: cosets.collect() }
    }

    fn rows(&self) -> usize {
        1 << self.bits
    }

    /// The extension of a table: values on the cosets of g·K in bit-reversed order.
    pub fn extend(&self, table: &RowMajorMatrix<Val>) -> RowMajorMatrix<Val> {
        let order = |row: usize| reverse_bits(row, self.bits);
        self.extend_with(table.as_view(), order, None)
    }

    /// The extended pieces of a quotient, whose values are given in bit-reversed order: piece c is those on `g·w^c` times the subgroup of
    /// the rows, w of the order of all values.
    pub fn pieces(&self, values: &RowMajorMatrix<Val>, log_chunks: usize) -> Vec<RowMajorMatrix<Val>> {
        let width = values.width();
        let piece = |c: usize| {
            let first = reverse_bits(c, log_chunks) * self.rows() * width;
            let values = RowMajorMatrixView::new(&values.values[first..first + self.rows() * width], width);
            self.extend_piece(values, c << (self.log_blowup - log_chunks))
        };
        (0..1 << log_chunks).map(piece).collect()
    }

    /// The extension of `values`, in bit-reversed order on the coset of g times the generator of the extended domain to the power of
    /// `exponent`.
    fn extend_piece(&self, values: RowMajorMatrixView<'_, Val>, exponent: usize) -> RowMajorMatrix<Val> {
        self.extend_with(values, |row| row, Some(exponent))
    }

    /// Row `r` in bit-reversed order is row `order(r)` of the table. Its values are on the subgroup of the rows, or on the coset that
    /// `exponent` says.
    fn extend_with(
        &self,
        table: RowMajorMatrixView<'_, Val>,
        order: impl Fn(usize) -> usize + Sync,
        exponent: Option<usize>,
    ) -> RowMajorMatrix<Val> {
        let (rows, width) = (self.rows(), table.width());
        let mut extended = RowMajorMatrix::new(Val::zero_vec((rows << self.log_blowup) * width), width);
        let given = exponent.map(|exponent| reverse_bits(exponent, self.log_blowup));
        if let Some(given) = given {
            extended.values[given * rows * width..][..rows * width].copy_from_slice(table.values);
        }
        let scales = exponent.map(|exponent| {
            let shift = Val::GENERATOR * Val::two_adic_generator(self.bits + self.log_blowup).exp_u64(exponent as u64);
            powers(shift.inverse(), Val::ONE, rows)
        });
        let others: Vec<(usize, &Factors)> = self
            .cosets
            .iter()
            .enumerate()
            .filter_map(|(coset, factors)| (Some(coset) != given).then_some((coset * rows, factors)))
            .collect();
        let Some(((last, last_factors), others)) = others.split_last() else { return extended };

        let groups = width.div_ceil(WIDTH);
        let mut coefficients: Vec<Vec<P>> = (0..groups.min(TOGETHER)).map(|_| P::zero_vec(rows)).collect();
        let mut values = if others.is_empty() { Vec::new() } else { coefficients.clone() };
        for first in (0..groups).step_by(TOGETHER) {
            let count = TOGETHER.min(groups - first);
            let coefficients = &mut coefficients[..count];
            let slices = coefficients.iter_mut().map(Vec::as_mut_slice).collect();
            self.inverse.inverse(slices, &|columns, start| gather(table, first, columns, &order, start));
            if let Some(scales) = &scales {
                coefficients.par_iter_mut().for_each(|column| {
                    column.par_iter_mut().zip(scales).for_each(|(value, scale)| *value *= *scale);
                });
            }
            let back = |values: &mut [Vec<P>], start: usize, factors: &Factors, extended: &mut RowMajorMatrix<Val>| {
                let target = &mut extended.values[start * width..(start + rows) * width];
                let slices = values.iter_mut().map(Vec::as_mut_slice).collect();
                factors.forward(slices, target, &|columns, target, _| scatter(target, width, first, columns));
            };
            for (start, factors) in others {
                let values = &mut values[..count];
                values.par_iter_mut().zip(&*coefficients).for_each(|(values, coefficients)| {
                    values.copy_from_slice(coefficients);
                });
                back(values, *start, factors, &mut extended);
            }
            back(coefficients, *last, last_factors, &mut extended);
        }
        extended
    }
}

/// Reads rows from `start` on, in the given order, of packed columns from `first` on. Rows are far apart there.
fn gather(
    table: RowMajorMatrixView<'_, Val>,
    first: usize,
    columns: &mut [&mut [P]],
    order: &impl Fn(usize) -> usize,
    start: usize,
) {
    /// Rows asked for before they are read.
    const AHEAD: usize = 16;
    let width = table.width();
    let wanted = first * WIDTH..((first + columns.len()) * WIDTH).min(width);
    let row_at = |row: usize| &table.values[row * width..(row + 1) * width];
    let rows = columns.first().map_or(0, |column| column.len());
    for row in 0..rows {
        if row + AHEAD < rows {
            prefetch(&row_at(order(start + row + AHEAD))[wanted.clone()]);
        }
        let source = row_at(order(start + row));
        for (out, column) in columns.iter_mut().zip((first * WIDTH..).step_by(WIDTH)) {
            out[row] = load(&source[column.min(width)..]);
        }
    }
}

/// Writes packed columns from `first` on into rows.
fn scatter(target: &mut [Val], width: usize, first: usize, columns: &[&mut [P]]) {
    for (row, target) in target.chunks_exact_mut(width).enumerate() {
        for (values, column) in columns.iter().zip((first * WIDTH..).step_by(WIDTH)) {
            store(&values[row], &mut target[column.min(width)..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p3_dft::{Radix2DitParallel, TwoAdicSubgroupDft};
    use p3_matrix::bitrev::BitReversibleMatrix;

    fn sample(rows: usize, width: usize) -> RowMajorMatrix<Val> {
        let values = (0..(rows * width) as u64).map(|i| Val::from_u64(i * 0x9e37_79b9 + 5).square());
        RowMajorMatrix::new(values.collect(), width)
    }

    fn library(table: RowMajorMatrix<Val>, log_blowup: usize, shift: Val) -> RowMajorMatrix<Val> {
        let dft = Radix2DitParallel::default();
        dft.coset_lde_batch(table, log_blowup, shift).bit_reverse_rows().to_row_major_matrix()
    }

    #[test]
    fn extensions_equal_the_library() {
        for (bits, log_blowup, width) in [(0, 1, 3), (3, 1, 1), (7, 2, 9), (10, 1, 35), (13, 1, 2)] {
            let table = sample(1 << bits, width);
            let domain = Domain::new(bits, log_blowup);
            assert_eq!(domain.extend(&table), library(table, log_blowup, Val::GENERATOR), "2^{bits} rows");
        }
    }

    #[test]
    fn extended_pieces_equal_the_library() {
        for (bits, log_blowup, exponent) in [(4, 1, 0), (4, 1, 1), (9, 2, 0), (9, 2, 2), (9, 2, 3)] {
            let piece = sample(1 << bits, 2);
            let shift = Val::two_adic_generator(bits + log_blowup).exp_u64(exponent as u64).inverse();
            let expected = library(piece.clone(), log_blowup, shift);
            let reversed = piece.bit_reverse_rows().to_row_major_matrix();
            assert_eq!(
                Domain::new(bits, log_blowup).extend_piece(reversed.as_view(), exponent),
                expected,
                "w^{exponent}"
            );
        }
    }
}
