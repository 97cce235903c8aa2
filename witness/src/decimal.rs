//! Integers in files for people: decimal strings, or plain numbers below 2^53 (which every reader of JSON keeps exact).

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// An unsigned integer that is written as a decimal string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(pub u64);

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an unsigned integer as a decimal string, or a plain number below 2^53")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Decimal, E> {
        // `parse` alone would take a sign.
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let value = digits.then(|| text.parse().ok()).flatten();
        value.map(Decimal).ok_or_else(|| E::custom(format_args!("`{text}` is no decimal integer below 2^64")))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Decimal, E> {
        if value >> 53 == 0 {
            return Ok(Decimal(value));
        }
        Err(E::custom(format_args!("{value} is too large for a plain number: write \"{value}\"")))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Decimal, E> {
        let positive = u64::try_from(value).map_err(|_| E::custom(format_args!("{value} is negative")))?;
        self.visit_u64(positive)
    }
}
