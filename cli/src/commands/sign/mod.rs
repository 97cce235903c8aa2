//! `braid sign`: one transaction of any program, signed, as a line.
//!
//! Operands are options of the program at hand, so they are not the parser's but read here ([`words`]): `--amount 5`,
//! `--amount=5` and `amount=5` are the same.

pub mod words;

use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;

use braid_contracts::program::{Element, Local, Mode, Parameter, Program, Source, Space};
use braid_contracts::registry::Registry;
use braid_primitives::F;
use braid_primitives::schnorr::{PublicKey, SecretKey};
use braid_primitives::wire::json;
use braid_state_tree::{PAGES_PER_ACCOUNT, account_count};
use braid_witness::hints::Draft;
use braid_witness::interpreter::Prepared;
use braid_witness::{BlockContext, Environment, Interpreter, Parameters, resolve, signing};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use serde_json::{Map, Value};

use crate::arguments::Arguments;
use crate::chain::{Access, Chain};
use crate::commands::explain::units::{self, Described};
use crate::commands::{account, explain, keys};
use crate::{failure, files, output};
use words::Words;

/// What the help says after the options.
pub const EXAMPLES: &str = "Examples:
  braid sign transfer --from 1 --to 7 --asset 1 --amount 5 --key alice.key --chain my-chain
  braid sign transfer from=1 to=7 asset=1 amount=5 fee=2 --development-seed 1 --chain examples/payday.jsonl
  braid sign payroll.2 --from 1 --asset 2 --to 3,4 --pay 100,200 --development-seed 1 --chain my-chain --nonce 1
  braid sign register --sponsor 1 --key 0xPUBLIC… --credit 1000 --signing-key alice.key --chain my-chain
                                                 a new account, whose number is the lowest free one: `--key` is the public key
                                                 that it gets (`braid keys show new.key`), `--signing-key` who pays for it
  braid sign transfer --help                     operands of a program and all options

The line goes to standard output: append it to a file with >> and run that with `braid execute FILE --chain my-chain`.
`braid explain` lists the programs.";

/// Help on the options that all programs share, after those on keys.
const OPTIONS: &str = "  --development-seed SEED   sign with the development keys of a seed instead
  --chain DIR               chain folder, or a file with a genesis; the current folder by default
  --chain-id N              sign without a chain at hand; needs --nonce
  --nonce N                 nonce of the first signer; the chain's by default. Each transaction takes the next one, so for
                            several before a batch runs, count up yourself: the first N is what `braid account` shows
  --valid-until SECONDS     time after which the transaction is void; never by default
  --out FILE                write the line to a new file instead of standard output; >> FILE adds it to one
  --overwrite               let --out replace a file";

/// What `braid sign` takes: a program, and what it needs.
#[derive(Clone, Debug, clap::Subcommand)]
#[command(subcommand_value_name = "PROGRAM", subcommand_help_heading = "Programs", disable_help_subcommand = true)]
pub enum Options {
    /// Name of the program, then its operands and options
    #[command(external_subcommand)]
    Program(Vec<String>),
}

/// Who signs.
enum Signers {
    Files(Vec<PathBuf>),
    Development(u64),
}

