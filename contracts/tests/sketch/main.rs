//! Behaviour against an independent, throw-away compiler of the same texts (`vectors/programs.json`): on random inputs both
//! accept or both refuse, and store, emit and charge the same.

mod machine;

use std::collections::BTreeMap;

use braid_contracts::Registry;
use braid_contracts::layout::{AssetOf, Layout, Role, TAG_BASE};
use braid_contracts::program::{Check, Element, Local, Mode, Operation, Parameter, Program, Space, Type, Wire};
use machine::{Inputs, Outcome};
use p3_field::PrimeField64;
use serde_json::Value;

const P: i128 = (1 << 64) - (1 << 32) + 1;
/// Inputs tried for each program.
const ROUNDS: usize = 2000;

/// A reference in the vectors: `op 3`, `cell 0 7`, `const 5`, `ctx now`.
fn reference(text: &str, inputs: &Inputs, results: &[i128]) -> i128 {
    let parts: Vec<&str> = text.split(' ').collect();
    let number = |at: usize| parts[at].parse::<i128>().unwrap();
    let index = |at: usize| number(at) as usize;
    let value = match parts[0] {
        "op" => i128::from(inputs.operands[index(1)]),
        "hint" => i128::from(inputs.hints[index(1)]),
        "cell" => i128::from(inputs.pages[index(1)][index(2)]),
        "const" => number(1),
        "pc" => results[index(1)],
        "ctx" => i128::from(match parts[1] {
            "now" => inputs.now,
            "block" => inputs.block,
            "scale" => inputs.scale,
            _ => inputs.fees_before,
        }),
        other => panic!("{other}"),
    };
    value.rem_euclid(P)
}

/// The sketch's rows on the same inputs.
fn run_sketch(sketch: &Value, inputs: &Inputs) -> Option<Outcome> {
    let mut results: Vec<i128> = Vec::new();
    let mut fees = 0;
    for row in sketch["rows"].as_array().unwrap() {
        let slot = |name: &str| reference(row[name].as_str().unwrap(), inputs, &results);
        let linear = || {
            let terms = row["t"].as_object().unwrap().iter();
            let sum = terms.fold(0i128, |sum, (atom, factor)| {
                let factor = i128::from(factor.as_i64().unwrap()).rem_euclid(P) as u128;
                let product = factor * reference(atom, inputs, &results) as u128 % P as u128;
                (sum + product as i128) % P
            });
            let constant: i128 = row["k"].to_string().parse().unwrap();
            (sum + constant).rem_euclid(P)
        };
        let value = match row["op"].as_str().unwrap() {
            "lin" => linear(),
            "eq" => i128::from(linear() == 0),
            "mul" => (slot("a") as u128 * slot("b") as u128 % P as u128) as i128,
            "sel" if slot("c") == 1 => slot("a"),
            "sel" if slot("c") == 0 => slot("b"),
            "sel" => return None,
            "lt" => {
                if slot("a") >= 1 << 62 || slot("b") >= 1 << 62 {
                    return None;
                }
                i128::from(slot("a") < slot("b"))
            }
            "muldiv" => {
                let (a, b, c) = (slot("a") as u128, slot("b") as u128, slot("c") as u128);
                if c == 0 || [a, b, c].iter().any(|value| *value >= 1 << 62) {
                    return None;
                }
                let quotient = if row["up"].as_bool().unwrap() { (a * b).div_ceil(c) } else { a * b / c };
                if quotient >= 1 << 62 {
                    return None;
                }
                quotient as i128
            }
            "fee" => {
                fees += slot("a") as u64;
                slot("a")
            }
            other => panic!("{other}"),
        };
        if row.get("range").is_some_and(|bits| value >> bits.as_u64().unwrap() != 0) {
            return None;
        }
        if row.get("zero").is_some() && value != 0 {
            return None;
        }
        results.push(value);
    }
    let mut pages = inputs.pages.clone();
    for store in sketch["stores"].as_array().unwrap() {
        let (page, cell) = (store[0].as_u64().unwrap() as usize, store[1].as_u64().unwrap() as usize);
        pages[page][cell] = reference(store[2].as_str().unwrap(), inputs, &results) as u64;
    }
    let records = records(sketch["records"].as_str().unwrap());
    let records = records.iter().map(|record| {
        let mut values = [0; 8];
        for (value, element) in values.iter_mut().zip(record) {
            *value = reference(element, inputs, &results) as u64;
        }
        values
    });
    Some(Outcome { pages, records: records.collect(), fees })
}

