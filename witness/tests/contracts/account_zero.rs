//! Attack 50 (SOUNDNESS B3.1): 0 means *nobody* in many fields, so whoever owned account 0, or founded a contract there,
//! would be the holder of every unsold option and the farm of every new stake. Genesis makes it a contract without pages.

use braid_primitives::F;
use braid_primitives::wire::json::{self, Value};
use braid_witness::Reason;
use braid_witness::resolve::call;
use p3_field::PrimeCharacteristicRing;

use super::{ADA, BOB, Chain, EVE, GOLD, PLENTY, key, public, sent};

const CONTRACT: u64 = (1 << 48) + 2;
/// A number that nobody has.
const FREE: u64 = 9;

fn one(value: u64) -> Value {
    Value::Element(F::from_u64(value))
}

fn register(chain: &Chain, fresh: u64) -> json::Transaction {
    let mut call = call("register", &[("sponsor", ADA), ("fresh", fresh), ("credit", 5), ("fee", 0)], chain.nonce(ADA));
    call.operands.push(("key".into(), Value::Elements(public(100))));
    call
}

fn pool_create(chain: &Chain, pool: u64) -> json::Transaction {
    let mut call = call("pool_create", &[("who", ADA), ("pool", pool), ("fee", 0)], chain.nonce(ADA));
    call.operands.push(("asset".into(), Value::Elements(vec![F::ONE, F::TWO])));
    call.operands.push(("put".into(), Value::Elements(vec![F::from_u64(10_000); 2])));
    call.hints.push(("root".into(), one(10_000)));
    call
}

fn farm_create(chain: &Chain, farm: u64) -> json::Transaction {
    let end = chain.now + 100;
    let operands = [
        ("who", ADA),
        ("farm", farm),
        ("stake", GOLD),
        ("reward", GOLD),
        ("rate", 1),
        ("end", end),
        ("floor", 10),
        ("fund", 1000),
        ("fee", 0),
    ];
    call("farm_create", &operands, chain.nonce(ADA))
}

/// By the same transaction that founds something at a free number.
#[test]
fn nobody_registers_or_founds_anything_there() {
    type Make = fn(&Chain, u64) -> json::Transaction;
    let cases: [(&str, Make); 3] = [("h", register), ("head", pool_create), ("head", farm_create)];
    for (header, make) in cases {
        let mut chain = Chain::new();
        let nothing = chain.signed(make(&chain, 0), &[&key(ADA)]);
        match chain.run(nothing) {
            Err(Reason::InUse { page, account: 0, slot: 0, .. }) => assert_eq!(page, header),
            other => panic!("{header}: {other:?}"),
        }
        let honest = chain.signed(make(&chain, FREE), &[&key(ADA)]);
        chain.run(honest).unwrap();
        assert_ne!(chain.page(FREE, 0)[0], 0);
    }
}

/// L1 counts numbers up from the middle; if it ever said 0, the payment would go back.
#[test]
fn entries_from_l1_bounce() {
    let enter = |who: u64| {
        [
            ("who", one(who)),
            ("key", Value::Elements(public(100))),
            ("amount", one(70)),
            ("l1", Value::Elements([11, 12, 13].map(F::from_u64).into())),
        ]
    };
    let mut chain = Chain::new();
    let record = chain.inbox("enter", &enter(0)).unwrap();
    assert_eq!(sent(&record), [1, 1, 70, 11, 12, 13, 0, 0], "all of it is withdrawn again");
    let mut header = [0; 8];
    header[0] = CONTRACT;
    assert_eq!((chain.page(0, 0), chain.page(0, 15)), (header, [0; 8]));
    // Where the number is free, the same entry makes an account.
    let upper = braid_state_tree::first_upper_account(super::DEPTH);
    let record = chain.inbox("enter", &enter(upper)).unwrap();
    assert_eq!(sent(&record)[2], 0);
    assert_eq!((chain.page(upper, 0)[7], chain.page(upper, 15)[1]), (70, 11));
}

/// What is paid to nobody stays with nobody.
#[test]
fn nothing_leaves_it() {
    let mut chain = Chain::new();
    chain.user("transfer", &[("from", ADA), ("to", 0), ("asset", GOLD), ("amount", 5), ("fee", 0)]).unwrap();
    assert_eq!(chain.page(0, 1)[..2], [GOLD, 5]);
    let l1 = Value::Elements([11, 12, 13].map(F::from_u64).into());
    let exit = [("who", one(0)), ("at", one(1)), ("asset", one(GOLD)), ("l1", l1)];
    let record = chain.inbox("forced_exit", &exit).unwrap();
    assert_eq!((sent(&record)[2], chain.page(0, 1)[1]), (0, 5));
    for signer in [0, ADA, EVE] {
        let transfer = [("from", 0), ("to", EVE), ("asset", GOLD), ("amount", 5), ("fee", 0)];
        let draft = chain.signed(call("transfer", &transfer, 0), &[&key(signer)]);
        match chain.run(draft) {
            Err(Reason::UnknownAccount { page, account: 0, .. }) => assert_eq!(page, "user"),
            other => panic!("{other:?}"),
        }
    }
}

/// The holder of an unsold option is 0, and 0 does not exercise.
#[test]
fn nobody_does_not_exercise_unsold_options() {
    let mut chain = Chain::new();
    let expiry = chain.now + 1000;
    let write = [
        ("who", BOB),
        ("at", 8),
        ("asset", GOLD),
        ("amount", 50),
        ("unit", 1),
        ("strike", 10),
        ("premium", 1),
        ("expiry", expiry),
        ("fee", 0),
    ];
    chain.user("call_write", &write).unwrap();
    assert_eq!(chain.page(BOB, 8)[1], 0, "unsold");
    for (who, signer) in [(0, 0), (0, EVE), (EVE, EVE)] {
        let exercise = [("who", who), ("writer", BOB), ("at", 8), ("fee", 0)];
        let nonce = if who == 0 { 0 } else { chain.nonce(who) };
        let mut call = call("call_exercise", &exercise, nonce);
        call.hints = vec![("sa".into(), one(1)), ("sb".into(), one(2))];
        let draft = chain.signed(call, &[&key(signer)]);
        let refused = chain.run(draft).unwrap_err();
        let expected = match who {
            0 => matches!(refused, Reason::UnknownAccount { account: 0, .. }),
            _ => matches!(refused, Reason::Check { .. }),
        };
        assert!(expected, "{refused:?}");
    }
    assert_eq!(chain.page(EVE, 2)[1], PLENTY);
}
