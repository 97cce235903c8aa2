//! Liquidity: into and out of the pools that the file's swaps go through.

use super::Units;
use super::convert::{Converter, FIRST_RECEIPT};
use super::pools::Hop;

impl Converter {
    /// The pool of two assets with its account, the given amounts in the pool's order, and the account where the provider
    /// has the first; his second asset is brought there.
    fn pair(
        &mut self,
        provider: &str,
        assets: [&String; 2],
        amounts: [Units; 2],
    ) -> Option<(usize, Hop, u64, [u64; 2])> {
        let home = self.home(provider, assets[0]);
        let numbers = assets.map(|asset| self.assets.number(asset));
        let hop = Hop::new(numbers[0], numbers[1]);
        let [a, b] = [self.amount(numbers[0], amounts[0]), self.amount(numbers[1], amounts[1])];
        let account = self.pool_account(&hop)?;
        Some((home, hop, account, if hop.side == 0 { [a, b] } else { [b, a] }))
    }

    pub(super) fn add_liquidity(&mut self, provider: &str, assets: [&String; 2], amounts: [Units; 2]) -> Option<()> {
        let (home, hop, account, most) = self.pair(provider, assets, amounts)?;
        let pool = *self.pools.get(&hop.pool)?;
        let share = |side: usize| u128::from(most[side]) * u128::from(pool.shares) / u128::from(pool.reserves[side]);
        let shares = u64::try_from(share(0).min(share(1))).ok().filter(|shares| *shares > 0)?;
        let put = pool.parts(shares, true);
        let brought = self.home(provider, assets[1]);
        if brought != home {
            let side = 1 - hop.side;
            self.pay(brought, home, if side == 0 { hop.pool.0 } else { hop.pool.1 }, put[side]);
        }
        let operands =
            [("pool", account), ("shares", shares), ("max0", most[0].max(put[0])), ("max1", most[1].max(put[1]))];
        self.emit(home, "pool_add", "who", &operands);
        let pool = self.pools.get_mut(&hop.pool)?;
        pool.reserves = [pool.reserves[0] + put[0], pool.reserves[1] + put[1]];
        pool.shares += shares;
        self.ledger.take(home, hop.pool.0, put[0]);
        self.ledger.take(home, hop.pool.1, put[1]);
        self.ledger.give(home, FIRST_RECEIPT + 16 * account, shares);
        Some(())
    }

    /// The file names shares of another pool, so the shares are those that pay the minimums.
    pub(super) fn remove_liquidity(&mut self, provider: &str, assets: [&String; 2], amounts: [Units; 2]) -> Option<()> {
        let (home, hop, account, least) = self.pair(provider, assets, amounts)?;
        let pool = *self.pools.get(&hop.pool)?;
        let share =
            |side: usize| (u128::from(least[side]) * u128::from(pool.shares)).div_ceil(u128::from(pool.reserves[side]));
        let shares =
            u64::try_from(share(0).max(share(1))).ok().filter(|shares| *shares > 0 && *shares < pool.shares / 2)?;
        let got = pool.parts(shares, false);
        let operands =
            [("pool", account), ("shares", shares), ("min0", least[0].min(got[0])), ("min1", least[1].min(got[1]))];
        self.emit(home, "pool_remove", "who", &operands);
        let pool = self.pools.get_mut(&hop.pool)?;
        pool.reserves = [pool.reserves[0] - got[0], pool.reserves[1] - got[1]]; // shares are less than half of all
        pool.shares -= shares;
        self.ledger.take(home, FIRST_RECEIPT + 16 * account, shares);
        self.ledger.give(home, hop.pool.0, got[0]);
        self.ledger.give(home, hop.pool.1, got[1]);
        let other = self.home(provider, assets[1]);
        if other != home {
            let side = 1 - hop.side;
            self.pay(home, other, if side == 0 { hop.pool.0 } else { hop.pool.1 }, got[side]);
        }
        Some(())
    }
}
