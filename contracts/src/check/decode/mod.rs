//! Table rows back to programs. Written against the tables' definition and sharing nothing with what writes them: every
//! element of every row must have the one value that the decoded program gives it.

mod instruction;
mod page;
mod schedule;

use braid_primitives::{Digest, F};
use p3_field::{PrimeCharacteristicRing, PrimeField64};

use super::{Refusal, Rule};
use crate::program::{Parameter, Program, Source, Type};
use crate::rom::Rom;
use instruction::Call;
use schedule::Streams;

/// A program as its rows say it: names and types are gone.
#[derive(Clone, Debug)]
pub(super) struct Decoded {
    pub(super) program: Program,
    /// The digest that stands in the schedule.
    pub(super) digest: Digest,
}

/// All programs of the tables, which hold them in order and without gaps.
pub(super) fn programs(rom: &Rom) -> Result<Vec<Decoded>, Refusal> {
    let mut decoded = Vec::new();
    let (mut instructions, mut pages, mut schedule) = (&rom.instructions[..], &rom.pages[..], &rom.schedule[..]);
    while !(instructions.is_empty() && pages.is_empty() && schedule.is_empty()) {
        let number = decoded.len();
        let own = F::from_usize(number);
        let count = |owners: &mut dyn Iterator<Item = F>| owners.take_while(|owner| *owner == own).count();
        let instruction_count = count(&mut instructions.iter().map(|row| row[1]));
        let page_count = count(&mut pages.iter().map(|row| row[1]));
        let schedule_count = count(&mut schedule.iter().map(|row| row[1]));
        let (own_instructions, others) = instructions.split_at(instruction_count);
        let (own_pages, other_pages) = pages.split_at(page_count);
        let (own_schedule, other_schedule) = schedule.split_at(schedule_count);
        let program = program(own_instructions, own_pages, own_schedule);
        decoded.push(program.map_err(|rule| Refusal { number, rule })?);
        (instructions, pages, schedule) = (others, other_pages, other_schedule);
    }
    Ok(decoded)
}

fn program(instructions: &[[F; 10]], pages: &[[F; 17]], schedule: &[[F; 12]]) -> Result<Decoded, Rule> {
    let streams = Streams::read(schedule)?;
    let emits = streams.records.len();
    let rows: Result<Vec<_>, Rule> = instructions
        .iter()
        .enumerate()
        .map(|(pc, row)| {
            let call = Call {
                last: pc + 1 == instructions.len(),
                pages: !pages.is_empty(),
                inbox: streams.inbox.is_some(),
                emits,
            };
            instruction::read(row, pc, &call).map_err(|what| Rule::Table { table: "instruction", row: pc, what })
        })
        .collect();
    let slots: Result<Vec<_>, Rule> = pages
        .iter()
        .enumerate()
        .map(|(k, row)| {
            page::read(row, k, k + 1 == pages.len()).map_err(|what| Rule::Table { table: "page", row: k, what })
        })
        .collect();
    let source = match (streams.inbox, streams.messages.is_empty()) {
        (Some(kind), true) => Source::Inbox(kind),
        (Some(_), false) => return Err(Rule::Program("an inbox program has no messages")),
        (None, true) => Source::System,
        (None, false) => Source::Signed,
    };
    let parameters = |name: &str, count| {
        (0..count).map(|index| Parameter { name: format!("{name} {index}"), ty: Type::Field }).collect()
    };
    let program = Program {
        name: String::new(),
        file: String::new(),
        source,
        operands: parameters("operand", streams.operands),
        hints: parameters("hint", streams.hints),
        instructions: rows?,
        pages: slots?,
        messages: streams.messages,
        records: streams.records,
        transfers: Vec::new(),
        ensures: Vec::new(),
    };
    if program.instructions.is_empty() {
        return Err(Rule::Program("it has no rows"));
    }
    Ok(Decoded { program, digest: streams.digest })
}

/// A number below 2^32.
fn small(value: F) -> Result<u32, &'static str> {
    u32::try_from(value.as_canonical_u64()).map_err(|_| "a number beyond 2^32")
}

/// Flags taken one by one; what is left at the end has no meaning.
struct Flags(u32);

impl Flags {
    fn take(&mut self, bit: u32) -> bool {
        let set = self.0 >> bit & 1 == 1;
        self.0 &= !(1 << bit);
        set
    }

    fn demand(&mut self, bit: u32, wanted: bool, what: &'static str) -> Result<(), &'static str> {
        if self.take(bit) == wanted { Ok(()) } else { Err(what) }
    }

    const fn finish(self) -> Result<(), &'static str> {
        if self.0 == 0 { Ok(()) } else { Err("a flag without meaning") }
    }
}

fn demand(holds: bool, what: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(what) }
}
