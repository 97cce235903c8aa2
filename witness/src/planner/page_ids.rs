//! Dense numbers for page addresses, by first appearance.

use std::hash::{BuildHasher, RandomState};

/// Marks a free place of the table.
const FREE: u32 = u32::MAX;

/// A table of addresses with linear probing, at most half full.
///
/// Users choose addresses, so the place of an address depends on a random odd multiplier; numbers do not.
#[derive(Clone, Debug)]
pub struct PageIds {
    table: Vec<u32>,
    addresses: Vec<u64>,
    multiplier: u64,
}

impl Default for PageIds {
    fn default() -> Self {
        Self { table: vec![FREE; 1 << 10], addresses: Vec::new(), multiplier: RandomState::new().hash_one(0u64) | 1 }
    }
}

impl PageIds {
    /// The number of an address; the next free one if it was not seen before.
    #[inline]
    pub fn id(&mut self, address: u64) -> u32 {
        if 2 * self.addresses.len() >= self.table.len() {
            self.grow();
        }
        let place = self.place(address);
        match self.table[place] {
            // in bounds: `place` masks by the table's length
            FREE => {
                let id = self.addresses.len() as u32;
                self.table[place] = id;
                self.addresses.push(address);
                id
            }
            id => id,
        }
    }

    /// All addresses by number.
    pub fn into_addresses(self) -> Vec<u64> {
        self.addresses
    }

    /// Where the address stands, or where it would.
    #[inline]
    fn place(&self, address: u64) -> usize {
        let mask = self.table.len() - 1;
        let shift = 64 - self.table.len().trailing_zeros();
        let mut place = (address.wrapping_mul(self.multiplier) >> shift) as usize & mask;
        // Ends: at least half of the table is free. In bounds: the length is a power of two.
        loop {
            let id = self.table[place];
            if id == FREE || self.addresses.get(id as usize) == Some(&address) {
                return place;
            }
            place = (place + 1) & mask;
        }
    }

    fn grow(&mut self) {
        self.table = vec![FREE; 2 * self.table.len()];
        for (id, address) in (0u32..).zip(&self.addresses) {
            let place = self.place(*address);
            self.table[place] = id; // in bounds, as in `id`
        }
    }
}
