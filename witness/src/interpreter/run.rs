//! One transaction: addresses, rows, pages.

use super::prepare::{Interpreter, OPERANDS, Prepared, PreparedPage, Row, Value};
use crate::chunk::{BlockContext, Parameters, Transaction};
use crate::rejection::Reason;
use braid_contracts::program::{Check, Mode, Operation};
use braid_primitives::{F, Page};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use std::cmp::Ordering;

/// Bits of an amount.
const AMOUNT_BITS: u32 = 62;

/// What all transactions of a batch have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Environment {
    /// The chain's number, part of every digest.
    pub chain_id: F,
    /// Levels of the state tree.
    pub depth: u32,
    /// `now`, `block`, `fees_before`, `scale`, as rows read them.
    pub context: [F; 4],
}

impl Environment {
    /// The environment of a batch.
    #[must_use]
    pub fn new(parameters: &Parameters, context: &BlockContext) -> Self {
        let values = [context.timestamp, context.number, context.fees_before, parameters.scale()];
        Self { chain_id: parameters.chain_id, depth: parameters.depth, context: values.map(F::from_u64) }
    }
}

/// The values of one transaction's locals. Keep it between transactions: its memory is reused.
#[derive(Clone, Debug, Default)]
pub struct Registers {
    values: Vec<F>,
}

impl Registers {
    /// Registers with operands, hints and context set, and zeros for cells and results.
    pub(crate) fn load(&mut self, prepared: &Prepared, environment: &Environment, transaction: &Transaction) {
        self.values.clear();
        self.values.push(F::ZERO);
        self.values.extend_from_slice(&environment.context);
        self.values.extend_from_slice(&transaction.operands);
        self.values.extend_from_slice(&transaction.hints);
        self.values.resize(prepared.size, F::ZERO);
    }

    /// The value of a register or constant. Places are checked when a program is prepared.
    #[inline]
    pub(crate) fn value(&self, value: Value) -> F {
        match value {
            Value::Const(value) => value,
            Value::Register(place) => self.get(place),
        }
    }

    #[inline]
    pub(crate) fn get(&self, place: u32) -> F {
        self.values.get(place as usize).copied().unwrap_or(F::ZERO)
    }

    pub(crate) fn set(&mut self, place: u32, value: F) {
        if let Some(register) = self.values.get_mut(place as usize) {
            *register = value;
        }
    }

    /// Outputs of the rows, by pc.
    pub(crate) fn results(&self, prepared: &Prepared) -> &[F] {
        self.values.get(prepared.results..prepared.size).unwrap_or_default()
    }
}

/// What went wrong, before names are looked up for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Row `pc` has no valid output.
    Row(usize),
    /// The old content of the page is not what the program demands.
    Mode(usize),
    /// The new page has tag 0 and is not zero.
    Tag(usize),
}

impl Interpreter {
    /// The program of a transaction, if it has as many operands, hints and signatures as that wants.
    ///
    /// # Errors
    /// The reason to reject it.
    pub fn admit(&self, transaction: &Transaction) -> Result<&Prepared, Reason> {
        let number = transaction.program;
        let prepared = self.program(number).ok_or(Reason::UnknownProgram { number })?;
        let counts = [
            ("operands", transaction.operands.len(), prepared.program.operands.len()),
            ("hints", transaction.hints.len(), prepared.program.hints.len()),
            ("signatures", transaction.signatures.len(), prepared.program.messages.len()),
        ];
        match counts.into_iter().find(|(_, found, expected)| found != expected) {
            Some((what, found, expected)) => Err(Reason::Count { what: what.into(), found, expected }),
            None => Ok(prepared),
        }
    }

