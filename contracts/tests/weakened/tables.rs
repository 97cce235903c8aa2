//! Tables that are not those of their program, or of no program at all.

use braid_contracts::check::{Rule, check};
use braid_contracts::rom::{Rom, program_digest};
use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;

use super::{registry, replay};

/// Every element of every row of these programs, changed: no table but the right one is accepted.
#[test]
fn every_element_of_the_tables_counts() {
    let registry = registry();
    for name in ["transfer", "deposit", "forced_exit", "withdraw", "guard_off", "order_cancel", "fee_claim"] {
        let program = registry.program(registry.index_of(name).unwrap()).unwrap();
        let rom = Rom::of_program(program, 0, program_digest(program));
        let refused = |rom: &Rom, what: &str| {
            let verdict = check(rom, registry.layouts(), &replay(), core::slice::from_ref(program));
            assert!(verdict.is_err(), "{name}: {what}");
        };
        for step in [F::ONE, -F::ONE, F::from_u64(1 << 11), F::from_u64(1 << 24), F::from_u64(1 << 32)] {
            for row in 0..rom.instructions.len() {
                for column in 0..rom.instructions[row].len() {
                    let mut rom = rom.clone();
                    rom.instructions[row][column] += step;
                    refused(&rom, &format!("instruction {row} {column}"));
                }
            }
            for row in 0..rom.pages.len() {
                for column in 0..rom.pages[row].len() {
                    let mut rom = rom.clone();
                    rom.pages[row][column] += step;
                    refused(&rom, &format!("page {row} {column}"));
                }
            }
            for row in 0..rom.schedule.len() {
                for column in 0..rom.schedule[row].len() {
                    let mut rom = rom.clone();
                    rom.schedule[row][column] += step;
                    refused(&rom, &format!("schedule {row} {column}"));
                }
            }
        }
    }
}

/// Changes the tables of a transfer and returns what the registry says of the rows' structure.
fn table(change: impl FnOnce(&mut Rom)) -> Rule {
    let registry = registry();
    let program = registry.program(registry.index_of("transfer").unwrap()).unwrap();
    let mut rom = Rom::of_program(program, 0, program_digest(program));
    change(&mut rom);
    check(&rom, registry.layouts(), &replay(), core::slice::from_ref(program)).unwrap_err()[0].rule.clone()
}

#[track_caller]
fn says(rule: Rule, wanted: &str) {
    let Rule::Table { what, .. } = rule else { panic!("{rule}") };
    assert_eq!(what, wanted);
}

