//! A circuit set whose keys are known, from the repository or from the cache. Its circuits are built once somebody proves with them.

use std::sync::OnceLock;

use braid_verifier::Digest;
use plonky2::util::serialization::DefaultGateSerializer;

use super::RecursionError;
use super::cache::{Cache, Entry};
use super::pins::digest_of;
use super::range::WrapCircuit;
use super::set::{CircuitSet, Shrink, Wrap, constrain_merge, constrain_shrink, constrain_wrap, shrink_name};
use super::stage::{Stage, Verifier};
use crate::stark::Security;

/// File with the keys and shapes of all circuits of a set.
const KEYS: &str = "keys";

/// What the repository promises of a set.
#[derive(Clone, Copy, Debug)]
pub struct Pinned<'a> {
    /// The root: a set with another one is never returned.
    pub root: Digest,
    /// Keys and shapes of all circuits ([`CircuitSet::keys`]). With them a set is there before any circuit is built.
    pub keys: &'a [u8],
}

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

fn read_keys(content: &[u8], wraps: usize) -> Option<Verifiers> {
    let bytes = &mut &*content;
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
    /// The set. With pinned keys nothing is built: circuits are loaded from the cache, if there is one, or built, when they are first used or
    /// [prepared](Self::prepare). Without, keys and circuits are in the cache, or are built and put there.
    ///
    /// # Errors
    /// If the cache fails, a circuit cannot be built, or the set that was built is not the pinned one.
    pub fn open(
        security: Security,
        wraps: Vec<W>,
        cache: Option<&Cache>,
        pinned: Option<Pinned<'_>>,
    ) -> Result<Self, RecursionError> {
        let name = format!("{}-{}", security.name(), &fingerprint(security, &wraps)[..32]);
        let place = || cache.map(|cache| cache.entry(&name));
        if let Some(Pinned { root, keys }) = pinned {
            match Self::restore(security, &wraps, keys, place()) {
                Some(set) if set.root() == root => return Ok(set),
                _ => tracing::warn!(level = security.name(), "the pinned keys are not those of the circuits"),
            }
        }
        let entry = place();
        let _lock = entry.as_ref().map(Entry::lock).transpose()?;
        let keys = entry.as_ref().and_then(|entry| entry.read(KEYS));
        let known = keys.and_then(|keys| Self::restore(security, &wraps, &keys, place()));
        if let Some(set) = known.filter(|set| pinned.is_none_or(|pinned| pinned.root == set.root())) {
            return Ok(set);
        }
        tracing::info!(level = security.name(), "building circuits, this happens once");
        let set = Self::build_into(security, wraps, place())?;
        if let Some(Pinned { root, .. }) = pinned.filter(|pinned| pinned.root != set.root()) {
            return Err(RecursionError::PinMismatch { level: security.name(), found: set.root(), pinned: root });
        }
        if let Some(entry) = entry {
            entry.write(KEYS, &set.keys()?)?;
            entry.trim()?;
        }
        Ok(set)
    }

    fn restore(security: Security, wraps: &[W], keys: &[u8], entry: Option<Entry>) -> Option<Self> {
        let (verifiers, merge) = read_keys(keys, wraps.len())?;
        let wraps = wraps.iter().cloned().zip(verifiers).map(|(wrap, keys)| known(wrap, keys));
        let wraps = wraps.collect::<Option<Vec<_>>>()?;
        Self::assemble(security, wraps, Stage::known("merge".to_string(), merge), entry).ok()
    }
}

impl<W: WrapCircuit> CircuitSet<W> {
    /// Keys and shapes of all circuits, in the form that [`Self::open`] reads.
    ///
    /// # Errors
    /// If plonky2 cannot write one.
    pub fn keys(&self) -> Result<Vec<u8>, RecursionError> {
        let mut out = Vec::new();
        for wrap in &self.wraps {
            out.extend((1 + wrap.shrinks.len() as u64).to_le_bytes());
            push(&mut out, &wrap.first)?;
            for shrink in &wrap.shrinks {
                push(&mut out, &shrink.stage)?;
            }
        }
        push(&mut out, &self.merge)?;
        Ok(out)
    }

    /// Builds the circuits of these wraps, and of merges if there will be any, as far as they are neither in memory nor in the cache. They
    /// go to the cache and not into memory.
    ///
    /// # Errors
    /// If there is no such wrap, a circuit cannot be built, or it is not the one that its key belongs to.
    pub fn prepare(&self, wraps: &[usize], merges: bool) -> Result<(), RecursionError> {
        let Some(entry) = &self.entry else { return Ok(()) };
        for &index in wraps {
            let wrap = self.wrap(index)?;
            let recipe = || Ok(constrain_wrap(self.security, &wrap.circuit)?.0);
            wrap.first.prepare(entry, &self.common, recipe)?;
            for (number, shrink) in wrap.shrinks.iter().enumerate() {
                let recipe = || Ok(constrain_shrink(self.security, wrap.stage_before(number))?.0);
                shrink.stage.prepare(entry, &self.common, recipe)?;
            }
        }
        if merges {
            self.merge.prepare(entry, &self.common, || Ok(constrain_merge(self.security, &self.common)?.0))?;
        }
        entry.trim()
    }
}
