//! The constraints of a table as a graph of additions and multiplications, taken from the same `Air::eval` that the
//! prover runs, and their evaluation inside a circuit.
//!
//! Plonky3 records constraints as trees with shared branches. Here equal subexpressions become one node, wherever they come
//! from; a product that is used once is merged with the sum it goes into (one slot of plonky2's arithmetic gate computes
//! `±x y ± z`). The lookup constraints are those that the library emits for the laid-out lookups.

use std::collections::HashMap;

use p3_air::symbolic::{
    AirLayout, BaseEntry, BaseLeaf, ExtEntry, ExtLeaf, SymbolicExpr, SymbolicExpression, SymbolicExpressionExt,
};
use p3_field::{BasedVectorSpace, PrimeCharacteristicRing, PrimeField64};
use p3_lookup::{InteractionSymbolicBuilder, LogUpGadget, Lookup, LookupProtocol};
use plonky2::field::types::Field as _;

use super::embed::{self, ExtTarget};
use super::leaf_verifier::LeafError;
use super::{Builder, Field};
use crate::stark::{Challenge, LeafAir, Val};

/// A value that constraints refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variable {
    /// Main column, on the next row if `next`.
    Main {
        /// Column.
        column: usize,
        /// On the next row.
        next: bool,
    },
    /// Preprocessed column, on the next row if `next`.
    Preprocessed {
        /// Column.
        column: usize,
        /// On the next row.
        next: bool,
    },
    /// Lookup column over the extension; 0 is the accumulator.
    Permutation {
        /// Column.
        column: usize,
        /// On the next row.
        next: bool,
    },
    /// Public value.
    Public(usize),
    /// Lookup challenge: `2 i` is the prefix of column `i`'s bus, `2 i + 1` the combiner.
    Challenge(usize),
    /// Sum of all fractions of the table.
    Terminal,
    /// Unnormalised selector of the first row.
    FirstRow,
    /// Unnormalised selector of the last row.
    LastRow,
    /// Unnormalised selector of all rows but the last.
    Transition,
}

type Id = usize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Node {
    /// Limbs of a constant, canonical.
    Constant([u64; 2]),
    Variable(Variable),
    Add(Id, Id),
    Sub(Id, Id),
    Mul(Id, Id),
}

/// All constraints of a table, in emission order.
#[derive(Clone, Debug)]
pub struct Constraints {
    /// Operands stand before what uses them.
    nodes: Vec<Node>,
    roots: Vec<Id>,
}

impl Constraints {
    /// Records the constraints of an AIR with its laid-out lookups.
    pub fn of<A: LeafAir>(air: &A, layout: AirLayout, lookups: &[Lookup<Val>]) -> Result<Self, LeafError> {
        let has_lookups = !lookups.is_empty();
        let gadget = LogUpGadget::new();
        let layout = AirLayout {
            permutation_width: if has_lookups { lookups.len() + 1 } else { 0 },
            num_permutation_challenges: lookups.len() * gadget.num_challenges(),
            num_permutation_values: usize::from(has_lookups),
            ..layout
        };
        let mut builder = InteractionSymbolicBuilder::<Val, Challenge>::new(layout);
        gadget.eval_air_and_lookups(air, &mut builder, lookups);
        let base = builder.base_constraints();
        let extension = builder.extension_constraints();
        let order = builder.constraint_layout();
        let mut graph = Graph::default();
        let mut roots = vec![0; base.len() + extension.len()];
        // All expressions live as long as these lists, so their addresses name them.
        let mut seen = Seen::new();
        for (constraint, &at) in base.iter().zip(&order.base_indices) {
            roots[at] = graph.base(constraint, &mut seen)?;
        }
        let mut seen = Seen::new();
        for (constraint, &at) in extension.iter().zip(&order.ext_indices) {
            roots[at] = graph.ext(constraint, &mut seen)?;
        }
        Ok(Self { nodes: graph.nodes, roots })
    }

