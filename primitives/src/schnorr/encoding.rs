//! Keys, signatures and scalars as bytes, hex and serde values.
//!
//! Bytes are little-endian words; every number has one form, and others are refused. Hex is written with `0x` and read with or without it.
//! Serde writes hex where the format is for people, words where it is not.

use super::{PublicKey, Signature};
use crate::F;
use crate::ecgfp5::{Fp5, Scalar};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// Why a text is no key or signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EncodingError {
    /// Not hexadecimal digits of the right number.
    #[error("expected {0} hexadecimal digits")]
    Hex(usize),
    /// A word is p or more.
    #[error("a word is not below p")]
    Element,
    /// The response of a signature is not below the order of the group.
    #[error("the response is not below the order of the group")]
    Response,
}

/// The bytes of `2·N` hexadecimal digits, with or without `0x`.
pub(super) fn bytes_of_hex<const N: usize>(text: &str) -> Result<[u8; N], EncodingError> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let mut bytes = [0; N];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| EncodingError::Hex(2 * N))?;
    Ok(bytes)
}

impl PublicKey {
    /// 40 bytes.
    pub fn to_bytes(&self) -> [u8; 40] {
        Fp5(self.0).to_bytes()
    }

    /// The key of 40 bytes; whether it is a point is [`PublicKey::point`]'s to say.
    pub fn from_bytes(bytes: &[u8; 40]) -> Result<Self, EncodingError> {
        Fp5::from_bytes(bytes).map(|w| Self(w.0)).ok_or(EncodingError::Element)
    }

    /// `0x` and 80 digits.
    pub fn to_hex(&self) -> String {
        format!("0x{}", hex::encode(self.to_bytes()))
    }

    /// Reads what [`PublicKey::to_hex`] writes.
    pub fn from_hex(text: &str) -> Result<Self, EncodingError> {
        Self::from_bytes(&bytes_of_hex(text)?)
    }
}

impl Signature {
    /// 80 bytes: w_R, then s.
    pub fn to_bytes(&self) -> [u8; 80] {
        let mut bytes = [0; 80];
        bytes[..40].copy_from_slice(&Fp5(self.w_r).to_bytes());
        bytes[40..].copy_from_slice(&self.s.to_bytes());
        bytes
    }

    /// The signature of 80 bytes.
    pub fn from_bytes(bytes: &[u8; 80]) -> Result<Self, EncodingError> {
        let (mut w_r, mut s) = ([0; 40], [0; 40]);
        w_r.copy_from_slice(&bytes[..40]);
        s.copy_from_slice(&bytes[40..]);
        Ok(Self {
            w_r: Fp5::from_bytes(&w_r).ok_or(EncodingError::Element)?.0,
            s: Scalar::from_bytes(&s).ok_or(EncodingError::Response)?,
        })
    }

    /// `0x` and 160 digits.
    pub fn to_hex(&self) -> String {
        format!("0x{}", hex::encode(self.to_bytes()))
    }

    /// Reads what [`Signature::to_hex`] writes.
    pub fn from_hex(text: &str) -> Result<Self, EncodingError> {
        Self::from_bytes(&bytes_of_hex(text)?)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { self.to_hex().serialize(serializer) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Self::from_hex(&String::deserialize(deserializer)?).map_err(D::Error::custom)
        } else {
            <[F; 5]>::deserialize(deserializer).map(Self)
        }
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            self.to_hex().serialize(serializer)
        } else {
            (self.w_r, self.s).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Self::from_hex(&String::deserialize(deserializer)?).map_err(D::Error::custom)
        } else {
            <([F; 5], Scalar)>::deserialize(deserializer).map(|(w_r, s)| Self { w_r, s })
        }
    }
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.words().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_words(<[u64; 5]>::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom(EncodingError::Response))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schnorr::{SecretKey, sign};

    fn signature() -> (PublicKey, Signature) {
        let key = SecretKey::for_development(9, 9);
        (key.public_key(), sign(&key, F::new(1), [F::new(2); 4]))
    }

    #[test]
    fn texts_return() {
        let (key, signature) = signature();
        assert_eq!(PublicKey::from_hex(&key.to_hex()), Ok(key));
        assert_eq!(PublicKey::from_hex(&key.to_hex()[2..]), Ok(key));
        assert_eq!(Signature::from_hex(&signature.to_hex()), Ok(signature));
        let json = serde_json::to_string(&(key, signature)).expect("writes");
        assert_eq!(serde_json::from_str::<(PublicKey, Signature)>(&json).expect("reads"), (key, signature));
    }

    #[test]
    fn other_forms_are_refused() {
        let (key, signature) = signature();
        let text = signature.to_hex();
        assert_eq!(Signature::from_hex(&text[..text.len() - 2]), Err(EncodingError::Hex(160)));
        assert_eq!(Signature::from_hex(&key.to_hex()), Err(EncodingError::Hex(160)));
        assert_eq!(PublicKey::from_hex("0x"), Err(EncodingError::Hex(80)));
        assert_eq!(PublicKey::from_hex(&format!("0x{}", "f".repeat(80))), Err(EncodingError::Element));
        let mut bytes = signature.to_bytes();
        bytes[40..].fill(0xff);
        assert_eq!(Signature::from_bytes(&bytes), Err(EncodingError::Response));
        bytes[..8].copy_from_slice(&crate::MODULUS.to_le_bytes());
        assert_eq!(Signature::from_bytes(&bytes), Err(EncodingError::Element));
        let order = serde_json::to_string(&Scalar::ORDER).expect("writes");
        assert!(serde_json::from_str::<Scalar>(&order).is_err());
    }
}
