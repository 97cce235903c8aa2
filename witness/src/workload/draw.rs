//! Random choices that are the same everywhere.

/// SplitMix64 (Steele, Lea, Flood 2014): small, and fixed for ever, unlike a library's default generator.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 for an empty range. The bias, `end / 2^64`, does not matter here.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    /// A number in 0..1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// How often each account takes part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution {
    /// All alike.
    Uniform,
    /// The n-th account in proportion to `n^-exponent`, as real traffic is; about 1 for Ethereum's.
    Zipf {
        /// The exponent, positive.
        exponent: f64,
    },
    /// Every transaction touches one account, or one pool.
    OneHot,
}

/// Draws ranks from a distribution: 0 is the most frequent one.
#[derive(Clone, Debug)]
pub(crate) struct Ranks {
    count: u64,
    hot: bool,
    /// Sums of the weights, for Zipf.
    cumulative: Vec<f64>,
}

impl Ranks {
    pub(crate) fn new(distribution: Distribution, count: u64) -> Self {
        let mut sum = 0.0;
        let cumulative = match distribution {
            Distribution::Zipf { exponent } => (1..=count)
                .map(|rank| {
                    sum += (rank as f64).powf(-exponent);
                    sum
                })
                .collect(),
            Distribution::Uniform | Distribution::OneHot => Vec::new(),
        };
        Self { count, hot: distribution == Distribution::OneHot, cumulative }
    }

    pub(crate) fn draw(&self, random: &mut Random) -> u64 {
        if self.hot {
            return 0;
        }
        let Some(total) = self.cumulative.last() else { return random.below(self.count) };
        let target = random.unit() * total;
        (self.cumulative.partition_point(|sum| *sum <= target) as u64).min(self.count.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(distribution: Distribution) -> Vec<u32> {
        let (ranks, mut random) = (Ranks::new(distribution, 10), Random::new(1));
        let mut counts = vec![0; 10];
        (0..10_000).for_each(|_| counts[ranks.draw(&mut random) as usize] += 1);
        counts
    }

    #[test]
    fn frequencies() {
        assert!(counts(Distribution::Uniform).iter().all(|count| (850..1150).contains(count)));
        let zipf = counts(Distribution::Zipf { exponent: 1.0 });
        // The weights 1, 1/2, … 1/10 sum to 2.93.
        assert!((3200..3620).contains(&zipf[0]) && (1550..1860).contains(&zipf[1]) && (250..430).contains(&zipf[9]));
        assert_eq!(counts(Distribution::OneHot)[0], 10_000);
    }

    #[test]
    fn the_generator_is_the_published_one() {
        let mut random = Random::new(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }
}
