//! Constraints of the combine chip.

use braid_primitives::F;
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::{Dup, PrimeCharacteristicRing};
use p3_matrix::dense::RowMajorMatrix;

use super::schedule::addend;
use super::{Columns, HEIGHT};
use crate::leaf::bucket::RADIX;
use crate::leaf::bus::{CURVE, CurveTag, LeafBuilder, curve};

/// Preprocessed columns: whether a running sum is added, and its key.
const FIXED: usize = 2;

/// The chip that adds up all buckets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Combine;

impl BaseAir<F> for Combine {
    fn width(&self) -> usize {
        Columns::<F>::WIDTH
    }

    fn preprocessed_width(&self) -> usize {
        FIXED
    }

    fn preprocessed_next_row_columns(&self) -> Vec<usize> {
        Vec::new()
    }

    fn preprocessed_trace(&self) -> Option<RowMajorMatrix<F>> {
        let row = |row| {
            addend(row).map_or([F::ZERO; FIXED], |(window, digit)| [F::ONE, F::from_usize(window * RADIX + digit)])
        };
        Some(RowMajorMatrix::new((0..HEIGHT).flat_map(row).collect(), FIXED))
    }
}

impl<AB: LeafBuilder> Air<AB> for Combine {
    fn eval(&self, builder: &mut AB) {
        let main = builder.main();
        let row = Columns::<AB::Var>::read(main.current_slice());
        let next = Columns::<AB::Var>::read(main.next_slice());
        let fixed = builder.preprocessed().current_slice();
        let [adds, key]: [AB::Expr; FIXED] = [fixed[0].into(), fixed[1].into()];
        let (acc, addend) = (row.acc::<AB::Expr>(), row.addend::<AB::Expr>());

        builder.when_first_row().assert_zeros(acc.cells());
        builder.when_last_row().assert_zeros(acc.cells());
        let mut doubles = builder.when(AB::Expr::ONE - adds.dup());
        doubles.assert_zeros(addend.x.sub(&acc.x).0);
        doubles.assert_zeros(addend.u.sub(&acc.u).0);

        row.eval(builder, &next);

        let fields = [key, AB::Expr::ZERO].into_iter().chain(addend.cells());
        CURVE.receive(builder, curve::<AB>(CurveTag::Running, fields), adds);
    }
}
