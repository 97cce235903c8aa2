//! Table rows back to programs. Written against the tables' definition and sharing nothing with what writes them: every
//! element of every row must have the one value that the decoded program gives it.

use braid_primitives::{Digest, F, domain};
use p3_field::{PrimeCharacteristicRing, PrimeField64};

use super::{Refusal, Rule};
use crate::program::{
    Check, Context, Element, Instruction, Local, Message, Mode, Operation, PageSlot, Parameter, Program, Source, Space,
    Type, Wire,
};
use crate::rom::{Rom, instruction_flag, page_flag, schedule_flag};

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
            instruction(row, pc, &call).map_err(|what| Rule::Table { table: "instruction", row: pc, what })
        })
        .collect();
    let slots: Result<Vec<_>, Rule> = pages
        .iter()
        .enumerate()
        .map(|(k, row)| page(row, k, k + 1 == pages.len()).map_err(|what| Rule::Table { table: "page", row: k, what }))
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

/// What the other tables say that an instruction row must agree with.
struct Call {
    last: bool,
    pages: bool,
    inbox: bool,
    emits: usize,
}

const OPERATIONS: [Operation; 10] = [
    Operation::Add,
    Operation::Sub,
    Operation::ReverseSub,
    Operation::Mul,
    Operation::Select,
    Operation::IsEqual,
    Operation::Less,
    Operation::MulDiv,
    Operation::MulDivUp,
    Operation::Fee,
];

fn instruction(row: &[F; 10], pc: usize, call: &Call) -> Result<Instruction, &'static str> {
    let [valid, _, number, flags, a, b, c, k, shift, emits] = *row;
    demand(valid == F::ONE, "not marked valid")?;
    demand(number == F::from_usize(pc), "a gap in the program counter")?;
    demand(emits == F::from_usize(if call.last { call.emits } else { 0 }), "another number of records")?;
    let mut flags = Flags(small(flags)?);
    let chosen: Vec<Operation> = (0..).zip(OPERATIONS).filter(|(bit, _)| flags.take(*bit)).map(|(_, op)| op).collect();
    let [op] = chosen[..] else { return Err("not exactly one operation") };
    let zero = flags.take(instruction_flag::ZERO);
    let wire = |value: F, read: bool| match (read, small(value)?) {
        (true, id) if id != 0 => Ok(Wire::Local(id)),
        (true, _) => Err("reads no local"),
        (false, 0) => Ok(Wire::None),
        (false, _) => Err("a reference that is not read"),
    };
    let a = wire(a, flags.take(instruction_flag::READ_A))?;
    let mut b = wire(b, flags.take(instruction_flag::READ_B))?;
    let c = wire(c, flags.take(instruction_flag::READ_C))?;
    let contexts = [
        (instruction_flag::NOW, Context::Now),
        (instruction_flag::BLOCK, Context::Block),
        (instruction_flag::FEES_BEFORE, Context::FeesBefore),
        (instruction_flag::SCALE, Context::Scale),
    ];
    for (bit, context) in contexts {
        if flags.take(bit) {
            demand(b == Wire::None, "slot b reads two values")?;
            b = Wire::Context(context);
        }
    }
    flags.demand(instruction_flag::START, pc == 0, "a start elsewhere than at the first row")?;
    flags.demand(instruction_flag::LAST, call.last, "an end elsewhere than at the last row")?;
    flags.demand(instruction_flag::CALL_PAGE, pc == 0 && call.pages, "calls the page chip wrongly")?;
    flags.demand(instruction_flag::INBOX, call.last && call.inbox, "takes an inbox entry wrongly")?;
    let limbs = [0, 1, 2].map(|limb| flags.take(instruction_flag::LIMB + limb));
    flags.finish()?;
    let limbs = match limbs {
        [false, false, false] => 1,
        [true, false, false] => 2,
        [true, true, false] => 3,
        [true, true, true] => 4,
        _ => return Err("limbs with a gap"),
    };
    let shift = shift.as_canonical_u64();
    demand(shift.is_power_of_two() && shift <= 1 << 15, "a shift that is no power of two below 2^16")?;
    let bits = 16 * limbs - shift.trailing_zeros() as u8;
    let check = match (op, zero, bits) {
        (Operation::Less, false, 62) => Check::None,
        (Operation::Less, ..) => return Err("the check of `less` is of 62 bits"),
        (_, true, 64) => Check::Zero,
        (_, false, 64) => Check::None,
        (_, false, 1..=63) => Check::Range(bits),
        _ => return Err("two checks on one row"),
    };
    Ok(Instruction { op, a, b, c, k, check })
}

