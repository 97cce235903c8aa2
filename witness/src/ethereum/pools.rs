//! Pools with reserves that give swaps what they demand, as far as one set of prices can.

use std::collections::BTreeMap;

/// Reserves begin at no more than this, so that a file's volume never fills one to its 51 bits.
const DEEPEST: f64 = (1u64 << 50) as f64;
/// Least reserve, so that prices have four digits.
const SHALLOWEST: u64 = 10_000;
/// Width of a reserve.
const RESERVE_END: u64 = 1 << 51;
/// What a price must exceed a demand by: the fee, and room for other swaps.
const MARGIN: f64 = 1.02;

/// A pool of two assets, the lower number first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pool {
    pub(super) reserves: [u64; 2],
    /// Reserves at genesis.
    pub(super) initial: [u64; 2],
    pub(super) shares: u64,
    pub(super) initial_shares: u64,
}

/// One swap through a pool: the pool's assets, and which of them is given (0 or 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hop {
    pub(super) pool: (u64, u64),
    pub(super) side: usize,
}

impl Hop {
    pub(super) fn new(given: u64, got: u64) -> Self {
        Self { pool: (given.min(got), given.max(got)), side: usize::from(given > got) }
    }

    fn is_loop(&self) -> bool {
        self.pool.0 == self.pool.1
    }
}

/// What is demanded of prices: second asset for one of the first.
#[derive(Clone, Copy, Debug, Default)]
struct Demand {
    least: Option<f64>,
    most: Option<f64>,
}

/// Collects demands, then pools. An asset has none with itself, as ether and wrapped ether would: they are one.
#[derive(Default)]
pub(super) struct Prices {
    demands: BTreeMap<(u64, u64), Demand>,
    /// Paths of several pools: what the product of their prices must be.
    paths: Vec<(Vec<Hop>, f64)>,
}

impl Prices {
    /// Notes a swap that gives `given` and wants at least `wanted`, in quanta.
    pub(super) fn demand(&mut self, hops: &[Hop], given: u64, wanted: u64) {
        if hops.iter().any(Hop::is_loop) {
            return;
        }
        for hop in hops {
            self.demands.entry(hop.pool).or_default();
        }
        if given == 0 || wanted == 0 {
            return;
        }
        let rate = wanted as f64 / given as f64 * MARGIN;
        let [hop] = hops else { return self.paths.push((hops.to_vec(), rate)) };
        let demand = self.demands.entry(hop.pool).or_default();
        if hop.side == 0 {
            demand.least = Some(demand.least.map_or(rate, |least| least.max(rate)));
        } else {
            demand.most = Some(demand.most.map_or(1.0 / rate, |most| most.min(1.0 / rate)));
        }
    }

    /// Notes that a pool exists, at a price if nothing else is known of it.
    pub(super) fn liquidity(&mut self, first: u64, second: u64, first_amount: u64, second_amount: u64) {
        let hop = Hop::new(first, second);
        if hop.is_loop() {
            return;
        }
        let (a, b) = if hop.side == 0 { (first_amount, second_amount) } else { (second_amount, first_amount) };
        let demand = self.demands.entry(hop.pool).or_default();
        if demand.least.is_none() && demand.most.is_none() && a > 0 && b > 0 {
            demand.least = Some(b as f64 / a as f64);
            demand.most = demand.least;
        }
    }

    /// The pools. Of contradicting demands the price is in the middle; the rest of a path's demand goes to its first pool
    /// without a price.
    pub(super) fn pools(self) -> BTreeMap<(u64, u64), Pool> {
        let mut prices: BTreeMap<(u64, u64), f64> = BTreeMap::new();
        for (pool, demand) in &self.demands {
            let price = match (demand.least, demand.most) {
                (Some(least), Some(most)) => (least * most).sqrt(),
                (Some(price), None) | (None, Some(price)) => price,
                (None, None) => continue,
            };
            prices.insert(*pool, price);
        }
        for (hops, rate) in &self.paths {
            let known = |hop: &Hop| {
                let price = prices.get(&hop.pool)?;
                Some(if hop.side == 0 { *price } else { 1.0 / price })
            };
            let product: f64 = hops.iter().filter_map(known).product();
            if let Some(hop) = hops.iter().find(|hop| known(hop).is_none()) {
                // Each pool on the way keeps a fee.
                let rest = rate * MARGIN / product;
                prices.insert(hop.pool, if hop.side == 0 { rest } else { 1.0 / rest });
            }
        }
        self.demands.into_keys().map(|pool| (pool, Pool::at(prices.get(&pool).copied().unwrap_or(1.0)))).collect()
    }
}

