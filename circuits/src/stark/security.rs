//! Presets: one table with the parameters of the leaf and of the recursion circuits for each level, and the rule
//! that a set of parameters is used only if every round of every layer has the bits its level promises.

use plonky2::fri::FriConfig;
use plonky2::fri::reduction_strategies::FriReductionStrategy;
use plonky2::plonk::circuit_data::CircuitConfig;

use super::config::LeafParameters;

/// Bits that the two secure levels promise.
pub const TARGET_BITS: f64 = 100.0;

/// A level of security. Each level has circuits of its own, hence its own circuit set root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Security {
    /// A few queries, no grinding: for tests and examples. Its proofs can be forged.
    Insecure,
    /// 100 bits, where the query phase is counted by the random-words heuristic (eprint 2025/2010); every other
    /// round by a theorem.
    Conjectured100,
    /// 100 bits by published theorems alone, in the unique-decoding regime.
    Provable100,
}

impl Security {
    /// All levels.
    pub const ALL: [Self; 3] = [Self::Insecure, Self::Conjectured100, Self::Provable100];

    /// The number by which circuits and statements name the level.
    pub fn tag(self) -> u64 {
        match self {
            Self::Insecure => 0,
            Self::Conjectured100 => 1,
            Self::Provable100 => 2,
        }
    }

    /// Name used on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Insecure => "insecure",
            Self::Conjectured100 => "conjectured-100",
            Self::Provable100 => "provable-100",
        }
    }

    /// Bits promised; 0 for [`Security::Insecure`].
    pub fn bits(self) -> f64 {
        match self {
            Self::Insecure => 0.0,
            Self::Conjectured100 | Self::Provable100 => TARGET_BITS,
        }
    }

    /// Parameters of a leaf proof.
    pub fn leaf(self) -> LeafParameters {
        // Four bits of grinding more stand for four queries less: with 83 of them every wrap has 2^15 rows, and 2^20
        // permutations are a tenth of what the other half of a wrap would cost. A final polynomial of 2^7 coefficients saves
        // the circuit a round of folding by two. At the provable level a query is worth less than half a bit at blowup 2, so it takes
        // 188 of them, five less for two bits of grinding, and every wrap just fits 2^16 rows; at 2^17 one round of plonky2 would
        // fall short of 100 bits by a tenth. Blowup 4 would take 118 queries with 20 bits, but 1.7 times the work and twice the memory
        // of each leaf.
        let (log_blowup, queries, query_pow, pow) = match self {
            Self::Insecure => (1, 3, 0, 0),
            Self::Conjectured100 => (1, 83, 20, 16),
            Self::Provable100 => (1, 188, 22, 16),
        };
        LeafParameters {
            log_blowup,
            queries,
            query_pow,
            lookup_pow: pow,
            batch_pow: pow,
            ood_pow: pow,
            commit_pow: 0,
            log_arity: 3,
            cap_height: 4,
            log_final_len: 7,
        }
    }

    /// Parameters of the recursion circuits.
    pub fn recursion(self) -> RecursionParameters {
        let (num_challenges, queries, pow_bits) = match self {
            Self::Insecure => (1, 2, 0),
            Self::Conjectured100 => (3, 29, 16),
            Self::Provable100 => (3, 102, 16),
        };
        RecursionParameters {
            num_challenges,
            rate_bits: 3,
            queries,
            pow_bits,
            cap_height: 4,
            arity_bits: 3,
            final_poly_bits: 5,
        }
    }

    /// Refuses a report that has a round below the level's bits.
    pub fn check(self, report: &Report) -> Result<(), Insufficient> {
        match report.weakest() {
            Some(round) if round.bits < self.bits() => Err(Insufficient { security: self, round: round.clone() }),
            Some(_) => Ok(()),
            None if self == Self::Insecure => Ok(()),
            None => Err(Insufficient { security: self, round: Round::new("no rounds", 0.0, "none") }),
        }
    }
}

/// Numbers that fix a configuration of plonky2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecursionParameters {
    /// Repetitions of the arguments whose challenges lie in the base field.
    pub num_challenges: usize,
    /// log2 of the blowup.
    pub rate_bits: usize,
    /// FRI queries.
    pub queries: usize,
    /// Bits ground before the query indices.
    pub pow_bits: u32,
    /// log2 of the number of digests in a commitment.
    pub cap_height: usize,
    /// log2 of the folding arity.
    pub arity_bits: usize,
    /// log2 of the length at which folding stops.
    pub final_poly_bits: usize,
}

impl RecursionParameters {
    /// The library's circuit configuration: 135 wires, 80 of them routed, extension degree 2, no zero knowledge.
    pub fn circuit_config(&self) -> CircuitConfig {
        CircuitConfig {
            num_wires: 135,
            num_routed_wires: 80,
            num_constants: 2,
            use_base_arithmetic_gate: true,
            // Only an assertion of the library's own estimate; the bits are computed and checked by `Report`.
            security_bits: 0,
            num_challenges: self.num_challenges,
            zero_knowledge: false,
            max_quotient_degree_factor: 8,
            fri_config: FriConfig {
                rate_bits: self.rate_bits,
                cap_height: self.cap_height,
                proof_of_work_bits: self.pow_bits,
                reduction_strategy: FriReductionStrategy::ConstantArityBits(self.arity_bits, self.final_poly_bits),
                num_query_rounds: self.queries,
            },
        }
    }
}

/// One round of a proof: how hard it is to get past it with a false claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// What is drawn or checked in this round.
    pub round: &'static str,
    /// −log2 of the error, grinding included.
    pub bits: f64,
    /// Where the bound is from.
    pub theorem: &'static str,
}

impl Round {
    pub(crate) fn new(round: &'static str, bits: f64, theorem: &'static str) -> Self {
        Self { round, bits, theorem }
    }
}

/// Bits of every round of one layer at one shape. Round-by-round soundness is the minimum (eprint 2024/1553, 2).
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The rounds, in transcript order.
    pub rounds: Vec<Round>,
}

impl Report {
    /// The round with the fewest bits.
    pub fn weakest(&self) -> Option<&Round> {
        self.rounds.iter().min_by(|a, b| a.bits.total_cmp(&b.bits))
    }

    /// Bits of the weakest round; 0 for an empty report.
    pub fn bits(&self) -> f64 {
        self.weakest().map_or(0.0, |round| round.bits)
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for round in &self.rounds {
            writeln!(f, "{:>6.1}  {}  [{}]", round.bits, round.round, round.theorem)?;
        }
        Ok(())
    }
}

/// A secure level was asked for with parameters or a shape that do not reach it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{} needs {} bits, round \"{}\" has {:.1}", .security.name(), .security.bits(), .round.round, .round.bits)]
pub struct Insufficient {
    /// The level.
    pub security: Security,
    /// The round that falls short.
    pub round: Round,
}
