//! Rows of the schedule: every block that the hash chip absorbs for a transaction, in order.
//!
//! For each message its blocks, those of its signature's challenge, which go on with the response to a step of the seed chain,
//! and the block of its randomizer; the published data, where operands and hints are produced, and its chain step; the inbox
//! entry and its step; each record and its step.
//!
//! A first message of the default kind names the program and holds all operands, so its sponge is that of the data too: it
//! produces the operands, goes on with the hints, and the data chain's step follows right there, before the signature. Other
//! programs publish in a sponge of its own after their messages.

use braid_primitives::domain;
use braid_primitives::{Digest, F};
use p3_field::PrimeCharacteristicRing;

use super::SCHEDULE_WIDTH;
use super::flags::{bits, schedule_flag as flag};
use crate::program::{Element, Local, Message, Program, Source, Space};

/// Elements of a block.
const RATE: usize = 4;
/// Elements under a signature's challenge: `w_R`, `w_Q`, the message digest.
const SIGNATURE_LENGTH: u16 = 14;
/// Elements of a signature's response: words of 48 bits, the lowest first.
const RESPONSE_LENGTH: u16 = 7;
/// Elements under a randomizer: the seed.
const SEED_LENGTH: usize = 4;

/// What happens to an element of a block.
#[derive(Clone, Copy)]
enum Part {
    Const(F),
    Receive(u32),
    Provide(u32),
}

impl From<Element> for Part {
    fn from(element: Element) -> Self {
        match element {
            Element::Local(id) => Self::Receive(id),
            Element::Const(value) => Self::Const(value),
        }
    }
}

/// A row before its number is known.
struct Block {
    flags: u32,
    elements: [F; RATE],
    iv: [F; 3],
    x: F,
}

/// What a stream is for.
struct Stream {
    domain: u64,
    iv: [F; 2],
    /// Flags and `x` of the last block.
    end: (u32, u16),
}

pub(super) fn rows(program: &Program, number: u32, digest: Digest) -> Vec<[F; SCHEDULE_WIDTH]> {
    let blocks = blocks(program, digest);
    let last = blocks.len().saturating_sub(1);
    blocks
        .into_iter()
        .enumerate()
        .map(|(k, block)| {
            let place = bits(&[(flag::FIRST, k == 0), (flag::LAST, k == last)]);
            let mut row = [F::ZERO; SCHEDULE_WIDTH];
            row[..4].copy_from_slice(&[
                F::ONE,
                F::from_u32(number),
                F::from_usize(k),
                F::from_u32(block.flags | place),
            ]);
            row[4..8].copy_from_slice(&block.elements);
            row[8..11].copy_from_slice(&block.iv);
            row[11] = block.x;
            row
        })
        .collect()
}

