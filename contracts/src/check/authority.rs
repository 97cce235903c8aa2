//! Who signs what: every signer's key comes from a page he named, every message cannot be used twice, every operand of a
//! signed program is signed, and what a user owns falls only if he signs.

use braid_primitives::F;

use super::pages::{Opened, signed_accounts};
use super::value::Values;
use super::{ReplayRule, Rule, Verdict};
use crate::form::{Atom, Form};
use crate::layout::Role;
use crate::program::{
    Check, Context, Element, Instruction, Local, Message, Mode, Operation, PageSlot, Program, Source, Space, Type, Wire,
};

/// Page of an account on which its second key lies.
const GUARD_SLOT: u64 = 14;
/// Bits of `until − now`.
const UNTIL_BITS: u8 = 40;

pub(super) fn check(program: &Program, opened: &[Opened<'_>], values: &Values, replay: &[ReplayRule]) -> Verdict {
    if program.source == Source::Signed && program.messages.is_empty() {
        return Err(Rule::Program("nobody signs it"));
    }
    let signers = signers(program, opened)?;
    for ((number, page), message) in (1..).zip(&signers).zip(&program.messages) {
        let refuse = |what| Rule::Message { message: number, what };
        key_page(program, opened, &signers, *page).map_err(refuse)?;
        named(program, values, *page, message).map_err(refuse)?;
        match message {
            Message::Default { elements } => default_message(program, opened, values, signers[0], elements),
            Message::Over { number, elements } => over_message(program, opened, values, (*number, elements), replay),
        }
        .map_err(refuse)?;
    }
    if program.source == Source::Signed {
        let signed = |id| program.messages.iter().any(|message| message.elements().contains(&Element::Local(id)));
        let mut operands = (0..program.operands.len() as u16).map(|index| Local::operand(index).id());
        if !operands.all(signed) {
            return Err(Rule::Program("an operand that nobody signs"));
        }
    }
    keys(program, opened)?;
    owners(program, opened, values)
}

/// Keys, and all else that makes an account, change only if their holder signs this very program.
fn keys(program: &Program, opened: &[Opened<'_>]) -> Verdict {
    for (page, (slot, open)) in program.pages.iter().zip(opened).enumerate() {
        let message = usize::from(slot.signer).checked_sub(1).and_then(|index| program.messages.get(index));
        let agreed = matches!(message, Some(Message::Default { .. }));
        let closed = slot.new.iter().all(|cell| *cell == Element::ZERO);
        if !open.layout.has_key() || open.holding || agreed || !matches!(slot.mode, Mode::Must(_)) {
            continue;
        }
        if closed && open.layout.nonce().is_none() {
            continue;
        }
        for (cell, kind) in open.layout.cells.iter().enumerate() {
            let old = Local::old_cell(page as u16, cell as u16).id();
            let kept = slot.new[cell] == Element::Local(old);
            let tag = matches!(slot.new[cell], Element::Const(tag) if cell == 0 && Some(tag) == slot.tag());
            if matches!(kind.role, Role::Tag | Role::Plain) && !kept && !tag {
                return Err(Rule::Cell {
                    page,
                    cell,
                    what: "a key changes though its holder does not sign the program",
                });
            }
        }
    }
    Ok(())
}

/// The page of every message, by its number.
fn signers(program: &Program, opened: &[Opened<'_>]) -> Result<Vec<usize>, Rule> {
    let mut signers = Vec::new();
    for message in 1..=program.messages.len() {
        let mut pages = program.pages.iter().zip(0..).filter(|(slot, _)| usize::from(slot.signer) == message);
        match (pages.next(), pages.next()) {
            (Some((_, page)), None) => signers.push(page),
            _ => return Err(Rule::Message { message, what: "not exactly one page signs it" }),
        }
    }
    for (page, (slot, open)) in program.pages.iter().zip(opened).enumerate() {
        if usize::from(slot.signer) > program.messages.len() {
            return Err(Rule::Page { page, what: "signs no message" });
        }
        let keyed = matches!(slot.mode, Mode::Must(_)) && open.layout.has_key() && !open.holding;
        if slot.signer != 0 && !keyed {
            return Err(Rule::Page { page, what: "signs without a key in cells 1 to 5" });
        }
    }
    Ok(signers)
}

/// An account with two keys signs with both.
fn key_page(program: &Program, opened: &[Opened<'_>], signers: &[usize], page: usize) -> Result<(), &'static str> {
    if opened[page].layout.name != "Guarded" {
        return Ok(());
    }
    let guarded = signers.iter().any(|other| {
        let slot = &program.pages[*other];
        opened[*other].layout.name == "Guard"
            && slot.account == program.pages[page].account
            && slot.slot == Element::Const(F::new(GUARD_SLOT))
    });
    if guarded { Ok(()) } else { Err("an account with two keys signs with one") }
}

/// Whether an address is a constant or an operand in the message.
fn in_message(element: Element, message: &Message) -> bool {
    match element {
        Element::Const(_) => true,
        Element::Local(id) => id >> 16 == Space::Operand as u32 && message.elements().contains(&element),
    }
}

/// The signer's page is named in his message, or holds something that is.
fn named(program: &Program, values: &Values, page: usize, message: &Message) -> Result<(), &'static str> {
    let slot = &program.pages[page];
    if !in_message(slot.account, message) {
        return Err("the account of its signer is not in it");
    }
    let own = |atom: &Atom| matches!(atom, Atom::Local(Local { space: Space::OldCell, index }) if *index as usize / 8 == page);
    let signed = |atom: &Atom| matches!(atom, Atom::Local(local) if in_message(Element::Local(local.id()), message));
    let compared = values.equal.iter().any(|form| {
        let mut terms = form.terms.iter();
        let (Some((x, c)), Some((y, d)), None) = (terms.next(), terms.next(), terms.next()) else { return false };
        form.constant == 0 && c.abs() == 1 && *c == -*d && (own(x) && signed(y) || own(y) && signed(x))
    });
    if in_message(slot.slot, message) || compared { Ok(()) } else { Err("the page of its signer is not in it") }
}

/// The first signer's nonce, which goes up by one, `until`, which is not over, and all other operands.
fn default_message(
    program: &Program,
    opened: &[Opened<'_>],
    values: &Values,
    header: usize,
    elements: &[Element],
) -> Result<(), &'static str> {
    let Some(nonce) = opened[header].layout.nonce() else { return Err("no header is the first signer") };
    let old = Local::old_cell(header as u16, u16::from(nonce));
    let Some(until) = program.operands.len().checked_sub(1) else { return Err("no `until`") };
    let until = Local::operand(until as u16);
    let operands = (0..until.index).map(Local::operand);
    let wanted = [old, until].into_iter().chain(operands).map(|local| Element::Local(local.id()));
    if !wanted.eq(elements.iter().copied()) {
        return Err("not the nonce, `until` and all operands");
    }
    if !program.instructions.iter().any(|row| bounds_until(row, until)) {
        return Err("`until` is not compared with the time");
    }
    let next = values.local(old.id()).add_scaled(&Form::constant(1), 1);
    let stored = values.element(program.pages[header].new[nonce as usize]);
    if next.is_some_and(|next| next.key() == stored.key()) { Ok(()) } else { Err("the nonce is not stepped by one") }
}

fn bounds_until(row: &Instruction, until: Local) -> bool {
    row.op == Operation::Sub
        && row.a == Wire::Local(until.id())
        && row.b == Wire::Context(Context::Now)
        && row.k == F::default()
        && matches!(row.check, Check::Range(bits) if bits <= UNTIL_BITS)
}

/// A page of the layout that stops a replay changes where the message says.
fn over_message(
    program: &Program,
    opened: &[Opened<'_>],
    values: &Values,
    (number, elements): (u32, &[Element]),
    replay: &[ReplayRule],
) -> Result<(), &'static str> {
    let rule = replay.iter().find(|rule| rule.number == number).ok_or("a message number that is not declared")?;
    if rule.types.len() != elements.len() {
        return Err("another number of elements than its number has");
    }
    for (ty, element) in rule.types.iter().zip(elements) {
        // Nothing is proven of counters, which are only compared.
        let any = matches!(ty, Type::Field | Type::Counter);
        let fits = ty
            .bits()
            .is_some_and(|bits| values.interval(&values.element(*element)).is_some_and(|i| i.within_bits(bits)));
        if !any && !fits {
            return Err("an element that may not be of its type");
        }
    }
    let named = |element: Element| element.local().is_none() || elements.contains(&element);
    // A page that stays as it was, or gets constants, would let the same message pass again; one that had to be there and is closed does not.
    let stops = |page: usize, slot: &PageSlot| {
        let closed = matches!(slot.mode, Mode::Must(_)) && slot.new.iter().all(|cell| *cell == Element::ZERO);
        let changes = slot.new.iter().enumerate().skip(1).any(|(cell, new)| {
            new.local().is_some_and(|value| value != Local::old_cell(page as u16, cell as u16).id())
        });
        closed || changes
    };
    let stopped = program.pages.iter().zip(opened).enumerate().any(|(page, (slot, open))| {
        open.layout.name == rule.layout
            && stops(page, slot)
            && matches!(slot.mode, Mode::Must(_) | Mode::May(_))
            && named(slot.account)
            && named(slot.slot)
    });
    if stopped { Ok(()) } else { Err("nothing stops its replay") }
}

/// Holdings and credit of who does not sign do not fall.
fn owners(program: &Program, opened: &[Opened<'_>], values: &Values) -> Verdict {
    let signed = signed_accounts(program, opened);
    for (page, (slot, open)) in program.pages.iter().zip(opened).enumerate() {
        let owned = open.holding || open.layout.nonce().is_some();
        if !owned || signed.contains(&slot.account) || slot.mode == Mode::Empty {
            continue;
        }
        for (cell, _) in open.layout.cells.iter().enumerate().filter(|(_, kind)| matches!(kind.role, Role::Balance(_)))
        {
            let old = values.local(Local::old_cell(page as u16, cell as u16).id());
            let gain = values.element(slot.new[cell]).add_scaled(&old, -1);
            let falls = gain.and_then(|gain| values.interval(&gain)).is_none_or(|interval| interval.lo < 0);
            if falls {
                return Err(Rule::Cell { page, cell, what: "what is owned may fall though the owner does not sign" });
            }
        }
    }
    Ok(())
}