impl Pool {
    /// A deep pool at a price.
    fn at(price: f64) -> Self {
        let (a, b) = if price >= 1.0 { (DEEPEST / price, DEEPEST) } else { (DEEPEST, DEEPEST * price) };
        let reserves = [(a as u64).max(SHALLOWEST), (b as u64).max(SHALLOWEST)];
        let shares = (u128::from(reserves[0]) * u128::from(reserves[1])).isqrt() as u64; // below 2^51 each
        Self { reserves, initial: reserves, shares, initial_shares: shares }
    }

    fn sides(&self, side: usize) -> (u128, u128) {
        let [a, b] = self.reserves.map(u128::from);
        if side == 0 { (a, b) } else { (b, a) }
    }

    /// What the program `swap_in` gives for `x`; `None` if it would refuse.
    pub(super) fn out_for(&self, side: usize, x: u64) -> Option<u64> {
        let (given, got) = self.sides(side);
        if given + u128::from(x) >= u128::from(RESERVE_END) {
            return None;
        }
        let x = 997 * u128::from(x);
        u64::try_from(x * got / (1000 * given + x)).ok()
    }

    /// What the program `swap_out` takes for `y`; `None` if it would refuse.
    pub(super) fn in_for(&self, side: usize, y: u64) -> Option<u64> {
        let (given, got) = self.sides(side);
        let left = got.checked_sub(u128::from(y)).filter(|left| *left > 0)?;
        let x = 1000 * given * u128::from(y) / (997 * left) + 1;
        u64::try_from(x).ok().filter(|x| given + u128::from(*x) < u128::from(RESERVE_END))
    }

    /// Moves `x` in and `y` out.
    pub(super) fn swap(&mut self, side: usize, x: u64, y: u64) {
        let [a, b] = &mut self.reserves;
        let (given, got) = if side == 0 { (a, b) } else { (b, a) };
        *given = given.saturating_add(x);
        *got = got.saturating_sub(y);
    }

    /// What the programs for liquidity put in (`up`) or pay out for that many shares.
    pub(super) fn parts(&self, shares: u64, up: bool) -> [u64; 2] {
        self.reserves.map(|reserve| {
            let product = u128::from(shares) * u128::from(reserve);
            let supply = u128::from(self.shares);
            (if up { product.div_ceil(supply) } else { product / supply }) as u64
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_the_published_ones() {
        let pool = Pool { reserves: [1_000_000_000; 2], initial: [0; 2], shares: 1, initial_shares: 1 };
        assert_eq!(pool.out_for(0, 1_000_000), Some(996_006));
        assert_eq!(pool.in_for(0, 996_006), Some(1_000_000));
        let small = Pool { reserves: [1000; 2], ..pool };
        assert_eq!(small.in_for(1, 1), Some(2));
        assert_eq!(small.in_for(1, 1000), None);
        assert_eq!(small.out_for(1, 1 << 51), None);
    }

    #[test]
    fn prices_meet_demands() {
        let mut prices = Prices::default();
        let (there, back) = (Hop::new(1, 2), Hop::new(2, 1));
        prices.demand(&[there], 1000, 2900);
        prices.demand(&[back], 3100, 990);
        prices.demand(&[there, Hop::new(2, 3)], 10, 50);
        prices.demand(&[Hop::new(4, 3)], 0, 0);
        let pools = prices.pools();
        assert_eq!(pools.keys().copied().collect::<Vec<_>>(), [(1, 2), (2, 3), (3, 4)]);
        let swap = |hop: Hop, x| pools[&hop.pool].out_for(hop.side, x).unwrap();
        assert!(swap(there, 1000) >= 2900 && swap(back, 3100) >= 990);
        assert!(swap(Hop::new(2, 3), swap(there, 1000)) >= 5000);
        assert!(
            pools.values().all(|pool| pool.reserves.iter().all(|reserve| (SHALLOWEST..=1 << 50).contains(reserve)))
        );
    }
}
