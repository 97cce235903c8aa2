//! What a contract becomes: a program, that is a straight line of rows over named values, the pages it opens, the
//! messages its signers sign and the records it sends out.
//!
//! Nothing here depends on the language. The executor, the witness and the tables of the proof read these types (the
//! last through [`crate::rom`]), and [`crate::registry`] checks them without asking where they came from.
//!
//! **Locals.** A value a program can name is a *local*: one number `space · 2^16 + index` ([`Local`]). Every local has one
//! producer: the row of that number, the operand or hint of that place, the old content of a page, the signature.

mod ensure;
mod local;
mod types;

use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;

pub use ensure::{Comparison, Ensure, Term};
pub use local::{Local, LocalId, Space};
pub use types::Type;

/// Who may cause a program to run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Source {
    /// A transaction with at least one signature.
    Signed,
    /// An entry of the settlement contract's queue, of this stable kind number (SOUNDNESS B4.2).
    Inbox(u32),
    /// The sequencer, at will: no signer, no fee.
    System,
}

impl Source {
    /// Element that stands for the source in the program digest: 0 signed, 1 system, 2 + kind for inbox.
    pub const fn code(self) -> u64 {
        match self {
            Self::Signed => 0,
            Self::System => 1,
            Self::Inbox(kind) => 2 + kind as u64,
        }
    }
}

/// A named operand or hint. Elements of an array are parameters of their own, named `key.0`, `key.1`, …
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Parameter {
    /// Name in the text.
    pub name: String,
    /// Type; its check stands among the rows or is the page's.
    pub ty: Type,
}

/// Value outside the transaction that a row may read in slot `b`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Context {
    /// Seconds, below 2^40.
    Now,
    /// Number of the block, below 2^40.
    Block,
    /// Fees collected before this batch, below 2^62.
    FeesBefore,
    /// 2^(36 − depth).
    Scale,
}

/// What a row reads in one of its three slots; nothing reads as zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Wire {
    /// Zero.
    #[default]
    None,
    /// A local.
    Local(LocalId),
    /// A context value; only in slot `b`.
    Context(Context),
}

/// What a row computes from its slots `a`, `b`, `c` and its immediate `k`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Operation {
    /// `a + b + k`
    Add,
    /// `a − b + k`
    Sub,
    /// `b − a + k`
    ReverseSub,
    /// `a · (b + k)`
    Mul,
    /// `c · (a − b) + b`, `c` boolean
    Select,
    /// 1 if `a − b + k = 0`, else 0
    IsEqual,
    /// 1 if `a < b`, else 0; both below 2^62
    Less,
    /// `floor(a · b / c)`, all and the result below 2^62, no value for `c = 0`
    MulDiv,
    /// `ceil(a · b / c)`, as above
    MulDivUp,
    /// `a`, and adds it to the fees
    Fee,
}

/// What a row proves of its output.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Check {
    /// Nothing.
    #[default]
    None,
    /// That it is an integer of that many bits, 1..=63.
    Range(u8),
    /// That it is 0.
    Zero,
}

/// One row.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Instruction {
    /// What is computed.
    pub op: Operation,
    /// First slot.
    pub a: Wire,
    /// Second slot, the only one that may read the context.
    pub b: Wire,
    /// Third slot.
    pub c: Wire,
    /// Immediate.
    pub k: F,
    /// Check of the output; none on `Less`.
    pub check: Check,
}

/// A local or a constant: an element of a message or record, a new cell, an account or a slot.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Element {
    /// The value of that local.
    Local(LocalId),
    /// This value.
    Const(F),
}

impl Element {
    /// The constant zero.
    pub const ZERO: Self = Self::Const(F::ZERO);

    /// The local, if it is one.
    pub const fn local(self) -> Option<LocalId> {
        match self {
            Self::Local(id) => Some(id),
            Self::Const(_) => None,
        }
    }

    /// The number that stands in a table: the id or the constant.
    pub fn encoding(self) -> F {
        match self {
            Self::Local(id) => F::from_u32(id),
            Self::Const(value) => value,
        }
    }
}

/// New content of a page cell.
pub type Cell = Element;

