//! Rows of an extension, taken into packed elements.

use braid_circuits::stark::Val;
use p3_field::PackedValue;
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;

use super::packing::{LOG_WIDTH, P, WIDTH, reverse_bits, transpose};

/// The first rows of an extension, which are its values on a smaller domain, in bit-reversed order.
pub(super) struct Blocks<'a> {
    values: &'a [Val],
    width: usize,
    /// log2 of the number of blocks of [`WIDTH`] rows.
    bits: usize,
    /// Rows between the values of a row of the table and those of the next.
    step: usize,
}

impl<'a> Blocks<'a> {
    /// Of a table with `2^bits` rows, `2^log_chunks` times as many.
    pub fn new(extended: &'a RowMajorMatrix<Val>, bits: usize, log_chunks: usize) -> Self {
        let bits = bits + log_chunks;
        let values = &extended.values[..extended.width() << bits];
        Self { values, width: extended.width(), bits: bits - LOG_WIDTH, step: 1 << log_chunks }
    }

    /// No columns.
    pub fn none() -> Self {
        Self { values: &[], width: 0, bits: 0, step: 1 }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// Elements that [`Self::load`] fills.
    pub fn padded_width(&self) -> usize {
        self.width.next_multiple_of(WIDTH)
    }

    fn block(&self, block: usize) -> &[Val] {
        let size = self.width * WIDTH;
        &self.values[block * size..(block + 1) * size]
    }

    /// A block of rows: element c has column c of each.
    #[inline(always)]
    pub fn load(&self, block: usize, out: &mut [P]) {
        let rows = self.block(block);
        for (group, out) in out.as_chunks_mut().0.iter_mut().enumerate() {
            self.load_group(rows, group, out);
        }
    }

    /// The rows that follow those of a block in the table, in the groups of [`WIDTH`] columns that are wanted.
    #[inline(always)]
    pub fn load_next(&self, block: usize, groups: &[usize], out: &mut [P]) {
        // In natural order, lanes are far apart, and all of them go on by the same step unless it leads out of a lane's part.
        let next = reverse_bits(block, self.bits) + self.step;
        let rows = self.block(reverse_bits(next & ((1 << self.bits) - 1), self.bits));
        let (out, _) = out.as_chunks_mut();
        for &group in groups {
            self.load_group(rows, group, &mut out[group]);
            if next >> self.bits > 0 {
                for value in &mut out[group] {
                    let lanes = *value;
                    *value = P::from_fn(|lane| {
                        let following = (reverse_bits(lane, LOG_WIDTH) + 1) % WIDTH;
                        lanes.as_slice()[reverse_bits(following, LOG_WIDTH)]
                    });
                }
            }
        }
    }

    #[inline(always)]
    fn load_group(&self, rows: &[Val], group: usize, out: &mut [P; WIDTH]) {
        let first = group * WIDTH;
        if first + WIDTH <= self.width {
            for (row, out) in rows.chunks_exact(self.width).zip(out.iter_mut()) {
                *out = *P::from_slice(&row[first..first + WIDTH]);
            }
            transpose(out);
        } else {
            for (column, out) in (first..self.width).zip(out.iter_mut()) {
                *out = P::from_fn(|row| rows[row * self.width + column]);
            }
        }
    }
}

/// Groups of [`WIDTH`] columns that hold the given ones.
pub(super) fn groups_of(columns: &[usize]) -> Vec<usize> {
    let mut groups: Vec<usize> = columns.iter().map(|column| column / WIDTH).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use p3_field::PrimeCharacteristicRing;

    #[test]
    fn blocks_and_their_successors() {
        for (bits, log_chunks, width) in [(LOG_WIDTH, 0, 3), (LOG_WIDTH + 1, 1, 9), (7, 1, 20), (8, 2, 1)] {
            // Row r in natural order holds r in every column, plus the column.
            let value = |row: usize, column: usize| Val::from_usize(1000 * reverse_bits(row, bits) + column);
            let values = (0..width << bits).map(|i| value(i / width, i % width)).collect();
            let table = RowMajorMatrix::new(values, width);
            let blocks = Blocks::new(&table, bits - log_chunks, log_chunks);
            let mut here = vec![P::default(); blocks.padded_width()];
            let mut next = here.clone();
            let groups = groups_of(&(0..width).collect::<Vec<_>>());
            for block in 0..1 << (bits - LOG_WIDTH) {
                blocks.load(block, &mut here);
                blocks.load_next(block, &groups, &mut next);
                for column in 0..width {
                    for lane in 0..WIDTH {
                        let row = reverse_bits(block * WIDTH + lane, bits);
                        let following = (row + (1 << log_chunks)) % (1 << bits);
                        assert_eq!(here[column].as_slice()[lane], Val::from_usize(1000 * row + column));
                        assert_eq!(next[column].as_slice()[lane], Val::from_usize(1000 * following + column));
                    }
                }
            }
        }
    }
}
