//! Constraints of the signature chip.

use braid_contracts::program::Local;
use braid_primitives::F;
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::{Dup, PrimeCharacteristicRing};

use super::columns::{Columns, response};
use super::{CARRY_STEP, DIGITS, ENCODED_G, GROUPS, TOP_SHIFT};
use crate::leaf::bus::{CURVE, CurveTag, LINK, LOCAL, LeafBuilder, RANGE_CHECK, Tag, curve, link};
use crate::leaf::curve::{Point, Quintic};

/// Between the locals of one message and the next.
const STRIDE: u32 = Local::signing(2, 0).id() - Local::signing(1, 0).id();
/// Windows of half a product.
const HALF: usize = 16;
/// Limbs of the responses that the first row of a signature holds.
const FIRST: usize = 6;
/// Limbs of a response.
const RESPONSE: usize = 20;

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
        let rows = Rows::<AB> { row: Columns::read(main.current_slice()), next: Columns::read(main.next_slice()) };
        rows.kinds(builder);
        rows.walk(builder);
        rows.carried(builder);
        rows.point(builder);
        rows.canonical(builder);
        rows.product(builder);
        rows.sums(builder);
        rows.calls(builder);
        rows.locals(builder);
        rows.terms(builder);
    }
}

/// A number in limbs of so many bits, lowest first.
fn number<AB: LeafBuilder>(limbs: &[AB::Var], bits: u32) -> AB::Expr {
    limbs.iter().rev().fold(AB::Expr::ZERO, |sum, &limb| sum * AB::Expr::from_u64(1 << bits) + limb)
}

/// A row and the one after it.
struct Rows<AB: LeafBuilder> {
    row: Columns<AB::Var>,
    next: Columns<AB::Var>,
}

impl<AB: LeafBuilder> Rows<AB> {
    /// 1 on rows of signatures.
    fn real(&self) -> AB::Expr {
        self.row.low + self.row.nonce + self.row.high
    }

    /// 1 on all rows but padding.
    fn active(&self) -> AB::Expr {
        self.real() + self.row.flush
    }

    /// A row is of one kind, or padding.
    fn kinds(&self, builder: &mut AB) {
        let row = &self.row;
        for kind in [row.low, row.nonce, row.high, row.flush] {
            builder.assert_bool(kind);
        }
        builder.assert_bool(self.active());
        builder.assert_zero(self.real() * row.group);
    }

    /// First the signatures, three rows each, then each group of the sum once, then padding.
    fn walk(&self, builder: &mut AB) {
        let (row, next) = (&self.row, &self.next);
        let one = AB::Expr::ONE;
        let last_group = AB::Expr::from_usize(GROUPS - 1);
        let mut first = builder.when_first_row();
        first.assert_zero(row.nonce + row.high);
        first.assert_zero(row.flush * row.group);

        let mut transition = builder.when_transition();
        transition.assert_eq(next.nonce, row.low);
        transition.assert_eq(next.high, row.nonce);
        transition.assert_zero(next.low * (one.dup() - row.high));
        transition.assert_zero(row.high * (one.dup() - next.low - next.flush));
        transition.assert_zero(next.flush * (one.dup() - row.high - row.flush));
        transition.assert_zero((one.dup() - row.flush) * next.flush * next.group);
        transition.assert_zero(row.flush * next.flush * (next.group - row.group - one.dup()));
        transition.assert_zero(row.flush * (one - next.flush) * (row.group - last_group.dup()));

        let mut last = builder.when_last_row();
        last.assert_zero(self.real());
        last.assert_zero(row.flush * (row.group - last_group));
    }

    /// The three rows of a signature are about one message, and about one key: the second carries the key's encoding.
    fn carried(&self, builder: &mut AB) {
        let (row, next) = (&self.row, &self.next);
        let mut within = builder.when(row.low + row.nonce);
        within.assert_eq(next.tx, row.tx);
        within.assert_eq(next.message, row.message);
        for i in 0..5 {
            builder.when(row.low).assert_eq(next.extra[i], row.w[i]);
            builder.when(row.nonce).assert_eq(next.w[i], row.extra[i]);
        }
        builder.when(row.low).assert_eq(next.extra[5], carry::<AB>(&row.checked[6..8]));
    }

