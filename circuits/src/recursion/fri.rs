//! The points a FRI query visits and the folding of opened rows, inside a circuit, to Plonky3's conventions.
//!
//! A codeword of `2^h` values over `<g_h>` is stored in bit-reversed order, so index `i` holds the value at `g_h^bitrev(i)`. Folding by
//! `2^a` reads the `2^a` neighbours of an index: values over a coset `s * <g_a>`, again bit-reversed, of which the polynomial
//! of degree below `2^a` through them is evaluated at the round's challenge.

use p3_field::{Field as _, PrimeCharacteristicRing};
use p3_util::reverse_bits_len;
use plonky2::field::types::Field as _;
use plonky2::gates::coset_interpolation::CosetInterpolationGate;
use plonky2::iop::ext_target::ExtensionTarget;
use plonky2::iop::target::{BoolTarget, Target};

use super::embed::{self, ExtTarget, generator};
use super::{Builder, D, Field};

/// log2 of the arity that one row of the interpolation gate folds.
const GATE_BITS: usize = 3;

/// Where one query looks.
#[derive(Clone, Debug)]
pub struct QueryPoint {
    /// Bits of the index in the largest domain, lowest first.
    pub bits: Vec<BoolTarget>,
    /// `points[k]` is the domain element at the index, raised to `2^k`: the element at the index without its lowest
    /// `k` bits in the domain that is `2^k` times smaller.
    points: Vec<Target>,
}

impl QueryPoint {
    /// Computes the domain elements from the index bits.
    pub fn new(builder: &mut Builder, bits: Vec<BoolTarget>) -> Self {
        let largest = embed::base(generator(bits.len()));
        let mut point = builder.exp_from_bits_const_base(largest, bits.iter().rev());
        let mut points = vec![point];
        for _ in 0..bits.len() {
            point = builder.square(point);
            points.push(point);
        }
        Self { bits, points }
    }

    /// The element of the subgroup of order `2^log_height` at the index.
    pub fn at_height(&self, log_height: usize) -> Target {
        self.points[self.bits.len() - log_height]
    }

    /// Bits of the index in a domain of `2^log_height` elements.
    pub fn bits_at(&self, log_height: usize) -> &[BoolTarget] {
        &self.bits[self.bits.len() - log_height..]
    }

    /// First element of the coset whose neighbours are folded when a codeword of `2^log_height` is folded by `2^log_arity`.
    fn coset_start(&self, builder: &mut Builder, log_height: usize, log_arity: usize) -> Target {
        let mut start = self.at_height(log_height);
        for (j, bit) in self.bits_at(log_height)[..log_arity].iter().enumerate() {
            // start *= bit ? g_{j+1}^-1 : 1
            let factor = embed::base(generator(j + 1).inverse()) - Field::ONE;
            start = builder.arithmetic(factor, Field::ONE, start, bit.target, start);
        }
        start
    }

    /// Folds `row`, the values around the index in a codeword of `2^log_height`, and constrains the value at the index
    /// itself to be `expected`.
    pub fn fold(
        &self,
        builder: &mut Builder,
        log_height: usize,
        row: &[ExtTarget],
        expected: ExtTarget,
        beta: ExtTarget,
    ) -> ExtTarget {
        let log_arity = row.len().ilog2() as usize;
        let within = builder.le_sum(self.bits_at(log_height)[..log_arity].iter());
        // One kind of selection gate for all arities up to 8: every kind costs the circuits that verify this one.
        let mut candidates = row.to_vec();
        candidates.resize(row.len().max(1 << GATE_BITS), row[0]);
        let selected = builder.random_access_extension(within, candidates);
        builder.connect_extension(selected, expected);
        let start = self.coset_start(builder, log_height, log_arity);
        if log_arity == GATE_BITS {
            interpolate(builder, start, row, beta)
        } else {
            butterflies(builder, start, row, beta)
        }
    }
}

/// Evaluates at `beta` the polynomial with the given values over the bit-reversed coset `start * <g_3>`: one row.
fn interpolate(builder: &mut Builder, start: Target, row: &[ExtTarget], beta: ExtTarget) -> ExtTarget {
    // plonky2's gate lists values in the order of its own generator. Its wires: shift; 8 values; point; result.
    let gate = CosetInterpolationGate::<Field, D>::new(GATE_BITS);
    let gate_row = builder.add_gate(gate, vec![]);
    let wires = |at: usize| ExtensionTarget::from_range(gate_row, at..at + D);
    let values_at = 1;
    let point_at = values_at + D * row.len();
    builder.connect(start, Target::wire(gate_row, 0));
    for (j, &value) in row.iter().enumerate() {
        let slot = gate_slot(reverse_bits_len(j, GATE_BITS));
        builder.connect_extension(value, wires(values_at + D * slot));
    }
    builder.connect_extension(beta, wires(point_at));
    wires(point_at + D)
}

