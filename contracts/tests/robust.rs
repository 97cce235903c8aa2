//! Whatever text or table comes, the answer is an error and never a panic.

use braid_contracts::Registry;
use braid_contracts::check::check;
use braid_contracts::registry::BUILTIN;
use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;
use proptest::prelude::*;

/// Pieces of text between which changes are made.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let length = if word(first) { rest.find(|c| !word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        pieces.push(&rest[..length]);
        rest = &rest[length..];
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn altered_texts(file in 0..BUILTIN.len(), changes in prop::collection::vec((any::<u32>(), any::<u32>(), 0..4u8), 1..6)) {
        let mut words = pieces(BUILTIN[file].1);
        for (at, from, how) in changes {
            let (at, from) = (at as usize % words.len(), from as usize % words.len());
            match how {
                0 => _ = words.remove(at),
                1 => words[at] = words[from],
                2 => words.swap(at, from),
                _ => words.insert(at, words[from]),
            }
        }
        let altered = words.concat();
        let mut sources = BUILTIN;
        sources[file].1 = &altered;
        if let Err(errors) = Registry::from_sources(&sources) {
            prop_assert!(!errors.0.is_empty());
            prop_assert!(!errors.to_string().is_empty());
        }
    }

    #[test]
    fn random_texts(text in "[a-z0-9(){}\\[\\];:,.=<>&|!+* \n]{0,200}") {
        _ = Registry::from_sources(&[("random", &text)]);
    }

    #[test]
    fn altered_tables(changes in prop::collection::vec((0..3u8, any::<u32>(), any::<u32>(), any::<u64>(), 0..4u8), 1..6)) {
        let registry = Registry::builtin();
        let mut rom = registry.rom().clone();
        for (table, row, column, value, how) in changes {
            let (row, column) = (row as usize, column as usize);
            let value = match how {
                0 => F::from_u64(value),
                1 => F::from_u64(value % 20),
                2 => F::from_u64(1 << (value % 48)),
                _ => F::from_u64((value % 6) << 16 | value >> 56),
            };
            match table {
                0 => { let row = row % rom.instructions.len(); rom.instructions[row][column % 10] += value }
                1 => { let row = row % rom.pages.len(); rom.pages[row][column % 17] += value }
                _ => { let row = row % rom.schedule.len(); rom.schedule[row][column % 12] += value }
            }
        }
        if rom != *registry.rom() {
            prop_assert!(check(&rom, registry.layouts(), &[], registry.programs()).is_err());
        }
    }
}

/// Chains of operators nest as deeply as parentheses do, and are as finite.
#[test]
fn long_chains_are_refused() {
    let program = |statement: &str| {
        format!(
            "use account; program p(who: account, x: u8, fee: u40) on user = User(who) signed by user {{ begin(user, fee); {statement} }}"
        )
    };
    let chain = |part: &str, count: usize| part.repeat(count);
    let texts = [
        program(&format!("require x{} > 0;", chain(" * 1", 100_000))),
        program(&format!("require x{};", chain(" > 0 && x", 100_000))),
        program(&format!("require x{} > 0;", chain(".a", 100_000))),
        program(&format!("require x{} > 0;", chain("[0]", 100_000))),
        program(&format!("x{} = 1;", chain("[0]", 100_000))),
        format!("const A = 1{};", chain(" - 1", 100_000)),
        format!("const A = 1{};", chain("^1", 100_000)),
    ];
    for text in texts {
        let errors = Registry::from_sources(&[BUILTIN[0], ("long", &text)]).unwrap_err().to_string();
        assert!(errors.contains("E08") && errors.contains("operators"), "{}", &errors[..200.min(errors.len())]);
    }
    let sum = program(&format!("require x{} > 0;", chain(" + 1", 200)));
    Registry::from_sources(&[BUILTIN[0], ("sum", &sum)]).unwrap_or_else(|errors| panic!("{errors}"));
}
