//! The circuits of one security level: wraps, what shrinks them, and the merge, in one shape and under one root.

use std::sync::OnceLock;

use braid_verifier::Digest;
use plonky2::field::types::Field as _;

use super::cache::Entry;
use super::keys::{KeyTree, MAX_MEMBERS};
use super::layout::StatementTargets;
use super::merge::{self, MergeTargets};
use super::range::WrapCircuit;
use super::shape::{common_shape, draft, unite};
use super::shrink::{self, ShrinkTargets};
use super::stage::{Stage, get_or_make};
use super::{Builder, Circuit, CommonData, Field, Key, RecursionError, soundness};
use crate::stark::Security;

/// Most circuits that may stand between a wrap and the common shape.
const MAX_SHRINKS: usize = 3;

/// All circuits of one level. Circuits are in memory, in the cache, or built when they are needed; their keys are
/// always at hand.
pub struct CircuitSet<W: WrapCircuit> {
    pub(super) security: Security,
    pub(super) common: CommonData,
    pub(super) wraps: Vec<Wrap<W>>,
    pub(super) merge: Stage,
    pub(super) merge_targets: OnceLock<MergeTargets>,
    pub(super) tree: KeyTree,
    pub(super) entry: Option<Entry>,
}

/// A wrap and the circuits that bring it to the common shape; only the last of them is a member of the set.
pub(super) struct Wrap<W: WrapCircuit> {
    pub(super) circuit: W,
    pub(super) targets: OnceLock<(StatementTargets, W::Targets)>,
    pub(super) first: Stage,
    pub(super) shrinks: Vec<Shrink>,
}

/// A circuit that verifies the one before it.
pub(super) struct Shrink {
    pub(super) stage: Stage,
    pub(super) targets: OnceLock<ShrinkTargets>,
}

impl<W: WrapCircuit> Wrap<W> {
    /// The stage before shrink number `shrinks`.
    pub(super) fn stage_before(&self, shrinks: usize) -> &Stage {
        let last = shrinks.checked_sub(1).and_then(|last| self.shrinks.get(last));
        last.map_or(&self.first, |shrink| &shrink.stage)
    }

    fn stages(&self) -> impl Iterator<Item = &Stage> {
        [&self.first].into_iter().chain(self.shrinks.iter().map(|shrink| &shrink.stage))
    }

    pub(super) fn member(&self) -> &Stage {
        self.stage_before(self.shrinks.len())
    }
}

/// Name of the shrink after `shrinks` others.
pub(super) fn shrink_name(wrap: &str, shrinks: usize) -> String {
    format!("{wrap}-shrink{}", shrinks + 1)
}

pub(super) fn empty(security: Security) -> Builder {
    Builder::new(security.recursion().circuit_config())
}

/// The wrap's own constraints, the level's tag, and the public inputs.
pub(super) fn constrain_wrap<W: WrapCircuit>(
    security: Security,
    wrap: &W,
) -> Result<(Builder, (StatementTargets, W::Targets)), RecursionError> {
    let mut builder = empty(security);
    let (statement, targets) = wrap.constrain(&mut builder)?;
    let tag = builder.constant(Field::from_canonical_u64(security.tag()));
    builder.connect(statement.security, tag);
    statement.register(&mut builder);
    Ok((builder, (statement, targets)))
}

pub(super) fn constrain_shrink(security: Security, inner: &Stage) -> Result<(Builder, ShrinkTargets), RecursionError> {
    let mut builder = empty(security);
    let targets = shrink::constrain(&mut builder, &inner.verifier().verifier_only, &inner.verifier().common)?;
    Ok((builder, targets))
}

pub(super) fn constrain_merge(
    security: Security,
    common: &CommonData,
) -> Result<(Builder, MergeTargets), RecursionError> {
    let mut builder = empty(security);
    let targets = merge::constrain(&mut builder, common)?;
    Ok((builder, targets))
}

/// The shape of the set: that of the merge, with the gates of all wraps that fit its rows. Wraps that do not are
/// shrunk, and their gates need not be known to anybody else.
fn shape_of_set<W: WrapCircuit>(security: Security, wraps: &[W]) -> Result<CommonData, RecursionError> {
    let config = security.recursion().circuit_config();
    let alone = common_shape(&config, &[])?;
    let mut gates = Vec::new();
    for wrap in wraps {
        let drafted = draft(constrain_wrap(security, wrap)?.0);
        // Before minutes are spent on building it.
        soundness::check(security, &drafted)?;
        if drafted.degree_bits() <= alone.degree_bits() {
            unite(&mut gates, &drafted.gates);
        }
    }
    common_shape(&config, &gates)
}

impl<W: WrapCircuit> CircuitSet<W> {
    /// Builds every circuit and keeps it in memory: seconds at `Insecure`, minutes and gigabytes at `Provable100`.
    pub fn build(security: Security, wraps: Vec<W>) -> Result<Self, RecursionError> {
        Self::build_into(security, wraps, None)
    }

    /// Builds every circuit. With an entry of a cache it goes there and not into memory.
    pub(super) fn build_into(security: Security, wraps: Vec<W>, entry: Option<Entry>) -> Result<Self, RecursionError> {
        if wraps.is_empty() || wraps.len() >= MAX_MEMBERS {
            return Err(RecursionError::Members { count: wraps.len() + 1 });
        }
        let common = shape_of_set(security, &wraps)?;
        let wraps = wraps
            .into_iter()
            .map(|wrap| Self::build_wrap(security, &common, wrap, entry.as_ref()))
            .collect::<Result<Vec<_>, _>>()?;
        let (builder, targets) = constrain_merge(security, &common)?;
        let merge = Stage::build("merge".to_string(), builder, &common, entry.as_ref())?;
        let set = Self::assemble(security, wraps, merge, entry)?;
        // Just created, so it is empty.
        drop(set.merge_targets.set(targets));
        Ok(set)
    }

