//! The first state of a chain, from a file that people write.
//!
//! ```toml
//! chain_id = 7
//! depth = 24
//! treasury = { account = 2, operator = 1 }
//!
//! [[assets]]
//! id = 1                       # the native asset, in which fees are paid
//! name = "ETH"
//! quantum = "1000000000"       # smallest units in one quantum
//!
//! [[accounts]]
//! number = 1
//! key = "…"                    # 80 hexadecimal digits
//! credit = "1000000"
//! holdings = [{ asset = 1, amount = "500" }]
//!
//! [[contracts]]
//! number = 3
//! pages = [{ slot = 8, layout = "Pool", fields = { asset = [1, 2], reserve = ["900", "900"], shares = "900" } }]
//! ```
//! Account 0 is a contract by itself, so that nobody owns anything there. [`Genesis::build`] checks every invariant that
//! programs and proofs take for granted (CONTRACTS 1.3), and names the key that breaks one.

mod build;
mod check;
#[cfg(test)]
mod tests;

pub use build::{Origin, asset_digest};

use crate::decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

/// The native asset, in which fees are paid.
pub const NATIVE: u64 = 1;

/// A chain at its beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// The chain's number.
    pub chain_id: Decimal,
    /// Levels of the state tree, 8..=32.
    pub depth: u32,
    /// Where fees go.
    pub treasury: Treasury,
    /// Assets that L1 lists from the beginning; the native one, number 1, among them.
    pub assets: Vec<Asset>,
    /// Users.
    #[serde(default)]
    pub accounts: Vec<Account>,
    /// Contracts that exist from the beginning.
    #[serde(default)]
    pub contracts: Vec<Contract>,
}

/// The one page that accounts for fees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Treasury {
    /// Number of the contract account that it makes.
    pub account: Decimal,
    /// Number of the user who may claim fees.
    pub operator: Decimal,
}

/// An asset and its unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// Its number, 1..2^32.
    pub id: Decimal,
    /// Name, for people.
    pub name: String,
    /// Smallest units in one quantum.
    pub quantum: Decimal,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its number, from 1 and below the numbers that L1 makes.
    pub number: Decimal,
    /// Encoded public key, 80 hexadecimal digits.
    pub key: String,
    /// Prepaid fees, in quanta of the native asset.
    #[serde(default)]
    pub credit: Decimal,
    /// Holdings; without a slot they lie on the lowest free pages.
    #[serde(default)]
    pub holdings: Vec<Holding>,
}

/// Some quanta of one asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holding {
    /// The asset, or a receipt of a contract.
    pub asset: Decimal,
    /// Quanta.
    pub amount: Decimal,
    /// Page of the account, 1..=13.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u64>,
}

/// An account without a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Its number.
    pub number: Decimal,
    /// Its pages beside the header.
    #[serde(default)]
    pub pages: Vec<StatePage>,
}

/// A page by its layout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatePage {
    /// Page of the account, 1..=15.
    pub slot: u64,
    /// The layout's name.
    pub layout: String,
    /// Fields by name, an array's elements as a list; those left out are 0.
    #[serde(default)]
    pub fields: BTreeMap<String, Value>,
}

/// Content of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// One cell.
    One(Decimal),
    /// The cells of an array.
    Many(Vec<Decimal>),
}

/// What is wrong with a genesis, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GenesisError {
    /// The text is not a genesis at all.
    #[error("{0}")]
    Text(String),
    /// A key's value breaks a rule.
    #[error("{path}: {message}")]
    Key {
        /// Path of the key, as `accounts[3].holdings[0].amount`.
        path: String,
        /// The rule.
        message: String,
    },
}

impl GenesisError {
    pub(crate) fn at(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Key { path: path.into(), message: message.into() }
    }
}

impl Genesis {
    /// Reads TOML.
    ///
    /// # Errors
    /// [`GenesisError::Text`] with line and column for what is not TOML, not a genesis, or has unknown keys.
    pub fn from_toml(text: &str) -> Result<Self, GenesisError> {
        toml::from_str(text).map_err(|error| GenesisError::Text(error.to_string()))
    }

    /// Writes TOML.
    ///
    /// # Errors
    /// None for a genesis in memory; the encoder's signature allows for one.
    pub fn to_toml(&self) -> Result<String, GenesisError> {
        toml::to_string(self).map_err(|error| GenesisError::Text(error.to_string()))
    }
}
