//! The circuits of one security level: wraps, what shrinks them, and the merge, in one shape and under one root.

use braid_verifier::Digest;
use plonky2::field::types::Field as _;
use plonky2::plonk::circuit_data::VerifierCircuitData;

use super::keys::{KeyTree, MAX_MEMBERS};
use super::layout::StatementTargets;
use super::merge::{self, MergeTargets};
use super::range::WrapCircuit;
use super::shape::{build_in_shape, common_shape, draft, fits, unite};
use super::shrink::{self, ShrinkTargets};
use super::{Builder, Circuit, CommonData, Config, D, Field, Key, RecursionError};
use crate::stark::Security;

/// Most circuits that may stand between a wrap and the common shape.
const MAX_SHRINKS: usize = 3;

/// One built circuit.
pub struct Stage {
    name: String,
    verifier: VerifierCircuitData<Field, Config, D>,
    circuit: Circuit,
}

impl Stage {
    fn of(name: String, circuit: Circuit) -> Self {
        let verifier = circuit.verifier_data();
        Self { name, verifier, circuit }
    }

    /// Name of the circuit: the wrap's, followed by the number of the shrink, or `merge`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Key and shape.
    pub fn verifier(&self) -> &VerifierCircuitData<Field, Config, D> {
        &self.verifier
    }

    /// What proving needs.
    pub fn circuit(&self) -> &Circuit {
        &self.circuit
    }
}

/// All circuits of one level.
pub struct CircuitSet<W: WrapCircuit> {
    security: Security,
    pub(super) common: CommonData,
    pub(super) wraps: Vec<Wrap<W>>,
    pub(super) merge: Stage,
    pub(super) merge_targets: MergeTargets,
    pub(super) tree: KeyTree,
}

/// A wrap and the circuits that bring it to the common shape; only the last of its stages is a member of the set.
pub(super) struct Wrap<W: WrapCircuit> {
    pub(super) circuit: W,
    pub(super) statement: StatementTargets,
    pub(super) targets: W::Targets,
    pub(super) first: Stage,
    pub(super) shrinks: Vec<(Stage, ShrinkTargets)>,
}

impl<W: WrapCircuit> Wrap<W> {
    fn member(&self) -> &Stage {
        self.shrinks.last().map_or(&self.first, |(stage, _)| stage)
    }
}

fn empty(security: Security) -> Builder {
    Builder::new(security.recursion().circuit_config())
}

impl<W: WrapCircuit> CircuitSet<W> {
    /// Builds every circuit: seconds at `Insecure`, minutes at `Provable100`.
    pub fn build(security: Security, wraps: Vec<W>) -> Result<Self, RecursionError> {
        if wraps.is_empty() || wraps.len() >= MAX_MEMBERS {
            return Err(RecursionError::Members { count: wraps.len() + 1 });
        }
        let mut gates = Vec::new();
        for wrap in &wraps {
            let (builder, _, _) = Self::constrain_wrap(security, wrap)?;
            unite(&mut gates, &draft(builder).gates);
        }
        let common = common_shape(&security.recursion().circuit_config(), &gates)?;
        let wraps =
            wraps.into_iter().map(|wrap| Self::build_wrap(security, &common, wrap)).collect::<Result<Vec<_>, _>>()?;

        let mut builder = empty(security);
        let merge_targets = merge::constrain(&mut builder, &common)?;
        let merge = Stage::of("merge".to_string(), build_in_shape(builder, &common, "merge")?);
        let members = wraps.iter().map(Wrap::member).chain([&merge]);
        let keys: Vec<&Key> = members.map(|stage| &stage.verifier.verifier_only).collect();
        let tree = KeyTree::new(&keys)?;
        Ok(Self { security, common, wraps, merge, merge_targets, tree })
    }

    fn build_wrap(security: Security, common: &CommonData, circuit: W) -> Result<Wrap<W>, RecursionError> {
        let (builder, statement, targets) = Self::constrain_wrap(security, &circuit)?;
        let first = Self::build_stage(builder, common, circuit.name().to_string())?;
        let mut wrap = Wrap { circuit, statement, targets, first, shrinks: Vec::new() };
        while wrap.member().verifier.common != *common {
            let name = format!("{}-shrink{}", wrap.circuit.name(), wrap.shrinks.len() + 1);
            if wrap.shrinks.len() == MAX_SHRINKS {
                return Err(RecursionError::DoesNotShrink { name });
            }
            let mut builder = empty(security);
            let inner = &wrap.member().verifier;
            let targets = shrink::constrain(&mut builder, &inner.verifier_only, &inner.common)?;
            let stage = Self::build_stage(builder, common, name)?;
            wrap.shrinks.push((stage, targets));
        }
        Ok(wrap)
    }

    /// The wrap's own constraints, the level's tag, and the public inputs.
    fn constrain_wrap(security: Security, wrap: &W) -> Result<(Builder, StatementTargets, W::Targets), RecursionError> {
        let mut builder = empty(security);
        let (statement, targets) = wrap.constrain(&mut builder)?;
        let tag = builder.constant(Field::from_canonical_u64(security.tag()));
        builder.connect(statement.security, tag);
        statement.register(&mut builder);
        Ok((builder, statement, targets))
    }

    /// In the common shape if it fits, else in a larger one of its own.
    fn build_stage(builder: Builder, common: &CommonData, name: String) -> Result<Stage, RecursionError> {
        let circuit =
            if fits(&builder, common) { build_in_shape(builder, common, &name)? } else { builder.build::<Config>() };
        Ok(Stage::of(name, circuit))
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

    /// Shapes of the circuits that stand between a wrap's input and its member, the wrap itself first.
    pub fn wrap_stages(&self, wrap: usize) -> impl Iterator<Item = &Stage> {
        let wrap = self.wraps.get(wrap);
        wrap.into_iter().flat_map(|wrap| [&wrap.first].into_iter().chain(wrap.shrinks.iter().map(|(stage, _)| stage)))
    }

    /// The members in the order of the tree of keys: the wraps, then the merge.
    pub fn members(&self) -> impl Iterator<Item = &Stage> {
        self.wraps.iter().map(Wrap::member).chain([&self.merge])
    }

    pub(super) fn member(&self, index: usize) -> Result<&Stage, RecursionError> {
        self.members().nth(index).ok_or(RecursionError::NoSuchMember { index })
    }
}