/// `[[('const', 1), ('op', 2)], ..]` to references.
fn records(text: &str) -> Vec<Vec<String>> {
    let inner = text.trim_start_matches('[').trim_end_matches(']');
    let records = inner.split("], [").filter(|record| !record.is_empty());
    records
        .map(|record| {
            record.split("), (").map(|element| element.replace(['(', ')', '\''], "").replace(", ", " ")).collect()
        })
        .collect()
}

/// A small generator: the test needs repeatable variety, not quality.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ value >> 31
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// Within `bits`: small numbers often, so that equalities hold now and then.
    fn within(&mut self, bits: u8) -> u64 {
        let top = if bits >= 64 { u64::MAX } else { (1 << bits) - 1 };
        let value = match self.below(8) {
            0..4 => self.below(3),
            4 => top - self.below(2),
            _ => self.next() >> self.below(64),
        };
        (value & top) % P as u64
    }

    /// Of a type; sometimes of none.
    fn of(&mut self, ty: Type, wild: bool) -> u64 {
        if wild && self.below(40) == 0 {
            return self.pick(&[P as u64 - 1, 1 << 62, 1 << 48, 1 << 40, 1 << 51, P as u64 - 5]);
        }
        match ty {
            Type::Asset => 1 + self.below(2),
            Type::Slot => 1 + self.below(3),
            Type::Until => 1000 + self.below(3000),
            // Nobody reaches 2^62 by ones.
            Type::Counter => self.within(40),
            _ => self.within(ty.bits().unwrap_or(64)),
        }
    }
}

fn inputs(registry: &Registry, program: &Program, random: &mut Random) -> Inputs {
    let operands = program.operands.iter().map(|operand| random.of(operand.ty, true)).collect();
    let hints = program.hints.iter().map(|hint| random.of(hint.ty, true)).collect();
    let pages = program.pages.iter().map(|page| {
        let layout = registry.layout(&page.layout).unwrap();
        let empty = page.mode == Mode::Empty
            || matches!(page.mode, Mode::May(_)) && random.below(2) == 0
            || page.mode == Mode::Any && random.below(4) == 0;
        if empty {
            return [0; 8];
        }
        let mut cells = [0; 8];
        for (value, kind) in cells.iter_mut().zip(&layout.cells) {
            *value = match kind.role {
                Role::Unused => 0,
                Role::Balance(_) | Role::Supply if random.below(4) > 0 => {
                    (1 << (kind.ty.bits().unwrap() - 1)) + random.below(1000)
                }
                _ => random.of(kind.ty, false),
            };
        }
        cells[0] = page.tag().map_or(1 + random.below(2), |tag| tag.as_canonical_u64());
        if page.mode == Mode::Any && random.below(3) == 0 {
            cells[0] = layout.tag_number().unwrap_or(random.below(3));
        }
        if cells[0] == 0 { [0; 8] } else { cells }
    });
    Inputs {
        operands,
        hints,
        pages: pages.collect(),
        now: 1000 + random.below(2000),
        block: random.below(100),
        fees_before: random.next() >> 10,
        scale: 1 << 12,
    }
}

