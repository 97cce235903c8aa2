//! From texts to programs: all files, all programs, all variants, in the order of the sources.

use crate::check::ReplayRule;
use crate::compile;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Failure};
use crate::layout::Layout;
use crate::library::{Library, beginning};
use crate::program::{Program, Source};
use crate::syntax::{self, tree};

/// What a set of texts declares.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) programs: Vec<Program>,
    pub(crate) layouts: Vec<Layout>,
    /// What stops a replay of messages that are signed away.
    pub(crate) replay: Vec<ReplayRule>,
}

/// Most variants of one program.
const MOST_VARIANTS: usize = 64;

/// Compiles `(name, text)` pairs; a name is what other files `use`. All files are read before any error is reported, and
/// every program reports its first error.
pub(crate) fn compile(sources: &[(&str, &str)]) -> Result<Compiled, Diagnostics> {
    let located = |failure: &Failure, program: &str| {
        let (name, text) = sources.get(failure.span.file as usize).copied().unwrap_or_default();
        Diagnostic::locate(failure, name, text, program)
    };
    let mut errors = Vec::new();
    let mut trees = Vec::new();
    for (file, (name, text)) in (0..).zip(sources) {
        if sources[..file as usize].iter().any(|(known, _)| known == name) {
            let failure = Failure::new(Code::Duplicate, beginning(file), format!("two files are named `{name}`"));
            errors.push(located(&failure, ""));
        }
        match syntax::parse(file, text) {
            Ok(tree) => trees.push(tree),
            Err(failure) => errors.push(located(&failure, "")),
        }
    }
    if !errors.is_empty() {
        return Err(Diagnostics(errors));
    }
    let names = sources.iter().map(|(name, _)| (*name).to_string()).collect();
    let library = Library::new(names, &trees).map_err(|failure| Diagnostics(vec![located(&failure, "")]))?;
    let mut programs: Vec<Program> = Vec::new();
    let mut kinds: Vec<u32> = Vec::new();
    for (file, tree) in (0..).zip(&trees) {
        for program in &tree.programs {
            for variant in variants(program) {
                let (name, generics) = match variant {
                    Ok(variant) => variant,
                    Err(failure) => {
                        errors.push(located(&failure, &program.name.text));
                        break;
                    }
                };
                let compiled = source(program, &mut kinds)
                    .and_then(|source| compile::compile(&library, file, program, name.clone(), &generics, source));
                match compiled {
                    Ok(compiled) if programs.iter().any(|known| known.name == compiled.name) => {
                        let message = format!("program `{name}` is declared twice");
                        let failure = Failure::new(Code::Duplicate, program.name.span, message);
                        errors.push(located(&failure, &name));
                    }
                    Ok(compiled) => programs.push(compiled),
                    Err(failure) => {
                        errors.push(located(&failure, &name));
                        break;
                    }
                }
            }
        }
    }
    if !errors.is_empty() {
        return Err(Diagnostics(errors));
    }
    let replay = library.replay_rules();
    Ok(Compiled { programs, layouts: library.layouts, replay })
}

/// The source, with the next free kind number for an inbox program that states none.
fn source(program: &tree::Program, kinds: &mut Vec<u32>) -> Result<Source, Box<Failure>> {
    let stated = match program.source {
        tree::SourceTree::Signed => return Ok(Source::Signed),
        tree::SourceTree::System => return Ok(Source::System),
        tree::SourceTree::Inbox(stated) => stated,
    };
    let kind = stated.unwrap_or_else(|| kinds.iter().max().map_or(1, |kind| kind.saturating_add(1)));
    if kinds.contains(&kind) {
        return Err(Failure::new(Code::Duplicate, program.name.span, format!("inbox kind {kind} is taken")));
    }
    kinds.push(kind);
    Ok(Source::Inbox(kind))
}

/// A variant's name and the values of its generics.
type Variant = (String, Vec<(String, i128)>);

/// One variant for each combination of values, the last generic fastest.
fn variants(program: &tree::Program) -> Vec<Result<Variant, Box<Failure>>> {
    let mut variants: Vec<Variant> = vec![(program.name.text.clone(), Vec::new())];
    for (name, values) in &program.generics {
        let values: Vec<i128> = match values {
            tree::Values::Range(from, to) => (*from..*to).take(MOST_VARIANTS + 1).collect(),
            tree::Values::List(values) => values.clone(),
        };
        if variants.len() * values.len() > MOST_VARIANTS || values.is_empty() {
            let message = format!("a program has 1 to {MOST_VARIANTS} variants");
            return vec![Err(Failure::new(Code::TooLarge, name.span, message))];
        }
        let extended = variants.iter().flat_map(|(full, generics)| {
            values.iter().map(move |value| {
                let mut generics = generics.clone();
                generics.push((name.text.clone(), *value));
                (format!("{full}.{value}"), generics)
            })
        });
        variants = extended.collect();
    }
    variants.into_iter().map(Ok).collect()
}
