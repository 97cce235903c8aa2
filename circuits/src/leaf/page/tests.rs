use std::sync::LazyLock;

use braid_primitives::F;
use braid_witness::record::Access;
use p3_field::PrimeCharacteristicRing;
use p3_field::PrimeField64;
use p3_matrix::dense::RowMajorMatrix;

use super::{Columns, PageChip, rows};
use crate::leaf::audit::{Imbalance, Ledger, Violation};
use crate::leaf::bus::{LINK, LOCAL, PAGE, RANGE, RANGE_CHECK, Tag};
use crate::leaf::execution::Execution;
use crate::leaf::fixture;
use crate::leaf::tables::flag;
use crate::leaf::tally::Tally;

const WIDTH: usize = Columns::<F>::WIDTH;

fn canonical(elements: impl IntoIterator<Item = F>, width: usize) -> Vec<u64> {
    let mut tuple: Vec<u64> = elements.into_iter().map(|element| element.as_canonical_u64()).collect();
    tuple.resize(width, 0);
    tuple
}

/// What the other chips say in an honest chunk: calls, histories, keys, readers and producers of locals.
fn others(execution: &Execution<'_>, ledger: &mut Ledger) {
    let number = F::from_usize;
    let mut link = |tag: Tag, fields: Vec<F>, count: F| {
        ledger.post(LINK.name, &canonical([number(tag as usize)].into_iter().chain(fields), LINK.width), count);
    };
    for (tx, transaction) in execution.record.transactions.iter().enumerate() {
        link(Tag::CallPage, vec![number(tx), F::from_u32(transaction.program)], F::ONE);
        for (message, key) in transaction.keys.iter().enumerate() {
            let fields = [number(tx), number(message + 1)].into_iter().chain(*key).collect();
            link(Tag::Key, fields, F::NEG_ONE);
        }
    }
    for touch in &execution.record.touches {
        let history =
            |time: u32, page: [F; 8]| [F::from_u64(touch.address), F::from_u32(time)].into_iter().chain(page).collect();
        link(Tag::Memory, history(0, touch.old), F::ONE);
        link(Tag::Memory, history(touch.last_time, touch.new), F::NEG_ONE);
    }
    for (tx, transaction) in execution.record.transactions.iter().enumerate() {
        let tables = execution.tables(transaction);
        for (k, entry) in tables.pages.iter().enumerate() {
            ledger.post(PAGE.name, &canonical(*entry, PAGE.width), F::ONE);
            // Old cells are read by everyone; what this chip reads, someone produces.
            let access: &Access = &transaction.pages[k];
            for j in 0..8 {
                let id = (4 << 16) + (8 * k + j) as u64;
                let readers = F::from_u32(tables.readers(id));
                ledger.post(LOCAL.name, &[tx as u64, id, access.old[j].as_canonical_u64()], -readers);
            }
            let mut produce = |reads: bool, source: F, value: F| {
                if reads {
                    ledger.post(LOCAL.name, &canonical([number(tx), source, value], 3), F::ONE);
                }
            };
            produce(flag(entry[3], 7), entry[4], access.account);
            produce(flag(entry[3], 5), entry[5], access.slot);
            (0..8).for_each(|j| produce(flag(entry[3], 8 + j), entry[9 + j], access.new[j]));
        }
    }
}

/// The honest table, the balance of all other chips, and the scale.
static HONEST: LazyLock<(RowMajorMatrix<F>, Ledger, F)> = LazyLock::new(|| {
    let registry = fixture::registry();
    fixture::with_execution(registry, &fixture::mixed(registry), |execution| {
        let tally = Tally::new(1 << 12, 1 << 11, 1 << 12);
        let table = rows(execution, 32, &tally).unwrap();
        let mut ledger = Ledger::default();
        for (value, count) in tally.range.column().enumerate().take(RANGE) {
            ledger.post(RANGE_CHECK.name, &[value as u64], count);
        }
        others(execution, &mut ledger);
        (table, ledger, F::from_u64(execution.parameters.scale()))
    })
});

/// Violations and imbalances of the honest table after a change to it.
fn audit(change: impl FnOnce(&mut RowMajorMatrix<F>)) -> (Vec<Violation>, Vec<Imbalance>) {
    let (mut table, mut ledger, scale) = HONEST.clone();
    change(&mut table);
    let violations = ledger.record(&PageChip, &table, &[scale]);
    (violations, ledger.imbalances(None))
}

