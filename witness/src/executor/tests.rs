use super::*;
use crate::capacity::Rows;
use crate::chunk::Boundary;
use crate::cutting::{Cut, Cutter};
use crate::executor::run::Executed;
use crate::fixture::{self, chain, environment, interpreter, look, pay, put, signed, state};
use crate::rejection::{Reason, Rejection};
use braid_state_tree::Tree;
use p3_field::PrimeCharacteristicRing;
use proptest::prelude::*;

fn run(tree: &Tree, submitted: Vec<Submitted>, policy: Policy) -> (Vec<Executed>, Vec<Rejection>) {
    let (interpreter, environment) = (interpreter(), environment());
    let authenticated = authenticate(&interpreter, &environment, tree, &submitted);
    let plan = plan(&interpreter, &submitted, &authenticated);
    execute(&interpreter, &environment, policy, tree, submitted, authenticated, &plan)
}

/// Each transaction as a batch of its own, on the state that the ones before it left.
fn one_by_one(tree: &Tree, submitted: &[Submitted]) -> (Vec<Executed>, Vec<Rejection>) {
    let mut tree = tree.clone();
    let (mut executed, mut rejections) = (Vec::new(), Vec::new());
    for (index, submitted) in submitted.iter().enumerate() {
        let (accepted, refused) = run(&tree, vec![submitted.clone()], Policy::default());
        for accepted in accepted {
            let mut changes = accepted.pages.clone();
            changes.sort_by_key(|(address, _)| *address);
            tree.update(&changes).unwrap();
            executed.push(Executed { index, ..accepted });
        }
        rejections.extend(refused.into_iter().map(|refused| Rejection { index, ..refused }));
    }
    (executed, rejections)
}

fn cut(tree: &Tree, executed: Vec<Executed>, tree_rows: u64) -> (Vec<Cut>, Boundary, Tree) {
    let interpreter = interpreter();
    let (parameters, context) = chain();
    let many = 1 << 20;
    let all = Rows { cpu: many, page: many, tree: many, sponge: many, wide: many, signature: many, bucket: many };
    let capacity = Rows { tree: tree_rows, ..all };
    let mut tree = tree.clone();
    let cutter = Cutter { interpreter: &interpreter, parameters, context, capacity };
    let before = fixture::boundary(&tree);
    let (cuts, after) = cutter.cut(&mut tree, before, executed).unwrap();
    (cuts, after, tree)
}

