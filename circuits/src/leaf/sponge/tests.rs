use std::ops::Range;
use std::sync::LazyLock;

use braid_primitives::F;
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use p3_matrix::dense::RowMajorMatrix;

use super::{Columns, SpongeChip, WIDTH, rows};
use crate::leaf::audit::{Imbalance, Ledger, Violation};
use crate::leaf::bus::{LINK, LOCAL, SCHEDULE, Tag};
use crate::leaf::execution::{Execution, local};
use crate::leaf::fixture;
use crate::leaf::permutation;
use crate::leaf::signature;
use crate::leaf::tables::flag;
use crate::leaf::tally::Tally;

const HEIGHT: usize = 256;
/// Constraints that give the word of the flags one reading: one on the streams, one on each element.
const ONE_READING: Range<usize> = 209..214;

/// The honest table, the balance of all other chips, and the public values.
static HONEST: LazyLock<(RowMajorMatrix<F>, Ledger, Vec<F>)> = LazyLock::new(|| {
    let registry = fixture::registry();
    fixture::with_execution(registry, &fixture::mixed(registry), |execution| {
        let chain_id = execution.parameters.chain_id;
        let seed = signature::seed::draw(&signature::signings(execution), chain_id).seed;
        let table = rows(execution, HEIGHT, seed, &Tally::new(1, 1, 1 << 12)).unwrap();
        assert!(rows(execution, super::height(execution) - 1, seed, &Tally::new(1, 1, 1)).is_err());
        let mut ledger = Ledger::default();
        others(execution, &mut ledger);
        (table, ledger, [&[chain_id], &seed[..]].concat())
    })
});

fn canonical(elements: impl IntoIterator<Item = F>, width: usize) -> Vec<u64> {
    let mut tuple: Vec<u64> = elements.into_iter().map(|element| element.as_canonical_u64()).collect();
    tuple.resize(width, 0);
    tuple
}

/// What the other chips say in an honest chunk: calls, ends of the chains, takers of digests, readers of operands.
fn others(execution: &Execution<'_>, ledger: &mut Ledger) {
    let number = F::from_usize;
    let mut link = |tag: Tag, fields: Vec<F>, count: F| {
        ledger.post(LINK.name, &canonical([number(tag as usize)].into_iter().chain(fields), LINK.width), count);
    };
    let record = execution.record;
    let chains = [
        (record.before.data, record.after.data, record.transactions.len()),
        (record.before.inbox, record.after.inbox, 0),
        (record.before.outbox, record.after.outbox, 1),
    ];
    for (stream, (before, after, end)) in chains.into_iter().enumerate() {
        link(Tag::Chain, [number(stream), F::ZERO].into_iter().chain(before).collect(), F::ONE);
        link(Tag::Chain, [number(stream), number(end)].into_iter().chain(after).collect(), F::NEG_ONE);
    }
    let scalars = signature::seed::draw(&signature::signings(execution), execution.parameters.chain_id).scalars;
    let mut randomizers = scalars.iter().map(|scalars| scalars.randomizer);
    for (tx, transaction) in record.transactions.iter().enumerate() {
        let position = execution.positions[tx].map(F::from_u32);
        link(Tag::CallHash, vec![number(tx), F::from_u32(transaction.program), position[0], position[1]], F::ONE);
        for (message, digest) in transaction.digests.iter().enumerate() {
            let (key, signature) = (&transaction.keys[message], &transaction.signatures[message]);
            let name = [number(tx), number(message + 1)];
            link(Tag::Digest, name.into_iter().chain(*digest).collect(), F::NEG_ONE);
            let chain_id = execution.parameters.chain_id;
            let challenge = braid_primitives::schnorr::challenge(chain_id, &signature.w_r, key, *digest);
            link(Tag::Challenge, name.into_iter().chain(challenge[..2].iter().copied()).collect(), F::NEG_ONE);
            let r = randomizers.next().unwrap();
            let halves = [r as u64, (r >> 64) as u64].map(F::from_u64);
            link(Tag::Randomizer, name.into_iter().chain(halves).collect(), F::NEG_ONE);
        }
    }
    for (tx, transaction) in record.transactions.iter().enumerate() {
        let tables = execution.tables(transaction);
        for entry in tables.schedule {
            ledger.post(SCHEDULE.name, &canonical(*entry, SCHEDULE.width), F::ONE);
            for j in 0..4 {
                let id = entry[4 + j].as_canonical_u64();
                let tuple = [tx as u64, id, local(transaction, id).as_canonical_u64()];
                if flag(entry[3], 9 + j) {
                    ledger.post(LOCAL.name, &tuple, F::ONE);
                } else if flag(entry[3], 13 + j) {
                    ledger.post(LOCAL.name, &tuple, -F::from_u32(tables.readers(id)));
                }
            }
        }
    }
}

