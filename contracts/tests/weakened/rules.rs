//! One weakening for every rule, and the rule that objects.

use braid_contracts::check::Rule;
use braid_contracts::program::{Check, Context, Element, Local, Message, Operation, Source, Wire};
use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;

use super::{changed, operand, page};

#[test]
fn values() {
    // `amount` of any size: then −5 leaves both differences in range.
    let rule = changed("transfer", |p| {
        let amount = operand(p, "amount").local().unwrap();
        let row = p.instructions.iter().position(|row| row.a == Wire::Local(amount) && row.b == Wire::None).unwrap();
        p.instructions[row].check = Check::None;
    });
    assert!(matches!(rule, Rule::Cell { .. } | Rule::Conservation(_)), "{rule}");
    let rule = changed("transfer", |p| {
        let fee = p.instructions.iter().position(|row| row.op == Operation::Fee).unwrap();
        p.instructions[fee].check = Check::None;
    });
    assert!(matches!(rule, Rule::Row { .. } | Rule::Conservation(_) | Rule::Cell { .. }), "{rule}");
    let rule = changed("change_key", |p| {
        let user = page(p, "user");
        p.pages[user].new[7] = operand(p, "key.0");
    });
    assert!(matches!(rule, Rule::Cell { cell: 7, .. }), "{rule}");
    let rule = changed("deposit", |p| {
        let less = p.instructions.iter().position(|row| row.op == Operation::Less).unwrap();
        let h = Local::old_cell(0, 1).id();
        p.instructions[less].b = Wire::Local(h);
    });
    assert!(matches!(rule, Rule::Row { what: "compares what may exceed 62 bits", .. }), "{rule}");
    let rule = changed("deposit", |p| p.instructions[0].check = Check::Range(62));
    assert!(matches!(rule, Rule::Row { what: "may fail in an inbox program", .. }), "{rule}");
}

#[test]
fn rows() {
    let rule = changed("transfer", |p| p.instructions[1].a = Wire::Local(Local::result(1).id()));
    assert!(matches!(rule, Rule::Row { row: 1, what: "reads a row that is not before it" }), "{rule}");
    let rule = changed("transfer", |p| p.instructions[1].a = Wire::Local(Local::operand(99).id()));
    assert!(matches!(rule, Rule::Row { row: 1, what: "reads a local that is not there" }), "{rule}");
    let rule = changed("transfer", |p| p.instructions[1].a = Wire::Local(Local::signing(1, 0).id()));
    assert!(matches!(rule, Rule::Row { row: 1, .. }), "{rule}");
    let rule = changed("register", |p| {
        // Cells of a page that is made are the constant 0: nothing produces them.
        p.instructions[1].b = Wire::Local(Local::old_cell(1, 7).id());
    });
    assert!(matches!(rule, Rule::Row { row: 1, .. }), "{rule}");
    let rule = changed("transfer", |p| p.instructions[1].c = Wire::Local(Local::operand(0).id()));
    assert!(matches!(rule, Rule::Row { row: 1, .. }), "{rule}");
    assert_eq!(changed("transfer", |p| p.instructions.clear()), Rule::Program("it has no rows"));
}