    /// Addresses of the pages that a transaction opens, in the program's order, appended to `addresses`.
    ///
    /// # Errors
    /// The reason to reject it: counts, a page outside of the tree, two pages that are one.
    pub fn addresses(&self, depth: u32, transaction: &Transaction, addresses: &mut Vec<u64>) -> Result<(), Reason> {
        let prepared = self.admit(transaction)?;
        let start = addresses.len();
        for (number, page) in prepared.pages.iter().enumerate() {
            let (account, slot) = page.place(transaction);
            let name = || prepared.page_name(number);
            if account >> depth.saturating_sub(4) != 0 {
                return Err(Reason::AccountOutOfRange { page: name(), account, depth });
            }
            let (least, greatest) = page.slots;
            if !(least..=greatest).contains(&slot) {
                return Err(Reason::SlotOutOfRange { page: name(), slot, least, greatest });
            }
            let address = 16 * account + slot;
            if let Some(first) = addresses.iter().skip(start).position(|other| *other == address) {
                return Err(Reason::SamePage { first: prepared.page_name(first), second: name(), account, slot });
            }
            addresses.push(address);
        }
        Ok(())
    }

    /// Runs a transaction on the old content of its pages; writes the new content of each to `new` and returns its fee.
    ///
    /// # Errors
    /// The reason to reject it; `new` is then without meaning.
    pub fn run(
        &self,
        environment: &Environment,
        transaction: &Transaction,
        old: &[Page],
        registers: &mut Registers,
        new: &mut Vec<Page>,
    ) -> Result<u64, Reason> {
        let prepared = self.admit(transaction)?;
        registers.load(prepared, environment, transaction);
        prepared.run(old, registers, new).map_err(|failure| prepared.diagnose(failure, transaction, old, registers))
    }
}

impl PreparedPage {
    /// Account and slot as integers.
    pub(crate) fn place(&self, transaction: &Transaction) -> (u64, u64) {
        let read = |value| match value {
            Value::Const(value) => value,
            Value::Register(place) => {
                let place = (place as usize).wrapping_sub(OPERANDS);
                let hint = place.wrapping_sub(transaction.operands.len());
                transaction.operands.get(place).or(transaction.hints.get(hint)).copied().unwrap_or(F::ZERO)
            }
        };
        (read(self.account).as_canonical_u64(), read(self.slot).as_canonical_u64())
    }

    /// Whether the old content is what the program demands.
    pub(crate) fn accepts(&self, old: &Page) -> bool {
        let empty = || *old == [F::ZERO; 8];
        match self.mode {
            Mode::Must(tag) => old[0] == tag,
            Mode::May(tag) => old[0] == tag || empty(),
            Mode::Empty => empty(),
            Mode::Any => true,
        }
    }
}

impl Prepared {
    /// The value of a register that is known without pages: zero, context, operand or hint.
    pub(crate) fn input(&self, register: u32, environment: &Environment, transaction: &Transaction) -> Option<F> {
        let place = register as usize;
        let Some(parameter) = place.checked_sub(OPERANDS) else {
            return place.checked_sub(1).map_or(Some(F::ZERO), |context| environment.context.get(context).copied());
        };
        let hint = parameter.wrapping_sub(transaction.operands.len());
        transaction.operands.get(parameter).or(transaction.hints.get(hint)).copied()
    }

    /// Account and slot of the page of that place.
    pub(crate) fn page_place(&self, page: usize, transaction: &Transaction) -> (u64, u64) {
        self.pages.get(page).map(|page| page.place(transaction)).unwrap_or_default()
    }

    pub(crate) fn page_name(&self, page: usize) -> String {
        self.program.pages.get(page).map(|page| page.name.clone()).unwrap_or_default()
    }

    /// Compares the nonce that a transaction was signed for with the one in its first signer's header. A page that is not
    /// a header is left for the run to refuse.
    pub(crate) fn check_nonce(&self, old: &[Page], nonce: Option<u64>) -> Result<(), Reason> {
        let (Some((page, cell)), Some(found)) = (self.nonce_cell(), nonce) else { return Ok(()) };
        let header = old.get(page).filter(|content| self.pages.get(page).is_some_and(|page| page.accepts(content)));
        let Some(expected) = header.and_then(|header| header.get(cell)).map(F::as_canonical_u64) else { return Ok(()) };
        match found.cmp(&expected) {
            Ordering::Less => Err(Reason::StaleNonce { found, expected }),
            Ordering::Equal => Ok(()),
            Ordering::Greater => Err(Reason::NonceAhead { found, expected }),
        }
    }

