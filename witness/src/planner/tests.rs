use super::*;
use proptest::prelude::*;

/// The definition, by looking at every pair.
fn naive(transactions: &[Vec<(u64, bool)>]) -> Vec<u32> {
    let mut levels = Vec::new();
    for (index, pages) in transactions.iter().enumerate() {
        let conflicts = |earlier: usize| {
            let other = &transactions[earlier];
            pages.iter().any(|(address, written)| other.iter().any(|(a, w)| a == address && (*w || *written)))
        };
        let highest = (0..index).filter(|earlier| conflicts(*earlier)).map(|earlier| levels[earlier]).max();
        levels.push(highest.unwrap_or(0) + 1);
    }
    levels
}

fn plan(transactions: &[Vec<(u64, bool)>]) -> (Vec<u32>, Plan) {
    let mut planner = Planner::with_capacity(transactions.len());
    let levels = transactions.iter().map(|pages| planner.add(pages.iter().copied())).collect();
    (levels, planner.finish())
}

/// Two transactions over two pages in every way there is to open them, and three over one page.
#[test]
fn every_small_pattern() {
    let ways = |page: u64| [vec![], vec![(page, false)], vec![(page, true)]];
    let mut lists = Vec::new();
    for first in ways(70) {
        for second in ways(9) {
            lists.push([first.clone(), second].concat());
        }
    }
    for a in &lists {
        for b in &lists {
            for c in &lists {
                let transactions = [a.clone(), b.clone(), c.clone()];
                assert_eq!(plan(&transactions).0, naive(&transactions), "{transactions:?}");
            }
        }
    }
}

#[test]
fn shapes_known_by_hand() {
    let hot: Vec<_> = (0..5).map(|_| vec![(1, true)]).collect();
    assert_eq!(plan(&hot).0, [1, 2, 3, 4, 5]);
    let readers: Vec<_> = (0..5).map(|_| vec![(1, false)]).collect();
    assert_eq!(plan(&readers).0, [1, 1, 1, 1, 1]);
    let chain: Vec<_> = (0..5).map(|i| vec![(i, true), (i + 1, true)]).collect();
    assert_eq!(plan(&chain).0, [1, 2, 3, 4, 5]);
    let apart: Vec<_> = (0..5).map(|i| vec![(i, true)]).collect();
    assert_eq!(plan(&apart).0, [1, 1, 1, 1, 1]);
    let write_between = vec![vec![(1, false)], vec![(1, true)], vec![(1, false)], vec![(1, false)], vec![(1, true)]];
    assert_eq!(plan(&write_between).0, [1, 2, 3, 3, 4]);
    assert!(plan(&[]).1.is_empty() && plan(&[vec![]]).1.len() == 1);
}

proptest! {
    #[test]
    fn levels_are_exact_and_cover_everything_once(transactions in prop::collection::vec(prop::collection::btree_map(0..12u64, any::<bool>(), 0..4), 0..40)) {
        let transactions: Vec<Vec<(u64, bool)>> = transactions.into_iter().map(|pages| pages.into_iter().collect()).collect();
        let (levels, plan) = plan(&transactions);
        prop_assert_eq!(&levels, &naive(&transactions));
        let mut seen = vec![0u32; transactions.len()];
        for (level, members) in (1..).zip(plan.levels()) {
            prop_assert!(members.is_sorted());
            for member in members {
                prop_assert_eq!(seen[*member as usize], 0);
                seen[*member as usize] = level;
            }
        }
        prop_assert_eq!(seen, levels);
        for (index, pages) in transactions.iter().enumerate() {
            let accesses = plan.accesses(index).iter().map(|access| (plan.addresses[access.page as usize], access.written));
            prop_assert!(accesses.eq(pages.iter().copied()));
        }
    }

    #[test]
    fn numbers_are_dense_and_by_first_appearance(addresses in prop::collection::vec(0..3000u64, 0..6000)) {
        let mut ids = PageIds::default();
        let mut first: Vec<u64> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for address in addresses {
            let expected = *places.entry(address).or_insert_with(|| { first.push(address); first.len() as u32 - 1 });
            prop_assert_eq!(ids.id(address), expected);
        }
        prop_assert_eq!(ids.into_addresses(), first);
    }
}