fn page(row: &[F; 17], k: usize, last: bool) -> Result<PageSlot, &'static str> {
    let mut cells = [F::ZERO; 8];
    cells.copy_from_slice(&row[9..]);
    let [valid, _, number, flags, account, slot, tag, delta, message] =
        [row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8]];
    demand(valid == F::ONE, "not marked valid")?;
    demand(number == F::from_usize(k), "a gap in the numbers of pages")?;
    let mut flags = Flags(small(flags)?);
    flags.demand(page_flag::FIRST, k == 0, "a first page elsewhere")?;
    flags.demand(page_flag::LAST, last, "a last page elsewhere")?;
    let modes = [flags.take(page_flag::MUST), flags.take(page_flag::MAY), flags.take(page_flag::EMPTY)];
    let mode = match modes {
        [true, false, false] => Mode::Must(tag),
        [false, true, false] => Mode::May(tag),
        [false, false, true] => Mode::Empty,
        [false, false, false] => Mode::Any,
        _ => return Err("two modes"),
    };
    demand(modes[0] || modes[1] || tag == F::ZERO, "a tag that nothing asks for")?;
    demand(!(modes[0] || modes[1]) || tag != F::ZERO, "asks for tag 0")?;
    let element = |value: F, local: bool| match local {
        true => Ok(Element::Local(small(value)?)),
        false => Ok::<_, &'static str>(Element::Const(value)),
    };
    let slot = element(slot, flags.take(page_flag::SLOT_IS_LOCAL))?;
    let signer = small(message)?;
    flags.demand(page_flag::SIGNER, signer != 0, "a signer without number, or a number without signer")?;
    let account = element(account, flags.take(page_flag::ACCOUNT_IS_LOCAL))?;
    let mut new = [Element::ZERO; 8];
    for ((cell, value), bit) in new.iter_mut().zip(cells).zip(page_flag::CELL_IS_LOCAL..) {
        *cell = element(value, flags.take(bit))?;
    }
    flags.finish()?;
    let delta = small(delta)?;
    let slot_limit = match (slot, delta) {
        (Element::Local(_), 0..=14) => 15 - delta as u8,
        (Element::Const(_), 0) => 15,
        _ => return Err("a limit without meaning"),
    };
    Ok(PageSlot {
        name: String::new(),
        layout: String::new(),
        account,
        slot,
        slot_limit,
        mode,
        signer: u8::try_from(signer).map_err(|_| "a signer beyond 255")?,
        written: (0..8).any(|cell| new[cell as usize] != Element::Local(Local::old_cell(k as u16, cell).id())),
        new,
    })
}

/// One element of a block.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Const(F),
    Receive(u32),
    Provide(u32),
}

impl Part {
    const fn element(self) -> Option<Element> {
        match self {
            Self::Const(value) => Some(Element::Const(value)),
            Self::Receive(id) => Some(Element::Local(id)),
            Self::Provide(_) => None,
        }
    }
}

/// How a stream ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Message(u64),
    Signature(u64),
    Data,
    Inbox,
    Outbox(u64),
}

/// All parts of a sponge.
struct Stream {
    domain: u64,
    iv: [F; 2],
    parts: Vec<Part>,
    end: End,
}

/// The schedule, understood.
struct Streams {
    messages: Vec<Message>,
    operands: usize,
    hints: usize,
    inbox: Option<u32>,
    records: Vec<[Element; 8]>,
    digest: Digest,
}

impl Streams {
    fn read(rows: &[[F; 12]]) -> Result<Self, Rule> {
        let mut streams = Vec::new();
        let mut at = 0;
        while at < rows.len() {
            let start = at;
            let refuse = |what| Rule::Table { table: "schedule", row: start, what };
            let (stream, next) = stream(rows, at).map_err(refuse)?;
            streams.push((stream, start));
            at = next;
        }
        Self::understand(streams)
    }

