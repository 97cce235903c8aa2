//! From a failed row or page to words: what was too small, too large, missing or late.
//!
//! The rows carry no names, so the reason is read off their shape: which slots of a failed check are page cells,
//! operands or the time. What fits no known shape is reported as the row itself.

use super::prepare::{OPERANDS, Prepared};
use super::run::{Failure, Registers};
use crate::chunk::Transaction;
use crate::rejection::Reason;
use braid_contracts::program::{Check, Context, Instruction, Local, Mode, Operation, Parameter, Space, Type, Wire};
use braid_primitives::{F, Page};
use p3_field::{PrimeCharacteristicRing, PrimeField64};

/// Tags from here up are layouts; below are assets.
const FIRST_LAYOUT: u64 = 1 << 48;
/// Differences from here up are negative numbers.
const NEGATIVE: u64 = 1 << 63;

/// Where a page lies and what it holds, for messages.
struct Place {
    page: String,
    account: u64,
    slot: u64,
    content: Page,
}

impl Prepared {
    /// The reason behind a failure of [`Prepared::run`] on these pages; `registers` as the run left them.
    #[cold]
    pub(crate) fn diagnose(
        &self,
        failure: Failure,
        transaction: &Transaction,
        old: &[Page],
        registers: &Registers,
    ) -> Reason {
        match failure {
            Failure::Mode(page) => {
                let Place { account, slot, content, .. } = self.place(page, transaction, old);
                self.wrong_page(page, (account, slot), &content)
            }
            Failure::Tag(page) => Reason::Untagged { page: self.page_name(page) },
            Failure::Row(row) => self.failed_row(row, transaction, old, registers),
        }
    }

    fn place(&self, number: usize, transaction: &Transaction, old: &[Page]) -> Place {
        let (account, slot) = self.pages.get(number).map(|page| page.place(transaction)).unwrap_or_default();
        let content = old.get(number).copied().unwrap_or_default();
        Place { page: self.page_name(number), account, slot, content }
    }

    /// Why a page of this content, at that account and slot, is not the one that the program wants.
    pub(crate) fn wrong_page(&self, number: usize, (account, slot): (u64, u64), content: &Page) -> Reason {
        let page = self.page_name(number);
        let expected = self.program.pages.get(number).map(|page| page.layout.clone()).unwrap_or_default();
        let found = describe(content);
        let mode = self.pages.get(number).map_or(Mode::Any, |page| page.mode);
        match mode {
            Mode::Empty => Reason::InUse { page, account, slot, found },
            _ if slot == 0 => Reason::UnknownAccount { page, account, expected, found },
            _ => Reason::WrongLayout { page, account, slot, expected, found },
        }
    }

    fn failed_row(&self, row: usize, transaction: &Transaction, old: &[Page], registers: &Registers) -> Reason {
        let unexplained = || Reason::Check { row, what: self.describe_row(row, registers) };
        let Some(instruction) = self.program.instructions.get(row) else { return unexplained() };
        let explained = match (instruction.check, instruction.op) {
            (Check::Range(bits), Operation::Add | Operation::Sub | Operation::ReverseSub) => {
                self.out_of_range(row, instruction, bits, transaction, old, registers)
            }
            (Check::Zero, _) => self.wrong_asset(row, instruction, transaction, old),
            _ => None,
        };
        explained.unwrap_or_else(unexplained)
    }

    fn out_of_range(
        &self,
        row: usize,
        instruction: &Instruction,
        bits: u8,
        transaction: &Transaction,
        old: &[Page],
        registers: &Registers,
    ) -> Option<Reason> {
        let Instruction { op, a, b, k, .. } = *instruction;
        let (plus, minus) = match op {
            Operation::Sub => (a, b),
            Operation::ReverseSub => (b, a),
            _ => (a, Wire::None),
        };
        if let (Some((parameter, value)), Wire::Context(Context::Now)) = (self.parameter(plus, transaction), minus) {
            let (until, now) = (value.as_canonical_u64(), registers.get(1).as_canonical_u64());
            let late = parameter.ty == Type::Until && until < now;
            return Some(if late { Reason::Expired { until, now } } else { too_wide(parameter, value, bits) });
        }
        let alone = minus == Wire::None && k == F::ZERO && (a == Wire::None || b == Wire::None);
        if alone {
            let (parameter, value) = self.parameter(a, transaction).or_else(|| self.parameter(b, transaction))?;
            return Some(too_wide(parameter, value, bits));
        }
        let output = self.linear(row, registers)?;
        let negative = output.as_canonical_u64() >= NEGATIVE;
        let (number, cell) = if negative { self.cell(plus) } else { self.cell(a).or_else(|| self.cell(b)) }?;
        let Place { page, account, slot, content } = self.place(number, transaction, old);
        let holds = content.get(cell)?.as_canonical_u64();
        Some(if negative {
            let asset = content[0].as_canonical_u64();
            let asset = (slot > 0 && asset < FIRST_LAYOUT).then_some(asset);
            Reason::InsufficientBalance {
                page,
                account,
                slot,
                cell,
                holds,
                missing: (-output).as_canonical_u64(),
                asset,
            }
        } else {
            Reason::Overflow { page, account, slot, cell, holds, bits }
        })
    }

