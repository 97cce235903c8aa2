//! `braid keys`: key files.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use braid_primitives::schnorr::{KeyFile, KeyFileError, SecretKey};
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use crate::arguments::Arguments;
use crate::{failure, files, output};

/// What the help says after the options.
pub const EXAMPLES: &str = "Examples:
  braid keys new --out alice.key        a new key, readable by you only (mode 600)
  braid keys show alice.key             its public key, which a genesis or `register` takes
  braid keys new --development-seed 1 --account 3 --out carol.key
                                        the key of account 3 of the examples; anybody can make it";

/// What `braid keys` takes.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Keys {
    /// Make a key and write it to a new file
    #[command(after_help = EXAMPLES)]
    New {
        /// The file; an existing one is never overwritten
        #[arg(long, value_name = "FILE", default_value = "braid.key")]
        out: PathBuf,
        /// Derive the key from a seed instead of chance: for tests and examples, worthless as a secret
        #[arg(long, value_name = "SEED", requires = "account")]
        development_seed: Option<u64>,
        /// Which key of the seed
        #[arg(long, value_name = "N", requires = "development_seed")]
        account: Option<u64>,
    },
    /// Print the public key of a development key, as a genesis or `register` takes it
    Public {
        /// The seed
        #[arg(long, value_name = "SEED")]
        development_seed: u64,
        /// Which key of the seed; the examples number them by account
        #[arg(long, value_name = "N")]
        account: u64,
    },
    /// Show the public key of a key file
    #[command(after_help = EXAMPLES)]
    Show {
        /// The key file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Print the secret key, too: whoever sees it owns the account
        #[arg(long)]
        secret: bool,
    },
}

#[derive(Serialize)]
struct Shown {
    file: String,
    public_key: String,
    /// Derived from a seed that others may know.
    development: bool,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    secret_key: Option<Zeroizing<String>>,
}

#[derive(Serialize)]
struct PublicKey {
    public_key: String,
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.public_key)
    }
}

fn as_text<S: Serializer>(secret: &Option<Zeroizing<String>>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.as_ref().map_or("", |secret| secret.as_str()))
}

/// Runs the command.
pub fn run(arguments: &Arguments, options: &Keys) -> anyhow::Result<ExitCode> {
    let shown = match options {
        Keys::New { out, development_seed, account } => {
            let key = match (development_seed, account) {
                (Some(seed), Some(account)) => SecretKey::for_development(*seed, *account),
                _ => random()?,
            };
            let file = KeyFile { key, development: development_seed.is_some() };
            file.write(out).map_err(|error| explain(out, error))?;
            shown(out, &file, false)
        }
        Keys::Public { development_seed, account } => {
            let key = SecretKey::for_development(*development_seed, *account).public_key().to_hex();
            output::print(&PublicKey { public_key: key }, arguments.json)?;
            return Ok(ExitCode::SUCCESS);
        }
        Keys::Show { file, secret } => shown(file, &read(file)?, *secret),
    };
    output::print(&shown, arguments.json)?;
    Ok(ExitCode::SUCCESS)
}

/// Reads a key file.
pub fn read(path: &Path) -> anyhow::Result<KeyFile> {
    KeyFile::read(path).map_err(|error| explain(path, error))
}

/// A key by chance, from the operating system's generator.
fn random() -> anyhow::Result<SecretKey> {
    let mut entropy = Zeroizing::new([0u8; 64]);
    getrandom::fill(entropy.as_mut_slice())
        .map_err(|error| failure::machine(format!("the system has no random numbers: {error}")))?;
    SecretKey::from_entropy(&entropy).map_err(failure::machine)
}

fn explain(path: &Path, error: KeyFileError) -> anyhow::Error {
    let name = path.display();
    match error {
        KeyFileError::Io(error) => files::refused(name, &error),
        error @ KeyFileError::Permissions(_) => failure::input(format!("{name}: {error}; run `chmod 600 {name}`")),
        error => failure::input(format!("{name}: {error}; `braid keys new` writes key files")),
    }
}

fn shown(path: &Path, file: &KeyFile, secret: bool) -> Shown {
    Shown {
        file: path.display().to_string(),
        public_key: file.key.public_key().to_hex(),
        development: file.development,
        secret_key: secret.then(|| file.key.to_hex()),
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: public key {}", self.file, self.public_key)?;
        if self.development {
            write!(f, "\na development key: derived from a seed, so never guard value with it")?;
        }
        match &self.secret_key {
            Some(secret) => write!(f, "\nsecret key {}", secret.as_str()),
            None => Ok(()),
        }
    }
}
