//! Operands, hints and options as the words of a command line.

use std::collections::BTreeMap;

use braid_contracts::program::{Parameter, Program, Type};
use serde_json::{Map, Value};

use crate::commands::explain::units;
use crate::failure;

/// The operand that is 0 where nobody gives it.
pub const FEE: &str = "fee";
/// Options beside the program's parameters.
const OPTIONS: [&str; 7] = [SIGNING_KEY, "development-seed", "chain", "chain-id", "nonce", "valid-until", "out"];
/// The option of a signer's key file.
pub const SIGNING_KEY: &str = "signing-key";
/// What that is also called, where no operand has that name.
pub const KEY: &str = "key";

/// A command line after the program's name, taken apart.
#[derive(Default)]
pub struct Words {
    /// Operands as a line of JSON has them.
    pub operands: Map<String, Value>,
    /// Hints, likewise.
    pub hints: Map<String, Value>,
    /// Whether help was asked for.
    pub help: bool,
    /// Whether only the line is to be printed.
    pub quiet: bool,
    /// Whether an output may replace a file.
    pub overwrite: bool,
    options: BTreeMap<&'static str, Vec<String>>,
}

impl Words {
    /// Takes words apart.
    ///
    /// # Errors
    /// For a word that is neither parameter nor option, one without value, or one given twice.
    pub fn read(program: &Program, words: &[String]) -> anyhow::Result<Self> {
        let mut read = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            // The options that every command has mean nothing to a line.
            match word.as_str() {
                "--help" | "-h" => {
                    read.help = true;
                    continue;
                }
                "--quiet" | "-q" => {
                    read.quiet = true;
                    continue;
                }
                "--overwrite" => {
                    read.overwrite = true;
                    continue;
                }
                "--json" | "--verbose" | "-v" => continue,
                _ => {}
            }
            let (dashed, body) = word.strip_prefix("--").map_or((false, word.as_str()), |body| (true, body));
            let (name, value) = match body.split_once('=') {
                Some((name, value)) => (name, value.to_owned()),
                None if dashed => {
                    let value =
                        words.next().ok_or_else(|| failure::usage(format!("--{body}: the value is missing")))?;
                    (body, value.clone())
                }
                None => return Err(failure::usage(format!("`{word}`: neither --name VALUE nor name=VALUE"))),
            };
            read.take(program, name, value)?;
        }
        if program.operand(FEE).is_some() {
            read.operands.entry(FEE).or_insert_with(|| "0".into());
        }
        Ok(read)
    }

    fn take(&mut self, program: &Program, name: &str, value: String) -> anyhow::Result<()> {
        let lists = [(&program.operands, &mut self.operands), (&program.hints, &mut self.hints)];
        for (list, values) in lists {
            let Some((_, _, count)) = parameters(list).into_iter().find(|(known, ..)| known == name) else { continue };
            let array = list.iter().all(|parameter| parameter.name != name);
            if values.insert(name.to_owned(), json(&value, array && count > 0)).is_some() {
                let also = if name == KEY && has_key(program) {
                    format!(
                        "; it is an operand of `{}`, and the file of the signer's key is --{SIGNING_KEY} FILE",
                        program.name
                    )
                } else {
                    String::new()
                };
                return Err(failure::usage(format!("--{name}: is given twice{also}")));
            }
            return Ok(());
        }
        let name = if name == KEY { SIGNING_KEY } else { name };
        let Some(option) = OPTIONS.into_iter().find(|option| *option == name) else {
            return Err(failure::usage(format!(
                "--{name}: `{}` has no such operand; it takes {}",
                program.name,
                units::taken(&program.operands)
            )));
        };
        self.options.entry(option).or_default().push(value);
        Ok(())
    }

    /// All values of an option, which is taken out.
    pub fn all(&mut self, name: &str) -> Vec<String> {
        self.options.remove(name).unwrap_or_default()
    }

    /// The value of an option that may be given once.
    pub fn one(&mut self, name: &str) -> anyhow::Result<Option<String>> {
        let mut values = self.all(name);
        if values.len() > 1 {
            return Err(failure::usage(format!("--{name}: is given twice")));
        }
        Ok(values.pop())
    }

    /// The value of an option that is an integer.
    pub fn number(&mut self, name: &str) -> anyhow::Result<Option<u64>> {
        let text = self.one(name)?;
        let number = |text: String| {
            text.parse().map_err(|_| failure::usage(format!("--{name}: `{text}` is no integer from 0 to 2^64 - 1")))
        };
        text.map(number).transpose()
    }
}

