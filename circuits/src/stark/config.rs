//! Fields, hashes and commitment scheme of a leaf proof, and the numbers that fix one configuration.

use braid_primitives::poseidon::Poseidon12;
use p3_batch_stark::BatchProof;
use p3_commit::ExtensionMmcs;
use p3_dft::Radix2DitParallel;
use p3_field::Field;
use p3_field::extension::BinomialExtensionField;
use p3_fri::{FriParameters, TwoAdicFriPcs};
use p3_goldilocks::Goldilocks;
use p3_merkle_tree::MerkleTreeMmcs;
use p3_symmetric::{PaddingFreeSponge, TruncatedPermutation};
use p3_uni_stark::StarkConfig;

use super::challenger::Challenger;

/// Base field, 2^64 − 2^32 + 1.
pub type Val = Goldilocks;
/// Challenge field: degree 2, non-residue 7, the same extension plonky2 uses.
pub type Challenge = BinomialExtensionField<Val, 2>;
type Packing = <Val as Field>::Packing;
/// Hash of a row: overwrite sponge, rate 8, no padding; rows of at most 4 elements are hashed as well.
pub type RowHash = PaddingFreeSponge<Poseidon12, 12, 8, 4>;
/// Hash of two nodes.
pub type NodeHash = TruncatedPermutation<Poseidon12, 2, 4, 12>;
/// Commitment to matrices of mixed heights.
pub type Mmcs = MerkleTreeMmcs<Packing, Packing, RowHash, NodeHash, 2, 4>;
/// The same over the challenge field, two limbs an element.
pub type ChallengeMmcs = ExtensionMmcs<Val, Challenge, Mmcs>;
/// A commitment: `2^cap_height` digests.
pub type MerkleCap = p3_symmetric::MerkleCap<Val, [Val; 4]>;
/// Polynomial commitment scheme.
pub type Pcs = TwoAdicFriPcs<Val, Radix2DitParallel<Val>, Mmcs, ChallengeMmcs>;
/// What `p3-batch-stark` is generic over.
pub type Config = StarkConfig<Pcs, Challenge, Challenger>;
/// A leaf proof.
pub type Proof = BatchProof<Config>;

/// Numbers that fix a leaf configuration. Both sides, and the wrap circuit, hold them as constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LeafParameters {
    /// log2 of the blowup of every committed polynomial.
    pub log_blowup: usize,
    /// FRI queries.
    pub queries: usize,
    /// Bits ground before the query indices.
    pub query_pow: usize,
    /// Bits ground before the lookup challenges.
    pub lookup_pow: usize,
    /// Bits ground before the challenge that batches all openings.
    pub batch_pow: usize,
    /// Bits ground before the out-of-domain point.
    pub ood_pow: usize,
    /// Bits ground before each folding challenge.
    pub commit_pow: usize,
    /// log2 of the largest number of points one folding round combines.
    pub log_arity: usize,
    /// log2 of the number of digests in a commitment.
    pub cap_height: usize,
    /// log2 of the number of coefficients of the final polynomial.
    pub log_final_len: usize,
}

impl LeafParameters {
    /// The library's FRI parameters over a given commitment scheme.
    pub fn fri<M>(&self, mmcs: M) -> FriParameters<M> {
        FriParameters {
            log_blowup: self.log_blowup,
            log_final_poly_len: self.log_final_len,
            max_log_arity: self.log_arity,
            num_queries: self.queries,
            batch_proof_of_work_bits: self.batch_pow,
            commit_proof_of_work_bits: self.commit_pow,
            query_proof_of_work_bits: self.query_pow,
            mmcs,
        }
    }

    /// The commitment scheme these parameters use, for rows and for folded rows alike.
    pub fn mmcs(&self) -> Mmcs {
        Mmcs::new(RowHash::new(Poseidon12), NodeHash::new(Poseidon12), self.cap_height)
    }
}

/// The library configuration for a set of parameters.
pub fn config(parameters: &LeafParameters) -> Config {
    let mmcs = parameters.mmcs();
    let fri = parameters.fri(ChallengeMmcs::new(mmcs.clone()));
    Config::new(Pcs::new(Radix2DitParallel::default(), mmcs, fri), Challenger::new())
        .with_lookup_proof_of_work_bits(parameters.lookup_pow)
        .with_ood_proof_of_work_bits(parameters.ood_pow)
}
