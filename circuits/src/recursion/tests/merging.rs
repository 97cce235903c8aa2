//! Trees of merges that must work, and children that must not be merged.

use super::toy::{boundary, statement, toy_set, wrap};
use crate::recursion::range::StockProver;

#[test]
fn any_tree_over_any_members_proves_the_whole_range() {
    let set = toy_set();
    for stage in set.members() {
        assert_eq!(&stage.verifier().common, set.common(), "{}", stage.name());
    }
    println!("degree_bits {} gates {:?}", set.common().degree_bits(), set.common().gates);
    let parts: Vec<_> = [(0, 1, 0), (1, 5, 1), (5, 6, 0)]
        .into_iter()
        .map(|(from, to, member)| wrap(&set, member, &statement(from, to)))
        .collect();
    let start = std::time::Instant::now();
    let left = set.prove_merge(&StockProver, &parts[0], &parts[1]).expect("adjacent");
    println!("merge {:?}", start.elapsed());
    let whole = set.prove_merge(&StockProver, &left, &parts[2]).expect("a merge is a child like another");
    assert_eq!(whole.statement().before, boundary(0));
    assert_eq!(whole.statement().after, boundary(6));
    let right = set.prove_merge(&StockProver, &parts[1], &parts[2]).expect("adjacent");
    let same = set.prove_merge(&StockProver, &parts[0], &right).expect("adjacent");
    assert_eq!(whole.statement(), same.statement());
}
