//! Pages: where they lie, what is demanded of them, and that what is stored is of the cell's type.

use braid_primitives::F;
use p3_field::{PrimeCharacteristicRing, PrimeField64};

use super::value::{Values, within};
use super::{Rule, Verdict};
use crate::form::{Atom, Form};
use crate::layout::{Layout, Role};
use crate::program::{
    Check, Context, Element, Instruction, Local, LocalId, Mode, Operation, PageSlot, Program, Source, Space, Type, Wire,
};

/// Widest asset.
const ASSET_BITS: u8 = 48;
/// Accounts made by programs lie below 2^(depth − 5).
const NEW_ACCOUNT_BITS: u8 = 31;

/// A page with the layout that its mode implies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened<'l> {
    pub(super) layout: &'l Layout,
    /// Whether the page is a holding, whose tag is tested by rows.
    pub(super) holding: bool,
}

/// Finds the layout of every page.
pub(super) fn open<'l>(program: &Program, layouts: &'l [Layout]) -> Result<Vec<Opened<'l>>, Rule> {
    let holding = layouts.iter().find(|layout| layout.number.is_none());
    let tagged = |tag: F| layouts.iter().find(|layout| layout.tag() == Some(tag));
    let pages = program.pages.iter().enumerate().map(|(page, slot)| {
        let refuse = |what| Rule::Page { page, what };
        let layout = match slot.mode {
            Mode::Must(tag) | Mode::May(tag) => tagged(tag).ok_or(refuse("a tag that no layout has"))?,
            Mode::Empty => match slot.new[0] {
                Element::Const(tag) => tagged(tag).ok_or(refuse("makes a page of no layout"))?,
                Element::Local(_) => return Err(refuse("makes a page of a variable layout")),
            },
            Mode::Any => holding.ok_or(refuse("opens a page without any demand"))?,
        };
        Ok(Opened { layout, holding: slot.mode == Mode::Any })
    });
    pages.collect()
}

/// Whether the program makes a page of the layout of that name.
pub(super) fn makes(program: &Program, layouts: &[Layout], name: &str) -> bool {
    let tag = layouts.iter().find(|layout| layout.name == name).and_then(Layout::tag);
    program.pages.iter().any(|page| {
        let made = matches!(page.mode, Mode::Empty) || matches!(page.mode, Mode::May(may) if Some(may) == tag);
        let becomes = matches!(page.new[0], Element::Const(value) if Some(value) == tag);
        let was = matches!(page.mode, Mode::Must(must) if Some(must) == tag);
        tag.is_some() && !was && (becomes || made && page.tag() == tag)
    })
}

