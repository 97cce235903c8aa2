//! Constraints of the wide chip.

use braid_primitives::F;
use p3_air::{Air, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::{CARRY_OFFSET, Columns, LIMBS};
use crate::leaf::bus::{LINK, LeafBuilder, RANGE_CHECK, Tag, link};

/// The chip of exact multiplications and divisions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wide;

impl BaseAir<F> for Wide {
    fn width(&self) -> usize {
        Columns::<F>::WIDTH
    }

    fn main_next_row_columns(&self) -> Vec<usize> {
        Vec::new()
    }
}

/// The number that limbs stand for.
fn number<AB: LeafBuilder>(limbs: [AB::Var; LIMBS]) -> AB::Expr {
    limbs.iter().rev().fold(AB::Expr::ZERO, |sum, &limb| sum * AB::Expr::from_u64(1 << 16) + limb)
}

/// The signed carry that two limbs stand for.
fn carry<AB: LeafBuilder>([low, high]: [AB::Var; 2]) -> AB::Expr {
    high * AB::Expr::from_u64(1 << 16) + low - AB::Expr::from_u64(CARRY_OFFSET)
}

impl<AB: LeafBuilder> Air<AB> for Wide {
    fn eval(&self, builder: &mut AB) {
        let row = Columns::<AB::Var>::read(builder.main().current_slice());
        let constant = AB::Expr::from_u64;

        builder.assert_bool(row.up);
        // The remainder counts +1 when rounding down and −1 when rounding up.
        let sign = AB::Expr::ONE - row.up * constant(2);
        let [a, b, c, q, r, gap] = [row.a, row.b, row.c, row.q, row.r, row.gap].map(number::<AB>);

        builder.assert_eq(gap, c.clone() - r.clone() - AB::Expr::ONE);
        builder.assert_eq(a.clone() * b.clone(), q.clone() * c.clone() + sign.clone() * r);

        // The same equation modulo 2^64, in two steps of 32 bits.
        let at = |position: usize| {
            (0..=position).fold(-(sign.clone() * row.r[position]), |sum, i| {
                sum + row.a[i] * row.b[position - i] - row.q[i] * row.c[position - i]
            })
        };
        let (carry_0, carry_1) = (carry::<AB>(row.carry_0), carry::<AB>(row.carry_1));
        builder.assert_eq(at(0) + at(1) * constant(1 << 16), carry_0.clone() * constant(1 << 32));
        builder.assert_eq(carry_0 + at(2) + at(3) * constant(1 << 16), carry_1 * constant(1 << 32));

        for limbs in [row.a, row.b, row.c, row.q, row.r, row.gap] {
            for limb in limbs {
                RANGE_CHECK.receive(builder, [limb.into()], AB::Expr::ONE);
            }
            RANGE_CHECK.receive(builder, [limbs[LIMBS - 1] * constant(4)], AB::Expr::ONE);
        }
        for limb in row.carry_0.into_iter().chain(row.carry_1) {
            RANGE_CHECK.receive(builder, [limb.into()], AB::Expr::ONE);
        }
        LINK.provide(builder, link::<AB>(Tag::Wide, [row.up.into(), a, b, c, q]), row.uses.into());
    }
}
