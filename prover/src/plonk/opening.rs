//! Evaluations of committed polynomials at a point of the extension field.

use super::packing::{F, P, WIDTH, packed, powers};
use plonky2::field::extension::{Extendable, FieldExtension};
use plonky2::field::packed::PackedField;
use plonky2::field::types::Field;
use rayon::prelude::*;

/// The powers of a point, one column for each coordinate of the extension.
pub(super) struct PowersOf<const D: usize> {
    coordinates: [Vec<F>; D],
}

impl<const D: usize> PowersOf<D>
where
    F: Extendable<D>,
{
    pub fn new(point: <F as Extendable<D>>::Extension, count: usize) -> Self {
        Self { coordinates: split(&powers(point, Field::ONE, count)) }
    }

    /// Each polynomial (at least `WIDTH` coefficients, at most as many as there are powers) at the
    /// point.
    pub fn evaluate(&self, polynomials: &[&[F]]) -> Vec<<F as Extendable<D>>::Extension> {
        polynomials
            .par_iter()
            .map(|coefficients| {
                let coordinate = |d: usize| -> F {
                    let powers = packed(&self.coordinates[d][..coefficients.len()]);
                    let sum: P = packed(coefficients).iter().zip(powers).map(|(c, power)| *c * *power).sum();
                    sum.as_slice().iter().copied().sum()
                };
                FieldExtension::from_basefield_array(core::array::from_fn(coordinate))
            })
            .collect()
    }
}

/// Elements of the extension by coordinates.
pub(super) fn split<const D: usize>(elements: &[<F as Extendable<D>>::Extension]) -> [Vec<F>; D]
where
    F: Extendable<D>,
{
    core::array::from_fn(|d| elements.par_iter().with_min_len(1 << 12).map(|e| e.to_basefield_array()[d]).collect())
}

/// `Σ scalars[i] · polynomials[i]` with scalars of the extension; all polynomials have `length`
/// coefficients, a multiple of [`WIDTH`].
pub(super) fn combine<const D: usize>(
    polynomials: &[&[F]],
    scalars: &[<F as Extendable<D>>::Extension],
    length: usize,
) -> Vec<<F as Extendable<D>>::Extension>
where
    F: Extendable<D>,
{
    const RUN: usize = 1 << 9;
    let mut out = vec![<F as Extendable<D>>::Extension::ZERO; length];
    out.par_chunks_mut(RUN).enumerate().for_each(|(run, out)| {
        let range = run * RUN..run * RUN + out.len();
        let mut sums = [[P::ZEROS; D]; RUN / WIDTH];
        for (polynomial, scalar) in polynomials.iter().zip(scalars) {
            let scalar = scalar.to_basefield_array().map(P::from);
            for (sums, c) in sums.iter_mut().zip(packed(&polynomial[range.clone()])) {
                for (sum, scalar) in sums.iter_mut().zip(scalar) {
                    *sum += *c * scalar;
                }
            }
        }
        for (out, sums) in out.chunks_mut(WIDTH).zip(&sums) {
            for (lane, out) in out.iter_mut().enumerate() {
                let coordinates = sums.map(|sum| sum.as_slice()[lane]);
                *out = FieldExtension::from_basefield_array(coordinates);
            }
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use plonky2::field::extension::quadratic::QuadraticExtension;
    use plonky2::field::extension::quartic::QuarticExtension;
    use plonky2::field::polynomial::PolynomialCoeffs;
    use plonky2::field::types::Sample;

    #[test]
    fn evaluation_equals_plonky2() {
        let polynomials: Vec<Vec<F>> = (0..5).map(|_| F::rand_vec(256)).collect();
        let slices: Vec<&[F]> = polynomials.iter().map(|p| &p[..]).collect();
        let (two, four) = (QuadraticExtension::<F>::rand(), QuarticExtension::<F>::rand());
        let at_two = PowersOf::<2>::new(two, 256).evaluate(&slices);
        let at_four = PowersOf::<4>::new(four, 256).evaluate(&slices);
        for (i, polynomial) in polynomials.into_iter().enumerate() {
            let polynomial = PolynomialCoeffs::new(polynomial);
            assert_eq!(at_two[i], polynomial.to_extension::<2>().eval(two));
            assert_eq!(at_four[i], polynomial.to_extension::<4>().eval(four));
        }
    }

    #[test]
    fn combination_is_linear_in_every_coefficient() {
        let polynomials: Vec<Vec<F>> = (0..3).map(|_| F::rand_vec(1024)).collect();
        let slices: Vec<&[F]> = polynomials.iter().map(|p| &p[..]).collect();
        let scalars = QuadraticExtension::<F>::rand_vec(3);
        let combined = combine::<2>(&slices, &scalars, 1024);
        for (k, sum) in combined.into_iter().enumerate() {
            let expected = (0..3).map(|i| scalars[i] * QuadraticExtension::from(polynomials[i][k])).sum();
            assert_eq!(sum, expected);
        }
    }
}
