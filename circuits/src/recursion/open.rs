//! A circuit set out of the cache, or built into it.

use std::sync::OnceLock;

use braid_verifier::Digest;
use plonky2::util::serialization::DefaultGateSerializer;

use super::RecursionError;
use super::cache::{Cache, Entry};
use super::pins::digest_of;
use super::range::WrapCircuit;
use super::set::{CircuitSet, Shrink, Wrap, shrink_name};
use super::stage::{Stage, Verifier};
use crate::stark::Security;

/// File with the keys and shapes of all circuits of a set.
const KEYS: &str = "keys";

/// Digest of everything that the circuits of a set depend on, as 64 hexadecimal digits.
fn fingerprint<W: WrapCircuit>(security: Security, wraps: &[W]) -> String {
    let config = format!("{:?}", security.recursion().circuit_config());
    let mut sections: Vec<Vec<u8>> = vec![
        env!("CARGO_PKG_VERSION").into(),
        // Pinned exactly in the workspace.
        "plonky2 1.1.0".into(),
        env!("BRAID_RECURSION_SOURCE").into(),
        security.name().into(),
        config.into(),
    ];
    for wrap in wraps {
        sections.push(wrap.name().into());
        sections.push(wrap.fingerprint());
    }
    digest_of(&sections)
}

fn push(out: &mut Vec<u8>, stage: &Stage) -> Result<(), RecursionError> {
    let failed = |_| RecursionError::Serialization { name: stage.name().to_string() };
    let bytes = stage.verifier().to_bytes(&DefaultGateSerializer).map_err(failed)?;
    out.extend((bytes.len() as u64).to_le_bytes());
    out.extend(bytes);
    Ok(())
}

fn take_number(bytes: &mut &[u8]) -> Option<usize> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    usize::try_from(u64::from_le_bytes(*number)).ok()
}

fn take_verifier(bytes: &mut &[u8]) -> Option<Verifier> {
    let length = take_number(bytes)?;
    let (verifier, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Verifier::from_bytes(verifier.to_vec(), &DefaultGateSerializer).ok()
}

/// For each wrap, the verifiers of its circuits; then that of the merge.
type Verifiers = (Vec<Vec<Verifier>>, Verifier);

fn read_keys(entry: &Entry, wraps: usize) -> Option<Verifiers> {
    let content = entry.read(KEYS)?;
    let bytes = &mut content.as_slice();
    let mut all = Vec::new();
    for _ in 0..wraps {
        let stages = take_number(bytes)?;
        let verifiers = (0..stages).map(|_| take_verifier(bytes)).collect::<Option<Vec<_>>>()?;
        all.push(verifiers);
    }
    let merge = take_verifier(bytes)?;
    bytes.is_empty().then_some((all, merge))
}

/// A wrap of which only the keys are known; gives the circuit back if there are none.
fn known<W: WrapCircuit>(circuit: W, verifiers: Vec<Verifier>) -> Option<Wrap<W>> {
    let mut verifiers = verifiers.into_iter();
    let first = Stage::known(circuit.name().to_string(), verifiers.next()?);
    let shrinks = verifiers.enumerate().map(|(i, verifier)| {
        let stage = Stage::known(shrink_name(circuit.name(), i), verifier);
        Shrink { stage, targets: OnceLock::new() }
    });
    let shrinks = shrinks.collect();
    Some(Wrap { circuit, targets: OnceLock::new(), first, shrinks })
}

impl<W: WrapCircuit + Clone> CircuitSet<W> {
    /// The set from the cache; built and put there if it is missing, damaged, or not the pinned one. Circuits are
    /// loaded when they are first used.
    ///
    /// `pinned` is the set root that the repository promises, if it promises one: a set with another root is never
    /// returned.
    pub fn open(
        security: Security,
        wraps: Vec<W>,
        cache: &Cache,
        pinned: Option<Digest>,
    ) -> Result<Self, RecursionError> {
        let name = format!("{}-{}", security.name(), &fingerprint(security, &wraps)[..32]);
        let entry = cache.entry(&name)?;
        let lock = entry.lock()?;
        let promised = |set: &Self| pinned.is_none_or(|root| root == set.root());
        if let Some(set) = Self::restore(security, &wraps, cache.entry(&name)?).filter(promised) {
            return Ok(set);
        }
        tracing::info!(level = security.name(), "building circuits, this happens once");
        let set = Self::build_into(security, wraps, Some(cache.entry(&name)?))?;
        if let Some(pinned) = pinned.filter(|_| !promised(&set)) {
            return Err(RecursionError::PinMismatch { level: security.name(), found: set.root(), pinned });
        }
        set.write_keys(&entry)?;
        cache.trim(&entry)?;
        drop(lock);
        Ok(set)
    }

    fn restore(security: Security, wraps: &[W], entry: Entry) -> Option<Self> {
        let (verifiers, merge) = read_keys(&entry, wraps.len())?;
        let wraps = wraps.iter().cloned().zip(verifiers).map(|(wrap, keys)| known(wrap, keys));
        let wraps = wraps.collect::<Option<Vec<_>>>()?;
        Self::assemble(security, wraps, Stage::known("merge".to_string(), merge), Some(entry)).ok()
    }

    fn write_keys(&self, entry: &Entry) -> Result<(), RecursionError> {
        let mut out = Vec::new();
        for wrap in &self.wraps {
            out.extend((1 + wrap.shrinks.len() as u64).to_le_bytes());
            push(&mut out, &wrap.first)?;
            for shrink in &wrap.shrinks {
                push(&mut out, &shrink.stage)?;
            }
        }
        push(&mut out, &self.merge)?;
        entry.write(KEYS, &out)
    }
}
