//! plonky2's Merkle trees, many nodes per permutation.
//!
//! Leaves are `hash_or_noop` of a row, nodes are `two_to_one`; trees stop at a cap. Only the storage
//! differs from plonky2's: each level is one array, from the leaves' digests up to the cap.

use super::columns::{TILE, Tiles};
use super::packing::F;
use crate::stage::stage;
use braid_primitives::poseidon::packed::{LANES, permute_lanes};
use plonky2::field::types::Field;
use plonky2::hash::hash_types::HashOut;
use plonky2::hash::merkle_proofs::MerkleProof;
use plonky2::hash::merkle_tree::MerkleCap;
use plonky2::hash::poseidon::PoseidonHash;
use rayon::prelude::*;

/// Elements absorbed by one permutation.
const RATE: usize = 8;

const _: () = assert!(TILE.is_multiple_of(LANES));

/// Groups of [`LANES`] hashes a task takes at least.
const TASK: usize = 16;

pub(super) type Digest = HashOut<F>;

/// [`LANES`] sponge states, side by side.
pub(super) type States = [[u64; LANES]; 12];

/// A tree down to the digests of its leaves.
pub(super) struct Tree {
    /// `levels[0]` are the leaves' digests, the last level is the cap.
    levels: Vec<Vec<Digest>>,
}

impl Tree {
    /// Over the rows of `rows`.
    pub fn of_rows(rows: &Tiles, cap_height: usize) -> Self {
        let width = rows.count();
        Self::build(rows.rows(), cap_height, |first, digests| {
            let (tile, offset) = (rows.tile(first / TILE), first % TILE);
            hash_rows(width, digests, |column, lanes| {
                let start = column * TILE + offset;
                for (lane, value) in lanes.iter_mut().zip(&tile[start..start + LANES]) {
                    *lane = value.0;
                }
            });
        })
    }

    /// Over `leaves` leaves of `width` elements each; `element(leaf, i)` is asked for leaves of at
    /// least `leaves` too, where it may answer anything.
    pub fn of_elements(
        leaves: usize,
        width: usize,
        cap_height: usize,
        element: impl Fn(usize, usize) -> F + Sync,
    ) -> Self {
        Self::build(leaves, cap_height, |first, digests| {
            hash_rows(width, digests, |column, lanes| {
                for (j, lane) in lanes.iter_mut().enumerate() {
                    *lane = element(first + j, column).0;
                }
            });
        })
    }

    /// `hash(first, digests)` writes the digests of leaves `first ..`, at most [`LANES`] of them.
    fn build(leaves: usize, cap_height: usize, hash: impl Fn(usize, &mut [Digest]) + Sync) -> Self {
        let _stage = stage("hash");
        let mut level = vec![HashOut::ZERO; leaves];
        level
            .par_chunks_mut(LANES)
            .with_min_len(TASK)
            .enumerate()
            .for_each(|(group, digests)| hash(group * LANES, digests));
        let mut levels = vec![level];
        while let Some(below) = levels.last().filter(|level| level.len() > 1 << cap_height) {
            let mut above = vec![HashOut::ZERO; below.len() / 2];
            above
                .par_chunks_mut(LANES)
                .with_min_len(TASK)
                .zip(below.par_chunks(2 * LANES))
                .for_each(|(nodes, children)| compress(children, nodes));
            levels.push(above);
        }
        Self { levels }
    }

    pub fn cap(&self) -> MerkleCap<F, PoseidonHash> {
        MerkleCap(self.levels.last().cloned().unwrap_or_default())
    }

    /// The siblings from leaf `leaf` up to the cap.
    pub fn prove(&self, leaf: usize) -> MerkleProof<F, PoseidonHash> {
        let below_cap = &self.levels[..self.levels.len() - 1];
        let siblings = below_cap.iter().enumerate().map(|(i, level)| level[(leaf >> i) ^ 1]);
        MerkleProof { siblings: siblings.collect() }
    }
}