    fn understand(streams: Vec<(Stream, usize)>) -> Result<Self, Rule> {
        let data = streams.iter().find(|(stream, _)| stream.end == End::Data);
        let Some((data, _)) = data else { return Err(Rule::Program("its data is not published")) };
        let digest = match data.parts[..] {
            [Part::Const(d2), Part::Const(d3), ..] => [data.iv[0], data.iv[1], d2, d3],
            _ => return Err(Rule::Program("its data does not begin with its digest")),
        };
        let mut read = Self { messages: Vec::new(), operands: 0, hints: 0, inbox: None, records: Vec::new(), digest };
        // In order: messages each with a signature, data, inbox, records.
        let mut stage = 0;
        for (stream, row) in &streams {
            let refuse = |what| Rule::Table { table: "schedule", row: *row, what };
            let next = match stream.end {
                End::Message(_) => 0,
                End::Signature(_) => 1,
                End::Data => 2,
                End::Inbox => 3,
                End::Outbox(_) => 4,
            };
            let orderly = match (stage, next) {
                (0, 0 | 1 | 2) | (1, 0 | 2) | (2, 3 | 4) | (3, 4) | (4, 4) => true,
                _ => false,
            };
            let awaited = match (stream.end, read.messages.len() as u64) {
                (End::Message(m), known) => m == known + 1,
                (End::Signature(m), known) => stage == 0 && m == known && known > 0,
                (End::Outbox(offset), _) => offset == read.records.len() as u64,
                (End::Data | End::Inbox, _) => true,
            };
            let unsigned = stage == 0 && !read.messages.is_empty() && next != 1;
            if !orderly || !awaited || unsigned {
                return Err(refuse("a stream out of order"));
            }
            read.take(stream, digest).map_err(refuse)?;
            stage = next;
        }
        Ok(read)
    }

    fn take(&mut self, stream: &Stream, digest: Digest) -> Result<(), &'static str> {
        let elements = |parts: &[Part]| -> Result<Vec<Element>, &'static str> {
            parts.iter().map(|part| part.element().ok_or("produces an operand elsewhere than in the data")).collect()
        };
        let zero = [F::ZERO; 2];
        match (stream.end, stream.domain) {
            (End::Message(_), domain::MESSAGE) => {
                demand(stream.iv == [digest[0], digest[1]], "a message of another program")?;
                let elements = elements(&stream.parts)?;
                let own = [Element::Const(digest[2]), Element::Const(digest[3])];
                let rest = elements.strip_prefix(&own[..]).ok_or("a message of another program")?;
                self.messages.push(Message::Default { elements: rest.to_vec() });
                Ok(())
            }
            (End::Message(_), domain::OVER) => {
                demand(stream.iv[1] == F::ZERO, "an initial value without meaning")?;
                let number = small(stream.iv[0])?;
                self.messages.push(Message::Over { number, elements: elements(&stream.parts)? });
                Ok(())
            }
            (End::Signature(_), domain::SIGNATURE) => {
                let m = self.messages.len() as u16;
                let wanted = (0..14).map(|j| Part::Receive(Local::signing(m, j).id()));
                demand(stream.iv == zero && wanted.eq(stream.parts.iter().copied()), "not the parts of its signature")
            }
            (End::Data, domain::TRANSACTION) => self.data(stream, digest),
            (End::Inbox, domain::INBOX) => {
                demand(stream.iv[1] == F::ZERO, "an initial value without meaning")?;
                let wanted = (0..self.operands as u16).map(|index| Part::Receive(Local::operand(index).id()));
                demand(wanted.eq(stream.parts.iter().copied()), "the inbox entry is not its operands")?;
                self.inbox = Some(small(stream.iv[0])?);
                Ok(())
            }
            (End::Outbox(_), domain::RECORD) => {
                demand(stream.iv == zero, "an initial value without meaning")?;
                let record = elements(&stream.parts)?.try_into().map_err(|_| "a record of another length")?;
                self.records.push(record);
                Ok(())
            }
            _ => Err("a stream under the number of another"),
        }
    }

    /// Every operand, then every hint, each produced once.
    fn data(&mut self, stream: &Stream, digest: Digest) -> Result<(), &'static str> {
        demand(stream.iv == [digest[0], digest[1]], "data of another program")?;
        for part in stream.parts.iter().skip(2) {
            let Part::Provide(id) = *part else { return Err("data that is no operand or hint") };
            let next = match Local::from_id(id).map(|local| local.space) {
                Some(Space::Operand) if self.hints == 0 => Local::operand(self.operands as u16),
                Some(Space::Hint) => Local::hint(self.hints as u16),
                _ => return Err("data that is no operand or hint"),
            };
            demand(next.id() == id, "operands and hints with a gap")?;
            match next.space {
                Space::Operand => self.operands += 1,
                _ => self.hints += 1,
            }
        }
        Ok(())
    }
}

