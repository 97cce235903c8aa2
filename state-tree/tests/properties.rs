//! The tree against a tree that is written in five lines, and proofs against whoever bends them.

use braid_primitives::{Digest, F, Page, poseidon2};
use braid_state_tree::multiproof::counts;
use braid_state_tree::{MultiProof, ProofError, Tree, TreeError};
use p3_field::PrimeCharacteristicRing;
use proptest::prelude::*;
use std::collections::BTreeMap;

const DEPTH: u32 = 9;

/// The root of the pages `from..from + 2^height`, by definition.
fn naive(pages: &BTreeMap<u64, Page>, height: u32, from: u64) -> Digest {
    if height == 0 {
        return poseidon2::compress_page(&pages.get(&from).copied().unwrap_or_default());
    }
    let half = 1 << (height - 1);
    poseidon2::compress(naive(pages, height - 1, from), naive(pages, height - 1, from + half))
}

fn page(seed: u64) -> Page {
    // Seed 0 is the zero page: clearing a page is a change like any other.
    std::array::from_fn(|i| if seed == 0 { F::ZERO } else { F::from_u64(seed * 8 + i as u64) })
}

fn write_set() -> impl Strategy<Value = BTreeMap<u64, Page>> {
    prop::collection::btree_map(0..1u64 << DEPTH, (0..50u64).prop_map(page), 0..40)
}

