//! Attack 51 (SOUNDNESS B3.2): the peer of a channel changes his key, so that what he signed before would not count any more,
//! or brings an old agreement. The keys of both sides lie fixed on pages of their own since the channel was opened.

use braid_primitives::schnorr::SecretKey;
use braid_primitives::wire::json::{self, Value};
use braid_witness::resolve::call;
use braid_witness::{Reason, TransactionRecord};

use super::{ADA, BOB, Chain, EVE, GOLD, key, public};

/// Slots of Ada's channel and of the keys of its sides.
const AT: u64 = 8;
const KEYS: [u64; 2] = [9, 10];
/// A key that an account has later.
const LATER: u64 = 100;

/// A chain on which Ada has opened a channel with Bob over 100.
fn opened() -> Chain {
    let mut chain = Chain::new();
    open(&mut chain, AT, KEYS);
    chain
}

fn open(chain: &mut Chain, at: u64, [p0, p1]: [u64; 2]) {
    let operands =
        [("who", ADA), ("peer", BOB), ("at", at), ("p0", p0), ("p1", p1), ("asset", GOLD), ("amount", 100), ("fee", 0)];
    chain.user("channel_open", &operands).unwrap();
}

/// Id of the channel at a slot.
fn id(chain: &Chain, at: u64) -> u64 {
    chain.page(ADA, at)[4]
}

/// Ada's dispute with a split of `share` to Bob, whose signature is by the given key, checked against the page at `px`.
fn dispute(chain: &Chain, version: u64, share: u64, px: u64, by: &SecretKey) -> braid_witness::hints::Draft {
    let operands = [
        ("me", ADA),
        ("you", BOB),
        ("at", AT),
        ("px", px),
        ("id", id(chain, AT)),
        ("version", version),
        ("share", share),
        ("fee", 0),
    ];
    chain.signed(call("channel_dispute.0", &operands, chain.nonce(ADA)), &[&key(ADA), by])
}

fn with_key(program: &str, chain: &Chain, who: u64, new: u64) -> json::Transaction {
    let mut call = call(program, &[("who", who), ("fee", 0)], chain.nonce(who));
    call.operands.push(("key".into(), Value::Elements(public(new))));
    call
}

/// Version and share that the channel would be settled by.
fn standing(chain: &Chain) -> (u64, u64) {
    let channel = chain.page(ADA, AT);
    (channel[5], channel[6])
}

/// A signature of the other side that does not hold under the key on the page of that side.
fn assert_bad_signature(result: Result<TransactionRecord, Reason>) {
    match result {
        Err(Reason::BadSignature { message: 2, page, account: ADA }) => assert_eq!(page, "other"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn splits_count_under_the_key_of_the_opening_alone() {
    let mut chain = opened();
    let change = chain.signed(with_key("change_key", &chain, BOB, LATER), &[&key(BOB)]);
    chain.run(change).unwrap();
    assert_eq!(chain.page(BOB, 0)[1], p3_field::PrimeField64::as_canonical_u64(&public(LATER)[0]));
    // Under the key that Bob has now, and under anybody's.
    for stranger in [LATER, EVE, ADA] {
        let split = dispute(&chain, 1, 30, KEYS[1], &key(stranger));
        assert_bad_signature(chain.run(split));
    }
    // What he signed before he changed it.
    let split = dispute(&chain, 1, 30, KEYS[1], &key(BOB));
    chain.run(split).unwrap();
    assert_eq!(standing(&chain), (1, 30));
    // A split that is not newer does not replace it.
    let split = dispute(&chain, 1, 20, KEYS[1], &key(BOB));
    assert!(matches!(chain.run(split), Err(Reason::Check { .. })));
    let split = dispute(&chain, 2, 20, KEYS[1], &key(BOB));
    chain.run(split).unwrap();
    assert_eq!(standing(&chain), (2, 20));
}

/// An account with two keys is no `User` any more; the page with the old key still is what it was.
#[test]
fn a_second_key_does_not_stop_a_dispute() {
    let mut chain = opened();
    let guard = chain.signed(with_key("guard_on", &chain, BOB, LATER), &[&key(BOB)]);
    chain.run(guard).unwrap();
    let split = dispute(&chain, 1, 30, KEYS[1], &key(BOB));
    chain.run(split).unwrap();
    assert_eq!(standing(&chain), (1, 30));
}

/// With her own page in place of his, Ada would sign for both.
#[test]
fn nobody_signs_for_the_other_side() {
    let mut chain = opened();
    let split = dispute(&chain, 1, 0, KEYS[0], &key(ADA));
    assert!(matches!(chain.run(split), Err(Reason::Check { .. })));
    // The page of a side of another channel with the same peer, who signed for that one.
    open(&mut chain, 11, [12, 13]);
    assert_ne!(id(&chain, 11), id(&chain, AT));
    let split = dispute(&chain, 1, 0, 13, &key(BOB));
    assert!(matches!(chain.run(split), Err(Reason::Check { .. })));
    assert_eq!(standing(&chain), (0, 0));
}

#[test]
fn a_split_is_for_one_channel() {
    let mut chain = opened();
    let mut split = dispute(&chain, 1, 30, KEYS[1], &key(BOB));
    open(&mut chain, 11, [12, 13]);
    // Ada signs a dispute about the second channel and adds the signature on the split of the first.
    let operands = [
        ("me", ADA),
        ("you", BOB),
        ("at", 11),
        ("px", 13),
        ("id", id(&chain, 11)),
        ("version", 1),
        ("share", 30),
        ("fee", 0),
    ];
    let second = chain.signed(call("channel_dispute.0", &operands, chain.nonce(ADA)), &[&key(ADA), &key(ADA)]);
    let signatures = vec![second.signatures[0], split.signatures.remove(1)];
    assert_bad_signature(chain.run(braid_witness::hints::Draft { signatures, ..second }));
}

/// An agreement to close is over an amount: what is paid in later is not shared by it.
#[test]
fn an_old_close_does_not_close_a_channel_that_was_funded_since() {
    let close = |chain: &Chain, rest: u64| {
        let operands = [
            ("owner", ADA),
            ("peer", BOB),
            ("at", AT),
            ("p0", KEYS[0]),
            ("p1", KEYS[1]),
            ("id", id(chain, AT)),
            ("rest", rest),
            ("share", 30),
            ("fee", 0),
        ];
        chain.signed(call("channel_close", &operands, chain.nonce(ADA)), &[&key(ADA), &key(BOB)])
    };
    let mut chain = opened();
    let fund = [("who", BOB), ("owner", ADA), ("at", AT), ("id", id(&chain, AT)), ("amount", 50), ("fee", 0)];
    chain.user("channel_fund", &fund).unwrap();
    let old = close(&chain, 70);
    assert!(matches!(chain.run(old), Err(Reason::Check { .. })));
    let agreed = close(&chain, 120);
    chain.run(agreed).unwrap();
    assert_eq!([AT, KEYS[0], KEYS[1]].map(|slot| chain.page(ADA, slot)), [[0; 8]; 3]);
}