/// One stream from its start row on, and the row after its end.
fn stream(rows: &[[F; 12]], from: usize) -> Result<(Stream, usize), &'static str> {
    let mut stream = Stream { domain: 0, iv: [F::ZERO; 2], parts: Vec::new(), end: End::Data };
    let mut length = 0;
    let mut at = from;
    loop {
        let row = rows.get(at).ok_or("a stream without end")?;
        let (mut flags, elements, iv, x) = frame(row, at, at + 1 == rows.len())?;
        let start = flags.take(schedule_flag::START);
        demand(start == (at == from), "a start within a stream")?;
        if start {
            let first = iv[0].as_canonical_u64();
            stream.domain = first & 0xffff;
            length = usize::try_from(first >> 16).map_err(|_| "a length beyond 2^32")?;
            stream.iv = [iv[1], iv[2]];
        } else {
            demand(iv == [F::ZERO; 3], "an initial value within a stream")?;
        }
        let full = 4 * (at + 1 - from);
        for (j, value) in (0..).zip(elements) {
            let receive = flags.take(schedule_flag::RECEIVE + j);
            let provide = flags.take(schedule_flag::PROVIDE + j);
            let part = match (receive, provide) {
                (false, false) => Part::Const(value),
                (true, false) => Part::Receive(small(value)?),
                (false, true) => Part::Provide(small(value)?),
                (true, true) => return Err("an element read and produced at once"),
            };
            if stream.parts.len() < length {
                stream.parts.push(part);
            } else {
                demand(part == Part::Const(F::ZERO), "something behind the stream's length")?;
            }
        }
        at += 1;
        let ends = full >= length;
        let message = flags.take(schedule_flag::END_MESSAGE);
        let signature = flags.take(schedule_flag::END_SIGNATURE);
        flags.finish()?;
        let x = x.as_canonical_u64();
        match (ends, message, signature) {
            (true, true, false) => stream.end = End::Message(x),
            (true, false, true) => stream.end = End::Signature(x),
            (_, false, false) => {
                demand(x == 0, "a number without meaning")?;
                if !ends {
                    continue;
                }
                let row = rows.get(at).ok_or("a stream without end")?;
                stream.end = chain_step(row, at, at + 1 == rows.len())?;
                at += 1;
            }
            _ => return Err("an end within a stream"),
        }
        demand(4 * (length.div_ceil(4).max(1)) == full, "blocks behind the stream's length")?;
        return Ok((stream, at));
    }
}

fn chain_step(row: &[F; 12], k: usize, last: bool) -> Result<End, &'static str> {
    let (mut flags, elements, iv, x) = frame(row, k, last)?;
    flags.demand(schedule_flag::CHAIN, true, "a stream that ends in nothing")?;
    demand(elements == [F::ZERO; 4] && iv == [F::ZERO; 3], "a chain step with content")?;
    let which = [schedule_flag::DATA, schedule_flag::INBOX, schedule_flag::OUTBOX].map(|bit| flags.take(bit));
    flags.finish()?;
    let x = x.as_canonical_u64();
    match (which, x) {
        ([true, false, false], 0) => Ok(End::Data),
        ([false, true, false], 0) => Ok(End::Inbox),
        ([false, false, true], offset) => Ok(End::Outbox(offset)),
        _ => Err("a step of no chain"),
    }
}

/// What a schedule row consists of, once its place is checked: flags, elements, initial value, x.
type Frame = (Flags, [F; 4], [F; 3], F);

fn frame(row: &[F; 12], k: usize, last: bool) -> Result<Frame, &'static str> {
    let [valid, _, number, flags, e0, e1, e2, e3, iv0, iv2, iv3, x] = *row;
    demand(valid == F::ONE, "not marked valid")?;
    demand(number == F::from_usize(k), "a gap in the schedule")?;
    let mut flags = Flags(small(flags)?);
    flags.demand(schedule_flag::FIRST, k == 0, "a first block elsewhere")?;
    flags.demand(schedule_flag::LAST, last, "a last block elsewhere")?;
    Ok((flags, [e0, e1, e2, e3], [iv0, iv2, iv3], x))
}
