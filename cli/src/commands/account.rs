//! `braid account`: what an account is and owns.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use braid_contracts::layout::{HOLDING, Layout};
use braid_primitives::schnorr::PublicKey;
use braid_primitives::{F, Page};
use braid_state_tree::{PAGES_PER_ACCOUNT, account_count, first_upper_account};
use p3_field::PrimeField64;
use serde::Serialize;

use crate::arguments::Arguments;
use crate::chain::{Access, Chain};
use crate::{failure, output};

/// What the help says after the options.
pub const EXAMPLES: &str = "Examples:
  braid account 1 --chain my-chain
  braid account 1 --chain examples/payday.jsonl --json   at the beginning of a file that carries its genesis";

/// What `braid account` takes.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Number of the account
    #[arg(value_name = "N")]
    pub number: u64,
    /// Folder of the chain, or a file with a genesis
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub chain: PathBuf,
}

#[derive(Serialize)]
struct Account {
    account: u64,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<u64>,
    /// Prepaid fees, in quanta of the native asset.
    #[serde(skip_serializing_if = "Option::is_none")]
    credit: Option<u64>,
    holdings: Vec<Holding>,
    pages: Vec<StatePage>,
}

#[derive(Serialize)]
struct Holding {
    slot: u64,
    asset: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Quanta.
    amount: u64,
}

#[derive(Serialize)]
struct StatePage {
    slot: u64,
    layout: String,
    fields: BTreeMap<String, u64>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, options: &Options) -> anyhow::Result<ExitCode> {
    let chain = Chain::open(&options.chain, Access::Read)?;
    output::print(&account(&chain, options.number)?, arguments.json)?;
    Ok(ExitCode::SUCCESS)
}

/// The lowest account number that nobody has, among those that are made on this chain.
pub fn lowest_free(chain: &Chain) -> Option<u64> {
    let free = |account: &u64| chain.tree.page(PAGES_PER_ACCOUNT * account)[0].as_canonical_u64() == 0;
    (1..first_upper_account(chain.tree.depth())).find(free)
}

fn account(chain: &Chain, number: u64) -> anyhow::Result<Account> {
    let count = account_count(chain.tree.depth());
    if number >= count {
        return Err(failure::input(format!("account {number}: this chain has room for the numbers below {count}")));
    }
    let page = |slot: u64| chain.tree.page(PAGES_PER_ACCOUNT * number + slot);
    let header = page(0);
    let layout = layout_of(chain, &header).ok_or_else(|| {
        let free = lowest_free(chain).map(|free| format!("; the lowest free number is {free}")).unwrap_or_default();
        failure::input(format!("account {number}: nobody has this number{free}"))
    })?;
    let field = |name: &str| {
        let field = layout.field(name)?;
        header.get(usize::from(field.cell)).map(F::as_canonical_u64)
    };
    let key = || -> Option<String> {
        let key: [F; 5] = header.get(1..6)?.try_into().ok()?;
        Some(PublicKey(key).to_hex())
    };
    let mut account = Account {
        account: number,
        kind: layout.name.clone(),
        public_key: if layout.has_key() { key() } else { None },
        nonce: field("nonce"),
        credit: field("credit"),
        holdings: Vec::new(),
        pages: Vec::new(),
    };
    for slot in 1..PAGES_PER_ACCOUNT {
        let content = page(slot);
        match layout_of(chain, &content) {
            None => {}
            Some(layout) if layout.name == HOLDING => {
                let [asset, amount] = [content[0], content[1]].map(|cell| cell.as_canonical_u64());
                let name = chain.asset_name(asset).map(str::to_owned);
                account.holdings.push(Holding { slot, asset, name, amount });
            }
            Some(layout) => {
                let cells = (1..content.len()).map(|cell| (layout.cell_name(cell), content[cell].as_canonical_u64()));
                let fields = cells.filter(|(name, _)| !name.starts_with("cell ")).collect();
                account.pages.push(StatePage { slot, layout: layout.name.clone(), fields });
            }
        }
    }
    Ok(account)
}

/// The layout of a page by its tag; none for an empty page.
fn layout_of<'a>(chain: &'a Chain, page: &Page) -> Option<&'a Layout> {
    if page[0].as_canonical_u64() == 0 {
        return None;
    }
    let layouts = chain.registry.layouts();
    layouts.iter().find(|layout| layout.tag() == Some(page[0])).or_else(|| chain.registry.layout(HOLDING))
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "account {}, {}", self.account, self.kind)?;
        if let Some(key) = &self.public_key {
            write!(f, "\n  key    {key}")?;
        }
        if let Some(nonce) = self.nonce {
            write!(f, "\n  nonce  {nonce}")?;
        }
        if let Some(credit) = self.credit {
            write!(f, "\n  credit {} for fees", output::count(credit, "quantum"))?;
        }
        for Holding { slot, asset, name, amount } in &self.holdings {
            let name = name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
            write!(f, "\n  page {slot:>2}: {} of asset {asset}{name}", output::count(*amount, "quantum"))?;
        }
        for StatePage { slot, layout, fields } in &self.pages {
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name} {value}")).collect();
            write!(f, "\n  page {slot:>2}: {layout}: {}", fields.join(", "))?;
        }
        Ok(())
    }
}
