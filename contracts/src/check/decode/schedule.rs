//! Rows of the schedule: blocks to streams, streams to messages, data, inbox entry and records.

use braid_primitives::{Digest, F, domain};
use p3_field::{PrimeCharacteristicRing, PrimeField64};

use super::super::Rule;
use super::{Flags, demand, small};
use crate::program::{Element, Local, Message, Space};
use crate::rom::schedule_flag;

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
    /// What a message's sponge goes on with to a step of the data chain.
    published: Option<Vec<Part>>,
}

impl Stream {
    fn publishes(&self) -> bool {
        self.end == End::Data || self.published.is_some()
    }
}

/// The schedule, understood.
pub(super) struct Streams {
    pub(super) messages: Vec<Message>,
    pub(super) operands: usize,
    pub(super) hints: usize,
    pub(super) inbox: Option<u32>,
    pub(super) records: Vec<[Element; 8]>,
    pub(super) digest: Digest,
}

impl Streams {
    pub(super) fn read(rows: &[[F; 12]]) -> Result<Self, Rule> {
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
        let data = streams.iter().find(|(stream, _)| stream.publishes());
        let Some((data, _)) = data else { return Err(Rule::Program("its data is not published")) };
        let digest = match data.parts[..] {
            [Part::Const(d2), Part::Const(d3), ..] => [data.iv[0], data.iv[1], d2, d3],
            _ => return Err(Rule::Program("its data does not begin with its digest")),
        };
        let mut read = Self { messages: Vec::new(), operands: 0, hints: 0, inbox: None, records: Vec::new(), digest };
        // In order: messages each with a signature, data unless the first message published it, inbox, records.
        let mut stage = 0;
        let own = data.end == End::Data;
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
                (0, 0..=1) | (1, 0) | (2, 3 | 4) | (3 | 4, 4) => true,
                (0 | 1, 2) => own,
                (1, 3 | 4) => !own,
                _ => false,
            };
            let awaited = match (stream.end, read.messages.len() as u64) {
                (End::Message(m), known) => m == known + 1,
                (End::Signature(m), known) => stage == 0 && m == known && known > 0,
                (End::Outbox(offset), _) => offset == read.records.len() as u64,
                (End::Data | End::Inbox, _) => true,
            };
            let unsigned = stage == 0 && !read.messages.is_empty() && next != 1;
            // The first message publishes if it is of the default kind, and no other does.
            let publishes = stream.domain == domain::MESSAGE && next == 0 && read.messages.is_empty();
            demand(next == 2 || stream.publishes() == publishes, "published elsewhere than in the first message")
                .map_err(refuse)?;
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
                let elements = match &stream.published {
                    Some(hints) => self.published(&stream.parts, hints)?,
                    None => elements(&stream.parts)?,
                };
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
        let produced = stream.parts.get(2..).unwrap_or_default();
        let hint = |part: &Part| matches!(part, Part::Provide(id) if is(Space::Hint, *id));
        let (operands, hints) = produced.split_at(produced.iter().position(hint).unwrap_or(produced.len()));
        self.operands = all(Local::operand, operands)?;
        self.hints = all(Local::hint, hints)?;
        Ok(())
    }

    /// A message that produces every operand, each once, in any order, and then every hint. Returns its elements.
    fn published(&mut self, message: &[Part], hints: &[Part]) -> Result<Vec<Element>, &'static str> {
        let mut operands: Vec<Part> = Vec::new();
        let element = |part: &Part| match *part {
            Part::Provide(id) => {
                operands.push(*part);
                Element::Local(id)
            }
            Part::Const(value) => Element::Const(value),
            Part::Receive(id) => Element::Local(id),
        };
        let elements: Vec<Element> = message.iter().map(element).collect();
        operands.sort_unstable_by_key(|part| if let Part::Provide(id) = part { *id } else { 0 });
        self.operands = all(Local::operand, &operands)?;
        self.hints = all(Local::hint, hints)?;
        Ok(elements)
    }
}

/// Whether the local of that number is of that kind.
fn is(space: Space, id: u32) -> bool {
    Local::from_id(id).is_some_and(|local| local.space == space)
}

/// The number of locals of one kind that these parts produce: exactly the first ones, in order.
fn all(local: fn(u16) -> Local, parts: &[Part]) -> Result<usize, &'static str> {
    let wanted = (0..=u16::MAX).map(|index| Part::Provide(local(index).id()));
    demand(parts.iter().copied().eq(wanted.take(parts.len())), "not the operands and hints of its data")?;
    Ok(parts.len())
}

