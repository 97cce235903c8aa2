//! One circuit of a set: its key at all times, the circuit itself once somebody proves with it.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use plonky2::plonk::circuit_data::VerifierCircuitData;
use plonky2::util::serialization::{DefaultGateSerializer, DefaultGeneratorSerializer};

use super::cache::Entry;
use super::shape::{build_in_shape, fits};
use super::{Builder, Circuit, CommonData, Config, D, Field, RecursionError};

/// Key and shape of a circuit.
pub type Verifier = VerifierCircuitData<Field, Config, D>;

/// A circuit of a set.
pub struct Stage {
    name: String,
    verifier: Verifier,
    circuit: OnceLock<Circuit>,
    loading: Mutex<()>,
}

fn generators() -> DefaultGeneratorSerializer<Config, D> {
    DefaultGeneratorSerializer::default()
}

/// In the common shape if it fits, else in a larger one of its own.
fn build(builder: Builder, common: &CommonData, name: &str) -> Result<Circuit, RecursionError> {
    let start = Instant::now();
    let circuit =
        if fits(&builder, common) { build_in_shape(builder, common, name)? } else { builder.build::<Config>() };
    let degree_bits = circuit.common.degree_bits();
    tracing::info!(name, degree_bits, elapsed_ms = start.elapsed().as_millis() as u64, "circuit built");
    Ok(circuit)
}

impl Stage {
    /// Builds a circuit. With a cache it is written there and leaves memory until it is needed.
    pub(super) fn build(
        name: String,
        builder: Builder,
        common: &CommonData,
        entry: Option<&Entry>,
    ) -> Result<Self, RecursionError> {
        let circuit = build(builder, common, &name)?;
        let stage = Self::known(name, circuit.verifier_data());
        match entry {
            Some(entry) => stage.save(&circuit, entry)?,
            // Just created, so it is empty.
            None => drop(stage.circuit.set(circuit)),
        }
        Ok(stage)
    }

    /// A circuit of which only the key is at hand.
    pub(super) fn known(name: String, verifier: Verifier) -> Self {
        Self { name, verifier, circuit: OnceLock::new(), loading: Mutex::new(()) }
    }

    /// Name of the circuit: the wrap's, followed by the number of the shrink, or `merge`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Key and shape.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    fn save(&self, circuit: &Circuit, entry: &Entry) -> Result<(), RecursionError> {
        let bytes = circuit
            .to_bytes(&DefaultGateSerializer, &generators())
            .map_err(|_| RecursionError::Serialization { name: self.name.clone() })?;
        entry.write(&self.name, &bytes)
    }

    /// The circuit in the cache, if it is whole and the one that this key belongs to.
    fn load(&self, entry: &Entry) -> Option<Circuit> {
        let bytes = entry.read(&self.name)?;
        let circuit = Circuit::from_bytes(&bytes, &DefaultGateSerializer, &generators()).ok()?;
        let same = circuit.verifier_only == self.verifier.verifier_only
            && circuit.common == self.verifier.common
            && circuit.prover_only.circuit_digest == self.verifier.verifier_only.circuit_digest;
        same.then_some(circuit)
    }

    /// What proving needs: from memory, from the cache, or built from `recipe`.
    pub(super) fn circuit(
        &self,
        entry: Option<&Entry>,
        common: &CommonData,
        recipe: impl FnOnce() -> Result<Builder, RecursionError>,
    ) -> Result<&Circuit, RecursionError> {
        // The lock guards no data: it only keeps two threads from loading the same circuit.
        let _guard = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(circuit) = self.circuit.get() {
            return Ok(circuit);
        }
        let circuit = match entry.and_then(|entry| self.load(entry)) {
            Some(circuit) => circuit,
            None => self.make(entry, common, recipe)?,
        };
        Ok(self.circuit.get_or_init(|| circuit))
    }

    /// Makes sure that the circuit is in memory or in the cache.
    pub(super) fn prepare(
        &self,
        entry: &Entry,
        common: &CommonData,
        recipe: impl FnOnce() -> Result<Builder, RecursionError>,
    ) -> Result<(), RecursionError> {
        if self.circuit.get().is_none() && !entry.has(&self.name) {
            self.make(Some(entry), common, recipe)?;
        }
        Ok(())
    }

    /// Builds the circuit that the key belongs to and puts it into the cache, unless another process does so meanwhile.
    fn make(
        &self,
        entry: Option<&Entry>,
        common: &CommonData,
        recipe: impl FnOnce() -> Result<Builder, RecursionError>,
    ) -> Result<Circuit, RecursionError> {
        let _lock = entry.map(Entry::lock).transpose()?;
        if let Some(circuit) = entry.and_then(|entry| self.load(entry)) {
            return Ok(circuit);
        }
        tracing::info!(name = self.name, "building a circuit that is not in the cache");
        let circuit = build(recipe()?, common, &self.name)?;
        if circuit.verifier_data() != self.verifier {
            return Err(RecursionError::StaleSet { name: self.name.clone() });
        }
        if let Some(entry) = entry {
            self.save(&circuit, entry)?;
        }
        Ok(circuit)
    }
}

/// The value of a cell, made if it is empty.
pub(super) fn get_or_make<T>(
    cell: &OnceLock<T>,
    make: impl FnOnce() -> Result<T, RecursionError>,
) -> Result<&T, RecursionError> {
    match cell.get() {
        Some(value) => Ok(value),
        None => {
            let value = make()?;
            Ok(cell.get_or_init(|| value))
        }
    }
}
