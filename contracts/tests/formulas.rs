//! Known answers of the contracts' formulas (`vectors/contracts.json`, computed with exact rationals), through compiled
//! programs: pages in, pages out.

mod machine;
mod texts;

use braid_contracts::Registry;
use braid_contracts::layout::TAG_BASE;
use machine::{Inputs, Outcome};
use serde_json::Value;

/// A balance that suffices.
const RICH: u64 = 1 << 61;

struct World {
    registry: Registry,
    sets: Value,
}

impl World {
    fn new() -> Self {
        let registry = Registry::from_sources(&texts::SOURCES).unwrap_or_else(|errors| panic!("{errors}"));
        let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/contracts.json"));
        let sets = serde_json::from_str::<Value>(text).unwrap()["sets"].clone();
        Self { registry, sets }
    }

    fn cases(&self, set: &str) -> Vec<Case> {
        let cases = self.sets[set]["cases"].as_array().unwrap();
        assert!(cases.len() >= 5, "{set}");
        cases.iter().cloned().map(Case).collect()
    }

    /// Runs a program on pages by name; others are empty, other operands 0, `until` far away.
    fn run(&self, program: &str, now: u64, values: &[(&str, u64)], pages: &[(&str, [u64; 8])]) -> Option<Outcome> {
        let program = self.registry.program(self.registry.index_of(program).unwrap()).unwrap();
        let value = |name: &str| {
            let found = values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
            found.unwrap_or(if name == "until" { (1 << 40) - 1 } else { 0 })
        };
        let known = |name: &str| program.operand(name).or(program.hint(name)).is_some();
        assert!(values.iter().all(|(name, _)| known(name)), "{}", program.name);
        let page = |name: &str| pages.iter().find(|(known, _)| *known == name).map_or([0; 8], |(_, page)| *page);
        let inputs = Inputs {
            operands: program.operands.iter().map(|operand| value(&operand.name)).collect(),
            hints: program.hints.iter().map(|hint| value(&hint.name)).collect(),
            pages: program.pages.iter().map(|slot| page(&slot.name)).collect(),
            now,
            block: 0,
            fees_before: 0,
            scale: 1 << 4,
        };
        machine::run(program, &inputs)
    }

    /// Number of a page of a program.
    fn page(&self, program: &str, name: &str) -> usize {
        let program = self.registry.program(self.registry.index_of(program).unwrap()).unwrap();
        program.pages.iter().position(|page| page.name == name).unwrap()
    }
}

struct Case(Value);

impl Case {
    fn get(&self, name: &str) -> u64 {
        self.0[name].as_str().unwrap_or_else(|| panic!("{name}")).parse().unwrap()
    }

    fn accepted(&self) -> bool {
        self.0["accepted"].as_bool().unwrap()
    }
}

const USER: [u64; 8] = [TAG_BASE + 1, 1, 2, 3, 4, 5, 0, 100];

fn holding(asset: u64, amount: u64) -> [u64; 8] {
    [asset, amount, 0, 0, 0, 0, 0, 0]
}

fn pool(first: u64, second: u64, reserves: [u64; 2]) -> [u64; 8] {
    [TAG_BASE + 7, first, second, reserves[0], reserves[1], 1_000_000, 0, 0]
}

#[test]
fn swaps_are_uniswaps() {
    let world = World::new();
    for (set, program, given) in
        [("uniswap_v2_get_amount_out", "swap_in.0", "x"), ("uniswap_v2_get_amount_in", "swap_out.0", "y")]
    {
        for case in world.cases(set) {
            let reserves = [case.get("reserve_in"), case.get("reserve_out")];
            let pages =
                [("user", USER), ("p", pool(100, 200, reserves)), ("a", holding(100, RICH)), ("b", holding(200, 0))];
            let mut values = vec![("who", 10), ("pool", 20), (given, case.get(given)), ("sa", 1), ("sb", 2)];
            if given == "y" {
                values.push(("max", (1 << 62) - 1));
            }
            let outcome = world.run(program, 0, &values, &pages);
            assert_eq!(outcome.is_some(), case.accepted(), "{}", case.0);
            let Some(outcome) = outcome else { continue };
            let after = outcome.pages[world.page(program, "p")];
            assert_eq!(after[3], reserves[0] + case.get("x"), "{}", case.0);
            assert_eq!(after[4], reserves[1] - case.get("y"), "{}", case.0);
        }
    }
}

