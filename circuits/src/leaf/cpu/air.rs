//! Constraints of the cpu.

use braid_primitives::F;
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::{Columns, Flags, PUBLIC_VALUES, PublicValues, RESULT};
use crate::leaf::bus::{INSTRUCTION, LINK, LOCAL, LeafBuilder, RANGE_CHECK, Tag, link};

/// The chip of executed instructions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpu;

impl BaseAir<F> for Cpu {
    fn width(&self) -> usize {
        Columns::<F>::WIDTH
    }

    fn num_public_values(&self) -> usize {
        PUBLIC_VALUES
    }
}

impl<AB: LeafBuilder> Air<AB> for Cpu {
    fn eval(&self, builder: &mut AB) {
        let main = builder.main();
        let row = Columns::<AB::Var>::read(main.current_slice());
        let next = Columns::<AB::Var>::read(main.next_slice());
        let public = PublicValues::<AB::PublicVar>::read(builder.public_values());
        let step = Step { real: real::<AB>(&row), flags: Flags::read(&row.flags), row, next, public };

        step.flags(builder);
        step.order(builder);
        step.counters(builder);
        step.slots(builder);
        step.operation(builder);
        step.check(builder);
        step.messages(builder);
        step.chains(builder);
    }
}

/// Whether a row is an instruction: the sum of its operation flags.
fn real<AB: LeafBuilder>(row: &Columns<AB::Var>) -> AB::Expr {
    Flags::read(&row.flags).operations().into_iter().map(Into::into).sum()
}

/// A row and the one after it.
struct Step<AB: LeafBuilder> {
    row: Columns<AB::Var>,
    next: Columns<AB::Var>,
    flags: Flags<AB::Var>,
    real: AB::Expr,
    public: PublicValues<AB::PublicVar>,
}

impl<AB: LeafBuilder> Step<AB> {
    /// The flags as one number.
    fn word(&self) -> AB::Expr {
        self.row.flags.iter().rev().fold(AB::Expr::ZERO, |word, &flag| word * AB::Expr::TWO + flag)
    }

    /// 1 on a real row after which its program goes on, else 0.
    fn more(&self) -> AB::Expr {
        self.real.clone() - self.flags.last
    }

    /// Flags are boolean and zero on padding, where nothing is counted or read either.
    fn flags(&self, builder: &mut AB) {
        for flag in self.row.flags {
            builder.assert_bool(flag);
        }
        builder.assert_bool(self.real.clone());
        let mut padding = builder.when(AB::Expr::ONE - self.real.clone());
        padding.assert_zero(self.word());
        padding.assert_zero(self.row.emits);
        padding.assert_zero(self.row.uses);
    }

    /// Transactions one after the other, each whole.
    fn order(&self, builder: &mut AB) {
        let (row, next) = (&self.row, &self.next);
        let mut first = builder.when_first_row();
        first.assert_one(row.first);
        first.assert_zero(row.tx);
        first.assert_zero(row.pc);

        let next_real = real::<AB>(next);
        let mut step = builder.when_transition();
        step.assert_zero(next.first);
        step.assert_zero(self.more() * (AB::Expr::ONE - next_real.clone()));
        step.assert_zero((AB::Expr::ONE - self.real.clone()) * next_real);
        step.assert_zero(self.more() * (next.prog - row.prog));
        step.assert_eq(next.pc, self.more() * (row.pc + AB::Expr::ONE));
        step.assert_eq(next.tx, row.tx + self.flags.last);

        let mut last = builder.when_last_row();
        last.assert_zero(self.more());
        last.assert_eq(self.public.count_after.into(), self.public.count_before.into() + row.tx + self.flags.last);
    }

    /// Entries, records and fees so far.
    fn counters(&self, builder: &mut AB) {
        let (row, next) = (&self.row, &self.next);
        let fees_after = row.fees + self.flags.fee * row.a;
        let mut first = builder.when_first_row();
        first.assert_zero(row.n_in);
        first.assert_zero(row.n_out);
        first.assert_eq(row.fees, self.public.fees_before.into());

        let mut step = builder.when_transition();
        step.assert_eq(next.n_in, row.n_in + self.flags.inbox);
        step.assert_eq(next.n_out, row.n_out + row.emits);
        step.assert_eq(next.fees, fees_after.clone());

        builder.when_last_row().assert_eq(fees_after, self.public.fees_after.into());
    }

    /// What the three slots hold: a local, a context value, or zero.
    fn slots(&self, builder: &mut AB) {
        let (row, flags) = (&self.row, &self.flags);
        let context: AB::Expr = flags.contexts().into_iter().map(Into::into).sum();
        builder.assert_zero((AB::Expr::ONE - flags.read_a) * row.a);
        builder.assert_zero((AB::Expr::ONE - flags.read_b - context) * row.b);
        builder.assert_zero((AB::Expr::ONE - flags.read_c) * row.c);
        for (flag, value) in flags.contexts().into_iter().zip(self.public.context) {
            builder.when(flag).assert_eq(row.b, value.into());
        }
        for (flag, id, value) in
            [(flags.read_a, row.ref_a, row.a), (flags.read_b, row.ref_b, row.b), (flags.read_c, row.ref_c, row.c)]
        {
            LOCAL.receive(builder, [row.tx.into(), id.into(), value.into()], flag.into());
        }
    }

