//! Verification keys: one [`CircuitSetKey`] for each security level.
//!
//! Keys are generated with the circuits and built into this crate as bytes (`verifier/keys/*.key`). They are the root
//! of all trust in a proof, so a change of one is a change of what this crate accepts.

mod shape;

use std::sync::OnceLock;

use crate::bytes::{ReadError, Reader, put_digest, put_u32, put_u64};
use crate::field::{Goldilocks, MODULUS};
use crate::gates::Gate;
use crate::level::SecurityLevel;
use crate::poseidon::{Hash, hash, two_to_one};
use crate::statement::Digest;

pub use shape::Shape;

/// One circuit of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberKey {
    /// plonky2's circuit digest.
    pub digest: Digest,
    /// Commitment to the constants and the permutation.
    pub cap: Vec<Digest>,
}

/// The circuits of one security level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitSetKey {
    level: SecurityLevel,
    shape: Shape,
    members: Vec<MemberKey>,
    programs_root: Digest,
    set_root: Digest,
}

/// Why bytes or parts are no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Too short, too long, or not of this format.
    #[error("not a verification key, or of another version")]
    Format,
    /// Numbers that do not fit together.
    #[error("the numbers of the key's shape contradict each other")]
    Shape,
    /// No member, more than eight, or one whose cap does not fit the shape.
    #[error("the members of the key do not fit its shape")]
    Members,
}

const MAGIC: &[u8; 8] = b"BRAIDKEY";
const VERSION: u32 = 1;
/// The tree of keys has this depth in every set.
const SET_DEPTH: usize = 3;

impl From<ReadError> for KeyError {
    fn from(_: ReadError) -> Self {
        Self::Format
    }
}

impl CircuitSetKey {
    /// A key of these parts. `programs_root` is that of the built-in programs. The set root is computed here.
    pub fn new(
        level: SecurityLevel,
        shape: Shape,
        members: Vec<MemberKey>,
        programs_root: Digest,
    ) -> Result<Self, KeyError> {
        if !shape.is_consistent() {
            return Err(KeyError::Shape);
        }
        let canonical = |digest: &Digest| digest.iter().all(|&element| element < MODULUS);
        let fits = |member: &MemberKey| {
            member.cap.len() == 1 << shape.cap_height && canonical(&member.digest) && member.cap.iter().all(canonical)
        };
        if !(1..=1 << SET_DEPTH).contains(&members.len()) || !members.iter().all(fits) || !canonical(&programs_root) {
            return Err(KeyError::Members);
        }
        let set_root = set_root(&members).ok_or(KeyError::Members)?;
        Ok(Self { level, shape, members, programs_root, set_root })
    }

    /// The level whose circuits these are.
    pub fn level(&self) -> SecurityLevel {
        self.level
    }

    /// The shape of all members.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The members, in the order of the tree of keys.
    pub fn members(&self) -> &[MemberKey] {
        &self.members
    }

    /// Programs root of the built-in programs.
    pub fn programs_root(&self) -> Digest {
        self.programs_root
    }

    /// Root of the tree over the members' keys.
    pub fn set_root(&self) -> Digest {
        self.set_root
    }

    /// The form in which keys are kept in files.
    pub fn to_bytes(&self) -> Vec<u8> {
        let shape = &self.shape;
        let mut out = MAGIC.to_vec();
        put_u32(&mut out, VERSION);
        put_u32(&mut out, self.level.tag() as u32);
        put_digest(&mut out, &self.programs_root);
        let numbers = [
            shape.degree_bits,
            shape.rate_bits,
            shape.cap_height,
            shape.grinding_bits,
            shape.queries,
            shape.challenges,
            shape.wires,
            shape.routed_wires,
            shape.constants,
            shape.quotient_pieces,
        ];
        // A consistent shape has only small numbers.
        numbers.iter().for_each(|&number| put_u32(&mut out, number as u32));
        put_u32(&mut out, shape.folding_strategy.len() as u32);
        shape.folding_strategy.iter().for_each(|&element| put_u64(&mut out, element));
        for list in [&shape.folds, &shape.groups] {
            put_u32(&mut out, list.len() as u32);
            list.iter().for_each(|&number| put_u32(&mut out, number as u32));
        }
        put_u32(&mut out, shape.gates.len() as u32);
        for gate in &shape.gates {
            gate.encode().into_iter().for_each(|number| put_u32(&mut out, number));
        }
        put_u32(&mut out, self.members.len() as u32);
        for member in &self.members {
            put_digest(&mut out, &member.digest);
            member.cap.iter().for_each(|digest| put_digest(&mut out, digest));
        }
        out
    }

