use braid_primitives::F;
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::columns::{Columns, WIDTH};
use crate::leaf::bus::{LINK, LeafBuilder, Tag, link};
use crate::leaf::permutation;

/// Root before (4), root after (4), depth.
pub const PUBLIC_VALUES: usize = 9;

/// The chip; public values are the root before (4), the root after (4) and the depth.
#[derive(Clone, Copy, Debug, Default)]
pub struct TreeChip;

impl BaseAir<F> for TreeChip {
    fn width(&self) -> usize {
        WIDTH
    }
    fn num_public_values(&self) -> usize {
        PUBLIC_VALUES
    }
}

impl<AB: LeafBuilder> Air<AB> for TreeChip {
    fn eval(&self, builder: &mut AB) {
        permutation::eval(builder);

        let main = builder.main();
        let (local, next) = (main.current_slice(), main.next_slice());
        let public: Vec<AB::Expr> = builder.public_values().iter().map(|&value| value.into()).collect();
        let (root_before, root_after, depth) = (&public[0..4], &public[4..8], public[8].clone());
        let (input, input_next) = (permutation::input(local), permutation::input(next));
        let digest = |row: &[AB::Var]| -> [AB::Expr; 4] {
            let (input, output) = (permutation::input(row), permutation::output(&row[..permutation::WIDTH]));
            core::array::from_fn(|i| input[i] + output[i])
        };
        let (old, new) = (digest(local), digest(next));
        let row = Columns::<AB::Var>::read(&local[permutation::WIDTH..]);
        let following = Columns::<AB::Var>::read(&next[permutation::WIDTH..]);

        // One kind at most.
        for flag in [row.leaf_old, row.leaf_new, row.node_old, row.node_new, row.root] {
            builder.assert_bool(flag);
        }
        builder.assert_bool(row.leaf_old + row.leaf_new + row.node_old + row.node_new);

        // Pairs.
        let mut transition = builder.when_transition();
        transition.assert_eq(following.leaf_new, row.leaf_old);
        transition.assert_eq(following.node_new, row.node_old);
        transition.assert_zero(following.root);
        let opens = row.leaf_old + row.node_old;
        builder.assert_zero(opens.clone() * (following.level - row.level));
        builder.assert_zero(opens.clone() * (following.index - row.index));
        builder.when_last_row().assert_zero(opens.clone());

        // The first row is the root; the others are not (above).
        let mut first = builder.when_first_row();
        first.assert_zero(row.leaf_new + row.node_new);
        first.assert_one(row.root);
        first.assert_one(row.node_old);
        first.assert_zero(row.level);
        first.assert_zero(row.index);
        for i in 0..4 {
            first.assert_eq(old[i].clone(), root_before[i].clone());
            first.assert_eq(new[i].clone(), root_after[i].clone());
        }
        builder.assert_zero(row.leaf_old * (depth - row.level));

        // Children: computed on old node rows only; the others do not change.
        for (computed, half) in [(row.left_computed, 0), (row.right_computed, 4)] {
            builder.assert_bool(computed);
            builder.assert_zero(computed * (AB::Expr::ONE - row.node_old));
            for i in half..half + 4 {
                builder.assert_zero((row.node_old - computed) * (input_next[i] - input[i]));
            }
        }

        let node = |level: AB::Expr, index: AB::Expr, old: [AB::Expr; 4], new: [AB::Expr; 4]| {
            link::<AB>(Tag::Node, [level, index].into_iter().chain(old).chain(new))
        };
        let half =
            |input: &[AB::Var; 8], at: usize| -> [AB::Expr; 4] { core::array::from_fn(|i| input[at + i].into()) };
        let (level, twice) = (row.level + AB::Expr::ONE, row.index.into().double());
        let left = node(level.clone(), twice.clone(), half(&input, 0), half(&input_next, 0));
        let right = node(level, twice + AB::Expr::ONE, half(&input, 4), half(&input_next, 4));
        LINK.send(builder, node(row.level.into(), row.index.into(), old, new), opens - row.root);
        LINK.receive(builder, left, row.left_computed.into());
        LINK.receive(builder, right, row.right_computed.into());

        // Old leaves start a page's history at time 0, new ones end it: one tuple, counted +1 or −1.
        builder.assert_zero(row.leaf_old * row.time);
        let page =
            link::<AB>(Tag::Memory, [row.index.into(), row.time.into()].into_iter().chain(input.map(Into::into)));
        LINK.send(builder, page, row.leaf_old - row.leaf_new);
    }
}
