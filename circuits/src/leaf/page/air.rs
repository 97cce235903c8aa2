use braid_primitives::F;
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::columns::Columns;
use crate::leaf::bus::{LINK, LOCAL, LeafBuilder, PAGE, RANGE_CHECK, Tag, link};

/// First id of the locals that are old page cells.
const OLD_CELL: u64 = 4 << 16;

/// The chip; its public value is the scale 2^(36 − depth).
#[derive(Clone, Copy, Debug, Default)]
pub struct PageChip;

impl BaseAir<F> for PageChip {
    fn width(&self) -> usize {
        Columns::<F>::WIDTH
    }
    fn num_public_values(&self) -> usize {
        1
    }
}

impl<AB: LeafBuilder> Air<AB> for PageChip {
    fn eval(&self, builder: &mut AB) {
        let main = builder.main();
        let row = Columns::<AB::Var>::read(main.current_slice());
        let following = Columns::<AB::Var>::read(main.next_slice());
        let scale: AB::Expr = builder.public_values()[0].into();

        walk(builder, &row, &following);
        address(builder, &row, scale);
        content(builder, &row);

        let now = row.tx + AB::Expr::ONE;
        let at = row.account * AB::Expr::from_u64(16) + row.slot;
        let history = |time: AB::Expr, page: [AB::Var; 8]| {
            link::<AB>(Tag::Memory, [at.clone(), time].into_iter().chain(page.map(Into::into)))
        };
        LINK.receive(builder, history(row.previous.into(), row.old), row.real.into());
        LINK.send(builder, history(now, row.new), row.real.into());
        RANGE_CHECK.receive(builder, [row.tx - row.previous], row.real.into());

        let key = [row.tx, row.message].into_iter().chain(row.old[1..6].iter().copied()).map(Into::into);
        LINK.send(builder, link::<AB>(Tag::Key, key), row.signer.into());
    }
}

/// Sequencing: the call, the walk through the page table, and its lookups.
fn walk<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>, following: &Columns<AB::Var>) {
    let one = AB::Expr::ONE;
    let flags =
        [row.first, row.last, row.must, row.may, row.empty, row.slot_is_local, row.signer, row.account_is_local];
    builder.assert_bool(row.real);
    for flag in flags.into_iter().chain(row.cell_is_local) {
        builder.assert_bool(flag);
        builder.assert_zero(flag * (one.clone() - row.real));
    }
    builder.assert_zero(row.first * row.k);
    let goes_on = row.real * (one.clone() - row.last);
    let mut transition = builder.when_transition();
    transition.assert_eq(following.real * (one.clone() - following.first), goes_on.clone());
    transition.assert_zero(goes_on.clone() * (following.k - row.k - one.clone()));
    transition.assert_zero(goes_on.clone() * (following.tx - row.tx));
    transition.assert_zero(goes_on.clone() * (following.program - row.program));
    builder.when_first_row().assert_zero(row.real * (one.clone() - row.first));
    builder.when_last_row().assert_zero(goes_on);

    let call = link::<AB>(Tag::CallPage, [row.tx.into(), row.program.into()]);
    LINK.receive(builder, call, row.first.into());

    let bits = flags.into_iter().chain(row.cell_is_local).enumerate();
    let word = bits.map(|(bit, flag)| flag * AB::Expr::from_u64(1 << bit)).sum::<AB::Expr>();
    let head = [one, row.program.into(), row.k.into(), word];
    let tail = [row.account_source, row.slot_source, row.tag, row.delta, row.message];
    let tail = tail.into_iter().chain(row.cell_source).map(Into::into);
    PAGE.receive(builder, head.into_iter().chain(tail), row.real.into());
}

/// Account and slot: where they come from and that they are in range.
fn address<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>, scale: AB::Expr) {
    for (is_local, source, value) in
        [(row.account_is_local, row.account_source, row.account), (row.slot_is_local, row.slot_source, row.slot)]
    {
        builder.assert_zero((row.real - is_local) * (value - source));
        LOCAL.receive(builder, [row.tx.into(), source.into(), value.into()], is_local.into());
    }
    let limb = AB::Expr::from_u64(1 << 16);
    let [low, high, scaled_low, scaled_high] = row.limbs;
    builder.assert_zero(row.real * (high * limb.clone() + low - row.account));
    builder.assert_zero(row.real * (scaled_high * limb + scaled_low - scale * row.account));
    let checks = row
        .limbs
        .map(Into::into)
        .into_iter()
        .chain([row.slot - row.slot_is_local, (row.slot + row.delta) * AB::Expr::from_u64(1 << 12)]);
    for value in checks.collect::<Vec<AB::Expr>>() {
        RANGE_CHECK.receive(builder, [value], row.real.into());
    }
}

/// Old and new cells, modes and the cleared page.
fn content<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>) {
    let one = AB::Expr::ONE;
    builder.assert_zero(row.must * (row.old[0] - row.tag));
    builder.assert_zero(row.may * row.old[0] * (row.old[0] - row.tag));
    builder.assert_eq(row.cleared, one.clone() - row.new[0] * row.inverse);
    for j in 0..8 {
        builder.assert_zero(row.empty * row.old[j]);
        builder.assert_zero(row.cleared * row.new[j]);
        builder.assert_zero((one.clone() - row.real) * row.uses[j]);
        builder.assert_zero((row.real - row.cell_is_local[j]) * (row.new[j] - row.cell_source[j]));
        let id = row.k * AB::Expr::from_u64(8) + AB::Expr::from_u64(OLD_CELL + j as u64);
        LOCAL.provide(builder, [row.tx.into(), id, row.old[j].into()], row.uses[j].into());
        LOCAL.receive(
            builder,
            [row.tx.into(), row.cell_source[j].into(), row.new[j].into()],
            row.cell_is_local[j].into(),
        );
    }
}
