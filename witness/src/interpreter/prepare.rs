//! Programs with every local resolved to a place in the file of registers.

use braid_contracts::program::{
    Check, Context, Element, Instruction, Local, Message, Mode, Operation, Program, Source, Space, Wire,
};
use braid_contracts::registry::Registry;
use braid_primitives::{Digest, F};
use thiserror::Error;

/// Place of the constant zero in the file of registers.
const ZERO: u32 = 0;
/// Places of `now`, `block`, `fees_before`, `scale`.
pub(crate) const CONTEXT: [u32; 4] = [1, 2, 3, 4];
/// Place of the first operand; hints, old cells and results follow.
pub(crate) const OPERANDS: usize = 5;

/// A program that the registry should not have let through.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("program {program}: {place} names a local that does not exist before it")]
pub struct ProgramError {
    /// The program's name.
    pub program: String,
    /// Which part of it.
    pub place: String,
}

/// A register or a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// The register of that place.
    Register(u32),
    /// This value.
    Const(F),
}

/// One row over registers; row `pc` writes register `results + pc`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) op: Operation,
    pub(crate) a: u32,
    pub(crate) b: u32,
    pub(crate) c: u32,
    pub(crate) k: F,
    pub(crate) check: Check,
}

#[derive(Clone, Debug)]
pub(crate) struct PreparedPage {
    pub(crate) account: Value,
    pub(crate) slot: Value,
    /// Least and greatest slot.
    pub(crate) slots: (u64, u64),
    pub(crate) mode: Mode,
    pub(crate) new: [Value; 8],
    pub(crate) written: bool,
}

/// What one signer signs, over registers.
#[derive(Clone, Debug)]
pub struct PreparedMessage {
    /// The number of a message that names no program.
    pub number: Option<u32>,
    /// What is signed; the program digest's second half comes before it in a default message.
    pub elements: Vec<Value>,
    /// Place among the pages of the page whose cells 1..=5 are the key.
    pub signer: usize,
    /// Whether operands, hints and the nonce alone determine it, so that it can be hashed before execution.
    pub predictable: bool,
}

/// One program, ready to run.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(crate) program: Program,
    pub(crate) digest: Digest,
    pub(crate) rows: Vec<Row>,
    pub(crate) pages: Vec<PreparedPage>,
    pub(crate) messages: Vec<PreparedMessage>,
    pub(crate) records: Vec<[Value; 8]>,
    /// Register of the first signer's nonce, where a default message is signed.
    pub(crate) nonce: Option<u32>,
    /// Registers in all; the first of the old cells; the first of the results.
    pub(crate) size: usize,
    pub(crate) cells: usize,
    pub(crate) results: usize,
}

impl Prepared {
    /// The program as registered.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// What its signers sign, in order.
    #[must_use]
    pub fn messages(&self) -> &[PreparedMessage] {
        &self.messages
    }

    /// Page and cell of the first signer's nonce, for programs whose default message holds it.
    #[must_use]
    pub fn nonce_cell(&self) -> Option<(usize, usize)> {
        let index = (self.nonce? as usize).checked_sub(self.cells)?;
        Some((index / 8, index % 8))
    }

    /// Whether the text writes the page of that place.
    #[must_use]
    pub fn writes(&self, page: usize) -> bool {
        self.pages.get(page).is_some_and(|page| page.written)
    }
}

/// All programs of a registry, ready to run; number and order as there.
#[derive(Clone, Debug)]
pub struct Interpreter {
    programs: Vec<Prepared>,
}

impl Interpreter {
    /// Resolves every local of every program.
    ///
    /// # Errors
    /// [`ProgramError`] for a program that reads what does not exist, which a checked registry does not hold.
    pub fn new(registry: &Registry) -> Result<Self, ProgramError> {
        let programs = registry.programs().iter().enumerate();
        Self::of(programs.map(|(number, program)| (program, registry.digest(number).unwrap_or_default())))
    }

    /// Programs with their digests, in order.
    pub(crate) fn of<'p>(programs: impl Iterator<Item = (&'p Program, Digest)>) -> Result<Self, ProgramError> {
        let programs = programs.map(|(program, digest)| prepare(program, digest));
        programs.collect::<Result<_, _>>().map(|programs| Self { programs })
    }

    /// The program of that number.
    #[must_use]
    pub fn program(&self, number: u32) -> Option<&Prepared> {
        self.programs.get(number as usize)
    }

    /// All programs, by number.
    #[must_use]
    pub fn programs(&self) -> &[Prepared] {
        &self.programs
    }
}

/// Where the locals of one program lie.
struct Layout<'p> {
    program: &'p Program,
    hints: usize,
    cells: usize,
    results: usize,
}

impl<'p> Layout<'p> {
    fn new(program: &'p Program) -> Self {
        let hints = OPERANDS + program.operands.len();
        let cells = hints + program.hints.len();
        Self { program, hints, cells, results: cells + 8 * program.pages.len() }
    }

    /// The register of a local that exists before row `limit`.
    fn register(&self, id: u32, limit: usize) -> Option<u32> {
        let Local { space, index } = Local::from_id(id)?;
        let index = usize::from(index);
        let (base, count) = match space {
            Space::Operand => (OPERANDS, self.program.operands.len()),
            Space::Hint => (self.hints, self.program.hints.len()),
            Space::OldCell => (self.cells, 8 * self.program.pages.len()),
            Space::Result => (self.results, limit),
            Space::Signing => return None,
        };
        (index < count).then(|| u32::try_from(base + index).ok()).flatten()
    }

