//! Chooses the pages that holdings lie on, where the submitter left that to the operator.
//!
//! A slot hint says on which page of an account the holding of an asset lies. Which asset a page is for is not written
//! anywhere but in the program's rows: the first row that subtracts something from the page's tag names it
//! (`asset.rs`). One sequential pass over the batch then gives every open slot the page on which the account has the asset,
//! or else its lowest free page (`overlay.rs`), so that access lists are complete before planning. Earlier choices stand
//! even if their transaction is refused later (DECISIONS 20); hints that are numbers come from the submitter.

mod asset;
mod overlay;
#[cfg(test)]
mod tests;

use crate::chunk::Transaction;
use crate::executor::Submitted;
use crate::interpreter::{Environment, Interpreter, Prepared, Value};
use crate::rejection::Reason;
pub(crate) use asset::address;
use asset::{AssetTest, Known};
use braid_primitives::F;
use braid_primitives::schnorr::Signature;
use braid_state_tree::Tree;
use overlay::Overlay;
use p3_field::{PrimeCharacteristicRing, PrimeField64};

/// A transaction some of whose hints are still open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Number of the program in the registry.
    pub program: u32,
    /// Operands in order, `until` among them.
    pub operands: Vec<F>,
    /// Hints in order; `None` is open.
    pub hints: Vec<Option<F>>,
    /// One signature a message, in order.
    pub signatures: Vec<Signature>,
    /// The nonce of the first signer, where the program's message holds one.
    pub nonce: Option<u64>,
}

/// Fills open slots of a batch's transactions, in submitted order.
pub struct SlotFiller<'a> {
    interpreter: &'a Interpreter,
    environment: &'a Environment,
    /// By program and page: how the asset of a hinted page is found.
    tests: Vec<Vec<Option<AssetTest>>>,
    overlay: Overlay<'a>,
}

impl<'a> SlotFiller<'a> {
    /// A filler for a batch on the state before it.
    pub fn new(interpreter: &'a Interpreter, environment: &'a Environment, tree: &'a Tree) -> Self {
        let of_program =
            |prepared: &Prepared| (0..prepared.pages.len()).map(|page| AssetTest::find(prepared, page)).collect();
        let tests = interpreter.programs().iter().map(of_program).collect();
        Self { interpreter, environment, tests, overlay: Overlay::new(tree) }
    }

    /// Fills the open hints of the next transaction.
    ///
    /// # Errors
    /// If an open hint is not the slot of a holding, its asset cannot be told, or no page fits.
    pub fn fill(&mut self, draft: Draft) -> Result<Submitted, Reason> {
        let number = draft.program;
        let prepared = self.interpreter.program(number).ok_or(Reason::UnknownProgram { number })?;
        let counts = [
            ("operands", draft.operands.len(), prepared.program.operands.len()),
            ("hints", draft.hints.len(), prepared.program.hints.len()),
        ];
        if let Some((what, found, expected)) = counts.into_iter().find(|(_, found, expected)| found != expected) {
            return Err(Reason::Count { what: what.into(), found, expected });
        }
        let mut hints = draft.hints;
        if hints.iter().any(Option::is_none) {
            self.choose(number, prepared, &draft.operands, &mut hints)?;
        }
        let name = |place: usize| prepared.program.hints.get(place).map(|hint| hint.name.clone()).unwrap_or_default();
        let filled =
            hints.iter().enumerate().map(|(place, hint)| hint.ok_or_else(|| Reason::MissingHint { name: name(place) }));
        let hints = filled.collect::<Result<Vec<F>, Reason>>()?;
        let Draft { program, operands, signatures, nonce, .. } = draft;
        let transaction = Transaction { program, operands, hints, signatures };
        self.overlay.note_new_pages(prepared, self.environment, &transaction);
        Ok(Submitted { transaction, nonce })
    }

    /// Chooses a slot for every page whose slot is an open hint.
    fn choose(
        &mut self,
        number: u32,
        prepared: &Prepared,
        operands: &[F],
        hints: &mut [Option<F>],
    ) -> Result<(), Reason> {
        let Self { environment, tests, overlay, .. } = self;
        // Pages of this transaction whose place is known, by account: none may be opened twice.
        let mut taken: Vec<u64> = Vec::with_capacity(prepared.pages.len());
        for page in &prepared.pages {
            taken.extend(asset::address(page, operands, hints));
        }
        for (place, page) in prepared.pages.iter().enumerate() {
            let Some(hint) = open_hint(prepared, page.slot, operands.len(), hints) else { continue };
            let test = tests.get(number as usize).and_then(|tests| tests.get(place)).copied().flatten();
            let name = || prepared.program.hints.get(hint).map(|hint| hint.name.clone()).unwrap_or_default();
            let test = test.ok_or_else(|| Reason::MissingHint { name: name() })?;
            let account = asset::account(page, operands, hints).ok_or_else(|| Reason::MissingHint { name: name() })?;
            if account >> environment.depth.saturating_sub(4) != 0 {
                return Err(Reason::AccountOutOfRange {
                    page: prepared.page_name(place),
                    account,
                    depth: environment.depth,
                });
            }
            let known = Known { prepared, environment, operands, hints, overlay };
            let wanted = test.asset(&known);
            let wanted =
                wanted.ok_or_else(|| known.misplaced().unwrap_or_else(|| Reason::MissingHint { name: name() }))?;
            let slot = overlay.slot(account, wanted, page.slots.1, test.takes, &taken);
            let slot = slot.ok_or_else(|| Reason::NoPage {
                page: prepared.page_name(place),
                account,
                asset: wanted.as_canonical_u64(),
                takes: test.takes,
            })?;
            taken.push(16 * account + slot);
            if let Some(hint) = hints.get_mut(hint) {
                *hint = Some(F::from_u64(slot));
            }
        }
        Ok(())
    }
}

/// The hint that a slot is, if it is open.
fn open_hint(prepared: &Prepared, slot: Value, operands: usize, hints: &[Option<F>]) -> Option<usize> {
    let Value::Register(register) = slot else { return None };
    let place = (register as usize).checked_sub(crate::interpreter::FIRST_OPERAND + operands)?;
    debug_assert!(place < prepared.program.hints.len());
    matches!(hints.get(place), Some(None)).then_some(place)
}