/// Writes `digests.len()` (at most [`LANES`]) hashes of rows of `width` elements; `load(i, lanes)`
/// gives element `i` of every row.
#[inline(always)]
fn hash_rows(width: usize, digests: &mut [Digest], load: impl Fn(usize, &mut [u64; LANES])) {
    let mut states: States = [[0; LANES]; 12];
    if width <= 4 {
        // Short rows are their own digests.
        (0..width).for_each(|i| load(i, &mut states[i]));
        return read_digests(&states, digests);
    }
    for start in (0..width).step_by(RATE) {
        let absorbed = RATE.min(width - start);
        for (i, lanes) in states.iter_mut().take(absorbed).enumerate() {
            load(start + i, lanes);
        }
        permute_lanes(&mut states);
    }
    read_digests(&states, digests);
}

/// `nodes[j] = two_to_one(children[2j], children[2j + 1])` for at most [`LANES`] nodes.
#[inline(always)]
fn compress(children: &[Digest], nodes: &mut [Digest]) {
    let mut states: States = [[0; LANES]; 12];
    for (j, pair) in children.chunks_exact(2).take(LANES).enumerate() {
        for i in 0..4 {
            states[i][j] = pair[0].elements[i].0;
            states[i + 4][j] = pair[1].elements[i].0;
        }
    }
    permute_lanes(&mut states);
    read_digests(&states, nodes);
}

#[inline(always)]
fn read_digests(states: &States, digests: &mut [Digest]) {
    for (j, digest) in digests.iter_mut().take(LANES).enumerate() {
        for (element, lanes) in digest.elements.iter_mut().zip(states) {
            *element = F::from_noncanonical_u64(lanes[j]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plonk::columns::Pool;
    use plonky2::field::types::Sample;
    use plonky2::hash::merkle_tree::MerkleTree;
    use std::sync::Arc;

    fn tiled(rows: &[Vec<F>]) -> Tiles {
        let pool: Arc<Pool> = Arc::default();
        let mut tiles = Tiles::new(&pool, rows.len(), rows[0].len());
        for (column, pieces) in tiles.pieces_mut(rows.len()).into_iter().enumerate() {
            for (row, element) in pieces.into_iter().flatten().enumerate() {
                *element = rows[row][column];
            }
        }
        tiles
    }

    #[test]
    fn trees_equal_plonky2() {
        for (bits, width, cap_height) in [(5, 1, 0), (5, 4, 5), (6, 5, 1), (7, 8, 4), (9, 16, 2), (8, 135, 3)] {
            let rows: Vec<Vec<F>> = (0..1 << bits).map(|_| F::rand_vec(width)).collect();
            let expected = MerkleTree::<F, PoseidonHash>::new(rows.clone(), cap_height);
            let tree = Tree::of_rows(&tiled(&rows), cap_height);
            assert_eq!(tree.cap(), expected.cap, "2^{bits} rows of {width}");
            for leaf in [0, 1, rows.len() / 2 - 1, rows.len() - 1] {
                assert_eq!(tree.prove(leaf), expected.prove(leaf));
            }
        }
    }

    #[test]
    fn trees_smaller_than_the_lanes_equal_plonky2() {
        for bits in 0..5 {
            let rows: Vec<Vec<F>> = (0..1 << bits).map(|_| F::rand_vec(6)).collect();
            let expected = MerkleTree::<F, PoseidonHash>::new(rows.clone(), 0);
            let tree = Tree::of_elements(rows.len(), 6, 0, |leaf, i| rows.get(leaf).map_or(F::ZERO, |row| row[i]));
            assert_eq!(tree.cap(), expected.cap);
        }
    }

    #[test]
    fn a_changed_element_changes_the_cap() {
        let mut rows: Vec<Vec<F>> = (0..64).map(|_| F::rand_vec(9)).collect();
        let before = Tree::of_rows(&tiled(&rows), 0).cap();
        rows[63][8] += F::ONE;
        assert_ne!(Tree::of_rows(&tiled(&rows), 0).cap(), before);
    }
}
