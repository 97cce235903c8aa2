//! The shape that all circuits of a set share: everything the check of a proof needs besides the member's own key.

use crate::field::Goldilocks;
use crate::gates::Gate;
use crate::statement::STATEMENT_LENGTH;

/// Numbers of a plonky2 `CommonCircuitData`, without zero knowledge and lookup tables, which Braid does not use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// log2 of the number of rows.
    pub degree_bits: usize,
    /// log2 of the blowup.
    pub rate_bits: usize,
    /// log2 of the number of digests in a commitment.
    pub cap_height: usize,
    /// Leading zero bits demanded of the grinding response.
    pub grinding_bits: usize,
    /// FRI queries.
    pub queries: usize,
    /// How plonky2 describes its folding strategy in the transcript.
    pub folding_strategy: Vec<u64>,
    /// log2 of the folding factor of each FRI round.
    pub folds: Vec<usize>,
    /// Repetitions of the permutation argument and of the combination of constraints.
    pub challenges: usize,
    /// Wires of a row.
    pub wires: usize,
    /// Wires that the permutation argument covers.
    pub routed_wires: usize,
    /// Constants of a row, selectors included.
    pub constants: usize,
    /// Pieces of the quotient, each of a trace's degree; also the size of a partial product.
    pub quotient_pieces: usize,
    /// The gates in the order of their selector values.
    pub gates: Vec<Gate>,
    /// Sizes of the groups of consecutive gates; each group has a selector column.
    pub groups: Vec<usize>,
}

/// Largest numbers a shape may have: beyond them it is no circuit of Braid's, and proofs would take long to check.
const MAX_DEGREE_BITS: usize = 20;
const MAX_QUERIES: usize = 512;
const MAX_COLUMNS: usize = 1024;

impl Shape {
    /// Whether all numbers fit together. Nothing else in this crate checks them again.
    pub(crate) fn is_consistent(&self) -> bool {
        let selectors = self.groups.len();
        let sizes = (1..=MAX_DEGREE_BITS).contains(&self.degree_bits)
            && (1..=8).contains(&self.rate_bits)
            && self.cap_height <= 8
            && self.grinding_bits <= 40
            && (1..=MAX_QUERIES).contains(&self.queries)
            && self.folding_strategy.len() <= 32
            && (1..=8).contains(&self.challenges)
            && self.wires <= MAX_COLUMNS
            && (1..=self.wires).contains(&self.routed_wires)
            && (selectors..=MAX_COLUMNS).contains(&self.constants)
            && (2..=32).contains(&self.quotient_pieces)
            && self.gates.len() <= MAX_COLUMNS
            && self.groups.len() <= MAX_COLUMNS;
        sizes && self.folds_fit() && self.gates_fit()
    }

    /// Every FRI layer is at least as large as its cap, and folding ends with at least one coefficient.
    fn folds_fit(&self) -> bool {
        let mut degree = self.degree_bits;
        for &fold in &self.folds {
            if !(1..=6).contains(&fold) || fold > degree || degree - fold + self.rate_bits < self.cap_height {
                return false;
            }
            degree -= fold;
        }
        self.lde_bits() >= self.cap_height
    }

    fn gates_fit(&self) -> bool {
        let selectors = self.groups.len();
        self.groups.iter().all(|&size| (1..=MAX_COLUMNS).contains(&size))
            && self.groups.iter().sum::<usize>() == self.gates.len()
            && self.gates.iter().all(|gate| gate.fits(self.wires, self.constants - selectors))
    }

    /// log2 of the size of the evaluation domain.
    pub(crate) fn lde_bits(&self) -> usize {
        self.degree_bits + self.rate_bits
    }

    /// Length of the Merkle paths into the first commitments.
    pub(crate) fn path_length(&self) -> usize {
        self.lde_bits() - self.cap_height
    }

    /// Coefficients of the last FRI polynomial.
    pub(crate) fn final_length(&self) -> usize {
        1 << (self.degree_bits - self.folds.iter().sum::<usize>())
    }

    /// Partial products of the permutation argument, for one challenge. The last chunk leads to Z at the next row.
    pub fn partial_products(&self) -> usize {
        self.routed_wires.div_ceil(self.quotient_pieces) - 1
    }

    /// Columns of the four first commitments: constants and permutation, wires, Z and partial products, quotient.
    pub(crate) fn columns(&self) -> [usize; 4] {
        [
            self.constants + self.routed_wires,
            self.wires,
            self.challenges * (1 + self.partial_products()),
            self.challenges * self.quotient_pieces,
        ]
    }

    /// What multiplies the identity permutation on each routed wire: powers of plonky2's coset generator.
    pub fn identity_factors(&self) -> impl Iterator<Item = Goldilocks> {
        let powers = core::iter::successors(Some(Goldilocks::ONE), |&power| Some(power * crate::field::COSET_SHIFT));
        powers.take(self.routed_wires)
    }

    /// Length in bytes of a proof of this shape with its public inputs, as plonky2 writes it.
    pub fn proof_length(&self) -> usize {
        let cap = 32 << self.cap_height;
        let [constants, wires, zs, quotient] = self.columns();
        let openings = 16 * (constants + wires + zs + self.challenges + quotient);
        let path = |length: usize| 1 + 32 * length;
        let mut query = self.columns().iter().map(|columns| 8 * columns + path(self.path_length())).sum::<usize>();
        let mut bits = self.lde_bits();
        for fold in &self.folds {
            bits -= fold;
            query += (16 << fold) + path(bits - self.cap_height);
        }
        let fri = cap * self.folds.len() + query * self.queries + 16 * self.final_length() + 8;
        3 * cap + openings + fri + 8 + 8 * STATEMENT_LENGTH
    }
}