/// One stream from its start row on, and the row after its end.
fn stream(rows: &[[F; 12]], from: usize) -> Result<(Stream, usize), &'static str> {
    let mut stream = Stream { domain: 0, iv: [F::ZERO; 2], parts: Vec::new(), end: End::Data, published: None };
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
            (true, true, false) => {
                stream.end = End::Message(x);
                (stream.published, at) = published(rows, at)?;
            }
            (true, false, true) => {
                stream.end = End::Signature(x);
                at = response(rows, at, x)?;
            }
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

/// What follows a message: nothing, or the blocks its sponge goes on with, of hints that are produced there, and the step of the
/// data chain. Returns the row after them.
fn published(rows: &[[F; 12]], mut at: usize) -> Result<(Option<Vec<Part>>, usize), &'static str> {
    let mut parts = Vec::new();
    let from = at;
    loop {
        let row = rows.get(at).ok_or("a message without signature")?;
        let (mut flags, elements, iv, x) = frame(row, at, at + 1 == rows.len())?;
        if at == from && flags.take(schedule_flag::START) {
            return Ok((None, at));
        }
        at += 1;
        if flags.take(schedule_flag::CHAIN) {
            let end = chain_step(row, at - 1, at == rows.len())?;
            demand(end == End::Data, "a message that goes on to another chain than the data's")?;
            return Ok((Some(parts), at));
        }
        demand(!flags.take(schedule_flag::START), "a start within a stream")?;
        demand(iv == [F::ZERO; 3] && x == F::ZERO, "a number without meaning")?;
        demand(parts.len() == 4 * (at - 1 - from), "blocks behind the last hint")?;
        for (j, value) in (0..).zip(elements) {
            if flags.take(schedule_flag::PROVIDE + j) {
                demand(parts.len() == 4 * (at - 1 - from) + j as usize, "hints with a gap")?;
                parts.push(Part::Provide(small(value)?));
            } else {
                demand(value == F::ZERO, "something behind the hints")?;
            }
        }
        demand(parts.len() > 4 * (at - 1 - from), "blocks behind the last hint")?;
        flags.finish()?;
    }
}

/// What follows the challenge of message `m`: the response's seven elements in two blocks of the same sponge, a step of the seed
/// chain, and the randomizer, each exactly so. Returns the row after them.
fn response(rows: &[[F; 12]], at: usize, m: u64) -> Result<usize, &'static str> {
    let m = u16::try_from(m).ok().filter(|m| (1..8).contains(m)).ok_or("a signature under no message")?;
    let frame = |k: usize| {
        let row = rows.get(k).ok_or("a signature without its randomizer")?;
        self::frame(row, k, k + 1 == rows.len())
    };
    for (block, range) in [(at, 14..18), (at + 1, 18..21)] {
        let (mut flags, elements, iv, x) = frame(block)?;
        let mut wanted = [F::ZERO; 4];
        for (j, element) in (0..4).zip(range) {
            wanted[j as usize] = F::from_u32(Local::signing(m, element).id());
            flags.demand(schedule_flag::RECEIVE + j, true, "a part of a response that is not read")?;
        }
        flags.finish()?;
        demand(elements == wanted && iv == [F::ZERO; 3] && x == F::ZERO, "not the response of its signature")?;
    }
    let (mut flags, elements, iv, x) = frame(at + 2)?;
    flags.demand(schedule_flag::CHAIN, true, "a response without its step of the seed")?;
    flags.demand(schedule_flag::SEED, true, "a response without its step of the seed")?;
    flags.finish()?;
    demand(elements == [F::ZERO; 4] && iv == [F::ZERO; 3] && x == F::ZERO, "a chain step with content")?;
    let (mut flags, elements, iv, x) = frame(at + 3)?;
    flags.demand(schedule_flag::RANDOMIZER, true, "a signature without its randomizer")?;
    flags.finish()?;
    let wanted = [F::from_u64(domain::RANDOMIZER + (4 << 16)), F::ZERO, F::ZERO];
    demand(elements == [F::ZERO; 4] && iv == wanted, "a randomizer of another kind")?;
    demand(x == F::from_u16(m), "the randomizer of another signature")?;
    Ok(at + 4)
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
