use braid_primitives::{F, Page};
use braid_state_tree::Tree;
use braid_witness::chunk::{BlockContext, Boundary, Parameters};
use braid_witness::record::{ChunkRecord, Touch};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use p3_matrix::dense::RowMajorMatrix;

use super::{Columns, TreeChip, WIDTH, height, rows};
use crate::leaf::audit::{Imbalance, Ledger, Violation};
use crate::leaf::bus::Tag;
use crate::leaf::execution::Execution;
use crate::leaf::permutation;

const DEPTH: u32 = 8;

fn page(seed: u64) -> Page {
    core::array::from_fn(|i| F::from_u64(seed * 31 + i as u64 + 1))
}

/// Three pages, two of them siblings: the middle one changes, the last is new.
fn record() -> ChunkRecord {
    let mut tree = Tree::new(DEPTH).unwrap();
    tree.update(&[(4, page(1)), (5, page(2)), (77, page(3))]).unwrap();
    let old = [(4, page(1)), (5, page(2)), (200, [F::ZERO; 8])];
    let new = [page(1), page(9), page(4)];
    let opened = tree.prove(&old.map(|(address, _)| address)).unwrap().open(DEPTH, &old).unwrap();
    let before = Boundary { root: opened.root(), ..Boundary::default() };
    let updated = opened.update(&new).unwrap();
    let touches = old.iter().zip(new).enumerate();
    ChunkRecord {
        transactions: vec![],
        touches: touches
            .map(|(i, (&(address, old), new))| Touch { address, old, new, last_time: 3 + i as u32 })
            .collect(),
        nodes: updated.nodes,
        before,
        after: Boundary { root: updated.new_root, ..Boundary::default() },
    }
}

/// The honest table and its public values.
fn honest() -> (RowMajorMatrix<F>, Vec<F>) {
    let record = record();
    let parameters = Parameters { chain_id: F::ONE, depth: DEPTH, assets: [F::ZERO; 4] };
    let execution = Execution {
        parameters,
        context: BlockContext::default(),
        record: &record,
        programs: vec![],
        positions: vec![[0, 0]],
    };
    let table = rows(&execution, 64).unwrap();
    assert!(rows(&execution, height(&execution) - 1).is_err());
    let public = [&record.before.root[..], &record.after.root[..], &[F::from_u32(DEPTH)]].concat();
    (table, public)
}

/// What is wrong with a table, when the page chip's accesses of the three pages are those of the honest record.
fn audit(table: &RowMajorMatrix<F>, public: &[F]) -> (Vec<Violation>, Vec<Imbalance>) {
    let mut ledger = Ledger::default();
    let violations = ledger.record(&TreeChip, table, public);
    for touch in record().touches {
        let tuple = |time: u32, page: Page| {
            let head = [Tag::Memory as u64, touch.address, time.into()];
            head.into_iter().chain(page.map(|cell| cell.as_canonical_u64())).chain([0]).collect::<Vec<u64>>()
        };
        ledger.post("link", &tuple(0, touch.old), F::NEG_ONE);
        ledger.post("link", &tuple(touch.last_time, touch.new), F::ONE);
    }
    (violations, ledger.imbalances(None))
}

/// Applies `prank` to the columns of a row of an honest table and recomputes that row's permutation.
fn pranked(row: usize, prank: impl FnOnce(&mut [F], &mut Columns<F>)) -> (Vec<Violation>, Vec<Imbalance>) {
    let (mut table, public) = honest();
    let cells = &mut table.values[row * WIDTH..(row + 1) * WIDTH];
    let mut columns = Columns::read(&cells[permutation::WIDTH..]);
    let (input, _) = cells.split_at_mut(8);
    prank(input, &mut columns);
    columns.write(&mut cells[permutation::WIDTH..]);
    permutation::fill(cells, WIDTH);
    audit(&table, &public)
}

/// Rows of the honest table: nodes first, two rows each, then the three pages.
fn first_leaf() -> usize {
    2 * record().nodes.len()
}

#[test]
fn an_honest_table_holds() {
    let (table, public) = honest();
    assert_eq!(audit(&table, &public), (vec![], vec![]));
}

