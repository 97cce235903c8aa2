//! JSON as it stands, without what a usual reader forgives: names that appear twice, floats, negative numbers.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Numbers up to here are exact in every JSON reader.
pub(super) const EXACT: u64 = 1 << 53;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    /// `null`, `true` or `false`: no field takes them.
    Word,
    Number(u64),
    Text(String),
    List(Vec<Tree>),
    /// Fields in the order of the text; no name twice.
    Object(Vec<(String, Tree)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an integer below 2^53, a text, a list or an object")
    }

    fn visit_unit<E: Error>(self) -> Result<Tree, E> {
        Ok(Tree::Word)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Word)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Tree, E> {
        if number < EXACT {
            Ok(Tree::Number(number))
        } else {
            Err(E::custom(format!("the number {number} is not below 2^53: write it in quotes")))
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Tree, E> {
        Ok(Tree::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = access.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut fields: Vec<(String, Tree)> = Vec::new();
        while let Some(name) = access.next_key::<String>()? {
            if fields.iter().any(|(other, _)| *other == name) {
                return Err(A::Error::custom(format!("field `{name}` appears twice")));
            }
            fields.push((name, access.next_value()?));
            if fields.len() > MAX_FIELDS {
                return Err(A::Error::custom(format!("more than {MAX_FIELDS} fields")));
            }
        }
        Ok(Tree::Object(fields))
    }
}

/// Fields of one object; looking for doubles is quadratic in it.
const MAX_FIELDS: usize = 256;
