//! Why a transaction is refused, in words for whoever sent it.
//!
//! A refused transaction changes nothing and is not in the data (DECISIONS 23); it costs no nonce and no fee.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One refused transaction of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[error("transaction {index} ({program}): {reason}")]
pub struct Rejection {
    /// Place in the submitted order, from 0.
    pub index: usize,
    /// Name of its program, or its number if there is none of that number.
    pub program: String,
    /// Why.
    pub reason: Reason,
}

/// What stands against a transaction. Pages are named as in the contract's text.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum Reason {
    /// No program has this number.
    #[error("no program has number {number}")]
    UnknownProgram {
        /// The number.
        number: u32,
    },
    /// Too many or too few of something.
    #[error("{found} {what}, but the program wants {expected}")]
    Count {
        /// `operands`, `hints` or `signatures`.
        what: String,
        /// How many there are.
        found: usize,
        /// How many the program has.
        expected: usize,
    },
    /// An account number that the tree has no room for.
    #[error("page `{page}`: account {account} is not below 2^{}", depth.saturating_sub(4))]
    AccountOutOfRange {
        /// The page.
        page: String,
        /// The account.
        account: u64,
        /// Levels of the tree.
        depth: u32,
    },
    /// A slot that the program may not open there.
    #[error("page `{page}`: slot {slot} is not in {least}..={greatest}")]
    SlotOutOfRange {
        /// The page.
        page: String,
        /// The slot.
        slot: u64,
        /// Least slot allowed.
        least: u64,
        /// Greatest slot allowed.
        greatest: u64,
    },
    /// Two pages of the program are one page of the state.
    #[error("pages `{first}` and `{second}` are the same page: account {account}, slot {slot}")]
    SamePage {
        /// The page listed first.
        first: String,
        /// The page listed later.
        second: String,
        /// Their account.
        account: u64,
        /// Their slot.
        slot: u64,
    },
    /// No account of the kind wanted is there.
    #[error("page `{page}`: account {account} is not a {expected} ({found})")]
    UnknownAccount {
        /// The header's name.
        page: String,
        /// The account.
        account: u64,
        /// The kind wanted.
        expected: String,
        /// What lies there.
        found: String,
    },
    /// A page holds something else than the program wants.
    #[error("page `{page}` (account {account}, slot {slot}) is not a {expected} ({found})")]
    WrongLayout {
        /// The page.
        page: String,
        /// Its account.
        account: u64,
        /// Its slot.
        slot: u64,
        /// The layout wanted.
        expected: String,
        /// What lies there.
        found: String,
    },
    /// A page that must be empty is not.
    #[error("page `{page}` (account {account}, slot {slot}) is in use ({found})")]
    InUse {
        /// The page.
        page: String,
        /// Its account.
        account: u64,
        /// Its slot.
        slot: u64,
        /// What lies there.
        found: String,
    },
    /// A balance is less than what is taken from it.
    #[error("insufficient balance: page `{page}` (account {account}, slot {slot}) holds {holds} {}, {missing} too few",
        asset.map_or(format!("in cell {cell}"), |asset| format!("of asset {asset}")))]
    InsufficientBalance {
        /// The page.
        page: String,
        /// Its account.
        account: u64,
        /// Its slot.
        slot: u64,
        /// Cell of the balance.
        cell: usize,
        /// What is there before.
        holds: u64,
        /// What it would take more.
        missing: u64,
        /// Which asset it is of, on the page of a holding.
        asset: Option<u64>,
    },
    /// A cell would exceed its width.
    #[error(
        "overflow: page `{page}` (account {account}, slot {slot}), cell {cell} holds {holds} and would pass {bits} bits"
    )]
    Overflow {
        /// The page.
        page: String,
        /// Its account.
        account: u64,
        /// Its slot.
        slot: u64,
        /// The cell.
        cell: usize,
        /// What is there before.
        holds: u64,
        /// Width of the cell.
        bits: u8,
    },
    /// Its time is over.
    #[error("expired: valid until {until}, but now is {now}")]
    Expired {
        /// Last second of validity.
        until: u64,
        /// The batch's time.
        now: u64,
    },
    /// An operand or hint does not fit its type.
    #[error("`{name}` = {value} has more than {bits} bits")]
    TooWide {
        /// Name of the operand or hint.
        name: String,
        /// Its value.
        value: u64,
        /// Bits of its type.
        bits: u8,
    },
    /// A page carries another tag than an operand or page says it must: for a holding, another asset.
    #[error("page `{page}` (account {account}, slot {slot}) has tag {tag}, which does not fit (row {row})")]
    WrongAsset {
        /// The page.
        page: String,
        /// Its account.
        account: u64,
        /// Its slot.
        slot: u64,
        /// The tag found.
        tag: u64,
        /// The row that objects.
        row: usize,
    },
    /// Another check of the program fails.
    #[error("row {row} fails: {what}")]
    Check {
        /// The row.
        row: usize,
        /// What it computes and wants.
        what: String,
    },
    /// A page would keep content under tag 0.
    #[error("page `{page}` would have tag 0 and content")]
    Untagged {
        /// The page.
        page: String,
    },
    /// The nonce was used before.
    #[error("stale nonce {found}: the account is at {expected}")]
    StaleNonce {
        /// The nonce of the transaction.
        found: u64,
        /// The account's nonce.
        expected: u64,
    },
    /// An earlier transaction of the account is missing or was rejected.
    #[error("nonce {found} is ahead: the account is at {expected}")]
    NonceAhead {
        /// The nonce of the transaction.
        found: u64,
        /// The account's nonce.
        expected: u64,
    },
    /// A signature is not one of the key in the signer's page over this message.
    #[error("bad signature: message {message} under the key in page `{page}` of account {account}")]
    BadSignature {
        /// Number of the message, from 1.
        message: usize,
        /// The signer's page.
        page: String,
        /// Its account.
        account: u64,
    },
    /// The program's message holds a nonce, and none is given.
    #[error("the nonce is missing")]
    MissingNonce,
    /// A message is over values that only execution determines.
    #[error("message {message} cannot be known before execution")]
    Unpredictable {
        /// Number of the message, from 1.
        message: usize,
    },
    /// A hint that the operator does not choose is missing.
    #[error("hint `{name}` is missing")]
    MissingHint {
        /// The hint.
        name: String,
    },
    /// No page of the account can be the one that the program wants.
    #[error("page `{page}`: account {account} has no {} {asset}", if *takes { "page with asset" } else { "free page for asset" })]
    NoPage {
        /// The page.
        page: String,
        /// The account.
        account: u64,
        /// The asset.
        asset: u64,
        /// Whether something is to be taken out, so that the asset must be there.
        takes: bool,
    },
    /// Its fee is below what the operator asks for.
    #[error("fee {fee} is below the minimum of {minimum}")]
    FeeTooLow {
        /// The fee.
        fee: u64,
        /// The operator's minimum.
        minimum: u64,
    },
    /// It needs more of a table than an empty chunk has.
    #[error("it does not fit a chunk: {table} needs {needed} rows of {available}")]
    TooLarge {
        /// The table.
        table: String,
        /// Rows needed.
        needed: u64,
        /// Rows of the table.
        available: u64,
    },
}
