//! A long array of which mostly the beginning is in use.
//!
//! Memory is taken in blocks of [`BLOCK`] entries when one of them is written, so it follows what is in use: a write
//! far out costs one block and 16 bytes for each block before it.

/// Entries of a block.
const BLOCK: usize = 1024;

/// An array of copies of one default value until written.
#[derive(Clone, Debug)]
pub(crate) struct Arena<T> {
    /// An empty slice stands for a block of defaults.
    blocks: Vec<Box<[T]>>,
    default: T,
}

impl<T: Copy> Arena<T> {
    pub(crate) fn new(default: T) -> Self {
        Self { blocks: Vec::new(), default }
    }

    /// The entry at `index`, the default if it was never written.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> T {
        self.blocks.get(index / BLOCK).and_then(|block| block.get(index % BLOCK)).copied().unwrap_or(self.default)
    }

    pub(crate) fn set(&mut self, index: usize, value: T) {
        let number = index / BLOCK;
        if number >= self.blocks.len() {
            self.blocks.resize_with(number + 1, Box::default);
        }
        // In bounds: the vector was just made longer than `number`.
        let block = &mut self.blocks[number];
        if block.is_empty() {
            *block = vec![self.default; BLOCK].into_boxed_slice();
        }
        // In bounds: a block that is not empty has BLOCK entries.
        block[index % BLOCK] = value;
    }

    /// The entries of all blocks in use with their indices, in rising order; defaults among them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        self.blocks
            .iter()
            .enumerate()
            .flat_map(|(number, block)| block.iter().enumerate().map(move |(i, value)| (number * BLOCK + i, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unwritten_entries_are_the_default() {
        let mut arena = Arena::new(7u32);
        assert_eq!(arena.get(1 << 40), 7);
        arena.set(5000, 1);
        assert_eq!((arena.get(4999), arena.get(5000), arena.get(5001)), (7, 1, 7));
        assert_eq!(arena.blocks.iter().filter(|block| !block.is_empty()).count(), 1);
        assert_eq!(arena.iter().filter(|(_, value)| **value == 1).map(|(i, _)| i).collect::<Vec<_>>(), [5000]);
    }
}
