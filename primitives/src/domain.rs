//! Domain numbers: the one table of what is hashed for which purpose.
//!
//! Every sponge over [`crate::poseidon2::sponge`] starts from an initial value that names its purpose and its length, so that no two
//! purposes, and no two lengths, share an input. Parameters are hashed with plonky2's Poseidon instead, because the
//! recursion circuits do it: their number is the first element absorbed.

use crate::F;

/// What a user signs: the default message of a program.
pub const MESSAGE: u64 = 1;
/// What a user signs when a program has a message of its own kind.
pub const OVER: u64 = 2;
/// The published data of a transaction.
pub const TRANSACTION: u64 = 3;
/// The challenge of a signature.
pub const SIGNATURE: u64 = 4;
/// An entry of the inbox.
pub const INBOX: u64 = 5;
/// An entry of the outbox.
pub const RECORD: u64 = 6;
/// The secret nonce of a signature.
pub const NONCE: u64 = 7;
/// The parameters of a chain.
pub const PARAMETERS: u64 = 8;
/// The rows of a program.
pub const PROGRAM: u64 = 9;
/// The list of assets and quanta.
pub const ASSETS: u64 = 10;
/// A secret key derived from a seed, for development.
pub const KEY: u64 = 11;
/// The randomizer of a signature among those of a chunk.
pub const RANDOMIZER: u64 = 12;
/// The randomizers of signatures that are checked natively, many at once.
pub const BATCH: u64 = 13;

/// The initial value of a sponge: `[domain + 2^16 · length, chain id, a, b]`, with `length` the number of elements absorbed.
///
/// Lengths below 2^47 do not meet: `domain` is below 2^16.
pub fn iv(domain: u64, length: usize, chain_id: F, a: F, b: F) -> [F; 4] {
    [F::new(domain + ((length as u64) << 16)), chain_id, a, b]
}

#[cfg(test)]
mod tests {
    use super::*;
    use p3_field::{PrimeCharacteristicRing, PrimeField64};

    #[test]
    fn numbers_are_distinct_and_small() {
        let all = [
            MESSAGE,
            OVER,
            TRANSACTION,
            SIGNATURE,
            INBOX,
            RECORD,
            NONCE,
            PARAMETERS,
            PROGRAM,
            ASSETS,
            KEY,
            RANDOMIZER,
            BATCH,
        ];
        for (index, number) in all.iter().enumerate() {
            assert_eq!(*number, index as u64 + 1);
        }
    }

    #[test]
    fn initial_value_holds_all_parts() {
        let value = iv(SIGNATURE, 14, F::new(7), F::new(8), F::new(9));
        assert_eq!(value.map(|element| element.as_canonical_u64()), [4 + (14 << 16), 7, 8, 9]);
        assert_ne!(iv(MESSAGE, 0, F::ZERO, F::ZERO, F::ZERO), iv(OVER, 0, F::ZERO, F::ZERO, F::ZERO));
    }
}