/// Violations and imbalances of the honest table after a change to it.
fn audit(change: impl FnOnce(&mut RowMajorMatrix<F>)) -> (Vec<Violation>, Vec<Imbalance>) {
    let (mut table, mut ledger, public_values) = HONEST.clone();
    change(&mut table);
    let violations = ledger.record(&SpongeChip, &table, &public_values);
    (violations, ledger.imbalances(None))
}

/// The outcome of a change to the input and columns of one row, whose permutation is recomputed.
fn pranked(row: usize, prank: impl FnOnce(&mut [F], &mut Columns<F>)) -> (Vec<Violation>, Vec<Imbalance>) {
    audit(|table| {
        let cells = &mut table.values[row * WIDTH..(row + 1) * WIDTH];
        let mut columns = Columns::read(&cells[permutation::WIDTH..]);
        prank(&mut cells[..8], &mut columns);
        columns.write(&mut cells[permutation::WIDTH..]);
        permutation::fill(cells, WIDTH);
    })
}

/// First row of the honest table whose columns satisfy a condition.
fn find(condition: impl Fn(&Columns<F>) -> bool) -> usize {
    let columns = |row: &[F]| Columns::read(&row[permutation::WIDTH..]);
    HONEST.0.values.chunks(WIDTH).position(|row| condition(&columns(row))).unwrap()
}

fn unbalanced(imbalances: &[Imbalance], bus: &str) -> bool {
    imbalances.iter().any(|imbalance| imbalance.bus == bus)
}

fn untold(imbalances: &[Imbalance], tag: Tag) -> bool {
    imbalances.iter().any(|imbalance| imbalance.bus == LINK.name && imbalance.tuple[0] == tag as u64)
}

fn at(violations: &[Violation], row: usize) -> bool {
    violations.iter().any(|violation| violation.row == row)
}

#[test]
fn an_honest_table_holds() {
    assert_eq!(audit(|_| {}), (vec![], vec![]));
}

#[test]
fn altered_cells_of_every_column_are_noticed() {
    let names = Columns::read(&core::array::from_fn::<usize, { Columns::<F>::WIDTH }, _>(|i| permutation::WIDTH + i));
    // Nobody reads the position of a row that is no chain step, no randomizer and not the first row.
    let message = find(|columns| columns.end_message == F::ONE);
    let chain = find(|columns| columns.is_outbox == F::ONE);
    let seed = find(|columns| columns.is_seed == F::ONE);
    for row in [0, message, message + 1, chain, seed, seed + 1] {
        for column in 0..WIDTH {
            let (violations, imbalances) = audit(|table| table.values[row * WIDTH + column] += F::ONE);
            let unread = column == names.position && [message, message + 1].contains(&row);
            assert_eq!(violations.is_empty() && imbalances.is_empty(), unread, "row {row} column {column}");
        }
    }
}

#[test]
fn an_element_other_than_the_one_read() {
    // SOUNDNESS 6.11: the message hashes another amount than the programs reads.
    let row = find(|columns| columns.receive[1] == F::ONE && columns.start == F::ZERO);
    let (_, imbalances) = pranked(row, |input, columns| {
        input[1] += F::ONE;
        columns.value[1] += F::ONE;
    });
    assert!(unbalanced(&imbalances, LOCAL.name));
}

#[test]
fn operands_permuted_in_the_digest() {
    // SOUNDNESS 6.33
    let row = find(|columns| columns.receive == [F::ONE; 4]);
    let (violations, imbalances) = pranked(row, |input, columns| {
        columns.value.swap(0, 1);
        columns.element.swap(0, 1);
        let difference = columns.value[0] - columns.value[1];
        input[0] += difference;
        input[1] -= difference;
    });
    assert_eq!(violations.iter().filter(|violation| violation.row == row - 1).count(), 0);
    assert!(unbalanced(&imbalances, SCHEDULE.name) && !unbalanced(&imbalances, LOCAL.name));
}

#[test]
fn a_message_hashed_twice_and_another_never() {
    // SOUNDNESS 6.32: transaction 1's rows are a copy of transaction 0's.
    let rows = find(|columns| columns.tx == F::ONE);
    let (violations, imbalances) = audit(|table| {
        table.values.copy_within(0..rows * WIDTH, rows * WIDTH);
        let cells = &mut table.values[rows * WIDTH + permutation::WIDTH..];
        Columns { origin: F::ZERO, ..Columns::read(cells) }.write(cells);
    });
    assert_eq!(violations, vec![]);
    assert!(untold(&imbalances, Tag::CallHash) && untold(&imbalances, Tag::Digest) && untold(&imbalances, Tag::Chain));
}

