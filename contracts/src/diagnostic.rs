//! What went wrong in a contract text, with the place, in the shape that compilers use:
//!
//! ```text
//! error[E12]: value may exceed 62 bits
//!   --> pool.braid:62:22
//!    |
//! 62 |   let y = amount_out(x, rin, rout);
//!    |                      ^ in [0, 4.6e21], which no check of 62 bits can prove
//!   = help: give parts of it a narrower type: `let y: u51 = …` (one range check)
//! ```

use core::fmt;

/// Place in one of the texts being compiled: byte offsets into the file of that number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Span {
    pub(crate) file: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    /// From the beginning of `self` to the end of `last`.
    pub(crate) const fn to(self, last: Self) -> Self {
        Self { file: self.file, start: self.start, end: last.end }
    }
}

/// Kinds of errors; the number is what `error[E..]` shows and never changes its meaning.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u16)]
pub enum Code {
    /// A character that the language does not have.
    Character = 1,
    /// The text does not follow the grammar.
    Syntax = 2,
    /// A name that is not declared, or not in a file named by `use`.
    UnknownName = 3,
    /// A value of another kind is needed here: a page, a number, an array.
    Kind = 4,
    /// A name or number is declared twice.
    Duplicate = 5,
    /// A constant is needed here.
    Constant = 6,
    /// Another number of arguments, fields or elements.
    Count = 7,
    /// A number beyond what the compiler calculates with, or more parts than a program may have.
    TooLarge = 8,
    /// A value may not fit, and its interval is too wide for a check to prove that it does.
    Exceeds = 12,
    /// A product may leave the field.
    Product = 13,
    /// An equality of integers could hold in the field only.
    Equality = 14,
    /// A condition that is not 0 or 1.
    NotBool = 15,
    /// A field element used as an integer.
    FieldAsInteger = 16,
    /// A counter set to something else than one more, a constant or another counter.
    Counter = 17,
    /// Division by the constant zero.
    DivisionByZero = 18,
    /// A requirement that never holds.
    NeverHolds = 19,
    /// An inbox program could fail.
    InboxFails = 21,
    /// A cell of a raw page outside its tag test.
    RawCell = 22,
    /// Two pages of an inbox program could be one.
    InboxPages = 23,
    /// Takes from a holding or credit whose owner does not sign.
    OwnerDoesNotSign = 31,
    /// A source or target that this statement may not have (rules a and b).
    Place = 32,
    /// A tag, balance or supply is assigned (rule c), or an asset changes under a balance.
    Assigned = 33,
    /// A page that may not be closed (rule d).
    Close = 34,
    /// A page that may not become another (rule e).
    Retag = 35,
    /// Something private to another file (rule f).
    Private = 36,
    /// A default message without header or without a step of the nonce (rule g).
    Nonce = 37,
    /// A page that cannot be signed with (rule h).
    Signer = 38,
    /// A contract layout at a wrong place, or made without its account (rule j).
    ContractLayout = 39,
    /// A message of other types, of another file, or without what stops its replay (rule k).
    Message = 40,
    /// A claim that no open page vouches for (rule l).
    Claim = 41,
    /// A program without rows (rule m).
    NoRows = 42,
    /// An account or slot that is no operand, hint or constant, or a slot that addresses nothing.
    Address = 43,
    /// An operand that nobody signs.
    Unsigned = 44,
    /// A page opened with `read` is written.
    ReadOnly = 45,
    /// The asset of a balance does not match.
    Asset = 46,
    /// A holding is used without a test of its tag.
    Untested = 47,
    /// A registry that does not fit the tables.
    Height = 51,
    /// The registry's own check over rows refused what the compiler made.
    Registration = 52,
}

/// An error while its place is still a span. The compiler's own type; a [`Diagnostic`] is what leaves it.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) label: String,
    pub(crate) help: String,
}

impl Failure {
    pub(crate) fn new(code: Code, span: Span, message: impl Into<String>) -> Box<Self> {
        Box::new(Self { code, span, message: message.into(), label: String::new(), help: String::new() })
    }

    /// Adds what stands beside the marked place.
    pub(crate) fn label(mut self: Box<Self>, label: impl Into<String>) -> Box<Self> {
        self.label = label.into();
        self
    }

    /// Adds what could be done.
    pub(crate) fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.help = help.into();
        self
    }
}

/// Result of every step of the compiler.
pub(crate) type Outcome<T> = Result<T, Box<Failure>>;

/// One error, with everything needed to show it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Kind of error.
    pub code: Code,
    /// What is wrong, in a line.
    pub message: String,
    /// File name, as in `pool.braid`; empty when the error has no place.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
    /// The line of text.
    pub text: String,
    /// Length of the marked part, in characters.
    pub width: usize,
    /// What stands beside the marked part; may be empty.
    pub label: String,
    /// What could be done; may be empty.
    pub help: String,
    /// Program that was being compiled; may be empty.
    pub program: String,
}

impl Diagnostic {
    /// Finds line and column of a failure in the text it is from.
    pub(crate) fn locate(failure: &Failure, file: &str, text: &str, program: &str) -> Self {
        let start = floor_boundary(text, failure.span.start as usize);
        let end = floor_boundary(text, failure.span.end as usize).max(start);
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line_text = text.get(line_start..).unwrap_or_default().lines().next().unwrap_or_default();
        let marked = text.get(start..end).unwrap_or_default().lines().next().unwrap_or_default();
        Self {
            code: failure.code,
            message: failure.message.clone(),
            file: format!("{file}.braid"),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            text: line_text.to_string(),
            width: marked.chars().count().max(1),
            label: failure.label.clone(),
            help: failure.help.clone(),
            program: program.to_string(),
        }
    }

    /// An error about the whole registry or a program as rows.
    pub(crate) fn without_place(code: Code, program: &str, message: String) -> Self {
        Self {
            code,
            message,
            file: String::new(),
            line: 0,
            column: 0,
            text: String::new(),
            width: 0,
            label: String::new(),
            help: String::new(),
            program: program.to_string(),
        }
    }
}

/// The nearest character boundary at or before `at`.
fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error[E{:02}]: {}", self.code as u16, self.message)?;
        if !self.file.is_empty() {
            let margin = self.line.to_string().len();
            writeln!(f, "{:margin$}--> {}:{}:{}", "", self.file, self.line, self.column)?;
            writeln!(f, "{:margin$} |", "")?;
            writeln!(f, "{} | {}", self.line, self.text)?;
            let indent: String =
                self.text.chars().take(self.column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            writeln!(f, "{:margin$} | {indent}{} {}", "", "^".repeat(self.width), self.label)?;
        }
        if !self.help.is_empty() {
            writeln!(f, "  = help: {}", self.help)?;
        }
        if !self.program.is_empty() {
            writeln!(f, "  = in program `{}`", self.program)?;
        }
        Ok(())
    }
}

/// All errors of a compilation; never empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{diagnostic}")?;
        }
        Ok(())
    }
}

impl core::error::Error for Diagnostics {}
