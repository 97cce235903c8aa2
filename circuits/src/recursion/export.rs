//! What leaves this crate for the verifier: keys of circuit sets, and proof files.

use braid_verifier::key::{KeyError, MemberKey, Shape};
use braid_verifier::{CircuitSetKey, Digest, Gate, ProofFile};
use plonky2::field::types::PrimeField64;
use plonky2::gates::arithmetic_base::ArithmeticGate;
use plonky2::gates::arithmetic_extension::ArithmeticExtensionGate;
use plonky2::gates::base_sum::BaseSumGate;
use plonky2::gates::constant::ConstantGate;
use plonky2::gates::coset_interpolation::CosetInterpolationGate;
use plonky2::gates::exponentiation::ExponentiationGate;
use plonky2::gates::multiplication_extension::MulExtensionGate;
use plonky2::gates::noop::NoopGate;
use plonky2::gates::poseidon::PoseidonGate;
use plonky2::gates::poseidon_mds::PoseidonMdsGate;
use plonky2::gates::public_input::PublicInputGate;
use plonky2::gates::random_access::RandomAccessGate;
use plonky2::gates::reducing::ReducingGate;
use plonky2::gates::reducing_extension::ReducingExtensionGate;
use plonky2::util::serialization::{Buffer, IoResult, Read, Write};

use super::layout::digest_from_hash;
use super::range::{RangeProof, WrapCircuit};
use super::set::CircuitSet;
use super::shape;
use super::{CommonData, D, Field, Key};

/// Why a circuit set has no key for the verifier.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A gate that the verifier does not implement.
    #[error("the verifier does not know the gate {id}")]
    Gate {
        /// plonky2's description of it.
        id: String,
    },
    /// Lookup tables, zero knowledge, or numbers that plonky2 and the verifier derive differently.
    #[error("the verifier does not support circuits of this shape: {what}")]
    Shape {
        /// What it does not support.
        what: &'static str,
    },
    /// The verifier refuses the key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// The verifier's name for a gate.
fn gate(gate: &shape::Gate) -> Result<Gate, ExportError> {
    let any = gate.0.as_any();
    let known = if any.is::<NoopGate>() {
        Gate::Noop
    } else if any.is::<ConstantGate>() {
        Gate::Constant { count: gate.0.num_constants() }
    } else if any.is::<PublicInputGate>() {
        Gate::PublicInput
    } else if let Some(gate) = any.downcast_ref::<ArithmeticGate>() {
        Gate::Arithmetic { operations: gate.num_ops }
    } else if let Some(gate) = any.downcast_ref::<ArithmeticExtensionGate<D>>() {
        Gate::ArithmeticExtension { operations: gate.num_ops }
    } else if let Some(gate) = any.downcast_ref::<MulExtensionGate<D>>() {
        Gate::MulExtension { operations: gate.num_ops }
    } else if let Some(gate) = any.downcast_ref::<BaseSumGate<2>>() {
        Gate::BaseSum { limbs: gate.num_limbs }
    } else if let Some(gate) = any.downcast_ref::<ReducingGate<D>>() {
        Gate::Reducing { coefficients: gate.num_coeffs }
    } else if let Some(gate) = any.downcast_ref::<ReducingExtensionGate<D>>() {
        Gate::ReducingExtension { coefficients: gate.num_coeffs }
    } else if let Some(gate) = any.downcast_ref::<RandomAccessGate<Field, D>>() {
        Gate::RandomAccess { bits: gate.bits, copies: gate.num_copies, extra_constants: gate.num_extra_constants }
    } else if let Some(gate) = any.downcast_ref::<ExponentiationGate<Field, D>>() {
        Gate::Exponentiation { bits: gate.num_power_bits }
    } else if any.is::<PoseidonGate<Field, D>>() {
        Gate::Poseidon
    } else if any.is::<PoseidonMdsGate<Field, D>>() {
        Gate::PoseidonMds
    } else if let Some(gate) = any.downcast_ref::<CosetInterpolationGate<Field, D>>() {
        Gate::CosetInterpolation { subgroup_bits: gate.subgroup_bits, degree: gate.degree }
    } else {
        return Err(ExportError::Gate { id: gate.0.id() });
    };
    Ok(known)
}

/// Sizes of the groups of gates that share a selector. plonky2 keeps them private but writes them out.
fn groups(common: &CommonData) -> IoResult<Vec<usize>> {
    let mut bytes = Vec::new();
    bytes.write_selectors_info(&common.selectors_info)?;
    let mut buffer = Buffer::new(&bytes);
    buffer.read_usize_vec()?;
    (0..buffer.read_usize()?)
        .map(|_| {
            let start = buffer.read_usize()?;
            Ok(buffer.read_usize()?.saturating_sub(start))
        })
        .collect()
}

/// The shape as the verifier describes it.
pub fn export_shape(common: &CommonData) -> Result<Shape, ExportError> {
    let unsupported = |what| Err(ExportError::Shape { what });
    if common.num_lookup_polys != 0 || common.num_lookup_selectors != 0 || !common.luts.is_empty() {
        return unsupported("lookup tables");
    }
    if common.fri_params.hiding || common.config.zero_knowledge {
        return unsupported("zero knowledge");
    }
    let Ok(groups) = groups(common) else { return unsupported("selectors") };
    let fri = &common.config.fri_config;
    let strategy: Vec<Field> = fri.reduction_strategy.serialize();
    let shape = Shape {
        degree_bits: common.degree_bits(),
        rate_bits: fri.rate_bits,
        cap_height: fri.cap_height,
        grinding_bits: fri.proof_of_work_bits as usize,
        queries: fri.num_query_rounds,
        folding_strategy: strategy.iter().map(PrimeField64::to_canonical_u64).collect(),
        folds: common.fri_params.reduction_arity_bits.clone(),
        challenges: common.config.num_challenges,
        wires: common.config.num_wires,
        routed_wires: common.config.num_routed_wires,
        constants: common.num_constants,
        quotient_pieces: common.quotient_degree_factor,
        gates: common.gates.iter().map(gate).collect::<Result<_, _>>()?,
        groups,
    };
    if shape.partial_products() != common.num_partial_products {
        return unsupported("partial products");
    }
    let factors = shape.identity_factors().map(|factor| factor.value());
    if !factors.eq(common.k_is.iter().map(PrimeField64::to_canonical_u64)) {
        return unsupported("identity permutation");
    }
    Ok(shape)
}

pub(super) fn member(key: &Key) -> MemberKey {
    MemberKey {
        digest: digest_from_hash(&key.circuit_digest),
        cap: key.constants_sigmas_cap.0.iter().map(digest_from_hash).collect(),
    }
}

impl<W: WrapCircuit> CircuitSet<W> {
    /// The key under which the verifier checks proofs of this set. `programs_root` is that of the built-in programs.
    pub fn verifier_key(&self, programs_root: Digest) -> Result<CircuitSetKey, ExportError> {
        let members = self.members().map(|stage| member(&stage.verifier().verifier_only)).collect();
        Ok(CircuitSetKey::new(self.security().into(), export_shape(self.common())?, members, programs_root)?)
    }
}

impl RangeProof {
    /// The proof file of this range. `notes` are not authenticated: anybody can replace them.
    pub fn to_file(&self, notes: &[u8]) -> Vec<u8> {
        let file = ProofFile {
            level: self.statement.security,
            // A set has at most eight members.
            member: self.member as u32,
            set_root: self.statement.set_root,
            statement: self.statement,
            proof: &self.proof.to_bytes(),
            notes,
        };
        file.to_bytes()
    }
}