    /// The point is in the group, and -G where a group of the sum is.
    fn point(&self, builder: &mut AB) {
        let row = &self.row;
        let point = Point::<AB::Expr>::of(&row.x, &row.u);
        for residue in point.decode_residues(&Quintic::of(&row.w), &Quintic::of(&row.root), &self.active()) {
            builder.assert_zeros(residue.0);
        }
        let generator = Quintic::<AB::Expr>::base(-AB::Expr::from_u8(ENCODED_G));
        builder.when(row.flush).assert_zeros(Quintic::of(&row.w).sub(&generator).0);
    }

    /// Halves of challenge and randomizer are below p: a high word is 2^32 - 1 only if the low word is 0.
    fn canonical(&self, builder: &mut AB) {
        let (row, next) = (&self.row, &self.next);
        let mut check = |kind: AB::Var, low: AB::Expr, high: AB::Expr, quotient: AB::Var| {
            builder.when(kind).assert_eq(low, (AB::Expr::from_u32(u32::MAX) - high) * quotient);
        };
        for half in 0..2 {
            let word = |at: usize| number::<AB>(&next.checked[2 * at..2 * at + 2], 16);
            check(row.low, word(2 * half), word(2 * half + 1), row.extra[4 + half]);
        }
        for half in 0..2 {
            let word = |at: usize| number::<AB>(&row.digits[4 * at..4 * at + 4], 8);
            check(row.nonce, word(2 * half), word(2 * half + 1), next.extra[4 + half]);
        }
    }

    /// The digits of the product, 32 bits at a time: the lower half from the first row, the upper half from the second.
    fn product(&self, builder: &mut AB) {
        let (row, next) = (&self.row, &self.next);
        for (kind, nonce, product, offset) in [(row.low, next, row, 0), (row.nonce, row, next, 4)] {
            let limb = |i: usize| number::<AB>(&nonce.digits[2 * i..2 * i + 2], 8);
            let column = |at: usize| {
                (at.saturating_sub(7)..=at.min(7)).fold(AB::Expr::ZERO, |sum, i| sum + limb(i) * nonce.checked[at - i])
            };
            // The carry into the lower half is none, that into the upper half stands in the second row.
            let mut before = if offset == 0 { AB::Expr::ZERO } else { row.extra[5].into() };
            for (step, digits) in product.digits.chunks_exact(4).enumerate() {
                let at = 2 * (step + offset);
                let sum = before + column(at) + column(at + 1) * AB::Expr::from_u64(1 << 16);
                let last = step + offset == 7;
                let after = if last { AB::Expr::ZERO } else { carry::<AB>(&product.checked[2 * step..2 * step + 2]) };
                let expected = number::<AB>(digits, 8) + after.dup() * AB::Expr::from_u64(1 << 32);
                builder.when(kind).assert_eq(sum, expected);
                before = after;
            }
        }

        let row = &self.row;
        for (i, &value) in row.checked.iter().enumerate() {
            let count = if i == 0 { self.active() } else { self.real() };
            RANGE_CHECK.receive(builder, [value.into()], count);
        }
    }

    /// The groups of the sum of all r·s, from 0; then shifted down, the lowest one being the bytes of its row.
    fn sums(&self, builder: &mut AB) {
        let (row, next) = (&self.row, &self.next);
        builder.when_first_row().assert_zeros(row.sums);
        // What the first row adds with the randomizer of the next, and what the second row adds.
        let limb = |limb: usize| match response(limb) {
            (0, at) | (1, at) => row.checked[at],
            (_, at) => next.checked[at],
        };
        let added = |digits: &[AB::Var; 16], limbs: core::ops::Range<usize>, group: usize| {
            let mut sum = AB::Expr::ZERO;
            for byte in 0..3 {
                let at = 3 * group + byte;
                let pairs = limbs.clone().filter_map(|l| Some((l, at.checked_sub(2 * l).filter(|i| *i < 16)?)));
                let column = pairs.fold(AB::Expr::ZERO, |sum, (l, i)| sum + digits[i] * limb(l));
                sum += column * AB::Expr::from_u64(1 << (8 * byte));
            }
            sum
        };
        for group in 0..GROUPS {
            let first = added(&next.digits, 0..FIRST, group) * row.low;
            let second = added(&row.digits, FIRST..RESPONSE, group) * row.nonce;
            let above = row.sums.get(group + 1).map_or(AB::Expr::ZERO, |&sum| sum.into());
            let expected = row.sums[group] + first + second + (above - row.sums[group]) * row.flush;
            builder.when_transition().assert_eq(next.sums[group], expected);
        }
        let bytes = &row.digits[..DIGITS];
        let mut flush = builder.when(row.flush);
        flush.assert_eq(row.sums[0], number::<AB>(bytes, 8));
        flush.assert_eq(row.checked[0], row.digits[DIGITS - 1] * AB::Expr::from_u64(1 << TOP_SHIFT));
    }

