//! Constraints of the range table.

use braid_primitives::F;
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::Columns;
use crate::leaf::bus::{LeafBuilder, RANGE, RANGE_CHECK};

/// The chip of sixteen-bit values.
#[derive(Clone, Copy, Debug, Default)]
pub struct Range;

impl BaseAir<F> for Range {
    fn width(&self) -> usize {
        Columns::<F>::WIDTH
    }
}

impl<AB: LeafBuilder> Air<AB> for Range {
    fn eval(&self, builder: &mut AB) {
        let main = builder.main();
        let row = Columns::<AB::Var>::read(main.current_slice());
        let next = Columns::<AB::Var>::read(main.next_slice());

        builder.when_first_row().assert_zero(row.value);
        builder.when_transition().assert_eq(next.value, row.value + AB::Expr::ONE);
        builder.when_last_row().assert_eq(row.value, AB::Expr::from_usize(RANGE - 1));

        RANGE_CHECK.provide(builder, [row.value.into()], row.uses.into());
    }
}
