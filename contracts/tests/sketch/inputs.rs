//! Inputs of programs: drawn at random, then changed until a program accepts them, since most programs accept almost nothing.

use braid_contracts::Registry;
use braid_contracts::layout::Role;
use braid_contracts::program::{Check, Local, Mode, Operation, Program, Space, Type, Wire};
use p3_field::PrimeField64;

use super::P;
use super::machine::{self, Inputs};
use random::SplitMix64;

#[path = "../../../verifier/tests/random/mod.rs"]
mod random;

/// Numbers that programs and pages may hold.
pub struct Random(SplitMix64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(SplitMix64(seed))
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    fn next(&mut self) -> u64 {
        self.0.next()
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.0.index(list.len())]
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

pub fn inputs(registry: &Registry, program: &Program, random: &mut Random) -> Inputs {
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
pub fn alter(registry: &Registry, program: &Program, inputs: &mut Inputs, random: &mut Random) {
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
pub fn help(program: &Program, inputs: &mut Inputs, random: &mut Random) {
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
pub fn repair(registry: &Registry, program: &Program, inputs: &mut Inputs, random: &mut Random) -> bool {
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