fn blocks(program: &Program, [d0, d1, d2, d3]: Digest) -> Vec<Block> {
    let own = [Part::Const(d2), Part::Const(d3)];
    let operands = (0..program.operands.len() as u16).map(|index| Local::operand(index).id());
    let hints = (0..program.hints.len() as u16).map(|index| Local::hint(index).id());
    let mut blocks = Vec::new();
    for (m, message) in (1..).zip(&program.messages) {
        let end = (1 << flag::END_MESSAGE, m);
        let publishes = m == 1 && program.publishes_message();
        let elements = message.elements().iter().copied().map(if publishes { published } else { Part::from });
        match message {
            Message::Default { .. } => {
                let parts: Vec<Part> = own.into_iter().chain(elements).collect();
                stream(&mut blocks, &Stream { domain: domain::MESSAGE, iv: [d0, d1], end }, &parts);
            }
            Message::Over { number, .. } => {
                let iv = [F::from_u32(*number), F::ZERO];
                stream(&mut blocks, &Stream { domain: domain::OVER, iv, end }, &elements.collect::<Vec<_>>());
            }
        }
        if publishes {
            absorb(&mut blocks, &hints.clone().map(Part::Provide).collect::<Vec<_>>());
            chain(&mut blocks, flag::DATA, 0);
        }
        let parts: Vec<Part> = (0..SIGNATURE_LENGTH).map(|j| Part::Receive(Local::signing(m, j).id())).collect();
        let end = (1 << flag::END_SIGNATURE, m);
        stream(&mut blocks, &Stream { domain: domain::SIGNATURE, iv: [F::ZERO; 2], end }, &parts);
        // The same sponge goes on with the response: what a step of the seed chain takes in binds all of the signature.
        let response = SIGNATURE_LENGTH..SIGNATURE_LENGTH + RESPONSE_LENGTH;
        let parts: Vec<Part> = response.map(|j| Part::Receive(Local::signing(m, j).id())).collect();
        absorb(&mut blocks, &parts);
        chain(&mut blocks, flag::SEED, 0);
        // Seed and position come from the chip.
        let [first, ..] = domain::iv(domain::RANDOMIZER, SEED_LENGTH, F::ZERO, F::ZERO, F::ZERO);
        let flags = 1 << flag::RANDOMIZER;
        blocks.push(Block { flags, elements: [F::ZERO; RATE], iv: [first, F::ZERO, F::ZERO], x: F::from_u16(m) });
    }
    if !program.publishes_message() {
        let parts: Vec<Part> = own.into_iter().chain(operands.clone().chain(hints).map(Part::Provide)).collect();
        stream(&mut blocks, &Stream { domain: domain::TRANSACTION, iv: [d0, d1], end: (0, 0) }, &parts);
        chain(&mut blocks, flag::DATA, 0);
    }
    if let Source::Inbox(kind) = program.source {
        let parts: Vec<Part> = operands.map(Part::Receive).collect();
        let iv = [F::from_u32(kind), F::ZERO];
        stream(&mut blocks, &Stream { domain: domain::INBOX, iv, end: (0, 0) }, &parts);
        chain(&mut blocks, flag::INBOX, 0);
    }
    for (offset, record) in (0..).zip(&program.records) {
        stream(&mut blocks, &Stream { domain: domain::RECORD, iv: [F::ZERO; 2], end: (0, 0) }, &record.map(Part::from));
        chain(&mut blocks, flag::OUTBOX, offset);
    }
    blocks
}

/// An element of the message that is published: it produces the operands.
fn published(element: Element) -> Part {
    match element {
        Element::Local(id) if Local::from_id(id).is_some_and(|local| local.space == Space::Operand) => {
            Part::Provide(id)
        }
        other => other.into(),
    }
}

/// The blocks of one sponge.
fn stream(blocks: &mut Vec<Block>, stream: &Stream, parts: &[Part]) {
    // The chain id is no part of the table: the chip takes it from its public values.
    let [first, _, second, third] = domain::iv(stream.domain, parts.len(), F::ZERO, stream.iv[0], stream.iv[1]);
    let start = blocks.len();
    // A sponge of nothing has one block, of zeros.
    absorb(blocks, if parts.is_empty() { &[Part::Const(F::ZERO)] } else { parts });
    if let Some(block) = blocks.get_mut(start) {
        block.flags |= 1 << flag::START;
        block.iv = [first, second, third];
    }
    if let Some(block) = blocks.last_mut() {
        block.flags |= stream.end.0;
        block.x = F::from_u16(stream.end.1);
    }
}

/// The blocks that absorb these elements, the last filled up with zeros.
fn absorb(blocks: &mut Vec<Block>, parts: &[Part]) {
    for index in 0..parts.len().div_ceil(RATE) {
        let mut block = Block { flags: 0, elements: [F::ZERO; RATE], iv: [F::ZERO; 3], x: F::ZERO };
        for (j, part) in (0..).zip(parts.iter().skip(RATE * index).take(RATE)) {
            let (value, bit) = match part {
                Part::Const(value) => (*value, None),
                Part::Receive(id) => (F::from_u32(*id), Some(flag::RECEIVE)),
                Part::Provide(id) => (F::from_u32(*id), Some(flag::PROVIDE)),
            };
            block.elements[j as usize] = value;
            block.flags |= bit.map_or(0, |bit| 1 << (bit + j));
        }
        blocks.push(block);
    }
}

fn chain(blocks: &mut Vec<Block>, which: u32, offset: u16) {
    let flags = 1 << flag::CHAIN | 1 << which;
    blocks.push(Block { flags, elements: [F::ZERO; RATE], iv: [F::ZERO; 3], x: F::from_u16(offset) });
}
