//! The wrap over a leaf whose tables say nothing but their public values, inside a real circuit set.

use std::sync::OnceLock;

use braid_primitives::poseidon;
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::PrimeField64;
use p3_lookup::{Count, InteractionBuilder, LookupBus};
use p3_matrix::dense::RowMajorMatrix;

use super::*;
use crate::recursion::RecursionError;
use crate::recursion::range::StockProver;
use crate::recursion::set::CircuitSet;

const HEIGHT: usize = 8;
const INTERFACE: LeafInterface = LeafInterface { cpu: 0, page: 1, tree: 2, sponge: 4 };

/// A table with `values` public values in its first row, which looks its row number up; or that number's table.
#[derive(Clone, Copy, Debug)]
struct Speaker {
    values: usize,
    table: bool,
}

const TABLES: [Speaker; 5] = [
    Speaker { values: cpu::LENGTH, table: false },
    Speaker { values: 1, table: false },
    Speaker { values: tree::LENGTH, table: false },
    Speaker { values: 0, table: true },
    Speaker { values: sponge::PUBLIC_VALUES, table: false },
];

impl BaseAir<Val> for Speaker {
    fn width(&self) -> usize {
        self.values + 1
    }

    fn num_public_values(&self) -> usize {
        self.values
    }

    fn preprocessed_width(&self) -> usize {
        usize::from(self.table)
    }

    fn preprocessed_trace(&self) -> Option<RowMajorMatrix<Val>> {
        self.table.then(|| RowMajorMatrix::new((0..1 << HEIGHT).map(Val::from_u64).collect(), 1))
    }

    fn main_next_row_columns(&self) -> Vec<usize> {
        vec![]
    }

    fn preprocessed_next_row_columns(&self) -> Vec<usize> {
        vec![]
    }
}

impl<AB: AirBuilder<F = Val> + InteractionBuilder> Air<AB> for Speaker {
    fn eval(&self, builder: &mut AB) {
        let row: Vec<AB::Var> = builder.main().current_slice().to_vec();
        let public: Vec<AB::Expr> = builder.public_values().iter().map(|&p| p.into()).collect();
        for (&cell, value) in row[1..].iter().zip(public) {
            builder.when_first_row().assert_eq(cell, value);
        }
        let bus = LookupBus::new("rows");
        if self.table {
            let number = builder.preprocessed().current_slice()[0];
            bus.table_entry(builder, [number], row[0]);
        } else {
            bus.lookup_key(builder, [row[0]], Count::bounded(AB::Expr::ONE, 1));
        }
    }
}

fn setup() -> Setup<Speaker> {
    Setup::new(Security::Insecure.leaf(), TABLES.to_vec(), vec![HEIGHT; 5]).unwrap()
}

/// A leaf proof for some public values.
fn leaf(setup: &Setup<Speaker>, publics: &[Vec<Val>]) -> Proof {
    let rows = 1u64 << HEIGHT;
    let traces: Vec<RowMajorMatrix<Val>> = (TABLES.iter().zip(publics))
        .map(|(table, values)| {
            let number = |r| if table.table { Val::from_u64(4) } else { Val::from_u64(r) };
            let cells = (0..rows).flat_map(|r| std::iter::once(number(r)).chain(values.iter().copied()));
            RowMajorMatrix::new(cells.collect(), table.width())
        })
        .collect();
    setup.prove(&traces, publics).unwrap()
}

/// Public values of a chunk from `from` to `to`, chain id 5, depth 24.
fn publics(from: u64, to: u64) -> Vec<Vec<Val>> {
    let v = Val::from_u64;
    let digest = |at: u64, tag: u64| (0..4).map(move |i| v(1000 * at + 10 * tag + i));
    let mut cpu = Vec::new();
    for tag in 1..4 {
        cpu.extend(digest(from, tag).chain(digest(to, tag)));
    }
    cpu.extend([from, to, 3 * from, 3 * to, 1_700_000_000, 7, 2, 1 << 12].map(v));
    let tree = digest(from, 0).chain(digest(to, 0)).chain([v(24)]).collect();
    vec![cpu, vec![v(1 << 12)], tree, vec![], vec![v(5), v(61), v(62), v(63), v(64)]]
}

struct Fixture {
    setup: Setup<Speaker>,
    wrap: LeafWrap,
    set: CircuitSet<LeafWrap>,
}

fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let setup = setup();
        let wrap = LeafWrap::new("speaker", Security::Insecure, &setup, INTERFACE).unwrap();
        let set = CircuitSet::build(Security::Insecure, vec![wrap.clone()]).unwrap();
        Fixture { setup, wrap, set }
    })
}

const ASSETS: [u64; 4] = [91, 92, 93, 94];

fn prove(publics: &[Vec<Val>]) -> Result<crate::recursion::range::RangeProof, RecursionError> {
    let f = fixture();
    let proof = leaf(&f.setup, publics);
    let input = f.wrap.input(&f.setup, &proof, publics, ASSETS.map(Val::from_u64))?;
    f.set.prove_wrap(&StockProver, 0, &input)
}

#[test]
fn a_wrap_states_what_the_leaf_says_and_merges() {
    let first = prove(&publics(10, 14)).unwrap();
    let statement = first.statement();
    let canonical = |d: [Val; 4]| d.map(|x| x.as_canonical_u64());
    let numbers: Vec<Val> = [domain::PARAMETERS, 5, 24, 1 << 12].into_iter().chain(ASSETS).map(Val::from_u64).collect();
    assert_eq!(statement.parameters, canonical(poseidon::hash_no_pad(&numbers)));
    let cap: Vec<Val> = fixture().setup.preprocessed_cap().unwrap().roots().iter().flatten().copied().collect();
    assert_eq!(statement.programs_root, canonical(poseidon::hash_no_pad(&cap)));
    assert_eq!((statement.context.number, statement.context.timestamp), (7, 1_700_000_000));
    assert_eq!(statement.context.fees_before, 2);
    for (at, boundary) in [(10, statement.before), (14, statement.after)] {
        let digest = |tag: u64| core::array::from_fn(|i| 1000 * at + 10 * tag + i as u64);
        assert_eq!(boundary.root, digest(0));
        assert_eq!(boundary.data, digest(1));
        assert_eq!(boundary.inbox, digest(2));
        assert_eq!(boundary.outbox, digest(3));
        assert_eq!((boundary.count, boundary.fees), (at, 3 * at));
    }
    assert_eq!(statement.security, Security::Insecure.into());
    let second = prove(&publics(14, 15)).unwrap();
    let both = fixture().set.prove_merge(&StockProver, &first, &second).unwrap();
    assert_eq!((both.statement().before, both.statement().after), (first.statement().before, second.statement().after));
    let gap = prove(&publics(15, 16)).unwrap();
    assert!(fixture().set.prove_merge(&StockProver, &first, &gap).is_err());
}

#[test]
fn chips_that_use_different_scales_have_no_wrap() {
    let mut values = publics(0, 1);
    values[1][0] = Val::from_u64(1 << 13);
    assert!(prove(&values).is_err());
}

#[test]
fn each_public_value_reaches_the_statement() {
    let honest = prove(&publics(0, 1)).unwrap();
    // Chain id and depth go into the digest.
    for (table, at) in [(4, 0), (2, tree::DEPTH)] {
        let mut values = publics(0, 1);
        values[table][at] += Val::ONE;
        let other = prove(&values).unwrap();
        assert_ne!(other.statement().parameters, honest.statement().parameters);
    }
}

#[test]
fn a_proof_for_other_public_values_is_no_input() {
    let f = fixture();
    let proof = leaf(&f.setup, &publics(0, 1));
    let rejected = f.wrap.input(&f.setup, &proof, &publics(0, 2), [Val::ZERO; 4]);
    assert!(matches!(rejected, Err(LeafError::Rejected(_))));
}

#[test]
fn interfaces_that_leave_values_unbound_are_refused() {
    let setup = setup();
    let wrong = [
        LeafInterface { cpu: 2, ..INTERFACE },
        LeafInterface { sponge: 1, ..INTERFACE },
        LeafInterface { page: 9, ..INTERFACE },
    ];
    for interface in wrong {
        let refused = LeafWrap::new("x", Security::Insecure, &setup, interface);
        assert!(matches!(refused, Err(LeafError::Shape(_))));
    }
    let refused = LeafWrap::new("x", Security::Conjectured100, &setup, INTERFACE);
    assert!(matches!(refused, Err(LeafError::Insufficient(_))));
}