    fn value(&self, element: Element, limit: usize) -> Option<Value> {
        match element {
            Element::Const(value) => Some(Value::Const(value)),
            Element::Local(id) => self.register(id, limit).map(Value::Register),
        }
    }

    fn wire(&self, wire: Wire, limit: usize) -> Option<u32> {
        match wire {
            Wire::None => Some(ZERO),
            Wire::Local(id) => self.register(id, limit),
            Wire::Context(Context::Now) => Some(CONTEXT[0]),
            Wire::Context(Context::Block) => Some(CONTEXT[1]),
            Wire::Context(Context::FeesBefore) => Some(CONTEXT[2]),
            Wire::Context(Context::Scale) => Some(CONTEXT[3]),
        }
    }
}

fn prepare(program: &Program, digest: Digest) -> Result<Prepared, ProgramError> {
    let layout = Layout::new(program);
    let all = program.instructions.len();
    let missing = |place: String| ProgramError { program: program.name.clone(), place };
    let row = |pc: usize, row: &Instruction| {
        Some(Row {
            op: row.op,
            a: layout.wire(row.a, pc)?,
            b: layout.wire(row.b, pc)?,
            c: layout.wire(row.c, pc)?,
            k: row.k,
            check: row.check,
        })
    };
    let rows = program.instructions.iter().enumerate();
    let rows = rows.map(|(pc, instruction)| row(pc, instruction).ok_or_else(|| missing(format!("row {pc}"))));
    let pages = program.pages.iter().enumerate().map(|(number, page)| {
        prepare_page(&layout, number, page).ok_or_else(|| missing(format!("page {}", page.name)))
    });
    let messages = program.messages.iter().zip(1..);
    let messages = messages
        .map(|(message, m)| prepare_message(&layout, message, m).ok_or_else(|| missing(format!("message {m}"))))
        .collect::<Result<Vec<_>, _>>()?;
    let records = program.records.iter().zip(1..).map(|(record, number)| {
        let values: Option<Vec<Value>> = record.iter().map(|element| layout.value(*element, all)).collect();
        values.and_then(|values| values.try_into().ok()).ok_or_else(|| missing(format!("record {number}")))
    });
    let nonce = messages.first().filter(|message| message.number.is_none()).and_then(|message| {
        match message.elements.first() {
            Some(Value::Register(register)) if (layout.cells..layout.results).contains(&(*register as usize)) => {
                Some(*register)
            }
            _ => None,
        }
    });
    Ok(Prepared {
        rows: rows.collect::<Result<_, _>>()?,
        pages: pages.collect::<Result<_, _>>()?,
        records: records.collect::<Result<_, _>>()?,
        messages,
        nonce,
        size: layout.results + all,
        cells: layout.cells,
        results: layout.results,
        program: program.clone(),
        digest,
    })
}

fn prepare_page(layout: &Layout<'_>, number: usize, page: &braid_contracts::program::PageSlot) -> Option<PreparedPage> {
    // Account and slot are operands, hints or constants: known before any row and any page.
    let address = |element| match layout.value(element, 0)? {
        Value::Register(register) if register as usize >= layout.cells => None,
        value => Some(value),
    };
    let cell = |cell: &Element| layout.value(*cell, layout.program.instructions.len());
    let new: [Value; 8] = page.new.iter().map(cell).collect::<Option<Vec<_>>>()?.try_into().ok()?;
    let slots = match page.slot {
        Element::Const(_) => (0, 15),
        Element::Local(_) => (1, u64::from(page.slot_limit.min(15))),
    };
    // A page all of whose cells stay is read, whatever its text says: fewer conflicts.
    let own = (layout.cells + 8 * number..).map(|place| u32::try_from(place).map(Value::Register));
    let written = new.iter().zip(own).any(|(cell, own)| own != Ok(*cell));
    Some(PreparedPage {
        account: address(page.account)?,
        slot: address(page.slot)?,
        slots,
        mode: page.mode,
        new,
        written,
    })
}

fn prepare_message(layout: &Layout<'_>, message: &Message, number: u8) -> Option<PreparedMessage> {
    let all = layout.program.instructions.len();
    let values: Option<Vec<Value>> = message.elements().iter().map(|element| layout.value(*element, all)).collect();
    let elements = values?;
    let signer = layout.program.pages.iter().position(|page| page.signer == number)?;
    let over = match message {
        Message::Default { .. } => None,
        Message::Over { number, .. } => Some(*number),
    };
    // The first element of a default message is the nonce, which the submitter states; everything else must be given.
    let predictable = elements.iter().enumerate().all(|(position, value)| match value {
        Value::Const(_) => true,
        Value::Register(register) => (*register as usize) < layout.cells || (position == 0 && over.is_none()),
    });
    Some(PreparedMessage { number: over, elements, signer, predictable })
}

impl Prepared {
    /// Whether it may run without a signature of a user, and who else causes it.
    #[must_use]
    pub fn source(&self) -> Source {
        self.program.source
    }
}
