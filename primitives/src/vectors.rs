//! Known answers for the tests: JSON files in `vectors/` at the root of the repository.

use crate::F;
use serde_json::Value;

/// One JSON object of a file.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a>(pub(crate) &'a Value);

/// A whole file.
pub(crate) struct File(Value);

pub(crate) fn load(name: &str) -> File {
    let path = format!("{}/../vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("the vectors are part of the repository");
    File(serde_json::from_str(&text).expect("the vectors are JSON"))
}

impl File {
    /// The entries under a path such as `field.base`; never empty, so that no test passes by reading nothing.
    pub(crate) fn list(&self, path: &str) -> Vec<Case<'_>> {
        let value = path.split('.').fold(&self.0, |value, key| &value[key]);
        let list: Vec<_> = value.as_array().expect(path).iter().map(Case).collect();
        assert!(!list.is_empty(), "{path}");
        list
    }

    pub(crate) fn object(&self, path: &str) -> Case<'_> {
        Case(path.split('.').fold(&self.0, |value, key| &value[key]))
    }
}

fn element(value: &Value) -> F {
    F::new(value.as_str().expect("a decimal string").parse().expect("a decimal string"))
}

impl<'a> Case<'a> {
    pub(crate) fn get(self, key: &str) -> Case<'a> {
        assert!(self.0.get(key).is_some(), "{key}");
        Case(&self.0[key])
    }

    pub(crate) fn is_null(self, key: &str) -> bool {
        self.get(key).0.is_null()
    }

    pub(crate) fn vector(self, key: &str) -> Vec<F> {
        self.get(key).0.as_array().expect(key).iter().map(element).collect()
    }

    pub(crate) fn elements<const N: usize>(self, key: &str) -> [F; N] {
        self.vector(key).try_into().expect(key)
    }

    pub(crate) fn element(self, key: &str) -> F {
        element(self.get(key).0)
    }

    pub(crate) fn number(self, key: &str) -> i64 {
        self.get(key).0.as_i64().expect(key)
    }

    pub(crate) fn text(self, key: &str) -> &'a str {
        self.get(key).0.as_str().expect(key)
    }

    pub(crate) fn flag(self, key: &str) -> bool {
        self.get(key).0.as_bool().expect(key)
    }

    /// The bytes of a string `0x…`.
    pub(crate) fn bytes(self, key: &str) -> Vec<u8> {
        let text = self.text(key).strip_prefix("0x").expect(key);
        hex::decode(text).expect(key)
    }
}