/// Whether a program has an operand of the name that key files go by elsewhere.
pub fn has_key(program: &Program) -> bool {
    parameters(&program.operands).iter().any(|(name, ..)| name == KEY)
}

/// A value as JSON: a list for an array, else text, which holds numbers and keys alike.
fn json(value: &str, array: bool) -> Value {
    if array && !value.starts_with("0x") {
        return value.split(',').map(|part| Value::from(part.trim())).collect();
    }
    value.into()
}

/// Name, type and number of values of each parameter that a line names: the elements of an array together, `until` not.
pub fn parameters(list: &[Parameter]) -> Vec<(String, Type, usize)> {
    let mut named: Vec<(String, Type, usize)> = Vec::new();
    for parameter in list.iter().filter(|parameter| parameter.ty != Type::Until) {
        let element = parameter.name.rsplit_once('.').filter(|(_, index)| index.parse::<usize>().is_ok());
        let base = element.map_or(parameter.name.as_str(), |(base, _)| base);
        match named.last_mut() {
            Some((name, _, count)) if element.is_some() && name == base => *count += 1,
            _ => named.push((base.to_owned(), parameter.ty, 1)),
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use braid_contracts::registry::Registry;

    fn read(program: &str, words: &[&str]) -> anyhow::Result<Words> {
        let registry = Registry::builtin();
        let program = registry.program(registry.index_of(program).unwrap()).unwrap();
        Words::read(program, &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn three_ways_to_say_a_value() {
        let words = read("transfer", &["--from", "1", "--to=7", "asset=5", "--amount", "9"]).unwrap();
        let text = Value::Object(words.operands).to_string();
        assert_eq!(text, r#"{"amount":"9","asset":"5","fee":"0","from":"1","to":"7"}"#);
    }

    #[test]
    fn lists_and_keys() {
        let words = read("payroll.2", &["to=3, 4", "pay=10,20", "dst=1,2"]).unwrap();
        assert_eq!(Value::Object(words.operands).to_string(), r#"{"fee":"0","pay":["10","20"],"to":["3","4"]}"#);
        assert_eq!(Value::Object(words.hints).to_string(), r#"{"dst":["1","2"]}"#);
        // An operand's name goes before an option's.
        let mut words = read("change_key", &["--key", "0x00", "--signing-key", "file"]).unwrap();
        assert_eq!(words.operands["key"], "0x00");
        assert_eq!(words.all("signing-key"), ["file"]);
        assert_eq!(read("transfer", &["--key", "file"]).unwrap().all("signing-key"), ["file"]);
    }

    #[test]
    fn refused() {
        let text = |words: &[&str]| read("transfer", words).err().unwrap().to_string();
        assert_eq!(text(&["--from"]), "--from: the value is missing");
        assert_eq!(text(&["from"]), "`from`: neither --name VALUE nor name=VALUE");
        assert_eq!(text(&["from=1", "--from", "2"]), "--from: is given twice");
        let error = read("register", &["--key", "0x00", "--key", "file"]).err().unwrap().to_string();
        assert!(error.starts_with("--key: is given twice; it is an operand of `register`"), "{error}");
        assert!(error.ends_with("--signing-key FILE"), "{error}");
        assert!(
            text(&["--memo", "2"]).starts_with("--memo: `transfer` has no such operand; it takes from (the number")
        );
        let mut twice = read("transfer", &["--nonce", "1", "--nonce", "2"]).unwrap();
        assert_eq!(twice.number("nonce").unwrap_err().to_string(), "--nonce: is given twice");
        assert!(read("transfer", &["--nonce", "-1"]).unwrap().number("nonce").is_err());
    }
}