    /// Puts circuits together, and makes sure that all members have the shape of the merge.
    pub(super) fn assemble(
        security: Security,
        wraps: Vec<Wrap<W>>,
        merge: Stage,
        entry: Option<Entry>,
    ) -> Result<Self, RecursionError> {
        let common = merge.verifier().common.clone();
        let members = || wraps.iter().map(Wrap::member).chain([&merge]);
        if let Some(stage) = members().find(|stage| stage.verifier().common != common) {
            return Err(RecursionError::ShapeMismatch { name: stage.name().to_string() });
        }
        let inner = wraps.iter().flat_map(|wrap| wrap.shrinks.iter().map(|shrink| &shrink.stage).chain([&wrap.first]));
        for stage in inner.chain([&merge]) {
            soundness::check(security, &stage.verifier().common)?;
        }
        let keys: Vec<&Key> = members().map(|stage| &stage.verifier().verifier_only).collect();
        let tree = KeyTree::new(&keys)?;
        Ok(Self { security, common, wraps, merge, merge_targets: OnceLock::new(), tree, entry })
    }

    fn build_wrap(
        security: Security,
        common: &CommonData,
        circuit: W,
        entry: Option<&Entry>,
    ) -> Result<Wrap<W>, RecursionError> {
        let (builder, targets) = constrain_wrap(security, &circuit)?;
        let first = Stage::build(circuit.name().to_string(), builder, common, entry)?;
        let mut wrap = Wrap { circuit, targets: OnceLock::from(targets), first, shrinks: Vec::new() };
        while wrap.member().verifier().common != *common {
            let name = shrink_name(wrap.circuit.name(), wrap.shrinks.len());
            if wrap.shrinks.len() == MAX_SHRINKS {
                return Err(RecursionError::DoesNotShrink { name });
            }
            let (builder, targets) = constrain_shrink(security, wrap.member())?;
            let stage = Stage::build(name, builder, common, entry)?;
            wrap.shrinks.push(Shrink { stage, targets: OnceLock::from(targets) });
        }
        Ok(wrap)
    }

    /// The level of the set.
    pub fn security(&self) -> Security {
        self.security
    }

    /// The set root: what every proof of the set carries, and what its verifier compares.
    pub fn root(&self) -> Digest {
        self.tree.root()
    }

    /// The shape of all members.
    pub fn common(&self) -> &CommonData {
        &self.common
    }

    /// The members in the order of the tree of keys: the wraps, then the merge.
    pub fn members(&self) -> impl Iterator<Item = &Stage> {
        self.wraps.iter().map(Wrap::member).chain([&self.merge])
    }

    /// Circuits that stand between a wrap's input and its member, the wrap itself first. None for a wrap that does not
    /// exist.
    pub fn wrap_stages(&self, wrap: usize) -> impl Iterator<Item = &Stage> {
        self.wraps.get(wrap).into_iter().flat_map(Wrap::stages)
    }

    /// Every circuit: each wrap and its shrinks, then the merge.
    pub fn stages(&self) -> impl Iterator<Item = &Stage> {
        self.wraps.iter().flat_map(Wrap::stages).chain([&self.merge])
    }

    /// Member number `index`.
    pub fn member(&self, index: usize) -> Result<&Stage, RecursionError> {
        self.members().nth(index).ok_or(RecursionError::NoSuchMember { index })
    }

    /// Number of the member that merges.
    pub fn merge_index(&self) -> usize {
        self.wraps.len()
    }

    pub(super) fn wrap(&self, index: usize) -> Result<&Wrap<W>, RecursionError> {
        self.wraps.get(index).ok_or(RecursionError::NoSuchMember { index })
    }

    /// The circuit of a wrap and where its input goes.
    pub(super) fn wrap_circuit<'a>(
        &'a self,
        wrap: &'a Wrap<W>,
    ) -> Result<(&'a Circuit, &'a (StatementTargets, W::Targets)), RecursionError> {
        let recipe = || constrain_wrap(self.security, &wrap.circuit);
        let circuit = wrap.first.circuit(self.entry.as_ref(), &self.common, || Ok(recipe()?.0))?;
        Ok((circuit, get_or_make(&wrap.targets, || Ok(recipe()?.1))?))
    }

    /// The circuit of a wrap's shrink number `index` and where the inner proof goes.
    pub(super) fn shrink_circuit<'a>(
        &'a self,
        wrap: &'a Wrap<W>,
        index: usize,
    ) -> Result<(&'a Circuit, &'a ShrinkTargets), RecursionError> {
        let shrink = wrap.shrinks.get(index).ok_or(RecursionError::NoSuchMember { index })?;
        let recipe = || constrain_shrink(self.security, wrap.stage_before(index));
        let circuit = shrink.stage.circuit(self.entry.as_ref(), &self.common, || Ok(recipe()?.0))?;
        Ok((circuit, get_or_make(&shrink.targets, || Ok(recipe()?.1))?))
    }

    /// The merge circuit and where its children go.
    pub(super) fn merge_circuit(&self) -> Result<(&Circuit, &MergeTargets), RecursionError> {
        let recipe = || constrain_merge(self.security, &self.common);
        let circuit = self.merge.circuit(self.entry.as_ref(), &self.common, || Ok(recipe()?.0))?;
        Ok((circuit, get_or_make(&self.merge_targets, || Ok(recipe()?.1))?))
    }
}
