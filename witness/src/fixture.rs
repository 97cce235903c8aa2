//! Three programs and a small state, written by hand, for the tests of this crate.

use crate::chunk::{BlockContext, Boundary, Parameters, Transaction};
use crate::executor::Submitted;
use crate::hints::Draft;
use crate::interpreter::{Environment, Interpreter};
use crate::signing;
use braid_contracts::program::{
    Cell, Check, Context, Element, Instruction, Local, Message, Mode, Operation, PageSlot, Parameter, Program, Source,
    Type, Wire,
};
use braid_primitives::schnorr::SecretKey;
use braid_primitives::{Digest, F, Page};
use braid_state_tree::Tree;
use p3_field::{PrimeCharacteristicRing, PrimeField64};

pub(crate) const DEPTH: u32 = 14;
pub(crate) const USER: u64 = (1 << 48) + 1;
pub(crate) const NOW: u64 = 1_000;
/// Numbers of the programs.
pub(crate) const TRANSFER: u32 = 0;
/// Reads the first page of another account and writes nothing but the sender's header; emits a record.
pub(crate) const PEEK: u32 = 1;
/// Adds to a holding without a signature.
pub(crate) const DEPOSIT: u32 = 2;

fn operand(index: u16) -> Wire {
    Wire::Local(Local::operand(index).id())
}

fn cell(page: u16, cell: u16) -> Wire {
    Wire::Local(Local::old_cell(page, cell).id())
}

fn row(op: Operation, a: Wire, b: Wire, check: Check) -> Instruction {
    Instruction { op, a, b, c: Wire::None, k: F::ZERO, check }
}

fn result(pc: u16) -> Element {
    Element::Local(Local::result(pc).id())
}

fn parameters(list: &[(&str, Type)]) -> Vec<Parameter> {
    list.iter().map(|(name, ty)| Parameter { name: (*name).into(), ty: *ty }).collect()
}

/// A page of an account in an operand, with the given cells replaced.
fn page(name: &str, number: u16, account: u16, slot: Element, mode: Mode, cells: &[(usize, Cell)]) -> PageSlot {
    let mut new: [Cell; 8] = std::array::from_fn(|i| Element::Local(Local::old_cell(number, i as u16).id()));
    cells.iter().for_each(|(i, value)| new[*i] = *value);
    PageSlot {
        name: name.into(),
        layout: if matches!(mode, Mode::Must(_)) { "User".into() } else { "Holding".into() },
        account: Element::Local(Local::operand(account).id()),
        slot,
        slot_limit: 15,
        mode,
        signer: 0,
        new,
        written: !cells.is_empty(),
    }
}

fn hint(index: u16) -> Element {
    Element::Local(Local::hint(index).id())
}

fn program(name: &str, source: Source) -> Program {
    Program {
        name: name.into(),
        file: "fixture".into(),
        source,
        operands: Vec::new(),
        hints: Vec::new(),
        instructions: Vec::new(),
        pages: Vec::new(),
        messages: Vec::new(),
        records: Vec::new(),
        transfers: Vec::new(),
        ensures: Vec::new(),
    }
}

/// The message of nonce and operands, `until` (the last) first.
fn message(operands: u16) -> Message {
    let nonce = Local::old_cell(0, 6).id();
    let order = std::iter::once(operands - 1).chain(0..operands - 1);
    let operands = order.map(|index| Local::operand(index).id());
    Message::Default { elements: std::iter::once(nonce).chain(operands).map(Element::Local).collect() }
}

fn header(nonce: u16, credit: Option<u16>) -> PageSlot {
    let mut cells = vec![(6, result(nonce))];
    cells.extend(credit.map(|pc| (7, result(pc))));
    let mode = Mode::Must(F::from_u64(USER));
    PageSlot { signer: 1, ..page("user", 0, 0, Element::ZERO, mode, &cells) }
}

fn transfer() -> Program {
    use Operation::{Add, Fee, Mul, Sub};
    let until = row(Sub, operand(5), Wire::Context(Context::Now), Check::Range(40));
    Program {
        operands: parameters(&[
            ("from", Type::Account),
            ("to", Type::Account),
            ("asset", Type::Asset),
            ("amount", Type::Amount),
            ("fee", Type::Unsigned(40)),
            ("until", Type::Until),
        ]),
        hints: parameters(&[("src", Type::Slot), ("dst", Type::Slot)]),
        instructions: vec![
            until,
            row(Add, operand(2), Wire::None, Check::Range(48)),
            row(Add, operand(3), Wire::None, Check::Range(62)),
            row(Add, operand(4), Wire::None, Check::Range(40)),
            row(Sub, cell(0, 7), operand(4), Check::Range(62)),
            row(Fee, operand(4), Wire::None, Check::None),
            row(Sub, cell(1, 0), operand(2), Check::Zero),
            row(Sub, cell(1, 1), operand(3), Check::Range(62)),
            row(Sub, cell(2, 0), operand(2), Check::None),
            row(Mul, cell(2, 0), Wire::Local(Local::result(8).id()), Check::Zero),
            row(Add, cell(2, 1), operand(3), Check::Range(62)),
            Instruction { k: F::ONE, ..row(Add, cell(0, 6), Wire::None, Check::None) },
        ],
        pages: vec![
            header(11, Some(4)),
            page("a", 1, 0, hint(0), Mode::Any, &[(1, result(7))]),
            PageSlot {
                slot_limit: 7,
                ..page("b", 2, 1, hint(1), Mode::Any, &[(0, Element::Local(Local::operand(2).id())), (1, result(10))])
            },
        ],
        messages: vec![message(6)],
        ..program("transfer", Source::Signed)
    }
}

