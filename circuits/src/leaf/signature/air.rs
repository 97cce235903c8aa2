//! Constraints of the signature chip.

use braid_contracts::program::Local;
use braid_primitives::F;
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::{Dup, PrimeCharacteristicRing};

use super::columns::Columns;
use super::{CARRY_STEP, DIGITS, ENCODED_G, LIMBS};
use crate::leaf::bus::{CURVE, CurveTag, LINK, LOCAL, LeafBuilder, RANGE_CHECK, Tag, curve, link};
use crate::leaf::curve::{Point, Quintic};

/// Between the locals of one message and the next.
const STRIDE: u32 = Local::signing(2, 0).id() - Local::signing(1, 0).id();

/// The chip of signatures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signature;

impl BaseAir<F> for Signature {
    fn width(&self) -> usize {
        Columns::<F>::WIDTH
    }
}

impl<AB: LeafBuilder> Air<AB> for Signature {
    fn eval(&self, builder: &mut AB) {
        let main = builder.main();
        let row = Columns::<AB::Var>::read(main.current_slice());
        let next = Columns::<AB::Var>::read(main.next_slice());

        let key = Point::<AB::Expr>::of(&row.x_q, &row.u_q);
        let nonce = Point::<AB::Expr>::of(&row.x_r, &row.u_r);
        walk(builder, &row, &next);
        points(builder, &row, &key, &nonce);
        product(builder, &row);
        sums(builder, &row, &next);
        calls(builder, &row);
        locals(builder, &row);
        terms(builder, &row, &key.negate(), &nonce.negate());
    }
}

/// First the signatures, then each limb of the sum once, then padding.
fn walk<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>, next: &Columns<AB::Var>) {
    let (active, follows) = (row.real + row.flush, next.real + next.flush);
    let one = AB::Expr::ONE;
    let last_limb = AB::Expr::from_usize(LIMBS - 1);
    builder.assert_bool(row.real);
    builder.assert_bool(row.flush);
    builder.assert_bool(active.dup());
    builder.assert_zero(row.real * row.limb);
    builder.when_first_row().assert_zero(row.flush * row.limb);

    let mut transition = builder.when_transition();
    transition.assert_zero((one.dup() - active) * follows.dup());
    transition.assert_zero(row.flush * next.real);
    transition.assert_zero(row.real * (one.dup() - follows));
    transition.assert_zero((one.dup() - row.flush) * next.flush * next.limb);
    transition.assert_zero(row.flush * next.flush * (next.limb - row.limb - one.dup()));
    transition.assert_zero(row.flush * (one - next.flush) * (row.limb - last_limb.dup()));

    let mut last = builder.when_last_row();
    last.assert_zero(row.real);
    last.assert_zero(row.flush * (row.limb - last_limb));
}

/// Both points are in the group, and R is -G where a limb is.
fn points<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>, key: &Point<AB::Expr>, nonce: &Point<AB::Expr>) {
    let (real, active): (AB::Expr, AB::Expr) = (row.real.into(), row.real + row.flush);
    for (point, w, root, valid) in [(key, &row.w_q, &row.root_q, &real), (nonce, &row.w_r, &row.root_r, &active)] {
        for residue in point.decode_residues(&Quintic::of(w), &Quintic::of(root), valid) {
            builder.assert_zeros(residue.0);
        }
    }
    let generator = Quintic::<AB::Expr>::base(-AB::Expr::from_u8(ENCODED_G));
    builder.when(row.flush).assert_zeros(Quintic::of(&row.w_r).sub(&generator).0);
}

/// A number in limbs of so many bits, lowest first.
fn number<AB: LeafBuilder>(limbs: &[AB::Var], bits: u32) -> AB::Expr {
    limbs.iter().rev().fold(AB::Expr::ZERO, |sum, &limb| sum * AB::Expr::from_u64(1 << bits) + limb)
}

/// Limb `i` of the randomizer, of 16 bits.
fn randomizer<AB: LeafBuilder>(row: &Columns<AB::Var>, i: usize) -> AB::Expr {
    number::<AB>(&row.r[2 * i..2 * i + 2], 8)
}

