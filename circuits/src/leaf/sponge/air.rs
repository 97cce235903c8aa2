use braid_primitives::F;
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::PUBLIC_VALUES;
use super::columns::{Columns, WIDTH};
use crate::leaf::bus::{LINK, LOCAL, LeafBuilder, SCHEDULE, Tag, link};
use crate::leaf::permutation;

/// Stream of the seed chain; 0 to 2 are those that the cpu begins and ends.
const SEED_STREAM: u64 = 3;

/// The chip; its public values are the chain id and the seed of the chunk's randomizers.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpongeChip;

impl BaseAir<F> for SpongeChip {
    fn width(&self) -> usize {
        WIDTH
    }
    fn num_public_values(&self) -> usize {
        PUBLIC_VALUES
    }
}

impl<AB: LeafBuilder> Air<AB> for SpongeChip {
    fn eval(&self, builder: &mut AB) {
        permutation::eval(builder);

        let main = builder.main();
        let (local, next) = (main.current_slice(), main.next_slice());
        let chain_id: AB::Expr = builder.public_values()[0].into();
        let seed: [AB::Expr; 4] = core::array::from_fn(|i| builder.public_values()[1 + i].into());
        let (input, input_next) = (permutation::input(local), permutation::input(next));
        let output = permutation::output(&local[..permutation::WIDTH]);
        let row = Columns::<AB::Var>::read(&local[permutation::WIDTH..]);
        let following = Columns::<AB::Var>::read(&next[permutation::WIDTH..]);
        let one = AB::Expr::ONE;

        // Flags, all zero on padding.
        let booleans = [row.first, row.last, row.start, row.end_message, row.end_signature];
        let streams = [row.is_data, row.is_inbox, row.is_outbox, row.is_seed, row.randomizer];
        builder.assert_bool(row.real);
        for flag in booleans.into_iter().chain(streams).chain(row.receive).chain(row.provide) {
            builder.assert_bool(flag);
            builder.assert_zero(flag * (one.clone() - row.real));
        }
        let chain = row.is_data + row.is_inbox + row.is_outbox + row.is_seed;
        let chain_next = following.is_data + following.is_inbox + following.is_outbox + following.is_seed;
        // One stream at most, and elements that are read or produced: the flags' word has one reading.
        builder.assert_bool(chain.clone());
        for (receive, provide) in row.receive.into_iter().zip(row.provide) {
            builder.assert_bool(receive + provide);
        }

        walk(builder, &row, &following);

        // The state: initial vector, or the raw output of the row before.
        for (input, value) in input.into_iter().zip(row.value) {
            builder.assert_zero(row.start * (input - value));
        }
        let initial: [AB::Expr; 4] = [row.iv[0].into(), chain_id.clone(), row.iv[1].into(), row.iv[2].into()];
        for (j, initial) in initial.into_iter().enumerate() {
            builder.assert_zero(row.start * (AB::Expr::from(input[4 + j]) - initial));
        }
        let continues = following.real - following.start - chain_next.clone() - following.randomizer;
        let mut transition = builder.when_transition();
        for j in 0..4 {
            transition.assert_zero(continues.clone() * (input_next[j] - output[j] - following.value[j]));
        }
        let mut transition = builder.when_transition();
        for j in 4..8 {
            transition.assert_zero(continues.clone() * (input_next[j] - output[j]));
        }
        // A chain step compresses the digest that the row before completed.
        let mut transition = builder.when_transition();
        for j in 0..4 {
            transition.assert_zero(chain_next.clone() * (input_next[4 + j] - output[j]));
        }

        // Elements: constants, or locals read or produced.
        for j in 0..4 {
            let bound = row.receive[j] + row.provide[j];
            builder.assert_zero((AB::Expr::from(row.real) - bound.clone()) * (row.value[j] - row.element[j]));
            builder.assert_zero(row.receive[j] * (row.count[j] + one.clone()));
            builder.assert_zero((one.clone() - bound) * row.count[j]);
            let tuple = [row.tx.into(), row.element[j].into(), row.value[j].into()];
            LOCAL.exchange(builder, tuple, row.count[j].into());
        }

        // Chains.
        builder.assert_zero(row.is_data * (row.position - row.tx));
        builder.assert_zero(row.is_inbox * (row.position - row.inbox_before));
        builder.assert_zero(row.is_outbox * (row.position - row.outbox_before - row.x));
        let stream = row.is_inbox + row.is_outbox * AB::Expr::TWO + row.is_seed * AB::Expr::from_u64(SEED_STREAM);
        let entry = |position: AB::Expr, digest: [AB::Expr; 4]| {
            link::<AB>(Tag::Chain, [stream.clone(), position].into_iter().chain(digest))
        };
        let before = entry(row.position.into(), core::array::from_fn(|i| input[i].into()));
        let after = entry(row.position + one, core::array::from_fn(|i| input[i] + output[i]));
        LINK.receive(builder, before, chain.clone());
        LINK.send(builder, after, chain.clone());

        self::seed(builder, &row, &following, input, chain_id, seed);

        // Results.
        let (tx, x) = (AB::Expr::from(row.tx), AB::Expr::from(row.x));
        let raw = |count: usize| output.into_iter().take(count).map(Into::into);
        let digest = link::<AB>(Tag::Digest, [tx.clone(), x.clone()].into_iter().chain(raw(4)));
        let challenge = link::<AB>(Tag::Challenge, [tx.clone(), x.clone()].into_iter().chain(raw(2)));
        let randomizer = link::<AB>(Tag::Randomizer, [tx, x].into_iter().chain(raw(2)));
        LINK.send(builder, digest, row.end_message.into());
        LINK.send(builder, challenge, row.end_signature.into());
        LINK.send(builder, randomizer, row.randomizer.into());
    }
}