#[test]
fn runs_begun_in_the_middle_ended_early_or_interrupted() {
    // SOUNDNESS 6.42
    let rows = find(|columns| columns.tx == F::ONE);
    let padding = HEIGHT - rows;
    let (violations, _) = audit(|table| table.values.copy_within(WIDTH..rows * WIDTH, padding * WIDTH));
    assert!(at(&violations, padding - 1), "{violations:?}");
    let (violations, _) = audit(|table| table.values.copy_within(0..(rows - 1) * WIDTH, padding * WIDTH));
    assert!(at(&violations, padding + rows - 2), "{violations:?}");
    let (violations, _) = pranked(5, |_, columns| columns.real = F::ZERO);
    assert!(at(&violations, 4) || at(&violations, 5), "{violations:?}");
    let (violations, _) = pranked(5, |_, columns| columns.first = F::ONE);
    assert!(at(&violations, 5), "{violations:?}");
}

#[test]
fn a_state_that_comes_from_nowhere() {
    // SOUNDNESS 6.45: a block continues from another state than its predecessor's; a start from another vector.
    let row = find(|columns| columns.real == F::ONE && columns.start == F::ZERO && columns.is_data == F::ZERO);
    for element in [0, 5] {
        let (violations, _) = pranked(row, |input, _| input[element] += F::ONE);
        assert!(at(&violations, row - 1), "{violations:?}");
    }
    for element in 4..8 {
        let (violations, _) = pranked(0, |input, _| input[element] += F::ONE);
        assert!(at(&violations, 0), "{violations:?}");
    }
}

#[test]
fn another_chain_id() {
    let (table, _, mut public_values) = HONEST.clone();
    public_values[0] = F::from_u32(8);
    let violations = Ledger::default().record(&SpongeChip, &table, &public_values);
    assert!(at(&violations, 0));
}

#[test]
fn chain_steps_of_another_digest_or_place() {
    let row = find(|columns| columns.is_data == F::ONE);
    let (violations, imbalances) = pranked(row, |input, _| input[5] += F::ONE);
    assert!(at(&violations, row - 1) && untold(&imbalances, Tag::Chain));
    let (violations, imbalances) = pranked(row, |input, _| input[1] += F::ONE);
    assert_eq!(violations, vec![]);
    assert!(untold(&imbalances, Tag::Chain));
    let (violations, _) = pranked(row, |_, columns| columns.position += F::ONE);
    assert!(at(&violations, row));
}

#[test]
fn records_out_of_place() {
    // SOUNDNESS 6.34, 6.49: an outbox step at another position.
    let row = find(|columns| columns.is_outbox == F::ONE);
    let (violations, imbalances) = pranked(row, |_, columns| {
        columns.position += F::ONE;
        columns.x += F::ONE;
    });
    assert_eq!(violations, vec![]);
    assert!(unbalanced(&imbalances, SCHEDULE.name) && untold(&imbalances, Tag::Chain));
}

#[test]
fn counts_on_padding_and_on_constants_are_zero() {
    let padding = HEIGHT - 2;
    let pranks: [fn(&mut Columns<F>); 7] = [
        |columns| columns.is_seed = F::ONE,
        |columns| columns.randomizer = F::ONE,
        |columns| columns.count[0] = F::ONE,
        |columns| columns.first = F::ONE,
        |columns| columns.end_message = F::ONE,
        |columns| columns.end_signature = F::ONE,
        |columns| columns.is_data = F::ONE,
    ];
    for prank in pranks {
        let (violations, _) = pranked(padding, |_, columns| prank(columns));
        assert!(at(&violations, padding));
    }
    let constant = find(|columns| columns.real == F::ONE && columns.receive[0] + columns.provide[0] == F::ZERO);
    let (violations, _) = pranked(constant, |_, columns| columns.count[0] = F::ONE);
    assert!(at(&violations, constant));
}

#[test]
fn a_digest_for_another_message() {
    let row = find(|columns| columns.end_message == F::ONE);
    let (_, imbalances) = pranked(row, |_, columns| columns.x += F::ONE);
    assert!(untold(&imbalances, Tag::Digest) && unbalanced(&imbalances, SCHEDULE.name));
}

/// Row of the step of the second signature of the chunk.
fn second_step() -> usize {
    find(|columns| columns.is_seed == F::ONE && columns.position == F::ONE)
}

#[test]
fn the_seed_is_where_the_chain_of_all_signatures_ends() {
    for element in 1..5 {
        let (table, mut ledger, mut public_values) = HONEST.clone();
        public_values[element] += F::ONE;
        // Even if all randomizers are drawn from it.
        let violations = ledger.record(&SpongeChip, &table, &public_values);
        assert!(!violations.is_empty());
        assert!(untold(&ledger.imbalances(None), Tag::Chain));
    }
    let (table, mut ledger, mut public_values) = HONEST.clone();
    public_values[1] += F::ONE;
    let mut table = table;
    for cells in table.values.chunks_mut(WIDTH) {
        if Columns::read(&cells[permutation::WIDTH..]).randomizer == F::ONE {
            cells[0] += F::ONE;
            permutation::fill(cells, WIDTH);
        }
    }
    assert_eq!(ledger.record(&SpongeChip, &table, &public_values), vec![]);
    let imbalances = ledger.imbalances(None);
    assert!(untold(&imbalances, Tag::Chain) && untold(&imbalances, Tag::Randomizer));
}