#[test]
fn structure_of_tables() {
    use braid_contracts::rom::{instruction_flag as row, page_flag as page, schedule_flag as block};
    let flag = |bit: u32| F::from_u64(1 << bit);
    says(table(|rom| rom.instructions[2][2] = F::from_u8(7)), "a gap in the program counter");
    says(table(|rom| _ = rom.instructions.remove(3)), "a gap in the program counter");
    says(table(|rom| _ = rom.instructions.pop()), "an end elsewhere than at the last row");
    says(table(|rom| rom.instructions[2][0] = F::ZERO), "not marked valid");
    says(table(|rom| rom.instructions[2][3] += flag(row::LAST)), "an end elsewhere than at the last row");
    says(table(|rom| rom.instructions[2][3] += flag(row::START)), "a start elsewhere than at the first row");
    says(table(|rom| rom.instructions[0][3] -= flag(row::CALL_PAGE)), "calls the page chip wrongly");
    says(table(|rom| rom.instructions[1][3] += flag(row::CALL_PAGE)), "calls the page chip wrongly");
    says(table(|rom| rom.instructions[10][3] += flag(row::INBOX)), "takes an inbox entry wrongly");
    says(table(|rom| rom.instructions[1][3] += flag(row::OPERATION + 1)), "not exactly one operation");
    says(table(|rom| rom.instructions[1][3] -= flag(row::READ_A)), "a reference that is not read");
    says(table(|rom| rom.instructions[1][3] += flag(row::READ_B)), "reads no local");
    says(table(|rom| rom.instructions[1][8] = F::from_u8(3)), "a shift that is no power of two below 2^16");
    says(table(|rom| rom.instructions[1][3] -= flag(row::LIMB)), "limbs with a gap");
    says(table(|rom| rom.instructions[1][3] += flag(28)), "a flag without meaning");
    says(table(|rom| rom.pages[1][2] = F::from_u8(2)), "a gap in the numbers of pages");
    says(table(|rom| rom.pages[0][3] += flag(page::EMPTY)), "two modes");
    says(table(|rom| rom.pages[0][3] -= flag(page::SIGNER)), "a signer without number, or a number without signer");
    says(table(|rom| rom.pages[1][6] = F::from_u8(2)), "a tag that nothing asks for");
    says(table(|rom| rom.pages[0][7] = F::from_u8(2)), "a limit without meaning");
    says(table(|rom| rom.schedule[1][2] = F::from_u8(5)), "a gap in the schedule");
    says(table(|rom| _ = rom.schedule.pop()), "a last block elsewhere");
    says(table(|rom| rom.schedule[1][3] += flag(block::START)), "a start within a stream");
    says(table(|rom| rom.schedule[1][8] = F::ONE), "an initial value within a stream");
    // The message is three blocks: the digest's half, the nonce, and then the operands, which are produced there.
    says(table(|rom| rom.schedule[2][11] = F::from_u8(2)), "a stream out of order");
    says(table(|rom| rom.schedule[1][3] -= flag(block::PROVIDE)), "not the operands and hints of its data");
    let received = flag(block::RECEIVE) - flag(block::PROVIDE);
    says(table(|rom| rom.schedule[1][3] += received), "not the operands and hints of its data");
    says(table(|rom| rom.schedule[1][4] = rom.schedule[1][5]), "not the operands and hints of its data");
    // It goes on with a block of hints, and a step of the data chain.
    says(table(|rom| rom.schedule[3][3] += received), "something behind the hints");
    says(table(|rom| rom.schedule[3][3] -= flag(block::PROVIDE + 1)), "something behind the hints");
    says(table(|rom| rom.schedule[3].swap(4, 5)), "not the operands and hints of its data");
    says(table(|rom| rom.schedule[3][7] = F::ONE), "something behind the hints");
    says(table(|rom| rom.schedule[3][3] += flag(block::PROVIDE + 3)), "hints with a gap");
    says(table(|rom| rom.schedule[3][8] = F::ONE), "a number without meaning");
    says(table(|rom| rom.schedule[3][3] += flag(block::END_MESSAGE)), "a flag without meaning");
    let to_inbox = flag(block::INBOX) - flag(block::DATA);
    says(table(|rom| rom.schedule[4][3] += to_inbox), "a message that goes on to another chain than the data's");
    says(table(|rom| rom.schedule[4][3] -= flag(block::CHAIN)), "blocks behind the last hint");
    let without = |rom: &mut Rom, rows: core::ops::Range<usize>| {
        rom.schedule.drain(rows);
        (0..).zip(&mut rom.schedule).for_each(|(k, row)| row[2] = F::from_u8(k));
    };
    says(table(|rom| without(rom, 4..5)), "a start within a stream");
    let Rule::Program(what) = table(|rom| without(rom, 3..5)) else { panic!("another rule") };
    assert_eq!(what, "its data is not published");
    // Four blocks of the challenge, two of the response, the step of the seed, the randomizer.
    says(table(|rom| rom.schedule[5][3] -= flag(block::RECEIVE)), "not the parts of its signature");
    says(table(|rom| rom.schedule[9][3] -= flag(block::RECEIVE + 1)), "a part of a response that is not read");
    says(table(|rom| rom.schedule[10][6] -= F::ONE), "not the response of its signature");
    says(table(|rom| rom.schedule[11][3] -= flag(block::SEED)), "a response without its step of the seed");
    says(table(|rom| rom.schedule[11][3] += flag(block::DATA)), "a flag without meaning");
    says(table(|rom| rom.schedule[12][3] -= flag(block::RANDOMIZER)), "a signature without its randomizer");
    says(table(|rom| rom.schedule[12][8] += F::ONE), "a randomizer of another kind");
    says(table(|rom| rom.schedule[12][11] = F::TWO), "the randomizer of another signature");
    says(table(|rom| rom.schedule[9][3] += flag(block::START)), "a flag without meaning");
}
