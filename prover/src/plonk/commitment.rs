//! Polynomial commitments: interpolation, low-degree extension, Merkle tree.

use super::columns::{Columns, Pool, TILE, Tiles};
use super::domain::Domain;
use super::fft::interpolate;
use super::merkle::Tree;
use super::packing::{F, packed, packed_mut};
use crate::stage::stage;
use plonky2::field::types::Field;
use plonky2::hash::merkle_tree::MerkleCap;
use plonky2::hash::poseidon::PoseidonHash;
use rayon::prelude::*;
use std::sync::Arc;

/// A committed batch of polynomials: plonky2's `PolynomialBatch` in this prover's layout.
pub(super) struct Oracle {
    /// Coefficients, one column a polynomial.
    pub coefficients: Columns,
    /// Values on the coset in the order of the leaves.
    pub extension: Tiles,
    pub tree: Tree,
}

impl Oracle {
    /// Commits to polynomials of `2^degree_bits` coefficients.
    pub fn new(coefficients: Columns, domain: &Domain, cap_height: usize, pool: &Arc<Pool>) -> Self {
        let extension = extend(&coefficients, domain, pool);
        let tree = Tree::of_rows(&extension, cap_height);
        Self { coefficients, extension, tree }
    }

    pub fn cap(&self) -> MerkleCap<F, PoseidonHash> {
        self.tree.cap()
    }
}

/// Values on the subgroup (rows in natural order) to coefficients.
pub(super) fn interpolate_all(values: &Columns, domain: &Domain, pool: &Arc<Pool>) -> Columns {
    let _stage = stage("transform");
    let mut coefficients = Columns::new(pool, values.rows(), values.count());
    coefficients.par_iter_mut().enumerate().for_each_init(
        || vec![F::ZERO; values.rows()],
        |scratch, (i, out)| interpolate(values.column(i), scratch, out, &domain.roots),
    );
    coefficients
}

/// Coefficients to values on the shifted domain. Its bit-reversed order falls into blocks, one for
/// each coset of the subgroup, and each block is a transform of the size of the subgroup.
fn extend(coefficients: &Columns, domain: &Domain, pool: &Arc<Pool>) -> Tiles {
    let _stage = stage("transform");
    let (rows, count) = (coefficients.rows(), coefficients.count());
    let mut out = Tiles::new(pool, rows << domain.rate_bits, count);
    out.pieces_mut(rows).into_par_iter().enumerate().for_each_init(
        || vec![F::ZERO; rows],
        |scratch, (i, pieces)| {
            let (block, column) = (i / count, i % count);
            shifted(coefficients.column(column), domain, block, scratch);
            for (piece, values) in pieces.into_iter().zip(scratch.chunks_exact(TILE)) {
                piece.copy_from_slice(values);
            }
        },
    );
    out
}

/// Writes the values of one polynomial on coset number `block` to `out`.
pub(super) fn shifted(coefficients: &[F], domain: &Domain, block: usize, out: &mut [F]) {
    let twist = &domain.twists[block];
    if coefficients.len() < super::packing::WIDTH {
        for ((out, coefficient), twist) in out.iter_mut().zip(coefficients).zip(twist) {
            *out = *coefficient * *twist;
        }
    } else {
        let (coefficients, twist) = (packed(coefficients), packed(twist));
        for ((out, coefficient), twist) in packed_mut(out).iter_mut().zip(coefficients).zip(twist) {
            *out = *coefficient * *twist;
        }
    }
    domain.roots.forward(out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use plonky2::field::polynomial::PolynomialValues;
    use plonky2::field::types::Sample;
    use plonky2::fri::oracle::PolynomialBatch;
    use plonky2::plonk::config::PoseidonGoldilocksConfig;
    use plonky2::util::timing::TimingTree;

    #[test]
    fn equals_plonky2_bit_for_bit() {
        let pool = Arc::default();
        for (bits, count, rate_bits, cap_height) in [(5, 3, 3, 0), (6, 7, 1, 4), (9, 20, 3, 4)] {
            let values: Vec<_> = (0..count).map(|_| PolynomialValues::new(F::rand_vec(1 << bits))).collect();
            let mut columns = Columns::new(&pool, 1 << bits, count);
            columns.par_iter_mut().zip(&values).for_each(|(column, values)| column.copy_from_slice(&values.values));
            let expected = PolynomialBatch::<F, PoseidonGoldilocksConfig, 2>::from_values(
                values,
                rate_bits,
                false,
                cap_height,
                &mut TimingTree::default(),
                None,
            );
            let domain = Domain::new(bits, rate_bits, F::coset_shift(), Arc::new(crate::plonk::fft::Roots::new(bits)));
            let coefficients = interpolate_all(&columns, &domain, &pool);
            let oracle = Oracle::new(coefficients, &domain, cap_height, &pool);
            assert_eq!(oracle.cap(), expected.merkle_tree.cap);
            for (column, polynomial) in oracle.coefficients.iter().zip(&expected.polynomials) {
                assert_eq!(column, &polynomial.coeffs[..]);
            }
            for (row, leaf) in expected.merkle_tree.leaves.iter().enumerate() {
                assert_eq!(&oracle.extension.row(row), leaf);
            }
        }
    }
}
