//! The knobs of the recursion layer, and the plonky2 configuration they stand for.

use braid_verifier::SecurityLevel;
use plonky2::fri::FriConfig;
use plonky2::fri::reduction_strategies::FriReductionStrategy;
use plonky2::plonk::circuit_data::CircuitConfig;

/// Parameters of every recursion circuit of one level. The bits they are worth are computed where levels are defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecursionParameters {
    /// The level whose tag the circuits carry among their public inputs.
    pub level: SecurityLevel,
    /// FRI queries.
    pub queries: usize,
    /// Repetitions of the permutation argument and of the constraint combination.
    pub challenges: usize,
    /// log2 of the blowup.
    pub rate_bits: usize,
    /// Grinding before the queries, in bits.
    pub grinding_bits: u32,
}

/// Height of the Merkle caps: 16 digests.
pub const CAP_HEIGHT: usize = 4;

impl RecursionParameters {
    /// SOUNDNESS 5.3. `Insecure` is as small as FRI allows, so that circuits fit 2^12 to 2^13 rows.
    pub const fn of(level: SecurityLevel) -> Self {
        match level {
            SecurityLevel::Insecure => Self { level, queries: 2, challenges: 1, rate_bits: 3, grinding_bits: 0 },
            SecurityLevel::Conjectured100 => {
                Self { level, queries: 29, challenges: 3, rate_bits: 3, grinding_bits: 16 }
            }
            SecurityLevel::Provable100 => Self { level, queries: 102, challenges: 3, rate_bits: 3, grinding_bits: 16 },
        }
    }
}

/// plonky2's configuration for these parameters: the standard wires, FRI of arity 8 with a final polynomial of at most
/// 32 coefficients, so that circuits that verify such proofs need one interpolation gate only.
pub fn circuit_config(parameters: &RecursionParameters) -> CircuitConfig {
    CircuitConfig {
        num_challenges: parameters.challenges,
        // plonky2 refuses to build above what it takes queries and grinding to be worth. The real bits are computed
        // where levels are defined, so this is set to whatever plonky2 accepts.
        security_bits: parameters.queries * parameters.rate_bits + parameters.grinding_bits as usize,
        fri_config: FriConfig {
            rate_bits: parameters.rate_bits,
            cap_height: CAP_HEIGHT,
            proof_of_work_bits: parameters.grinding_bits,
            reduction_strategy: FriReductionStrategy::ConstantArityBits(3, 5),
            num_query_rounds: parameters.queries,
        },
        ..CircuitConfig::standard_recursion_config()
    }
}
