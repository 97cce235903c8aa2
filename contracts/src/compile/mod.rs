//! From the tree of a program to its rows: names are resolved, functions and loops inlined, forms carried, checks inserted.
//!
//! | file | idea |
//! |---|---|
//! | `rows` | forms to rows |
//! | `checks` | where a value must fit, be equal, be a bool |
//! | `expressions`, `conditions` | values; bools and `require` |
//! | `statements`, `movement` | stores; `move`, `mint`, `burn` |
//! | `opening`, `signing` | parameters and pages; messages and the rules about who signs |
//! | `ensure` | what tests are asked to check |
//! | `tidy` | rows that nobody needs |
//!
//! The compiler is not trusted: [`crate::check`] proves what matters again over rows.

mod checks;
mod conditions;
mod ensure;
mod expressions;
mod movement;
mod opening;
pub(crate) mod rows;
mod signing;
mod statements;
mod tidy;

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::diagnostic::{Code, Failure, Outcome, Span};
use crate::form;
use crate::layout::Layout;
use crate::library::Library;
use crate::program::{Element, Ensure, Message, Mode, PageSlot, Parameter, Program, Record, Source, Transfer};
use crate::syntax::tree::{self, Opening};
use form::{Form, Key};
use rows::Rows;

/// Most expressions evaluated for one program: functions are inlined, so a short text can ask for much.
const FUEL: usize = 200_000;
/// Deepest nesting of function calls.
const CALLS: usize = 32;

/// What an expression stands for.
#[derive(Clone, Debug)]
enum Value {
    Number(Form),
    Array(Vec<Value>),
    /// Place of a page in the program.
    Page(usize),
    Nothing,
}

/// Names in sight, innermost last.
type Scope = Vec<(String, Value)>;

/// A page while its program is compiled.
#[derive(Clone, Debug)]
struct PageState {
    name: String,
    layout: usize,
    opening: Opening,
    read: bool,
    account: Element,
    slot: Element,
    slot_limit: u8,
    /// Content as it stands at this point of the text.
    cells: [Form; 8],
    written: bool,
    signer: u8,
    /// Whether the amount of a holding has been looked at, moved or closed: its tag must be tested then.
    holding_used: bool,
    span: Span,
}

/// A page and cell named on the left of a statement.
struct CellReference {
    page: usize,
    cell: usize,
    /// More than one cell: a whole array.
    count: usize,
}

/// One program on its way.
struct Compiler<'l> {
    library: &'l Library,
    /// File of the text being evaluated: a function's own while it is inlined.
    file: u32,
    /// File of the program.
    home: u32,
    source: Source,
    operands: Vec<Parameter>,
    hints: Vec<Parameter>,
    rows: Rows,
    pages: Vec<PageState>,
    messages: Vec<Message>,
    records: Vec<Record>,
    transfers: Vec<Transfer>,
    ensures: Vec<Ensure>,
    /// Forms that a row or a page proves to have so many bits.
    narrow: HashMap<Key, u8>,
    /// Forms asserted to be 0.
    zero: HashSet<Key>,
    /// Pairs of forms whose product is asserted to be 0.
    zero_products: HashSet<(Key, Key)>,
    /// Forms that are at least 0 whenever a bool is 1.
    branches: HashMap<Key, Vec<Form>>,
    /// Raw pages whose tag is tested whenever a bool is 1.
    guards: HashMap<Key, BTreeSet<usize>>,
    /// Raw pages tested in the branch being evaluated.
    typed: Vec<BTreeSet<usize>>,
    /// Accounts whose header signs.
    signed_accounts: Vec<Element>,
    /// What is taken from the fees, with the place, to be matched with a counterpart.
    fee_claims: Vec<(Form, Span)>,
    calls: usize,
    fuel: usize,
}

