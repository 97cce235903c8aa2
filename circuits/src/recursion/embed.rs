//! One field under two libraries: numbers of Plonky3 as numbers and constants of plonky2.
//!
//! Base field and extension are the same (degree 2, non-residue 7). Generators of subgroups and of the
//! multiplicative group are not: everything that verifies a leaf proof takes Plonky3's, through this module.

use p3_field::{BasedVectorSpace, PrimeField64, TwoAdicField};
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::types::Field as _;
use plonky2::iop::ext_target::ExtensionTarget;
use plonky2::iop::target::Target;

use super::{Builder, D, Field};
use crate::stark::{Challenge, Val};

/// An element of the extension inside a circuit.
pub type ExtTarget = ExtensionTarget<D>;

/// The same number in plonky2.
pub fn base(x: Val) -> Field {
    Field::from_canonical_u64(x.as_canonical_u64())
}

/// The same number of the extension in plonky2.
pub fn extension(x: Challenge) -> QuadraticExtension<Field> {
    let limbs: &[Val] = x.as_basis_coefficients_slice();
    QuadraticExtension([base(limbs[0]), base(limbs[1])])
}

/// A base constant.
pub fn constant(builder: &mut Builder, x: Val) -> Target {
    builder.constant(base(x))
}

/// A base constant as an element of the extension.
pub fn constant_ext(builder: &mut Builder, x: Val) -> ExtTarget {
    builder.constant_extension(QuadraticExtension([base(x), Field::ZERO]))
}

/// Plonky3's generator of the subgroup of order `2^bits`.
pub fn generator(bits: usize) -> Val {
    Val::two_adic_generator(bits)
}

/// Both limbs of each element, in order.
pub fn flatten(elements: &[ExtTarget]) -> Vec<Target> {
    elements.iter().flat_map(|e| e.0).collect()
}

/// `sum_i base^i * terms_i` over the extension, 32 terms a row.
pub fn reduce_ext(builder: &mut Builder, base: ExtTarget, terms: &[ExtTarget]) -> ExtTarget {
    plonky2::util::reducing::ReducingFactorTarget::new(base).reduce(terms, builder)
}

#[cfg(test)]
mod tests {
    use p3_field::extension::BinomiallyExtendable;
    use plonky2::field::extension::Extendable;

    use super::*;

    #[test]
    fn both_libraries_extend_by_the_same_root() {
        assert_eq!(base(<Val as BinomiallyExtendable<2>>::W), <Field as Extendable<2>>::W);
        let x = Challenge::from_basis_coefficients_fn(|i| Val::new(3 + i as u64));
        let y = Challenge::from_basis_coefficients_fn(|i| Val::new(50 - i as u64));
        assert_eq!(extension(x * y), extension(x) * extension(y));
    }
}
