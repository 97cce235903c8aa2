use super::*;
use crate::executor::{Policy, authenticate, execute, plan};
use crate::fixture::{self, environment, interpreter, signed, state};
use braid_primitives::Page;

/// A transfer of `asset` with open slots, signed for `nonce`. Hints are not signed.
fn transfer(from: u64, to: u64, asset: u64, amount: u64, nonce: u64) -> Draft {
    let Submitted { transaction, nonce } =
        signed(fixture::TRANSFER, &[from, to, asset, amount, 0, fixture::NOW], &[0, 0], nonce);
    let Transaction { program, operands, signatures, .. } = transaction;
    Draft { program, operands, hints: vec![None, None], signatures, nonce }
}

fn hints(filled: &Result<Submitted, Reason>) -> Vec<u64> {
    filled.as_ref().unwrap().transaction.hints.iter().map(F::as_canonical_u64).collect()
}

fn holding(asset: u64, amount: u64) -> Page {
    std::array::from_fn(|i| [F::from_u64(asset), F::from_u64(amount)].get(i).copied().unwrap_or(F::ZERO))
}

#[test]
fn chooses_where_the_asset_lies_or_the_lowest_free_page() {
    let (interpreter, environment, mut tree) = (interpreter(), environment(), state(4));
    tree.update(&[(16 + 3, holding(8, 10)), (32 + 2, holding(9, 1)), (32 + 4, holding(8, 1))]).unwrap();
    let mut filler = SlotFiller::new(&interpreter, &environment, &tree);
    let drafts = [
        transfer(1, 2, 5, 10, 0), // both have asset 5 on page 1
        transfer(1, 2, 8, 3, 1),  // page 3 to page 4
        transfer(1, 3, 8, 3, 2),  // account 3 has none: its lowest free page is 2
        transfer(3, 4, 8, 2, 0),  // what it received a transaction ago
        transfer(1, 1, 5, 1, 3),  // to itself: a second page
    ];
    let filled: Vec<_> = drafts.into_iter().map(|draft| filler.fill(draft)).collect();
    let expected: [&[u64]; 5] = [&[1, 1], &[3, 4], &[3, 2], &[2, 2], &[1, 2]];
    assert_eq!(filled.iter().map(hints).collect::<Vec<_>>(), expected);

    let submitted: Vec<Submitted> = filled.into_iter().flatten().collect();
    let authenticated = authenticate(&interpreter, &environment, &tree, &submitted);
    let plan = plan(&interpreter, &submitted, &authenticated);
    let (executed, rejections) =
        execute(&interpreter, &environment, Policy::default(), &tree, submitted, authenticated, &plan);
    assert_eq!((executed.len(), rejections), (5, vec![]));
}

/// `cash_out` checks the tag by a product: the native asset, or an empty page.
#[test]
fn a_page_that_may_be_empty_but_of_no_other_asset() {
    let registry = braid_contracts::registry::Registry::builtin();
    let (interpreter, environment, mut tree) = (Interpreter::new(&registry).unwrap(), environment(), state(2));
    tree.update(&[(32 + 3, holding(1, 10))]).unwrap();
    let mut filler = SlotFiller::new(&interpreter, &environment, &tree);
    let program = registry.index_of("cash_out").unwrap() as u32;
    let mut cash_out = |who: u64| {
        let operands = [who, 5, 0, 0].map(F::from_u64).to_vec();
        hints(&filler.fill(Draft { program, operands, hints: vec![None], signatures: vec![], nonce: Some(0) }))
    };
    assert_eq!((cash_out(1), cash_out(2)), (vec![2], vec![3]));
}

#[test]
fn given_hints_stay() {
    let (interpreter, environment, tree) = (interpreter(), environment(), state(2));
    let mut filler = SlotFiller::new(&interpreter, &environment, &tree);
    let draft = Draft { hints: vec![None, Some(F::from_u64(6))], ..transfer(1, 2, 5, 1, 0) };
    assert_eq!(hints(&filler.fill(draft)), [1, 6]);
}

#[test]
fn says_why_there_is_no_page() {
    let (interpreter, environment, mut tree) = (interpreter(), environment(), state(2));
    let full: Vec<(u64, Page)> = (2..8).map(|slot| (32 + slot, holding(100 + slot, 1))).collect();
    tree.update(&full).unwrap();
    tree.update(&[(16 + 2, holding(8, 10))]).unwrap();
    let mut filler = SlotFiller::new(&interpreter, &environment, &tree);
    let mut text = |draft| filler.fill(draft).unwrap_err().to_string();
    assert_eq!(text(transfer(1, 2, 77, 1, 0)), "page `a`: account 1 has no page with asset 77");
    assert_eq!(text(transfer(1, 2, 8, 1, 0)), "page `b`: account 2 has no free page for asset 8");
    assert_eq!(text(transfer(1, 1 << 40, 5, 1, 0)), "page `b`: account 1099511627776 is not below 2^10");
    assert_eq!(text(Draft { program: 50, ..transfer(1, 2, 5, 1, 0) }), "no program has number 50");
    assert_eq!(text(Draft { hints: vec![None], ..transfer(1, 2, 5, 1, 0) }), "1 hints, but the program wants 2");
}