    /// The key, the digest, the challenge and the randomizer of one message.
    fn calls(&self, builder: &mut AB) {
        let row = &self.row;
        let place = [row.tx.into(), row.message.into()];
        let mut receive = |tag: Tag, values: Vec<AB::Expr>, count: AB::Var| {
            LINK.receive(builder, link::<AB>(tag, place.iter().cloned().chain(values)), count.into());
        };
        receive(Tag::Key, row.w.map(Into::into).to_vec(), row.low);
        receive(Tag::Digest, row.extra[..4].iter().map(|&cell| cell.into()).collect(), row.low);
        let halves = row.checked[..8].chunks_exact(4).map(|half| number::<AB>(half, 16));
        receive(Tag::Challenge, halves.collect(), row.nonce);
        let halves = row.digits.chunks_exact(8).map(|half| number::<AB>(half, 8));
        receive(Tag::Randomizer, halves.collect(), row.nonce);
    }

    /// What challenge and seed are the hashes of; the schedule reads each once.
    fn locals(&self, builder: &mut AB) {
        let row = &self.row;
        let kinds = [row.low, row.nonce, row.high];
        // `indices`: number of the element by kind of row.
        let mut send = |value: AB::Expr, indices: [Option<u16>; 3]| {
            let sent = || kinds.into_iter().zip(indices).filter_map(|(kind, index)| Some((kind, index?)));
            let first = sent().fold(AB::Expr::ZERO, |sum, (kind, index)| {
                sum + AB::Expr::from_u32(Local::signing(1, index).id()) * kind
            });
            let id = first + (row.message - AB::Expr::ONE) * AB::Expr::from_u32(STRIDE);
            let count = sent().fold(AB::Expr::ZERO, |sum, (kind, _)| sum + kind);
            LOCAL.send(builder, [row.tx.into(), id, value], count);
        };
        for (i, encoding) in (0..).zip(row.w) {
            send(encoding.into(), [Some(5 + i), Some(i), None]);
        }
        for (i, &digest) in (10..).zip(&row.extra[..4]) {
            send(digest.into(), [Some(i), None, None]);
        }
        // Words of the response, of three limbs each and the last of two.
        send(number::<AB>(&row.checked[8..11], 16), [Some(14), Some(16), Some(18)]);
        send(number::<AB>(&row.checked[11..14], 16), [Some(15), Some(17), Some(19)]);
        send(number::<AB>(&row.checked[6..8], 16), [None, None, Some(20)]);
    }

    /// The terms of the sum of all signatures: r·e·(-Q), r·(-R), and the groups of the responses times G.
    fn terms(&self, builder: &mut AB) {
        let row = &self.row;
        let point = Point::<AB::Expr>::of(&row.x, &row.u).negate();
        // Group g counts 256^(3g).
        let base = row.high * AB::Expr::from_usize(HALF) + row.group * AB::Expr::from_u8(3);
        for (window, digit) in row.digits.into_iter().enumerate() {
            let fields = [base.dup() + AB::Expr::from_usize(window), digit.into()].into_iter().chain(point.cells());
            let count = if window < DIGITS { self.active() } else { self.real() };
            CURVE.send(builder, curve::<AB>(CurveTag::Point, fields), count);
        }
    }
}

/// The carry that two parts stand for.
fn carry<AB: LeafBuilder>(parts: &[AB::Var]) -> AB::Expr {
    number::<AB>(parts, CARRY_STEP)
}