    /// Reads what [`Self::to_bytes`] wrote, and nothing else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let reader = &mut Reader::new(bytes);
        if reader.bytes(MAGIC.len())? != MAGIC || reader.u32()? != VERSION {
            return Err(KeyError::Format);
        }
        let level = SecurityLevel::from_tag(u64::from(reader.u32()?)).ok_or(KeyError::Format)?;
        let programs_root = digest(reader)?;
        let mut number = || reader.u32().map(|number| number as usize);
        let shape = Shape {
            degree_bits: number()?,
            rate_bits: number()?,
            cap_height: number()?,
            grinding_bits: number()?,
            queries: number()?,
            challenges: number()?,
            wires: number()?,
            routed_wires: number()?,
            constants: number()?,
            quotient_pieces: number()?,
            folding_strategy: list(reader, |reader| Ok(reader.u64()?))?,
            folds: list(reader, |reader| Ok(reader.u32()? as usize))?,
            groups: list(reader, |reader| Ok(reader.u32()? as usize))?,
            gates: list(reader, gate)?,
        };
        if !shape.is_consistent() {
            return Err(KeyError::Shape);
        }
        let members = list(reader, |reader| {
            let digest = digest(reader)?;
            let cap = reader.hashes(1 << shape.cap_height)?;
            Ok(MemberKey { digest, cap: cap.into_iter().map(|hash| hash.map(Goldilocks::value)).collect() })
        })?;
        if !reader.is_empty() {
            return Err(KeyError::Format);
        }
        Self::new(level, shape, members, programs_root)
    }

    /// The key of this level that is built into this crate, if its circuits are pinned.
    pub fn built_in(level: SecurityLevel) -> Option<&'static Self> {
        static KEYS: OnceLock<[Option<CircuitSetKey>; 3]> = OnceLock::new();
        const BYTES: [&[u8]; 3] = [
            include_bytes!("../../keys/insecure.key"),
            include_bytes!("../../keys/conjectured-100.key"),
            include_bytes!("../../keys/provable-100.key"),
        ];
        // A file without circuits is empty; tests read the others.
        let keys = KEYS.get_or_init(|| BYTES.map(|bytes| Self::from_bytes(bytes).ok()));
        keys.iter().flatten().find(|key| key.level == level)
    }
}

fn digest(reader: &mut Reader<'_>) -> Result<Digest, KeyError> {
    Ok(reader.hash()?.map(Goldilocks::value))
}

fn gate(reader: &mut Reader<'_>) -> Result<Gate, KeyError> {
    let numbers = [reader.u32()?, reader.u32()?, reader.u32()?, reader.u32()?];
    let gate = Gate::decode(numbers).ok_or(KeyError::Format)?;
    // Parameters that the kind does not have must be 0, so that a key has one form only.
    if gate.encode() == numbers { Ok(gate) } else { Err(KeyError::Format) }
}

/// A counted list. No list of a key is longer than this.
fn list<T>(reader: &mut Reader<'_>, read: impl Fn(&mut Reader<'_>) -> Result<T, KeyError>) -> Result<Vec<T>, KeyError> {
    const LONGEST: u32 = 1024;
    let count = reader.u32()?;
    if count > LONGEST {
        return Err(KeyError::Format);
    }
    (0..count).map(|_| read(reader)).collect()
}

/// Root of the tree whose leaves are digest and cap of each member, filled up with the last one.
fn set_root(members: &[MemberKey]) -> Option<Digest> {
    let leaf = |member: &MemberKey| {
        let elements: Vec<Goldilocks> =
            member.digest.iter().chain(member.cap.iter().flatten()).map(|&element| Goldilocks::new(element)).collect();
        hash(&elements)
    };
    let mut layer: Vec<Hash> = members.iter().map(leaf).collect();
    layer.resize(1 << SET_DEPTH, *layer.last()?);
    while layer.len() > 1 {
        layer = layer.chunks_exact(2).map(|pair| two_to_one(&pair[0], &pair[1])).collect();
    }
    layer.first().map(|root| root.map(Goldilocks::value))
}

#[cfg(test)]
mod tests;