    pub(crate) fn run(&self, old: &[Page], registers: &mut Registers, new: &mut Vec<Page>) -> Result<u64, Failure> {
        for (number, page) in self.pages.iter().enumerate() {
            let content = old.get(number).filter(|content| page.accepts(content)).ok_or(Failure::Mode(number))?;
            let start = self.cells + 8 * number;
            if let Some(cells) = registers.values.get_mut(start..start + 8) {
                cells.copy_from_slice(content);
            }
        }
        let mut fee = 0u64;
        for (pc, row) in self.rows.iter().enumerate() {
            let [a, b, c] = [row.a, row.b, row.c].map(|place| registers.get(place));
            let output = row.output(a, b, c).filter(|output| row.holds(*output)).ok_or(Failure::Row(pc))?;
            if row.op == Operation::Fee {
                fee = fee.checked_add(output.as_canonical_u64()).ok_or(Failure::Row(pc))?;
            }
            if let Some(register) = registers.values.get_mut(self.results + pc) {
                *register = output;
            }
        }
        new.clear();
        for (number, page) in self.pages.iter().enumerate() {
            let content = page.new.map(|cell| registers.value(cell));
            if content[0] == F::ZERO && content != [F::ZERO; 8] {
                return Err(Failure::Tag(number));
            }
            new.push(content);
        }
        Ok(fee)
    }
}

impl Row {
    /// The output, if it has one (CONTRACTS 2; SOUNDNESS 1.11).
    #[inline]
    pub(crate) fn output(&self, a: F, b: F, c: F) -> Option<F> {
        Some(match self.op {
            Operation::Add => a + b + self.k,
            Operation::Sub => a - b + self.k,
            Operation::ReverseSub => b - a + self.k,
            Operation::Mul => a * (b + self.k),
            Operation::Select if c == F::ONE => a,
            Operation::Select if c == F::ZERO => b,
            Operation::Select => return None,
            Operation::IsEqual => F::from_bool(a - b + self.k == F::ZERO),
            Operation::Less => F::from_bool(amount(a)? < amount(b)?),
            Operation::MulDiv => mul_div(a, b, c, false)?,
            Operation::MulDivUp => mul_div(a, b, c, true)?,
            // A fee of 40 bits keeps the sum of a chunk far below the field's order (SOUNDNESS 1.24).
            Operation::Fee => amount(a).filter(|fee| fee >> 40 == 0).map(|_| a)?,
        })
    }

    /// Whether the output passes the row's check.
    #[inline]
    pub(crate) fn holds(&self, output: F) -> bool {
        match self.check {
            Check::None => true,
            Check::Range(bits) => output.as_canonical_u64() >> bits.min(63) == 0,
            Check::Zero => output == F::ZERO,
        }
    }
}

/// An integer below 2^62.
fn amount(value: F) -> Option<u64> {
    Some(value.as_canonical_u64()).filter(|value| value >> AMOUNT_BITS == 0)
}

/// `a · b / c` over the integers, rounded down or up.
fn mul_div(a: F, b: F, c: F, up: bool) -> Option<F> {
    let product = u128::from(amount(a)?) * u128::from(amount(b)?);
    let divisor = u128::from(amount(c)?);
    let quotient = if up {
        product.checked_add(divisor)?.checked_sub(1)?.checked_div(divisor)?
    } else {
        product.checked_div(divisor)?
    };
    u64::try_from(quotient).ok().filter(|quotient| quotient >> AMOUNT_BITS == 0).map(F::from_u64)
}