    /// What the output is.
    fn operation(&self, builder: &mut AB) {
        let Columns { a, b, c, k, out, inverse, .. } = self.row;
        let flags = &self.flags;
        builder.when(flags.add).assert_eq(out, a + b + k);
        builder.when(flags.sub).assert_eq(out, a - b + k);
        builder.when(flags.reverse_sub).assert_eq(out, b - a + k);
        builder.when(flags.mul).assert_eq(out, a * (b + k));
        builder.when(flags.select).assert_eq(out, c * (a - b) + b);
        builder.when(flags.select).assert_bool(c);
        let difference = a - b + k;
        builder.when(flags.is_equal).assert_eq(out, AB::Expr::ONE - difference.clone() * inverse);
        builder.when(flags.is_equal).assert_zero(difference * out);
        builder.when(flags.less).assert_bool(out);
        builder.when(flags.fee).assert_eq(out, a);
        builder.when(flags.zero).assert_zero(out);
    }

    /// The value that the limbs stand for, and how many bits it may have.
    fn check(&self, builder: &mut AB) {
        let Columns { a, b, out, limbs, shift, top, .. } = self.row;
        let Flags { limb_1, limb_2, limb_3, less, .. } = self.flags;
        let one = AB::Expr::ONE;

        // b − a − 1 if out, else a − b.
        let hidden = out * (b - a - one.clone()) + (one.clone() - out) * (a - b);
        let value = limbs.iter().rev().fold(AB::Expr::ZERO, |sum, &limb| sum * AB::Expr::from_u64(1 << 16) + limb);
        builder.assert_eq(value, less * (hidden - out) + out);

        for (used, limb) in [(limb_1, limbs[1]), (limb_2, limbs[2]), (limb_3, limbs[3])] {
            builder.assert_zero((one.clone() - used) * limb);
        }
        let highest =
            limbs[0] * (one - limb_1) + limbs[1] * (limb_1 - limb_2) + limbs[2] * (limb_2 - limb_3) + limbs[3] * limb_3;
        builder.assert_eq(top, shift * highest);

        for value in limbs.into_iter().chain([top]) {
            RANGE_CHECK.receive(builder, [value.into()], AB::Expr::ONE);
        }
    }

    /// The instruction, its output, its division, and the calls of a transaction.
    fn messages(&self, builder: &mut AB) {
        let Columns { tx, prog, pc, ref_a, ref_b, ref_c, k, a, b, c, out, uses, shift, emits, n_in, n_out, .. } =
            self.row;
        let flags = &self.flags;
        let instruction = [prog.into(), pc.into(), self.word()]
            .into_iter()
            .chain([ref_a, ref_b, ref_c, k, shift, emits].map(Into::into));
        INSTRUCTION.receive(builder, core::iter::once(AB::Expr::ONE).chain(instruction), self.real.clone());

        LOCAL.provide(builder, [tx.into(), pc + AB::Expr::from_u64(RESULT), out.into()], uses.into());

        let call = link::<AB>(Tag::CallHash, [tx, prog, n_in, n_out].map(Into::into));
        LINK.send(builder, call, flags.start.into());
        let call = link::<AB>(Tag::CallPage, [tx, prog].map(Into::into));
        LINK.send(builder, call, flags.call_page.into());
        let division = link::<AB>(Tag::Wide, [flags.mul_div_up, a, b, c, out].map(Into::into));
        LINK.receive(builder, division, flags.mul_div + flags.mul_div_up);
    }

    /// The ends of the three chains: sent in the first row, received in the last.
    fn chains(&self, builder: &mut AB) {
        let PublicValues { data, inbox, outbox, count_before, count_after, .. } = self.public;
        let transactions = count_after.into() - count_before.into();
        let entries = self.row.n_in + self.flags.inbox;
        let records = self.row.n_out + self.row.emits;
        let value = |stream: u64, position: AB::Expr, digest: &[AB::PublicVar]| {
            let digest = digest.iter().map(|&element| element.into());
            link::<AB>(Tag::Chain, [AB::Expr::from_u64(stream), position].into_iter().chain(digest))
        };
        for (stream, digests) in [data, inbox, outbox].iter().enumerate() {
            LINK.send(builder, value(stream as u64, AB::Expr::ZERO, &digests[..4]), self.row.first.into());
        }
        for (stream, (position, digests)) in
            [(transactions, data), (entries, inbox), (records, outbox)].into_iter().enumerate()
        {
            LINK.receive(builder, value(stream as u64, position, &digests[4..]), self.next.first.into());
        }
    }
}