fn sorted(pages: &BTreeMap<u64, Page>) -> Vec<(u64, Page)> {
    pages.iter().map(|(address, page)| (*address, *page)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn updates_and_proofs_agree_with_the_definition(first in write_set(), second in write_set()) {
        let mut tree = Tree::new(DEPTH).unwrap();
        tree.update(&sorted(&first)).unwrap();
        prop_assert_eq!(tree.root(), naive(&first, DEPTH, 0));

        let addresses: Vec<u64> = second.keys().copied().collect();
        let proof = tree.prove(&addresses).unwrap();
        let old: Vec<(u64, Page)> = addresses.iter().map(|address| (*address, tree.page(*address))).collect();
        let opened = proof.open(DEPTH, &old).unwrap();
        prop_assert_eq!(opened.root(), tree.root());

        let mut both = first.clone();
        both.extend(second.iter());
        tree.update(&sorted(&second)).unwrap();
        prop_assert_eq!(tree.root(), naive(&both, DEPTH, 0));
        let new: Vec<Page> = second.values().copied().collect();
        let updated = opened.update(&new).unwrap();
        prop_assert_eq!(updated.new_root, tree.root());
        prop_assert_eq!(updated.nodes.len(), counts(DEPTH, &addresses).1);

        // Nodes: the root first, every computed child is a page of the set or an opened node, others do not change.
        let places: Vec<(u32, u64)> = updated.nodes.iter().map(|node| (node.level, node.index)).collect();
        prop_assert!(places.is_sorted() && places[0] == (0, 0));
        for node in &updated.nodes {
            for (side, computed) in [(0, node.left_computed), (1, node.right_computed)] {
                let child = (node.level + 1, 2 * node.index + side);
                let range = 4 * side as usize..4 * side as usize + 4;
                let known = if child.0 == DEPTH { second.contains_key(&child.1) } else { places.contains(&child) };
                prop_assert_eq!(computed, known);
                prop_assert!(computed || node.old[range.clone()] == node.new[range]);
            }
        }
    }

    #[test]
    fn any_change_to_a_proof_is_noticed(first in write_set(), pick in prop::collection::btree_set(0..1u64 << DEPTH, 1..20), at in any::<prop::sample::Index>()) {
        let mut tree = Tree::new(DEPTH).unwrap();
        tree.update(&sorted(&first)).unwrap();
        let addresses: Vec<u64> = pick.into_iter().collect();
        let proof = tree.prove(&addresses).unwrap();
        let pages: Vec<(u64, Page)> = addresses.iter().map(|address| (*address, tree.page(*address))).collect();

        let mut sibling = proof.clone();
        let position = at.index(sibling.siblings.len());
        sibling.siblings[position][1] += F::ONE;
        prop_assert_ne!(sibling.open(DEPTH, &pages).unwrap().root(), tree.root());

        let mut content = pages.clone();
        let position = at.index(content.len());
        content[position].1[7] += F::ONE;
        prop_assert_ne!(proof.open(DEPTH, &content).unwrap().root(), tree.root());

        let mut shorter = proof.clone();
        shorter.siblings.pop();
        prop_assert!(matches!(shorter.open(DEPTH, &pages), Err(ProofError::Siblings { .. })), "one sibling less");
        let mut longer = proof.clone();
        longer.siblings.push(tree.root());
        prop_assert!(matches!(longer.open(DEPTH, &pages), Err(ProofError::Siblings { .. })), "one sibling more");
    }

    #[test]
    fn no_input_panics(siblings in prop::collection::vec(any::<[u64; 4]>(), 0..30), pages in prop::collection::vec((any::<u64>(), 0..9u64), 0..5), depth in 0..70u32) {
        let proof = MultiProof { siblings: siblings.into_iter().map(|digest| digest.map(F::new)).collect() };
        let pages: Vec<(u64, Page)> = pages.into_iter().map(|(address, seed)| (address, page(seed))).collect();
        let _ = proof.open(depth, &pages);
        if let Ok(mut tree) = Tree::new(depth) {
            let before = tree.root();
            prop_assert!(tree.update(&pages).is_ok() || tree.root() == before);
            let _ = tree.page(u64::MAX);
        }
    }
}

#[test]
fn far_apart_addresses_cost_little_and_agree() {
    for depth in [8, 24, 32] {
        let last = (1u64 << depth) - 1;
        let mut tree = Tree::new(depth).unwrap();
        tree.update(&[(0, page(1)), (last / 2, page(2)), (last / 2 + 1, page(3)), (last, page(4))]).unwrap();
        assert_eq!((tree.page(last), tree.page(last / 2 + 1)), (page(4), page(3)));
        let proof = tree.prove(&[last / 2 + 1]).unwrap();
        assert_eq!(proof.siblings.len(), depth as usize);
        assert_eq!(proof.open(depth, &[(last / 2 + 1, page(3))]).unwrap().root(), tree.root());
        assert_eq!(tree.pages().map(|(address, _)| address).collect::<Vec<_>>(), [0, last / 2, last / 2 + 1, last]);
    }
}

#[test]
fn bad_sets_are_refused_and_change_nothing() {
    let mut tree = Tree::new(8).unwrap();
    let root = tree.root();
    assert_eq!(tree.update(&[(256, page(1))]), Err(TreeError::OutOfRange { address: 256, depth: 8 }));
    assert_eq!(tree.update(&[(3, page(1)), (3, page(2))]), Err(TreeError::NotSorted(3)));
    assert_eq!(tree.update(&[(3, page(1)), (2, page(2))]), Err(TreeError::NotSorted(2)));
    assert_eq!(tree.prove(&[5, 4]), Err(TreeError::NotSorted(4)));
    assert_eq!((tree.root(), tree.page(3)), (root, page(0)));
    assert_eq!(Tree::new(7).unwrap_err(), TreeError::Depth(7));
    assert_eq!(Tree::new(33).unwrap_err(), TreeError::Depth(33));
    let proof = tree.prove(&[3, 4]).unwrap();
    assert_eq!(proof.open(8, &[(4, page(0)), (3, page(0))]).unwrap_err(), TreeError::NotSorted(3).into());
    let opened = proof.open(8, &[(3, page(0)), (4, page(0))]).unwrap();
    assert_eq!(opened.update(&[page(1)]).unwrap_err(), ProofError::NewPages { found: 1, expected: 2 });
}

#[test]
fn an_empty_set_opens_the_root_alone() {
    let tree = Tree::new(8).unwrap();
    let proof = tree.prove(&[]).unwrap();
    assert_eq!(proof.siblings.len(), 2);
    let updated = proof.open(8, &[]).unwrap().update(&[]).unwrap();
    assert_eq!((updated.old_root, updated.new_root, updated.nodes.len()), (tree.root(), tree.root(), 1));
    assert!(!updated.nodes[0].left_computed && !updated.nodes[0].right_computed);
}

/// Enough pages for many parts and for digests that are written late: spread over all addresses, close together, and at both ends.
#[test]
fn large_updates_agree_with_the_definition_at_any_number_of_threads() {
    const DEPTH: u32 = 14;
    let spread = (0..5003u64).map(|i| (i * 0x9e37_79b1) % (1 << DEPTH));
    let close = (3000..4500).chain([0, (1 << DEPTH) - 1]);
    let writes: Vec<BTreeMap<u64, Page>> = vec![
        spread.map(|address| (address, page(address + 1))).collect(),
        close.map(|address| (address, page(address % 7))).collect(),
    ];
    let mut all = BTreeMap::new();
    let mut trees: Vec<Tree> = (0..3).map(|_| Tree::new(DEPTH).unwrap()).collect();
    for pages in writes {
        all.extend(pages.iter());
        let expected = naive(&all, DEPTH, 0);
        for (tree, threads) in trees.iter_mut().zip([1, 2, 7]) {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| tree.update(&sorted(&pages))).unwrap();
            assert_eq!(tree.root(), expected, "{threads} threads");
        }
    }
}
