//! Which asset a program wants on a page: read off the row that compares the page's tag with it.

use super::overlay::Overlay;
use crate::interpreter::{Environment, FIRST_OPERAND, Prepared, PreparedPage, Row, Value};
use crate::rejection::Reason;
use braid_contracts::program::{Check, Operation};
use braid_primitives::F;
use p3_field::{PrimeCharacteristicRing, PrimeField64};

/// A row that subtracts an asset from a page's tag, or the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AssetTest {
    /// Register that holds the asset up to `offset`.
    register: u32,
    /// What is to be added to it.
    offset: F,
    /// Whether the tag must be the asset, because something is taken out; else the page may be empty.
    pub(super) takes: bool,
}

impl AssetTest {
    /// The first row of a program that compares the tag of the page of that place.
    pub(super) fn find(prepared: &Prepared, page: usize) -> Option<Self> {
        let tag = u32::try_from(prepared.cells + 8 * page).ok()?;
        prepared.rows.iter().find_map(|row| {
            // tag · (tag − constant) = 0: the page has that asset, or is empty
            if row.op == Operation::Mul && row.a == tag && row.b == tag && row.check == Check::Zero {
                return Some(Self { register: 0, offset: -row.k, takes: false });
            }
            let (register, offset) = match (row.op, row.a == tag, row.b == tag) {
                (Operation::Sub | Operation::IsEqual, true, false) => (row.b, -row.k),
                (Operation::Sub | Operation::IsEqual, false, true) => (row.a, row.k),
                (Operation::ReverseSub, true, false) => (row.b, row.k),
                (Operation::ReverseSub, false, true) => (row.a, -row.k),
                // tag + constant
                (Operation::Add, true, false) if row.b == 0 => (0, -row.k),
                (Operation::Add, false, true) if row.a == 0 => (0, -row.k),
                _ => return None,
            };
            Some(Self { register, offset, takes: row.check == Check::Zero })
        })
    }

    /// The asset, if everything that determines it is known.
    pub(super) fn asset(&self, known: &Known<'_, '_>) -> Option<F> {
        known.value(self.register, known.prepared.rows.len()).map(|value| value + self.offset)
    }
}

/// What is known of a transaction before it runs: operands, some hints, the pages that lie at known places.
pub(super) struct Known<'a, 't> {
    pub(super) prepared: &'a Prepared,
    pub(super) environment: &'a Environment,
    pub(super) operands: &'a [F],
    pub(super) hints: &'a [Option<F>],
    pub(super) overlay: &'a Overlay<'t>,
}

impl Known<'_, '_> {
    /// The value of a register, if it is known. `limit` is the row that asks: a row depends on earlier ones only, so this
    /// ends even for a program that no registry checked.
    fn value(&self, register: u32, limit: usize) -> Option<F> {
        let place = register as usize;
        if let Some(parameter) = place.checked_sub(FIRST_OPERAND) {
            if place < self.prepared.cells {
                let hint = parameter.checked_sub(self.operands.len());
                return hint
                    .map_or(self.operands.get(parameter).copied(), |hint| self.hints.get(hint).copied().flatten());
            }
            if let Some(row) = place.checked_sub(self.prepared.results) {
                return self.output(row, limit);
            }
            let cell = place - self.prepared.cells;
            let page = self.prepared.pages.get(cell / 8)?;
            return self.overlay.cell(address(page, self.operands, self.hints)?, cell % 8);
        }
        match place {
            0 => Some(F::ZERO),
            _ => self.environment.context.get(place - 1).copied(),
        }
    }

    /// Why the first page at a known place that the program cannot use is not the one that it wants.
    pub(super) fn misplaced(&self) -> Option<Reason> {
        let Self { prepared, environment, operands, hints, overlay } = *self;
        prepared.pages.iter().enumerate().find_map(|(number, page)| {
            let account = account(page, operands, hints)?;
            if account >> environment.depth.saturating_sub(4) != 0 {
                let depth = environment.depth;
                return Some(Reason::AccountOutOfRange { page: prepared.page_name(number), account, depth });
            }
            let address = address(page, operands, hints)?;
            let content = overlay.page(address);
            (!page.accepts(&content)).then(|| prepared.wrong_page(number, (account, address % 16), &content))
        })
    }

    fn output(&self, number: usize, limit: usize) -> Option<F> {
        let row: &Row = self.prepared.rows.get(number).filter(|_| number < limit)?;
        let value = |register| self.value(register, number);
        row.output(value(row.a)?, value(row.b)?, value(row.c)?)
    }
}

/// The account of a page, if it is known.
pub(super) fn account(page: &PreparedPage, operands: &[F], hints: &[Option<F>]) -> Option<u64> {
    parameter(page.account, operands, hints)
}

/// The address of a page, if account and slot are known and small.
pub(crate) fn address(page: &PreparedPage, operands: &[F], hints: &[Option<F>]) -> Option<u64> {
    let account = parameter(page.account, operands, hints).filter(|account| account >> 32 == 0)?;
    let slot = parameter(page.slot, operands, hints).filter(|slot| *slot < 16)?;
    Some(16 * account + slot)
}

fn parameter(value: Value, operands: &[F], hints: &[Option<F>]) -> Option<u64> {
    let value = match value {
        Value::Const(value) => Some(value),
        Value::Register(register) => {
            let place = (register as usize).checked_sub(FIRST_OPERAND)?;
            let hint = place.checked_sub(operands.len());
            hint.map_or(operands.get(place).copied(), |hint| hints.get(hint).copied().flatten())
        }
    };
    value.map(|value| value.as_canonical_u64())
}