/// Changes a few parts of inputs that were accepted.
fn alter(registry: &Registry, program: &Program, inputs: &mut Inputs, random: &mut Random) {
    let other = self::inputs(registry, program, random);
    for _ in 0..1 + random.below(3) {
        match random.below(3) {
            0 if !inputs.operands.is_empty() => {
                let at = random.below(inputs.operands.len() as u64) as usize;
                inputs.operands[at] = other.operands[at];
            }
            1 if !inputs.hints.is_empty() => {
                let at = random.below(inputs.hints.len() as u64) as usize;
                inputs.hints[at] = other.hints[at];
            }
            _ if !inputs.pages.is_empty() => {
                let at = random.below(inputs.pages.len() as u64) as usize;
                let cell = random.below(8) as usize;
                if program.pages[at].mode == other_mode(&program.pages[at].mode, &other.pages[at], &inputs.pages[at]) {
                    inputs.pages[at][cell] = other.pages[at][cell];
                }
            }
            _ => inputs.now = other.now,
        }
    }
}

/// The mode, if both contents are full pages or it asks for nothing: single cells may be exchanged then.
fn other_mode(mode: &Mode, first: &[u64; 8], second: &[u64; 8]) -> Mode {
    let full = first[0] != 0 && second[0] != 0;
    if full && *mode != Mode::Empty { *mode } else { Mode::Empty }
}

/// Hints and operands that random search does not find.
fn help(program: &Program, inputs: &mut Inputs, random: &mut Random) {
    let operand = |name: &str| program.operand(name);
    // Receipts of a pool are minted to or burnt from page `c`.
    if let (Some(pool), Some(c)) = (operand("pool"), program.pages.iter().position(|page| page.name == "c")) {
        inputs.operands[pool] = 3;
        inputs.pages[c][0] = (1 << 40) + 16 * 3;
    }
    if let (Some(root), Some(x), Some(y)) = (program.hint("root"), operand("put.0"), operand("put.1")) {
        for at in [x, y] {
            inputs.operands[at] = 1_000_000 + random.below(1000);
        }
        let product = u128::from(inputs.operands[x]) * u128::from(inputs.operands[y]);
        inputs.hints[root] = product.isqrt() as u64 + u64::from(random.below(8) == 0);
        (inputs.operands[operand("asset.0").unwrap()], inputs.operands[operand("asset.1").unwrap()]) = (1, 2);
    }
}

/// Changes one value that the failing row depends on: so that an equality holds, or at random.
fn repair(registry: &Registry, program: &Program, inputs: &mut Inputs, random: &mut Random) -> bool {
    let Err((pc, out)) = machine::attempt(program, inputs) else { return true };
    let (mut row, mut exact) = (program.instructions[pc], out);
    loop {
        let wires = [row.a, row.b, row.c].into_iter().enumerate();
        let wires: Vec<(usize, Local)> = wires
            .filter_map(|(slot, wire)| match wire {
                Wire::Local(id) => Some((slot, Local::from_id(id)?)),
                _ => None,
            })
            .collect();
        if wires.is_empty() {
            inputs.now = 1000 + random.below(2000);
            return false;
        }
        let (slot, local) = random.pick(&wires);
        if local.space == Space::Result {
            (row, exact) = (program.instructions[local.index as usize], None);
            continue;
        }
        let other = self::inputs(registry, program, random);
        let index = local.index as usize;
        let (value, fresh) = match local.space {
            Space::Operand => (&mut inputs.operands[index], other.operands[index]),
            Space::Hint => (&mut inputs.hints[index], other.hints[index]),
            _ => (&mut inputs.pages[index / 8][index % 8], other.pages[index / 8][index % 8]),
        };
        // Tags and empty pages are what the page's mode says.
        let page = &program.pages.get(index / 8);
        let fixed =
            local.space == Space::OldCell && page.is_some_and(|page| page.mode != Mode::Any && index.is_multiple_of(8));
        let minus = (row.op, slot) == (Operation::Sub, 1) || (row.op, slot) == (Operation::ReverseSub, 0);
        *value = match (exact, row.op, fixed) {
            (_, _, true) => return false,
            (Some(out), Operation::Add | Operation::Sub | Operation::ReverseSub, _) if row.check == Check::Zero => {
                let out = i128::from(out.as_canonical_u64());
                (i128::from(*value) + if minus { out } else { -out }).rem_euclid(P) as u64
            }
            _ => fresh,
        };
        return false;
    }
}

