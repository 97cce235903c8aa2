//! What a contract becomes: a program, that is a straight line of rows over named values, the pages it opens, the
//! messages its signers sign and the records it sends out.
//!
//! Nothing here depends on the language. The executor, the witness and the tables of the proof read these types (the
//! last through [`crate::rom`]), and [`crate::registry`] checks them without asking where they came from.
//!
//! **Locals.** A value a program can name is a *local*: one number `space · 2^16 + index` ([`Local`]). Every local has one
//! producer: the row of that number, the operand or hint of that place, the old content of a page, the signature.

use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;

/// Where a local comes from. The number is part of every table, so a change of one changes every program digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Space {
    /// Operand by position; the last one is `until` where a default message is signed.
    Operand = 1,
    /// Value that the operator supplies and nobody signs, by position.
    Hint = 2,
    /// Output of the row with that number.
    Result = 3,
    /// Cell of a page before the transaction: index `8 · page + cell`.
    OldCell = 4,
    /// Part of a signature, index `16 · (message − 1) + j`: `j` 0..5 the commitment's encoding `w_R`, 5..10 the key's
    /// `w_Q`, 10..14 the message digest.
    Signing = 5,
}

/// Name of one value: `space · 2^16 + index`, as it stands in the tables. Zero is no local.
pub type LocalId = u32;

/// A [`LocalId`] taken apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Local {
    /// Who produces the value.
    pub space: Space,
    /// Which one, below 2^16.
    pub index: u16,
}

impl Local {
    /// Operand number `index`.
    pub const fn operand(index: u16) -> Self {
        Self { space: Space::Operand, index }
    }
    /// Hint number `index`.
    pub const fn hint(index: u16) -> Self {
        Self { space: Space::Hint, index }
    }
    /// Output of row `pc`.
    pub const fn result(pc: u16) -> Self {
        Self { space: Space::Result, index: pc }
    }
    /// Old content of `cell` (below 8) of page number `page`.
    pub const fn old_cell(page: u16, cell: u16) -> Self {
        Self { space: Space::OldCell, index: 8 * page + cell }
    }
    /// Element `j` (below 14) of the signature under `message` (from 1).
    pub const fn signing(message: u16, j: u16) -> Self {
        Self { space: Space::Signing, index: 16 * (message - 1) + j }
    }
    /// The number that stands in the tables.
    pub const fn id(self) -> LocalId {
        (self.space as u32) << 16 | self.index as u32
    }
    /// The inverse of [`Local::id`]; `None` for a number that names nothing.
    pub const fn from_id(id: LocalId) -> Option<Self> {
        let space = match id >> 16 {
            1 => Space::Operand,
            2 => Space::Hint,
            3 => Space::Result,
            4 => Space::OldCell,
            5 => Space::Signing,
            _ => return None,
        };
        Some(Self { space, index: (id & 0xffff) as u16 })
    }
}

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

/// Type of an operand, a hint or a page cell (CONTRACTS 1.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Type {
    /// Unsigned integer of that many bits, 1..=62.
    Unsigned(u8),
    /// Quanta of an asset: 62 bits.
    Amount,
    /// A fraction scaled by 10^12: 62 bits.
    Fixed,
    /// Seconds: 40 bits.
    Time,
    /// 0 or 1.
    Bool,
    /// Number of an account: 32 bits, and below 2^(depth − 4) where it addresses a page.
    Account,
    /// Page of an account, 1..=15.
    Slot,
    /// An asset or receipt: 48 bits.
    Asset,
    /// A number that only grows; below 2^62 because it is never set to more than a constant or one above.
    Counter,
    /// An element of the field, only compared and stored.
    Field,
    /// The end of validity of a transaction: 40 bits, proven by `until − now` having 40 bits.
    Until,
    /// Cell 0 of a page: an asset or 2^48 + the layout's number.
    Tag,
}

impl Type {
    /// Width in bits of the values, or `None` for any field element.
    pub const fn bits(self) -> Option<u8> {
        Some(match self {
            Self::Unsigned(bits) => bits,
            Self::Amount | Self::Fixed | Self::Counter => 62,
            Self::Time | Self::Until => 40,
            Self::Bool => 1,
            Self::Account => 32,
            Self::Slot => 4,
            Self::Asset => 48,
            Self::Tag => 49,
            Self::Field => return None,
        })
    }
}

impl core::fmt::Display for Type {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Unsigned(bits) => return write!(f, "u{bits}"),
            Self::Amount => "amount",
            Self::Fixed => "fixed",
            Self::Time => "time",
            Self::Bool => "bool",
            Self::Account => "account",
            Self::Slot => "slot",
            Self::Asset => "asset",
            Self::Counter => "counter",
            Self::Field => "field",
            Self::Until => "until",
            Self::Tag => "tag",
        })
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

/// A condition over integers that the author says holds after every accepted transaction.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Ensure {
    /// Left side.
    pub left: Term,
    /// How the sides compare.
    pub comparison: Comparison,
    /// Right side.
    pub right: Term,
}

/// How two integers compare.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
}

/// An integer expression of an [`Ensure`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Term {
    /// A number.
    Const(i128),
    /// A local.
    Local(LocalId),
    /// A context value.
    Context(Context),
    /// New content of a page's cell.
    New(u16, u8),
    /// Sum.
    Sum(Box<Term>, Box<Term>),
    /// Difference.
    Difference(Box<Term>, Box<Term>),
    /// Product.
    Product(Box<Term>, Box<Term>),
}

impl Ensure {
    /// Whether it holds, given the values of locals, context and new cells; `None` if one is missing or an intermediate
    /// value leaves 127 bits.
    pub fn holds(
        &self,
        local: &impl Fn(LocalId) -> Option<u64>,
        context: &impl Fn(Context) -> Option<u64>,
        new: &impl Fn(u16, u8) -> Option<u64>,
    ) -> Option<bool> {
        let left = self.left.value(local, context, new)?;
        let right = self.right.value(local, context, new)?;
        Some(match self.comparison {
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
            Comparison::Less => left < right,
            Comparison::LessEqual => left <= right,
        })
    }
}

impl Term {
    fn value(
        &self,
        local: &impl Fn(LocalId) -> Option<u64>,
        context: &impl Fn(Context) -> Option<u64>,
        new: &impl Fn(u16, u8) -> Option<u64>,
    ) -> Option<i128> {
        let both = |left: &Self, right: &Self| left.value(local, context, new).zip(right.value(local, context, new));
        match self {
            Self::Const(value) => Some(*value),
            Self::Local(id) => local(*id).map(i128::from),
            Self::Context(which) => context(*which).map(i128::from),
            Self::New(page, cell) => new(*page, *cell).map(i128::from),
            Self::Sum(left, right) => both(left, right).and_then(|(left, right)| left.checked_add(right)),
            Self::Difference(left, right) => both(left, right).and_then(|(left, right)| left.checked_sub(right)),
            Self::Product(left, right) => both(left, right).and_then(|(left, right)| left.checked_mul(right)),
        }
    }

    /// Calls `visit` on every local.
    pub(crate) fn locals_mut(&mut self, visit: &mut impl FnMut(&mut LocalId)) {
        match self {
            Self::Local(id) => visit(id),
            Self::Sum(left, right) | Self::Difference(left, right) | Self::Product(left, right) => {
                left.locals_mut(visit);
                right.locals_mut(visit);
            }
            Self::Const(_) | Self::Context(_) | Self::New(..) => {}
        }
    }
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

    /// Whether the last operand is the implicit `until`.
    pub fn expires(&self) -> bool {
        self.operands.last().is_some_and(|operand| operand.ty == Type::Until)
    }
}
