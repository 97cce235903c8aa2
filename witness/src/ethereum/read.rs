//! Reads the JSON lines of a file of operations: block headers, each followed by its operations.

use crate::chunk::BlockContext;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use thiserror::Error;

/// An amount in an asset's smallest unit, a decimal string in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Units(pub u128);

impl<'de> Deserialize<'de> for Units {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Units).map_err(|_| D::Error::custom(format!("`{text}` is no amount below 2^128")))
    }
}

/// One block of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its number on Ethereum.
    pub number: u64,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// What was asked for, in order.
    pub operations: Vec<Operation>,
}

/// Which amount of a swap is met exactly; the other one is a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Exact {
    /// What is given.
    In,
    /// What is got.
    Out,
}

/// One operation. Addresses and assets are texts; fields that do not matter here are skipped.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Operation {
    /// A payment.
    Transfer {
        /// Who pays.
        from: String,
        /// Who is paid.
        to: String,
        /// `ETH` or a token.
        asset: String,
        /// How much.
        amount: Units,
        /// Who signed, if not the owner.
        spender: Option<String>,
    },
    /// A swap along a path of pools.
    Swap {
        /// Who gives.
        trader: String,
        /// Assets; neighbours are pools.
        path: Vec<String>,
        /// At most this much of the first.
        amount_in: Units,
        /// At least this much of the last.
        amount_out_min: Units,
        /// Which of both is exact.
        exact: Exact,
        /// Who gets.
        to: String,
    },
    /// An addition to a pool.
    AddLiquidity {
        /// Who adds.
        provider: String,
        /// First asset.
        asset_a: String,
        /// Second asset.
        asset_b: String,
        /// At most this much of the first.
        amount_a: Units,
        /// At most this much of the second.
        amount_b: Units,
    },
    /// A removal from a pool.
    RemoveLiquidity {
        /// Who removes.
        provider: String,
        /// First asset.
        asset_a: String,
        /// Second asset.
        asset_b: String,
        /// At least this much of the first.
        amount_a_min: Units,
        /// At least this much of the second.
        amount_b_min: Units,
    },
}

/// What is wrong with a file, and in which line (from 1).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {message}")]
pub struct ReadError {
    /// The line.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

#[derive(Deserialize)]
struct Header {
    workload: String,
    block: u64,
    timestamp: u64,
    operations: usize,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Header(Header),
    Operation(Operation),
}

/// Reads a file.
///
/// # Errors
/// [`ReadError`] for a line that is neither header nor operation, one before the first header, or a block with more or
/// fewer operations than its header says.
pub fn read(text: &str) -> Result<Vec<Block>, ReadError> {
    let mut blocks: Vec<(Block, usize, usize)> = Vec::new();
    for (line, content) in (1..).zip(text.lines()).filter(|(_, content)| !content.trim().is_empty()) {
        let error = |message: String| ReadError { line, message };
        match serde_json::from_str::<Line>(content) {
            Ok(Line::Header(header)) if header.workload == "ethereum-mainnet" => {
                let fields = [("block", header.block), ("timestamp", header.timestamp)];
                if let Some((field, value)) = fields.into_iter().find(|(_, value)| value >> BlockContext::BITS != 0) {
                    return Err(error(format!("{field}: {value} is not below 2^{}", BlockContext::BITS)));
                }
                if header.block == 0 {
                    return Err(error("block: is 0, which is a chain's beginning: blocks count from 1".into()));
                }
                let block = Block { number: header.block, timestamp: header.timestamp, operations: Vec::new() };
                blocks.push((block, header.operations, line));
            }
            Ok(Line::Header(header)) => return Err(error(format!("workload `{}` is not known", header.workload))),
            Ok(Line::Operation(operation)) => {
                let (block, _, _) = blocks.last_mut().ok_or_else(|| error("an operation before any block".into()))?;
                block.operations.push(operation);
            }
            // What is not a header was meant as an operation: its error says more.
            Err(_) => {
                let message = serde_json::from_str::<Operation>(content).err().map(|error| error.to_string());
                return Err(error(message.unwrap_or_else(|| "is neither a block nor an operation".into())));
            }
        }
    }
    for (block, count, line) in &blocks {
        let found = block.operations.len();
        if found != *count {
            let message = format!("block {} should have {count} operations, but {found} follow", block.number);
            return Err(ReadError { line: *line, message });
        }
    }
    Ok(blocks.into_iter().map(|(block, _, _)| block).collect())
}
