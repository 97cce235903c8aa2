//! The buses between chips: who may say what to whom.
//!
//! A bus is a multiset of tuples that must sum to zero over all tables (LogUp). The rule that makes each of them
//! sound: on one side the multiplicity is a constant, a constrained boolean or fixed by a preprocessed table; the other
//! side is either bound the same way, or provides from a function table or under a key that only one row can hold.
//!
//! | bus | width | spoken by |
//! |---|---|---|
//! | link | 12 | everyone: calls, memory, tree nodes, chains, digests, keys, wide products; tag first |
//! | local | 3 | (tx, id, value): one producer with a free count under a unique key, readers fixed by the programs |
//! | range | 1 | 0..2^16; the table's count is free |
//! | instruction, page, schedule | 10, 17, 12 | rows of the three program tables; the tables' counts are free |
//! | curve | 13 | the sum of all signatures: points by bucket, running sums of buckets; tag first |

use braid_primitives::F;
use p3_air::AirBuilder;
use p3_field::PrimeCharacteristicRing;
use p3_lookup::{Count, InteractionBuilder};

/// A builder of Braid's chips: constraints over [`F`] and interactions.
pub trait LeafBuilder: AirBuilder<F = F> + InteractionBuilder {}
impl<B: AirBuilder<F = F> + InteractionBuilder> LeafBuilder for B {}

/// Sixteen-bit range checks have this many values.
pub const RANGE: usize = 1 << 16;

/// A bus: a name shared by all chips that speak on it, and the width of its tuples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bus {
    /// The name under which the proof system balances the bus.
    pub name: &'static str,
    /// Elements of a tuple; shorter ones are filled with zeros at the end.
    pub width: usize,
}

/// Tagged messages between chips.
pub const LINK: Bus = Bus { name: "link", width: 12 };
/// Values of a transaction's locals.
pub const LOCAL: Bus = Bus { name: "local", width: 3 };
/// Sixteen-bit values.
pub const RANGE_CHECK: Bus = Bus { name: "range", width: 1 };
/// Rows of the instruction table.
pub const INSTRUCTION: Bus = Bus { name: "instruction", width: 10 };
/// Rows of the page table.
pub const PAGE: Bus = Bus { name: "page", width: 17 };
/// Rows of the sponge schedule.
pub const SCHEDULE: Bus = Bus { name: "schedule", width: 12 };
/// Tagged messages about group elements. One bus, because only tuples of one bus share a fraction column.
pub const CURVE: Bus = Bus { name: "curve", width: 13 };

/// All buses, for lints.
pub const ALL: [Bus; 7] = [LINK, LOCAL, RANGE_CHECK, INSTRUCTION, PAGE, SCHEDULE, CURVE];

/// First element of a tuple on [`LINK`]: what the message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Tag {
    /// (tx, program, 0, 0): a transaction has pages.
    CallPage = 1,
    /// (tx, program, inbox entries before, outbox records before): a transaction has streams to hash.
    CallHash = 2,
    /// (address, time, page 8): offline memory checking.
    Memory = 3,
    /// (level, index, old 4, new 4): a digest of the state tree.
    Node = 4,
    /// (stream, position, digest 4): an intermediate value of a hash chain.
    Chain = 5,
    /// (tx, message, digest 4): a message digest.
    Digest = 6,
    /// (tx, message, e0, e1): the two halves of a signature's challenge.
    Challenge = 7,
    /// (tx, message, key 5): the public key that must sign a message.
    Key = 8,
    /// (tx, message, r0, r1): the two halves of a signature's randomizer.
    Randomizer = 9,
    /// (rounded up, a, b, c, quotient): an exact multiplication and division.
    Wide = 12,
}

/// First element of a tuple on [`CURVE`]: what the message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum CurveTag {
    /// (window, digit, x 5, u 5): a point that counts digit · 256^window times.
    Point = 1,
    /// (256 · window + digit, 0, x 5, u 5): the sum of all points of a window with at least this digit.
    Running = 2,
}

impl Bus {
    fn tuple<AB: LeafBuilder>(&self, fields: impl IntoIterator<Item = AB::Expr>) -> Vec<AB::Expr> {
        let mut tuple: Vec<AB::Expr> = fields.into_iter().collect();
        assert!(tuple.len() <= self.width, "a tuple of {} elements on bus {}", tuple.len(), self.name);
        tuple.resize(self.width, AB::Expr::ZERO);
        tuple
    }

    /// Sends a tuple `count` times, where the chip constrains `count` to 0 or 1.
    pub fn send<AB: LeafBuilder>(&self, builder: &mut AB, fields: impl IntoIterator<Item = AB::Expr>, count: AB::Expr) {
        let tuple = self.tuple::<AB>(fields);
        builder.push_interaction(self.name, tuple, Count::bounded(count, 1));
    }

    /// Receives a tuple `count` times, where the chip constrains `count` to 0 or 1.
    pub fn receive<AB: LeafBuilder>(
        &self,
        builder: &mut AB,
        fields: impl IntoIterator<Item = AB::Expr>,
        count: AB::Expr,
    ) {
        let tuple = self.tuple::<AB>(fields);
        builder.push_interaction(self.name, tuple, -Count::bounded(count, 1));
    }

    /// Provides a tuple any number of times: the counterpart of `receive`, with a free count.
    ///
    /// Sound only from a function table, or under a key that no other row can hold.
    pub fn provide<AB: LeafBuilder>(
        &self,
        builder: &mut AB,
        fields: impl IntoIterator<Item = AB::Expr>,
        count: AB::Expr,
    ) {
        let tuple = self.tuple::<AB>(fields);
        builder.push_interaction(self.name, tuple, Count::provided(count));
    }

    /// Receives a tuple once (`count` = −1) or provides it any number of times, as the chip constrains per row.
    pub fn exchange<AB: LeafBuilder>(
        &self,
        builder: &mut AB,
        fields: impl IntoIterator<Item = AB::Expr>,
        count: AB::Expr,
    ) {
        let tuple = self.tuple::<AB>(fields);
        builder.push_interaction(self.name, tuple, Count::bounded(count, 1));
    }
}

/// A tuple on [`CURVE`]: the tag, then `fields`.
pub fn curve<AB: LeafBuilder>(tag: CurveTag, fields: impl IntoIterator<Item = AB::Expr>) -> Vec<AB::Expr> {
    core::iter::once(AB::Expr::from_u64(tag as u64)).chain(fields).collect()
}

/// A tuple on [`LINK`]: the tag, then `fields`.
pub fn link<AB: LeafBuilder>(tag: Tag, fields: impl IntoIterator<Item = AB::Expr>) -> Vec<AB::Expr> {
    core::iter::once(AB::Expr::from_u64(tag as u64)).chain(fields).collect()
}
