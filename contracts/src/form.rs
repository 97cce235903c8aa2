//! Linear forms over named values, with the interval that their integer value lies in.
//!
//! The compiler carries forms without emitting rows. An interval is a statement about the integer value, which the checks
//! inserted by `fits` turn into a statement about field elements: a form `V` in `[lo, hi]` with `hi < p` and
//! `−lo < p − 2^k` whose residue is below `2^k` is itself in `[0, 2^k)` (SOUNDNESS B2.3).

use std::collections::BTreeMap;

use crate::program::{Context, Local};

/// Order of the field, as an integer.
pub(crate) const MODULUS: i128 = (1 << 64) - (1 << 32) + 1;

/// What a form is linear in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Atom {
    Local(Local),
    Context(Context),
}

/// Integers from `lo` to `hi`, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Interval {
    pub(crate) lo: i128,
    pub(crate) hi: i128,
}

impl Interval {
    pub(crate) const BIT: Self = Self { lo: 0, hi: 1 };

    /// Everything of that many bits, at most 100.
    pub(crate) const fn bits(bits: u8) -> Self {
        Self { lo: 0, hi: (1 << bits) - 1 }
    }

    pub(crate) const fn point(value: i128) -> Self {
        Self { lo: value, hi: value }
    }

    pub(crate) const fn within_bits(self, bits: u8) -> bool {
        self.lo >= 0 && self.hi < 1 << bits
    }

    pub(crate) fn hull(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// The interval of `factor` times a value.
    fn scale(self, factor: i128) -> Option<Self> {
        let (x, y) = (self.lo.checked_mul(factor)?, self.hi.checked_mul(factor)?);
        Some(Self { lo: x.min(y), hi: x.max(y) })
    }

    fn add(self, other: Self) -> Option<Self> {
        Some(Self { lo: self.lo.checked_add(other.lo)?, hi: self.hi.checked_add(other.hi)? })
    }
}

/// `Σ coefficient · atom + constant`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Form {
    pub(crate) terms: BTreeMap<Atom, i128>,
    pub(crate) constant: i128,
    /// Where the integer value lies; nothing for an element of the field.
    pub(crate) interval: Option<Interval>,
}

/// What two forms equal in the field have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Key {
    pub(crate) terms: Vec<(Atom, u64)>,
    pub(crate) constant: u64,
}

/// Residue of an integer.
pub(crate) fn residue(value: i128) -> u64 {
    // The remainder is in 0..p, and p < 2^64.
    value.rem_euclid(MODULUS) as u64
}

impl Form {
    pub(crate) fn constant(value: i128) -> Self {
        Self { terms: BTreeMap::new(), constant: value, interval: Some(Interval::point(value)) }
    }

    pub(crate) fn atom(atom: Atom, interval: Option<Interval>) -> Self {
        Self { terms: BTreeMap::from([(atom, 1)]), constant: 0, interval }
    }

    pub(crate) fn local(local: Local, interval: Option<Interval>) -> Self {
        Self::atom(Atom::Local(local), interval)
    }

    /// `self + factor · other`; nothing beyond what 127 bits hold.
    pub(crate) fn add_scaled(&self, other: &Self, factor: i128) -> Option<Self> {
        let mut terms = self.terms.clone();
        for (atom, coefficient) in &other.terms {
            let entry = terms.entry(*atom).or_insert(0);
            *entry = entry.checked_add(coefficient.checked_mul(factor)?)?;
        }
        terms.retain(|_, coefficient| *coefficient != 0);
        let constant = self.constant.checked_add(other.constant.checked_mul(factor)?)?;
        let interval = match (self.interval, other.interval) {
            _ if terms.is_empty() => Some(Interval::point(constant)),
            (Some(left), Some(right)) => Some(left.add(right.scale(factor)?)?),
            _ => None,
        };
        Some(Self { terms, constant, interval })
    }

    /// The same form, known to lie in another interval.
    pub(crate) fn with_interval(mut self, interval: Interval) -> Self {
        self.interval = Some(interval);
        self
    }

    /// The value, if it is known now.
    pub(crate) fn as_constant(&self) -> Option<i128> {
        self.terms.is_empty().then_some(self.constant)
    }

    /// The atom, if the form is nothing else.
    pub(crate) fn as_atom(&self) -> Option<Atom> {
        match self.terms.iter().next() {
            Some((atom, 1)) if self.terms.len() == 1 && self.constant == 0 => Some(*atom),
            _ => None,
        }
    }

    pub(crate) fn key(&self) -> Key {
        let terms = self.terms.iter().map(|(atom, coefficient)| (*atom, residue(*coefficient)));
        Key { terms: terms.filter(|(_, coefficient)| *coefficient != 0).collect(), constant: residue(self.constant) }
    }

    /// Whether it is 0 in the field, whatever the atoms are.
    pub(crate) fn is_zero(&self) -> bool {
        let key = self.key();
        key.terms.is_empty() && key.constant == 0
    }

    pub(crate) fn is_bool(&self) -> bool {
        self.interval.is_some_and(|interval| interval.lo >= 0 && interval.hi <= 1)
    }
}

/// Whether a check of `bits` bits on the residue proves the integer: see the head of this file.
pub(crate) const fn provable(interval: Interval, bits: u8) -> bool {
    interval.hi < MODULUS && -interval.lo < MODULUS - (1 << bits)
}