#[test]
fn two_hops() {
    let world = World::new();
    for case in world.cases("two_hop") {
        let pages = [
            ("user", USER),
            ("p", pool(100, 200, [case.get("p_in"), case.get("p_out")])),
            ("q", pool(200, 300, [case.get("q_in"), case.get("q_out")])),
            ("a", holding(100, RICH)),
        ];
        let values = [("who", 10), ("first", 20), ("second", 21), ("x", case.get("x")), ("sa", 1), ("sb", 3)];
        let outcome = world.run("swap_two.0.0", 0, &values, &pages).unwrap();
        assert_eq!(outcome.pages[world.page("swap_two.0.0", "b")][..2], [300, case.get("z")], "{}", case.0);
    }
}

#[test]
fn pools_are_founded() {
    let world = World::new();
    for case in world.cases("pool_create") {
        let pages = [("user", USER), ("a", holding(100, RICH)), ("b", holding(200, RICH))];
        let values = [
            ("who", 10),
            ("pool", 20),
            ("asset.0", 100),
            ("asset.1", 200),
            ("put.0", case.get("put0")),
            ("put.1", case.get("put1")),
            ("root", case.get("root")),
            ("sa", 1),
            ("sb", 2),
            ("sc", 3),
        ];
        let outcome = world.run("pool_create", 0, &values, &pages);
        assert_eq!(outcome.is_some(), case.accepted(), "{}", case.0);
        let Some(outcome) = outcome else { continue };
        let receipt = (1 << 40) + 16 * 20;
        assert_eq!(outcome.pages[world.page("pool_create", "c")][..2], [receipt, case.get("to_creator")], "{}", case.0);
    }
}

#[test]
fn markets_accrue() {
    let world = World::new();
    for case in world.cases("lending_accrue") {
        let market = [TAG_BASE + 10, 200, 100, case.get("cash"), case.get("debt"), case.get("index"), 0, 1_000_000];
        let terms = [TAG_BASE + 11, 0, 0, 0, 0, 0, 20_000_000_000, 100_000_000_000];
        let pages = [("m", market), ("t", terms)];
        let outcome = world.run("accrue", 1_000_000 + case.get("dt"), &[("market", 30)], &pages).unwrap();
        assert_eq!(outcome.pages[0][5], case.get("index_after"), "{}", case.0);
    }
}

#[test]
fn markets_are_supplied_and_redeemed() {
    let world = World::new();
    for case in world.cases("lending_supply_redeem") {
        let market = [TAG_BASE + 10, 200, 100, case.get("total"), 0, 1_000_000_000_000, case.get("shares_total"), 5];
        let pages = [("user", USER), ("m", market), ("a", holding(200, RICH))];
        let amount = case.get("amount");
        let values = [("who", 10), ("market", 30), ("amount", amount), ("sa", 1), ("sb", 2)];
        let supplied = world.run("supply", 5, &values, &pages).unwrap();
        let page = |name| supplied.pages[world.page("supply", name)];
        assert_eq!(page("b")[1], case.get("shares"), "{}", case.0);
        let pages = [("user", page("user")), ("m", page("m")), ("a", page("a")), ("b", page("b"))];
        let values = [("who", 10), ("market", 30), ("shares", case.get("shares")), ("sa", 1), ("sb", 2)];
        let redeemed = world.run("redeem", 5, &values, &pages).unwrap();
        let back = redeemed.pages[world.page("redeem", "a")][1];
        assert_eq!(back, RICH - amount + case.get("back_at_once"), "{}", case.0);
    }
}

#[test]
fn farms_pay_what_masterchef_pays() {
    let world = World::new();
    for case in world.cases("masterchef") {
        let farm = [TAG_BASE + 13, 100, 300, case.get("rate"), 1_000_000_000, 1, 0, 0];
        let pot = [TAG_BASE + 14, 300, RICH, case.get("total"), case.get("acc0"), 10, 0, 0];
        let stake = [TAG_BASE + 15, 40, 100, case.get("staked"), case.get("acc0"), 0, 0, 0];
        let pages = [("user", USER), ("f", farm), ("p", pot), ("s", stake)];
        let values = [("who", 10), ("farm", 40), ("at", 9), ("sb", 2)];
        let outcome = world.run("claim_reward", 10 + case.get("dt"), &values, &pages).unwrap();
        assert_eq!(outcome.pages[world.page("claim_reward", "p")][4], case.get("acc1"), "{}", case.0);
        assert_eq!(outcome.pages[world.page("claim_reward", "b")][1], case.get("farm"), "{}", case.0);
    }
}
