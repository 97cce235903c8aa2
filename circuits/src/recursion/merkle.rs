//! Openings of Plonky3's Merkle trees over matrices of mixed heights, inside a circuit.
//!
//! The rows of all matrices of one height are hashed together, in the order of the matrices. The tallest ones are the
//! leaves; shorter ones join where the tree has as many nodes as they have rows: `node = compress(node, hash(rows))`. The walk ends
//! at the cap. A matrix shorter than the cap would never join, so nothing would authenticate its rows: shapes that
//! have one are refused when they are described (`stark::setup`), and this module refuses them again.

use plonky2::hash::hash_types::HashOutTarget;
use plonky2::hash::hashing::PlonkyPermutation;
use plonky2::hash::poseidon::{PoseidonHash, PoseidonPermutation};
use plonky2::iop::target::{BoolTarget, Target};
use plonky2::plonk::config::AlgebraicHasher;

use super::leaf_verifier::LeafError;
use super::{Builder, D};

/// One matrix of a commitment at one query.
#[derive(Clone, Debug)]
pub struct RowTarget {
    /// log2 of the matrix' rows.
    pub log_height: usize,
    /// The opened row.
    pub values: Vec<Target>,
}

/// Where a query points: bits of the row index in the tallest committed matrix of all, lowest first, and the index of
/// the cap entry, which all trees of one query share because it is given by the highest bits.
#[derive(Clone, Debug)]
pub struct Position<'a> {
    /// Bits of the row index, lowest first.
    pub bits: &'a [BoolTarget],
    /// The highest `cap_height` of them as a number.
    pub cap_index: Target,
}

/// Hash of a row as Plonky3 hashes it: overwrite sponge of rate 8, without a special case for short rows.
pub fn hash_row(builder: &mut Builder, values: Vec<Target>) -> HashOutTarget {
    builder.hash_n_to_hash_no_pad::<PoseidonHash>(values)
}

/// Hash of two nodes, exchanged if `swap`.
pub fn compress(builder: &mut Builder, left: HashOutTarget, right: HashOutTarget, swap: BoolTarget) -> HashOutTarget {
    let zero = builder.zero();
    let mut state = PoseidonPermutation::new(core::iter::repeat_n(zero, 12));
    state.set_from_slice(&left.elements, 0);
    state.set_from_slice(&right.elements, 4);
    let permuted = PoseidonHash::permute_swapped::<D>(state, swap, builder);
    let words: &[Target] = permuted.as_ref();
    HashOutTarget { elements: core::array::from_fn(|i| words[i]) }
}

/// Constrains the rows to be those that `cap` commits to at a position. `siblings` are the digests beside the path,
/// leaves first; `cap_height` is log2 of the length of `cap`.
///
/// `position.bits` may be longer than the tree is high: a commitment whose tallest matrix is shorter is opened at the
/// index without its lowest bits.
pub fn verify_opening(
    builder: &mut Builder,
    rows: &[RowTarget],
    position: &Position<'_>,
    siblings: &[HashOutTarget],
    cap: &[HashOutTarget],
) -> Result<(), LeafError> {
    let cap_height = cap.len().ilog2() as usize;
    let log_max = rows.iter().map(|r| r.log_height).max().unwrap_or(0);
    let unauthenticated = rows.iter().any(|r| r.log_height < cap_height);
    let skipped = position.bits.len().checked_sub(log_max);
    let (Some(skipped), false) = (skipped, unauthenticated || !cap.len().is_power_of_two()) else {
        return Err(LeafError::Shape("a committed matrix is shorter than the cap or taller than the index"));
    };
    if siblings.len() != log_max - cap_height {
        return Err(LeafError::Shape("a Merkle path has the wrong length"));
    }
    let bits = &position.bits[skipped..];
    let never = builder._false();
    let mut node =
        hash_rows_of(builder, rows, log_max).ok_or(LeafError::Shape("a commitment without matrices is opened"))?;
    for (level, (&sibling, &bit)) in siblings.iter().zip(bits).enumerate() {
        node = compress(builder, node, sibling, bit);
        if let Some(joining) = hash_rows_of(builder, rows, log_max - level - 1) {
            node = compress(builder, node, joining, never);
        }
    }
    let index = (cap_height > 0).then_some(position.cap_index);
    for (i, &element) in node.elements.iter().enumerate() {
        let committed = match index {
            Some(index) => builder.random_access(index, cap.iter().map(|digest| digest.elements[i]).collect()),
            None => cap[0].elements[i],
        };
        builder.connect(committed, element);
    }
    Ok(())
}

fn hash_rows_of(builder: &mut Builder, rows: &[RowTarget], log_height: usize) -> Option<HashOutTarget> {
    let of_height = rows.iter().filter(|r| r.log_height == log_height);
    let values: Vec<Target> = of_height.flat_map(|r| r.values.iter().copied()).collect();
    (!values.is_empty()).then(|| hash_row(builder, values))
}