#[test]
fn pages() {
    let rule = changed("transfer", |p| {
        let b = page(p, "b");
        p.pages[b].slot_limit = 15;
    });
    assert!(matches!(rule, Rule::Page { what: "a hint that reaches pages 14 and 15", .. }), "{rule}");
    let rule = changed("transfer", |p| {
        let b = page(p, "b");
        p.pages[b].slot_limit = 13;
    });
    assert!(matches!(rule, Rule::Page { what: "a stranger's holding beyond page 7", .. }), "{rule}");
    let rule = changed("swap_in.0", |p| {
        let pool = page(p, "p");
        p.pages[pool].slot = Element::Local(Local::hint(0).id());
    });
    assert!(matches!(rule, Rule::Page { what: "a state page at a hinted slot", .. }), "{rule}");
    let rule = changed("transfer", |p| {
        let a = page(p, "a");
        p.pages[a].account = Element::Local(Local::old_cell(0, 1).id());
    });
    assert!(matches!(rule, Rule::Page { what: "an address that is no operand, hint or constant", .. }), "{rule}");
    let rule = changed("register", |p| {
        p.instructions.iter_mut().for_each(|row| {
            if row.b == Wire::Context(Context::Scale) {
                row.check = Check::Range(32);
            }
        });
    });
    assert!(matches!(rule, Rule::Page { what: "makes an account whose number L1 may give out", .. }), "{rule}");
    // Account 0 stands for nobody: it is neither a user nor a contract of somebody's (attack 50).
    for (name, header) in
        [("register", "h"), ("pool_create", "head"), ("farm_create", "head"), ("market_create", "head")]
    {
        let rule = changed(name, |p| {
            let nobody = p.pages[page(p, header)].account;
            p.pages.iter_mut().filter(|slot| slot.account == nobody).for_each(|slot| slot.account = Element::ZERO);
        });
        let expected = "makes an account whose number L1 may give out";
        assert!(matches!(rule, Rule::Page { what, .. } if what == expected), "{name}: {rule}");
    }
    let rule = changed("pool_create", |p| {
        let (head, pool) = (page(p, "head"), page(p, "p"));
        p.pages[head].account = operand(p, "who");
        assert_ne!(head, pool);
    });
    assert!(matches!(rule, Rule::Page { .. }), "{rule}");
    let rule = changed("transfer", |p| {
        let a = page(p, "a");
        p.pages[a].new[5] = Element::Const(F::ONE);
    });
    assert!(matches!(rule, Rule::Page { what: "a holding has an asset and an amount", .. }), "{rule}");
    let rule = changed("set_exit", |p| {
        let e = page(p, "e");
        p.pages[e].new[0] = Element::Const(F::from_u64((1 << 48) + 1));
    });
    assert!(matches!(rule, Rule::Cell { cell: 0, .. }), "{rule}");
    let rule = changed("deposit", |p| p.pages[0].slot_limit = 15);
    assert!(matches!(rule, Rule::Page { what: "reaches pages that L1 does not name", .. }), "{rule}");
    let rule = changed("forced_exit", |p| p.pages[1].account = p.pages[0].slot);
    assert!(matches!(rule, Rule::Page { what: "may be one with another page", .. }), "{rule}");
}

#[test]
fn authority() {
    let rule = changed("change_key", |p| p.pages[0].signer = 0);
    assert!(matches!(rule, Rule::Message { message: 1, what: "not exactly one page signs it" }), "{rule}");
    let rule = changed("transfer", |p| p.pages[0].account = Element::Const(F::ONE));
    assert!(matches!(rule, Rule::Page { .. } | Rule::Cell { .. }), "{rule}");
    let rule = changed("transfer", |p| p.pages[0].new[6] = Element::Local(Local::old_cell(0, 6).id()));
    assert!(matches!(rule, Rule::Message { what: "the nonce is not stepped by one", .. }), "{rule}");
    let rule = changed("transfer", |p| p.instructions[0].check = Check::None);
    assert!(matches!(rule, Rule::Message { what: "`until` is not compared with the time", .. }), "{rule}");
    assert_eq!(changed("transfer", |p| p.messages.clear()), Rule::Digest);
    let rule = changed("change_key", |p| {
        p.messages.clear();
        p.source = Source::System;
        p.pages[0].signer = 0;
    });
    assert!(matches!(rule, Rule::Row { what: "a fee that nobody signs", .. }), "{rule}");
    let rule = changed("transfer", |p| {
        // To and from exchanged: the victim pays.
        let (a, b) = (page(p, "a"), page(p, "b"));
        let from = p.pages[a].account;
        p.pages[a].account = p.pages[b].account;
        p.pages[b].account = from;
        p.pages[a].slot_limit = 7;
    });
    assert!(
        matches!(rule, Rule::Cell { cell: 1, what: "what is owned may fall though the owner does not sign", .. }),
        "{rule}"
    );
    let rule = changed("guarded_transfer", |p| {
        let g = page(p, "g");
        p.pages[g].slot = Element::Const(F::from_u8(13));
    });
    assert!(matches!(rule, Rule::Message { what: "an account with two keys signs with one", .. }), "{rule}");
    let rule = changed("fee_claim", |p| {
        let u = page(p, "u");
        p.pages[u].new[1] = operand(p, "to");
    });
    assert!(
        matches!(rule, Rule::Cell { what: "a key changes though its holder does not sign the program", .. }),
        "{rule}"
    );
    let rule = changed("match", |p| {
        let f = page(p, "mf");
        p.pages[f].new = core::array::from_fn(|cell| Element::Local(Local::old_cell(f as u16, cell as u16).id()));
    });
    assert!(matches!(rule, Rule::Message { what: "nothing stops its replay", .. }), "{rule}");
    let rule = changed("match", |p| {
        let Message::Over { number, .. } = &mut p.messages[0] else { panic!() };
        *number = 9;
    });
    assert!(matches!(rule, Rule::Message { what: "a message number that is not declared", .. }), "{rule}");
    let rule = changed("channel_dispute.0", |p| {
        p.instructions.iter_mut().for_each(|row| {
            if row.check == Check::Zero {
                row.check = Check::None;
            }
        });
    });
    assert!(matches!(rule, Rule::Message { message: 2, what: "the page of its signer is not in it" }), "{rule}");
}

