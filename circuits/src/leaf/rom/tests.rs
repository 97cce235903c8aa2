//! Lookups into program tables, honest and not.

use braid_contracts::Rom;
use braid_contracts::rom::{INSTRUCTION_WIDTH, PAGE_WIDTH, SCHEDULE_WIDTH};
use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;

use super::*;
use crate::leaf::audit::Ledger;
use crate::leaf::tables::{ProgramTables, TooTall};
use crate::leaf::tally::Uses;

fn numbers<const W: usize>(row: [u64; W]) -> [F; W] {
    row.map(F::from_u64)
}

/// Two programs: the first of two instructions and a page, the second of one instruction and two blocks.
fn rom() -> Rom {
    let result = 3 << 16;
    let mut page = [0; PAGE_WIDTH];
    page[..6].copy_from_slice(&[1, 0, 0, 1 << 0 | 1 << 1 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 10, 1 << 16, 2 << 16]);
    (page[9], page[10], page[11]) = (result, 5, result + 1);
    let mut blocks = [[0; SCHEDULE_WIDTH]; 2];
    blocks[0][..6].copy_from_slice(&[1, 1, 0, 1 << 0 | 1 << 2 | 1 << 9 | 1 << 10, result, result]);
    blocks[1][..5].copy_from_slice(&[1, 1, 1, 1 << 1 | 1 << 13, 1 << 16]);
    Rom {
        instructions: vec![
            numbers([1, 0, 0, 1 | 1 << 11 | 1 << 18, 1 << 16, 0, 0, 0, 1, 0]),
            numbers([1, 0, 1, 1 | 1 << 11 | 1 << 12 | 1 << 19, result, result, 0, 0, 1, 0]),
            numbers([1, 1, 0, 1 | 1 << 18 | 1 << 19, 0, 0, 0, 9, 1, 0]),
        ],
        pages: vec![numbers(page)],
        schedule: blocks.map(numbers).to_vec(),
    }
}

#[test]
fn uses_count_every_reader() {
    let rom = rom();
    let programs = ProgramTables::of_rom(&rom, 2);
    let result = 3 << 16;
    // Read by row 1 in two slots and stored in a cell.
    assert_eq!(programs[0].readers(result), 3);
    assert_eq!(programs[0].readers(result + 1), 1);
    // An operand read by row 0 and as the page's account; a hint as its slot.
    assert_eq!(programs[0].readers(1 << 16), 2);
    assert_eq!(programs[0].readers(2 << 16), 1);
    // A block reads twice; the block that provides does not read.
    assert_eq!(programs[1].readers(result), 2);
    assert_eq!(programs[1].readers(1 << 16), 0);
}

#[test]
fn rows_are_found_by_program() {
    let rom = rom();
    let programs = ProgramTables::of_rom(&rom, 3);
    let sizes = |p: &ProgramTables<'_>| (p.instructions.len(), p.pages.len(), p.schedule.len());
    assert_eq!(programs.iter().map(sizes).collect::<Vec<_>>(), [(2, 1, 0), (1, 0, 2), (0, 0, 0)]);
    assert_eq!(programs[1].first_row[0], 2);
}

/// Imbalances after looking up `tuple` once and counting `row` once.
fn look_up(chip: &RomChip, bus: &str, row: usize, tuple: &[F]) -> usize {
    let uses = Uses::new(chip.height());
    uses.add(row);
    let mut ledger = Ledger::default();
    assert!(ledger.record(chip, &chip.rows(&uses), &[]).is_empty());
    let tuple: Vec<u64> = tuple.iter().map(p3_field::PrimeField64::as_canonical_u64).collect();
    ledger.post(bus, &tuple, -F::ONE);
    ledger.imbalances(Some(bus)).len()
}

#[test]
fn every_row_is_provided_on_its_bus() {
    let rom = rom();
    let chip = RomChip::instructions(&rom).unwrap();
    for (row, tuple) in rom.instructions.iter().enumerate() {
        assert_eq!(look_up(&chip, "instruction", row, tuple), 0);
    }
    let chip = RomChip::pages(&rom).unwrap();
    assert_eq!(look_up(&chip, "page", 0, &rom.pages[0]), 0);
    let chip = RomChip::schedule(&rom).unwrap();
    assert_eq!(look_up(&chip, "schedule", 1, &rom.schedule[1]), 0);
}

#[test]
fn a_padding_row_is_no_instruction() {
    // Attack 7: a padding row is used, by a lookup that must say valid = 1.
    let chip = RomChip::instructions(&rom()).unwrap();
    let mut tuple = [F::ZERO; INSTRUCTION_WIDTH];
    tuple[0] = F::ONE;
    assert_eq!(look_up(&chip, "instruction", 100, &tuple), 2);
}

#[test]
fn a_changed_row_is_not_provided() {
    let rom = rom();
    let chip = RomChip::instructions(&rom).unwrap();
    for column in 0..INSTRUCTION_WIDTH {
        let mut tuple = rom.instructions[1];
        tuple[column] += F::ONE;
        assert_eq!(look_up(&chip, "instruction", 1, &tuple), 2, "column {column}");
    }
}

#[test]
fn a_page_is_no_instruction() {
    // Attack 41: the page row is provided on another bus than the one that instructions are looked up on.
    let rom = rom();
    let chip = RomChip::pages(&rom).unwrap();
    assert_eq!(look_up(&chip, "instruction", 0, &rom.pages[0][..INSTRUCTION_WIDTH]), 1);
}

#[test]
fn a_registry_that_does_not_fit_is_refused() {
    let rows = HEIGHT + 1;
    let rom = Rom { instructions: vec![[F::ONE; INSTRUCTION_WIDTH]; rows], ..Rom::default() };
    let error = RomChip::instructions(&rom).err();
    assert_eq!(error, Some(TooTall { chip: "instruction_rom", rows, height: HEIGHT }));
}
