//! Which transactions may run at the same time.
//!
//! Two transactions conflict if one writes a page that the other opens; two reads do not conflict. The *level* of a
//! transaction is 1 + the highest level among earlier transactions that it conflicts with, so the transactions of one
//! level are free of conflicts, and running level after level gives what running one after the other gives. Fees, inbox
//! and outbox are accumulators and chains, not pages: they conflict with nothing.
//!
//! Pages are renamed to dense numbers first, so that levels are computed in two flat arrays.

mod page_ids;

pub use page_ids::PageIds;

/// One transaction's access list: a range of the plan's accesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Dense number of the page, by first appearance.
    pub page: u32,
    /// Whether the transaction writes it.
    pub written: bool,
}

/// Access lists of a sequence of transactions, under construction.
#[derive(Clone, Debug, Default)]
pub struct Planner {
    ids: PageIds,
    accesses: Vec<Access>,
    /// End of each transaction's accesses.
    ends: Vec<usize>,
    /// By page: level of the last write, and of the last access, 0 for none.
    last: Vec<(u32, u32)>,
    levels: Vec<u32>,
}

/// Transactions by level.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Address of each page, by dense number.
    pub addresses: Vec<u64>,
    accesses: Vec<Access>,
    ends: Vec<usize>,
    /// Transactions by level, within a level in submitted order.
    order: Vec<u32>,
    /// End of each level in `order`.
    level_ends: Vec<usize>,
}

impl Planner {
    /// A planner with room for that many transactions of a few pages each.
    pub fn with_capacity(transactions: usize) -> Self {
        Self {
            ids: PageIds::with_capacity(2 * transactions),
            last: Vec::with_capacity(2 * transactions),
            accesses: Vec::with_capacity(4 * transactions),
            ends: Vec::with_capacity(transactions),
            levels: Vec::with_capacity(transactions),
        }
    }

    /// Adds the next transaction by the pages it opens: address, and whether it is written. Returns its level, from 1.
    pub fn add(&mut self, pages: impl Iterator<Item = (u64, bool)>) -> u32 {
        let start = self.accesses.len();
        let mut level = 0;
        for (address, written) in pages {
            let page = self.ids.id(address);
            if page as usize == self.last.len() {
                self.last.push((0, 0));
            }
            let (write, access) = self.last.get(page as usize).copied().unwrap_or_default();
            level = level.max(if written { access } else { write });
            self.accesses.push(Access { page, written });
        }
        level += 1;
        for access in self.accesses.iter().skip(start) {
            if let Some((last_write, last_access)) = self.last.get_mut(access.page as usize) {
                *last_access = level.max(*last_access);
                if access.written {
                    *last_write = level;
                }
            }
        }
        self.ends.push(self.accesses.len());
        self.levels.push(level);
        level
    }

    /// The plan of all transactions added.
    pub fn finish(self) -> Plan {
        let count = self.levels.iter().copied().max().unwrap_or(0) as usize;
        // A counting sort by level keeps the submitted order within each.
        let mut level_ends = vec![0usize; count];
        for level in &self.levels {
            level_ends[*level as usize - 1] += 1; // levels are 1..=count
        }
        let mut total = 0;
        let mut next: Vec<usize> = Vec::with_capacity(count);
        for end in &mut level_ends {
            next.push(total);
            total += *end;
            *end = total;
        }
        let mut order = vec![0u32; self.levels.len()];
        for (transaction, level) in (0u32..).zip(&self.levels) {
            let place = &mut next[*level as usize - 1]; // as above
            order[*place] = transaction; // places are a permutation of 0..levels.len()
            *place += 1;
        }
        Plan { addresses: self.ids.into_addresses(), accesses: self.accesses, ends: self.ends, order, level_ends }
    }
}

impl Plan {
    /// Number of transactions.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no transaction.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The accesses of a transaction, in its program's order; none for a number out of range.
    pub fn accesses(&self, transaction: usize) -> &[Access] {
        let start = transaction.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(transaction).copied().unwrap_or(start);
        self.accesses.get(start..end).unwrap_or_default()
    }

    /// Where a transaction's accesses begin among all accesses.
    pub fn first_access(&self, transaction: usize) -> usize {
        transaction.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0)
    }

    /// Accesses of all transactions together.
    pub fn access_count(&self) -> usize {
        self.accesses.len()
    }

    /// The levels in order, each a list of transactions in submitted order.
    pub fn levels(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.level_ends.iter().copied());
        starts.zip(&self.level_ends).map(|(start, end)| self.order.get(start..*end).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