    /// Number of constraints.
    pub fn len(&self) -> usize {
        self.roots.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// Evaluates all constraints, in emission order, with `variable` giving the values.
    pub fn evaluate(
        &self,
        builder: &mut Builder,
        mut variable: impl FnMut(&mut Builder, Variable) -> Result<ExtTarget, LeafError>,
    ) -> Result<Vec<ExtTarget>, LeafError> {
        let (live, merged) = self.plan();
        let mut values: Vec<Value> = Vec::with_capacity(self.nodes.len());
        for (id, &node) in self.nodes.iter().enumerate() {
            // Operands stand before their users, so indexing what was pushed cannot fail.
            let value = match node {
                _ if !live[id] => Value::Unused,
                Node::Constant(limbs) => Value::Known(builder.constant_extension(embed::extension(challenge(limbs)))),
                Node::Variable(v) => Value::Known(variable(builder, v)?),
                Node::Mul(x, y) => {
                    let (x, y) = (values[x].compute(builder), values[y].compute(builder));
                    if merged[id] { Value::Product(x, y) } else { Value::Known(builder.mul_extension(x, y)) }
                }
                Node::Add(x, y) => Value::Known(values[x].plus(values[y], builder)),
                Node::Sub(x, y) => Value::Known(values[x].minus(values[y], builder)),
            };
            values.push(value);
        }
        Ok(self.roots.iter().map(|&root| values[root].compute(builder)).collect())
    }

    /// Which nodes some constraint needs, and which products have a single user that is a sum.
    fn plan(&self) -> (Vec<bool>, Vec<bool>) {
        let mut uses = vec![0usize; self.nodes.len()];
        for &root in &self.roots {
            // A root is needed as a value of its own.
            uses[root] += 2;
        }
        for id in (0..self.nodes.len()).rev() {
            if let (1.., Node::Add(x, y) | Node::Sub(x, y) | Node::Mul(x, y)) = (uses[id], self.nodes[id]) {
                uses[x] += 1;
                uses[y] += 1;
            }
        }
        let mut merged = vec![false; self.nodes.len()];
        for (id, node) in self.nodes.iter().enumerate() {
            if let (1.., &(Node::Add(x, y) | Node::Sub(x, y))) = (uses[id], node) {
                for operand in [x, y] {
                    merged[operand] = uses[operand] == 1 && matches!(self.nodes[operand], Node::Mul(..));
                }
            }
        }
        (uses.iter().map(|&n| n > 0).collect(), merged)
    }
}

/// A node during evaluation.
#[derive(Clone, Copy)]
enum Value {
    Unused,
    Known(ExtTarget),
    /// A product that is left to the sum that uses it.
    Product(ExtTarget, ExtTarget),
}

impl Value {
    fn compute(self, builder: &mut Builder) -> ExtTarget {
        match self {
            Self::Known(value) => value,
            Self::Product(x, y) => builder.mul_extension(x, y),
            // Operands of live nodes are live.
            Self::Unused => builder.zero_extension(),
        }
    }

    fn plus(self, other: Self, builder: &mut Builder) -> ExtTarget {
        let (product, addend) = if let Self::Product(..) = self { (self, other) } else { (other, self) };
        let addend = addend.compute(builder);
        match product {
            Self::Product(x, y) => builder.mul_add_extension(x, y, addend),
            known => {
                let known = known.compute(builder);
                builder.add_extension(known, addend)
            }
        }
    }

    fn minus(self, other: Self, builder: &mut Builder) -> ExtTarget {
        match (self, other) {
            (minuend, Self::Product(x, y)) => {
                let minuend = minuend.compute(builder);
                builder.arithmetic_extension(Field::NEG_ONE, Field::ONE, x, y, minuend)
            }
            (Self::Product(x, y), subtrahend) => {
                let subtrahend = subtrahend.compute(builder);
                builder.mul_sub_extension(x, y, subtrahend)
            }
            (minuend, subtrahend) => {
                let (minuend, subtrahend) = (minuend.compute(builder), subtrahend.compute(builder));
                builder.sub_extension(minuend, subtrahend)
            }
        }
    }
}

const ZERO: [u64; 2] = [0, 0];
const ONE: [u64; 2] = [1, 0];

fn challenge(limbs: [u64; 2]) -> Challenge {
    Challenge::from_basis_coefficients_fn(|i| Val::from_u64(limbs[i]))
}

/// Nodes under construction: each distinct one once.
#[derive(Default)]
struct Graph {
    nodes: Vec<Node>,
    ids: HashMap<Node, Id>,
}

type Seen<L> = HashMap<*const SymbolicExpr<L>, Id>;

impl Graph {
    fn node(&mut self, node: Node) -> Id {
        *self.ids.entry(node).or_insert_with(|| {
            self.nodes.push(node);
            self.nodes.len() - 1
        })
    }

    fn constant(&mut self, x: Challenge) -> Id {
        let limbs: &[Val] = x.as_basis_coefficients_slice();
        self.node(Node::Constant([limbs[0].as_canonical_u64(), limbs[1].as_canonical_u64()]))
    }

    fn as_constant(&self, id: Id) -> Option<[u64; 2]> {
        match self.nodes[id] {
            Node::Constant(limbs) => Some(limbs),
            _ => None,
        }
    }

    fn add(&mut self, x: Id, y: Id) -> Id {
        match (self.as_constant(x), self.as_constant(y)) {
            (Some(a), Some(b)) => self.constant(challenge(a) + challenge(b)),
            (Some(ZERO), _) => y,
            (_, Some(ZERO)) => x,
            // 0 - z on either side is a subtraction.
            _ => match (self.negated(x), self.negated(y)) {
                (_, Some(z)) => self.sub(x, z),
                (Some(z), _) => self.sub(y, z),
                _ => self.node(Node::Add(x.min(y), x.max(y))),
            },
        }
    }

    fn sub(&mut self, x: Id, y: Id) -> Id {
        match (self.as_constant(x), self.as_constant(y)) {
            (Some(a), Some(b)) => self.constant(challenge(a) - challenge(b)),
            (_, Some(ZERO)) => x,
            _ if x == y => self.constant(Challenge::ZERO),
            _ => match self.negated(y) {
                Some(z) => self.add(x, z),
                None => self.node(Node::Sub(x, y)),
            },
        }
    }

