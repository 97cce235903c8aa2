//! From [`Transaction`]s to text.

use super::super::Source;
use super::{Transaction, Value};
use p3_field::PrimeField64;
use std::fmt::{self, Display, Formatter, Write};

/// One line without its end; what is read from it is equal. Integers are in quotes.
impl Display for Transaction {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{{\"program\":{},\"operands\":", Text(&self.program))?;
        write_values(formatter, &self.operands)?;
        if !self.hints.is_empty() {
            formatter.write_str(",\"hints\":")?;
            write_values(formatter, &self.hints)?;
        }
        match self.source {
            Source::Signed => {}
            Source::Inbox => formatter.write_str(",\"source\":\"inbox\"")?,
            Source::System => formatter.write_str(",\"source\":\"system\"")?,
        }
        if self.valid_until != 0 {
            write!(formatter, ",\"valid_until\":\"{}\"", self.valid_until)?;
        }
        if let Some(nonce) = self.nonce {
            write!(formatter, ",\"nonce\":\"{nonce}\"")?;
        }
        match self.signatures.as_slice() {
            [] => {}
            [signature] => write!(formatter, ",\"signature\":\"{}\"", signature.to_hex())?,
            signatures => {
                formatter.write_str(",\"signatures\":")?;
                write_list(formatter, signatures.iter().map(|signature| signature.to_hex()))?;
            }
        }
        formatter.write_char('}')
    }
}

/// A name in quotes, with what JSON needs escaped.
struct Text<'a>(&'a str);

impl Display for Text<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&serde_json::to_string(self.0).map_err(|_| fmt::Error)?)
    }
}

fn write_list<T: Display>(formatter: &mut Formatter<'_>, items: impl Iterator<Item = T>) -> fmt::Result {
    for (index, item) in items.enumerate() {
        write!(formatter, "{}\"{item}\"", if index == 0 { '[' } else { ',' })?;
    }
    formatter.write_char(']')
}

fn write_values(formatter: &mut Formatter<'_>, values: &[(String, Value)]) -> fmt::Result {
    formatter.write_char('{')?;
    for (index, (name, value)) in values.iter().enumerate() {
        write!(formatter, "{}{}:", if index == 0 { "" } else { "," }, Text(name))?;
        match value {
            Value::Element(element) => write!(formatter, "\"{}\"", element.as_canonical_u64())?,
            Value::Elements(elements) => {
                write_list(formatter, elements.iter().map(|element| element.as_canonical_u64()))?;
            }
        }
    }
    formatter.write_char('}')
}