/// The two ends of the seed chain, in the first row of the table, and the states that randomizers are drawn from.
fn seed<AB: LeafBuilder>(
    builder: &mut AB,
    row: &Columns<AB::Var>,
    following: &Columns<AB::Var>,
    input: [AB::Var; 8],
    chain_id: AB::Expr,
    seed: [AB::Expr; 4],
) {
    builder.when_first_row().assert_one(row.origin);
    let mut transition = builder.when_transition();
    transition.assert_zero(following.origin);
    // A randomizer is that of the signature whose step is the row before.
    transition.assert_zero(following.randomizer * (following.position - row.position));
    let state = seed.clone().into_iter().chain([row.iv[0].into(), chain_id, row.position.into(), AB::Expr::ZERO]);
    for (input, value) in input.into_iter().zip(state) {
        builder.assert_zero(row.randomizer * (AB::Expr::from(input) - value));
    }

    let end = |position: AB::Expr, digest: [AB::Expr; 4]| {
        link::<AB>(Tag::Chain, [AB::Expr::from_u64(SEED_STREAM), position].into_iter().chain(digest))
    };
    LINK.send(builder, end(AB::Expr::ZERO, core::array::from_fn(|_| AB::Expr::ZERO)), row.origin.into());
    LINK.receive(builder, end(row.position.into(), seed), row.origin.into());
}

/// Sequencing: the call, the walk through the schedule, and its lookups.
fn walk<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>, following: &Columns<AB::Var>) {
    let one = AB::Expr::ONE;
    builder.assert_zero(row.first * row.k);
    builder.assert_zero(row.first * (one.clone() - row.start));
    let goes_on = row.real * (one.clone() - row.last);
    let mut transition = builder.when_transition();
    transition.assert_eq(following.real * (one.clone() - following.first), goes_on.clone());
    transition.assert_zero(goes_on.clone() * (following.k - row.k - one.clone()));
    let mut transition = builder.when_transition();
    for (next, this) in [
        (following.tx, row.tx),
        (following.program, row.program),
        (following.inbox_before, row.inbox_before),
        (following.outbox_before, row.outbox_before),
    ] {
        transition.assert_zero(goes_on.clone() * (next - this));
    }
    builder.when_first_row().assert_zero(row.real * (one.clone() - row.first));
    builder.when_last_row().assert_zero(goes_on);

    let call = [row.tx, row.program, row.inbox_before, row.outbox_before].map(Into::into);
    let call = link::<AB>(Tag::CallHash, call);
    LINK.receive(builder, call, row.first.into());

    let chain = row.is_data + row.is_inbox + row.is_outbox + row.is_seed;
    let mut flags: Vec<AB::Expr> =
        [row.first, row.last, row.start, row.end_message, row.end_signature].map(Into::into).to_vec();
    flags.push(chain);
    flags.extend([row.is_data, row.is_inbox, row.is_outbox].map(Into::into));
    flags.extend(row.receive.into_iter().chain(row.provide).map(Into::into));
    flags.extend([row.is_seed, row.randomizer].map(Into::into));
    let word = flags.into_iter().enumerate().map(|(bit, flag)| flag * AB::Expr::from_u64(1 << bit)).sum::<AB::Expr>();
    let tuple = [one, row.program.into(), row.k.into(), word];
    let tail = row.element.into_iter().chain(row.iv).chain([row.x]).map(Into::into);
    SCHEDULE.receive(builder, tuple.into_iter().chain(tail), row.real.into());
}
