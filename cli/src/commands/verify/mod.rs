//! `braid verify`: does a proof hold, and of what?

mod known;

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use braid_verifier::{Acceptable, Digest, SecurityLevel, Statement, VerifyError, verify};
use known::Known;
use serde::Serialize;

use crate::arguments::Arguments;
use crate::chain::{Access, Chain};
use crate::{circuits, failure, files, options, output};

/// What the help says after the options.
pub const EXAMPLES: &str = "Examples:
  braid verify payday.proof --chain examples/payday.jsonl
  braid verify monday.proof --chain my-chain --expect-root 00c0…
  braid verify test.proof --accept insecure              in tests only: such proofs can be forged

Exit code 0 and a summary if the proof holds; 1 and the reason if it does not. Who names no chain accepts a proof about
any chain. With --chain the proof's beginning and end are compared with what is known of that chain: where its genesis begins,
and, of a folder, where it stands; the summary says what was compared.";

/// Options of the command.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The proof
    #[arg(value_name = "FILE")]
    proof: PathBuf,
    /// A level of security to accept, and no other, weaker or stronger; once for each
    #[arg(long, value_name = "LEVEL", default_value = "provable-100", value_parser = options::level)]
    accept: Vec<SecurityLevel>,
    /// The chain that the proof must be about: its folder, a genesis, or a file that carries one
    #[arg(long, value_name = "PATH")]
    chain: Option<PathBuf>,
    /// State root that the batch must end at: 64 hexadecimal digits
    #[arg(long, value_name = "HEX", value_parser = options::digest)]
    expect_root: Option<Digest>,
    /// State root that the batch must begin at
    #[arg(long, value_name = "HEX", value_parser = options::digest)]
    expect_root_before: Option<Digest>,
    /// Programs root that the proof must be about; the built-in contracts by default
    #[arg(long, value_name = "HEX", value_parser = options::digest)]
    expect_programs: Option<Digest>,
}

#[derive(Serialize)]
struct Verdict {
    valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    milliseconds: f64,
    #[serde(flatten)]
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<Claim>,
    /// What of the chain the proof was compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'static str>,
}

/// A statement for people.
#[derive(Serialize)]
pub struct Claim {
    security: &'static str,
    block: u64,
    timestamp: u64,
    transactions: u64,
    first_transaction: u64,
    fees: u64,
    root_before: String,
    root_after: String,
    data_after: String,
    inbox_after: String,
    outbox_after: String,
    chain_parameters: String,
    programs_root: String,
    circuit_set: String,
}

impl Claim {
    /// What a statement says.
    pub fn of(statement: &Statement) -> Self {
        let (before, after) = (&statement.before, &statement.after);
        let hex = |digest: &Digest| output::hex_elements(digest);
        Self {
            security: statement.security.name(),
            block: statement.context.number,
            timestamp: statement.context.timestamp,
            transactions: after.count.wrapping_sub(before.count),
            first_transaction: before.count,
            fees: after.fees.wrapping_sub(before.fees),
            root_before: hex(&before.root),
            root_after: hex(&after.root),
            data_after: hex(&after.data),
            inbox_after: hex(&after.inbox),
            outbox_after: hex(&after.outbox),
            chain_parameters: hex(&statement.parameters),
            programs_root: hex(&statement.programs_root),
            circuit_set: hex(&statement.set_root),
        }
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments, options: &Options) -> anyhow::Result<ExitCode> {
    let file = files::read(&options.proof)?;
    let chain = options.chain.as_deref().map(|path| Chain::open(path, Access::Read)).transpose()?;
    let mut acceptable = Acceptable::new().levels(&options.accept);
    if let Some(chain) = &chain {
        acceptable = acceptable.parameters(circuits::parameters(chain));
    }
    if let Some(root) = options.expect_root {
        acceptable = acceptable.root_after(root);
    }
    if let Some(root) = options.expect_root_before {
        acceptable = acceptable.root_before(root);
    }
    if let Some(root) = options.expect_programs {
        acceptable = acceptable.programs_roots(&[root]);
    }
    let start = Instant::now();
    let result = verify(&file, &acceptable).map_err(|error| reason(&error));
    let milliseconds = 1e3 * start.elapsed().as_secs_f64();
    let result = result.and_then(|statement| {
        let compared = chain.as_ref().map(|chain| known::compare(&statement, &Known::of(chain))).transpose()?;
        Ok((statement, compared))
    });
    let ends = options.expect_root.or(options.expect_root_before);
    let warning = match &result {
        _ if !acceptable.names_chain() => Some("no chain was named: a proof about any chain is accepted (--chain)"),
        Ok((_, Some(compared))) if compared.len() < 2 && ends.is_none() => Some(
            "the proof neither begins nor ends where this chain is known to have been: a chain of the same parameters with another history \
             could have such a proof (--expect-root names the end)",
        ),
        _ => None,
    };
    let verdict = match result {
        Ok((statement, compared)) => {
            let claim = Some(Claim::of(&statement));
            Verdict { valid: true, reason: None, milliseconds, claim, compared, warning }
        }
        Err(reason) => {
            Verdict { valid: false, reason: Some(reason), milliseconds, claim: None, compared: None, warning: None }
        }
    };
    if let Some(warning) = verdict.warning.filter(|_| !arguments.json) {
        output::note(format_args!("warning: {warning}"));
    }
    output::print(&verdict, arguments.json).map_err(failure::machine)?;
    Ok(if verdict.valid { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Why a proof is not accepted, with digests as they are written everywhere.
fn reason(error: &VerifyError) -> String {
    let hex = |digest: &Digest| output::hex_elements(digest);
    match error {
        VerifyError::CircuitSet { found, expected } => {
            format!("the proof is of circuit set {}, expected is {}", hex(found), hex(expected))
        }
        VerifyError::ProgramsRoot { found } => format!("programs root {} was not accepted", hex(found)),
        VerifyError::Parameters { found } => format!("chain parameters {} are not the ones expected", hex(found)),
        VerifyError::RootBefore { found } => {
            format!("the range begins at state root {}, which is not the one expected", hex(found))
        }
        VerifyError::RootAfter { found } => {
            format!("the range ends at state root {}, which is not the one expected", hex(found))
        }
        other => other.to_string(),
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.claim, &self.reason) {
            (Some(claim), _) => {
                write!(f, "valid ({:.1} ms)\n{claim}", self.milliseconds)?;
                let compared = self.compared.as_ref().map(|compared| compared.join(", "));
                compared.map_or(Ok(()), |compared| write!(f, "\n  as the chain's    {compared}"))
            }
            (None, reason) => write!(f, "not valid: {}", reason.as_deref().unwrap_or("no reason")),
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  security          {}", self.security)?;
        writeln!(f, "  block             {} at {}", self.block, self.timestamp)?;
        writeln!(f, "  transactions      {} (after {})", self.transactions, self.first_transaction)?;
        writeln!(f, "  fees              {}", self.fees)?;
        writeln!(f, "  root before       {}", self.root_before)?;
        writeln!(f, "  root after        {}", self.root_after)?;
        writeln!(f, "  data chain        {}", self.data_after)?;
        writeln!(f, "  inbox chain       {}", self.inbox_after)?;
        writeln!(f, "  outbox chain      {}", self.outbox_after)?;
        writeln!(f, "  chain parameters  {}", self.chain_parameters)?;
        writeln!(f, "  programs root     {}", self.programs_root)?;
        write!(f, "  circuit set       {}", self.circuit_set)
    }
}