/// What is demanded of a page's old content.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mode {
    /// Cell 0 is this tag.
    Must(F),
    /// Cell 0 is this tag, or the page is empty.
    May(F),
    /// All eight cells are 0.
    Empty,
    /// Nothing.
    Any,
}

/// One page that a program opens.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PageSlot {
    /// Name in the text, for messages to people.
    pub name: String,
    /// Name of the layout, for messages to people.
    pub layout: String,
    /// Account number.
    pub account: Element,
    /// Page of the account, 0..=15; a local slot is never 0.
    pub slot: Element,
    /// Greatest value of a local slot: 15, 14, 13 or 7. Without meaning (15) for a constant.
    pub slot_limit: u8,
    /// Demand on the old content.
    pub mode: Mode,
    /// Number of the message that cells 1..=5 are the key of, or 0.
    pub signer: u8,
    /// New content. A cell that stays is `Local` of its own old content.
    pub new: [Cell; 8],
    /// Whether the text writes the page at all (a page that is only read may still be listed with its own cells).
    pub written: bool,
}

impl PageSlot {
    /// The tag that a *must* or *may* page carries.
    pub const fn tag(&self) -> Option<F> {
        match self.mode {
            Mode::Must(tag) | Mode::May(tag) => Some(tag),
            Mode::Empty | Mode::Any => None,
        }
    }
}

/// What one signer signs. Message numbers count from 1 in the order of the signers.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// Bound to the program: domain MESSAGE, over (program digest 2, 3, then these elements): the first signer's nonce,
    /// `until`, all other operands in order.
    Default {
        /// Nonce, `until`, operands.
        elements: Vec<Element>,
    },
    /// Bound to a message number instead of a program: domain OVER.
    Over {
        /// The message's number, unique for ever.
        number: u32,
        /// What is signed.
        elements: Vec<Element>,
    },
}

impl Message {
    /// The elements after the program digest.
    pub fn elements(&self) -> &[Element] {
        match self {
            Self::Default { elements } | Self::Over { elements, .. } => elements,
        }
    }
}

/// One outbox record: kind, asset, amount and five more; unused ones are the constant 0.
pub type Record = [Element; 8];

/// One compiled program (one variant of one).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Program {
    /// Name with the variant's values, as in `swap_in.0`.
    pub name: String,
    /// Name of the contract text it is from.
    pub file: String,
    /// Who may run it.
    pub source: Source,
    /// Operands in order; with a default message the last is `until`.
    pub operands: Vec<Parameter>,
    /// Hints in order.
    pub hints: Vec<Parameter>,
    /// Rows in order; row `i` produces the local `result i`.
    pub instructions: Vec<Instruction>,
    /// Pages in order.
    pub pages: Vec<PageSlot>,
    /// Messages in the order of their signers.
    pub messages: Vec<Message>,
    /// Outbox records in order.
    pub records: Vec<Record>,
    /// For people, not part of the program: where each asset amount goes.
    pub transfers: Vec<Transfer>,
    /// What tests may check after the program was accepted; not part of the program either.
    pub ensures: Vec<Ensure>,
}

/// One `move`, `mint` or `burn` of the text, for `explain`; carries no meaning for the machine.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Transfer {
    /// Where the amount is taken from: `a.amount`, `p.reserve[0]`, `fees`, …
    pub from: String,
    /// Where it is put.
    pub to: String,
}

impl Program {
    /// Position of an operand by name.
    pub fn operand(&self, name: &str) -> Option<usize> {
        self.operands.iter().position(|operand| operand.name == name)
    }

    /// Position of a hint by name.
    pub fn hint(&self, name: &str) -> Option<usize> {
        self.hints.iter().position(|hint| hint.name == name)
    }

    /// Whether the published data is the first message, which holds all operands, followed by the hints; else the data has a
    /// sponge of its own.
    pub fn publishes_message(&self) -> bool {
        matches!(self.messages.first(), Some(Message::Default { .. }))
    }

    /// Whether the last operand is the implicit `until`.
    pub fn expires(&self) -> bool {
        self.operands.last().is_some_and(|operand| operand.ty == Type::Until)
    }
}
