//! A long array of which mostly the beginning is in use.
//!
//! Memory is taken in blocks when one of their entries is written, so it follows what is in use: a write far out costs one
//! block and 16 bytes for each block before it. [`Arena::parts`] cuts the blocks into parts that threads write at the same
//! time.

use braid_primitives::memory::prefetch;
use std::ops::Range;

/// log2 of the most and of the fewest entries of a block. A short array has smaller blocks, so that it has several parts, too.
const BLOCK_LOG2: (u32, u32) = (4, 10);
/// log2 of the blocks that an array has if the limits allow it.
const BLOCKS_LOG2: u32 = 6;

/// An array of copies of one default value until written.
#[derive(Clone, Debug)]
pub(crate) struct Arena<T> {
    /// An empty slice stands for a block of defaults.
    blocks: Vec<Box<[T]>>,
    default: T,
    /// log2 of the entries of a block.
    shift: u32,
}

/// Consecutive blocks of an array, and which of the indices that are to be written lie in them.
pub(crate) struct Part<'a, T> {
    blocks: &'a mut [Box<[T]>],
    /// Number of the first of the blocks.
    first: usize,
    default: T,
    shift: u32,
    /// Places in the list of indices.
    pub(crate) places: Range<usize>,
}

impl<T: Copy> Arena<T> {
    /// An array that is to hold about `length` entries.
    pub(crate) fn new(default: T, length: usize) -> Self {
        let shift = length.max(1).ilog2().saturating_sub(BLOCKS_LOG2).clamp(BLOCK_LOG2.0, BLOCK_LOG2.1);
        Self { blocks: Vec::new(), default, shift }
    }

    /// The entry at `index`, the default if it was never written.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> T {
        let block = self.blocks.get(index >> self.shift);
        block.and_then(|block| block.get(place(index, self.shift))).copied().unwrap_or(self.default)
    }

    /// The entries at an even index and after it.
    #[inline]
    pub(crate) fn pair(&self, even: usize) -> (T, T) {
        let block = self.blocks.get(even >> self.shift);
        // A block has an even number of entries, so a pair never lies in two.
        match block.map(|block| block.get(place(even, self.shift)..).unwrap_or_default()) {
            Some([left, right, ..]) => (*left, *right),
            _ => (self.default, self.default),
        }
    }

    /// Asks for the memory of a pair that will be read soon.
    #[inline]
    pub(crate) fn prefetch_pair(&self, even: usize) {
        let start = place(even, self.shift);
        if let Some(pair) = self.blocks.get(even >> self.shift).and_then(|block| block.get(start..start + 2)) {
            prefetch(pair);
        }
    }

    /// Cuts the array into parts of at least so many of the strictly rising `indices`, but for the last one.
    pub(crate) fn parts(&mut self, indices: &[usize], least: usize) -> Vec<Part<'_, T>> {
        let Self { ref mut blocks, default, shift } = *self;
        let end = indices.last().map_or(0, |last| (last >> shift) + 1);
        if end > blocks.len() {
            blocks.resize_with(end, Box::default);
        }
        let (mut parts, mut first, mut start, mut rest) = (Vec::new(), 0, 0, blocks.as_mut_slice());
        while start < indices.len() {
            let last = indices[indices.len().min(start + least.max(1)) - 1] >> shift;
            let count = indices[start..].partition_point(|index| index >> shift <= last);
            // In bounds: the blocks reach beyond the greatest index.
            let (here, others) = rest.split_at_mut(last + 1 - first);
            parts.push(Part { blocks: here, first, default, shift, places: start..start + count });
            (first, start, rest) = (last + 1, start + count, others);
        }
        parts
    }

    /// The entries of all blocks in use with their indices, in rising order; defaults among them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        let shift = self.shift;
        self.blocks.iter().enumerate().flat_map(move |(number, block)| {
            block.iter().enumerate().map(move |(i, value)| ((number << shift) + i, value))
        })
    }
}

impl<T: Copy> Part<'_, T> {
    /// Writes an entry at one of the part's indices; one that lies outside is left alone.
    #[inline]
    pub(crate) fn set(&mut self, index: usize, value: T) {
        let Some(block) = self.blocks.get_mut((index >> self.shift).wrapping_sub(self.first)) else { return };
        if block.is_empty() {
            *block = vec![self.default; 1 << self.shift].into_boxed_slice();
        }
        // In bounds: a block that is not empty has so many entries.
        block[place(index, self.shift)] = value;
    }

    /// Asks for the memory of an entry that will be written soon.
    #[inline]
    pub(crate) fn prefetch(&self, index: usize) {
        let block = self.blocks.get((index >> self.shift).wrapping_sub(self.first));
        if let Some(entry) = block.and_then(|block| block.get(place(index, self.shift))) {
            prefetch(std::slice::from_ref(entry));
        }
    }
}

/// Where an index lies within its block.
#[inline]
fn place(index: usize, shift: u32) -> usize {
    index & ((1 << shift) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(arena: &mut Arena<u32>, indices: &[usize], least: usize) -> Vec<Range<usize>> {
        let parts = arena.parts(indices, least);
        let write = |mut part: Part<'_, u32>| {
            part.places.clone().for_each(|place| part.set(indices[place], indices[place] as u32));
            part.places
        };
        parts.into_iter().map(write).collect()
    }

    #[test]
    fn unwritten_entries_are_the_default() {
        let mut arena = Arena::new(7u32, 1 << 16);
        assert_eq!((arena.get(1 << 40), arena.pair(1 << 40)), (7, (7, 7)));
        write(&mut arena, &[5000], 1);
        assert_eq!((arena.get(4999), arena.get(5000), arena.get(5001)), (7, 5000, 7));
        assert_eq!((arena.pair(4998), arena.pair(5000)), ((7, 7), (5000, 7)));
        assert_eq!(arena.blocks.iter().filter(|block| !block.is_empty()).count(), 1);
        assert_eq!(arena.iter().filter(|(_, value)| **value != 7).map(|(i, _)| i).collect::<Vec<_>>(), [5000]);
    }

    #[test]
    fn parts_hold_every_index_once() {
        for length in [1, 64, 1 << 12, 1 << 20] {
            let indices: Vec<usize> = (0..length).filter(|index| index % 7 < 3 || index % 1000 < 40).collect();
            for least in [0, 1, 100, 5000] {
                let mut arena = Arena::new(u32::MAX, length);
                let places = write(&mut arena, &indices, least);
                assert!(places.iter().cloned().flatten().eq(0..indices.len()));
                assert!(places.iter().rev().skip(1).all(|places| places.len() >= least));
                let written = arena.iter().filter(|(_, value)| **value != u32::MAX);
                assert!(written.map(|(index, value)| (index, *value as usize)).eq(indices.iter().map(|i| (*i, *i))));
            }
        }
        assert!(Arena::new(0u32, 9).parts(&[], 1).is_empty());
    }

    #[test]
    fn a_part_leaves_others_alone() {
        let mut arena = Arena::new(0u32, 1 << 16);
        let mut parts = arena.parts(&[0, 5000], 1);
        parts[0].set(5000, 1);
        parts[1].set(0, 1);
        assert_eq!((arena.get(0), arena.get(5000)), (0, 0));
    }
}
