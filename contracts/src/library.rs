//! All declarations of all files, looked up by the file that asks: its own, and those of the files it names by `use`.

use std::collections::{BTreeMap, HashMap};

use crate::check::ReplayRule;
use crate::diagnostic::{Code, Failure, Outcome, Span};
use crate::layout::{AssetOf, CellType, Field, HOLDING, Layout, Role};
use crate::program::Type;
use crate::syntax::tree::{self, Binary, Expr, ExprKind, Name, TypeTree};

/// The asset in which fees are paid.
pub(crate) const NATIVE: i128 = 1;

/// A message that is signed away.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) number: u32,
    pub(crate) types: Vec<Type>,
    /// Layout of the page that stops a replay.
    pub(crate) by: usize,
    pub(crate) file: u32,
}

/// Everything declared.
#[derive(Debug, Default)]
pub(crate) struct Library {
    /// Names of files, by number.
    pub(crate) files: Vec<String>,
    visible: Vec<Vec<u32>>,
    pub(crate) layouts: Vec<Layout>,
    layout_files: Vec<u32>,
    constants: HashMap<(u32, String), i128>,
    records: HashMap<(u32, String), u32>,
    messages: HashMap<(u32, String), Message>,
    functions: HashMap<(u32, String), tree::Function>,
    /// Page of each contract layout: the first program that opens one says which.
    pub(crate) contract_pages: BTreeMap<usize, i128>,
}

impl Library {
    /// Collects the declarations of parsed files; the number of a file is its place.
    pub(crate) fn new(names: Vec<String>, trees: &[tree::File]) -> Outcome<Self> {
        let mut library = Self { files: names, ..Self::default() };
        for (file, tree) in (0..).zip(trees) {
            let mut visible = vec![file];
            for name in &tree.uses {
                let used = library.files.iter().position(|known| *known == name.text);
                let used = used.ok_or_else(|| unknown("file", name))?;
                visible.push(used as u32);
            }
            library.visible.push(visible);
        }
        for (file, tree) in (0..).zip(trees) {
            for (name, kind) in &tree.records {
                if library.records.values().any(|known| known == kind) {
                    return Err(duplicate(name, "record kind"));
                }
                unique(&library.records, file, name)?;
                library.records.insert((file, name.text.clone()), *kind);
            }
            for function in &tree.functions {
                unique(&library.functions, file, &function.name)?;
                library.functions.insert((file, function.name.text.clone()), function.clone());
            }
        }
        library.constants(trees)?;
        library.layouts(trees)?;
        library.messages(trees)?;
        library.contract_pages(trees);
        Ok(library)
    }

