//! Rows of the page table.

use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;

use super::{Flags, demand, small};
use crate::program::{Element, Local, Mode, PageSlot};
use crate::rom::page_flag;

/// One page, as its row says it.
pub(super) fn read(row: &[F; 17], k: usize, last: bool) -> Result<PageSlot, &'static str> {
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
