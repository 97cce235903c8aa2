//! From text to tree. The grammar is that of the language's reference (CONTRACTS 1.2); nothing is resolved or checked here.

mod expressions;
mod items;
mod statements;
mod tokens;
pub(crate) mod tree;

use crate::diagnostic::{Code, Failure, Outcome, Span};
use tokens::{Token, TokenKind};

/// Reads one file. `file` is the number that spans carry.
pub(crate) fn parse(file: u32, text: &str) -> Outcome<tree::File> {
    Parser { tokens: tokens::tokens(file, text)?, position: 0, depth: 0, operators: 0 }.file()
}

/// Deepest nesting of expressions and blocks: texts come from strangers, the parser's stack is finite.
const DEPTH: usize = 64;

/// Most operators, fields, indices and calls of one statement or constant: chains of them nest as parentheses do.
const OPERATORS: usize = 512;

/// Recursive descent over the tokens of one file.
struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    position: usize,
    depth: usize,
    /// Operators of the statement or constant so far.
    operators: usize,
}

impl<'t> Parser<'t> {
    fn token(&self) -> Token<'t> {
        self.token_after(0)
    }

    /// Tokens end with one of kind `End`, which is never stepped over.
    fn token_after(&self, ahead: usize) -> Token<'t> {
        let last = self.tokens.len() - 1;
        self.tokens[(self.position + ahead).min(last)]
    }

    fn step(&mut self) -> Token<'t> {
        let token = self.token();
        if token.kind != TokenKind::End {
            self.position += 1;
        }
        token
    }

    fn previous_span(&self) -> Span {
        self.tokens[self.position.saturating_sub(1)].span
    }

    fn at(&self, text: &str) -> bool {
        self.token().is(text)
    }

    /// Steps over `text` if it is next.
    fn accept(&mut self, text: &str) -> bool {
        let found = self.at(text);
        if found {
            self.position += 1;
        }
        found
    }

    fn expect(&mut self, text: &str) -> Outcome<Span> {
        if self.at(text) { Ok(self.step().span) } else { Err(self.unexpected(&format!("`{text}`"))) }
    }

    fn unexpected(&self, wanted: &str) -> Box<Failure> {
        let token = self.token();
        let found = match token.kind {
            TokenKind::End => "the end of the file".to_string(),
            _ => format!("`{}`", token.text),
        };
        Failure::new(Code::Syntax, token.span, format!("expected {wanted}, found {found}"))
    }

    fn name(&mut self) -> Outcome<tree::Name> {
        let token = self.token();
        if token.kind == TokenKind::Name && !tokens::is_keyword(token.text) {
            self.position += 1;
            Ok(tree::Name { text: token.text.to_string(), span: token.span })
        } else {
            Err(self.unexpected("a name"))
        }
    }

    fn number(&mut self) -> Outcome<i128> {
        match self.token().kind {
            TokenKind::Number(value) => {
                self.position += 1;
                Ok(value)
            }
            _ => Err(self.unexpected("a number")),
        }
    }

    /// A number that fits 32 bits: tags, kinds, message numbers.
    fn small_number(&mut self) -> Outcome<u32> {
        let span = self.token().span;
        let value = self.number()?;
        u32::try_from(value).map_err(|_| Failure::new(Code::TooLarge, span, "a number below 2^32 is needed here"))
    }

    /// `item { "," item }` up to `close`, which is stepped over; a last comma is allowed.
    fn list<T>(&mut self, close: &str, mut item: impl FnMut(&mut Self) -> Outcome<T>) -> Outcome<Vec<T>> {
        let mut items = Vec::new();
        while !self.at(close) {
            items.push(item(self)?);
            if !self.accept(",") {
                break;
            }
        }
        self.expect(close)?;
        Ok(items)
    }

    /// Counts an operator.
    fn operator(&mut self) -> Outcome<()> {
        self.operators += 1;
        if self.operators > OPERATORS {
            let message = format!("more than {OPERATORS} operators in one statement");
            return Err(Failure::new(Code::TooLarge, self.previous_span(), message).help("name parts of it with `let`"));
        }
        Ok(())
    }

    /// Runs `inner` one level deeper.
    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        if self.depth == DEPTH {
            return Err(Failure::new(Code::TooLarge, self.token().span, format!("nested deeper than {DEPTH} levels")));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }
}
