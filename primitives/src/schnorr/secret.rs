//! Secret keys: zeroised when dropped, never printed, read and written as hex.

use super::{PublicKey, secret_scalar};
use crate::ecgfp5::{Point, Scalar};
use crate::poseidon2::sponge;
use crate::{F, domain};
use p3_field::PrimeCharacteristicRing;
use std::fmt;
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A scalar other than 0, with its public key.
#[derive(Clone, ZeroizeOnDrop)]
pub struct SecretKey {
    scalar: Scalar,
    #[zeroize(skip)]
    public: PublicKey,
}

/// Why some bytes are no secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Not 80 hexadecimal digits.
    #[error("a secret key is 80 hexadecimal digits")]
    Hex,
    /// The number is 0, or the group's order or more.
    #[error("the secret key is not between 1 and the order of the group")]
    Range,
}

impl SecretKey {
    /// The key of a scalar that is not 0.
    pub fn new(scalar: Scalar) -> Result<Self, KeyError> {
        if scalar.is_zero() {
            return Err(KeyError::Range);
        }
        Ok(Self { scalar, public: PublicKey(Point::mul_generator(&scalar).encode().0) })
    }

    /// The key of 64 random bytes, reduced modulo the group's order (uniform up to 2^-193).
    pub fn from_entropy(bytes: &[u8; 64]) -> Result<Self, KeyError> {
        Self::new(Scalar::reduce(bytes))
    }

    /// Key number `index` of a seed. **For development and tests**: whoever knows the seed has the key.
    pub fn for_development(seed: u64, index: u64) -> Self {
        let halves = [seed, index].map(|word| [F::new(word & 0xffff_ffff), F::new(word >> 32)]);
        let iv = domain::iv(domain::KEY, 4, F::ZERO, F::ZERO, F::ZERO);
        let scalar = secret_scalar(sponge(iv, halves.as_flattened()));
        // A sponge does not return 0 in practice; 1 keeps the function total.
        let scalar = if scalar.is_zero() { Scalar::ONE } else { scalar };
        Self { scalar, public: PublicKey(Point::mul_generator(&scalar).encode().0) }
    }

    /// The public key.
    pub fn public_key(&self) -> PublicKey {
        self.public
    }

    pub(super) fn scalar(&self) -> &Scalar {
        &self.scalar
    }

    /// 80 hexadecimal digits, 40 bytes little-endian; zeroised when dropped.
    pub fn to_hex(&self) -> Zeroizing<String> {
        let mut bytes = self.scalar.to_bytes();
        let text = Zeroizing::new(hex::encode(bytes));
        bytes.zeroize();
        text
    }

    /// Reads what [`SecretKey::to_hex`] writes.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new([0; 40]);
        hex::decode_to_slice(text, bytes.as_mut_slice()).map_err(|_| KeyError::Hex)?;
        Self::new(Scalar::from_bytes(&bytes).ok_or(KeyError::Range)?)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SecretKey").field("public", &self.public).finish_non_exhaustive()
    }
}
