//! Write sets, the same in every run.

use std::collections::BTreeSet;

/// Which accounts a batch writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// All accounts alike.
    Uniform,
    /// The n-th account in proportion to 1/n; where in the tree the hot ones lie is left to chance.
    Zipf,
}

impl Traffic {
    pub const ALL: [Self; 2] = [Self::Uniform, Self::Zipf];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Zipf => "zipf",
        }
    }
}

/// A write set: the accounts by rising number, and the number of the batch, which content is made from.
pub struct Batch {
    pub number: u64,
    pub accounts: Vec<u64>,
}

/// The 64 bytes of an account's page after a batch, as eight little-endian numbers below 2^63 (so that they are field elements).
pub fn content(number: u64, account: u64) -> [u64; 8] {
    std::array::from_fn(|cell| mixed((number << 40) ^ (account << 8) ^ cell as u64) >> 1)
}

/// Draws batches.
pub struct Batches {
    accounts_log2: u32,
    drawn: u64,
    state: u64,
    /// Sums of the weights 1, 1/2, 1/3, …
    cumulative: Vec<f64>,
}

impl Batches {
    pub fn new(accounts_log2: u32) -> Self {
        let mut sum = 0.0;
        let weights = (1..=1u64 << accounts_log2).map(|rank| {
            sum += 1.0 / rank as f64;
            sum
        });
        Self { accounts_log2, drawn: 0, state: 0, cumulative: weights.collect() }
    }

    /// The accounts that so many updates touch, each once.
    pub fn draw(&mut self, traffic: Traffic, updates: usize) -> Batch {
        self.drawn += 1;
        let accounts: BTreeSet<u64> = (0..updates).map(|_| self.account(traffic)).collect();
        Batch { number: self.drawn, accounts: accounts.into_iter().collect() }
    }

    fn account(&mut self, traffic: Traffic) -> u64 {
        self.state += 1;
        let random = mixed(self.state);
        let mask = (1u64 << self.accounts_log2) - 1;
        if traffic == Traffic::Uniform {
            return random & mask;
        }
        let unit = (random >> 11) as f64 / (1u64 << 53) as f64;
        let target = unit * self.cumulative.last().copied().unwrap_or_default();
        let rank = self.cumulative.partition_point(|sum| *sum <= target) as u64;
        // An odd factor permutes the numbers below a power of two.
        rank.wrapping_mul(0x9e37_79b9_7f4a_7c15) & mask
    }
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014) on the n-th state.
fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