#[test]
fn a_chain_of_other_signatures_or_in_another_order() {
    // Two signatures swap their positions, with their randomizers.
    let [first, second] = [find(|columns| columns.is_seed == F::ONE), second_step()];
    let (violations, imbalances) = audit(|table| {
        for (row, position) in [(first, F::ONE), (second, F::ZERO)] {
            for row in [row, row + 1] {
                let cells = &mut table.values[row * WIDTH..(row + 1) * WIDTH];
                let mut columns = Columns::read(&cells[permutation::WIDTH..]);
                columns.position = position;
                columns.write(&mut cells[permutation::WIDTH..]);
                if columns.randomizer == F::ONE {
                    cells[6] = position;
                    permutation::fill(cells, WIDTH);
                }
            }
        }
    });
    assert_eq!(violations, vec![]);
    assert!(untold(&imbalances, Tag::Chain) && untold(&imbalances, Tag::Randomizer));
    // A signature that is not in the chain: its step stands beside it.
    let (violations, imbalances) = pranked(second, |_, columns| columns.is_seed = F::ZERO);
    assert!(!violations.is_empty() || unbalanced(&imbalances, SCHEDULE.name));
    assert!(untold(&imbalances, Tag::Chain));
    // Another number of signatures, another beginning.
    let (_, imbalances) = pranked(0, |_, columns| columns.position -= F::ONE);
    assert!(untold(&imbalances, Tag::Chain));
    let (_, imbalances) = pranked(first, |input, _| input[2] += F::ONE);
    assert!(untold(&imbalances, Tag::Chain));
}

#[test]
fn flags_have_one_reading() {
    // All three other streams at once, and all elements both read and produced: the word of a seed step, 2^17 + 32.
    let step = second_step();
    let (violations, imbalances) = pranked(step, |_, columns| {
        columns.is_seed = F::ZERO;
        (columns.is_data, columns.is_inbox, columns.is_outbox) = (F::ONE, F::ONE, F::ONE);
        (columns.receive, columns.provide) = ([F::ONE; 4], [F::ONE; 4]);
    });
    assert!(!unbalanced(&imbalances, SCHEDULE.name));
    for constraint in ONE_READING {
        assert!(violations.contains(&Violation { row: step, constraint }), "{constraint}: {violations:?}");
    }
}

#[test]
fn the_ends_of_the_seed_chain_are_in_the_first_row_only() {
    // A second end could take a part of the chain for all of it.
    let (violations, imbalances) = pranked(HEIGHT - 2, |_, columns| columns.origin = F::ONE);
    assert!(at(&violations, HEIGHT - 3) && untold(&imbalances, Tag::Chain));
    let (violations, imbalances) = pranked(0, |_, columns| columns.origin = F::ZERO);
    assert!(at(&violations, 0) && untold(&imbalances, Tag::Chain));
}

#[test]
fn a_response_outside_the_seed() {
    // Attack 37: the block before the step absorbs another response.
    let step = second_step();
    let (_, imbalances) = pranked(step - 1, |input, columns| {
        input[0] += F::ONE;
        columns.value[0] += F::ONE;
    });
    assert!(unbalanced(&imbalances, LOCAL.name));
    // It absorbs none: the step takes in the state of the challenge.
    let (violations, _) = pranked(step, |input, _| input[4] += F::ONE);
    assert!(at(&violations, step - 1));
}

#[test]
fn a_randomizer_of_another_seed_place_or_signature() {
    let row = second_step() + 1;
    for element in 0..8 {
        let (violations, imbalances) = pranked(row, |input, _| input[element] += F::ONE);
        assert!(violations.iter().all(|violation| violation.row == row) && at(&violations, row));
        assert!(untold(&imbalances, Tag::Randomizer));
    }
    // The randomizer of the first signature.
    let (violations, imbalances) = pranked(row, |input, columns| {
        (input[6], columns.position) = (F::ZERO, F::ZERO);
    });
    assert!(violations.iter().all(|violation| violation.row == row - 1) && at(&violations, row - 1));
    assert!(untold(&imbalances, Tag::Randomizer));
    // The other signature's name.
    let (_, imbalances) = pranked(row, |_, columns| columns.x += F::ONE);
    assert!(untold(&imbalances, Tag::Randomizer) && unbalanced(&imbalances, SCHEDULE.name));
}