    /// Constants may use those above them and those of files in `use`, wherever the files stand.
    fn constants(&mut self, trees: &[tree::File]) -> Outcome<()> {
        let mut waiting: Vec<(u32, &(Name, Expr))> =
            (0..).zip(trees).flat_map(|(file, tree)| tree.constants.iter().map(move |item| (file, item))).collect();
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut failure = None;
            let mut left = Vec::new();
            for (file, item) in waiting {
                let (name, value) = item;
                match self.constant_value(file, value, &[]) {
                    Ok(value) => {
                        unique(&self.constants, file, name)?;
                        self.constants.insert((file, name.text.clone()), value);
                    }
                    Err(why) => {
                        failure.get_or_insert(why);
                        left.push((file, item));
                    }
                }
            }
            if left.len() == before {
                return failure.map_or(Ok(()), Err);
            }
            waiting = left;
        }
        Ok(())
    }

    fn layouts(&mut self, trees: &[tree::File]) -> Outcome<()> {
        for (file, tree) in (0..).zip(trees) {
            for layout in &tree.layouts {
                if self.layouts.iter().any(|known| known.name == layout.name.text) {
                    return Err(duplicate(&layout.name, "layout"));
                }
                if self.layouts.iter().any(|known| known.number == layout.number) {
                    return Err(duplicate(&layout.name, "tag of layout"));
                }
                let layout = self.layout(file, layout)?;
                self.layouts.push(layout);
                self.layout_files.push(file);
            }
        }
        Ok(())
    }

    fn layout(&self, file: u32, layout: &tree::Layout) -> Outcome<Layout> {
        if layout.number.is_none() && layout.name.text != HOLDING {
            return Err(Failure::new(Code::Syntax, layout.name.span, "a layout needs a number")
                .help(format!("`layout {} = 40 {{ .. }}`, with a number that no layout ever had", layout.name.text)));
        }
        let tag = CellType { ty: Type::Tag, role: Role::Tag };
        let unused = CellType { ty: Type::Field, role: Role::Unused };
        let mut cells = [unused; 8];
        cells[0] = tag;
        let mut fields: Vec<Field> = Vec::new();
        let mut at = 1;
        // Types of balances name other fields, so places come first.
        for (name, ty) in &layout.fields {
            let count = match ty {
                TypeTree::Array(_, count) => self.count(file, count)?,
                _ => 1,
            };
            if fields.iter().any(|field| field.name == name.text) || name.text == "tag" || name.text == "account" {
                return Err(duplicate(name, "field"));
            }
            if at + count > 8 {
                let message = format!("layout `{}` has more than seven cells", layout.name.text);
                return Err(Failure::new(Code::Count, name.span, message));
            }
            let array = matches!(ty, TypeTree::Array(..));
            fields.push(Field { name: name.text.clone(), cell: at as u8, count: count as u8, array });
            at += count;
        }
        for (field, (name, ty)) in fields.iter().zip(&layout.fields) {
            for index in 0..field.count {
                let element = match ty {
                    TypeTree::Array(inner, _) => inner,
                    other => other,
                };
                cells[(field.cell + index) as usize] = match element {
                    TypeTree::Base(ty) => CellType { ty: *ty, role: Role::Plain },
                    TypeTree::Supply if !layout.contract => {
                        return Err(Failure::new(
                            Code::ContractLayout,
                            name.span,
                            format!("layout `{}` has a supply but is no contract layout", layout.name.text),
                        ));
                    }
                    TypeTree::Supply => CellType { ty: Type::Amount, role: Role::Supply },
                    TypeTree::Balance { width, of } => {
                        let asset = self.asset_of(file, &fields, of, index)?;
                        CellType { ty: *width, role: Role::Balance(asset) }
                    }
                    TypeTree::Array(..) | TypeTree::Page(_) => {
                        return Err(Failure::new(Code::Kind, name.span, "a cell is no array or page"));
                    }
                };
            }
        }
        for (name, cell) in fields.iter().map(|field| (&field.name, &cells[field.cell as usize])) {
            if let Role::Balance(AssetOf::Cell(of)) = cell.role
                && of != 0
                && cells[of as usize].ty != Type::Asset
            {
                let message = format!("balance `{name}` is of a field that is no asset");
                return Err(Failure::new(Code::Kind, layout.name.span, message));
            }
        }
        Ok(Layout {
            name: layout.name.text.clone(),
            file: self.files[file as usize].clone(),
            number: layout.number,
            contract: layout.contract,
            cells,
            fields,
        })
    }

    fn asset_of(&self, file: u32, fields: &[Field], of: &Name, index: u8) -> Outcome<AssetOf> {
        if of.text == "tag" {
            return Ok(AssetOf::Cell(0));
        }
        if let Some(field) = fields.iter().find(|field| field.name == of.text) {
            return match field.array {
                true if index < field.count => Ok(AssetOf::Cell(field.cell + index)),
                true => Err(Failure::new(Code::Count, of.span, "more balances than assets")),
                false => Ok(AssetOf::Cell(field.cell)),
            };
        }
        let value = self.constant(file, &of.text).ok_or_else(|| unknown("asset", of))?;
        let value = u64::try_from(value).map_err(|_| unknown("asset", of))?;
        Ok(AssetOf::Constant(value))
    }

    fn messages(&mut self, trees: &[tree::File]) -> Outcome<()> {
        for (file, tree) in (0..).zip(trees) {
            for message in &tree.messages {
                if self.messages.values().any(|known| known.number == message.number) {
                    return Err(Failure::new(
                        Code::Duplicate,
                        message.name.span,
                        format!("message number {} is taken", message.number),
                    ));
                }
                let types = message.types.iter().map(|ty| match ty {
                    TypeTree::Base(ty) => Ok(*ty),
                    _ => Err(Failure::new(Code::Kind, message.name.span, "elements of a message have plain types")),
                });
                let types = types.collect::<Outcome<_>>()?;
                let by = self.layout_number(file, &message.by)?;
                unique(&self.messages, file, &message.name)?;
                let message = (message.name.text.clone(), Message { number: message.number, types, by, file });
                self.messages.insert((file, message.0), message.1);
            }
        }
        Ok(())
    }

    fn contract_pages(&mut self, trees: &[tree::File]) {
        for (file, tree) in (0..).zip(trees) {
            for page in tree.programs.iter().flat_map(|program| &program.pages) {
                let Ok(layout) = self.layout_number(file, &page.layout) else { continue };
                let Some(slot) = &page.slot else { continue };
                if let (true, Ok(slot)) = (self.layouts[layout].contract, self.constant_value(file, slot, &[])) {
                    self.contract_pages.entry(layout).or_insert(slot);
                }
            }
        }
    }

    /// Value of an expression of numbers, constants and generics.
    pub(crate) fn constant_value(&self, file: u32, value: &Expr, generics: &[(String, i128)]) -> Outcome<i128> {
        let too_large = || Failure::new(Code::TooLarge, value.span, "a constant beyond 2^127");
        match &value.kind {
            ExprKind::Number(number) => Ok(*number),
            ExprKind::Name(name) => {
                let generic = generics.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
                let found = generic.or_else(|| self.constant(file, name));
                found.ok_or_else(|| unknown("constant", &Name { text: name.clone(), span: value.span }))
            }
            ExprKind::Binary(operator, left, right) => {
                let left = self.constant_value(file, left, generics)?;
                let right = self.constant_value(file, right, generics)?;
                match operator {
                    Binary::Add => left.checked_add(right),
                    Binary::Subtract => left.checked_sub(right),
                    Binary::Multiply => left.checked_mul(right),
                    Binary::Power => u32::try_from(right).ok().and_then(|right| left.checked_pow(right)),
                    _ => return Err(Failure::new(Code::Constant, value.span, "a constant is needed here")),
                }
                .ok_or_else(too_large)
            }
            _ => Err(Failure::new(Code::Constant, value.span, "a constant is needed here")),
        }
    }

    /// Length of an array in a layout.
    fn count(&self, file: u32, count: &Expr) -> Outcome<usize> {
        let value = self.constant_value(file, count, &[])?;
        usize::try_from(value)
            .ok()
            .filter(|count| (1..=7).contains(count))
            .ok_or_else(|| Failure::new(Code::Count, count.span, "an array in a page has 1 to 7 elements"))
    }

    fn find<'a, T>(&self, table: &'a HashMap<(u32, String), T>, file: u32, name: &str) -> Option<(u32, &'a T)> {
        let files = self.visible.get(file as usize)?;
        files.iter().find_map(|file| table.get(&(*file, name.to_string())).map(|found| (*file, found)))
    }

    pub(crate) fn constant(&self, file: u32, name: &str) -> Option<i128> {
        if name == "NATIVE" {
            return Some(NATIVE);
        }
        self.find(&self.constants, file, name).map(|(_, value)| *value)
    }

    pub(crate) fn record(&self, file: u32, name: &str) -> Option<u32> {
        self.find(&self.records, file, name).map(|(_, kind)| *kind)
    }

    /// A function and the file it is from.
    pub(crate) fn function(&self, file: u32, name: &str) -> Option<(u32, &tree::Function)> {
        self.find(&self.functions, file, name)
    }

    pub(crate) fn message(&self, file: u32, name: &Name) -> Outcome<&Message> {
        // A message of another file is found, so that the error can say that it is private.
        let known = self.find(&self.messages, file, &name.text).map(|(_, message)| message);
        let known = known.or_else(|| self.messages.iter().find(|((_, known), _)| *known == name.text).map(|(_, m)| m));
        known.ok_or_else(|| unknown("message", name))
    }

    /// Place of a layout that the file can see.
    pub(crate) fn layout_number(&self, file: u32, name: &Name) -> Outcome<usize> {
        self.find_layout(file, &name.text).ok_or_else(|| unknown("layout", name))
    }

    pub(crate) fn find_layout(&self, file: u32, name: &str) -> Option<usize> {
        let layout = self.layouts.iter().position(|layout| layout.name == name)?;
        self.visible.get(file as usize)?.contains(&self.layout_files[layout]).then_some(layout)
    }

    /// What stops a replay of each message, by number.
    pub(crate) fn replay_rules(&self) -> Vec<ReplayRule> {
        let rule = |message: &Message| ReplayRule {
            number: message.number,
            types: message.types.clone(),
            layout: self.layouts[message.by].name.clone(),
        };
        let mut rules: Vec<ReplayRule> = self.messages.values().map(rule).collect();
        rules.sort_by_key(|rule| rule.number);
        rules
    }

    /// File of a layout.
    pub(crate) fn layout_file(&self, layout: usize) -> u32 {
        self.layout_files[layout]
    }
}

pub(crate) fn unknown(what: &str, name: &Name) -> Box<Failure> {
    Failure::new(Code::UnknownName, name.span, format!("no {what} `{}` here", name.text))
        .help("names come from this file and from those named by `use`")
}

fn duplicate(name: &Name, what: &str) -> Box<Failure> {
    Failure::new(Code::Duplicate, name.span, format!("{what} of `{}` is declared twice", name.text))
}

fn unique<T>(table: &HashMap<(u32, String), T>, file: u32, name: &Name) -> Outcome<()> {
    if table.contains_key(&(file, name.text.clone())) {
        return Err(Failure::new(Code::Duplicate, name.span, format!("`{}` is declared twice", name.text)));
    }
    Ok(())
}

/// Place of nothing in the text: the beginning of a file.
pub(crate) const fn beginning(file: u32) -> Span {
    Span { file, start: 0, end: 0 }
}