/// Which power of plonky2's generator of order 8 Plonky3's generator to the `power` is.
fn gate_slot(power: usize) -> usize {
    let wanted = embed::base(generator(GATE_BITS).exp_u64(power as u64));
    let subgroup = Field::two_adic_subgroup(GATE_BITS);
    subgroup.iter().position(|&x| x == wanted).unwrap_or_default()
}

/// The same for any arity, by halving: (y0 + y1) / 2 + (y0 - y1) * beta / (2 x) for the values at x and -x.
fn butterflies(builder: &mut Builder, start: Target, row: &[ExtTarget], beta: ExtTarget) -> ExtTarget {
    let half = Field::TWO.inverse();
    let start = builder.convert_to_ext(start);
    let inverse = builder.inverse_extension(start);
    // beta / start; both are squared from level to level.
    let mut ratio = builder.mul_extension(beta, inverse);
    let mut row = row.to_vec();
    while row.len() > 1 {
        let bits = row.len().ilog2() as usize;
        row = (row.chunks_exact(2).enumerate())
            .map(|(j, pair)| {
                // The pair lies over start * g^bitrev(2j), bitrev of `bits` bits, and its negative.
                let turn = generator(bits).exp_u64(reverse_bits_len(2 * j, bits) as u64).inverse();
                let turn = embed::constant_ext(builder, turn);
                let ratio = builder.mul_extension(ratio, turn);
                let sum = builder.add_extension(pair[0], pair[1]);
                let difference = builder.sub_extension(pair[0], pair[1]);
                builder.arithmetic_extension(half, half, difference, ratio, sum)
            })
            .collect();
        ratio = builder.square_extension(ratio);
    }
    row[0]
}

#[cfg(test)]
mod tests {
    use std::marker::PhantomData;

    use p3_field::BasedVectorSpace;
    use p3_fri::{FriFoldingStrategy, TwoAdicFriFolding};
    use plonky2::iop::generator::generate_partial_witness;
    use plonky2::iop::witness::{Witness as _, WitnessWrite};
    use plonky2::plonk::circuit_data::CircuitConfig;

    use super::*;
    use crate::recursion::{Config, Witness};
    use crate::stark::{Challenge, Val};

    fn ext(seed: u64) -> Challenge {
        Challenge::from_basis_coefficients_fn(|i| Val::from_u64(seed * 1_000_003 + 77 * i as u64).exp_u64(5))
    }

    /// Builds one fold and says whether a witness exists for a row whose value at the index is `offset` away from
    /// the expected one; checks points and result if it does.
    fn fold_once(log_height: usize, log_arity: usize, index: usize, offset: u64) -> bool {
        let mut builder = Builder::new(CircuitConfig::standard_recursion_config());
        let bits: Vec<BoolTarget> = (0..log_height + 2).map(|_| builder.add_virtual_bool_target_safe()).collect();
        let row: Vec<ExtTarget> = builder.add_virtual_extension_targets(1 << log_arity);
        let (expected, beta) = (builder.add_virtual_extension_target(), builder.add_virtual_extension_target());
        let query = QueryPoint::new(&mut builder, bits);
        let folded = query.fold(&mut builder, log_height, &row, expected, beta);
        let data = builder.mock_build::<Config>();
        let mut witness = Witness::new();
        for (i, bit) in query.bits.iter().enumerate() {
            witness.set_bool_target(*bit, index >> i & 1 == 1).unwrap();
        }
        let values: Vec<Challenge> = (0..row.len() as u64).map(ext).collect();
        for (&t, &v) in row.iter().zip(&values) {
            witness.set_extension_target(t, embed::extension(v)).unwrap();
        }
        let at = index >> 2;
        let own = values[at % row.len()] + Challenge::from_u64(offset);
        witness.set_extension_target(expected, embed::extension(own)).unwrap();
        witness.set_extension_target(beta, embed::extension(ext(99))).unwrap();
        let Ok(filled) = generate_partial_witness::<Field, Config, D>(witness, &data.prover_only, &data.common) else {
            return false;
        };
        let point = generator(log_height).exp_u64(reverse_bits_len(at, log_height) as u64);
        assert_eq!(filled.get_target(query.at_height(log_height)), embed::base(point));
        let native: TwoAdicFriFolding<(), ()> = TwoAdicFriFolding(PhantomData);
        let expected = FriFoldingStrategy::<Val, Challenge>::fold_row(
            &native,
            at >> log_arity,
            log_height - log_arity,
            log_arity,
            ext(99),
            values.into_iter(),
        );
        assert_eq!(filled.get_extension_target(folded), embed::extension(expected));
        true
    }

    #[test]
    fn folds_agree_with_the_library_for_every_arity() {
        for log_arity in 1..=4 {
            for index in [0, 1, 37, 100, 255, 200] {
                assert!(fold_once(6, log_arity, index, 0));
            }
        }
    }

    #[test]
    fn a_row_that_does_not_hold_the_value_at_the_index_is_rejected() {
        for log_arity in 1..=3 {
            assert!(!fold_once(6, log_arity, 37, 1));
        }
    }
}
