//! Constraints of the ladder.

use braid_primitives::F;
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::{Dup, PrimeCharacteristicRing};

use super::columns::Columns;
use super::schedule::{FIRST_BASE, Step};
use crate::leaf::bus::{LADDER, LadderTag, LeafBuilder, ladder};
use crate::leaf::curve::Quintic;

/// The chip of scalar multiplications.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ladder;

impl BaseAir<F> for Ladder {
    fn width(&self) -> usize {
        Columns::<F>::WIDTH
    }
}

/// The flags of a row as expressions, and what follows from them.
struct Flags<E> {
    real: E,
    first: E,
    build: E,
    window: E,
    word: E,
    base: E,
    cancel: E,
    /// The last row of a scalar multiplication.
    last: E,
}

impl<E: PrimeCharacteristicRing> Flags<E> {
    fn of<T: Into<E>>(step: Step<T>) -> Self {
        let (build, cancel): (E, E) = (step.build.into(), step.cancel.into());
        Self {
            last: cancel.dup() * (E::ONE - build.dup()),
            real: step.real.into(),
            first: step.first.into(),
            window: step.window.into(),
            word: step.word.into(),
            base: step.base.into(),
            build,
            cancel,
        }
    }

    /// The accumulator itself is added.
    fn double(&self) -> E {
        self.real.dup() - self.build.dup() - self.window.dup() - self.base.dup() - self.last.dup()
    }
}

impl<AB: LeafBuilder> Air<AB> for Ladder {
    fn eval(&self, builder: &mut AB) {
        let main = builder.main();
        let row = Columns::<AB::Var>::read(main.current_slice());
        let next = Columns::<AB::Var>::read(main.next_slice());
        let flags = Flags::of(row.step());

        walk(builder, &row, &next, &flags);
        scalar(builder, &row, &next, &flags);
        points(builder, &row, &next, &flags);
        messages(builder, &row, &flags);
    }
}

/// Rows go through the schedule from its first step to its last, for one signature.
fn walk<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>, next: &Columns<AB::Var>, flags: &Flags<AB::Expr>) {
    let goes_on = flags.real.dup() - flags.last.dup();
    builder.when_first_row().assert_eq(row.real, row.first);
    builder.when_last_row().assert_zero(goes_on.dup());
    let mut transition = builder.when_transition();
    transition.when(goes_on.dup()).assert_eq(next.step, row.step + AB::Expr::ONE);
    transition.when(goes_on.dup()).assert_eq(next.signature, row.signature);
    transition.when(AB::Expr::ONE - goes_on).assert_eq(next.real, next.first);
}

/// Digits are collected to words, and lookups addressed.
fn scalar<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>, next: &Columns<AB::Var>, flags: &Flags<AB::Expr>) {
    builder.when(flags.first.dup()).assert_zero(row.value);
    let kept = (AB::Expr::ONE - flags.window.dup()) * row.value;
    let grown = (flags.window.dup() - flags.word.dup()) * with_digit::<AB>(row);
    builder.when_transition().assert_eq(next.value, kept + grown);

    let window = row.step - AB::Expr::from_usize(FIRST_BASE + 1);
    builder.assert_eq(row.id, row.signature + flags.base.dup() * (window - row.signature));
}

/// The law of the group, and the addends that are not looked up.
fn points<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>, next: &Columns<AB::Var>, flags: &Flags<AB::Expr>) {
    let (acc, addend) = (row.acc::<AB::Expr>(), row.addend::<AB::Expr>());
    let (following, next_addend) = (next.acc::<AB::Expr>(), next.addend::<AB::Expr>());

    let [t1, t3, x, u] = acc.sum_residues(&addend, &Quintic::of(&row.t1), &Quintic::of(&row.t3), &following);
    builder.assert_zeros(t1.0);
    builder.assert_zeros(t3.0);
    builder.when_transition().assert_zeros(x.0);
    builder.when_transition().assert_zeros(u.0);

    builder.when(flags.first.dup()).assert_zeros(acc.cells());

    // Multiples of the point: the addend stays the one of the first row.
    let stays = next.build * (AB::Expr::ONE - next.cancel) - next.first;
    let mut same = builder.when_transition();
    let mut same = same.when(stays);
    same.assert_zeros(next_addend.x.sub(&addend.x).0);
    same.assert_zeros(next_addend.u.sub(&addend.u).0);

    // Doubling and cancelling exclude each other: the addend is the accumulator or its opposite.
    let (double, cancel) = (flags.double(), flags.cancel.dup());
    builder.when(double.dup() + cancel.dup()).assert_zeros(addend.x.sub(&acc.x).0);
    let opposite = addend.u.add(&acc.u).scale(&cancel);
    builder.assert_zeros(addend.u.sub(&acc.u).scale(&double).add(&opposite).0);
}

/// The step, the addend and the multiples of the point, the words.
fn messages<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>, flags: &Flags<AB::Expr>) {
    let step = [row.step, row.real, row.first, row.build, row.window, row.word, row.base, row.cancel].map(Into::into);
    LADDER.receive(builder, ladder::<AB>(LadderTag::Step, step), AB::Expr::ONE);

    let tag = |tag: LadderTag, flag: &AB::Expr| AB::Expr::from_u64(tag as u64) * flag.dup();
    let kind = tag(LadderTag::Start, &flags.first)
        + tag(LadderTag::Multiple, &flags.window)
        + tag(LadderTag::Generator, &flags.base)
        + tag(LadderTag::End, &flags.cancel);
    let looked_up = flags.first.dup() + flags.window.dup() + flags.base.dup() + flags.last.dup();
    let fields = [kind, row.id.into(), row.digit.into()].into_iter().chain(row.addend::<AB::Expr>().cells());
    LADDER.receive(builder, fields.collect::<Vec<_>>(), looked_up);

    let kind = tag(LadderTag::Multiple, &flags.build) + tag(LadderTag::Word, &flags.word);
    let mut payload = row.acc::<AB::Expr>().cells().map(|cell| cell * flags.build.dup());
    payload[0] += flags.word.dup() * with_digit::<AB>(row);
    let fields = [kind, row.signature.into(), row.step - AB::Expr::ONE].into_iter().chain(payload);
    LADDER.provide(builder, fields.collect::<Vec<_>>(), flags.build.dup() * row.uses + flags.word.dup());
}

/// The current word with this row's digit.
fn with_digit<AB: LeafBuilder>(row: &Columns<AB::Var>) -> AB::Expr {
    row.value * AB::Expr::from_u8(16) + row.digit
}