    /// A zero check that reads a tag, itself or through the row before it (`b.tag · (b.tag − asset)`).
    fn wrong_asset(
        &self,
        row: usize,
        instruction: &Instruction,
        transaction: &Transaction,
        old: &[Page],
    ) -> Option<Reason> {
        let tag = |wire| self.cell(wire).filter(|(_, cell)| *cell == 0);
        let (number, _) = tag(instruction.a).or_else(|| tag(instruction.b))?;
        let Place { page, account, slot, content } = self.place(number, transaction, old);
        Some(Reason::WrongAsset { page, account, slot, tag: content[0].as_canonical_u64(), row })
    }

    /// Page and cell behind a wire.
    fn cell(&self, wire: Wire) -> Option<(usize, usize)> {
        let Wire::Local(id) = wire else { return None };
        let Local { space, index } = Local::from_id(id)?;
        (space == Space::OldCell).then_some((usize::from(index / 8), usize::from(index % 8)))
    }

    /// Operand or hint behind a wire, with its value.
    fn parameter(&self, wire: Wire, transaction: &Transaction) -> Option<(&Parameter, F)> {
        let Wire::Local(id) = wire else { return None };
        let Local { space, index } = Local::from_id(id)?;
        let (parameters, values) = match space {
            Space::Operand => (&self.program.operands, &transaction.operands),
            Space::Hint => (&self.program.hints, &transaction.hints),
            _ => return None,
        };
        parameters.get(usize::from(index)).zip(values.get(usize::from(index)).copied())
    }

    /// The output of a row that adds or subtracts, whether or not it passes its check.
    fn linear(&self, row: usize, registers: &Registers) -> Option<F> {
        let row = self.rows.get(row)?;
        let (a, b) = (registers.get(row.a), registers.get(row.b));
        match row.op {
            Operation::Add => Some(a + b + row.k),
            Operation::Sub => Some(a - b + row.k),
            Operation::ReverseSub => Some(b - a + row.k),
            _ => None,
        }
    }

    fn describe_row(&self, row: usize, registers: &Registers) -> String {
        let (Some(instruction), Some(places)) = (self.program.instructions.get(row), self.rows.get(row)) else {
            return String::new();
        };
        let wires = [(instruction.a, places.a), (instruction.b, places.b), (instruction.c, places.c)];
        let names = wires.map(|(wire, place)| match wire {
            Wire::None => "0".to_owned(),
            wire => format!("{} = {}", self.wire_name(wire), signed(registers.get(place))),
        });
        let check = match instruction.check {
            Check::None => "has no value".to_owned(),
            Check::Range(bits) => format!("is not below 2^{bits}"),
            Check::Zero => "is not 0".to_owned(),
        };
        format!("{:?}({}; {}; {}; {}) {check}", instruction.op, names[0], names[1], names[2], signed(instruction.k))
    }

    fn wire_name(&self, wire: Wire) -> String {
        let id = match wire {
            Wire::None => return "0".into(),
            Wire::Context(context) => return format!("{context:?}").to_lowercase(),
            Wire::Local(id) => id,
        };
        let Some(Local { space, index }) = Local::from_id(id) else { return format!("local {id}") };
        let index = usize::from(index);
        let name = |parameters: &[Parameter]| {
            parameters.get(index).map(|parameter| parameter.name.clone()).unwrap_or_default()
        };
        match space {
            Space::Operand => name(&self.program.operands),
            Space::Hint => name(&self.program.hints),
            Space::Result => format!("row {index}"),
            Space::OldCell => format!("{}[{}]", self.page_name(index / 8), index % 8),
            Space::Signing => format!("signing {index}"),
        }
    }
}

fn too_wide(parameter: &Parameter, value: F, bits: u8) -> Reason {
    Reason::TooWide { name: parameter.name.clone(), value: value.as_canonical_u64(), bits }
}

/// A field element as the integer that people mean by it.
fn signed(value: F) -> String {
    let (value, negated) = (value.as_canonical_u64(), (-value).as_canonical_u64());
    if value >= NEGATIVE { format!("-{negated}") } else { value.to_string() }
}

/// What lies on a page.
fn describe(page: &Page) -> String {
    match page[0].as_canonical_u64() {
        0 => "empty".to_owned(),
        tag if tag >= FIRST_LAYOUT => format!("layout {}", tag - FIRST_LAYOUT),
        asset => format!("holding of asset {asset}"),
    }
}

const _: () = assert!(OPERANDS == 5, "register 1 is `now`");
