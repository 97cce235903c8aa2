//! Rows of the page table.

use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;

use super::PAGE_WIDTH;
use super::flags::{bits, page_flag as flag};
use crate::program::{Element, Mode, PageSlot, Program};

/// Greatest slot; the distance of a page's limit from it stands in the row.
const TOP_SLOT: u8 = 15;

pub(super) fn rows(program: &Program, number: u32) -> Vec<[F; PAGE_WIDTH]> {
    let last = program.pages.len().saturating_sub(1);
    program.pages.iter().enumerate().map(|(k, page)| row(number, page, k, k == last)).collect()
}

fn row(number: u32, page: &PageSlot, k: usize, last: bool) -> [F; PAGE_WIDTH] {
    let local = |element: Element| element.local().is_some();
    let mut flags = bits(&[
        (flag::FIRST, k == 0),
        (flag::LAST, last),
        (flag::MUST, matches!(page.mode, Mode::Must(_))),
        (flag::MAY, matches!(page.mode, Mode::May(_))),
        (flag::EMPTY, page.mode == Mode::Empty),
        (flag::SLOT_IS_LOCAL, local(page.slot)),
        (flag::SIGNER, page.signer != 0),
        (flag::ACCOUNT_IS_LOCAL, local(page.account)),
    ]);
    for (cell, bit) in page.new.iter().zip(flag::CELL_IS_LOCAL..) {
        flags |= bits(&[(bit, local(*cell))]);
    }
    let delta = if local(page.slot) { TOP_SLOT.saturating_sub(page.slot_limit) } else { 0 };
    let mut row = [F::ZERO; PAGE_WIDTH];
    row[..9].copy_from_slice(&[
        F::ONE,
        F::from_u32(number),
        F::from_usize(k),
        F::from_u32(flags),
        page.account.encoding(),
        page.slot.encoding(),
        page.tag().unwrap_or(F::ZERO),
        F::from_u8(delta),
        F::from_u8(page.signer),
    ]);
    row[9..].copy_from_slice(&page.new.map(Element::encoding));
    row
}