    fn mul(&mut self, x: Id, y: Id) -> Id {
        match (self.as_constant(x), self.as_constant(y)) {
            (Some(a), Some(b)) => self.constant(challenge(a) * challenge(b)),
            (Some(ZERO), _) | (_, Some(ZERO)) => self.constant(Challenge::ZERO),
            (Some(ONE), _) => y,
            (_, Some(ONE)) => x,
            _ => self.node(Node::Mul(x.min(y), x.max(y))),
        }
    }

    fn neg(&mut self, x: Id) -> Id {
        let zero = self.constant(Challenge::ZERO);
        self.sub(zero, x)
    }

    /// `z` if the node is `0 - z`.
    fn negated(&self, id: Id) -> Option<Id> {
        match self.nodes[id] {
            Node::Sub(x, z) if self.as_constant(x) == Some(ZERO) => Some(z),
            _ => None,
        }
    }

    /// Adds an expression over the base field. Branches that the library shares are visited once.
    fn base(&mut self, e: &SymbolicExpression<Val>, seen: &mut Seen<BaseLeaf<Val>>) -> Result<Id, LeafError> {
        if let Some(&id) = seen.get(&(e as *const _)) {
            return Ok(id);
        }
        let id = match e {
            SymbolicExpr::Leaf(leaf) => self.base_leaf(leaf)?,
            SymbolicExpr::Add { x, y, .. } => {
                let (x, y) = (self.base(x, seen)?, self.base(y, seen)?);
                self.add(x, y)
            }
            SymbolicExpr::Sub { x, y, .. } => {
                let (x, y) = (self.base(x, seen)?, self.base(y, seen)?);
                self.sub(x, y)
            }
            SymbolicExpr::Mul { x, y, .. } => {
                let (x, y) = (self.base(x, seen)?, self.base(y, seen)?);
                self.mul(x, y)
            }
            SymbolicExpr::Neg { x, .. } => {
                let x = self.base(x, seen)?;
                self.neg(x)
            }
        };
        seen.insert(e, id);
        Ok(id)
    }

    fn base_leaf(&mut self, leaf: &BaseLeaf<Val>) -> Result<Id, LeafError> {
        let variable = match leaf {
            BaseLeaf::Constant(c) => return Ok(self.constant(Challenge::from(*c))),
            BaseLeaf::IsFirstRow => Variable::FirstRow,
            BaseLeaf::IsLastRow => Variable::LastRow,
            BaseLeaf::IsTransition => Variable::Transition,
            BaseLeaf::Variable(v) => match v.entry {
                BaseEntry::Main { offset } => Variable::Main { column: v.index, next: next_row(offset)? },
                BaseEntry::Preprocessed { offset } => {
                    Variable::Preprocessed { column: v.index, next: next_row(offset)? }
                }
                BaseEntry::Public => Variable::Public(v.index),
                BaseEntry::Periodic => return Err(LeafError::Shape("periodic columns are not supported")),
            },
        };
        Ok(self.node(Node::Variable(variable)))
    }

    /// Adds an expression over the extension.
    fn ext(
        &mut self,
        e: &SymbolicExpressionExt<Val, Challenge>,
        seen: &mut Seen<ExtLeaf<Val, Challenge>>,
    ) -> Result<Id, LeafError> {
        if let Some(&id) = seen.get(&(e as *const _)) {
            return Ok(id);
        }
        let id = match e {
            SymbolicExpr::Leaf(leaf) => self.ext_leaf(leaf)?,
            SymbolicExpr::Add { x, y, .. } => {
                let (x, y) = (self.ext(x, seen)?, self.ext(y, seen)?);
                self.add(x, y)
            }
            SymbolicExpr::Sub { x, y, .. } => {
                let (x, y) = (self.ext(x, seen)?, self.ext(y, seen)?);
                self.sub(x, y)
            }
            SymbolicExpr::Mul { x, y, .. } => {
                let (x, y) = (self.ext(x, seen)?, self.ext(y, seen)?);
                self.mul(x, y)
            }
            SymbolicExpr::Neg { x, .. } => {
                let x = self.ext(x, seen)?;
                self.neg(x)
            }
        };
        seen.insert(e, id);
        Ok(id)
    }

    fn ext_leaf(&mut self, leaf: &ExtLeaf<Val, Challenge>) -> Result<Id, LeafError> {
        let variable = match leaf {
            // Addresses of expressions inside leaves are not kept: each leaf brings its own.
            ExtLeaf::Base(e) => return self.base(e, &mut Seen::new()),
            ExtLeaf::ExtConstant(c) => return Ok(self.constant(*c)),
            ExtLeaf::ExtVariable(v) => match v.entry {
                ExtEntry::Permutation { offset } => Variable::Permutation { column: v.index, next: next_row(offset)? },
                ExtEntry::Challenge => Variable::Challenge(v.index),
                ExtEntry::PermutationValue => Variable::Terminal,
            },
        };
        Ok(self.node(Node::Variable(variable)))
    }
}

fn next_row(offset: usize) -> Result<bool, LeafError> {
    match offset {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(LeafError::Shape("a constraint spans more than two rows")),
    }
}