/// The layout of a page by its tag; nothing for an empty page.
fn layout_of<'r>(registry: &'r Registry, page: &[u64; 8]) -> Option<&'r Layout> {
    match page[0] {
        0 => None,
        tag if tag < TAG_BASE => registry.layout("Holding"),
        tag => registry.layouts().iter().find(|layout| layout.tag_number() == Some(tag)),
    }
}

/// The asset of a balance.
fn asset(of: AssetOf, page: &[u64; 8]) -> u64 {
    match of {
        AssetOf::Constant(asset) => asset,
        AssetOf::Cell(cell) => page[cell as usize],
    }
}

/// Whether a page is one that genesis and programs leave: in its types, empty if its tag is 0, nothing of no asset.
fn valid(registry: &Registry, page: &[u64; 8]) -> bool {
    let Some(layout) = layout_of(registry, page) else { return *page == [0; 8] };
    layout.cells.iter().zip(page).all(|(kind, value)| {
        let typed = kind.ty.bits().is_none_or(|bits| value >> bits == 0);
        match kind.role {
            Role::Unused => *value == 0,
            Role::Balance(of) => typed && (asset(of, page) != 0 || *value == 0),
            _ => typed,
        }
    })
}

/// What is in pages, fees and records afterwards less what was in pages and came in before, by asset.
fn gains(registry: &Registry, program: &Program, inputs: &Inputs, outcome: &Outcome) -> BTreeMap<u64, i128> {
    let mut sums: BTreeMap<u64, i128> = BTreeMap::new();
    let mut add = |asset: u64, amount: i128| *sums.entry(asset).or_default() += amount;
    for (pages, sign) in [(&inputs.pages, -1), (&outcome.pages, 1)] {
        for (page, slot) in pages.iter().zip(&program.pages) {
            let Some(layout) = layout_of(registry, page) else { continue };
            for (kind, value) in layout.cells.iter().zip(page) {
                match kind.role {
                    Role::Balance(of) => add(asset(of, page), sign * i128::from(*value)),
                    Role::Supply => {
                        let account = match slot.account {
                            Element::Const(account) => account.as_canonical_u64(),
                            Element::Local(id) => inputs.operands[(id & 0xffff) as usize],
                        };
                        add((1 << 40) + 16 * account, -sign * i128::from(*value));
                    }
                    _ => {}
                }
            }
        }
    }
    add(1, i128::from(outcome.fees));
    for record in &outcome.records {
        add(record[1], i128::from(record[2]));
    }
    let operand = |name: &str| inputs.operands[program.operand(name).unwrap()];
    match program.name.as_str() {
        "deposit" => add(operand("asset"), -i128::from(operand("amount"))),
        "enter" => add(1, -i128::from(operand("amount"))),
        "fee_claim" => add(1, i128::from(inputs.pages[0][2]) - i128::from(inputs.fees_before)),
        // The first shares of a pool belong to nobody.
        "pool_create" => add((1 << 40) + 16 * operand("pool"), 1000),
        _ => {}
    }
    sums
}

