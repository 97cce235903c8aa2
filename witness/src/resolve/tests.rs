use super::*;
use crate::workload::{Spec, generate};
use braid_primitives::wire::binary;

fn many(values: &[u64]) -> Value {
    Value::Elements(values.iter().map(|value| F::from_u64(*value)).collect())
}

fn one(value: u64) -> Value {
    Value::Element(F::from_u64(value))
}

fn transfer() -> json::Transaction {
    call("transfer", &[("amount", 10), ("from", 1), ("to", 2), ("asset", 5), ("fee", 1)], 3)
}

fn set(list: &mut Vec<(String, Value)>, name: &str, value: Value) {
    list.retain(|(other, _)| other != name);
    list.push((name.to_owned(), value));
}

fn operands(draft: &Draft) -> Vec<u64> {
    draft.operands.iter().map(F::as_canonical_u64).collect()
}

#[test]
fn operands_come_in_the_programs_order() {
    let registry = Registry::builtin();
    let draft = resolve(&registry, transfer()).unwrap();
    assert_eq!(operands(&draft), [1, 2, 5, 10, 1, NEVER]);
    assert_eq!((draft.hints, draft.nonce), (vec![None, None], Some(3)));
    let ends = resolve(&registry, json::Transaction { valid_until: 77, ..transfer() }).unwrap();
    assert_eq!(operands(&ends).last(), Some(&77));
}

#[test]
fn arrays_are_lists() {
    let registry = Registry::builtin();
    let mut payroll = call("payroll.2", &[("from", 1), ("asset", 5), ("fee", 1)], 3);
    set(&mut payroll.operands, "to", many(&[7, 8]));
    set(&mut payroll.operands, "pay", many(&[70, 80]));
    set(&mut payroll.hints, "dst", many(&[3, 4]));
    let draft = resolve(&registry, payroll.clone()).unwrap();
    assert_eq!(operands(&draft), [1, 5, 1, 7, 8, 70, 80, NEVER]);
    assert_eq!(draft.hints, [None, Some(F::from_u64(3)), Some(F::from_u64(4))]);
    for short in [many(&[70]), one(70)] {
        set(&mut payroll.operands, "pay", short);
        let error = resolve(&registry, payroll.clone()).unwrap_err();
        assert_eq!(error.to_string(), "operands.pay: is a list of 2 values");
    }
}

#[test]
fn errors_name_the_field() {
    let registry = Registry::builtin();
    let text = |change: fn(&mut json::Transaction)| {
        let mut transaction = transfer();
        change(&mut transaction);
        resolve(&registry, transaction).unwrap_err().to_string()
    };
    assert_eq!(text(|t| t.program = "steal".into()), "program: there is no program `steal`");
    assert_eq!(text(|t| t.operands.retain(|(name, _)| name != "to")), "operands.to: is missing");
    assert_eq!(text(|t| set(&mut t.operands, "memo", one(1))), "operands.memo: the program has no such parameter");
    assert_eq!(text(|t| set(&mut t.operands, "until", one(1))), "operands.until: the program has no such parameter");
    assert_eq!(text(|t| set(&mut t.hints, "root", one(1))), "hints.root: the program has no such parameter");
    assert_eq!(text(|t| set(&mut t.operands, "to", many(&[1]))), "operands.to: is one value, not a list");
    let wide = text(|t| set(&mut t.operands, "fee", one(1 << 40)));
    assert_eq!(wide, "operands.fee: 1099511627776 is not below 2^40, as `u40` wants");
    assert_eq!(text(|t| t.valid_until = 1 << 40), "valid_until: 1099511627776 is not below 2^40");
    assert_eq!(text(|t| t.source = Source::System), "source: `transfer` is signed by a user, not a system program");
    let deposit = json::Transaction { program: "deposit".into(), source: Source::Inbox, ..transfer() };
    assert_eq!(resolve(&registry, deposit.clone()).unwrap_err().field, "nonce");
    let ends = json::Transaction { nonce: None, valid_until: 5, operands: Vec::new(), ..deposit };
    assert_eq!(resolve(&registry, ends).unwrap_err().field, "operands.to");
}

/// Every draft goes through both formats and comes back as it was.
#[test]
fn written_and_read_again() {
    let registry = Registry::builtin();
    let spec = Spec { transactions: 60, users: 10, depth: 10, ..Spec::default() };
    for (number, mut draft) in generate(&spec, &registry).unwrap().drafts.into_iter().enumerate() {
        if number % 2 == 0 {
            draft.hints.iter_mut().for_each(|hint| *hint = Some(F::from_u64(7)));
        }
        let line = describe(&registry, &draft).unwrap().to_string();
        let read: json::Transaction = line.parse().unwrap();
        assert_eq!(resolve(&registry, read).unwrap(), draft, "{line}");
        let file = binary::File { parameters: Default::default(), transactions: vec![to_words(&draft)] };
        let mut read = binary::decode(&binary::encode(&file)).unwrap().transactions;
        assert_eq!(from_words(&registry, read.remove(0)).unwrap(), draft);
    }
    let unknown = binary::Transaction { program: 999, ..binary::Transaction::default() };
    assert_eq!(from_words(&registry, unknown).unwrap_err().field, "program");
}
