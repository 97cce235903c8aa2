//! Blocks and statements.

use super::Parser;
use super::tokens::TokenKind;
use super::tree::{Assignment, Block, Expr, ExprKind, Movement, Statement, StatementKind};
use crate::diagnostic::{Code, Failure, Outcome};

impl Parser<'_> {
    pub(super) fn block(&mut self) -> Outcome<Block> {
        self.nested(Self::block_inner)
    }

    fn block_inner(&mut self) -> Outcome<Block> {
        self.expect("{")?;
        let mut statements = Vec::new();
        loop {
            if self.accept("}") {
                return Ok(Block { statements, result: None });
            }
            self.operators = 0;
            let start = self.token().span;
            let kind = match self.keyword_statement()? {
                Some(kind) => kind,
                None => {
                    let expression = self.expression()?;
                    if self.at("}") {
                        self.step();
                        return Ok(Block { statements, result: Some(Box::new(expression)) });
                    }
                    self.assignment_or_call(expression)?
                }
            };
            statements.push(Statement { kind, span: start.to(self.previous_span()) });
        }
    }

    /// A statement that begins with a word of its own. A word followed by `=`, `.` and the like is a name.
    fn keyword_statement(&mut self) -> Outcome<Option<StatementKind>> {
        let word = self.token();
        let next_begins_operand = {
            let next = self.token_after(1);
            matches!(next.kind, TokenKind::Name | TokenKind::Number(_)) || next.is("(") || next.is("!")
        };
        if word.kind != TokenKind::Name || !next_begins_operand {
            return Ok(None);
        }
        let kind = match word.text {
            "let" => {
                self.step();
                let name = self.name()?;
                let ty = if self.accept(":") { Some(self.type_tree()?) } else { None };
                self.expect("=")?;
                StatementKind::Let { name, ty, value: self.expression()? }
            }
            "require" => {
                self.step();
                StatementKind::Require(self.expression()?)
            }
            "ensure" => {
                self.step();
                StatementKind::Ensure(self.expression()?)
            }
            "claim" => {
                self.step();
                let place = self.postfix()?;
                self.expect("=")?;
                StatementKind::Claim { place, value: self.expression()? }
            }
            "close" => {
                self.step();
                StatementKind::Close(self.name()?)
            }
            "retag" => {
                self.step();
                let page = self.name()?;
                self.expect("as")?;
                StatementKind::Retag { page, layout: self.name()? }
            }
            "move" | "mint" | "burn" => {
                let kind = match self.step().text {
                    "move" => Movement::Move,
                    "mint" => Movement::Mint,
                    _ => Movement::Burn,
                };
                let amount = self.expression()?;
                self.expect("of")?;
                let asset = self.expression()?;
                self.expect("from")?;
                let from = self.postfix()?;
                self.expect("to")?;
                StatementKind::Transfer { kind, amount, asset, from, to: self.postfix()? }
            }
            "emit" => {
                self.step();
                let record = self.name()?;
                self.expect("(")?;
                StatementKind::Emit { record, elements: self.list(")", Self::expression)? }
            }
            "for" => {
                self.step();
                let name = self.name()?;
                self.expect("in")?;
                let from = self.primary()?;
                self.expect("..")?;
                let to = self.postfix()?;
                return Ok(Some(StatementKind::For { name, from, to, body: self.block()? }));
            }
            _ => return Ok(None),
        };
        self.expect(";")?;
        Ok(Some(kind))
    }

    fn assignment_or_call(&mut self, place: Expr) -> Outcome<StatementKind> {
        let how = if self.accept("=") {
            Assignment::Set
        } else if self.accept("+=") {
            Assignment::Add
        } else if self.accept("-=") {
            Assignment::Subtract
        } else {
            self.expect(";")?;
            return match place.kind {
                ExprKind::Call(..) => Ok(StatementKind::Call(place)),
                _ => Err(Failure::new(Code::Syntax, place.span, "an expression is no statement")),
            };
        };
        let kind = if how == Assignment::Set && self.token_after(1).is("{") && !self.at("if") {
            let ExprKind::Name(page) = place.kind else {
                return Err(Failure::new(Code::Syntax, place.span, "only a whole page takes `Layout { .. }`"));
            };
            let layout = self.name()?;
            self.expect("{")?;
            let fields = self.list("}", |parser| {
                let name = parser.name()?;
                let value = if parser.accept(":") {
                    parser.expression()?
                } else {
                    Expr { kind: ExprKind::Name(name.text.clone()), span: name.span }
                };
                Ok((name, value))
            })?;
            StatementKind::Fill { page: super::tree::Name { text: page, span: place.span }, layout, fields }
        } else {
            StatementKind::Assign { place, how, value: self.expression()? }
        };
        self.expect(";")?;
        Ok(kind)
    }
}
