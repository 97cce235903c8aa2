//! One table at the out-of-domain point: its constraints, combined by powers of alpha, equal the quotient times the vanishing
//! polynomial of its rows.

use p3_field::{BasedVectorSpace, Field as _, PrimeCharacteristicRing};

use super::LeafError;
use super::description::{Contents, LeafDescription, Table};
use super::proof::ProofTargets;
use super::transcript::Challenges;
use crate::recursion::Builder;
use crate::recursion::constraints::Variable;
use crate::recursion::embed::{self, ExtTarget, generator, reduce_ext};
use crate::stark::{Challenge, Val};

/// Values at the out-of-domain point that depend on the number of rows only.
#[derive(Clone, Copy, Debug)]
pub struct RowDomain {
    /// The point to the power of the number of rows.
    power: ExtTarget,
    /// Inverse of the vanishing polynomial; its existence proves that the point is not in the domain.
    inverse_vanishing: ExtTarget,
    first: ExtTarget,
    last: ExtTarget,
    transition: ExtTarget,
}

impl RowDomain {
    /// For `2^degree_bits` rows. The selectors are the library's, which are not normalised.
    pub fn new(builder: &mut Builder, zeta: ExtTarget, degree_bits: usize) -> Self {
        let power = builder.exp_power_of_2_extension(zeta, degree_bits);
        let one = builder.one_extension();
        let vanishing = builder.sub_extension(power, one);
        let last_row = embed::constant_ext(builder, generator(degree_bits).inverse());
        let from_first = builder.sub_extension(zeta, one);
        let transition = builder.sub_extension(zeta, last_row);
        Self {
            power,
            inverse_vanishing: builder.inverse_extension(vanishing),
            first: builder.div_extension(vanishing, from_first),
            last: builder.div_extension(vanishing, transition),
            transition,
        }
    }
}

/// What the constraints of all tables share.
pub struct OutOfDomain<'a, B> {
    /// Shape.
    pub shape: &'a LeafDescription,
    /// The proof.
    pub proof: &'a ProofTargets,
    /// Challenges.
    pub challenges: &'a Challenges<ExtTarget, B>,
    /// Denominator base of each bus.
    pub prefixes: &'a [ExtTarget],
}

impl<B> OutOfDomain<'_, B> {
    /// Constrains table `index`.
    pub fn constrain(&self, builder: &mut Builder, index: usize, rows: &RowDomain) -> Result<(), LeafError> {
        let table = &self.shape.tables[index];
        let values = table.constraints.evaluate(builder, |builder, v| self.variable(builder, index, rows, v))?;
        // The library folds by Horner, so the first constraint has the highest power.
        let highest_last: Vec<ExtTarget> = values.into_iter().rev().collect();
        let folded = reduce_ext(builder, self.challenges.alpha, &highest_last);
        let claimed = builder.mul_extension(folded, rows.inverse_vanishing);
        let quotient = self.quotient(builder, table, rows)?;
        builder.connect_extension(claimed, quotient);
        Ok(())
    }

    fn opened(&self, contents: Contents, matrix: usize, next: bool) -> Option<&[ExtTarget]> {
        let at = self.shape.position(contents)?;
        self.proof.opened.get(at)?.get(matrix)?.get(usize::from(next)).map(Vec::as_slice)
    }

    fn variable(
        &self,
        builder: &mut Builder,
        index: usize,
        rows: &RowDomain,
        variable: Variable,
    ) -> Result<ExtTarget, LeafError> {
        let table = &self.shape.tables[index];
        let unknown = || LeafError::Shape("a constraint refers to a value the table does not have");
        Ok(match variable {
            Variable::FirstRow => rows.first,
            Variable::LastRow => rows.last,
            Variable::Transition => rows.transition,
            Variable::Main { column, next } => {
                if column >= table.width {
                    return Err(unknown());
                }
                // A row that is not opened reads as zero, as in the library.
                let row = self.opened(Contents::Main, index, next);
                row.map_or_else(|| builder.zero_extension(), |row| row[column])
            }
            Variable::Preprocessed { column, next } => {
                let matrix = table.matrices.preprocessed.filter(|_| column < table.preprocessed_width);
                let row = self.opened(Contents::Preprocessed, matrix.ok_or_else(unknown)?, next);
                row.map_or_else(|| builder.zero_extension(), |row| row[column])
            }
            Variable::Permutation { column, next } => {
                let matrix = table.matrices.permutation.ok_or_else(unknown)?;
                let row = self.opened(Contents::Permutation, matrix, next).ok_or_else(unknown)?;
                let limbs = row.get(2 * column..2 * column + 2).ok_or_else(unknown)?;
                from_limbs(builder, limbs[0], limbs[1])
            }
            Variable::Public(i) => {
                let value = *self.proof.public_values[index].get(i).ok_or_else(unknown)?;
                builder.convert_to_ext(value)
            }
            Variable::Challenge(i) => {
                let (_, beta) = self.challenges.lookup.ok_or_else(unknown)?;
                let bus = *table.buses.get(i / 2).ok_or_else(unknown)?;
                if i % 2 == 0 { *self.prefixes.get(bus).ok_or_else(unknown)? } else { beta }
            }
            Variable::Terminal => {
                let before = self.shape.tables[..index].iter().filter(|t| !t.buses.is_empty()).count();
                *self.proof.terminals.get(before).ok_or_else(unknown)?
            }
        })
    }

    /// The quotient from its chunks. Chunk i lives on the coset `7 g^i H` of the `n`-element subgroup H, where g generates the
    /// group of all chunks; it is weighted by the polynomial that is 1 there and vanishes on the others.
    fn quotient(&self, builder: &mut Builder, table: &Table, rows: &RowDomain) -> Result<ExtTarget, LeafError> {
        let chunks = 1 << table.log_chunks;
        let step = generator(table.degree_bits + table.log_chunks);
        let shifts: Vec<Val> = (0..chunks).map(|i| Val::GENERATOR * step.exp_u64(i as u64)).collect();
        let powers: Vec<Val> = shifts.iter().map(|s| s.exp_power_of_2(table.degree_bits)).collect();
        let mut quotient = builder.zero_extension();
        for i in 0..chunks {
            let missing = LeafError::Shape("a quotient chunk is missing");
            let limbs = self.opened(Contents::Quotient, table.matrices.quotient + i, false).ok_or(missing)?;
            let mut term = from_limbs(builder, limbs[0], limbs[1]);
            for j in (0..chunks).filter(|&j| j != i) {
                // (zeta^n / s_j^n - 1) / (s_i^n / s_j^n - 1) = (zeta^n - s_j^n) / (s_i^n - s_j^n)
                let weight = embed::constant_ext(builder, (powers[i] - powers[j]).inverse());
                let root = embed::constant_ext(builder, powers[j]);
                let vanishing = builder.sub_extension(rows.power, root);
                let factor = builder.mul_extension(vanishing, weight);
                term = builder.mul_extension(term, factor);
            }
            quotient = builder.add_extension(quotient, term);
        }
        Ok(quotient)
    }
}

/// `low + high * x` where x is the generator of the extension; the limbs are themselves elements of the extension.
fn from_limbs(builder: &mut Builder, low: ExtTarget, high: ExtTarget) -> ExtTarget {
    let generator = Challenge::from_basis_coefficients_fn(Val::from_usize);
    let generator = builder.constant_extension(embed::extension(generator));
    builder.mul_add_extension(high, generator, low)
}
