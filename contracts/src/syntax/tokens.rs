//! Characters to tokens.

use crate::diagnostic::{Code, Failure, Outcome, Span};

/// What a token is; its text stands in [`Token::text`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TokenKind {
    Name,
    /// Below 2^127.
    Number(i128),
    Symbol,
    End,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: TokenKind,
    pub(super) text: &'t str,
    pub(super) span: Span,
}

impl Token<'_> {
    /// Whether it is this symbol or word.
    pub(super) fn is(&self, text: &str) -> bool {
        matches!(self.kind, TokenKind::Name | TokenKind::Symbol) && self.text == text
    }
}

/// Words that begin or divide statements and are no names. `read`, `raw`, `of` and others only mean something in their
/// place and may be names elsewhere.
const KEYWORDS: [&str; 9] = ["let", "if", "else", "for", "require", "ensure", "fn", "program", "layout"];

pub(super) fn is_keyword(text: &str) -> bool {
    KEYWORDS.contains(&text)
}

/// Symbols, longer ones first where one begins another.
const SYMBOLS: [&str; 31] = [
    "..", "->", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=", "-", "+", "*", "<", ">", "=", "!", "(", ")", "{", "}",
    "[", "]", ",", ";", ":", ".", "?", "|", "^", "/",
];

/// All tokens of a text, the last of kind `End`.
pub(super) fn tokens(file: u32, text: &str) -> Outcome<Vec<Token<'_>>> {
    if text.len() >= u32::MAX as usize {
        return Err(Failure::new(Code::TooLarge, Span { file, start: 0, end: 0 }, "a file of 4 GB"));
    }
    let span = |start: usize, end: usize| Span { file, start: start as u32, end: end as u32 };
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let rest = &text[at..];
        let (length, kind) = if character.is_whitespace() {
            at += character.len_utf8();
            continue;
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if character.is_ascii_digit() {
            let length = length_while(rest, |c| c.is_ascii_alphanumeric() || c == '_');
            (length, TokenKind::Number(number(&rest[..length], span(at, at + length))?))
        } else if character.is_ascii_alphabetic() || character == '_' {
            (length_while(rest, |c| c.is_ascii_alphanumeric() || c == '_'), TokenKind::Name)
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            (symbol.len(), TokenKind::Symbol)
        } else {
            let message = format!("`{}` is no character of the language", character.escape_debug());
            return Err(Failure::new(Code::Character, span(at, at + character.len_utf8()), message));
        };
        tokens.push(Token { kind, text: &rest[..length], span: span(at, at + length) });
        at += length;
    }
    tokens.push(Token { kind: TokenKind::End, text: "", span: span(at, at) });
    Ok(tokens)
}

fn length_while(text: &str, accept: impl Fn(char) -> bool) -> usize {
    text.find(|c| !accept(c)).unwrap_or(text.len())
}

/// Decimal or `0x`, with `_` between digits.
fn number(text: &str, span: Span) -> Outcome<i128> {
    let digits = text.replace('_', "");
    let parsed = match digits.strip_prefix("0x") {
        Some(hexadecimal) => i128::from_str_radix(hexadecimal, 16),
        None => digits.parse(),
    };
    parsed.map_err(|_| Failure::new(Code::Syntax, span, format!("`{text}` is no number below 2^127")))
}
