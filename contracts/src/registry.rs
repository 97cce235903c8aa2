//! The set of programs that a chain runs, in fixed order, with their digests and table rows.

use braid_primitives::Digest;

use crate::check::{self, ReplayRule};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::layout::Layout;
use crate::program::{Program, Source};
use crate::rom::{self, Rom};
use crate::text;

/// The built-in contract texts, in the order of their programs' numbers.
pub const BUILTIN: [(&str, &str); 3] = [
    ("account", include_str!("../sources/account.braid")),
    ("pool", include_str!("../sources/pool.braid")),
    ("oracle", include_str!("../sources/oracle.braid")),
];

/// All programs of a chain. The position of a program is its number in transactions and tables.
#[derive(Clone, Debug)]
pub struct Registry {
    programs: Vec<Program>,
    layouts: Vec<Layout>,
    digests: Vec<Digest>,
    rom: Rom,
}

impl Registry {
    /// Compiles `(name, text)` pairs, in this order, and registers what they declare. A name is what other texts `use`.
    ///
    /// # Errors
    /// Every file's first error in grammar, else every program's first error, else the tables' sizes if the rows do not fit,
    /// else whatever the check over rows refuses.
    pub fn from_sources(sources: &[(&str, &str)]) -> Result<Self, Diagnostics> {
        let compiled = text::compile(sources)?;
        Self::new(compiled.programs, compiled.layouts, &compiled.replay)
    }

    /// Registers programs, wherever they come from: they are checked as rows, not as text.
    ///
    /// # Errors
    /// As [`Registry::from_sources`], from the tables' sizes on.
    pub fn new(programs: Vec<Program>, layouts: Vec<Layout>, replay: &[ReplayRule]) -> Result<Self, Diagnostics> {
        let twice = programs
            .iter()
            .enumerate()
            .find(|(at, program)| programs.iter().take(*at).any(|other| other.name == program.name));
        if let Some((_, program)) = twice {
            let message = format!("program `{}` stands twice", program.name);
            return Err(Diagnostics(vec![Diagnostic::without_place(Code::Duplicate, &program.name, message)]));
        }
        let digests: Vec<Digest> = programs.iter().map(rom::program_digest).collect();
        let mut rom = Rom::default();
        for ((number, program), digest) in (0..).zip(&programs).zip(&digests) {
            rom.append(Rom::of_program(program, number, *digest));
        }
        fits(&rom)?;
        check::check(&rom, &layouts, replay, &programs).map_err(|refusals| {
            let shown = refusals.iter().map(|refusal| {
                let name = programs.get(refusal.number).map_or("", |program| program.name.as_str());
                Diagnostic::without_place(Code::Registration, name, refusal.rule.to_string())
            });
            Diagnostics(shown.collect())
        })?;
        Ok(Self { programs, layouts, digests, rom })
    }

    /// The registry of the built-in contracts.
    pub fn builtin() -> Self {
        match Self::from_sources(&BUILTIN) {
            Ok(registry) => registry,
            // The texts are part of this crate and a test compiles them.
            Err(diagnostics) => panic!("{diagnostics}"),
        }
    }

    /// The programs in order.
    pub fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// The types of pages, in order of declaration.
    pub fn layouts(&self) -> &[Layout] {
        &self.layouts
    }

    /// The type of pages of that name.
    pub fn layout(&self, name: &str) -> Option<&Layout> {
        self.layouts.iter().find(|layout| layout.name == name)
    }

    /// Number of the program of that name.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.programs.iter().position(|program| program.name == name)
    }

    /// Number of the program that takes inbox entries of that kind.
    pub fn inbox_program(&self, kind: u32) -> Option<usize> {
        self.programs.iter().position(|program| program.source == Source::Inbox(kind))
    }

    /// The program of that number.
    pub fn program(&self, index: usize) -> Option<&Program> {
        self.programs.get(index)
    }

    /// Digest of the program of that number.
    pub fn digest(&self, index: usize) -> Option<Digest> {
        self.digests.get(index).copied()
    }

    /// The table rows of all programs.
    pub fn rom(&self) -> &Rom {
        &self.rom
    }
}

/// Refuses what the tables, whose heights are the same in all shapes, cannot hold.
fn fits(rom: &Rom) -> Result<(), Diagnostics> {
    let tables = [
        ("instruction", rom.instructions.len(), rom::INSTRUCTION_ROWS),
        ("page", rom.pages.len(), rom::PAGE_ROWS),
        ("schedule", rom.schedule.len(), rom::SCHEDULE_ROWS),
    ];
    let errors: Vec<Diagnostic> = tables
        .into_iter()
        .filter(|(_, rows, height)| rows > height)
        .map(|(name, rows, height)| {
            let message = format!("the programs have {rows} {name} rows; the table holds {height}");
            Diagnostic::without_place(Code::Height, "", message)
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Diagnostics(errors)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtin_contracts_compile() {
        let registry = Registry::builtin();
        assert_eq!(registry.programs().len(), 31);
        let deposit = registry.inbox_program(2).and_then(|number| registry.program(number));
        assert_eq!(deposit.map(|program| program.name.as_str()), Some("deposit"));
        let digests = registry.programs().iter().map(rom::program_digest);
        assert!(digests.eq((0..31).filter_map(|number| registry.digest(number))));
    }

    #[test]
    fn digests_are_of_rows_not_of_numbers() {
        let registry = Registry::builtin();
        let last = registry.programs().len() - 1;
        let alone = Registry::new(vec![registry.programs()[last].clone()], registry.layouts().to_vec(), &[]).unwrap();
        assert_eq!(alone.digest(0), registry.digest(last));
        let different: std::collections::HashSet<_> = (0..=last).map(|number| registry.digest(number)).collect();
        assert_eq!(different.len(), last + 1);
    }

    #[test]
    fn tables_have_their_height() {
        let program: String = (0..500)
            .map(|n| {
                format!(
                    "program p{n}(who: account, fee: u40) on user = User(who) signed by user {{ begin(user, fee); }} "
                )
            })
            .collect();
        let text = format!("use account; {program}");
        let sources = [BUILTIN[0], ("many", &text)];
        let Err(errors) = Registry::from_sources(&sources) else { panic!("fits") };
        assert!(errors.0.iter().all(|error| error.code == Code::Height), "{errors}");
        assert!(errors.to_string().contains("schedule rows; the table holds 4096"), "{errors}");
    }

    #[test]
    fn a_name_stands_once() {
        let registry = Registry::builtin();
        let program = registry.programs()[0].clone();
        let errors = Registry::new(vec![program.clone(), program], registry.layouts().to_vec(), &[]).unwrap_err();
        assert_eq!(errors.0[0].code, Code::Duplicate);
    }
}