/// Conservation, types of pages and the text's `ensure`s, of a program that was accepted on pages that can exist.
fn holds(registry: &Registry, program: &Program, inputs: &Inputs, outcome: &Outcome) -> bool {
    let registered = |name| program.operand(name).is_none_or(|at| inputs.operands[at] < 1 << 32);
    // What the page chip and L1 check, rows do not; zero is no listed asset.
    let typed = |parameters: &[Parameter], values: &[u64]| {
        let mut all = parameters.iter().zip(values);
        all.all(|(parameter, value)| parameter.ty.bits().is_none_or(|bits| value >> bits == 0))
    };
    let listed = program.operand("asset").is_none_or(|at| inputs.operands[at] != 0);
    let possible = inputs.pages.iter().all(|page| valid(registry, page))
        && registered("pool")
        && typed(&program.operands, &inputs.operands)
        && typed(&program.hints, &inputs.hints)
        && listed;
    if !possible {
        return false;
    }
    for page in &outcome.pages {
        assert!(valid(registry, page), "{}: {inputs:?} leaves {page:?}", program.name);
    }
    for (asset, gain) in gains(registry, program, inputs, outcome) {
        assert_eq!(gain, 0, "{}: {asset} from {inputs:?} to {outcome:?}", program.name);
    }
    for ensure in &program.ensures {
        let local = |id: u32| {
            let Local { space, index } = Local::from_id(id)?;
            let index = index as usize;
            match space {
                Space::Operand => inputs.operands.get(index).copied(),
                Space::Hint => inputs.hints.get(index).copied(),
                Space::OldCell => Some(inputs.pages[index / 8][index % 8]),
                Space::Result | Space::Signing => None,
            }
        };
        let new = |page: u16, cell: u8| Some(outcome.pages[page as usize][cell as usize]);
        assert_eq!(ensure.holds(&local, &|_| None, &new), Some(true), "{}: {inputs:?}", program.name);
    }
    true
}

#[test]
fn accepts_and_stores_what_the_sketch_does() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/programs.json"));
    let sketches: Vec<Value> = serde_json::from_str(text).unwrap();
    let names = ["account", "pool", "oracle", "gov", "orders", "lending", "invoice", "farm", "call", "channel"];
    let texts = names.map(|name| {
        let path = format!("{}/sources/{name}.braid", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    });
    let sources: Vec<(&str, &str)> = names.into_iter().zip(texts.iter().map(String::as_str)).collect();
    let registry = Registry::from_sources(&sources).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(registry.programs().len(), sketches.len());
    let mut accepted = BTreeMap::new();
    for (program, seed) in registry.programs().iter().zip(1..) {
        let sketch = sketches.iter().find(|sketch| sketch["program"] == program.name.as_str()).unwrap();
        let names = |key: &str| -> Vec<String> {
            let list = sketch[key].as_array().unwrap().iter();
            list.map(|parameter| parameter[0].as_str().unwrap().to_string()).collect()
        };
        let own = |list: &[braid_contracts::program::Parameter]| -> Vec<String> {
            list.iter().map(|parameter| parameter.name.clone()).collect()
        };
        assert_eq!(names("operands"), own(&program.operands), "{}", program.name);
        assert_eq!(names("hints"), own(&program.hints), "{}", program.name);
        // The sketch has rows of three terms with coefficients, ours fold products, immediates and checks.
        assert!(program.instructions.len() <= sketch["rows"].as_array().unwrap().len() + 2, "{}", program.name);
        let mut random = Random(seed);
        let mut good: Vec<Inputs> = Vec::new();
        let (mut count, mut conserved) = (0, 0);
        for _ in 0..ROUNDS {
            let mut candidate = match good.len() as u64 {
                count if conserved > 0 && random.below(4) > 0 => good[random.below(count) as usize].clone(),
                _ => inputs(&registry, program, &mut random),
            };
            if conserved == 0 {
                help(program, &mut candidate, &mut random);
                for _ in 0..200 {
                    if repair(&registry, program, &mut candidate, &mut random) {
                        break;
                    }
                }
            } else {
                alter(&registry, program, &mut candidate, &mut random);
            }
            let ours = machine::run(program, &candidate);
            let theirs = run_sketch(sketch, &candidate);
            assert_eq!(ours, theirs, "{}: {candidate:?}", program.name);
            if let Some(outcome) = &ours {
                count += 1;
                let possible = holds(&registry, program, &candidate, outcome);
                conserved += usize::from(possible);
                if possible && good.len() < 50 {
                    good.push(candidate);
                }
            }
        }
        accepted.insert(program.name.clone(), count);
        assert!(conserved > 5, "{}: {conserved} of {count}", program.name);
    }
    let never: Vec<&String> = accepted.iter().filter(|(_, count)| **count == 0).map(|(name, _)| name).collect();
    assert!(never.is_empty(), "never accepted: {never:?}");
}
