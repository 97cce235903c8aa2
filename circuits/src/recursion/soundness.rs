//! Bits of every round of a plonky2 proof, by the published bounds and from the circuit's real sizes.
//!
//! Challenges of the copy-constraint product and of the constraint combination lie in the base field and are repeated; the
//! point, the opening combination and the folding challenges lie in the extension and are not. plonky2 grinds before the
//! queries only.

use p3_security::fri::{FriRegime, conjectured_error, query_phase_error};
use p3_security::proximity::alpha_udr;
use p3_security::shape::InstanceShape;

use braid_verifier::key::Shape;

use super::CommonData;
use crate::stark::{Insufficient, RecursionParameters, Report, Round, Security};

/// log2 of the order of the base field, which is within 10^-9 of 64.
const FIELD_BITS: f64 = 63.999_999;
/// Its square.
const EXTENSION_BITS: f64 = 2.0 * FIELD_BITS;
/// Collision resistance of a sponge with capacity 4 elements.
const HASH_BITS: f64 = 128.0;

/// Sizes of a circuit that enter the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitProfile {
    /// log2 of the rows.
    pub degree_bits: usize,
    /// Wires that take part in copy constraints.
    pub routed_wires: usize,
    /// Constraints combined into one quotient.
    pub constraints: usize,
    /// Degree of the quotient in units of the rows.
    pub quotient_degree: usize,
    /// Polynomials combined by the opening challenge, counted at each point.
    pub openings: usize,
}

impl CircuitProfile {
    /// Reads the sizes off a circuit.
    pub fn of(common: &CommonData) -> Self {
        let config = &common.config;
        let products = config.num_challenges * (1 + common.num_partial_products);
        Self {
            degree_bits: common.degree_bits(),
            routed_wires: config.num_routed_wires,
            constraints: common.num_gate_constraints + config.num_challenges + products,
            quotient_degree: common.quotient_degree_factor,
            openings: common.num_constants
                + config.num_routed_wires
                + config.num_wires
                + products
                + config.num_challenges * (1 + common.quotient_degree_factor),
        }
    }

    /// Reads the sizes off the verifier's description of a circuit.
    pub fn of_shape(shape: &Shape) -> Self {
        let products = shape.challenges * (1 + shape.partial_products());
        let constraints = shape.gates.iter().map(|gate| gate.constraints()).max().unwrap_or(0);
        Self {
            degree_bits: shape.degree_bits,
            routed_wires: shape.routed_wires,
            constraints: constraints + shape.challenges + products,
            quotient_degree: shape.quotient_pieces,
            openings: shape.constants
                + shape.routed_wires
                + shape.wires
                + products
                + shape.challenges * (1 + shape.quotient_pieces),
        }
    }
}

/// Bits of every round of a proof of a circuit of this size.
pub fn report(security: Security, parameters: &RecursionParameters, profile: &CircuitProfile) -> Report {
    let log = |n: usize| (n.max(1) as f64).log2();
    let rows = profile.degree_bits as f64;
    let extended = rows + parameters.rate_bits as f64;
    let repeated = |errors: f64| parameters.num_challenges as f64 * (FIELD_BITS - errors);
    let fri = FriRegime {
        log_blowup: parameters.rate_bits,
        num_queries: parameters.queries,
        log_final_poly_len: 0,
        max_log_arity: parameters.arity_bits,
        commit_pow_bits: 0,
        query_pow_bits: parameters.pow_bits as usize,
    };
    let shape = InstanceShape {
        log_trace_length: profile.degree_bits,
        modulus_bits: 127,
        collision_resistance: HASH_BITS as usize,
        num_batched_functions: profile.openings,
    };
    let queries = match security {
        Security::Conjectured100 => {
            Round::new("queries", conjectured_error(&fri, &shape).bits(), "conjecture: random words (eprint 2025/2010)")
        }
        Security::Insecure | Security::Provable100 => {
            let agreement = alpha_udr(profile.degree_bits, parameters.rate_bits, 2);
            let bits = query_phase_error(agreement, parameters.queries, fri.query_pow_bits).bits();
            Round::new("queries", bits, "unique decoding radius (eprint 2020/654)")
        }
    };
    Report {
        rounds: vec![
            Round::new(
                "copy constraints",
                // Degree in the challenges, and again for a vanishing denominator.
                repeated(1.0 + log(profile.routed_wires) + rows),
                "PLONK permutation argument (eprint 2019/953), repeated",
            ),
            Round::new(
                "constraint combination",
                repeated(log(profile.constraints)),
                "Schwartz-Zippel in one variable, repeated",
            ),
            Round::new(
                "out-of-domain point",
                EXTENSION_BITS - log(profile.quotient_degree + 2) - rows,
                "DEEP-ALI (eprint 2019/336), list size 1",
            ),
            Round::new(
                "opening combination",
                EXTENSION_BITS - log(profile.openings.saturating_sub(1)) - extended,
                "proximity gaps, unique decoding (eprint 2020/654, Theorem 1.2)",
            ),
            Round::new(
                "folding",
                EXTENSION_BITS - log((1 << parameters.arity_bits) - 1) - extended,
                "proximity gaps, unique decoding (eprint 2020/654)",
            ),
            queries,
            Round::new("hash collisions", HASH_BITS, "sponge capacity 4 elements"),
        ],
    }
}

/// Refuses a circuit whose proofs do not have the bits of a level.
pub fn check(security: Security, common: &CommonData) -> Result<(), Insufficient> {
    security.check(&report(security, &security.recursion(), &CircuitProfile::of(common)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A recursion circuit of the standard width with three challenges.
    fn standard(degree_bits: usize) -> CircuitProfile {
        CircuitProfile { degree_bits, routed_wires: 80, constraints: 260, quotient_degree: 8, openings: 330 }
    }

    #[test]
    fn secure_presets_reach_their_bits_up_to_2_16_rows() {
        for security in [Security::Conjectured100, Security::Provable100] {
            for degree_bits in [12, 14, 16] {
                let report = report(security, &security.recursion(), &standard(degree_bits));
                security.check(&report).unwrap_or_else(|e| panic!("{e}\n{report}"));
            }
            assert!(security.check(&report(security, &security.recursion(), &standard(17))).is_err());
        }
    }

    #[test]
    fn two_challenges_or_fewer_queries_are_refused() {
        for security in [Security::Conjectured100, Security::Provable100] {
            let weak = RecursionParameters { num_challenges: 2, ..security.recursion() };
            let refused = security.check(&report(security, &weak, &standard(14))).unwrap_err();
            assert_eq!(refused.round.round, "copy constraints");
            let weak = RecursionParameters { queries: security.recursion().queries - 1, ..security.recursion() };
            let refused = security.check(&report(security, &weak, &standard(14))).unwrap_err();
            assert_eq!(refused.round.round, "queries");
        }
    }
}
