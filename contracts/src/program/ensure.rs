//! Conditions of `ensure`: what tests may check of every accepted transaction.

use super::{Context, LocalId};

/// A condition over integers that the author says holds after every accepted transaction.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Ensure {
    /// Left side.
    pub left: Term,
    /// How the sides compare.
    pub comparison: Comparison,
    /// Right side.
    pub right: Term,
}

/// How two integers compare.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
}

/// An integer expression of an [`Ensure`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Term {
    /// A number.
    Const(i128),
    /// A local.
    Local(LocalId),
    /// A context value.
    Context(Context),
    /// New content of a page's cell.
    New(u16, u8),
    /// Sum.
    Sum(Box<Term>, Box<Term>),
    /// Difference.
    Difference(Box<Term>, Box<Term>),
    /// Product.
    Product(Box<Term>, Box<Term>),
}

impl Ensure {
    /// Whether it holds, given the values of locals, context and new cells; `None` if one is missing or an intermediate
    /// value leaves 127 bits.
    pub fn holds(
        &self,
        local: &impl Fn(LocalId) -> Option<u64>,
        context: &impl Fn(Context) -> Option<u64>,
        new: &impl Fn(u16, u8) -> Option<u64>,
    ) -> Option<bool> {
        let left = self.left.value(local, context, new)?;
        let right = self.right.value(local, context, new)?;
        Some(match self.comparison {
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
            Comparison::Less => left < right,
            Comparison::LessEqual => left <= right,
        })
    }
}

impl Term {
    fn value(
        &self,
        local: &impl Fn(LocalId) -> Option<u64>,
        context: &impl Fn(Context) -> Option<u64>,
        new: &impl Fn(u16, u8) -> Option<u64>,
    ) -> Option<i128> {
        let both = |left: &Self, right: &Self| left.value(local, context, new).zip(right.value(local, context, new));
        match self {
            Self::Const(value) => Some(*value),
            Self::Local(id) => local(*id).map(i128::from),
            Self::Context(which) => context(*which).map(i128::from),
            Self::New(page, cell) => new(*page, *cell).map(i128::from),
            Self::Sum(left, right) => both(left, right).and_then(|(left, right)| left.checked_add(right)),
            Self::Difference(left, right) => both(left, right).and_then(|(left, right)| left.checked_sub(right)),
            Self::Product(left, right) => both(left, right).and_then(|(left, right)| left.checked_mul(right)),
        }
    }

    /// Calls `visit` on every local.
    pub(crate) fn locals_mut(&mut self, visit: &mut impl FnMut(&mut LocalId)) {
        match self {
            Self::Local(id) => visit(id),
            Self::Sum(left, right) | Self::Difference(left, right) | Self::Product(left, right) => {
                left.locals_mut(visit);
                right.locals_mut(visit);
            }
            Self::Const(_) | Self::Context(_) | Self::New(..) => {}
        }
    }
}