fn peek() -> Program {
    let until = row(Operation::Sub, operand(2), Wire::Context(Context::Now), Check::Range(40));
    let record = [Element::Const(F::TWO), Element::Local(Local::old_cell(1, 1).id())];
    let record = std::array::from_fn(|i| record.get(i).copied().unwrap_or(Element::ZERO));
    Program {
        operands: parameters(&[("who", Type::Account), ("whom", Type::Account), ("until", Type::Until)]),
        instructions: vec![
            until,
            Instruction { k: F::ONE, ..row(Operation::Add, cell(0, 6), Wire::None, Check::None) },
        ],
        pages: vec![header(1, None), page("h", 1, 1, Element::Const(F::ONE), Mode::Any, &[])],
        messages: vec![message(3)],
        records: vec![record],
        ..program("peek", Source::Signed)
    }
}

fn deposit() -> Program {
    Program {
        operands: parameters(&[
            ("to", Type::Account),
            ("at", Type::Slot),
            ("asset", Type::Asset),
            ("amount", Type::Amount),
        ]),
        instructions: vec![row(Operation::Add, cell(0, 1), operand(3), Check::None)],
        pages: vec![page(
            "h",
            0,
            0,
            Element::Local(Local::operand(1).id()),
            Mode::Any,
            &[(0, Element::Local(Local::operand(2).id())), (1, result(0))],
        )],
        ..program("deposit", Source::Inbox(3))
    }
}

pub(crate) fn programs() -> Vec<Program> {
    vec![transfer(), peek(), deposit()]
}

pub(crate) fn interpreter() -> Interpreter {
    let programs = programs();
    let digest = |number: usize| -> Digest { std::array::from_fn(|i| F::from_usize(100 * number + i + 1)) };
    Interpreter::of(programs.iter().enumerate().map(|(number, program)| (program, digest(number)))).unwrap()
}

pub(crate) fn chain() -> (Parameters, BlockContext) {
    let parameters = Parameters { chain_id: F::from_u32(7), depth: DEPTH, assets: [F::ZERO; 4] };
    (parameters, BlockContext { number: 1, timestamp: NOW, fees_before: 0 })
}

pub(crate) fn environment() -> Environment {
    let (parameters, context) = chain();
    Environment::new(&parameters, &context)
}

pub(crate) fn key(account: u64) -> SecretKey {
    SecretKey::for_development(1, account)
}

/// Accounts `1..=users`, each with credit 1000 and 1000 of asset 5 on page 1.
pub(crate) fn state(users: u64) -> Tree {
    let mut tree = Tree::new(DEPTH).unwrap();
    let mut pages: Vec<(u64, Page)> = Vec::new();
    for account in 1..=users {
        let key = key(account).public_key().0;
        let tag = F::from_u64(USER);
        pages.push((16 * account, [tag, key[0], key[1], key[2], key[3], key[4], F::ZERO, F::from_u64(1000)]));
        let mut holding = [F::ZERO; 8];
        holding[..2].copy_from_slice(&[F::from_u64(5), F::from_u64(1000)]);
        pages.push((16 * account + 1, holding));
    }
    tree.update(&pages).unwrap();
    tree
}

pub(crate) fn boundary(tree: &Tree) -> Boundary {
    Boundary { root: tree.root(), ..Boundary::default() }
}

fn elements(values: &[u64]) -> Vec<F> {
    values.iter().map(|value| F::from_u64(*value)).collect()
}

/// A transaction signed by the account in its first operand for the given nonce.
pub(crate) fn signed(program: u32, operands: &[u64], hints: &[u64], nonce: u64) -> Submitted {
    let operands = elements(operands);
    let hints = elements(hints);
    let open = hints.iter().copied().map(Some).collect();
    let key = key(operands[0].as_canonical_u64());
    let mut draft = Draft { program, operands, hints: open, signatures: Vec::new(), nonce: Some(nonce) };
    signing::sign(&interpreter(), &environment(), &mut draft, &[&key]).unwrap();
    let Draft { operands, signatures, .. } = draft;
    Submitted { transaction: Transaction { program, operands, hints, signatures }, nonce: Some(nonce) }
}

/// A transfer of asset 5 from page 1 to page 1 that expires now.
pub(crate) fn pay(from: u64, to: u64, amount: u64, fee: u64, nonce: u64) -> Submitted {
    signed(TRANSFER, &[from, to, 5, amount, fee, NOW], &[1, 1], nonce)
}

pub(crate) fn look(who: u64, whom: u64, nonce: u64) -> Submitted {
    signed(PEEK, &[who, whom, NOW], &[], nonce)
}

pub(crate) fn put(to: u64, amount: u64) -> Submitted {
    let operands = elements(&[to, 1, 5, amount]);
    let transaction = Transaction { program: DEPOSIT, operands, hints: Vec::new(), signatures: Vec::new() };
    Submitted { transaction, nonce: None }
}
