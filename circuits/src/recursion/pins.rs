//! What identifies the circuits of a level, in a form that is read in reviews (`circuits/pins/*.json`).
//!
//! plonky2's circuit digest covers neither the gates nor the parameters, so the digest of a member here is over its
//! whole verifier data, serialised.

use braid_primitives::F;
use braid_primitives::poseidon::hash_no_pad;
use braid_verifier::{CircuitSetKey, Digest};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use plonky2::util::serialization::DefaultGateSerializer;
use serde::Serialize;

use super::RecursionError;
use super::range::WrapCircuit;
use super::set::CircuitSet;
use super::stage::Stage;

/// Digest of a list of byte strings, as 64 hexadecimal digits.
pub fn digest_of(sections: &[Vec<u8>]) -> String {
    let mut elements = Vec::new();
    for section in sections {
        // The length of each section makes the list of elements unambiguous.
        elements.push(F::from_usize(section.len()));
        let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
        elements.extend(section.chunks(7).map(|bytes| F::from_u64(word(bytes))));
    }
    hexadecimal(&hash_no_pad(&elements).map(|element| element.as_canonical_u64()))
}

fn hexadecimal(digest: &Digest) -> String {
    digest.iter().map(|element| format!("{element:016x}")).collect()
}

/// A circuit of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CircuitPin {
    /// Name in the set.
    pub name: String,
    /// log2 of its rows.
    pub degree_bits: usize,
    /// Digest of its serialised verifier data: gates, parameters, commitment.
    pub digest: String,
}

/// The circuits of a level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pins {
    /// Name of the level.
    pub level: String,
    /// Root of the set.
    pub set_root: String,
    /// Programs root of the built-in programs.
    pub programs_root: String,
    /// Gates of the common shape, in the order of their selectors.
    pub gates: Vec<String>,
    /// Every circuit, those before the last shrink included.
    pub circuits: Vec<CircuitPin>,
}

fn pin(stage: &Stage) -> Result<CircuitPin, RecursionError> {
    let failed = |_| RecursionError::Serialization { name: stage.name().to_string() };
    let bytes = stage.verifier().to_bytes(&DefaultGateSerializer).map_err(failed)?;
    let degree_bits = stage.verifier().common.degree_bits();
    Ok(CircuitPin { name: stage.name().to_string(), degree_bits, digest: digest_of(&[bytes]) })
}

impl<W: WrapCircuit> CircuitSet<W> {
    /// What identifies this set and its key.
    pub fn pins(&self, key: &CircuitSetKey) -> Result<Pins, RecursionError> {
        Ok(Pins {
            level: self.security().name().to_string(),
            set_root: hexadecimal(&self.root()),
            programs_root: hexadecimal(&key.programs_root()),
            gates: key.shape().gates.iter().map(|gate| format!("{gate:?}")).collect(),
            circuits: self.stages().map(pin).collect::<Result<_, _>>()?,
        })
    }
}