/// Runs the command.
pub fn run(arguments: &Arguments, options: &Options) -> anyhow::Result<ExitCode> {
    let Options::Program(words) = options;
    let (name, rest) =
        words.split_first().ok_or_else(|| failure::usage("which program? `braid explain` lists them"))?;
    let registry = Registry::builtin();
    let number = explain::find(&registry, name)?;
    let program = registry.program(number).ok_or_else(|| failure::input("no such program"))?;
    let mut words = Words::read(program, rest)?;
    if words.help {
        files::write_or_print(None, (help(program) + "\n").as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let out = words.one("out")?.map(PathBuf::from);
    if let Some(path) = out.as_ref().filter(|path| path.is_file() && !words.overwrite) {
        return Err(failure::input(format!(
            "--out: {} is there already: add the line to it with >> instead of --out, name another file, or say --overwrite",
            path.display()
        )));
    }
    let (line, next) = line(&registry, program, &mut words)?;
    files::write_or_print(out.as_deref(), (line + "\n").as_bytes())?;
    if let Some(next) = next.filter(|_| !words.quiet && !arguments.quiet) {
        output::note(format_args!("{next}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The line, and what the signer must know for the next one.
fn line(registry: &Registry, program: &Program, words: &mut Words) -> anyhow::Result<(String, Option<String>)> {
    let chain_id = words.number("chain-id")?;
    let place = words.one("chain")?;
    let chain = match (chain_id, &place) {
        (Some(_), Some(_)) => return Err(failure::usage("--chain and --chain-id: give one of them")),
        (Some(_), None) => None,
        (None, place) => Some(Chain::open(&PathBuf::from(place.as_deref().unwrap_or(".")), Access::Read)?),
    };
    let signers = signers(words)?;
    let (nonce, valid_until) = (words.number("nonce")?, words.number("valid-until")?);
    if let Some(chain) = &chain {
        propose_accounts(chain, program, words);
    }
    let signed = program.source == Source::Signed;
    if !signed && signers.is_some() {
        return Err(failure::usage(format!("`{}` is not signed by anybody: leave the key out", program.name)));
    }
    let mut next = None;
    let mut draft = draft(registry, program, words, if signed { Some(nonce.unwrap_or(0)) } else { None }, valid_until)?;
    if signed {
        let interpreter = Interpreter::new(registry).map_err(failure::machine)?;
        let prepared = interpreter.program(draft.program).ok_or_else(|| failure::input("no such program"))?;
        draft.nonce = match (nonce, &chain) {
            (Some(nonce), _) => Some(nonce),
            (None, Some(chain)) => {
                let nonce = chain_nonce(chain, prepared, &draft)?;
                next = prepared.nonce_cell().map(|_| {
                    let after = nonce.saturating_add(1);
                    format!("signed with nonce {nonce}, as the chain has it; another one before a batch runs: --nonce {after}")
                });
                Some(nonce)
            }
            (None, None) => {
                return Err(failure::usage(
                    "--nonce: is needed with --chain-id, since no chain tells it: 0 for an account that never signed, else what \
                     `braid account` shows",
                ));
            }
        };
        let keys = keys_of(program, &draft, signers)?;
        if let Some(chain) = &chain {
            check_keys(chain, program, &draft, &keys)?;
        }
        let parameters = match &chain {
            Some(chain) => chain.head.parameters,
            // Messages hold the chain's number and nothing else of it.
            None => Parameters {
                chain_id: F::from_u64(chain_id.unwrap_or_default()),
                depth: braid_state_tree::MAX_DEPTH,
                assets: Default::default(),
            },
        };
        let environment = Environment::new(&parameters, &BlockContext::default());
        let keys: Vec<&SecretKey> = keys.iter().collect();
        signing::sign(&interpreter, &environment, &mut draft, &keys).map_err(failure::input)?;
    }
    let described = resolve::describe(registry, &draft).ok_or_else(|| failure::machine("the draft has no line"))?;
    Ok((described.to_string(), next))
}

fn signers(words: &mut Words) -> anyhow::Result<Option<Signers>> {
    let files: Vec<PathBuf> = words.all(words::SIGNING_KEY).into_iter().map(PathBuf::from).collect();
    match (files.is_empty(), words.number("development-seed")?) {
        (false, Some(_)) => Err(failure::usage("--key and --development-seed: give one of them")),
        (true, Some(seed)) => Ok(Some(Signers::Development(seed))),
        (true, None) => Ok(None),
        (false, None) => Ok(Some(Signers::Files(files))),
    }
}

/// The transaction without signatures: the same text that a line would have goes through the same reader.
fn draft(
    registry: &Registry,
    program: &Program,
    words: &Words,
    nonce: Option<u64>,
    valid_until: Option<u64>,
) -> anyhow::Result<Draft> {
    let mut fields = Map::new();
    fields.insert("program".into(), program.name.clone().into());
    fields.insert("operands".into(), Value::Object(words.operands.clone()));
    fields.insert("hints".into(), Value::Object(words.hints.clone()));
    match program.source {
        Source::Signed => {}
        Source::Inbox(_) => drop(fields.insert("source".into(), "inbox".into())),
        Source::System => drop(fields.insert("source".into(), "system".into())),
    }
    if let Some(nonce) = nonce {
        fields.insert("nonce".into(), nonce.to_string().into());
    }
    if let Some(until) = valid_until {
        fields.insert("valid_until".into(), until.to_string().into());
    }
    let transaction: Result<json::Transaction, json::JsonError> = Value::Object(fields).to_string().parse();
    let transaction = transaction.map_err(|error| {
        let field = if let json::JsonError::Field { field, .. } = &error { field.as_str() } else { "" };
        wrong(program, field, &error)
    })?;
    resolve::resolve(registry, transaction).map_err(|error| wrong(program, &error.field, &error))
}

/// A transaction that cannot be, with what the program takes.
fn wrong(program: &Program, field: &str, error: &dyn Display) -> anyhow::Error {
    let key = if field.split('.').any(|part| part == words::KEY) && words::has_key(program) {
        format!(
            "; --{} is the public key that `{}` sets (`braid keys show FILE` prints that of a key file), and --{} FILE signs",
            words::KEY,
            program.name,
            words::SIGNING_KEY
        )
    } else {
        String::new()
    };
    let taken = units::taken(&program.operands);
    failure::input(format!("{error}{key}; `{}` takes {taken} (braid sign {0} --help)", program.name))
}

/// Gives accounts that the program makes, and that nobody named, the lowest free number.
fn propose_accounts(chain: &Chain, program: &Program, words: &mut Words) {
    let fresh = program.pages.iter().filter(|page| page.mode == Mode::Empty && page.slot == Element::ZERO);
    for page in fresh {
        let Some((Space::Operand, index)) = place(page.account) else { continue };
        let Some(operand) = program.operands.get(index) else { continue };
        if let (false, Some(free)) = (words.operands.contains_key(&operand.name), account::lowest_free(chain)) {
            words.operands.insert(operand.name.clone(), free.to_string().into());
        }
    }
}

fn place(element: Element) -> Option<(Space, usize)> {
    let local = Local::from_id(element.local()?)?;
    Some((local.space, usize::from(local.index)))
}

/// What an element is before execution: a constant, an operand or a hint.
fn value(element: Element, draft: &Draft) -> Option<u64> {
    match element {
        Element::Const(value) => Some(value.as_canonical_u64()),
        Element::Local(_) => match place(element)? {
            (Space::Operand, index) => draft.operands.get(index).map(F::as_canonical_u64),
            (Space::Hint, index) => draft.hints.get(index).copied().flatten().map(|hint| hint.as_canonical_u64()),
            _ => None,
        },
    }
}

/// The address of a page of the program.
fn address(chain: &Chain, program: &Program, page: usize, draft: &Draft) -> Option<u64> {
    let page = program.pages.get(page)?;
    let (account, slot) = (value(page.account, draft)?, value(page.slot, draft)?);
    (account < account_count(chain.tree.depth()) && slot < PAGES_PER_ACCOUNT)
        .then(|| PAGES_PER_ACCOUNT * account + slot)
}

/// The nonce of the first signer as the chain has it.
fn chain_nonce(chain: &Chain, prepared: &Prepared, draft: &Draft) -> anyhow::Result<u64> {
    // A program without a nonce in its messages signs what never repeats; lines have one all the same.
    let Some((page, cell)) = prepared.nonce_cell() else { return Ok(0) };
    let program = prepared.program();
    let address = address(chain, program, page, draft).ok_or_else(|| {
        failure::input(format!(
            "{}: the account of page `{}` is not on this chain",
            program.name,
            page_name(program, page)
        ))
    })?;
    let header = chain.tree.page(address);
    if header[0].as_canonical_u64() == 0 {
        let account = address / PAGES_PER_ACCOUNT;
        return Err(failure::input(format!("account {account}: does not exist on this chain, so it cannot sign")));
    }
    Ok(header.get(cell).map_or(0, F::as_canonical_u64))
}

fn page_name(program: &Program, page: usize) -> &str {
    program.pages.get(page).map_or("", |page| &page.name)
}

/// Places of the signers' pages, in the order of their messages.
fn signer_pages(program: &Program) -> Vec<usize> {
    let message = |number: usize| program.pages.iter().position(|page| usize::from(page.signer) == number);
    (1..=program.messages.len()).filter_map(message).collect()
}

fn keys_of(program: &Program, draft: &Draft, signers: Option<Signers>) -> anyhow::Result<Vec<SecretKey>> {
    let pages = signer_pages(program);
    match signers {
        None => Err(failure::input(format!(
            "who signs? --{} FILE (`braid keys new` makes one) or --development-seed SEED",
            if words::has_key(program) { words::SIGNING_KEY } else { words::KEY }
        ))),
        Some(Signers::Files(files)) if files.len() != pages.len() => {
            let names: Vec<&str> = pages.iter().map(|page| page_name(program, *page)).collect();
            Err(failure::input(format!(
                "--{}: {} given, but `{}` has {}, in this order: {}",
                if words::has_key(program) { words::SIGNING_KEY } else { words::KEY },
                files.len(),
                program.name,
                output::count(names.len(), "signer"),
                names.join(", ")
            )))
        }
        Some(Signers::Files(files)) => files.iter().map(|file| Ok(keys::read(file)?.key)).collect(),
        Some(Signers::Development(seed)) => {
            let key = |page: &usize| {
                let account = program.pages.get(*page).and_then(|page| value(page.account, draft));
                let account = account.ok_or_else(|| {
                    failure::input(format!("the signer of page `{}` has no account", page_name(program, *page)))
                })?;
                Ok(SecretKey::for_development(seed, account))
            };
            pages.iter().map(key).collect()
        }
    }
}

/// That each key is the one in its signer's page: a wrong key is noticed here rather than in a batch.
fn check_keys(chain: &Chain, program: &Program, draft: &Draft, keys: &[SecretKey]) -> anyhow::Result<()> {
    for (page, key) in signer_pages(program).into_iter().zip(keys) {
        let Some(address) = address(chain, program, page, draft) else { continue };
        let content = chain.tree.page(address);
        let account = address / PAGES_PER_ACCOUNT;
        if content[0].as_canonical_u64() != 0 && content[1..6] != key.public_key().0 {
            let found: [F; 5] = std::array::from_fn(|index| content.get(1 + index).copied().unwrap_or_default());
            return Err(failure::input(format!(
                "account {account}: its key is {}, but the given key's public key is {}",
                PublicKey(found).to_hex(),
                key.public_key().to_hex()
            )));
        }
    }
    Ok(())
}

fn help(program: &Program) -> String {
    let mut text = format!("Sign one `{}` transaction\n\nOperands (--name VALUE, or name=VALUE):\n", program.name);
    let list = |text: &mut String, list: &[Parameter]| {
        for Described { name, unit, .. } in units::described(list) {
            *text += &format!("  --{name:<24} {unit}\n");
        }
    };
    list(&mut text, &program.operands);
    if !program.hints.is_empty() {
        text += "\nHints (not signed; slots are best left out, the operator chooses them):\n";
        list(&mut text, &program.hints);
    }
    let signers: Vec<&str> = signer_pages(program).into_iter().map(|page| page_name(program, page)).collect();
    if !signers.is_empty() {
        text += &format!("\nSigners, in order: {}\n", signers.join(", "));
    }
    let key = if words::has_key(program) {
        "  --signing-key FILE        key file of the signer; once for each signer, in order. Not --key, which is an operand here\n"
    } else {
        "  --key FILE                key file of the signer; once for each signer, in order (also --signing-key)\n"
    };
    text + "\nOptions:\n" + key + OPTIONS
}
