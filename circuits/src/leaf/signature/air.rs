//! Constraints of the signature chip.

use braid_contracts::program::Local;
use braid_primitives::F;
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::{Dup, PrimeCharacteristicRing};

use super::MESSAGES;
use super::columns::Columns;
use crate::leaf::bus::{LADDER, LINK, LOCAL, LadderTag, LeafBuilder, Tag, ladder, link};
use crate::leaf::curve::{Point, Quintic};
use crate::leaf::ladder::schedule::WORD_ROWS;

/// Between the locals of one message and the next.
const STRIDE: u32 = Local::signing(2, 0).id() - Local::signing(1, 0).id();

/// The chip of signatures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signature;

impl BaseAir<F> for Signature {
    fn width(&self) -> usize {
        Columns::<F>::WIDTH
    }

    fn main_next_row_columns(&self) -> Vec<usize> {
        Vec::new()
    }
}

impl<AB: LeafBuilder> Air<AB> for Signature {
    fn eval(&self, builder: &mut AB) {
        let main = builder.main();
        let row = Columns::<AB::Var>::read(main.current_slice());
        let real: AB::Expr = row.real.into();
        builder.assert_bool(row.real);

        let key = Point::<AB::Expr>::of(&row.x_q, &row.u_q);
        let nonce = Point::<AB::Expr>::of(&row.x_r, &row.u_r);
        for (point, w, root) in [(&key, &row.w_q, &row.root_q), (&nonce, &row.w_r, &row.root_r)] {
            for residue in point.decode_residues(&Quintic::of(w), &Quintic::of(root), &real) {
                builder.assert_zeros(residue.0);
            }
        }

        // A half of the challenge is below p: its high word is 2^32 - 1 only if its low word is 0.
        for (half, inverse) in row.words.chunks_exact(2).zip(row.inverses) {
            let gap = AB::Expr::from_u32(u32::MAX) - half[1];
            builder.when(half[0]).assert_one(gap * inverse);
        }

        calls(builder, &row);
        locals(builder, &row);
        ladders(builder, &row, &key, &nonce);
    }
}

/// The key, the digest and the challenge of one message.
fn calls<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>) {
    let place = [row.tx.into(), row.message.into()];
    let word = |at: usize| -> AB::Expr { row.words[at].into() };
    let half = |at: usize| word(2 * at) + word(2 * at + 1) * AB::Expr::from_u64(1 << 32);
    let fields = place.iter().cloned().chain(row.w_q.map(Into::into));
    LINK.receive(builder, link::<AB>(Tag::Key, fields), row.real.into());
    let fields = place.iter().cloned().chain(row.digest.map(Into::into));
    LINK.receive(builder, link::<AB>(Tag::Digest, fields), row.real.into());
    let fields = place.iter().cloned().chain([half(0), half(1)]);
    LINK.receive(builder, link::<AB>(Tag::Challenge, fields), row.real.into());
}

/// What the challenge is the hash of; its schedule reads each once.
fn locals<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>) {
    let values = row.w_r.iter().chain(&row.w_q).chain(&row.digest);
    for (index, value) in (0..).zip(values) {
        let first = AB::Expr::from_u32(Local::signing(1, index).id());
        let id = first + (row.message - AB::Expr::ONE) * AB::Expr::from_u32(STRIDE);
        LOCAL.send(builder, [row.tx.into(), id, (*value).into()], row.real.into());
    }
}

/// The ladder begins with -Q, ends by cancelling R, and multiplies by the words of the challenge in between.
fn ladders<AB: LeafBuilder>(builder: &mut AB, row: &Columns<AB::Var>, key: &Point<AB::Expr>, nonce: &Point<AB::Expr>) {
    let signature = row.tx * AB::Expr::from_u64(MESSAGES) + row.message;
    for (tag, point) in [(LadderTag::Start, key), (LadderTag::End, nonce)] {
        let fields = [signature.dup(), AB::Expr::ZERO].into_iter().chain(point.negate().cells());
        LADDER.send(builder, ladder::<AB>(tag, fields), row.real.into());
    }
    for (word, at) in row.words.iter().rev().zip(WORD_ROWS) {
        let fields = [signature.dup(), AB::Expr::from_usize(at), (*word).into()];
        LADDER.receive(builder, ladder::<AB>(LadderTag::Word, fields), row.real.into());
    }
}
