//! The tree of one file, as written.

use crate::diagnostic::Span;
use crate::program::Type;

#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// One file.
#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    pub(crate) uses: Vec<Name>,
    pub(crate) constants: Vec<(Name, Expr)>,
    pub(crate) layouts: Vec<Layout>,
    pub(crate) messages: Vec<Message>,
    pub(crate) records: Vec<(Name, u32)>,
    pub(crate) functions: Vec<Function>,
    pub(crate) programs: Vec<Program>,
}

/// Type of a field or parameter.
#[derive(Clone, Debug)]
pub(crate) enum TypeTree {
    Base(Type),
    Array(Box<TypeTree>, Box<Expr>),
    /// `balance u51 of asset`
    Balance {
        width: Type,
        of: Name,
    },
    Supply,
    /// A page, as parameter of a function.
    Page(Name),
}

#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) name: Name,
    pub(crate) number: Option<u32>,
    pub(crate) contract: bool,
    pub(crate) fields: Vec<(Name, TypeTree)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) name: Name,
    pub(crate) number: u32,
    pub(crate) types: Vec<TypeTree>,
    /// Layout of the page that stops a replay.
    pub(crate) by: Name,
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) name: Name,
    pub(crate) public: bool,
    pub(crate) parameters: Vec<(Name, Option<TypeTree>)>,
    pub(crate) result: Option<TypeTree>,
    pub(crate) body: Block,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SourceTree {
    Signed,
    System,
    /// With the kind number, where the text gives one.
    Inbox(Option<u32>),
}

#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) name: Name,
    pub(crate) source: SourceTree,
    pub(crate) generics: Vec<(Name, Values)>,
    pub(crate) operands: Vec<(Name, TypeTree)>,
    pub(crate) hints: Vec<(Name, TypeTree)>,
    pub(crate) pages: Vec<Page>,
    pub(crate) signers: Vec<Signer>,
    pub(crate) body: Block,
}

/// Values of a generic: one program for each.
#[derive(Clone, Debug)]
pub(crate) enum Values {
    Range(i128, i128),
    List(Vec<i128>),
}

/// How a page is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Opening {
    /// `T(x)`
    Must,
    /// `T?(x)`
    May,
    /// `new T(x)`
    New,
    /// `raw T(x)`
    Raw,
}

#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) name: Name,
    /// `[k..n]`: one page for each `k` below `n`.
    pub(crate) array: Option<(Name, Expr)>,
    pub(crate) opening: Opening,
    pub(crate) read: bool,
    pub(crate) layout: Name,
    pub(crate) account: Expr,
    /// Nothing for a header.
    pub(crate) slot: Option<Expr>,
}

#[derive(Clone, Debug)]
pub(crate) struct Signer {
    pub(crate) page: Name,
    /// `over Order(..)`
    pub(crate) over: Option<(Name, Vec<Expr>)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) statements: Vec<Statement>,
    pub(crate) result: Option<Box<Expr>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) kind: StatementKind,
    pub(crate) span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Movement {
    Move,
    Mint,
    Burn,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Assignment {
    Set,
    Add,
    Subtract,
}

#[derive(Clone, Debug)]
pub(crate) enum StatementKind {
    Let {
        name: Name,
        ty: Option<TypeTree>,
        value: Expr,
    },
    Assign {
        place: Expr,
        how: Assignment,
        value: Expr,
    },
    /// `page = Layout { field, field: value }`
    Fill {
        page: Name,
        layout: Name,
        fields: Vec<(Name, Expr)>,
    },
    Require(Expr),
    Ensure(Expr),
    Claim {
        place: Expr,
        value: Expr,
    },
    Close(Name),
    Retag {
        page: Name,
        layout: Name,
    },
    Transfer {
        kind: Movement,
        amount: Expr,
        asset: Expr,
        from: Expr,
        to: Expr,
    },
    Emit {
        record: Name,
        elements: Vec<Expr>,
    },
    For {
        name: Name,
        from: Expr,
        to: Expr,
        body: Block,
    },
    Call(Expr),
}

#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Binary {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Power,
}

#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    Number(i128),
    Name(String),
    Field(Box<Expr>, Name),
    Index(Box<Expr>, Box<Expr>),
    Call(Name, Vec<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
}
