//! Values and instructions of a program in the words of its text.

use braid_contracts::program::{Check, Context, Element, Instruction, Local, LocalId, Operation, Program, Space, Wire};
use braid_contracts::registry::Registry;
use braid_primitives::{F, MODULUS};
use p3_field::PrimeField64;

/// Numbers above this are shown as what they are short of the field's order.
const NEGATIVE: u64 = MODULUS / 2;
/// Elements of one signature among the signing locals: the commitment, the key, the digest, the response.
const SIGNING: [(u16, &str); 4] = [(0, "commitment"), (5, "key"), (10, "digest"), (14, "response")];

/// What the values of one program are called.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    pub registry: &'a Registry,
    pub program: &'a Program,
}

impl Names<'_> {
    /// A local or a constant.
    pub fn element(&self, element: Element) -> String {
        match element {
            Element::Local(id) => self.local(id),
            Element::Const(value) => number(value),
        }
    }

    /// A row: what it computes, and what it proves of it.
    pub fn instruction(&self, row: usize, instruction: &Instruction) -> String {
        let Instruction { op, k, check, .. } = *instruction;
        let [a, b, c] = [instruction.a, instruction.b, instruction.c].map(|wire| self.wire(wire));
        let sum = |terms: &[(&str, &str)]| {
            let mut text = String::new();
            for (sign, term) in terms.iter().filter(|(_, term)| *term != "0") {
                match (text.is_empty(), *sign) {
                    (true, "+") => text += term,
                    (true, sign) => text += &format!("{sign}{term}"),
                    (false, sign) => text += &format!(" {sign} {term}"),
                }
            }
            if text.is_empty() { "0".to_owned() } else { text }
        };
        let (sign, size) = signed(k);
        let size = size.to_string();
        let computed = match op {
            Operation::Add => sum(&[("+", &a), ("+", &b), (sign, &size)]),
            Operation::Sub => sum(&[("+", &a), ("-", &b), (sign, &size)]),
            Operation::ReverseSub => sum(&[("+", &b), ("-", &a), (sign, &size)]),
            Operation::Mul if b == "0" => format!("{} · {a}", number(k)),
            Operation::Mul if size == "0" => format!("{a} · {b}"),
            Operation::Mul => format!("{a} · ({b} {sign} {size})"),
            Operation::Select => format!("if {c} then {a} else {b}"),
            Operation::IsEqual => format!("{} = 0 ? 1 : 0", sum(&[("+", &a), ("-", &b), (sign, &size)])),
            Operation::Less => format!("{a} < {b} ? 1 : 0"),
            Operation::MulDiv => format!("floor({a} · {b} / {c})"),
            Operation::MulDivUp => format!("ceil({a} · {b} / {c})"),
            Operation::Fee => format!("{a}, to the fees"),
        };
        let proven = match check {
            Check::None => String::new(),
            Check::Range(bits) => format!("   [{bits} bits]"),
            Check::Zero => "   [must be 0]".to_owned(),
        };
        format!("r{row:<3} = {computed}{proven}")
    }

    fn wire(&self, wire: Wire) -> String {
        match wire {
            Wire::None => "0".into(),
            Wire::Local(id) => self.local(id),
            Wire::Context(Context::Now) => "now".into(),
            Wire::Context(Context::Block) => "block".into(),
            Wire::Context(Context::FeesBefore) => "fees_before".into(),
            Wire::Context(Context::Scale) => "2^(36 - depth)".into(),
        }
    }

    fn local(&self, id: LocalId) -> String {
        let Some(Local { space, index }) = Local::from_id(id) else { return format!("local {id}") };
        let place = usize::from(index);
        let name = match space {
            Space::Operand => self.program.operands.get(place).map(|operand| operand.name.clone()),
            Space::Hint => self.program.hints.get(place).map(|hint| hint.name.clone()),
            Space::Result => Some(format!("r{index}")),
            Space::OldCell => self.program.pages.get(place / 8).map(|page| {
                let layout = self.registry.layout(&page.layout);
                let cell = layout.map_or_else(|| format!("cell {}", place % 8), |layout| layout.cell_name(place % 8));
                format!("{}.{cell}", page.name)
            }),
            Space::Signing => {
                let part = SIGNING.into_iter().rfind(|(first, _)| *first <= index % 32);
                part.map(|(first, part)| format!("signature {}.{part}.{}", index / 32 + 1, index % 32 - first))
            }
        };
        name.unwrap_or_else(|| format!("local {id}"))
    }
}

/// Sign and size of an element that stands for a small integer.
fn signed(value: F) -> (&'static str, u64) {
    match value.as_canonical_u64() {
        value if value > NEGATIVE => ("-", MODULUS - value),
        value => ("+", value),
    }
}

fn number(value: F) -> String {
    match signed(value) {
        ("-", size) => format!("-{size}"),
        (_, size) => size.to_string(),
    }
}
