//! Constraints of the bucket chip.

use braid_primitives::F;
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::{Dup, PrimeCharacteristicRing};

use super::columns::Columns;
use super::{RADIX, WINDOWS};
use crate::leaf::bus::{CURVE, CurveTag, LeafBuilder, curve};

/// The chip of buckets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bucket;

impl BaseAir<F> for Bucket {
    fn width(&self) -> usize {
        Columns::<F>::WIDTH
    }
}

impl<AB: LeafBuilder> Air<AB> for Bucket {
    fn eval(&self, builder: &mut AB) {
        let main = builder.main();
        let row = Columns::<AB::Var>::read(main.current_slice());
        let next = Columns::<AB::Var>::read(main.next_slice());
        let sum = &row.sum;
        let (acc, addend) = (sum.acc::<AB::Expr>(), sum.addend::<AB::Expr>());

        walk(builder, &row, &next);

        // A marker adds nothing, the last one of a window the accumulator's opposite.
        builder.when_first_row().assert_zeros(acc.cells());
        for (addend, acc) in sum.addend_x.into_iter().zip(sum.acc_x) {
            builder.assert_zero(row.marker * addend - row.last * acc);
        }
        for (addend, acc) in sum.addend_u.into_iter().zip(sum.acc_u) {
            builder.assert_zero(row.marker * addend + row.last * acc);
        }

        sum.eval(builder, &next.sum);

        let fields = [row.window.into(), row.digit.into()].into_iter().chain(addend.cells());
        CURVE.receive(builder, curve::<AB>(CurveTag::Point, fields), row.point.into());
        let key = row.window * AB::Expr::from_usize(RADIX) + row.digit;
        let fields = [key, AB::Expr::ZERO].into_iter().chain(acc.cells());
        CURVE.send(builder, curve::<AB>(CurveTag::Running, fields), row.marker - row.last);
    }
}

/// Windows upwards from 0, digits downwards from 255, one marker for each; then padding.
fn walk<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>, next: &Columns<AB::Var>) {
    let (real, follows) = (row.point + row.marker, next.point + next.marker);
    let (one, top) = (AB::Expr::ONE, AB::Expr::from_usize(RADIX - 1));
    let missing = row.window - AB::Expr::from_usize(WINDOWS - 1);
    builder.assert_bool(row.point);
    builder.assert_bool(row.marker);
    builder.assert_bool(real.dup());
    builder.assert_bool(row.last);
    builder.assert_zero(row.last * (one.dup() - row.marker));
    builder.assert_zero(row.last * row.digit);

    let mut first = builder.when_first_row();
    first.assert_one(real.dup());
    first.assert_zero(row.window);
    first.assert_eq(row.digit, top.dup());

    // Within a window.
    let within = real.dup() - row.last;
    let mut transition = builder.when_transition();
    transition.assert_zero(within.dup() * (one.dup() - follows.dup()));
    transition.assert_zero(within.dup() * (next.window - row.window));
    transition.assert_zero(within.dup() * (next.digit - row.digit + row.marker));
    // To the next one, and from the last one to padding.
    transition.assert_zero(row.last * (one.dup() - follows.dup()) * missing.dup());
    transition.assert_zero(row.last * follows.dup() * (next.window - row.window - one.dup()));
    transition.assert_zero(row.last * follows.dup() * (next.digit - top));
    transition.assert_zero((one - real) * follows);

    let mut last = builder.when_last_row();
    last.assert_zero(within);
    last.assert_zero(row.last * missing);
}