/// The outcome of a change to the columns of one row.
fn pranked(row: usize, prank: impl FnOnce(&mut Columns<F>)) -> (Vec<Violation>, Vec<Imbalance>) {
    audit(|table| {
        let cells = &mut table.values[row * WIDTH..(row + 1) * WIDTH];
        let mut columns = Columns::read(cells);
        prank(&mut columns);
        columns.write(cells);
    })
}

fn unbalanced(imbalances: &[Imbalance], bus: &str) -> bool {
    imbalances.iter().any(|imbalance| imbalance.bus == bus)
}

fn untold(imbalances: &[Imbalance], tag: Tag) -> bool {
    imbalances.iter().any(|imbalance| imbalance.bus == LINK.name && imbalance.tuple[0] == tag as u64)
}

#[test]
fn an_honest_table_holds() {
    assert_eq!(audit(|_| {}), (vec![], vec![]));
}

#[test]
fn altered_cells_of_every_column_are_noticed() {
    for row in [0, 2, 8, 31] {
        for column in 0..WIDTH {
            let (violations, imbalances) = audit(|table| table.values[row * WIDTH + column] += F::ONE);
            assert!(
                !violations.is_empty() || !imbalances.is_empty() || unread(row, column),
                "row {row} column {column}"
            );
        }
    }
}

/// Cells that say nothing: all but the flags, counts and new tag of a padding row.
fn unread(row: usize, column: usize) -> bool {
    let names = Columns::read(&core::array::from_fn::<usize, WIDTH, _>(|i| i));
    let silent = [names.tx, names.program, names.k, names.account_source, names.slot_source, names.tag, names.delta];
    let silent = silent.into_iter().chain(names.cell_source).chain(names.limbs).chain(names.old);
    let mut silent = silent.chain([names.message, names.account, names.slot, names.previous, names.inverse]);
    let padding = row == 31 && silent.any(|name| name == column);
    // The inverse of a tag that is 0 may be anything.
    padding || row == 31 && column == names.inverse
}

#[test]
fn an_address_in_two_slots() {
    // SOUNDNESS 6.18: the receiver's page is named as the sender's; both accesses claim the same time.
    let (violations, imbalances) = audit(|table| {
        let sender = Columns::read(&table.values[WIDTH..2 * WIDTH]);
        let cells = &mut table.values[2 * WIDTH..3 * WIDTH];
        let mut receiver = Columns::read(cells);
        (receiver.account, receiver.slot, receiver.limbs) = (sender.account, sender.slot, sender.limbs);
        (receiver.previous, receiver.old) = (sender.previous + F::ONE, sender.new);
        receiver.write(cells);
    });
    assert_eq!(violations, vec![]);
    assert!(unbalanced(&imbalances, LOCAL.name) && unbalanced(&imbalances, RANGE_CHECK.name));
}

#[test]
fn previous_times_that_are_stale_equal_or_later() {
    // SOUNDNESS 6.19, 6.20. Transaction 2 opens the header of user 1 after transaction 0.
    for previous in [0, 3, 4] {
        let (_, imbalances) = pranked(6, |columns| columns.previous = F::from_u32(previous));
        assert!(untold(&imbalances, Tag::Memory), "{previous}");
        assert!(unbalanced(&imbalances, RANGE_CHECK.name), "{previous}");
    }
}

#[test]
fn stores_that_nobody_made_or_that_are_dropped() {
    // SOUNDNESS 6.21, 6.22, 6.23: the amount stays although a local says otherwise; a cell changes by itself.
    let (violations, imbalances) = pranked(1, |columns| columns.new[1] = columns.old[1]);
    assert_eq!(violations, vec![]);
    assert!(unbalanced(&imbalances, LOCAL.name));
    let (_, imbalances) = pranked(1, |columns| columns.new[3] += F::ONE);
    assert!(unbalanced(&imbalances, LOCAL.name));
    let (violations, imbalances) = pranked(1, |columns| {
        columns.cell_is_local[3] = F::ZERO;
        columns.new[3] += F::ONE;
    });
    assert!(violations.iter().any(|violation| violation.row == 1), "a constant cell is the table's constant");
    assert!(unbalanced(&imbalances, PAGE.name));
}

