//! Where columns lie in memory, and the buffers they lie in.
//!
//! * [`Columns`]: one column after the other. For transforms, openings, row-wise products.
//! * [`Tiles`]: runs of [`TILE`] rows, in each run one column after the other. Leaves are hashed and
//!   constraints evaluated on runs of rows, and both then read memory front to back, while columns
//!   a power of two apart would all fall on the same cache lines. A run is also exactly the batch
//!   layout plonky2's gates take.
//!
//! Buffers go back to a [`Pool`] when dropped: from the second proof of a shape on, no page is new.

use super::packing::F;
use plonky2::field::types::Field;
use rayon::prelude::*;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

/// Rows of a run of [`Tiles`]; a multiple of every packing width and of the hash's lanes.
pub(super) const TILE: usize = 32;

/// How many idle buffers a pool keeps.
const KEPT: usize = 24;

/// Idle buffers.
#[derive(Default)]
pub(super) struct Pool(Mutex<Vec<Vec<F>>>);

impl Pool {
    /// A buffer of `length` elements of unspecified content.
    pub fn take(self: &Arc<Self>, length: usize) -> Buffer {
        let found = {
            let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let best = (0..idle.len())
                .filter(|&i| (length..=2 * length).contains(&idle[i].len()))
                .min_by_key(|&i| idle[i].len());
            best.map(|i| idle.swap_remove(i))
        };
        let data = found.unwrap_or_else(|| zeros(length));
        Buffer { data, length, home: self.clone() }
    }
}

/// Fresh zeros, their pages touched by all threads.
fn zeros(length: usize) -> Vec<F> {
    let mut data = Vec::new();
    (0..length).into_par_iter().with_min_len(1 << 16).map(|_| F::ZERO).collect_into_vec(&mut data);
    data
}

/// A borrowed buffer of a [`Pool`].
pub(super) struct Buffer {
    data: Vec<F>,
    length: usize,
    home: Arc<Pool>,
}

impl Deref for Buffer {
    type Target = [F];
    fn deref(&self) -> &[F] {
        &self.data[..self.length]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [F] {
        &mut self.data[..self.length]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut idle = self.home.0.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() == KEPT {
            // The oldest goes: it is of a shape that is no longer being proven.
            idle.remove(0);
        }
        idle.push(std::mem::take(&mut self.data));
    }
}

/// `rows` × `count` elements, column after column.
pub(super) struct Columns {
    data: Buffer,
    rows: usize,
}

impl Columns {
    /// Unspecified content; `rows` is at least 1.
    pub fn new(pool: &Arc<Pool>, rows: usize, count: usize) -> Self {
        Self { data: pool.take(rows * count), rows }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn count(&self) -> usize {
        self.data.len() / self.rows
    }

    pub fn column(&self, index: usize) -> &[F] {
        &self.data[index * self.rows..(index + 1) * self.rows]
    }

    pub fn iter(&self) -> impl Iterator<Item = &[F]> {
        self.data.chunks_exact(self.rows)
    }

    pub fn par_iter_mut(&mut self) -> impl IndexedParallelIterator<Item = &mut [F]> {
        self.data.par_chunks_exact_mut(self.rows)
    }

    /// The first `count` columns, and the others.
    pub fn split_mut(&mut self, count: usize) -> (&mut [F], &mut [F]) {
        let middle = count * self.rows;
        self.data.split_at_mut(middle)
    }

    /// Runs of `height` rows (a divisor of the rows): for each run, its part of every column.
    pub fn runs_mut(&mut self, height: usize) -> Vec<Vec<&mut [F]>> {
        let (runs, count) = (self.rows / height, self.count());
        let mut parts: Vec<_> = (0..runs).map(|_| Vec::with_capacity(count)).collect();
        for (i, part) in self.data.chunks_exact_mut(height).enumerate() {
            parts[i % runs].push(part);
        }
        parts
    }
}

/// `rows` × `count` elements in runs of [`TILE`] rows.
pub(super) struct Tiles {
    data: Buffer,
    count: usize,
}

impl Tiles {
    /// Unspecified content; `rows` is a multiple of [`TILE`], `count` at least 1.
    pub fn new(pool: &Arc<Pool>, rows: usize, count: usize) -> Self {
        Self { data: pool.take(rows * count), count }
    }

    pub fn rows(&self) -> usize {
        self.data.len() / self.count
    }

    pub fn count(&self) -> usize {
        self.count
    }

    /// Rows `TILE·index ..`, `TILE` elements of each column in turn.
    #[inline(always)]
    pub fn tile(&self, index: usize) -> &[F] {
        &self.data[index * self.count * TILE..(index + 1) * self.count * TILE]
    }

    #[inline(always)]
    pub fn at(&self, row: usize, column: usize) -> F {
        self.data[(row / TILE * self.count + column) * TILE + row % TILE]
    }

    pub fn row(&self, row: usize) -> Vec<F> {
        (0..self.count).map(|column| self.at(row, column)).collect()
    }

    /// Blocks of `height` rows (a multiple of [`TILE`] dividing the rows): entry
    /// `block·count + column` lists, from top to bottom, the pieces of that column in that block.
    pub fn pieces_mut(&mut self, height: usize) -> Vec<Vec<&mut [F; TILE]>> {
        let (blocks, tiles) = (self.rows() / height, height / TILE);
        let count = self.count;
        let mut pieces: Vec<_> = (0..blocks * count).map(|_| Vec::with_capacity(tiles)).collect();
        let (all, _) = self.data.as_chunks_mut::<TILE>();
        for (i, piece) in all.iter_mut().enumerate() {
            let (tile, column) = (i / count, i % count);
            pieces[tile / tiles * count + column].push(piece);
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn f(value: usize) -> F {
        F::from_canonical_usize(value)
    }

    #[test]
    fn tiles_and_columns_address_the_same_matrix() {
        let pool = Arc::default();
        let (rows, count) = (4 * TILE, 3);
        let mut tiles = Tiles::new(&pool, rows, count);
        for (i, pieces) in tiles.pieces_mut(2 * TILE).into_iter().enumerate() {
            let (block, column) = (i / count, i % count);
            for (k, element) in pieces.into_iter().flatten().enumerate() {
                *element = f((block * 2 * TILE + k) * count + column);
            }
        }
        let mut columns = Columns::new(&pool, rows, count);
        for (run, parts) in columns.runs_mut(8).into_iter().enumerate() {
            for (column, part) in parts.into_iter().enumerate() {
                for (k, element) in part.iter_mut().enumerate() {
                    *element = f((run * 8 + k) * count + column);
                }
            }
        }
        for row in 0..rows {
            for column in 0..count {
                assert_eq!(tiles.at(row, column), f(row * count + column));
                assert_eq!(columns.column(column)[row], f(row * count + column));
            }
        }
        assert_eq!(tiles.row(5), vec![f(15), f(16), f(17)]);
    }

    #[test]
    fn buffers_return_to_their_pool() {
        let pool: Arc<Pool> = Arc::default();
        let address = pool.take(1000).as_ptr();
        let again = pool.take(900);
        assert_eq!((again.as_ptr(), again.len()), (address, 900));
        assert_ne!(pool.take(900).as_ptr(), address);
    }
}
