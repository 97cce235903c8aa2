//! What the chip takes for granted of the instruction table, on the rows of the built-in contracts.

use braid_contracts::Registry;

use super::*;

/// Fields of an instruction row that the chip relies on.
struct Row {
    prog: u64,
    pc: u64,
    flags: Flags<bool>,
    refs: [u64; 3],
    shift: u64,
    emits: u64,
}

fn table(registry: &Registry) -> Vec<Row> {
    let row = |row: &[F; 10]| {
        let [valid, prog, pc, word, a, b, c, _, shift, emits] = row.map(|x| x.as_canonical_u64());
        assert_eq!(valid, 1);
        assert!(word >> Flags::<F>::WIDTH == 0, "a flag that the chip does not have");
        let bits: [bool; Flags::<F>::WIDTH] = core::array::from_fn(|bit| word >> bit & 1 == 1);
        Row { prog, pc, flags: Flags::read(&bits), refs: [a, b, c], shift, emits }
    };
    registry.rom().instructions.iter().map(row).collect()
}

#[test]
fn every_row_has_one_operation_and_at_most_one_source_of_b() {
    for Row { flags, .. } in table(&Registry::builtin()) {
        assert_eq!(flags.operations().into_iter().filter(|flag| *flag).count(), 1);
        assert!(flags.contexts().into_iter().chain([flags.read_b]).filter(|flag| *flag).count() <= 1);
    }
}

#[test]
fn programs_are_whole() {
    let registry = Registry::builtin();
    let rows = table(&registry);
    assert_eq!(rows.last().map(|row| row.prog + 1), Some(registry.programs().len() as u64));
    assert!(rows.last().is_some_and(|row| row.flags.last));
    let mut expected = (0, 0);
    for row in &rows {
        assert_eq!((row.prog, row.pc), expected);
        assert_eq!(row.flags.start, row.pc == 0);
        let pages = registry.program(row.prog as usize).is_some_and(|program| !program.pages.is_empty());
        assert_eq!(row.flags.call_page, row.flags.start && pages);
        assert!(row.flags.last || (row.emits == 0 && !row.flags.inbox));
        expected = if row.flags.last { (row.prog + 1, 0) } else { (row.prog, row.pc + 1) };
    }
}

#[test]
fn references_point_backwards() {
    for Row { pc, flags, refs, .. } in table(&Registry::builtin()) {
        for (reads, id) in [flags.read_a, flags.read_b, flags.read_c].into_iter().zip(refs) {
            assert!(if reads { (1..5).contains(&(id >> 16)) } else { id == 0 }, "{id:#x}");
            assert!(!reads || id >> 16 != 3 || id & 0xffff < pc, "{id:#x} in row {pc}");
        }
    }
}

#[test]
fn limbs_and_shifts_are_those_of_a_number_of_bits() {
    for Row { flags, shift, .. } in table(&Registry::builtin()) {
        let Flags { limb_1, limb_2, limb_3, less, .. } = flags;
        assert!(limb_1 >= limb_2 && limb_2 >= limb_3, "limbs are used from the lowest");
        assert!(shift.is_power_of_two() && shift < 1 << 16);
        assert!(!less || (limb_3 && shift == 4), "a hidden difference has 62 bits");
    }
}