/// Compiles one variant of a program. `generics` are its values by name.
pub(crate) fn compile(
    library: &Library,
    file: u32,
    tree: &tree::Program,
    name: String,
    generics: &[(String, i128)],
    source: Source,
) -> Outcome<Program> {
    let compiler = Compiler {
        library,
        file,
        home: file,
        source,
        operands: Vec::new(),
        hints: Vec::new(),
        rows: Rows::default(),
        pages: Vec::new(),
        messages: Vec::new(),
        records: Vec::new(),
        transfers: Vec::new(),
        ensures: Vec::new(),
        narrow: HashMap::new(),
        zero: HashSet::new(),
        zero_products: HashSet::new(),
        branches: HashMap::new(),
        guards: HashMap::new(),
        typed: Vec::new(),
        signed_accounts: Vec::new(),
        fee_claims: Vec::new(),
        calls: 0,
        fuel: FUEL,
    };
    compiler.program(tree, name, generics)
}

impl Compiler<'_> {
    fn program(mut self, tree: &tree::Program, name: String, generics: &[(String, i128)]) -> Outcome<Program> {
        let mut scope: Scope =
            generics.iter().map(|(name, value)| (name.clone(), Value::Number(Form::constant(*value)))).collect();
        self.parameters(tree, generics, &mut scope)?;
        self.open_pages(tree, generics, &mut scope)?;
        self.check_parameters(tree)?;
        let signers = self.signers(tree, &scope)?;
        self.page_rules()?;
        self.first_contents()?;
        self.sign(tree, &signers, &mut scope)?;
        self.block(&tree.body, &mut scope)?;
        self.end_rules(tree, &signers)?;
        let file = self.library.files[self.home as usize].clone();
        let pages = (0..self.pages.len()).map(|page| self.page_slot(page)).collect();
        if self.rows.overflow {
            return Err(Failure::new(Code::TooLarge, tree.name.span, "a program of more than 4096 rows"));
        }
        let program = Program {
            name,
            file,
            source: self.source,
            operands: self.operands,
            hints: self.hints,
            instructions: self.rows.instructions,
            pages,
            messages: self.messages,
            records: self.records,
            transfers: self.transfers,
            ensures: self.ensures,
        };
        let program = tidy::tidy(program);
        if program.instructions.is_empty() {
            return Err(Failure::new(Code::NoRows, tree.name.span, "a program needs at least one row")
                .help("a program that checks and changes nothing cannot run"));
        }
        Ok(program)
    }

    /// The page as the tables will have it; constants and forms become elements here.
    fn page_slot(&mut self, page: usize) -> PageSlot {
        let state = self.pages[page].clone();
        let layout = &self.library.layouts[state.layout];
        let mode = match (state.opening, layout.tag()) {
            (Opening::Must, Some(tag)) => Mode::Must(tag),
            (Opening::May, Some(tag)) => Mode::May(tag),
            (Opening::New, Some(_)) => Mode::Empty,
            _ => Mode::Any,
        };
        PageSlot {
            name: state.name,
            layout: layout.name.clone(),
            account: state.account,
            slot: state.slot,
            slot_limit: state.slot_limit,
            mode,
            signer: state.signer,
            new: state.cells.each_ref().map(|form| self.rows.element(form)),
            written: state.written,
        }
    }

    fn layout_of(&self, page: usize) -> &Layout {
        &self.library.layouts[self.pages[page].layout]
    }

    fn page_name(&self, page: usize) -> &str {
        &self.pages[page].name
    }

    /// Counts work; a text that asks for too much is refused.
    fn burn_fuel(&mut self, span: Span) -> Outcome<()> {
        self.fuel = self
            .fuel
            .checked_sub(1)
            .ok_or_else(|| Failure::new(Code::TooLarge, span, "the program is too long once functions are inlined"))?;
        Ok(())
    }
}

/// Nothing when a calculation with constants leaves 127 bits.
fn too_large(span: Span) -> Box<Failure> {
    Failure::new(Code::TooLarge, span, "a number beyond 2^127 arises here")
}
