//! Counts how often table rows are looked up while the rows of the other chips are filled.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use braid_primitives::F;
use p3_field::{PrimeCharacteristicRing, PrimeField64};

use super::bus::RANGE;

/// Use counts of a table's rows. Additions commute, so that any thread count gives the same totals.
#[derive(Debug)]
pub struct Uses(Vec<AtomicU32>);

impl Uses {
    /// No uses of `rows` rows.
    pub fn new(rows: usize) -> Self {
        Self((0..rows).map(|_| AtomicU32::new(0)).collect())
    }

    /// Counts one use of a row; a row outside the table is not counted, so that the bus will not balance.
    #[inline]
    pub fn add(&self, row: usize) {
        self.add_many(row, 1);
    }

    /// Counts `times` uses of a row.
    #[inline]
    pub fn add_many(&self, row: usize, times: u32) {
        if let Some(count) = self.0.get(row) {
            count.fetch_add(times, Relaxed);
        }
    }

    /// The counts as table cells.
    pub fn column(&self) -> impl Iterator<Item = F> + '_ {
        self.0.iter().map(|count| F::from_u32(count.load(Relaxed)))
    }
}

/// Use counts of all tables.
#[derive(Debug)]
pub struct Tally {
    /// 16-bit values.
    pub range: Uses,
    /// Rows of the instruction table.
    pub instructions: Uses,
    /// Rows of the page table.
    pub pages: Uses,
    /// Rows of the sponge schedule.
    pub schedule: Uses,
}

impl Tally {
    /// No uses; the arguments are the heights of the tables of the same name.
    pub fn new(instructions: usize, pages: usize, schedule: usize) -> Self {
        Self {
            range: Uses::new(RANGE),
            instructions: Uses::new(instructions),
            pages: Uses::new(pages),
            schedule: Uses::new(schedule),
        }
    }

    /// Counts the range check of a value; one that is too large is not counted, so that the bus will not balance.
    #[inline]
    pub fn check(&self, value: F) {
        self.check_many(value, 1);
    }

    /// Counts the range checks of `times` equal values.
    #[inline]
    pub fn check_many(&self, value: F, times: u32) {
        self.range.add_many(usize::try_from(value.as_canonical_u64()).unwrap_or(usize::MAX), times);
    }
}
