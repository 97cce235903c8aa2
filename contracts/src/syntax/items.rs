//! Files and their items: constants, layouts, messages, records, functions, programs.

use super::Parser;
use super::tree::{
    File, Function, Layout, Message, Name, Opening, Page, Program, Signer, SourceTree, TypeTree, Values,
};
use crate::diagnostic::{Code, Failure, Outcome};
use crate::program::Type;

/// Names with a type each, as in `who, pool: account`.
type Parameters = Vec<(Name, TypeTree)>;

impl Parser<'_> {
    pub(super) fn file(&mut self) -> Outcome<File> {
        let mut file = File::default();
        while self.token().kind != super::TokenKind::End {
            match self.token().text {
                "use" => {
                    self.step();
                    file.uses.push(self.name()?);
                    self.expect(";")?;
                }
                "const" => {
                    self.step();
                    file.constants.extend(self.list(";", |parser| {
                        parser.operators = 0;
                        let name = parser.name()?;
                        parser.expect("=")?;
                        Ok((name, parser.expression()?))
                    })?);
                }
                "contract" | "layout" => file.layouts.push(self.layout()?),
                "message" => file.messages.push(self.message()?),
                "record" => {
                    self.step();
                    file.records.extend(self.list(";", |parser| {
                        let name = parser.name()?;
                        parser.expect("=")?;
                        Ok((name, parser.small_number()?))
                    })?);
                }
                "pub" | "fn" => file.functions.push(self.function()?),
                "program" | "inbox" | "system" => file.programs.push(self.program()?),
                _ => return Err(self.unexpected("`use`, `const`, `layout`, `message`, `record`, `fn` or `program`")),
            }
        }
        Ok(file)
    }

    fn layout(&mut self) -> Outcome<Layout> {
        let contract = self.accept("contract");
        self.expect("layout")?;
        let name = self.name()?;
        let number = if self.accept("=") { Some(self.small_number()?) } else { None };
        self.expect("{")?;
        let fields = self.list("}", |parser| {
            let name = parser.name()?;
            parser.expect(":")?;
            Ok((name, parser.type_tree()?))
        })?;
        Ok(Layout { name, number, contract, fields })
    }

    fn message(&mut self) -> Outcome<Message> {
        self.step();
        let name = self.name()?;
        self.expect("=")?;
        let number = self.small_number()?;
        self.expect("{")?;
        let types = self.list("}", Self::type_tree)?;
        self.expect("by")?;
        let by = self.name()?;
        self.expect(";")?;
        Ok(Message { name, number, types, by })
    }

    fn function(&mut self) -> Outcome<Function> {
        let public = self.accept("pub");
        self.expect("fn")?;
        let name = self.name()?;
        self.expect("(")?;
        let parameters = self.list(")", |parser| {
            let name = parser.name()?;
            let ty = if parser.accept(":") { Some(parser.type_tree()?) } else { None };
            Ok((name, ty))
        })?;
        let result = if self.accept("->") { Some(self.type_tree()?) } else { None };
        Ok(Function { name, public, parameters, result, body: self.block()? })
    }

    fn program(&mut self) -> Outcome<Program> {
        let inbox = self.accept("inbox");
        let mut source = if inbox {
            SourceTree::Inbox(None)
        } else if self.accept("system") {
            SourceTree::System
        } else {
            SourceTree::Signed
        };
        self.expect("program")?;
        let name = self.name()?;
        if inbox && self.accept("=") {
            source = SourceTree::Inbox(Some(self.small_number()?));
        }
        let generics = if self.accept("<") { self.list(">", Self::generic)? } else { Vec::new() };
        self.expect("(")?;
        let operands = self.parameters()?;
        let hints = if self.accept(";") { self.parameters()? } else { Vec::new() };
        self.expect(")")?;
        let mut pages = Vec::new();
        if self.accept("on") {
            pages.push(self.page()?);
            while self.accept(",") {
                pages.push(self.page()?);
            }
        }
        let mut signers = Vec::new();
        if self.accept("signed") {
            self.expect("by")?;
            signers.push(self.signer()?);
            while self.accept(",") {
                signers.push(self.signer()?);
            }
        }
        Ok(Program { name, source, generics, operands, hints, pages, signers, body: self.block()? })
    }

    fn generic(&mut self) -> Outcome<(Name, Values)> {
        let name = self.name()?;
        self.expect(":")?;
        let first = self.number()?;
        if self.accept("..") {
            return Ok((name, Values::Range(first, self.number()?)));
        }
        let mut values = vec![first];
        while self.accept("|") {
            values.push(self.number()?);
        }
        Ok((name, Values::List(values)))
    }

    fn parameters(&mut self) -> Outcome<Parameters> {
        let mut parameters = Vec::new();
        while !self.at(")") && !self.at(";") {
            let mut names = vec![self.name()?];
            while self.accept(",") {
                names.push(self.name()?);
            }
            self.expect(":")?;
            let ty = self.type_tree()?;
            parameters.extend(names.into_iter().map(|name| (name, ty.clone())));
            if !self.accept(",") {
                break;
            }
        }
        Ok(parameters)
    }

    fn page(&mut self) -> Outcome<Page> {
        let name = self.name()?;
        let array = if self.accept("[") {
            let index = self.name()?;
            self.expect("..")?;
            let count = self.expression()?;
            self.expect("]")?;
            Some((index, count))
        } else {
            None
        };
        self.expect("=")?;
        let read = self.accept("read");
        let raw = self.accept("raw");
        let new = !read && !raw && self.accept("new");
        let layout = self.name()?;
        let place = self.token().span;
        let may = self.accept("?");
        let opening = match (raw, new, may) {
            (true, false, false) => Opening::Raw,
            (false, true, false) => Opening::New,
            (false, false, true) => Opening::May,
            (false, false, false) => Opening::Must,
            _ => return Err(Failure::new(Code::Syntax, place, "`?` goes with neither `raw` nor `new`")),
        };
        self.expect("(")?;
        let account = self.primary()?;
        let slot = if self.accept("[") {
            let slot = self.expression()?;
            self.expect("]")?;
            Some(slot)
        } else {
            None
        };
        self.expect(")")?;
        Ok(Page { name, array, opening, read, layout, account, slot })
    }

    fn signer(&mut self) -> Outcome<Signer> {
        let page = self.name()?;
        if !self.accept("over") {
            return Ok(Signer { page, over: None });
        }
        let message = self.name()?;
        self.expect("(")?;
        Ok(Signer { page, over: Some((message, self.list(")", Self::expression)?)) })
    }

    pub(super) fn type_tree(&mut self) -> Outcome<TypeTree> {
        if self.accept("[") {
            let inner = self.nested(Self::type_tree)?;
            self.expect(";")?;
            let count = self.expression()?;
            self.expect("]")?;
            return Ok(TypeTree::Array(Box::new(inner), Box::new(count)));
        }
        let name = self.name()?;
        match name.text.as_str() {
            "balance" => {
                let width = if self.at("of") {
                    Type::Amount
                } else {
                    let width = self.name()?;
                    base_type(&width.text).filter(|ty| matches!(ty, Type::Unsigned(_) | Type::Amount)).ok_or_else(
                        || Failure::new(Code::Kind, width.span, "the width of a balance is `amount` or `u1` to `u62`"),
                    )?
                };
                self.expect("of")?;
                Ok(TypeTree::Balance { width, of: self.name()? })
            }
            "supply" => Ok(TypeTree::Supply),
            text => match base_type(text) {
                Some(ty) => Ok(TypeTree::Base(ty)),
                None if text.starts_with(|c: char| c.is_ascii_uppercase()) => Ok(TypeTree::Page(name)),
                None => Err(Failure::new(Code::UnknownName, name.span, format!("`{text}` is no type"))),
            },
        }
    }
}

fn base_type(text: &str) -> Option<Type> {
    Some(match text {
        "amount" => Type::Amount,
        "fixed" => Type::Fixed,
        "time" => Type::Time,
        "counter" => Type::Counter,
        "bool" => Type::Bool,
        "account" => Type::Account,
        "slot" => Type::Slot,
        "asset" => Type::Asset,
        "field" => Type::Field,
        _ => {
            let bits: u8 = text.strip_prefix('u')?.parse().ok()?;
            if !(1..=62).contains(&bits) {
                return None;
            }
            Type::Unsigned(bits)
        }
    })
}