#[test]
fn two_rows_for_one_slot_and_orphans() {
    // SOUNDNESS 6.24, 6.42: a run repeated in the padding, begun in the middle, ended early, interrupted.
    let (violations, imbalances) = audit(|table| table.values.copy_within(0..3 * WIDTH, 20 * WIDTH));
    assert_eq!(violations, vec![]);
    assert!(untold(&imbalances, Tag::CallPage));
    let (violations, _) = audit(|table| table.values.copy_within(WIDTH..2 * WIDTH, 20 * WIDTH));
    assert!(violations.iter().any(|violation| violation.row == 19), "{violations:?}");
    let (violations, _) = audit(|table| table.values[2 * WIDTH..3 * WIDTH].fill(F::ZERO));
    assert!(violations.iter().any(|violation| violation.row == 1), "{violations:?}");
    let (violations, imbalances) = pranked(1, |columns| columns.first = F::ONE);
    assert!(violations.iter().any(|violation| violation.row == 1), "first has k = 0");
    assert!(untold(&imbalances, Tag::CallPage));
}

#[test]
fn accounts_and_slots_out_of_range() {
    // SOUNDNESS 6.25: (16 v + 3) / 16 modulo p names page 3 of account v as a header.
    let sixteenth = p3_field::Field::inverse(&F::from_u32(16));
    let (violations, _) = pranked(0, |columns| columns.account += F::from_u32(3) * sixteenth);
    assert!(violations.iter().any(|violation| violation.row == 0));
    let (violations, imbalances) = pranked(0, |columns| {
        columns.account += F::from_u32(3) * sixteenth;
        columns.limbs[0] += F::from_u32(3) * sixteenth;
        columns.limbs[2] = columns.account * F::from_u64(1 << 24) - columns.limbs[3] * F::from_u32(1 << 16);
    });
    assert_eq!(violations, vec![]);
    assert!(unbalanced(&imbalances, RANGE_CHECK.name));
    for slot in [0, 14, 15, 16] {
        let (_, imbalances) = pranked(1, |columns| columns.slot = F::from_u32(slot));
        assert!(unbalanced(&imbalances, RANGE_CHECK.name) && unbalanced(&imbalances, LOCAL.name), "{slot}");
    }
}

#[test]
fn modes_and_cleared_pages() {
    // SOUNDNESS 6.48: tag 0 with a non-zero cell; and a header of another layout.
    let (violations, _) = pranked(1, |columns| {
        columns.new[0] = F::ZERO;
        (columns.inverse, columns.cleared) = (F::ZERO, F::ONE);
    });
    assert!(violations.iter().any(|violation| violation.row == 1));
    let (violations, _) = pranked(1, |columns| {
        columns.new[0] = F::ZERO;
        (columns.inverse, columns.cleared) = (F::ZERO, F::ZERO);
    });
    assert!(violations.iter().any(|violation| violation.row == 1));
    let (violations, _) = pranked(0, |columns| columns.old[0] = F::from_u64((1 << 48) + 2));
    assert!(violations.iter().any(|violation| violation.row == 0));
}

#[test]
fn the_call_of_another_chip_and_keys_of_nobody() {
    // SOUNDNESS 6.43: the page chip takes what was sent to the sponge chip; a key is sent without a signer.
    let (_, imbalances) = pranked(0, |columns| columns.tx = F::from_u32(9));
    assert!(untold(&imbalances, Tag::CallPage));
    let (_, imbalances) = pranked(1, |columns| columns.signer = F::ONE);
    assert!(untold(&imbalances, Tag::Key) && unbalanced(&imbalances, PAGE.name));
}

#[test]
fn multiplicities_on_padding_are_zero() {
    let flags: [fn(&mut Columns<F>); 6] = [
        |columns| columns.first = F::ONE,
        |columns| columns.signer = F::ONE,
        |columns| columns.account_is_local = F::ONE,
        |columns| columns.slot_is_local = F::ONE,
        |columns| columns.cell_is_local[5] = F::ONE,
        |columns| columns.uses[2] = F::ONE,
    ];
    for prank in flags {
        let (violations, _) = pranked(30, prank);
        assert!(violations.iter().any(|violation| violation.row == 30));
    }
}

#[test]
fn another_scale_is_another_chain() {
    let (table, _, scale) = &*HONEST;
    assert!(!Ledger::default().record(&PageChip, table, &[scale.double()]).is_empty());
}