/// Challenge and randomizer are canonical, and the product is theirs.
fn product<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>) {
    // A half is below p: its high word is 2^32 - 1 only if its low word is 0.
    let words = |cells: &[AB::Var], bits: u32| -> Vec<AB::Expr> {
        cells.chunks_exact(32 / bits as usize).map(|word| number::<AB>(word, bits)).collect()
    };
    for (words, inverses) in [(words(&row.e, 16), row.e_inverses), (words(&row.r, 8), row.r_inverses)] {
        for (half, inverse) in words.chunks_exact(2).zip(inverses) {
            let gap = AB::Expr::from_u32(u32::MAX) - half[1].dup();
            builder.when(half[0].dup()).assert_one(gap * inverse);
        }
    }

    let column = |at: usize| {
        (at.saturating_sub(7)..=at.min(7)).fold(AB::Expr::ZERO, |sum, i| sum + randomizer::<AB>(row, i) * row.e[at - i])
    };
    let carry = |step: usize| {
        row.carries.chunks_exact(2).nth(step).map_or(AB::Expr::ZERO, |carry| number::<AB>(carry, CARRY_STEP))
    };
    for (step, digits) in row.product.chunks_exact(4).enumerate() {
        let before = if step == 0 { AB::Expr::ZERO } else { carry(step - 1) };
        let sum = before + column(2 * step) + column(2 * step + 1) * AB::Expr::from_u64(1 << 16);
        builder.assert_eq(sum, number::<AB>(digits, 8) + carry(step) * AB::Expr::from_u64(1 << 32));
    }

    let checked = row.e.into_iter().chain(row.s).chain(row.carries);
    for limb in checked {
        RANGE_CHECK.receive(builder, [limb.into()], row.real.into());
    }
}

/// The limbs of the sum of all r·s, from 0; then shifted down, the lowest one being the bytes of its row.
fn sums<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>, next: &Columns<AB::Var>) {
    builder.when_first_row().assert_zeros(row.sums);
    for k in 0..LIMBS {
        let added = (k.saturating_sub(19)..=k.min(7))
            .fold(AB::Expr::ZERO, |sum, i| sum + randomizer::<AB>(row, i) * row.s[k - i]);
        let above = row.sums.get(k + 1).map_or(AB::Expr::ZERO, |&limb| limb.into());
        let expected = row.sums[k] + added * row.real + (above - row.sums[k]) * row.flush;
        builder.when_transition().assert_eq(next.sums[k], expected);
    }
    builder.when(row.flush).assert_eq(row.sums[0], number::<AB>(&row.r[..DIGITS], 8));
}

/// The key, the digest, the challenge and the randomizer of one message.
fn calls<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>) {
    let place = [row.tx.into(), row.message.into()];
    let mut receive = |tag: Tag, values: Vec<AB::Expr>| {
        LINK.receive(builder, link::<AB>(tag, place.iter().cloned().chain(values)), row.real.into());
    };
    receive(Tag::Key, row.w_q.map(Into::into).to_vec());
    receive(Tag::Digest, row.digest.map(Into::into).to_vec());
    receive(Tag::Challenge, row.e.chunks_exact(4).map(|half| number::<AB>(half, 16)).collect());
    receive(Tag::Randomizer, row.r.chunks_exact(8).map(|half| number::<AB>(half, 8)).collect());
}

/// What challenge and seed are the hashes of; the schedule reads each once.
fn locals<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>) {
    let hashed = row.w_r.into_iter().chain(row.w_q).chain(row.digest).map(Into::into);
    let response = row.s.chunks(3).map(|limbs| number::<AB>(limbs, 16));
    let values: Vec<AB::Expr> = hashed.chain(response).collect();
    for (index, value) in (0..).zip(values) {
        let first = AB::Expr::from_u32(Local::signing(1, index).id());
        let id = first + (row.message - AB::Expr::ONE) * AB::Expr::from_u32(STRIDE);
        LOCAL.send(builder, [row.tx.into(), id, value], row.real.into());
    }
}

/// The terms of the sum of all signatures: r·(-R), r·e·(-Q), and the limbs of the responses times G.
fn terms<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>, key: &Point<AB::Expr>, nonce: &Point<AB::Expr>) {
    let mut send = |window: AB::Expr, digit: AB::Var, point: &Point<AB::Expr>, count: AB::Expr| {
        let fields = [window, digit.into()].into_iter().chain(point.cells());
        CURVE.send(builder, curve::<AB>(CurveTag::Point, fields), count);
    };
    for (window, digit) in row.r.into_iter().enumerate() {
        // Limb k counts 256^(2k).
        let (shift, count) = match window < DIGITS {
            true => (row.limb * AB::Expr::TWO, row.real + row.flush),
            false => (AB::Expr::ZERO, row.real.into()),
        };
        send(AB::Expr::from_usize(window) + shift, digit, nonce, count);
    }
    for (window, digit) in row.product.into_iter().enumerate() {
        send(AB::Expr::from_usize(window), digit, key, row.real.into());
    }
}
