//! Constraints of the combine chip.

use braid_primitives::F;
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::{Dup, PrimeCharacteristicRing};
use p3_matrix::dense::RowMajorMatrix;

use super::HEIGHT;
use super::columns::Columns;
use super::schedule::addend;
use crate::leaf::bucket::RADIX;
use crate::leaf::bus::{CURVE, CurveTag, LeafBuilder, curve};
use crate::leaf::curve::{Point, Quintic};

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
        let acc = Point::<AB::Expr>::of(&row.acc_x, &row.acc_u);
        let addend = Point::<AB::Expr>::of(&row.addend_x, &row.addend_u);
        let following = Point::of(&next.acc_x, &next.acc_u);

        builder.when_first_row().assert_zeros(acc.cells());
        builder.when_last_row().assert_zeros(acc.cells());
        let mut doubles = builder.when(AB::Expr::ONE - adds.dup());
        doubles.assert_zeros(addend.x.sub(&acc.x).0);
        doubles.assert_zeros(addend.u.sub(&acc.u).0);

        let [t1, t3, x, u] = acc.sum_residues(&addend, &Quintic::of(&row.t1), &Quintic::of(&row.t3), &following);
        builder.assert_zeros(t1.0);
        builder.assert_zeros(t3.0);
        builder.when_transition().assert_zeros(x.0);
        builder.when_transition().assert_zeros(u.0);

        let fields = [key, AB::Expr::ZERO].into_iter().chain(addend.cells());
        CURVE.receive(builder, curve::<AB>(CurveTag::Running, fields), adds);
    }
}