#[test]
fn altered_cells_of_every_column_are_noticed() {
    let (honest, public) = honest();
    for row in [0, 1, 4, first_leaf(), first_leaf() + 1] {
        for column in 0..WIDTH {
            let mut table = honest.clone();
            table.values[row * WIDTH + column] += F::ONE;
            let (violations, imbalances) = audit(&table, &public);
            // Nobody reads the time of a node row.
            let unread = column == WIDTH - 1 && row < first_leaf();
            assert_eq!(violations.is_empty() && imbalances.is_empty(), unread, "row {row} column {column}");
        }
    }
}

#[test]
fn sibling_that_changes_without_being_computed() {
    // SOUNDNESS 6.26: the new row hashes another sibling; its parent's message no longer matches.
    let node = record().nodes.iter().position(|node| !node.right_computed).unwrap();
    let (violations, _) = pranked(2 * node + 1, |input, _| input[5] += F::ONE);
    assert!(violations.iter().any(|violation| violation.row == 2 * node), "{violations:?}");
}

#[test]
fn an_address_listed_twice() {
    // SOUNDNESS 6.27: a second pair for the same page, in the padding.
    let (mut table, public) = honest();
    let leaf = first_leaf();
    table.values.copy_within(leaf * WIDTH..(leaf + 2) * WIDTH, (leaf + 6) * WIDTH);
    let (violations, imbalances) = audit(&table, &public);
    assert_eq!(violations, vec![]);
    assert!(imbalances.iter().any(|i| i.tuple[0] == Tag::Node as u64), "{imbalances:?}");
}

#[test]
fn a_leaf_at_an_inner_level() {
    // SOUNDNESS 6.28
    let leaf = first_leaf();
    let (violations, _) = pranked(leaf, |_, columns| columns.level -= F::ONE);
    assert!(violations.iter().any(|violation| violation.row == leaf));
}

#[test]
fn a_second_root() {
    // SOUNDNESS 6.29: another old node row withholds its message.
    let (violations, imbalances) = pranked(4, |_, columns| columns.root = F::ONE);
    assert!(violations.iter().any(|violation| violation.row == 3), "root' = 0 on the transition: {violations:?}");
    assert!(!imbalances.is_empty());
}

#[test]
fn wrong_roots() {
    // SOUNDNESS 6.30: each element of both public roots, and the depth.
    let (table, public) = honest();
    for i in 0..public.len() {
        let mut public = public.clone();
        public[i] += F::ONE;
        let (violations, _) = audit(&table, &public);
        assert!(!violations.is_empty(), "public value {i}");
    }
}

#[test]
fn the_digest_of_another_node() {
    // SOUNDNESS 6.31
    let (violations, imbalances) = pranked(2, |input, _| input[0] += F::ONE);
    assert!(!violations.is_empty() || imbalances.iter().any(|i| i.tuple[0] == Tag::Node as u64));
}

#[test]
fn orphans_and_split_pairs() {
    // SOUNDNESS 6.44: a new leaf without its old row, a new node without its old row, a pair with two indices.
    let (leaf, padding) = (first_leaf(), first_leaf() + 10);
    for prank in [|c: &mut Columns<F>| c.leaf_new = F::ONE, |c: &mut Columns<F>| c.node_new = F::ONE] {
        let (violations, _) = pranked(padding, |_, columns| prank(columns));
        assert!(violations.iter().any(|violation| violation.row == padding - 1), "{violations:?}");
    }
    let (violations, _) = pranked(leaf, |_, columns| columns.leaf_old = F::ZERO);
    assert!(violations.iter().any(|violation| violation.row == leaf), "{violations:?}");
    let (violations, _) = pranked(leaf + 1, |_, columns| columns.index += F::ONE);
    assert!(violations.iter().any(|violation| violation.row == leaf), "{violations:?}");
}

#[test]
fn a_page_that_moves_in_time_or_content() {
    let leaf = first_leaf();
    let (violations, imbalances) = pranked(leaf, |_, columns| columns.time = F::ONE);
    assert!(violations.iter().any(|v| v.row == leaf));
    assert!(imbalances.iter().any(|i| i.tuple[0] == Tag::Memory as u64));
    let (_, imbalances) = pranked(leaf + 1, |_, columns| columns.time += F::ONE);
    assert!(imbalances.iter().all(|i| i.tuple[0] == Tag::Memory as u64) && !imbalances.is_empty());
}

#[test]
fn computed_children_are_old_node_rows_only() {
    for row in [1, first_leaf(), first_leaf() + 10] {
        let (violations, _) = pranked(row, |_, columns| columns.left_computed = F::ONE);
        assert!(violations.iter().any(|violation| violation.row == row), "row {row}");
    }
}
