//! Tables that depend on a circuit's size only, computed once for each.

use super::fft::Roots;
use super::packing::{F, invert_all, powers, reverse_bits};
use plonky2::field::types::Field;
use std::sync::Arc;

/// The domain of a low-degree extension: `shift · K` with `|K| = 2^(bits + rate_bits)`, seen as
/// `2^rate_bits` cosets of the subgroup of order `2^bits`.
pub(super) struct Domain {
    pub rate_bits: usize,
    pub roots: Arc<Roots>,
    /// `twists[b][j] = s^j` where coset `b`, in bit-reversed order, is `s · H`.
    pub twists: Vec<Vec<F>>,
}

impl Domain {
    /// `roots` reach at least `2^bits` points.
    pub fn new(bits: usize, rate_bits: usize, shift: F, roots: Arc<Roots>) -> Self {
        let generator = F::primitive_root_of_unity(bits + rate_bits);
        let twists = (0..1 << rate_bits)
            .map(|block| {
                let exponent = reverse_bits(block, rate_bits);
                powers(shift * generator.exp_u64(exponent as u64), F::ONE, 1 << bits)
            })
            .collect();
        Self { rate_bits, roots, twists }
    }
}

/// All tables for circuits of one size.
pub(super) struct Shape {
    /// Of the commitments.
    pub domain: Domain,
    /// Of the layers of FRI, from the first folding on.
    pub layers: Vec<Domain>,
    /// `x` at each point of the quotient's domain, in the order of the leaves.
    pub points: Vec<F>,
    /// The first Lagrange polynomial there.
    pub first_lagrange: Vec<F>,
    /// `1 / (x^n − 1)`, one value for each coset of the subgroup.
    pub vanishing_inverse: Vec<F>,
    /// `shift^-j / |quotient's domain|`: scales an inverse transform to coefficients.
    pub unshift: Vec<F>,
}

impl Shape {
    /// For circuits of `2^bits` rows, quotients of at most `2^quotient_bits` times that many
    /// coefficients, and FRI layers that fold by `2^arity` for each of `arities`.
    pub fn new(bits: usize, rate_bits: usize, quotient_bits: usize, arities: &[usize]) -> Self {
        let roots = Arc::new(Roots::new(bits + quotient_bits));
        let shift = F::coset_shift();
        let (mut layer_bits, mut layer_shift) = (bits, shift);
        let layers = arities
            .iter()
            .map(|arity| {
                layer_bits -= arity;
                layer_shift = layer_shift.exp_power_of_2(*arity);
                Domain::new(layer_bits, rate_bits, layer_shift, roots.clone())
            })
            .collect();

        let all_bits = bits + quotient_bits;
        let natural = powers(F::primitive_root_of_unity(all_bits), shift, 1 << all_bits);
        let points: Vec<F> = (0..natural.len()).map(|leaf| natural[reverse_bits(leaf, all_bits)]).collect();
        let vanishing: Vec<F> =
            (0..1 << quotient_bits).map(|block| points[block << bits].exp_power_of_2(bits) - F::ONE).collect();
        let rows = F::from_canonical_usize(1 << bits);
        let denominators: Vec<F> = points.iter().map(|&x| rows * (x - F::ONE)).collect();
        let mut first_lagrange = invert_all(&denominators);
        for (leaf, value) in first_lagrange.iter_mut().enumerate() {
            *value *= vanishing[leaf >> bits];
        }
        Self {
            domain: Domain::new(bits, rate_bits, shift, roots),
            layers,
            points,
            first_lagrange,
            vanishing_inverse: F::batch_multiplicative_inverse(&vanishing),
            unshift: powers(shift.inverse(), F::inverse_2exp(all_bits), 1 << all_bits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plonky2::field::zero_poly_coset::ZeroPolyOnCoset;

    #[test]
    fn vanishing_and_lagrange_values_equal_plonky2() {
        let (bits, quotient_bits) = (5, 3);
        let shape = Shape::new(bits, 3, quotient_bits, &[2]);
        let expected = ZeroPolyOnCoset::new(bits, quotient_bits);
        for leaf in 0..1 << (bits + quotient_bits) {
            let i = reverse_bits(leaf, bits + quotient_bits);
            let x = shape.points[leaf];
            assert_eq!(shape.first_lagrange[leaf], expected.eval_l_0(i, x));
            assert_eq!(shape.vanishing_inverse[leaf >> bits], expected.eval_inverse(i));
        }
    }
}
