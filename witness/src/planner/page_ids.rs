//! Dense numbers for page addresses, by first appearance.

use std::hash::{BuildHasher, RandomState};

/// Marks a free place of the table.
const FREE: u32 = u32::MAX;

/// A table of addresses with linear probing, at most half full. An entry holds address and number, so that finding one
/// touches one line of the cache.
///
/// Users choose addresses, so the place of an address depends on a random odd multiplier; numbers do not.
#[derive(Clone, Debug)]
pub struct PageIds {
    table: Vec<(u64, u32)>,
    addresses: Vec<u64>,
    multiplier: u64,
}

impl Default for PageIds {
    fn default() -> Self {
        Self::with_capacity(512)
    }
}

impl PageIds {
    /// An empty table with room for that many addresses before it grows.
    pub fn with_capacity(addresses: usize) -> Self {
        let size = (2 * addresses).next_power_of_two().max(1 << 10);
        let multiplier = RandomState::new().hash_one(0u64) | 1;
        Self { table: vec![(0, FREE); size], addresses: Vec::with_capacity(addresses), multiplier }
    }

    /// The number of an address; the next free one if it was not seen before.
    #[inline]
    pub fn id(&mut self, address: u64) -> u32 {
        if 2 * self.addresses.len() >= self.table.len() {
            self.grow();
        }
        let place = self.place(address);
        let entry = &mut self.table[place]; // in bounds: `place` masks by the table's length
        if entry.1 == FREE {
            *entry = (address, self.addresses.len() as u32);
            self.addresses.push(address);
        }
        entry.1
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
            let (other, id) = self.table[place];
            if id == FREE || other == address {
                return place;
            }
            place = (place + 1) & mask;
        }
    }

    fn grow(&mut self) {
        self.table = vec![(0, FREE); 2 * self.table.len()];
        for (id, address) in (0u32..).zip(&self.addresses) {
            let place = self.place(*address);
            self.table[place] = (*address, id); // in bounds, as in `id`
        }
    }
}
