//! A plonky2 proof of a known shape, read from bytes. Every length is the shape's, so a proof that could be read needs
//! no further check of lengths.

use crate::bytes::{ReadError, Reader};
use crate::extension::Quadratic;
use crate::field::Goldilocks;
use crate::key::Shape;
use crate::poseidon::Hash;
use crate::statement::STATEMENT_LENGTH;

/// Claimed values of the committed polynomials at ζ, and of Z at g·ζ.
pub(crate) struct Openings {
    pub constants: Vec<Quadratic>,
    pub sigmas: Vec<Quadratic>,
    pub wires: Vec<Quadratic>,
    pub zs: Vec<Quadratic>,
    pub zs_next: Vec<Quadratic>,
    pub partial_products: Vec<Quadratic>,
    pub quotient: Vec<Quadratic>,
}

/// A row of a commitment and its path to the cap.
pub(crate) struct Opened<T> {
    pub values: Vec<T>,
    pub path: Vec<Hash>,
}

/// Answers to one FRI query.
pub(crate) struct Query {
    /// Rows of the four first commitments.
    pub rows: [Opened<Goldilocks>; 4],
    /// A coset of each folded layer.
    pub folds: Vec<Opened<Quadratic>>,
}

pub(crate) struct Proof {
    pub wires_cap: Vec<Hash>,
    pub zs_cap: Vec<Hash>,
    pub quotient_cap: Vec<Hash>,
    pub openings: Openings,
    pub fold_caps: Vec<Vec<Hash>>,
    pub queries: Vec<Query>,
    pub final_polynomial: Vec<Quadratic>,
    pub grinding_witness: Goldilocks,
    pub public_inputs: Vec<Goldilocks>,
}

/// Why bytes are no proof of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProofError {
    /// Another length than every proof of the shape has.
    Length,
    /// A number that counts or measures something is not what the shape says.
    Shape,
    /// A number is not below the modulus.
    NotCanonical,
}

impl From<ReadError> for ProofError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Truncated => Self::Length,
            ReadError::NotCanonical => Self::NotCanonical,
        }
    }
}

fn path(reader: &mut Reader<'_>, length: usize) -> Result<Vec<Hash>, ProofError> {
    if usize::from(reader.u8()?) != length {
        return Err(ProofError::Shape);
    }
    Ok(reader.hashes(length)?)
}

fn row(reader: &mut Reader<'_>, columns: usize, path_length: usize) -> Result<Opened<Goldilocks>, ProofError> {
    Ok(Opened { values: reader.elements(columns)?, path: path(reader, path_length)? })
}

impl Openings {
    fn read(reader: &mut Reader<'_>, shape: &Shape) -> Result<Self, ReadError> {
        Ok(Self {
            constants: reader.extensions(shape.constants)?,
            sigmas: reader.extensions(shape.routed_wires)?,
            wires: reader.extensions(shape.wires)?,
            zs: reader.extensions(shape.challenges)?,
            zs_next: reader.extensions(shape.challenges)?,
            partial_products: reader.extensions(shape.challenges * shape.partial_products())?,
            quotient: reader.extensions(shape.challenges * shape.quotient_pieces)?,
        })
    }

    /// All values at ζ, in the order of the commitments' columns.
    pub fn at_zeta(&self) -> Vec<Quadratic> {
        [&self.constants, &self.sigmas, &self.wires, &self.zs, &self.partial_products, &self.quotient]
            .into_iter()
            .flatten()
            .copied()
            .collect()
    }
}

impl Query {
    fn read(reader: &mut Reader<'_>, shape: &Shape) -> Result<Self, ProofError> {
        let [constants, wires, zs, quotient] = shape.columns();
        let length = shape.path_length();
        let rows = [
            row(reader, constants, length)?,
            row(reader, wires, length)?,
            row(reader, zs, length)?,
            row(reader, quotient, length)?,
        ];
        let mut bits = shape.lde_bits();
        let mut folds = Vec::with_capacity(shape.folds.len());
        for &fold in &shape.folds {
            // A consistent shape never folds below its cap.
            bits -= fold;
            let values = reader.extensions(1 << fold)?;
            folds.push(Opened { values, path: path(reader, bits - shape.cap_height)? });
        }
        Ok(Self { rows, folds })
    }
}

impl Proof {
    /// Reads a proof with its public inputs as plonky2's `ProofWithPublicInputs::to_bytes` writes it.
    pub fn read(bytes: &[u8], shape: &Shape) -> Result<Self, ProofError> {
        if bytes.len() != shape.proof_length() {
            return Err(ProofError::Length);
        }
        let reader = &mut Reader::new(bytes);
        let cap = 1 << shape.cap_height;
        let wires_cap = reader.hashes(cap)?;
        let zs_cap = reader.hashes(cap)?;
        let quotient_cap = reader.hashes(cap)?;
        let openings = Openings::read(reader, shape)?;
        let fold_caps = shape.folds.iter().map(|_| reader.hashes(cap)).collect::<Result<_, _>>()?;
        let queries = (0..shape.queries).map(|_| Query::read(reader, shape)).collect::<Result<_, _>>()?;
        let final_polynomial = reader.extensions(shape.final_length())?;
        let grinding_witness = reader.element()?;
        if reader.u64()? != STATEMENT_LENGTH as u64 {
            return Err(ProofError::Shape);
        }
        let public_inputs = reader.elements(STATEMENT_LENGTH)?;
        Ok(Self {
            wires_cap,
            zs_cap,
            quotient_cap,
            openings,
            fold_caps,
            queries,
            final_polynomial,
            grinding_witness,
            public_inputs,
        })
    }
}