#[test]
fn conservation() {
    let conserved = |rule: &Rule| matches!(rule, Rule::Conservation(_));
    let rule = changed("transfer", |p| {
        let a = page(p, "a");
        p.pages[a].new[1] = Element::Local(Local::old_cell(a as u16, 1).id());
    });
    assert!(conserved(&rule), "{rule}");
    let rule = changed("withdraw", |p| p.records.clear());
    assert!(conserved(&rule), "{rule}");
    let rule = changed("withdraw", |p| p.records.push(p.records[0]));
    assert!(conserved(&rule), "{rule}");
    let rule = changed("withdraw", |p| p.records[0][1] = Element::Const(F::ONE));
    assert!(conserved(&rule), "{rule}");
    let rule = changed("swap_in.0", |p| {
        let (pool, b) = (page(p, "p"), page(p, "b"));
        p.pages[b].new[0] = Element::Local(Local::old_cell(pool as u16, 1).id());
    });
    assert!(!conserved(&rule), "the holding is tested against the other asset: {rule}");
    let rule = changed("pool_add", |p| {
        let pool = page(p, "p");
        p.pages[pool].new[5] = Element::Local(Local::old_cell(pool as u16, 5).id());
    });
    assert!(conserved(&rule), "{rule}");
    let rule = changed("call_exercise", |p| {
        let c = page(p, "c");
        p.pages[c].new[2] = Element::Local(Local::old_cell(c as u16, 2).id());
    });
    assert!(conserved(&rule), "{rule}");
    let rule = changed("fee_claim", |p| {
        let t = page(p, "t");
        p.pages[t].new[2] = Element::Local(Local::old_cell(t as u16, 2).id());
    });
    assert!(conserved(&rule), "{rule}");
    let rule = changed("enter", |p| {
        let h = page(p, "h");
        p.pages[h].new[7] = Element::Local(Local::old_cell(h as u16, 7).id());
    });
    assert!(conserved(&rule), "{rule}");
    let rule = changed("forced_exit", |p| {
        let h = page(p, "h");
        p.pages[h].new[1] = Element::Local(Local::old_cell(h as u16, 1).id());
    });
    assert!(matches!(rule, Rule::Cell { .. } | Rule::Conservation(_)), "{rule}");
    let rule = changed("deposit", |p| p.records.clear());
    assert!(conserved(&rule), "{rule}");
}

#[test]
fn forced_exits_pay_where_the_owner_said() {
    let rule = changed("forced_exit", |p| {
        // The test of one limb of the address is taken away.
        let row = p.instructions.iter().position(|row| row.a == Wire::Local(Local::old_cell(0, 2).id())).unwrap();
        p.instructions[row].b = Wire::None;
    });
    assert!(matches!(rule, Rule::Cell { what: "what is owned falls without its owner's exit", .. }), "{rule}");
}