pub(super) fn check(program: &Program, opened: &[Opened<'_>], values: &Values, layouts: &[Layout]) -> Verdict {
    if let Some((row, what)) = values.fault {
        return Err(Rule::Row { row, what });
    }
    let signed = signed_accounts(program, opened);
    for (page, (slot, open)) in program.pages.iter().zip(opened).enumerate() {
        let refuse = |what| Rule::Page { page, what };
        address(slot, open.layout).map_err(refuse)?;
        limits(slot, open, signed.contains(&slot.account)).map_err(refuse)?;
        if slot.mode == Mode::Empty {
            founding(program, opened, slot, open.layout).map_err(refuse)?;
        }
        if open.layout.contract && matches!(slot.mode, Mode::May(_)) {
            return Err(refuse("a contract's page is there or made, never either"));
        }
        if open.holding {
            holding(program, values, page).map_err(refuse)?;
        } else if slot.written {
            contents(slot, open.layout, values, page, layouts)?;
        }
    }
    fees(program, values)?;
    records(program, values)
}

/// Accounts whose header signs: their holdings and credit may fall.
pub(super) fn signed_accounts(program: &Program, opened: &[Opened<'_>]) -> Vec<Element> {
    let headers = program.pages.iter().zip(opened);
    headers
        .filter(|(slot, open)| slot.signer != 0 && open.layout.nonce().is_some())
        .map(|(slot, _)| slot.account)
        .collect()
}

/// Account and slot are an operand, a hint or a constant themselves; headers and only headers lie on page 0.
pub(super) fn address(slot: &PageSlot, layout: &Layout) -> Result<(), &'static str> {
    for (element, top) in [(slot.account, 1 << 32), (slot.slot, 16)] {
        match element {
            Element::Const(value) if value.as_canonical_u64() >= top => return Err("an address beyond all accounts"),
            Element::Const(_) => {}
            Element::Local(id) => match Local::from_id(id).map(|local| local.space) {
                Some(Space::Operand | Space::Hint) => {}
                _ => return Err("an address that is no operand, hint or constant"),
            },
        }
    }
    if layout.is_header() == (slot.slot == Element::ZERO) {
        Ok(())
    } else {
        Err("a header off page 0, or another page on it")
    }
}

/// What a hint, and what a stranger, may reach; a contract layout lies at a constant page.
fn limits(slot: &PageSlot, open: &Opened<'_>, owner_signs: bool) -> Result<(), &'static str> {
    let top = match slot.slot {
        Element::Const(value) => value.as_canonical_u64(),
        Element::Local(_) => u64::from(slot.slot_limit),
    };
    let hinted = matches!(slot.slot, Element::Local(id) if id >> 16 == Space::Hint as u32);
    if hinted && !open.holding {
        return Err("a state page at a hinted slot");
    }
    if hinted && top > 13 {
        return Err("a hint that reaches pages 14 and 15");
    }
    if open.holding && slot.written && !owner_signs && top > 7 {
        return Err("a stranger's holding beyond page 7");
    }
    if open.layout.contract && matches!(slot.slot, Element::Local(_)) {
        return Err("a contract's page at a variable slot");
    }
    Ok(())
}

/// Headers are made below the numbers of L1, contract pages beside the header of their account.
fn founding(program: &Program, opened: &[Opened<'_>], slot: &PageSlot, layout: &Layout) -> Result<(), &'static str> {
    if layout.is_header() && !program.instructions.iter().any(|row| bounds_new_account(row, slot.account)) {
        return Err("makes an account whose number L1 may give out");
    }
    if layout.contract {
        let founded = program.pages.iter().zip(opened).any(|(head, open)| {
            head.mode == Mode::Empty && head.account == slot.account && open.layout.name == "Contract"
        });
        if !founded {
            return Err("makes a contract's page without its account");
        }
    }
    Ok(())
}

fn bounds_new_account(row: &Instruction, account: Element) -> bool {
    row.op == Operation::Mul
        && row.b == Wire::Context(Context::Scale)
        && row.k == F::ZERO
        && matches!(row.check, Check::Range(bits) if bits <= NEW_ACCOUNT_BITS)
        && matches!((row.a, account), (Wire::Local(a), Element::Local(account)) if a == account)
}

/// The tag of a holding is tested wherever its amount matters, against an asset.
fn holding(program: &Program, values: &Values, page: usize) -> Result<(), &'static str> {
    let slot = &program.pages[page];
    let old = |cell: u16| Local::old_cell(page as u16, cell);
    let same = |cell: u16| slot.new[cell as usize] == Element::Local(old(cell).id());
    if (1..8).all(|cell| !is_read(program, old(cell).id())) && (0..8).all(same) {
        return Ok(());
    }
    if !(2..8).all(|cell| same(cell) || slot.new[cell as usize] == Element::ZERO) {
        return Err("a holding has an asset and an amount");
    }
    let tag = values.local(old(0).id());
    // tag − asset = 0, either way round.
    let tested = |form: &Form| values.solved(form, Atom::Local(old(0))).filter(|asset| within(asset, ASSET_BITS));
    let is: Vec<Form> = values.zero.iter().filter_map(tested).collect();
    let may: Vec<Form> = values
        .zero_products
        .iter()
        .flat_map(|(x, y)| [(x, y), (y, x)])
        .filter(|(x, _)| x.key() == tag.key())
        .filter_map(|(_, y)| tested(y))
        .collect();
    if is.is_empty() && may.is_empty() {
        return Err("a holding whose tag is not tested");
    }
    if !within(&values.element(slot.new[1]), 62) {
        return Err("an amount that may exceed 62 bits");
    }
    let new = values.element(slot.new[0]);
    let closed = slot.new.iter().all(|cell| *cell == Element::ZERO);
    let becomes = is.iter().chain(&may).any(|asset| asset.key() == new.key());
    let stays = same(0) && !is.is_empty();
    match stays || becomes || closed && !is.is_empty() {
        true => Ok(()),
        false => Err("a holding that becomes one of another asset"),
    }
}

/// Whether anything reads that cell beside the cell itself.
fn is_read(program: &Program, id: LocalId) -> bool {
    let wires = program.instructions.iter().flat_map(|row| [row.a, row.b, row.c]);
    let elements = program.messages.iter().flat_map(|message| message.elements());
    let elements = elements.chain(program.records.iter().flatten());
    let stored = program.pages.iter().zip(0..).flat_map(|(slot, page)| {
        let own = move |cell: u16| Local::old_cell(page, cell).id();
        slot.new.iter().zip(0..).filter(move |(_, cell)| own(*cell) != id).map(|(element, _)| element)
    });
    wires.into_iter().any(|wire| wire == Wire::Local(id))
        || elements.chain(stored).any(|read| *read == Element::Local(id))
}

/// Cells of a page with a layout.
fn contents(slot: &PageSlot, layout: &Layout, values: &Values, page: usize, layouts: &[Layout]) -> Verdict {
    let refuse = |cell, what| Err(Rule::Cell { page, cell, what });
    let old = |cell: usize| Local::old_cell(page as u16, cell as u16).id();
    if slot.new.iter().all(|cell| *cell == Element::ZERO) {
        // Closed: what was on it is accounted for by conservation.
        return if slot.mode == Mode::Empty { refuse(0, "makes a page and closes it") } else { Ok(()) };
    }
    match slot.new[0] {
        Element::Local(id) if id == old(0) && matches!(slot.mode, Mode::Must(_)) => {}
        Element::Const(tag) if Some(tag) == layout.tag() => {}
        Element::Const(tag) if matches!(slot.mode, Mode::Must(_)) && retags(layout, tag, layouts) => {}
        _ => return refuse(0, "a tag that is not the layout's"),
    }
    for (cell, kind) in layout.cells.iter().enumerate().skip(1) {
        let element = slot.new[cell];
        if element == Element::Local(old(cell)) {
            continue;
        }
        let form = values.element(element);
        match (kind.role, kind.ty, kind.ty.bits()) {
            (Role::Unused, ..) if element != Element::ZERO => return refuse(cell, "stores into an unused cell"),
            (_, Type::Counter, _) if !counter(&form, values) => return refuse(cell, "a counter that is not one more"),
            (_, Type::Counter, _) | (_, _, None) => {}
            (_, _, Some(bits)) if !within(&form, bits) => return refuse(cell, "a value that may exceed its type"),
            _ => {}
        }
    }
    Ok(())
}

/// Whether a page may change its layout to the one of that tag: equal fields, one file, and no contract's page.
fn retags(layout: &Layout, tag: F, layouts: &[Layout]) -> bool {
    let to = layouts.iter().find(|layout| layout.tag() == Some(tag));
    to.is_some_and(|to| to.same_fields(layout) && to.file == layout.file && !to.contract && !layout.contract)
}

/// A constant, another counter (an old cell below 2^62), or one more.
fn counter(form: &Form, values: &Values) -> bool {
    if form.terms.is_empty() {
        return within(form, 62);
    }
    let mut terms = form.terms.iter();
    let (Some((atom, 1)), None) = (terms.next(), terms.next()) else { return false };
    let cell = matches!(atom, Atom::Local(local) if local.space == Space::OldCell);
    cell && within(&values.atom(*atom), 62) && (0..=1).contains(&form.constant)
}

/// A fee is below 2^40, so that the sum of a batch cannot wrap; nothing but signed programs pays one.
fn fees(program: &Program, values: &Values) -> Verdict {
    for (row, instruction) in program.instructions.iter().enumerate() {
        if instruction.op == Operation::Fee {
            if program.source != Source::Signed {
                return Err(Rule::Row { row, what: "a fee that nobody signs" });
            }
            if !within(&values.local(Local::result(row as u16).id()), 40) {
                return Err(Rule::Row { row, what: "a fee that may exceed 40 bits" });
            }
        }
    }
    Ok(())
}

/// Records have a constant kind, an asset and an amount.
fn records(program: &Program, values: &Values) -> Verdict {
    for (record, elements) in program.records.iter().enumerate() {
        let kind = matches!(elements[0], Element::Const(kind) if kind != F::ZERO);
        let what =
            match (kind, within(&values.element(elements[1]), ASSET_BITS), within(&values.element(elements[2]), 62)) {
                (false, ..) => "a record without a constant kind",
                (_, false, _) => "a record of what may be no asset",
                (_, _, false) => "a record of an amount that may exceed 62 bits",
                _ => continue,
            };
        return Err(Rule::Record { record, what });
    }
    Ok(())
}