fn submission() -> impl Strategy<Value = Submitted> {
    let account = 1..6u64;
    prop_oneof![
        6 => (account.clone(), account.clone(), 0..600u64, 0..200u64, 0..3u64)
            .prop_map(|(from, to, amount, fee, nonce)| pay(from, to, amount, fee, nonce)),
        2 => (account.clone(), account.clone(), 0..3u64).prop_map(|(who, whom, nonce)| look(who, whom, nonce)),
        1 => (account, 0..1u64 << 61).prop_map(|(to, amount)| put(to, amount)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Parallel execution, cut into chunks of any size and replayed, is sequential execution.
    #[test]
    fn any_batch_at_any_thread_count(batch in prop::collection::vec(submission(), 0..40), tree_rows in 130..360u64) {
        let tree = state(6);
        let expected = one_by_one(&tree, &batch);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            prop_assert_eq!(&pool.install(|| run(&tree, batch.clone(), Policy::default())), &expected);
        }
        let (executed, _) = expected;
        let fees: u64 = executed.iter().map(|executed| executed.fee).sum();
        let count = executed.len();
        let (cuts, after, end) = cut(&tree, executed, tree_rows);
        prop_assert_eq!((after.root, after.fees, after.count), (end.root(), fees, count as u64));
        let mut boundary = fixture::boundary(&tree);
        for Cut { chunk, rows } in cuts {
            prop_assert_eq!(chunk.before, boundary);
            prop_assert!(rows.tree <= tree_rows);
            let record = chunk.replay_prepared(&interpreter()).unwrap();
            prop_assert_eq!(record.transactions.len(), chunk.transactions.len());
            prop_assert_eq!(rows.page as usize, record.transactions.iter().map(|t| t.pages.len()).sum::<usize>());
            prop_assert_eq!(rows.cpu as usize, record.transactions.iter().map(|t| t.results.len()).sum::<usize>());
            boundary = record.after;
        }
        prop_assert_eq!(boundary, after);
    }
}

/// Every kind of conflict between four transactions of as many accounts.
#[test]
fn conflict_patterns() {
    let tree = state(5);
    let patterns: [Vec<Submitted>; 5] = [
        // all on one page
        (1..5).map(|from| pay(from, 5, 10, 1, 0)).collect(),
        // a chain in which each spends what it received
        (1..5).map(|from| pay(from, from + 1, 900 + 100 * from, 0, 0)).collect(),
        // readers of one page, then its writer, then readers again
        vec![look(1, 5, 0), look(2, 5, 0), pay(5, 3, 7, 0, 0), look(3, 5, 0), look(4, 5, 0)],
        // one account four times
        (0..4).map(|nonce| pay(1, 2, 100, 3, nonce)).collect(),
        // none
        vec![pay(1, 2, 1, 1, 0), pay(3, 4, 1, 1, 0)],
    ];
    for batch in patterns {
        let (executed, rejections) = run(&tree, batch.clone(), Policy::default());
        assert_eq!((executed.clone(), rejections.clone()), one_by_one(&tree, &batch));
        assert_eq!((executed.len(), rejections), (batch.len(), vec![]));
    }
}

/// The published data takes in the nonce; where none was given it is the account's.
#[test]
fn a_nonce_that_is_not_given_is_the_accounts() {
    let tree = state(5);
    let given = vec![pay(1, 2, 10, 1, 0), pay(1, 3, 10, 1, 1)];
    let open = given.iter().cloned().map(|submitted| Submitted { nonce: None, ..submitted }).collect();
    let (executed, rejections) = run(&tree, given, Policy::default());
    assert_eq!((executed.len(), &rejections), (2, &vec![]));
    assert_eq!(run(&tree, open, Policy::default()), (executed, rejections));
}

#[test]
fn large_levels_run_in_parallel_with_the_same_result() {
    let tree = state(40);
    let batch: Vec<Submitted> = (0..600).map(|i| put(1 + i % 40, i)).chain((0..600).map(|i| put(100 + i, 1))).collect();
    let (executed, rejections) = run(&tree, batch.clone(), Policy::default());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(pool.install(|| run(&tree, batch, Policy::default())), (executed, rejections));
}

/// The reason for one transaction, submitted between two good ones that must not notice.
fn reason(bad: Submitted) -> Reason {
    let tree = state(5);
    let (executed, mut rejections) =
        run(&tree, vec![pay(4, 5, 1, 1, 0), bad, pay(5, 4, 2, 1, 0)], Policy { minimum_fee: 1 });
    assert_eq!(executed.iter().map(|executed| executed.index).collect::<Vec<_>>(), [0, 2], "neighbours are untouched");
    assert_eq!(rejections.len(), 1);
    assert_eq!(rejections[0].index, 1);
    rejections.remove(0).reason
}

#[test]
fn reasons_name_page_and_number() {
    let text = |submitted| reason(submitted).to_string();
    assert_eq!(
        text(pay(1, 2, 1001, 1, 0)),
        "insufficient balance: page `a` (account 1, slot 1) holds 1000 of asset 5, 1 too few"
    );
    assert_eq!(
        text(pay(1, 2, 1, 1001, 0)),
        "insufficient balance: page `user` (account 1, slot 0) holds 1000 in cell 7, 1 too few"
    );
    assert_eq!(text(pay(1, 9, 1 << 62, 1, 0)), "`amount` = 4611686018427387904 has more than 62 bits");
    assert_eq!(text(pay(9, 2, 1, 1, 0)), "page `user`: account 9 is not a User (empty)");
    assert_eq!(text(pay(1, 1024, 1, 1, 0)), "page `b`: account 1024 is not below 2^10");
    assert_eq!(text(pay(1, 1, 1, 1, 0)), "pages `a` and `b` are the same page: account 1, slot 1");
    assert_eq!(text(pay(1, 2, 1, 0, 0)), "fee 0 is below the minimum of 1");
    assert_eq!(text(pay(1, 2, 1, 1, 3)), "nonce 3 is ahead: the account is at 0");
    let late = signed(fixture::TRANSFER, &[1, 2, 5, 1, 1, fixture::NOW - 1], &[1, 1], 0);
    assert_eq!(text(late), "expired: valid until 999, but now is 1000");
    let slot = |src, dst| signed(fixture::TRANSFER, &[1, 2, 5, 1, 1, fixture::NOW], &[src, dst], 0);
    assert_eq!(text(slot(0, 1)), "page `a`: slot 0 is not in 1..=15");
    assert_eq!(text(slot(1, 8)), "page `b`: slot 8 is not in 1..=7");
    assert_eq!(text(slot(2, 1)), "page `a` (account 1, slot 2) has tag 0, which does not fit (row 6)");
    let asset = signed(fixture::TRANSFER, &[1, 2, 6, 1, 1, fixture::NOW], &[1, 1], 0);
    assert_eq!(text(asset), "page `a` (account 1, slot 1) has tag 5, which does not fit (row 6)");
}

#[test]
fn malformed_transactions_are_refused() {
    let mut unknown = pay(1, 2, 1, 1, 0);
    unknown.transaction.program = 77;
    assert_eq!(reason(unknown), Reason::UnknownProgram { number: 77 });
    let mut short = pay(1, 2, 1, 1, 0);
    short.transaction.operands.pop();
    assert_eq!(reason(short), Reason::Count { what: "operands".into(), found: 5, expected: 6 });
    let mut unsigned = pay(1, 2, 1, 1, 0);
    unsigned.transaction.signatures.clear();
    assert_eq!(reason(unsigned), Reason::Count { what: "signatures".into(), found: 0, expected: 1 });
}

#[test]
fn overflow_and_stale_nonces() {
    let tree = state(3);
    let batch = vec![put(2, (1 << 62) - 1500), pay(1, 2, 600, 0, 0), pay(1, 2, 400, 0, 0), pay(1, 2, 1, 0, 0)];
    let (executed, rejections) = run(&tree, batch, Policy::default());
    assert_eq!(executed.iter().map(|executed| executed.index).collect::<Vec<_>>(), [0, 2]);
    let holds = (1 << 62) - 500;
    assert!(
        matches!(&rejections[0].reason, Reason::Overflow { page, holds: found, .. } if page == "b" && *found == holds)
    );
    assert_eq!(rejections[1].reason, Reason::StaleNonce { found: 0, expected: 1 });
}

#[test]
fn every_part_of_a_transaction_is_signed() {
    let good = pay(1, 2, 10, 1, 0);
    let bad = |change: fn(&mut Submitted)| {
        let mut submitted = good.clone();
        change(&mut submitted);
        reason(submitted)
    };
    let refused = Reason::BadSignature { message: 1, page: "user".into(), account: 1 };
    assert_eq!(bad(|s| s.transaction.operands[1] += one()), refused);
    assert_eq!(bad(|s| s.transaction.operands[3] += one()), refused);
    assert_eq!(bad(|s| s.transaction.operands[5] += one()), refused);
    assert_eq!(bad(|s| s.transaction.signatures[0].w_r[0] += one()), refused);
    let mut other = good.clone();
    other.transaction.signatures = pay(2, 1, 10, 1, 0).transaction.signatures;
    assert_eq!(reason(other), refused);
}

fn one() -> braid_primitives::F {
    braid_primitives::F::ONE
}
