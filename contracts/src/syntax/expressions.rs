//! Expressions: `||` binds weakest, then `&&`, comparisons, `+ -`, `*`, `^`, `!`, and then fields, indices and calls.

use super::Parser;
use super::tokens::TokenKind;
use super::tree::{Binary, Expr, ExprKind, Name};
use crate::diagnostic::{Code, Failure, Outcome};

/// Levels of binary operators, weakest first.
const LEVELS: [&[(&str, Binary)]; 6] = [
    &[("||", Binary::Or)],
    &[("&&", Binary::And)],
    &[
        ("==", Binary::Equal),
        ("!=", Binary::NotEqual),
        ("<=", Binary::LessEqual),
        (">=", Binary::GreaterEqual),
        ("<", Binary::Less),
        (">", Binary::Greater),
    ],
    &[("+", Binary::Add), ("-", Binary::Subtract)],
    &[("*", Binary::Multiply)],
    &[("^", Binary::Power)],
];
/// Level of comparisons, which do not chain.
const COMPARISONS: usize = 2;

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Outcome<Expr> {
        self.nested(|parser| parser.binary(0))
    }

    fn binary(&mut self, level: usize) -> Outcome<Expr> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        let mut found = 0;
        while let Some(&(_, operator)) = operators.iter().find(|(text, _)| self.at(text)) {
            let place = self.step().span;
            self.operator()?;
            found += 1;
            if level == COMPARISONS && found > 1 {
                return Err(Failure::new(Code::Syntax, place, "comparisons do not chain").help("join them with `&&`"));
            }
            let right = self.binary(level + 1)?;
            let span = left.span.to(right.span);
            left = Expr { kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)), span };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Outcome<Expr> {
        if !self.at("!") {
            return self.postfix();
        }
        let start = self.step().span;
        self.operator()?;
        let inner = self.nested(Self::unary)?;
        let span = start.to(inner.span);
        Ok(Expr { kind: ExprKind::Not(Box::new(inner)), span })
    }

    /// A primary with its fields, indices and arguments: also what stands left of `=` and after `from` and `to`.
    pub(super) fn postfix(&mut self) -> Outcome<Expr> {
        let mut inner = self.primary()?;
        loop {
            let start = inner.span;
            let kind = if self.accept(".") {
                ExprKind::Field(Box::new(inner), self.name()?)
            } else if self.accept("[") {
                let index = self.expression()?;
                self.expect("]")?;
                ExprKind::Index(Box::new(inner), Box::new(index))
            } else if let (ExprKind::Name(name), true) = (&inner.kind, self.at("(")) {
                let name = Name { text: name.clone(), span: inner.span };
                self.step();
                ExprKind::Call(name, self.list(")", Self::expression)?)
            } else {
                return Ok(inner);
            };
            self.operator()?;
            inner = Expr { kind, span: start.to(self.previous_span()) };
        }
    }

    /// A number, a name, a parenthesis or an `if`.
    pub(super) fn primary(&mut self) -> Outcome<Expr> {
        let start = self.token();
        if let TokenKind::Number(value) = start.kind {
            self.step();
            return Ok(Expr { kind: ExprKind::Number(value), span: start.span });
        }
        if self.accept("(") {
            let inner = self.expression()?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.accept("if") {
            let condition = self.expression()?;
            self.expect("{")?;
            let yes = self.expression()?;
            self.expect("}")?;
            self.expect("else")?;
            let no = if self.at("if") {
                self.nested(Self::primary)?
            } else {
                self.expect("{")?;
                let no = self.expression()?;
                self.expect("}")?;
                no
            };
            let span = start.span.to(self.previous_span());
            return Ok(Expr { kind: ExprKind::If(Box::new(condition), Box::new(yes), Box::new(no)), span });
        }
        let name = self.name()?;
        Ok(Expr { kind: ExprKind::Name(name.text), span: name.span })
    }
}
