use super::*;
use crate::chunk::{BlockContext, Parameters, Transaction};
use braid_contracts::program::{Check, Operation};
use braid_contracts::registry::Registry;
use braid_primitives::{F, Page};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use proptest::prelude::*;

fn row(op: Operation, k: i64, check: Check) -> Row {
    let k = if k < 0 { -F::from_u64(k.unsigned_abs()) } else { F::from_u64(k.unsigned_abs()) };
    Row { op, a: 0, b: 0, c: 0, k, check }
}

/// The output of a row that holds.
fn run(row: Row, [a, b, c]: [u64; 3]) -> Option<u64> {
    let output = row.output(F::new(a), F::new(b), F::new(c))?;
    row.holds(output).then_some(output.as_canonical_u64())
}

/// Operation, immediate, check, inputs, output.
type Case = (Operation, i64, Check, [u64; 3], Option<u64>);

const P: u64 = braid_primitives::MODULUS;
const MAX: u64 = (1 << 62) - 1;

#[test]
fn every_operation_at_its_edges() {
    use Operation::{Add, Fee, IsEqual, Less, Mul, MulDiv, MulDivUp, ReverseSub, Select, Sub};
    let none = Check::None;
    let cases: &[Case] = &[
        (Add, 0, none, [P - 1, 2, 9], Some(1)),
        (Add, -3, Check::Range(62), [1, 1, 0], None),
        (Add, 1, Check::Range(62), [MAX, 0, 0], None),
        (Add, 0, Check::Range(62), [MAX, 0, 0], Some(MAX)),
        (Sub, 0, Check::Range(40), [5, 6, 0], None),
        (Sub, 1, Check::Zero, [5, 6, 0], Some(0)),
        (Sub, 0, Check::Zero, [5, 6, 0], None),
        (ReverseSub, 0, Check::Range(1), [5, 6, 0], Some(1)),
        (ReverseSub, 0, Check::Range(1), [5, 7, 0], None),
        (Mul, -1, none, [7, 3, 0], Some(14)),
        (Mul, 0, none, [1 << 32, 1 << 32, 0], Some((1 << 32) - 1)),
        (Select, 0, none, [7, 8, 1], Some(7)),
        (Select, 0, none, [7, 8, 0], Some(8)),
        (Select, 0, none, [7, 8, 2], None),
        (Select, 0, none, [7, 8, P - 1], None),
        (IsEqual, 1, none, [7, 8, 0], Some(1)),
        (IsEqual, 0, none, [7, 8, 0], Some(0)),
        (Less, 0, none, [7, 8, 0], Some(1)),
        (Less, 0, none, [8, 8, 0], Some(0)),
        (Less, 0, none, [P - 5, 3, 0], None), // -5 is not an amount
        (Less, 0, none, [MAX, MAX + 1, 0], None),
        (MulDiv, 0, none, [7, 3, 2], Some(10)),
        (MulDivUp, 0, none, [7, 3, 2], Some(11)),
        (MulDivUp, 0, none, [6, 3, 2], Some(9)),
        (MulDiv, 0, none, [0, 0, 0], None),
        (MulDivUp, 0, none, [0, 0, 0], None),
        (MulDivUp, 0, none, [0, 5, 3], Some(0)),
        (MulDiv, 0, none, [MAX, MAX, MAX], Some(MAX)),
        (MulDiv, 0, none, [MAX, MAX, MAX - 1], None),
        (MulDiv, 0, none, [MAX + 1, 1, 1], None),
        (MulDiv, 0, none, [1, 1, MAX + 1], None),
        (Fee, 0, none, [(1 << 40) - 1, 0, 0], Some((1 << 40) - 1)),
        (Fee, 0, none, [1 << 40, 0, 0], None),
    ];
    for (op, k, check, inputs, expected) in cases {
        assert_eq!(run(row(*op, *k, *check), *inputs), *expected, "{op:?} {k} {check:?} {inputs:?}");
    }
}

proptest! {
    /// The quotient is the only integer that fits.
    #[test]
    fn quotients_are_exact(a in 0..=MAX, b in 0..=MAX, c in 1..=MAX) {
        let (product, c_wide) = (u128::from(a) * u128::from(b), u128::from(c));
        match run(row(Operation::MulDiv, 0, Check::None), [a, b, c]).map(u128::from) {
            Some(q) => prop_assert!(q * c_wide <= product && product < (q + 1) * c_wide),
            None => prop_assert!(product / c_wide > u128::from(MAX)),
        }
        match run(row(Operation::MulDivUp, 0, Check::None), [a, b, c]).map(u128::from) {
            Some(q) => prop_assert!(q * c_wide >= product && (q == 0 || (q - 1) * c_wide < product)),
            None => prop_assert!(product.div_ceil(c_wide) > u128::from(MAX)),
        }
    }
}

/// A `swap_in` on a pool of these reserves: what the user gets, if it is accepted.
fn swap(x: u64, given: u64, got: u64) -> Option<u64> {
    let registry = Registry::builtin();
    let interpreter = Interpreter::new(&registry).unwrap();
    let number = registry.index_of("swap_in.0").unwrap();
    let program = registry.program(number).unwrap();
    let parameters = Parameters { chain_id: F::ONE, depth: 24, assets: Default::default() };
    let environment = Environment::new(&parameters, &BlockContext::default());
    let mut operands = vec![F::ZERO; program.operands.len()];
    for (name, value) in [("who", 1), ("pool", 2), ("x", x), ("until", 9)] {
        operands[program.operand(name).unwrap()] = F::from_u64(value);
    }
    let transaction =
        Transaction { program: number as u32, operands, hints: vec![F::ONE, F::TWO], signatures: Vec::new() };
    let prepared = interpreter.program(number as u32).unwrap();
    let tag = |name: &str| registry.layout(name).unwrap().tag().unwrap();
    let pages: Vec<Page> = program
        .pages
        .iter()
        .map(|slot| {
            let mut page = Page::default();
            match slot.layout.as_str() {
                "User" => page[0] = tag("User"),
                "Pool" => {
                    page = [0, 5, 6, given, got, 1, 0, 0].map(F::from_u64);
                    page[0] = tag("Pool");
                }
                _ if slot.name == "a" => page[..2].copy_from_slice(&[F::from_u64(5), F::from_u64(1 << 61)]),
                _ => {}
            }
            page
        })
        .collect();
    let (mut registers, mut new) = (Registers::default(), Vec::new());
    registers.load(prepared, &environment, &transaction);
    prepared.run(&pages, &mut registers, &mut new).ok()?;
    let received = program.pages.iter().position(|slot| slot.name == "b").unwrap();
    Some(new[received][1].as_canonical_u64())
}

/// The published formula, computed with exact rationals elsewhere.
#[test]
fn swaps_have_the_known_answers() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/contracts.json"));
    let vectors: serde_json::Value = serde_json::from_str(text).unwrap();
    let cases = vectors["sets"]["uniswap_v2_get_amount_out"]["cases"].as_array().unwrap();
    assert!(cases.len() >= 5);
    for case in cases {
        let number = |key: &str| case[key].as_str().and_then(|text| text.parse::<u64>().ok()).unwrap();
        let (x, given, got) = (number("x"), number("reserve_in"), number("reserve_out"));
        let expected = case["accepted"].as_bool().unwrap().then(|| number("y"));
        assert_eq!(swap(x, given, got), expected, "{case}");
    }
}
